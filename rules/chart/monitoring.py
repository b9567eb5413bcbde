"""Monitoring for respiratory depression that is ordered around an intrathecal dose.

recording.md 4.6 (monitoring_ordered): a ServiceRequest, drafted or active, whose occurrence covers
the start of the order; its duration is that of its occurrencePeriod.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.measures import decimal
from rules.chart.membership import belongs
from rules.chart.moments import point
from rules.chart.records import Interval, ServiceRequest
from rules.chart.spans import DAY, HOUR, Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.records import Record, Truth
    from rules.chart.spans import Clock

MONITORING = frozenset({"local#respiratory-monitoring"})
_STARTING = frozenset({"implant", "trial", "refill"})


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is ordered: *ordered* says whether any is, *hours* how long the longest lasts.

    *hours* is None where nothing certain is ordered or its duration is not said; *possible* says
    whether one of unknown duration, date or content may be long enough.
    """

    ordered: Truth
    hours: Decimal | Interval | None
    possible: bool
    evidence: tuple[Record, ...]
    why: str
    strength: str | None = "asserted"


def read_monitoring(chart: Chart) -> Monitoring:
    """Read the monitoring ordered in this call or on record for the start of its orders."""
    begin = _begin(chart)
    certain: list[tuple[Record, tuple[Fraction, Fraction]]] = []
    doubtful: list[Record] = []
    for record, member in _requests(chart):
        span, hours = _occurrence(record, chart.clock)
        covers = _covers(span, begin)
        if covers is False:
            continue
        if member and covers and hours is not None:
            certain.append((record, hours))
        else:
            doubtful.append(record)
    coded = tuple(one for one in doubtful if one.groups & MONITORING)
    if certain:
        longest = max((hours for _, hours in certain), key=lambda pair: pair)
        evidence = tuple(one for one, _ in certain)
        return Monitoring(True, _number(longest), bool(doubtful), evidence, "monitoring is ordered")
    if coded:
        return Monitoring(True, None, True, coded, "how long it lasts, or when, is not said")
    if doubtful or not chart.service_requests.complete:
        return Monitoring(
            None, None, True, tuple(doubtful), "orders could not be read, or are not coded", None
        )
    return Monitoring(False, None, False, (), "no order found", "absent-in-record")


def _requests(chart: Chart) -> Iterator[tuple[Record, Truth]]:
    for order in chart.orders:
        if order.medication is None and not order.ended and order.kind == "other":
            member = belongs(order, MONITORING)
            if member is not False:
                yield order, member
    for record in chart.service_requests.possible():
        if isinstance(record, ServiceRequest) and record.status in {"active", ""}:
            member = belongs(record, MONITORING)
            if member is not False:
                yield record, member and record.counts


def _begin(chart: Chart) -> Span:
    """Return when the ordered dose begins: its own date, the procedure's, else today."""
    for order in chart.orders:
        if order.ended:
            continue
        if order.medication is not None and order.intrathecal and order.medication.start:
            return order.medication.start
    for order in chart.orders:
        if order.kind in _STARTING and not order.ended and order.occurrence is not None:
            return order.occurrence
    today = chart.clock.start_of(chart.clock.date(chart.clock.now))
    return Span(today, today + DAY - 1)


def _occurrence(
    record: Record, clock: Clock
) -> tuple[Span | None, tuple[Fraction, Fraction] | None]:
    """Return when monitoring takes place, and its least and greatest number of hours."""
    resource = record.resource
    period = getattr(resource, "occurrence_period", None)
    timing = getattr(resource, "occurrence_timing", None)
    if period is None and timing is not None and timing.repeat is not None:
        period = timing.repeat.bounds_period
    if period is None:
        return clock.read(getattr(resource, "occurrence_date_time", None)), None
    start, end = clock.read(period.start), clock.read(period.end)
    if start is None or end is None:
        return start or end, None
    first, last = point(start), point(end)
    # A date ends one microsecond before the next.
    least = max(last.low - first.high - (first.high > first.low), 0)
    greatest = max(last.high - first.low + (last.high > last.low), 0)
    return start.until(end), (Fraction(least, HOUR), Fraction(greatest, HOUR))


def _covers(occurrence: Span | None, begin: Span) -> Truth:
    if occurrence is None:
        return None
    if occurrence.high < begin.low or occurrence.low > begin.high:
        return False
    whole_day = begin.high - begin.low >= DAY - 1
    return whole_day or occurrence.low <= begin.low


def _number(hours: tuple[Fraction, Fraction]) -> Decimal | Interval | None:
    low, high = decimal(hours[0]), decimal(hours[1])
    return low if low == high else Interval(low, high)
