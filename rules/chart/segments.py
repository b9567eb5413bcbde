"""The time that one order covers: its start, its end, its hold (recording.md 3.3, 10, 11)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from rules.chart.measures import days
from rules.chart.spans import DAY, EARLIEST, LATEST, Clock, Span

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.records import Truth

STATUS_CHANGED = (
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.statusChanged"
)
ENDED = frozenset({"completed", "stopped", "on-hold"})
# An active order is still thought to be taken for this long after its end (recording.md 3.3).
GRACE_DAYS = 30
_LONGEST = Fraction(LATEST - EARLIEST, DAY)


class Segment(msgspec.Struct, frozen=True, gc=False):
    """The time of one order.

    `start` None: undated. `end` None: no end is known; of an order that has ended without a date
    it spans everything from the start until now, and `end_known` is False. `ended` and
    `continuing` are about now; an end within a partial date that holds today leaves both False.
    `steps` are the days on which its dose steps begin, None where that is not said.
    """

    start: Span | None
    end: Span | None
    end_known: bool
    ended: bool
    continuing: bool
    held_from: Span | None
    steps: tuple[int | None, ...]

    def covers(self, day: int, clock: Clock) -> Truth:
        """Say whether the half-open segment [start, end) holds a calendar day."""
        if self.start is None:
            started: Truth = True if day >= clock.today and not self.ended else None
        else:
            low, high = clock.day(self.start.low), clock.day(self.start.high)
            started = day >= high or (None if day >= low else False)
        if self.end is None:
            return started
        low, high = clock.day(self.end.low), clock.day(self.end.high)
        over = day >= high or (None if day >= low else False)
        if started is False or over is True:
            return False
        return None if started is None or over is None else True

    def reach(self, clock: Clock) -> tuple[int, int]:
        """Return the first day that it may hold and the first after it that it cannot."""
        first, last = self.start or Span(EARLIEST, EARLIEST), self.end or Span(LATEST, LATEST)
        return clock.day(first.low), clock.day(last.high)

    def length(self, clock: Clock) -> tuple[int, int]:
        """Return the least and the greatest number of days it has lasted until now."""
        first = self.start or Span(EARLIEST, clock.now)
        last = self.end or Span(clock.now, clock.now)
        low, high = (min(clock.day(at), clock.today) for at in (last.low, last.high))
        return max(0, low - clock.day(first.high)), max(0, high - clock.day(first.low))


def read_segment(request: fhir.MedicationRequest, clock: Clock, *, single: bool) -> Segment:
    """Read the time of an order; *single* marks one that is given only once."""
    dosages = request.dosage_instruction or []
    validity = request.dispense_request.validity_period if request.dispense_request else None
    valid_from, valid_to = (
        (clock.read(validity.start), clock.read(validity.end)) if validity else (None, None)
    )
    bounds = [_Bounds.read(dosage, clock) for dosage in dosages]
    starts = [one.start for one in bounds if one.start is not None]
    start = min(starts, key=lambda s: s.low) if starts else None
    start = start or valid_from or clock.read(request.authored_on)
    steps, bounded = _steps(bounds, start, clock)
    changed = _changed(request, clock) if request.status in ENDED else None
    period_ends = [one.end for one in bounds if one.end is not None]
    period_end = max(period_ends, key=lambda s: s.high) if period_ends else None
    held = (changed or period_end or valid_to) if request.status in ENDED else None
    if held is not None and held.low > clock.now:
        # A planned end in the future is not the day on which it was held.
        held = None

    end = bounded
    if changed is not None:
        # What was planned to last longer ended when its status changed.
        end = changed if end is None or changed.high < end.high else end
    end = end or _supplied(request, start) or valid_to
    if end is None and single and start is not None:
        end = _later(start, Fraction(1))
    return _settled(request.status, clock, (start, end, held, steps))


def _settled(
    status: str | None,
    clock: Clock,
    read: tuple[Span | None, Span | None, Span | None, tuple[int | None, ...]],
) -> Segment:
    start, end, held, steps = read
    over = status in ENDED
    known = end is not None
    if over and (end is None or end.low > clock.now or (status == "on-hold" and held is None)):
        # It has ended, on a day between its start and now.
        end, known = Span(min(start.low if start else EARLIEST, clock.now), clock.now), False
    elif over and end is not None and end.high > clock.now:
        end = Span(end.low, clock.now)
    ended = over or (end is not None and clock.day(end.high) <= clock.today)
    continuing = not over and (end is None or clock.day(end.low) > clock.today)
    return Segment(start, end, known, ended, continuing, held, steps)


class _Bounds(msgspec.Struct, frozen=True, gc=False):
    """Timing.repeat.bounds of one dosage instruction."""

    sequence: int | None = None
    start: Span | None = None
    end: Span | None = None
    days: Fraction | None = None

    @classmethod
    def read(cls, dosage: fhir.Dosage, clock: Clock) -> _Bounds:
        repeat = dosage.timing.repeat if dosage.timing is not None else None
        if repeat is None:
            return cls(dosage.sequence)
        period = repeat.bounds_period
        return cls(
            dosage.sequence,
            clock.read(period.start) if period is not None else None,
            clock.read(period.end) if period is not None else None,
            days(repeat.bounds_duration),
        )


def _steps(
    bounds: list[_Bounds], start: Span | None, clock: Clock
) -> tuple[tuple[int | None, ...], Span | None]:
    """Return the first days of the steps, and the end that the bounds of the last one state."""
    numbers = sorted({one.sequence for one in bounds if one.sequence is not None})
    groups = (
        [[one for one in bounds if one.sequence in {number, None}] for number in numbers]
        if len(numbers) > 1
        else [bounds]
    )
    firsts: list[int | None] = []
    ending = start
    for place, group in enumerate(groups):
        own = [one.start for one in group if one.start is not None]
        begins = min(own, key=lambda s: s.low) if own and (place or start is None) else ending
        firsts.append(None if begins is None else clock.day(begins.low))
        ends = [
            one.end or (_later(one.start or begins, one.days) if one.days is not None else None)
            for one in group
        ]
        known = [one for one in ends if one is not None]
        whole = bool(known) and len(known) == len(ends)
        ending = max(known, key=lambda s: s.high) if whole else None
    return tuple(firsts), ending if bounds else None


def _later(start: Span | None, length: Fraction) -> Span | None:
    if start is None:
        return None
    shift = int(min(length, _LONGEST) * DAY)
    return Span(min(start.low + shift, LATEST), min(start.high + shift, LATEST))


def _supplied(request: fhir.MedicationRequest, start: Span | None) -> Span | None:
    dispense = request.dispense_request
    length = days(dispense.expected_supply_duration) if dispense is not None else None
    if dispense is None or length is None or start is None:
        return None
    repeats = max(dispense.number_of_repeats_allowed or 0, 0)
    return _later(start, length * (1 + repeats))


def _changed(request: fhir.MedicationRequest, clock: Clock) -> Span | None:
    """Return the date on which the status changed, from the R5 element as an extension."""
    for extension in request.extension or ():
        if extension.url == STATUS_CHANGED:
            return clock.read(extension.value_date_time)
    return None
