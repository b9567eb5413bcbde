"""Whether the systemic opioid dose rose: the trend of the daily MME (recording.md 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from rules.chart.measures import decimal, whole
from rules.chart.mme import on_day, opioid_orders
from rules.chart.spans import DAY, Span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.medication_order import Medication
    from rules.chart.records import Truth
    from rules.chart.spans import Clock


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend of the total MME over the window.

    `first` is the first value above zero, `peak` the highest of the last days, `last` today's.
    `steps` are the times between changes with their MME, None where it is not computable.
    """

    escalating: Truth
    first: Decimal | None = None
    peak: Decimal | None = None
    last: Decimal | None = None
    steps: tuple[tuple[Span, Decimal | None], ...] = ()
    evidence: tuple[Medication, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """Days with the same MME: from `first` to `last`, both included."""

    first: int
    last: int
    value: Fraction | None


def opioid_trend(chart: Chart, policy: Mapping[str, object]) -> Trend:
    """Read the trend of the systemic MME of the last `opioid.trend_days`."""
    clock = chart.clock
    begin = clock.today - _days(policy, "trend_days")
    orders = opioid_orders(chart)
    reaches = [(one, *one.segment.reach(clock)) for one in orders]
    read = [
        (day, on_day(chart, [one for one, low, high in reaches if low <= day < high], day))
        for day in _changes(orders, begin, clock)
    ]
    ends = [day - 1 for day, _ in read[1:]] + [clock.today]
    lines = [_Step(day, last, mme.exact.total) for (day, mme), last in zip(read, ends, strict=True)]
    steps = _merged(lines)
    evidence = tuple(dict.fromkeys(one for _, mme in read for one in mme.evidence))
    complete = all(mme.complete for _, mme in read)
    nulls = [mme for _, mme in read if mme.exact.total is None]
    values = [step for step in steps if step.value]
    shown = tuple(
        (Span(_start(clock, step.first), _start(clock, step.last + 1) - 1), decimal(step.value))
        for step in steps
    )
    if nulls or not values or not chart.medications.complete:
        why = "no systemic opioid on record"
        if not chart.medications.complete:
            why = "the medication list is not complete"
        if nulls:
            why = nulls[0].why or "an MME cannot be computed"
        return Trend(None, steps=shown, evidence=evidence, why=why)
    recent = clock.today - _days(policy, "peak_days")
    peak = max(step.value or Fraction(0) for step in steps if step.last >= recent)
    verdict, why = _verdict(steps, peak, policy)
    if verdict is False and not complete:
        verdict, why = None, "an uncoded medication might be another opioid"
    return Trend(
        verdict, decimal(values[0].value), decimal(peak), decimal(steps[-1].value),
        shown, evidence, why,
    )  # fmt: skip


def _verdict(steps: list[_Step], peak: Fraction, policy: Mapping[str, object]) -> tuple[Truth, str]:
    """Say whether the MME rose; a rise is looked for before a fall or a flat line."""
    kept = _without_gaps(steps, _days(policy, "gap_days"))
    taken = [step for step in kept if step.value]
    first = taken[0].value or Fraction(0)
    # The peak is of another date than `first` as soon as it is another value.
    if peak > first and peak >= _number(policy, "escalation_ratio") * first:
        return True, "the peak exceeds the first value by the escalation ratio"
    if _rises(kept):
        return True, "it rose twice in succession"
    last = kept[-1].value or Fraction(0)
    span = kept[-1].last - taken[0].first
    band = _number(policy, "flat_band") * first
    since = [step for step in kept if step.first >= taken[0].first]
    if span >= _days(policy, "flat_days"):
        if all(abs((step.value or Fraction(0)) - first) <= band for step in since):
            return False, "it stayed flat"
        if last < first - band:
            return False, "it fell"
    return None, "it neither rose enough nor stayed flat"


def _without_gaps(steps: list[_Step], gap_days: int) -> list[_Step]:
    """Leave out days without opioid that are no longer than a gap within a course."""
    return [
        step
        for step in steps
        if step.value or step is steps[0] or step.last - step.first + 1 > gap_days
    ]


def _rises(kept: list[_Step]) -> bool:
    """Say whether two rises follow each other with no fall between.

    An interruption is a fall; to begin again after it is no rise.
    """
    rises = 0
    for before, after in pairwise(kept):
        if not before.value or not after.value or after.value < before.value:
            rises = 0
        elif after.value > before.value:
            rises += 1
        if rises >= 2:
            return True
    return False


def _changes(orders: tuple[Medication, ...], begin: int, clock: Clock) -> list[int]:
    """Return the days of the window on which the total may change."""
    days = {begin}
    for one in orders:
        for span in (one.start, one.end):
            if span is not None:
                days |= {clock.day(span.low), clock.day(span.high)}
        days |= {day for day in one.segment.steps if day is not None}
    days.add(clock.today)
    return sorted(day for day in days if begin <= day <= clock.today)


def _merged(lines: list[_Step]) -> list[_Step]:
    merged = []
    for value, same in groupby(lines, key=lambda step: step.value):
        run = list(same)
        merged.append(_Step(run[0].first, run[-1].last, value))
    return merged


def _start(clock: Clock, day: int) -> int:
    return day * DAY - clock.offset


def _number(policy: Mapping[str, object], name: str) -> Fraction:
    return Fraction(str(policy[f"opioid.{name}"]))


def _days(policy: Mapping[str, object], name: str) -> int:
    return whole(policy[f"opioid.{name}"])
