"""The newest record of one pump measurement or date, and what leaves it open (recording.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.records import Interval, Observation
from rules.chart.spans import DAY, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart.chart import Chart
    from rules.chart.records import Record, Truth
    from rules.chart.spans import Clock

# A date that is known to better than this carries a time of day.
_TIMED = DAY // 2
NOT_READ = "the observations could not be read completely"


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest record of one kind.

    *value* is a Decimal or an Interval in the unit of its kind, or a Span; None where unknown, and
    *why* says why. *seen* is the value of the newest record that did arrive, also where others
    may be missing. *conflict*: the newest are of one date and differ.
    """

    value: object = None
    date: Span | None = None
    why: str = ""
    evidence: tuple[Record, ...] = ()
    conflict: bool = False
    seen: object = None

    @property
    def exact(self) -> Fraction | None:
        """Return an exact number; None where it is a range or unknown."""
        return Fraction(self.value) if isinstance(self.value, Decimal) else None


def read_newest(
    chart: Chart, group: str, name: str, *, since: Span | None = None, same_day: bool = False
) -> Reading:
    """Read the newest observation of a value set, of those on or after *since*.

    With *same_day* one of the day of *since* counts whatever its time of day. A record that is
    preliminary, or whose date does not say whether it is the newest, leaves the value unknown; one
    without a date is left aside.
    """
    counted: list[Observation] = []
    doubts: list[Observation] = []
    for one in chart.observations.possible():
        if group not in one.groups or one.when is None or not isinstance(one, Observation):
            continue
        kept = _kept(one.when, since, chart.clock, same_day=same_day)
        if kept is not False:
            (counted if kept and one.counts and one.coded else doubts).append(one)
    reading = _newest(counted, doubts, name, chart.clock)
    if chart.observations.complete:
        return reading
    return Reading(None, reading.date, NOT_READ, reading.evidence, reading.conflict, reading.value)


def _kept(when: Span, since: Span | None, clock: Clock, *, same_day: bool) -> Truth:
    if since is None or (same_day and clock.day(when.low) == clock.day(since.low)):
        return True
    return on_or_after(when, since, clock)


def _newest(
    counted: list[Observation], doubts: list[Observation], name: str, clock: Clock
) -> Reading:
    top = newest_of(counted, clock)
    latest = max((one.when.low for one in top if one.when), default=0)
    open_ones = tuple(
        one for one in doubts if one.when and clock.day(one.when.high) >= clock.day(latest)
    )
    if open_ones:
        return Reading(None, None, f"a {name} is not certain", open_ones + tuple(top))
    if not top:
        return Reading(None, None, f"no {name} is recorded")
    values = {one.value if not isinstance(one.value, list) else None for one in top}
    date = max((one.when for one in top if one.when), key=lambda span: span.low)
    if len(values) > 1:
        return Reading(None, date, f"the newest records of the {name} differ", tuple(top), True)
    value = next(iter(values))
    if not isinstance(value, (Decimal, Interval, Span)):
        return Reading(None, date, f"the {name} cannot be used", tuple(top))
    return Reading(value, date, "", tuple(top), seen=value)


def newest_of(records: Iterable[Observation], clock: Clock) -> list[Observation]:
    """Return the newest of dated records: those of the last day, of instants the last instant."""
    dated = [one for one in records if one.when is not None]
    if not dated:
        return []
    latest = max(one.when.low for one in dated if one.when)
    top = [one for one in dated if one.when and clock.day(one.when.high) >= clock.day(latest)]
    if all(one.when and timed(one.when) for one in top):
        last = max(one.when.low for one in top if one.when)
        return [one for one in top if one.when and one.when.low == last]
    return top


def timed(span: Span) -> bool:
    """Say whether a date carries a time of day."""
    return span.high - span.low < _TIMED


def on_or_after(when: Span, since: Span, clock: Clock) -> Truth:
    """Say whether a date is that of *since* or later; two times of day are compared as such.

    Unknown where a month or a year leaves it open.
    """
    if timed(when) and timed(since):
        return when.low >= since.low
    if clock.day(when.low) >= clock.day(since.high):
        return True
    return False if clock.day(when.high) < clock.day(since.low) else None


def after(when: Span, since: Span, clock: Clock) -> Truth:
    """Say whether a date is certainly later than *since*; unknown on the same day without times."""
    if timed(when) and timed(since):
        return when.low > since.low
    if clock.day(when.low) > clock.day(since.high):
        return True
    return False if clock.day(when.high) < clock.day(since.low) else None


def days_between(first: Span, last: Span, clock: Clock) -> Fraction | None:
    """Return the days from one date to another: exact for two times, else calendar days.

    None where one of them is a month or a year.
    """
    if timed(first) and timed(last):
        return Fraction(last.low - first.low, DAY)
    days = (
        {clock.day(first.low), clock.day(first.high)},
        {clock.day(last.low), clock.day(last.high)},
    )
    if any(len(one) > 1 for one in days):
        return None
    return Fraction(days[1].pop() - days[0].pop())


def whole_day(span: Span, clock: Clock) -> int | None:
    """Return the calendar day of a date; None for a month or a year."""
    low, high = clock.day(span.low), clock.day(span.high)
    return low if low == high else None
