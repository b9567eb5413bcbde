"""The appointments that are being booked: a refill among them, and its date (recording.md 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.chart.chart import Chart
    from rules.chart.records import Record
    from rules.chart.spans import Span
    from rules.chart.terminology import Terminology

_NOT_COMING = frozenset({"cancelled", "noshow", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class PlannedRefill:
    """A refill appointment that is being booked: its date, None where it has none."""

    is_refill: bool
    date: Span | None
    why: str
    evidence: tuple[Record, ...] = ()


def planned_refill(chart: Chart) -> PlannedRefill:
    """Read the appointments of appointment-book: the earliest for a refill, and its date."""
    dates: list[Span] = []
    found = False
    for booking in _appointments(chart.call.context):
        if booking.get("status") in _NOT_COMING or not _is_refill(booking, chart.terminology):
            continue
        found = True
        date = chart.clock.read(booking.get("start"))
        if date is not None:
            dates.append(date)
    if not found:
        return PlannedRefill(False, None, "no refill appointment is being booked")
    date = min(dates, key=lambda span: span.low, default=None)
    return PlannedRefill(True, date, "a refill appointment is being booked")


def _appointments(context: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    bundle = context.get("appointments")
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == "Appointment":
            yield resource


def _is_refill(booking: Mapping[str, object], terminology: Terminology) -> bool:
    return any(
        "order-refill" in terminology.groups(system, code)
        for name in ("serviceType", "reasonCode")
        for system, code in _codings(booking.get(name))
    )


def _codings(concepts: object) -> Iterator[tuple[str, str]]:
    for concept in concepts if isinstance(concepts, list) else [concepts]:
        codings = concept.get("coding") if isinstance(concept, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict):
                system, code = coding.get("system"), coding.get("code")
                if isinstance(system, str) and isinstance(code, str):
                    yield system, code
