"""How often a day a dose is given (recording.md 3.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.measures import DAYS, Unusable, exact

if TYPE_CHECKING:
    from rules.chart import resources as fhir

_ABBREVIATIONS = frozenset({
    "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation",
    "http://hl7.org/fhir/v3/GTSAbbreviation",
})  # fmt: skip
_PER_DAY = {
    "QD": Fraction(1), "BID": Fraction(2), "TID": Fraction(3), "QID": Fraction(4),
    "QOD": Fraction(1, 2), "Q4H": Fraction(6), "Q6H": Fraction(4), "Q8H": Fraction(3),
    "Q12H": Fraction(2), "AM": Fraction(1), "PM": Fraction(1), "BED": Fraction(1),
}  # fmt: skip
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Schedule:
    """Doses a day, None where the timing does not say; `once` where one dose is given in all."""

    per_day: Fraction | None = None
    once: bool = False


def read_schedule(timing: fhir.Timing | None) -> Schedule:
    """Read a Timing; raises `Unusable` where its numbers make no sense."""
    if timing is None:
        return Schedule()
    repeat = timing.repeat
    if repeat is not None:
        if repeat.count == 1:
            return Schedule(Fraction(1), once=True)
        per_day = _repeated(repeat)
        if per_day is not None:
            return Schedule(per_day)
    codes = timing.code.coding or () if timing.code is not None else ()
    for coding in codes:
        if (coding.system is None or coding.system in _ABBREVIATIONS) and coding.code in _PER_DAY:
            return Schedule(_PER_DAY[coding.code])
    if len(timing.event or ()) == 1:
        return Schedule(Fraction(1), once=True)
    return Schedule()


def _repeated(repeat: fhir.Repeat) -> Fraction | None:
    weekdays = Fraction(len(set(repeat.day_of_week or ())), _WEEK)
    times = len(repeat.time_of_day or ())
    cycle = _cycle(repeat)
    if repeat.frequency is None and repeat.frequency_max is None and times:
        per_day = Fraction(times) / max(cycle or Fraction(1), Fraction(1))
    elif cycle is not None:
        often = repeat.frequency_max if repeat.frequency_max is not None else repeat.frequency
        # FHIR leaves the frequency out where it is one per period.
        per_day = exact(1 if often is None else often) / cycle
        if not per_day:
            raise Unusable("the frequency is zero")
    elif repeat.frequency is not None or repeat.frequency_max is not None:
        return None
    else:
        return weekdays or None
    if not weekdays:
        return per_day
    # Days of the week thin out a daily schedule; a weekly one already counts them.
    weekly = cycle is not None and cycle >= _WEEK
    return max(per_day, weekdays) if weekly else per_day * weekdays


def _cycle(repeat: fhir.Repeat) -> Fraction | None:
    lengths = [exact(length) for length in (repeat.period, repeat.period_max) if length is not None]
    if not lengths:
        return None
    unit = DAYS.get(repeat.period_unit or "")
    if unit is None:
        raise Unusable(f"the period unit `{repeat.period_unit}` is not known")
    shorter = min(lengths) * unit
    if not shorter:
        raise Unusable("the period is zero")
    return shorter
