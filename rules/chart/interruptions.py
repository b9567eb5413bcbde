"""Whether delivery was interrupted, and for how long (recording.md 7 and 13.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.measures import whole
from rules.chart.pump_events import EVENT, NORMAL, events, kind_of_event
from rules.chart.records import Interval
from rules.chart.telemetry import NOT_READ, after

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.emptying import Emptying
    from rules.chart.fills import Fill
    from rules.chart.records import Observation, Record, Truth
    from rules.chart.residuals import Residual

_EMPTY, _STALL = "reservoir-empty", "motor-stall"


@dataclass(frozen=True, slots=True)
class Interruption:
    """Whether the pump stopped delivering since its last fill.

    *days* is how long ago at most: since the earlier of the event and the predicted empty date;
    None where neither is known. *tolerance_lost*: that is long, or not known.
    """

    interrupted: Truth
    days: int | None
    tolerance_lost: bool
    why: str
    evidence: tuple[Record, ...] = ()


def read_interruption(
    chart: Chart, policy: Mapping[str, object], fill: Fill, residual: Residual, empty: Emptying
) -> Interruption:
    """Decide from a zero residual, an event since the last fill, and the predicted empty date.

    True: a zero residual, an empty reservoir or a stalled motor since the last fill. False: a
    current residual above zero, or the predicted date lies ahead. Else unknown: to be measured.
    """
    stopped, doubtful = _events(chart, fill)
    zero = _zero(chart, residual, fill)
    evidence = (*residual.evidence, *(record for record, _ in stopped), *empty.evidence)
    days = _days(chart, stopped, empty)
    lost = days is None or days >= whole(policy["refill.gap_short_days"])
    if zero or any(sure for _, sure in stopped):
        return Interruption(True, days, lost, "", evidence)
    if zero is None or stopped or doubtful:
        why = "it is not certain that the reservoir ran empty or the motor stalled"
        return Interruption(None, days, lost, why, (*evidence, *doubtful))
    if not chart.observations.complete:
        return Interruption(None, days, lost, NOT_READ, evidence)
    if _above_zero(residual.volume) or empty.reached is False:
        return Interruption(False, None, False, "", evidence)
    why = residual.why or empty.why or "no residual volume is recorded"
    return Interruption(None, days, lost, why, evidence)


def _zero(chart: Chart, residual: Residual, fill: Fill) -> Truth:
    """Say whether the reservoir was found empty since the last fill, and not filled after.

    A residual that was recorded and cannot be used may be zero.
    """
    volume = residual.newest
    if volume is None:
        unread = bool(residual.evidence) and not _of_old_fill(chart, residual, fill)
        return None if unread else False
    if isinstance(volume, Interval):
        return None if _maybe_zero(volume) else False
    if volume != 0 or _of_old_fill(chart, residual, fill):
        return False
    if residual.volume is not None:
        return True
    # An older zero: empty ever since, unless the time of the last fill is not known.
    if residual.date is None or fill.date is None:
        return None
    return after(residual.date, fill.date, chart.clock)


def _of_old_fill(chart: Chart, residual: Residual, fill: Fill) -> bool:
    """Say whether it was measured at the last fill itself, at an earlier visit."""
    if residual.volume is not None or residual.date is None or fill.date is None:
        return False
    return chart.clock.day(residual.date.low) == chart.clock.day(fill.date.low)


def _maybe_zero(volume: Interval) -> bool:
    return volume.low is None or (volume.low == 0 and not volume.low_open)


def _above_zero(volume: Decimal | Interval | None) -> bool:
    if isinstance(volume, Interval):
        return not _maybe_zero(volume)
    return volume is not None and volume > 0


def _events(chart: Chart, fill: Fill) -> tuple[list[tuple[Observation, bool]], tuple[Record, ...]]:
    """Return what stopped delivery, and whether certainly since the last fill; and doubts."""
    found = events(chart, fill)
    normal = [one.when for one, _ in found if kind_of_event(one) == NORMAL and one.when]
    stopped: list[tuple[Observation, bool]] = []
    for one, since in found:
        if one.when is None or kind_of_event(one) not in {_EMPTY, _STALL}:
            continue
        ran_again = any(after(when, one.when, chart.clock) for when in normal)
        if kind_of_event(one) == _STALL and ran_again:
            continue
        later = True if fill.date is None else after(one.when, fill.date, chart.clock)
        if not later and _settled_by_fill(one, fill, chart, later=later):
            continue
        stopped.append((one, bool(since and (later or _this_visit(fill, chart)))))
    doubts = tuple(
        one for one in chart.observations.maybe if EVENT in one.groups and one.coded
        and (one.when is None or fill.date is None
             or after(one.when, fill.date, chart.clock) is not False)
    )  # fmt: skip
    return stopped, doubts


def _settled_by_fill(one: Observation, fill: Fill, chart: Chart, *, later: Truth) -> bool:
    """Say whether the fill of its day, at an earlier visit, answered what was found."""
    if one.when is None or fill.date is None or _this_visit(fill, chart):
        return False
    day = chart.clock.day
    same = day(one.when.low) == day(one.when.high) == day(fill.date.low)
    return same and (later is False or kind_of_event(one) == _EMPTY)


def _this_visit(fill: Fill, chart: Chart) -> bool:
    """Say whether the last fill was today: what was found then is what this call is about."""
    return fill.date is not None and chart.clock.day(fill.date.low) == chart.clock.today


def _days(chart: Chart, stopped: list[tuple[Observation, bool]], empty: Emptying) -> int | None:
    """Return the days since the earlier of the event and the predicted empty date."""
    day, today = chart.clock.day, chart.clock.today
    begun = [day(one.when.low) for one, _ in stopped if one.when is not None]
    if empty.date is not None and empty.reached is not False:
        begun.append(day(empty.date.low))
    past = [one for one in begun if one <= today]
    return today - min(past) if past else None
