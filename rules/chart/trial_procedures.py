"""Which Procedures are intrathecal or epidural trials, and when each ran (recording.md 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rules.chart.membership import belongs
from rules.chart.moments import point
from rules.chart.order_kinds import BACLOFEN, TRIAL_REASON, ZICONOTIDE
from rules.chart.pump import is_implantation
from rules.chart.records import Observation, Procedure
from rules.chart.spans import DAY, HOUR, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.medications import Medication
    from rules.chart.records import Record, Truth
    from rules.chart.spans import Clock

PERCENT = "local#percent-pain-relief"
PAIN = "obs-pain-score"
_CERTAIN = frozenset({"proc-trial", "order-trial"})
_CATHETER = frozenset({"order-catheter"})
_POSSIBLE = frozenset({"order-possible-trial", "order-intraspinal-catheter"})
_STATUSES = frozenset({"completed", "stopped", "in-progress", "not-done"})


@dataclass(frozen=True, slots=True)
class TrialProcedure:
    """A trial and when it ran; *start* and *end* are None where the record has no date."""

    procedure: Procedure
    start: Span | None
    end: Span | None

    @property
    def ref(self) -> str:
        """Return the reference of its Procedure."""
        return self.procedure.ref


@dataclass(frozen=True, slots=True)
class TrialProcedures:
    """The trials of a chart, oldest first; injections that may have been trials; doubtful ones."""

    trials: tuple[TrialProcedure, ...]
    possible: tuple[Procedure, ...]
    doubtful: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The time of a trial and the hours after it, and the scores that are linked to it."""

    trial: TrialProcedure
    start: Span | None
    limit: Span | None
    linked: frozenset[str]

    def covers(self, observation: Record) -> Truth:
        """Say whether a score was taken during or after the trial: it shows the trial's effect.

        A linked score taken before the trial is its baseline and is not covered.
        """
        when = observation.when
        if when is None or self.start is None or self.limit is None:
            return True if observation.ref in self.linked else None if when is None else False
        if observation.ref in self.linked:
            earlier = point(when).before(self.start)
            return None if earlier is None else not earlier
        return inside(when, self.start, self.limit)


def trial_procedures(chart: Chart, policy: Mapping[str, object]) -> TrialProcedures:
    """Find every trial Procedure of the chart that was done, begun, stopped or not done."""
    scored = {
        reference
        for one in chart.observations.sure
        if isinstance(one, Observation) and PERCENT in one.groups
        for reference in one.part_of + one.focus
    }
    days = int(cast("Decimal", policy["trial.implant_days"]))
    hours = int(cast("Decimal", policy["trial.default_hours"]) * HOUR)
    pumps = [one for one in chart.procedures.sure if is_implantation(one)]
    trials: list[TrialProcedure] = []
    possible: list[Procedure] = []
    for one in chart.procedures.sure:
        if not isinstance(one, Procedure) or one.status not in _STATUSES or _future(one, chart):
            continue
        if _is_trial(one, chart, pumps, days) or (one.groups & _POSSIBLE and one.ref in scored):
            trials.append(_dated(one, hours))
        elif one.groups & _POSSIBLE:
            (trials.append(_dated(one, hours)) if _drug_given(one, chart) else possible.append(one))
    doubtful = tuple(
        one for one in chart.procedures.maybe if belongs(one, _CERTAIN | _POSSIBLE) is not False
    )
    return TrialProcedures(tuple(sorted(trials, key=_place)), tuple(possible), doubtful)


def trial_windows(chart: Chart, policy: Mapping[str, object]) -> tuple[Window, ...]:
    """Return the window of every trial that began: from its start to `trial.post_hours` after."""
    began = [
        one for one in trial_procedures(chart, policy).trials if one.procedure.status != "not-done"
    ]
    links: dict[str, set[str]] = {one.ref: set() for one in began}
    for one in linked_to(links.keys(), chart.observations.sure):
        for named in links.keys() & {*one.part_of, *one.focus}:
            links[named].add(one.ref)
    return tuple(_window(one, frozenset(links[one.ref]), policy) for one in began)


def window(trial: TrialProcedure, chart: Chart, policy: Mapping[str, object]) -> Window:
    """Return the window in which scores show the effect of *trial*."""
    linked = linked_to({trial.ref}, chart.observations.sure)
    return _window(trial, frozenset(one.ref for one in linked), policy)


def _window(trial: TrialProcedure, linked: frozenset[str], policy: Mapping[str, object]) -> Window:
    after = int(cast("Decimal", policy["trial.post_hours"]) * HOUR)
    limit = trial.end and Span(trial.end.low + after, trial.end.high + after)
    return Window(trial, trial.start, limit, linked)


def linked_to(refs: AbstractSet[str], observations: Iterable[Record]) -> tuple[Observation, ...]:
    """Return the observations that name one of *refs* as the procedure they belong to."""
    return tuple(
        one
        for one in observations
        if isinstance(one, Observation)
        and any(named in refs for named in (*one.part_of, *one.focus))
    )


def inside(when: Span, start: Span, limit: Span) -> Truth:
    """Say whether a moment lies after *start* and not after *limit*."""
    when = point(when)
    after, late = start.before(when), limit.before(when)
    if after is False or late is True:
        return False
    return True if after and when.high <= limit.low else None


def _is_trial(one: Procedure, chart: Chart, pumps: list[Record], days: int) -> bool:
    if one.groups & _CATHETER:
        # A catheter laid with the pump is part of the implant, whatever its reason says.
        return _for_trial(one, chart) and not any(_near(one, p, chart, days) for p in pumps)
    if one.groups & _CERTAIN:
        return True
    return bool(one.groups & _POSSIBLE) and _for_trial(one, chart)


def _for_trial(one: Procedure, chart: Chart) -> bool:
    category = getattr(one.resource, "category", None)
    return (
        TRIAL_REASON in one.reason_groups or TRIAL_REASON in chart.terminology.concept(category)[0]
    )


def _near(one: Procedure, implant: Record, chart: Chart, days: int) -> bool:
    first, second = one.start or one.when, implant.when
    if first is None or second is None:
        return False
    low, high = chart.clock.day(first.low) - days, chart.clock.day(first.high) + days
    return chart.clock.day(second.low) <= high and chart.clock.day(second.high) >= low


def _drug_given(one: Procedure, chart: Chart) -> bool:
    """Say whether an intrathecal trial drug was ordered for the day of an injection."""
    start = one.start or one.when
    if start is None:
        return False
    first, last = chart.clock.day(start.low), chart.clock.day((one.end or start).high)
    return any(
        _is_trial_drug(drug) and _within(drug.start, first, last, chart.clock)
        for drug in cast("tuple[Medication, ...]", chart.medications.sure)
    )


def _is_trial_drug(drug: Medication) -> bool:
    if drug.route != "intrathecal":
        return False
    named = drug.ingredients or frozenset()
    return "med-opioid-ingredient" in drug.groups or not named.isdisjoint({ZICONOTIDE, BACLOFEN})


def _within(when: Span | None, first: int, last: int, clock: Clock) -> bool:
    return when is not None and first <= clock.day(when.low) and clock.day(when.high) <= last


def _future(one: Procedure, chart: Chart) -> bool:
    start = one.start or one.when
    return start is not None and chart.clock.future(start)


def _dated(one: Procedure, hours: int) -> TrialProcedure:
    when = one.start or one.when
    start = point(when) if when else None
    if one.end is not None:
        return TrialProcedure(one, start, _close(point(one.end)))
    if start is None:
        return TrialProcedure(one, None, None)
    if start.high - start.low < DAY - 1:
        return TrialProcedure(one, start, Span(start.low + hours, start.high + hours))
    return TrialProcedure(one, start, _close(start))


def _close(end: Span) -> Span:
    """Read an end: one given as a date or a month includes its last day, to midnight."""
    first = end.low + DAY - 1 if end.high - end.low >= DAY - 1 else end.low
    return Span(first, end.high)


def _place(trial: TrialProcedure) -> tuple[int, int, str]:
    when = trial.end or trial.start
    return (when.high, when.low, trial.ref) if when else (0, 0, trial.ref)
