"""Stored ServiceRequests: intentions, never evidence that something was done (recording.md 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.codings import words
from rules.chart.records import ServiceRequest

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.context import Context
    from rules.chart.spans import Span

KEY = "serviceRequests"
_COUNTED = frozenset(("active", "on-hold", "completed"))
_NO_ORDER = frozenset(("proposal", "option"))


def read_service_request(
    resource: fhir.ServiceRequest, ref: str, groups: frozenset[str], coded: bool, context: Context
) -> ServiceRequest | None:
    """Read one ServiceRequest; None where its status or intent does not let it count."""
    status = resource.status or ""
    if status and status not in _COUNTED:
        context.ignore(f"its status is `{status[:30]}`", ref, KEY, groups)
        return None
    if resource.intent in _NO_ORDER:
        context.ignore(f"its intent is `{resource.intent}`", ref, KEY, groups)
        return None
    if resource.do_not_perform:
        context.ignore("it says not to perform", ref, KEY, groups)
        return None
    record = ServiceRequest(
        key=KEY, ref=ref, resource=resource, groups=groups, coded=coded,
        counts=True if status else None, text=words(resource.code),
        when=context.date(resource.authored_on),
    )  # fmt: skip
    record.status = status
    record.occurrence = _occurrence(resource, context)
    record.reason_groups = context.codings.groups(resource.reason_code)
    record.sites = context.codings.groups(resource.body_site)
    if not status:
        context.tell("invalid", "it has no status", record)
    context.modified(record)
    return record


def _occurrence(resource: fhir.ServiceRequest, context: Context) -> Span | None:
    """Return when it is planned; a Period or a Timing spans from its start to its end."""
    if resource.occurrence_date_time is not None:
        return context.date(resource.occurrence_date_time)
    start, end = context.period(resource.occurrence_period)
    timing = resource.occurrence_timing
    if timing is not None:
        events = [span for text in timing.event or () if (span := context.date(text))]
        if events:
            start, end = min(events, key=lambda e: e.low), max(events, key=lambda e: e.high)
        elif timing.repeat is not None:
            start, end = context.period(timing.repeat.bounds_period)
    return start.until(end) if start and end else start or end
