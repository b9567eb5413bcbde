"""When the reservoir is predicted to be empty (recording.md 7, predicted_empty)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.spans import DAY, LATEST, Span
from rules.chart.telemetry import read_newest, timed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.fills import Fill
    from rules.chart.flows import Flow
    from rules.chart.records import Record, Truth
    from rules.chart.spans import Clock

PREDICTED = "local#predicted-empty-date"


@dataclass(frozen=True, slots=True)
class Emptying:
    """The moment from which the reservoir counts as empty.

    *reached*: it lies behind; *days_past* and *days_left* are calendar days, None where the date
    is a month or a year (or, of the one, where the other holds). *conflict*: what the pump
    predicted and what fill and flow give lie too far apart; the earlier stands. None where
    unknown, and *why* says why.
    """

    date: Span | None
    reached: Truth
    days_past: int | None
    days_left: int | None
    why: str
    evidence: tuple[Record, ...] = ()
    conflict: bool = False


def read_emptying(chart: Chart, policy: Mapping[str, object], fill: Fill, flow: Flow) -> Emptying:
    """Take the recorded prediction, or fill date + (fill - reserve) / flow.

    A date without a time of day begins with its day: empty too early is the safe mistake.
    """
    recorded = read_newest(chart, PREDICTED, "predicted empty date", since=fill.date)
    stated = _begin(recorded.value) if isinstance(recorded.value, Span) else None
    worked_out = _worked_out(policy, fill, flow)
    if recorded.conflict or (recorded.evidence and stated is None):
        return _unknown(recorded.why or "the predicted empty date cannot be used",
                        recorded.evidence) if worked_out is None else _at(
            chart.clock, worked_out, (*fill.evidence, *flow.evidence))  # fmt: skip
    computed = (*fill.evidence, *flow.evidence)
    if stated is None and worked_out is None:
        return _unknown(fill.why or flow.why, computed)
    if stated is None or worked_out is None:
        return _at(chart.clock, stated or worked_out, recorded.evidence if stated else computed)
    gap = Fraction(str(policy["refill.predicted_gap_days"])) * DAY
    apart = abs(stated.low - worked_out.low) > gap
    if not apart:
        return _at(chart.clock, stated, recorded.evidence)
    first = min(stated, worked_out, key=lambda span: span.low)
    return _at(chart.clock, first, (*recorded.evidence, *computed), conflict=True)


def _begin(span: Span) -> Span:
    """Read a date as its beginning; a month or a year stays as wide as its days."""
    return Span(span.low, span.low) if timed(span) else Span(span.low, span.high + 1 - DAY)


def _worked_out(policy: Mapping[str, object], fill: Fill, flow: Flow) -> Span | None:
    if fill.date is None or fill.volume is None or flow.exact is None:
        return None
    usable = Fraction(fill.volume) - Fraction(str(policy["refill.reserve_ml"]))
    shift = int(max(Fraction(0), usable) / flow.exact * DAY)
    begin = _begin(fill.date)
    room = LATEST - begin.high
    moved = min(shift, room)
    return Span(begin.low + moved, begin.high + moved)


def _unknown(why: str, evidence: tuple[Record, ...]) -> Emptying:
    return Emptying(None, None, None, None, why, evidence)


def _at(
    clock: Clock, date: Span | None, evidence: tuple[Record, ...], *, conflict: bool = False
) -> Emptying:
    if date is None:
        return _unknown("", evidence)
    reached = True if clock.now >= date.high else False if clock.now < date.low else None
    days = clock.today - clock.day(date.low)
    known = clock.day(date.low) == clock.day(date.high)
    return Emptying(
        date, reached, days if known and reached else None,
        -days if known and reached is False else None,
        "" if reached is not None else "the predicted empty date is not a day",
        evidence, conflict,
    )  # fmt: skip
