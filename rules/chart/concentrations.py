"""What a reservoir was filled with: the concentration of each agent (recording.md 3.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.records import Observation, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.chart import Chart
    from rules.chart.spans import Span

CONCENTRATION = "local#reservoir-concentration"
AGENT = "local#it-agent"


def reservoir_concentrations(
    chart: Chart, agents: Iterable[str], last_fill: Span | None
) -> Mapping[str, Decimal]:
    """Return mg/mL of the agents (RxNorm IN) of a reservoir, by the newest record of each.

    Only records on or after the day of the last fill count; without that day none does. A record
    names its agent in a component; one that names none is of the only agent there is. An agent
    whose newest records of one day differ has none.
    """
    wanted = tuple(dict.fromkeys(agents))
    if last_fill is None:
        return {}
    newest: dict[str, tuple[int, set[object]]] = {}
    for record in chart.observations.sure:
        if CONCENTRATION not in record.groups or record.when is None:
            continue
        agent = _agent(record) or (wanted[0] if len(wanted) == 1 else "")
        day = chart.clock.day(record.when.low)
        if agent not in wanted or day < chart.clock.day(last_fill.high):
            continue
        known = newest.get(agent)
        if known is None or day > known[0]:
            newest[agent] = day, {_value(record)}
        elif day == known[0]:
            known[1].add(_value(record))
    found: dict[str, Decimal] = {}
    for agent, (_, values) in newest.items():
        value = values.pop() if len(values) == 1 else None
        if isinstance(value, Decimal):
            found[agent] = value
    return found


def _value(record: Record) -> object:
    return record.value if isinstance(record, Observation) else None


def _agent(record: Record) -> str:
    """Return the agent that a record names, empty where it names none."""
    if not isinstance(record, Observation):
        return ""
    for groups, value, _ in record.components:
        if AGENT in groups:
            return value if isinstance(value, str) else "unknown"
    return ""
