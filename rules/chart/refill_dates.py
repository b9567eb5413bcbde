"""When the next refill is due, and when it is planned (recording.md 7, refill_due)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.appointments import planned_refill
from rules.chart.measures import whole
from rules.chart.records import ServiceRequest
from rules.chart.spans import DAY, Span
from rules.chart.telemetry import NOT_READ, after, read_newest, whole_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.chart.chart import Chart
    from rules.chart.emptying import Emptying
    from rules.chart.fills import Fill
    from rules.chart.records import Record, Truth

DUE = "local#refill-due-date"
REFILL = "order-refill"


@dataclass(frozen=True, slots=True)
class RefillDue:
    """The day on which a refill is due. *days_overdue* counts calendar days, 0 on the day."""

    date: Span | None
    overdue: Truth
    days_overdue: int | None
    why: str
    evidence: tuple[Record, ...] = ()


def read_due(chart: Chart, policy: Mapping[str, object], fill: Fill, empty: Emptying) -> RefillDue:
    """Take the recorded due date, an active refill order, else predicted empty less the margin.

    What was recorded before the last fill is done with.
    """
    recorded = read_newest(chart, DUE, "refill due date", since=fill.date)
    if isinstance(recorded.value, Span):
        return _due(chart, recorded.value, recorded.evidence)
    if recorded.evidence:
        return RefillDue(None, None, None, recorded.why or "the due date cannot be used",
                         recorded.evidence)  # fmt: skip
    if not chart.observations.complete:
        return RefillDue(None, None, None, NOT_READ)
    for order in _planned(chart, fill):
        if order.status == "active" and order.occurrence is not None:
            return _due(chart, order.occurrence, (order,))
    if empty.date is None:
        return RefillDue(None, None, None, empty.why, empty.evidence)
    margin = whole(policy["refill.margin_days"]) * DAY
    return _due(
        chart, Span(empty.date.low - margin, empty.date.high - margin), empty.evidence
    )  # fmt: skip


def _due(chart: Chart, date: Span, evidence: tuple[Record, ...]) -> RefillDue:
    low, high = chart.clock.days_ago(date)
    overdue: Truth = True if low > 0 else False if high <= 0 else None
    day = whole_day(date, chart.clock)
    why = "" if overdue is not None else "the due date is not a day"
    return RefillDue(date, overdue, max(0, low) if day is not None else None, why, evidence)


def _planned(chart: Chart, fill: Fill) -> Iterator[ServiceRequest]:
    """Give the refill orders on record that lie after the last fill, the earliest first."""
    found = [
        one
        for one in chart.service_requests.sure
        if isinstance(one, ServiceRequest)
        and REFILL in one.groups
        and one.occurrence is not None
        and (fill.date is None or after(one.occurrence, fill.date, chart.clock) is True)
    ]
    yield from sorted(found, key=lambda one: one.occurrence.low if one.occurrence else 0)


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """The day for which a refill is planned, and whether the pump is empty before it."""

    date: Span | None
    after_empty: Truth
    why: str
    evidence: tuple[Record, ...] = ()


def read_planned(chart: Chart, fill: Fill, empty: Emptying) -> PlannedDate:
    """Read the appointment being booked, else the refill ordered, else the one on record.

    It is too late where its day comes after the day on which the reservoir is empty.
    """
    date, evidence = _plan(chart, fill)
    if date is None:
        return PlannedDate(None, None, "no refill is planned")
    if empty.date is None:
        return PlannedDate(date, None, empty.why, evidence)
    day = chart.clock.day
    late: Truth = None
    if day(date.low) > day(empty.date.high):
        late = True
    elif day(date.high) <= day(empty.date.low):
        late = False
    return PlannedDate(date, late, "" if late is not None else "a date is not a day", evidence)


def _plan(chart: Chart, fill: Fill) -> tuple[Span | None, tuple[Record, ...]]:
    booked = planned_refill(chart) if chart.call.hook == "appointment-book" else None
    if booked is not None and booked.date is not None:
        return booked.date, booked.evidence
    drafted = [
        one for one in chart.orders
        if one.kind == "refill" and one.occurrence is not None and not one.ended
    ]  # fmt: skip
    if drafted:
        first = min(drafted, key=lambda one: one.occurrence.low if one.occurrence else 0)
        return first.occurrence, (first,)
    for order in _planned(chart, fill):
        return order.occurrence, (order,)
    return None, ()
