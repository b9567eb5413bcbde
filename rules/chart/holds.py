"""All antithrombotic drugs of a chart, against the procedure that is planned (recording.md 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rules.chart.hold import PROCEDURES, Hold, procedure_date, read_hold, read_holds
from rules.chart.records import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.medications import Medication
    from rules.chart.records import Record, Truth
    from rules.chart.spans import Span

__all__ = ["Hold", "Holds", "antithrombotic_holds", "procedure_date", "read_hold", "read_holds"]

_STATUS = "cond-antithrombotic-status"


@dataclass(frozen=True, slots=True)
class Holds:
    """All antithrombotic drugs of the chart against one procedure date.

    *doubt*: something on record makes the answer unknown, not only a key that could not be had.
    *status_only*: the problem list names such a therapy and no order shows it.
    """

    truth: Truth
    holds: tuple[Hold, ...]
    status_only: tuple[Record, ...]
    doubt: bool
    procedure_date: Span
    evidence: tuple[Record, ...]
    why: str
    gaps: tuple[str, ...]


def antithrombotic_holds(chart: Chart, policy: Mapping[str, object]) -> Holds:
    """Read the hold of every antithrombotic drug on record or in the orders of the call."""
    holds = tuple(
        hold
        for medication in _antithrombotics(chart)
        for hold in read_holds(medication, chart, policy)
    )
    status = () if holds else _status(chart)
    truths = {hold.truth for hold in holds} | ({None} if status else set())
    doubt = None in truths and True not in truths
    medications = chart.medications
    uncoded = any(_may_be(one) for one in cast("tuple[Medication, ...]", medications.maybe))
    unread = not medications.complete or uncoded
    if True in truths:
        truth: Truth = True
    else:
        truth = None if None in truths or unread else False
    decisive = [hold for hold in holds if hold.truth is truth] or list(holds)
    evidence = tuple(dict.fromkeys(one for hold in decisive for one in hold.evidence)) + status
    if decisive:
        why = decisive[0].why
    elif status:
        why = "the problem list names an antithrombotic therapy, and no order shows it"
    else:
        why = "medications could not be read completely" if unread else "none recorded"
    gaps = medications.gaps + (chart.conditions.gaps if not holds else ())
    return Holds(truth, holds, status, doubt, procedure_date(chart), evidence, why, gaps)


def _antithrombotics(chart: Chart) -> list[Medication]:
    """Return the stored orders, and the drafts that matter for a procedure of this call.

    A draft that holds or stops stands for the stored order that it replaced. A draft that starts
    such a drug matters where the same call orders a procedure.
    """
    stored = cast("tuple[Medication, ...]", chart.medications.possible())
    procedure = any(one.kind in PROCEDURES for one in chart.orders)
    drafts = [
        one.medication
        for one in chart.orders
        if one.medication is not None and not one.stored and (one.ended or procedure)
    ]
    return [*stored, *drafts]


def _may_be(medication: Medication) -> bool:
    """Say whether an order may be for such a drug because nothing of it is coded."""
    return (
        not medication.coded and not medication.possible_groups and medication.on_board is not False
    )


def _status(chart: Chart) -> tuple[Record, ...]:
    return tuple(
        one
        for one in chart.conditions.possible()
        if isinstance(one, Condition) and one.active is not False and _STATUS in one.groups
    )
