"""Conditions: whether one is active, ever was, and since when (recording.md 1.3, 4, 10.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.codings import codes, words
from rules.chart.records import Condition, Truth
from rules.chart.spans import EARLIEST, LATEST, Span

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.context import Context

KEY = "conditions"
_ACTIVE = frozenset(("active", "recurrence", "relapse"))
_OVER = frozenset(("inactive", "remission", "resolved"))
_DOUBTED = frozenset(("unconfirmed", "provisional", "differential"))


def read_condition(
    resource: fhir.Condition, ref: str, groups: frozenset[str], coded: bool, context: Context
) -> Condition | None:
    """Read one Condition; None where it does not count at all (entered in error, in the future)."""
    status, verified = codes(resource.clinical_status), codes(resource.verification_status)
    if "entered-in-error" in verified or "entered-in-error" in status:
        context.ignore("it was entered in error", ref, KEY, groups)
        return None
    recorded = context.date(resource.recorded_date)
    onset = _onset(resource, context)
    if context.future(recorded if onset is None else onset):
        context.ignore_future(ref, KEY, groups)
        return None
    refuted = "refuted" in verified
    confirmed = resource.verification_status is None or "confirmed" in verified
    if onset is None and recorded is not None:
        onset = Span(EARLIEST, recorded.high)
    record = Condition(
        key=KEY, ref=ref, resource=resource, groups=groups, coded=coded,
        counts=True if confirmed or refuted else None,
        text=words(resource.code), when=recorded or onset,
    )  # fmt: skip
    record.onset = onset
    record.sites = context.codings.groups(resource.body_site) if resource.body_site else frozenset()
    record.ever = True if confirmed else False if refuted else None
    active = False if refuted else _active(resource, status, record, context)
    record.active = active if confirmed or active is False else None
    if not (confirmed or refuted or verified & _DOUBTED):
        context.tell("invalid", "its verification status is not a code of FHIR", record)
    if resource.modifier_extension:
        context.modified(record)
        record.active = record.ever = None
    return record


def _onset(resource: fhir.Condition, context: Context) -> Span | None:
    if resource.onset_date_time is not None:
        return context.date(resource.onset_date_time)
    if resource.onset_period is not None:
        return context.date(resource.onset_period.start)
    if resource.onset_age is not None:
        return context.at_age(resource.onset_age, resource.onset_age)
    if resource.onset_range is not None:
        return context.at_age(resource.onset_range.low, resource.onset_range.high)
    return None


def _active(
    resource: fhir.Condition, status: frozenset[str], record: Condition, context: Context
) -> Truth:
    """Say whether it is active; what contradicts itself is unknown and reported."""
    over = _abated(resource, context)
    if resource.clinical_status is None:
        return None if over is None else not over
    active, ended = bool(status & _ACTIVE), bool(status & _OVER)
    if active and ended:
        context.tell("contradictory", "its clinical status says active and not active", record)
        return None
    if active and over is not False:
        context.tell("contradictory", "it is active and abated in the past", record)
        return None
    if active or ended:
        return active
    context.tell("invalid", "its clinical status does not say whether it is active", record)
    return None


def _abated(resource: fhir.Condition, context: Context) -> Truth:
    """Say whether an abatement lies in the past; one without a date does."""
    if resource.abatement_date_time is not None:
        when = context.date(resource.abatement_date_time)
    elif resource.abatement_period is not None:
        start, end = context.period(resource.abatement_period)
        when = Span(
            start.low if start else EARLIEST, end.high if end else LATEST
        ) if start or end else None  # fmt: skip
        if when is not None and end is not None:
            when = end
    elif resource.abatement_age is not None:
        when = context.at_age(resource.abatement_age, resource.abatement_age)
    elif resource.abatement_range is not None:
        when = context.at_age(resource.abatement_range.low, resource.abatement_range.high)
    else:
        return resource.abatement_string is not None
    return True if when is None else context.past(when)
