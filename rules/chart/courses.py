"""Courses of systemic opioids: runs of orders of one drug by one route (recording.md 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.failures import read_failure
from rules.chart.measures import whole
from rules.chart.medication_order import Medication
from rules.chart.opioid_orders import analgesics, touches
from rules.chart.pain import PainScores
from rules.chart.records import Record, Records, Truth
from rules.chart.spans import EARLIEST, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.chart import Chart
    from rules.chart.spans import Clock


class Course(Record):
    """A course of one opioid by one route class. `when` spans it; `ref` is its first order.

    `qualifies`: it lasted long enough to count, or was stopped for intolerance. `failed_why` says
    in a few words what decided `failed`.
    """

    __slots__ = (
        "continuing", "end", "ended", "failed", "failed_why", "ingredient", "name", "qualifies",
        "route_class", "segments", "start", "stopped_for_intolerance",
    )  # fmt: skip
    ingredient: str
    name: str
    route_class: str
    segments: tuple[Medication, ...]
    start: Span | None
    end: Span | None
    ended: bool
    continuing: bool
    qualifies: Truth
    failed: Truth
    failed_why: str
    stopped_for_intolerance: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """What courses are read by: the policy's parameters and the pain scores."""

    chart: Chart
    pain: PainScores
    least_days: int
    gap_days: int
    months: int

    @property
    def clock(self) -> Clock:
        return self.chart.clock

    def inside(self, start: Span | None, end: Span | None) -> Truth:
        return touches(start, end, self.months, self.clock)


def opioid_courses(
    chart: Chart, policy: Mapping[str, object], scores: Iterable[Record] | None = None
) -> Records:
    """Return the opioid courses of the last `opioid.lookback_months`, of any length.

    Doubtful are courses of an order that may not have been taken, or whose dates leave open
    whether they reach into that time. Not complete: the medication list is not, or it holds an
    uncoded order or an opioid of unknown route in that time. *scores* are the pain scores to judge
    failure by; default all.
    """
    rules = _Rules(
        chart, PainScores.read(chart, policy, scores),
        whole(policy["opioid.min_course_days"]), whole(policy["opioid.gap_days"]),
        whole(policy["opioid.lookback_months"]),
    )  # fmt: skip
    taken: dict[tuple[str, str], list[Medication]] = {}
    found: list[tuple[Course, Truth]] = []
    complete = chart.medications.complete
    for order in chart.medications.possible():
        if not isinstance(order, Medication) or order.exposure is False:
            continue
        ingredients = analgesics(order, chart)
        if ingredients is None:
            complete = complete and rules.inside(order.start, order.end) is False
        for ingredient in ingredients or ():
            if order.exposure and order.start is not None:
                taken.setdefault((ingredient, order.route), []).append(order)
            else:
                found.append((_course(ingredient, order.route, [order], rules), None))
    for (ingredient, route), orders in taken.items():
        found += [(_course(ingredient, route, run, rules), True) for run in _runs(orders, rules)]
    sure: list[Record] = []
    maybe: list[Record] = []
    for course, counts in found:
        inside = rules.inside(course.start, course.end)
        if inside is not False:
            (sure if counts and inside else maybe).append(course)
    return Records(
        tuple(sorted(sure, key=_by_start)), tuple(sorted(maybe, key=_by_start)),
        complete=complete, gaps=chart.medications.gaps,
    )  # fmt: skip


def _runs(orders: list[Medication], rules: _Rules) -> list[list[Medication]]:
    """Split orders of one drug and route where the gap is certainly too long."""
    day = rules.clock.day
    runs: list[list[Medication]] = []
    last = 0
    for order in sorted(orders, key=_by_start):
        start = order.start or Span(EARLIEST, EARLIEST)
        if not runs or day(start.low) - last > rules.gap_days:
            runs.append([])
            last = 0
        runs[-1].append(order)
        end = rules.clock.today if order.end is None else day(order.end.high)
        last = max(last, end) if len(runs[-1]) > 1 else end
    return runs


def _by_start(record: Record) -> tuple[int, int, str]:
    when = record.when
    return (EARLIEST, EARLIEST, record.ref) if when is None else (when.low, when.high, record.ref)


def _length(run: list[Medication], rules: _Rules) -> tuple[int, int]:
    """Return the least and the greatest number of days that a run has lasted until now.

    The least is that of its longest part without a gap that might be too long.
    """
    clock, today = rules.clock, rules.clock.today
    least = most = 0
    first: int | None = None  # latest start of the certain part
    until = 0  # the day until which that part certainly lasted
    earliest = clock.day(run[0].start.low) if run[0].start is not None else None
    for order in run:
        if order.start is None or earliest is None:
            return 0, today - clock.day(EARLIEST)
        low, high = (
            (today, today)
            if order.end is None
            else (min(clock.day(order.end.low), today), min(clock.day(order.end.high), today))
        )
        begins = clock.day(order.start.high)
        if first is None or begins - until > rules.gap_days:
            first, until = begins, low
        until = max(until, low)
        least = max(least, until - first)
        most = max(most, high - earliest)
    return least, most


def _course(ingredient: str, route: str, run: list[Medication], rules: _Rules) -> Course:
    clock = rules.clock
    first, name = run[0], rules.chart.terminology.name(ingredient)
    ends = [order.end for order in run]
    end = None if None in ends else _latest(ends)
    when = None
    if first.start is not None:
        when = first.start.until(end if end is not None else Span(clock.now, clock.now))
    course = Course(
        key=first.key, ref=first.ref, resource=first.resource,
        groups=frozenset().union(*(order.groups for order in run)), coded=True,
        counts=first.exposure, text=name, when=when,
    )  # fmt: skip
    course.ingredient, course.name, course.route_class = ingredient, name, route
    course.segments = tuple(run)
    course.start, course.end = first.start, end
    course.continuing = any(order.continuing for order in run)
    course.ended = all(order.ended for order in run)
    last = _final(run, end)
    course.stopped_for_intolerance = course.ended and any(o.stopped_for_intolerance for o in last)
    least, most = _length(run, rules)
    course.qualifies = (
        True
        if least >= rules.least_days or course.stopped_for_intolerance
        else None if most >= rules.least_days else False
    )  # fmt: skip
    lasted = least >= rules.least_days
    course.failed, course.failed_why = read_failure(course, last, lasted, rules.pain)
    return course


def _latest(ends: list[Span | None]) -> Span:
    known = [end for end in ends if end is not None]
    return Span(max(end.low for end in known), max(end.high for end in known))


def _final(run: list[Medication], end: Span | None) -> list[Medication]:
    """Return the orders with which a run may have ended."""
    if end is None:
        return []
    return [order for order in run if order.end is not None and order.end.high >= end.low]
