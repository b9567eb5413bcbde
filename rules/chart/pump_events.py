"""What was found at interrogation: stalls, alarms, an empty reservoir (recording.md 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.measures import whole
from rules.chart.pump import implant_date
from rules.chart.records import Condition, Observation
from rules.chart.telemetry import NOT_READ, newest_of, on_or_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.fills import Fill
    from rules.chart.records import Record, Truth
    from rules.chart.spans import Span

EVENT = "local#pump-event"
COMPLICATION = frozenset({"cond-it-pump-catheter-complication"})
NORMAL = "interrogation-normal"
KINDS = ("reservoir-empty", "motor-stall", "alarm", "battery-end", "catheter-fault", NORMAL)


@dataclass(frozen=True, slots=True)
class PumpEvent:
    """The newest finding: *problem* true, false or unknown; *kind* and *date* are the finding's.

    *names* names what was found for people. *battery_due*: the pump is older than its battery.
    """

    problem: Truth
    kind: str
    date: Span | None
    names: str
    battery_due: Truth
    why: str
    evidence: tuple[Record, ...] = ()


def events(chart: Chart, fill: Fill) -> tuple[tuple[Observation, Truth], ...]:
    """Return the counted events since the last fill; the second says whether it surely is."""
    found = []
    for one in chart.observations.sure:
        if isinstance(one, Observation) and EVENT in one.groups and one.when is not None:
            since = _since(one.when, fill, chart)
            if since is not False:
                found.append((one, since))
    return tuple(found)


def _since(when: Span, fill: Fill, chart: Chart) -> Truth:
    if fill.date is None or chart.clock.day(when.low) == chart.clock.day(fill.date.low):
        return True
    return on_or_after(when, fill.date, chart.clock)


def kind_of_event(record: Observation) -> str:
    """Return what was found, empty where it is not coded."""
    return next((kind for kind in KINDS if f"local#{kind}" in record.value_groups), "")


def read_event(chart: Chart, policy: Mapping[str, object], fill: Fill) -> PumpEvent:
    """Read the newest finding since the last fill, and active complications of pump or catheter."""
    days = whole(policy["pump.event_days"])
    recent = [
        one
        for one, _ in events(chart, fill)
        if one.when is not None and chart.clock.within_days(one.when, days) is not False
    ]
    top = newest_of(recent, chart.clock)
    kinds = [kind_of_event(one) for one in top]
    kind = next((one for one in KINDS if one in kinds), "")
    date = max((one.when for one in top if one.when), key=lambda s: s.low, default=None)
    active, unclear = _complications(chart)
    names = [one.text for one in active] + [one.replace("-", " ") for one in kinds if one != NORMAL]
    problem, why = _problem(chart, kind, bool(top), bool(active), unclear=unclear)
    return PumpEvent(
        problem, kind, date, ", ".join(dict.fromkeys(name for name in names if name)),
        _battery(chart, policy), why, (*active, *top),
    )  # fmt: skip


def _complications(chart: Chart) -> tuple[tuple[Record, ...], bool]:
    found = [one for one in chart.conditions.possible() if one.groups & COMPLICATION]
    active = tuple(one for one in found if isinstance(one, Condition) and one.active)
    unclear = any(isinstance(one, Condition) and one.active is None for one in found)
    return active, unclear or not chart.conditions.complete


def _problem(
    chart: Chart, kind: str, found: bool, active: bool, *, unclear: bool
) -> tuple[Truth, str]:  # fmt: skip
    if active or kind not in {"", NORMAL}:
        return True, ""
    if not chart.observations.complete:
        return None, NOT_READ
    if unclear:
        return None, "a complication of pump or catheter is not settled"
    if kind == NORMAL:
        return False, ""
    return None, "what was found is not coded" if found else "no interrogation is recorded"


def _battery(chart: Chart, policy: Mapping[str, object]) -> Truth:
    since = implant_date(chart)
    if since is None:
        return None
    within = chart.clock.within_months(since, 12 * whole(policy["pump.battery_years"]))
    return None if within is None else not within
