"""The intrathecal dose of one agent over time: programmed and ordered (recording.md 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from rules.chart.agents import read_agents
from rules.chart.it_orders import infused
from rules.chart.measures import whole
from rules.chart.records import Observation
from rules.chart.spans import DAY, Span
from rules.chart.telemetry import NOT_READ, whole_day
from rules.chart.trial_procedures import trial_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rules.chart.agents import Agent
    from rules.chart.chart import Chart
    from rules.chart.fills import Fill
    from rules.chart.it_orders import ItOrders
    from rules.chart.medications import Medication
    from rules.chart.records import Record

DOSE, AGENT = "local#it-daily-dose", "local#it-agent"


@dataclass(frozen=True, slots=True)
class Point:
    """A daily dose in mg from a date on; None: not known. *programmed*: told by the pump."""

    date: Span
    dose: Fraction | None
    record: Record
    programmed: bool


@dataclass(frozen=True, slots=True)
class DoseSeries:
    """The doses of one agent, the oldest first, one for each date where they agree.

    *complete* is False where records could not be read, and *why* says which. *conflicts* are
    dates on which programmed and ordered dose differ by more than the tolerance.
    """

    agent: str
    points: tuple[Point, ...]
    complete: bool
    why: str
    conflicts: tuple[Span, ...] = ()

    @property
    def evidence(self) -> tuple[Record, ...]:
        """Return the records behind the doses."""
        return tuple(dict.fromkeys(point.record for point in self.points))


class Doses:
    """The dose series of every agent of a chart, each worked out when first asked for."""

    def __init__(
        self, chart: Chart, policy: Mapping[str, object], orders: ItOrders, fill: Fill
    ) -> None:
        """Keep what the series are read from."""
        self.chart, self.policy, self.orders, self.fill = chart, policy, orders, fill
        self._series: dict[str, DoseSeries] = {}

    @cached_property
    def programmed(self) -> tuple[Observation, ...]:
        """Return the programmed doses on record, without those of trials."""
        found = [
            one
            for one in self.chart.observations.possible()
            if isinstance(one, Observation) and DOSE in one.groups and one.when is not None
        ]
        windows = trial_windows(self.chart, self.policy) if found else ()
        return tuple(one for one in found if not any(each.covers(one) for each in windows))

    @cached_property
    def _single(self) -> str:
        """Return the one agent that active orders hold, empty where there is none or several."""
        agents = {
            agent.rxcui for order in self.orders.running if order.on_board for agent in order.agents
        }
        return agents.pop() if len(agents) == 1 else ""

    @property
    def why(self) -> str:
        """Return why the series may lack points; empty where they do not."""
        if not self.chart.observations.complete:
            return NOT_READ
        return "" if self.orders.complete else "the medication list is not complete"

    @property
    def conflicting(self) -> str | None:
        """Name the agents whose programmed and ordered doses of one day differ; None for none."""
        agents = {
            agent.rxcui: agent.name
            for order in self.orders.therapy
            for agent in order.agents
            if agent.member
        }
        found = [name for rxcui, name in sorted(agents.items()) if self.of(rxcui).conflicts]
        return ", ".join(found) or None

    def of(self, agent: str) -> DoseSeries:
        """Return the series of one agent (RxNorm IN)."""
        found = self._series.get(agent)
        if found is None:
            found = self._series[agent] = self._read(agent)
        return found

    def agents_of(self, record: Observation) -> frozenset[str]:
        """Return the agent of a programmed dose (RxNorm IN), empty where it is not known."""
        named = self._agent_of(record)
        return frozenset({named} - {"", "unknown"})

    def _read(self, agent: str) -> DoseSeries:
        points = [*self._observed(agent), *self._ordered(agent)]
        kept, conflicts = self._one_a_day(points)
        return DoseSeries(agent, kept, not self.why, self.why, conflicts)

    def _observed(self, agent: str) -> Iterator[Point]:
        for one in self.programmed:
            named = self._agent_of(one)
            if named not in {agent, ""} or one.when is None:
                continue
            known = named == agent and one.counts and isinstance(one.value, Decimal)
            dose = Fraction(one.value) if known and isinstance(one.value, Decimal) else None
            yield Point(one.when, dose, one, programmed=True)

    def _agent_of(self, record: Observation) -> str:
        """Return the agent of a programmed dose: named, else the single active one, else empty."""
        for groups, value, _ in record.components:
            if AGENT in groups:
                found = self.chart.terminology.ingredients(value) if isinstance(value, str) else ()
                names = {one.ingredient for one in found or ()}
                return names.pop() if len(names) == 1 else "unknown"
        return self._single

    def _ordered(self, agent: str) -> Iterator[Point]:
        for order in self.orders.therapy:
            if order.start is None or order.bolus or not order.exposure:
                continue
            for one in infusions(self.chart, order, self.fill.date):
                if one.rxcui == agent:
                    yield from _steps(order, one, self.chart)

    def _one_a_day(self, points: list[Point]) -> tuple[tuple[Point, ...], tuple[Span, ...]]:
        """Let a programmed dose stand over an ordered one of its day."""
        tolerance = Fraction(str(self.policy["it.series_tolerance"]))
        days: dict[tuple[int, int], list[Point]] = {}
        for point in points:
            place = self.chart.clock.day(point.date.low), self.chart.clock.day(point.date.high)
            days.setdefault(place, []).append(point)
        kept: list[Point] = []
        conflicts: list[Span] = []
        for of_day in days.values():
            told = [one for one in of_day if one.programmed] or of_day
            doses = {one.dose for one in told}
            kept.append(told[0] if len(doses) == 1 else _latest(told))
            if _differ((one.dose for one in of_day), tolerance):
                conflicts.append(of_day[0].date)
        kept.sort(key=lambda one: (one.date.low, one.date.high))
        return tuple(kept), tuple(conflicts)


def _latest(points: list[Point]) -> Point:
    """Return the latest of several points of one day, its dose unknown where times do not tell."""
    last = max(points, key=lambda one: one.date.low)
    later = [one for one in points if one.date.low == last.date.low]
    timed = all(one.date.high - one.date.low < DAY // 2 for one in points)
    sure = timed and len({one.dose for one in later}) == 1
    return last if sure else replace(last, dose=None)


def _differ(doses: Iterable[Fraction | None], tolerance: Fraction) -> bool:
    known = [dose for dose in doses if dose is not None]
    return bool(known) and max(known) - min(known) > tolerance * max(known)


def infusions(chart: Chart, order: Medication, filled: Span | None) -> tuple[Agent, ...]:
    """Return the agents of an order without what it gives once."""
    if not any(entry.once for entry in order.entries):
        return infused(chart, order, filled)
    steps = tuple(tuple(e for e in step if not e.once) for step in order.dose_steps)
    return read_agents(
        order.composition.parts, steps, order.step_at(chart.clock.today),
        route=order.route, authored=order.composition.authored,
    )  # fmt: skip


def _steps(order: Medication, agent: Agent, chart: Chart) -> Iterator[Point]:
    """Give a point for each dose step that has begun; of steps without dates the first is unknown.

    An order of one step begins with the order.
    """
    if order.start is None:
        return
    doses = [amount.total for amount in agent.amounts]
    if len(doses) <= 1:
        yield Point(order.start, doses[0] if doses else None, order, programmed=False)
        return
    dated = order.segment.steps
    if len(dated) != len(doses) or any(day is None for day in dated):
        yield Point(order.start, None, order, programmed=False)
        return
    for day, dose in zip(dated, doses, strict=True):
        if day is not None and day <= chart.clock.today:
            low = day * DAY - chart.clock.offset
            yield Point(Span(low, low + DAY - 1), dose, order, programmed=False)


@dataclass(frozen=True, slots=True)
class PreviousDose:
    """The dose in mg/d before the draft; None where unknown. *recorded*: there was any point."""

    dose: Fraction | None
    date: Span | None
    why: str
    recorded: bool
    evidence: tuple[Record, ...] = ()


def previous_dose(series: DoseSeries, chart: Chart, policy: Mapping[str, object]) -> PreviousDose:
    """Return the newest dose of a series within `it.previous_days`."""
    recorded = bool(series.points)
    if not series.complete:
        return PreviousDose(None, None, series.why, recorded, series.evidence)
    if not series.points:
        return PreviousDose(None, None, "no earlier dose is recorded", recorded=False)
    top = newest_points(series, chart)
    evidence = tuple(point.record for point in top)
    doses = {point.dose for point in top}
    dose = doses.pop() if len(doses) == 1 else None
    if dose is None:
        return PreviousDose(None, None, "the newest dose is not certain", recorded, evidence)
    days = whole(policy["it.previous_days"])
    if any(chart.clock.within_days(point.date, days) is not True for point in top):
        return PreviousDose(None, top[-1].date, "the newest dose is too old", recorded, evidence)
    return PreviousDose(dose, top[-1].date, "", recorded, evidence)


def newest_points(series: DoseSeries, chart: Chart) -> tuple[Point, ...]:
    """Return the points that may be the newest: one, unless a partial date leaves it open."""
    latest = max(point.date.low for point in series.points)
    day = chart.clock.day
    return tuple(point for point in series.points if day(point.date.high) >= day(latest))


def in_order(series: DoseSeries, chart: Chart) -> bool:
    """Say whether every point of a series has a day."""
    return all(whole_day(point.date, chart.clock) is not None for point in series.points)
