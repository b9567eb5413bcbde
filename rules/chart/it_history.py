"""Whether, and since when, the patient has intrathecal therapy (recording.md 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.it_agents import ItAgent
from rules.chart.measures import whole
from rules.chart.spans import Span
from rules.chart.telemetry import newest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.chart import Chart
    from rules.chart.it_doses import Doses
    from rules.chart.it_orders import ItOrders
    from rules.chart.pump import Pump
    from rules.chart.records import Observation, Record, Records, Truth

BACLOFEN, CLONIDINE = "1292", "2599"


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """Whether the intrathecal order of this call is the patient's first; trials do not count."""

    value: Truth
    why: str
    evidence: tuple[Record, ...] = ()


def read_first_order(chart: Chart, orders: ItOrders, doses: Doses, pump: Pump) -> FirstOrder:
    """Say so where there is no earlier order, no programmed dose and no pump."""
    earlier = tuple(one for one in orders.therapy if one.exposure)
    if earlier:
        return FirstOrder(False, "", earlier)
    programmed = tuple(one for one in doses.programmed if one.counts)
    if programmed:
        return FirstOrder(False, "", programmed)
    if pump.present:
        return FirstOrder(False, "", pump.evidence)
    if doses.why:
        return FirstOrder(None, doses.why)
    if pump.present is None:
        return FirstOrder(None, pump.why, pump.evidence)
    doubtful = tuple(one for one in (*orders.therapy, *doses.programmed))
    if doubtful:
        return FirstOrder(None, "an earlier intrathecal order or dose is not certain", doubtful)
    gaps = [key for key in ("procedures", "devices") if not chart.state(key).known]
    if gaps:
        return FirstOrder(None, f"not available: {', '.join(gaps)}")
    return FirstOrder(True, "")


@dataclass(frozen=True, slots=True)
class Start:
    """When intrathecal therapy began; None where unknown."""

    date: Span | None
    why: str
    evidence: tuple[Record, ...] = ()


def read_start(orders: ItOrders, doses: Doses, pump: Pump) -> Start:
    """Return the earliest of implantation, first order outside a trial, first programmed dose."""
    dated: list[tuple[Span, tuple[Record, ...]]] = [
        (one.start, (one,)) for one in orders.therapy if one.start is not None and one.exposure
    ]
    dated += [(one.when, (one,)) for one in doses.programmed if one.when is not None and one.counts]
    if pump.implant_date is not None:
        dated.append((pump.implant_date, pump.evidence))
    if not dated:
        return Start(None, "when intrathecal therapy began is not recorded")
    span = Span(min(one.low for one, _ in dated), min(one.high for one, _ in dated))
    first = min(dated, key=lambda one: (one[0].low, one[0].high))
    return Start(span, "", first[1])


@dataclass(frozen=True, slots=True)
class Therapy:
    """Whether an intrathecal infusion runs now, and of what: true, false or unknown."""

    value: Truth
    opioid: Truth
    baclofen: Truth
    clonidine: Truth
    names: str
    why: str
    evidence: tuple[Record, ...] = ()


def read_therapy(
    chart: Chart, policy: Mapping[str, object], current: Records, doses: Doses, pump: Pump
) -> Therapy:
    """Read the orders on board; else a pump with a recent programmed dose above zero."""
    agents = [one for one in current.sure if isinstance(one, ItAgent)]
    shown = _programmed(chart, policy, doses)
    recent = shown if pump.present else ()
    unnamed = [one for one in recent if not doses.agents_of(one)]
    told = frozenset().union(*(doses.agents_of(one) for one in recent))
    uncertain = tuple(current.maybe) + tuple(unnamed)
    settled = not uncertain and current.complete and not doses.why
    # A recent dose is an infusion only where there is a pump.
    settled = settled and not (shown and pump.present is None)

    def gives(rxcuis: Iterable[str]) -> Truth:
        if told.intersection(rxcuis):
            return True
        return False if settled else None

    opioids = {one.rxcui for one in agents if one.opioid} | {
        rxcui for rxcui in told if _is_opioid(chart, rxcui)
    }
    held = {one.rxcui for one in agents}
    value: Truth = True if agents or recent else gives(())
    names = [one.text for one in agents] + [chart.terminology.name(one) for one in told]
    return Therapy(
        value,
        True if opioids else gives(()),
        True if BACLOFEN in held else gives((BACLOFEN,)),
        True if CLONIDINE in held else gives((CLONIDINE,)),
        ", ".join(dict.fromkeys(name for name in names if name)),
        "" if value is not None else doses.why or "what the pump holds is not certain",
        (*agents, *recent, *(uncertain if value is None else ())),
    )


def _is_opioid(chart: Chart, rxcui: str) -> bool:
    return "med-opioid-ingredient" in chart.terminology.ingredient_groups(rxcui)


def _programmed(
    chart: Chart, policy: Mapping[str, object], doses: Doses
) -> tuple[Observation, ...]:
    """Return the newest programmed dose of each agent, where it is recent and above zero."""
    days = whole(policy["it.active_dose_days"])
    by_agent: dict[frozenset[str], list[Observation]] = {}
    for one in doses.programmed:
        if one.counts:
            by_agent.setdefault(doses.agents_of(one), []).append(one)
    newest = [one for found in by_agent.values() for one in newest_of(found, chart.clock)]
    return tuple(
        one
        for one in newest
        if isinstance(one.value, Decimal)
        and one.value > 0
        and one.when is not None
        and chart.clock.within_days(one.when, days)
    )
