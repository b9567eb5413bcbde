"""The temporary trial that decides C5 and the TRL rules (recording.md 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from rules.chart.records import Records
from rules.chart.spans import Span
from rules.chart.trial_agents import agent_route_match
from rules.chart.trial_procedures import (
    TrialProcedure,
    TrialProcedures,
    Window,
    linked_to,
    trial_procedures,
    trial_windows,
    window,
)
from rules.chart.trial_relief import recorded_relief
from rules.chart.trial_result import Trial
from rules.chart.trial_scores import paired_relief

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.records import Procedure, Truth
    from rules.chart.trial_relief import Relief

__all__ = ["Trial", "Window", "read_trial", "trial_windows"]

_OUTCOMES = {"385669000": "successful", "385671000": "unsuccessful", "385670004": "partial"}
_OTHER_DRUG = "the trial used another drug or route than is ordered"
_SAYS = {"successful": True, "unsuccessful": False}
_HARM = frozenset(
    {
        "local#stopped-adverse-effect", "cond-opioid-poisoning", "cond-respiratory-failure",
        "cond-opioid-adverse-effect",
    }
)  # fmt: skip


def read_trial(chart: Chart, policy: Mapping[str, object]) -> Trial:
    """Read the newest trial of the chart; the *policy* gives windows and the relief asked for."""
    found = trial_procedures(chart, policy)
    complete = chart.procedures.complete and not found.doubtful
    if found.trials:
        newest = _newest(found.trials)
        trial = _agreed([_read(one, found, chart, policy) for one in newest])
        earlier = tuple(one.procedure for one in found.trials if one.procedure != trial.procedure)
        trial = replace(trial, earlier=earlier)
    else:
        why = "no trial is recorded" if complete else "procedures could not be read completely"
        trial = Trial("none", why=why)
    notes = tuple(f"possible trial, not used: {one.text or one.ref}" for one in found.possible)
    return replace(
        trial, complete=complete, possible=Records(found.possible),
        unusable=trial.unusable + notes, gaps=chart.procedures.gaps,
    )  # fmt: skip


def _newest(trials: tuple[TrialProcedure, ...]) -> tuple[TrialProcedure, ...]:
    """Return the trials that no other one certainly follows, the latest last."""
    last = max((one.end.low for one in trials if one.end is not None), default=0)
    return tuple(one for one in trials if one.end is None or one.end.high >= last)


def _agreed(readings: list[Trial]) -> Trial:
    """Join trials whose order is not known: two codes of one trial, or a contradiction."""
    known = [one for one in readings if one.value is not None]
    if len({one.value for one in known}) < 2:
        return (known or readings)[-1]
    text = "trials of the same or an unknown date give different results"
    evidence = tuple(dict.fromkeys(record for one in readings for record in one.evidence))
    return replace(
        known[-1], value=None, strength=None, conflict=True, conflict_text=text, harm=False,
        unusable=(text,), evidence=evidence, why=text,
    )  # fmt: skip


def _read(
    trial: TrialProcedure, found: TrialProcedures, chart: Chart, policy: Mapping[str, object]
) -> Trial:
    procedure = trial.procedure
    matches, given = agent_route_match(trial, chart)
    read = Trial(
        procedure.status, procedure=procedure, start=trial.start, end=trial.end,
        outcome=_outcome(procedure), agent_route_match=matches, evidence=(procedure,),
        within_valid_months=_valid(trial, chart, policy),
        unusable=(_OTHER_DRUG,) if matches is False else (),
    )  # fmt: skip
    if matches is False:
        read = replace(read, evidence=(procedure, *given))
    if procedure.status == "not-done":
        return replace(read, value=False, strength="asserted", why="the trial was not done")
    if procedure.status == "in-progress":
        return _useless(read, "the trial is still in progress")
    percent, pair = _reliefs(trial, found, chart, policy)
    if procedure.status == "stopped":
        return _stopped(_quoted(read, percent, pair), procedure, percent, pair)
    return _completed(_quoted(read, percent, pair), percent, pair, policy)


def _reliefs(
    trial: TrialProcedure, found: TrialProcedures, chart: Chart, policy: Mapping[str, object]
) -> tuple[Relief, Relief]:
    span = window(trial, chart, policy)
    rivals = {one.ref for one in found.trials if one is not trial}
    others = frozenset(one.ref for one in linked_to(rivals, chart.observations.sure)) - span.linked
    return (
        recorded_relief(span, others, chart, policy),
        paired_relief(span, others, chart, policy),
    )


def _quoted(read: Trial, percent: Relief, pair: Relief) -> Trial:
    """Quote the recorded percentage before the computed one; keep the records of both."""
    relief = percent if percent.value is not None else pair
    evidence = (*read.evidence, *percent.evidence, *pair.evidence)
    if relief.value is None:
        return replace(read, evidence=evidence, why=relief.why)
    return replace(
        read, relief=relief.value, relief_method=relief.method, evidence=evidence, why=relief.why
    )


def _stopped(read: Trial, procedure: Procedure, percent: Relief, pair: Relief) -> Trial:
    if not _complicated(procedure) and not procedure.status_reason_groups & _HARM:
        return _useless(read, "the trial was stopped, and no harm is coded as the reason")
    text = ""
    if percent.passes or pair.passes:
        text = "the trial was stopped for harm, although its relief would be enough"
    return replace(
        read, value=False, strength="asserted", harm=True, conflict_text=text,
        why="the trial was stopped for harm",
    )  # fmt: skip


def _completed(read: Trial, percent: Relief, pair: Relief, policy: Mapping[str, object]) -> Trial:
    sides = {one.passes for one in (percent, pair) if one.passes is not None}
    if policy["trial.relief_min"] is None and read.outcome is not None:
        # Such a policy asks whether the trial was acceptable, and its outcome says so.
        value = _SAYS.get(read.outcome)
        if value is None:
            return _useless(read, "the outcome of the trial is not decisive")
        return replace(read, value=value, strength="asserted", why=f"outcome: {read.outcome}")
    if len(sides) > 1:
        return _contradicted(read, "the recorded relief and the pain scores contradict each other")
    value = (percent if percent.value is not None else pair).passes
    if value is None:
        why = "the recorded relief straddles the limit" if read.relief is not None else read.why
        return _useless(read, why)
    says = _SAYS.get(read.outcome or "")
    if says is not None and says is not value:
        text = f"the outcome is recorded as {read.outcome}, and the relief says the contrary"
        return _contradicted(read, text)
    return replace(read, value=value, strength="measured")


def _contradicted(read: Trial, text: str) -> Trial:
    return replace(_useless(read, text), conflict=True, conflict_text=text)


def _useless(read: Trial, why: str) -> Trial:
    return replace(read, value=None, strength=None, why=why, unusable=(why, *read.unusable))


def _outcome(procedure: Procedure) -> str | None:
    named = {_OUTCOMES[code] for code in procedure.outcome if code in _OUTCOMES}
    return named.pop() if len(named) == 1 else None


def _complicated(procedure: Procedure) -> bool:
    concepts = getattr(procedure.resource, "complication", None) or ()
    coded = any(coding.code for concept in concepts for coding in concept.coding or ())
    return coded or bool(procedure.complication_groups)


def _valid(trial: TrialProcedure, chart: Chart, policy: Mapping[str, object]) -> Truth:
    when = trial.end or trial.start
    if when is None:
        return None
    now = chart.clock.now
    months = cast("Decimal", policy["trial.valid_months"])
    return chart.clock.within_months(Span(min(when.low, now), min(when.high, now)), int(months))
