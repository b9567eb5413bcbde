"""What a call knows of the patient's record, and whether that is enough to answer at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.discovery import CORE
from hooks.errors import DataMissing
from rules import Call

if TYPE_CHECKING:
    from datetime import datetime

    from hooks.context import Context
    from hooks.envelope import Envelope
    from rules import Outcome

# Rules that can speak from the draft orders alone: doses, agents, a second intrathecal opioid.
_FROM_DRAFTS = ("DOS-", "AGT-", "INT-04")


def complete(envelope: Envelope, context: Context, now: datetime) -> Call:
    """Return the call as rules read it.

    Every key goes on as it was sent, those we did not ask for too: whose content says beyond doubt
    what they are, the chart reads. What was not sent is missing; nothing is fetched so far.
    """
    return Call(
        hook=envelope.hook,
        patient_id=context.patient_id,
        now=now,
        prefetch=envelope.prefetch,
        drafts=context.drafts,
        selections=context.selections,
        context=context.said,
        missing={},
    )


def require_data(outcome: Outcome) -> None:
    """Raise DataMissing where no core key could be had and no alarm comes from the drafts alone."""
    missing = {one.key for one in outcome.data if one.state == "missing"}
    if not missing.issuperset(CORE):
        return
    silent = {one.rule for one in outcome.advice if one.silent}
    if any(
        one.result == "fired" and one.id.startswith(_FROM_DRAFTS) and one.id not in silent
        for one in outcome.rules
    ):
        return
    raise DataMissing(
        f"needed FHIR data were neither prefetched nor retrievable: {', '.join(CORE)}",
        place="/prefetch",
        reason="data-missing",
    )
