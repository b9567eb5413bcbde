"""How much the pump gives a day, in mL (recording.md 7, flow)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.it_orders import infused
from rules.chart.measures import decimal
from rules.chart.telemetry import Reading, after, read_newest

if TYPE_CHECKING:
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.fills import Fill
    from rules.chart.it_orders import ItOrders
    from rules.chart.medications import Medication
    from rules.chart.records import Record

RATE = "local#pump-flow-rate"


@dataclass(frozen=True, slots=True)
class Flow:
    """mL a day, None where unknown; *source* is `programmed` or `ordered`."""

    rate: Decimal | None
    source: str
    why: str
    evidence: tuple[Record, ...] = ()
    exact: Fraction | None = None

    @property
    def zero(self) -> bool:
        """Say whether the record says that nothing flows."""
        return self.exact is None and bool(self.source)


def read_flow(chart: Chart, orders: ItOrders, fill: Fill) -> Flow:
    """Read the programmed rate; without one, or where an order began later, that of the order.

    What is taken on demand counts at its maximum: a reservoir is thought empty too early rather
    than too late.
    """
    programmed = read_newest(chart, RATE, "flow rate")
    running = [one for one in orders.running if one.on_board and not one.bolus]
    if programmed.exact is not None and not _overtaken(chart, programmed, running):
        return _flow(programmed.exact, "programmed", programmed.evidence)
    if programmed.conflict or (programmed.evidence and programmed.exact is None):
        return Flow(None, "", programmed.why, programmed.evidence)
    if not chart.observations.complete:
        return Flow(None, "", programmed.why)
    if not orders.complete:
        return Flow(None, "", "the medication list is not complete", tuple(running))
    if not running:
        return Flow(None, "", "no flow rate and no active intrathecal order is recorded")
    rates = {_rate(chart, one, fill) for one in running}
    rate = rates.pop() if len(rates) == 1 else None
    if rate is None:
        why = "the flow cannot be worked out from the active intrathecal order"
        return Flow(None, "", why, tuple(running))
    return _flow(rate, "ordered", tuple(running))


def _flow(rate: Fraction, source: str, evidence: tuple[Record, ...]) -> Flow:
    if rate == 0:
        return Flow(None, source, "the flow on record is zero", evidence)
    return Flow(decimal(rate), source, "", evidence, rate)


def _overtaken(chart: Chart, reading: Reading, running: list[Medication]) -> bool:
    """Say whether an order began on a later day than that of the rate."""
    return reading.date is not None and any(
        one.start is not None and after(one.start, reading.date, chart.clock) is True
        for one in running
    )


def _rate(chart: Chart, order: Medication, fill: Fill) -> Fraction | None:
    for agent in infused(chart, order, fill.date)[:1]:
        dose = agent.exact("current")
        if dose is not None and agent.per_ml:
            return dose / agent.per_ml
    volume = order.volume_per_day
    return None if volume is None else Fraction(volume)
