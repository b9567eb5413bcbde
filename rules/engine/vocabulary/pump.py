"""Nouns of the pump: its fill, what is left, when it is empty, what went wrong (recording.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.emptying import Emptying, read_emptying
from rules.chart.fills import Fill, read_fill
from rules.chart.flows import Flow, read_flow
from rules.chart.interruptions import Interruption, read_interruption
from rules.chart.pump_events import PumpEvent, read_event
from rules.chart.refill_dates import PlannedDate, RefillDue, read_due, read_planned
from rules.chart.residuals import (
    Discrepancy,
    Expected,
    Residual,
    read_discrepancy,
    read_expected,
    read_residual,
)
from rules.engine.words import noun

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth
    from rules.engine.frame import Frame

_TOLD = (
    "local#reservoir-fill-volume", "local#reservoir-residual-volume",
    "local#reservoir-expected-volume", "local#predicted-empty-date", "local#refill-due-date",
    "local#pump-event", "local#pump-flow-rate", "proc-refill",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InUse:
    """Whether there is a pump to look after."""

    value: Truth
    why: str
    evidence: tuple[Record, ...] = ()


@noun(
    "any",
    keys=("devices", "procedures", "conditions", "observations"),
    attributes={"value": "truth", "why": "text"},
    strength="asserted",
    cql="an implanted pump, or records of its refills (computed)",
)
def pump_in_use(frame: Frame) -> InUse:
    """Say whether a pump is in place: recorded, or shown by its refills; false once removed."""
    pump, chart = frame.noun("pump"), frame.chart
    if pump.present or pump.strength == "asserted":
        return InUse(pump.present, pump.why, pump.evidence)
    shown = tuple(
        one
        for one in (*chart.observations.sure, *chart.procedures.sure)
        if not one.groups.isdisjoint(_TOLD)
    )
    if shown:
        return InUse(True, "", shown)
    known = pump.present is False and chart.observations.complete
    return InUse(False if known else None, pump.why, pump.evidence)


@noun(
    "any",
    keys=("observations", "procedures"),
    attributes={"date": "date", "volume": "number", "why": "text", "conflict": "truth"},
    cql="Last([Observation: reservoir fill volume] union [Procedure: refill]) (computed)",
)
def last_fill(frame: Frame) -> Fill:
    """Give the last fill of the reservoir: its date, and its volume in mL."""
    return read_fill(frame.chart)


@noun(
    "any",
    keys=("observations", "procedures"),
    attributes={
        "volume": "number", "newest": "number", "date": "date", "why": "text", "conflict": "truth",
    },
    cql="Last([Observation: residual volume] after the last fill) (computed)",
)  # fmt: skip
def reservoir_residual(frame: Frame) -> Residual:
    """Give the residual volume in mL: the current one, and the newest since the last fill."""
    return read_residual(frame.chart, frame.policy, frame.noun("last_fill"))


@noun(
    "any",
    keys=("observations", "procedures", "medicationRequests"),
    attributes={"volume": "number", "recorded": "truth", "why": "text"},
    cql="fill - flow * days since the fill (computed)",
)
def expected_residual(frame: Frame) -> Expected:
    """Give the volume in mL that should be left."""
    fill, residual = frame.noun("last_fill"), frame.noun("reservoir_residual")
    return read_expected(frame.chart, fill, frame.noun("pump_flow"), residual)


@noun(
    "any",
    keys=("observations", "medicationRequests"),
    attributes={"rate": "number", "source": "text", "zero": "truth", "why": "text"},
    cql="Last([Observation: pump flow rate]).value, else the rate of the order (computed)",
)
def pump_flow(frame: Frame) -> Flow:
    """Give how many mL the pump gives a day."""
    return read_flow(frame.chart, frame.noun("it_orders"), frame.noun("last_fill"))


@noun(
    "any",
    keys=("observations", "procedures", "medicationRequests"),
    attributes={
        "date": "date", "reached": "truth", "days_past": "number", "days_left": "number",
        "conflict": "truth", "why": "text",
    },
    cql="fill date + (fill volume - reserve) / flow, or as recorded (computed)",
)  # fmt: skip
def predicted_empty(frame: Frame) -> Emptying:
    """Give when the reservoir is predicted to be empty."""
    fill, flow = frame.noun("last_fill"), frame.noun("pump_flow")
    return read_emptying(frame.chart, frame.policy, fill, flow)


@noun(
    "any",
    keys=("observations", "serviceRequests", "procedures", "medicationRequests"),
    attributes={"date": "date", "overdue": "truth", "days_overdue": "number", "why": "text"},
    cql="Last([Observation: refill due date]).value, or as planned or predicted (computed)",
)
def refill_due(frame: Frame) -> RefillDue:
    """Give when the next refill is due."""
    fill, empty = frame.noun("last_fill"), frame.noun("predicted_empty")
    return read_due(frame.chart, frame.policy, fill, empty)


@noun(
    "any",
    keys=("observations", "serviceRequests", "procedures", "medicationRequests"),
    attributes={"date": "date", "after_empty": "truth", "why": "text"},
    cql="date of the refill that is booked, ordered or planned (computed)",
)
def refill_planned(frame: Frame) -> PlannedDate:
    """Give the day for which a refill is planned, and whether the pump is empty before it."""
    return read_planned(frame.chart, frame.noun("last_fill"), frame.noun("predicted_empty"))


@noun(
    "any",
    keys=("observations", "conditions", "procedures"),
    attributes={
        "problem": "truth", "kind": "text", "date": "date", "names": "text",
        "battery_due": "truth", "why": "text",
    },
    cql="Last([Observation: pump event]) (computed)",
)  # fmt: skip
def pump_event(frame: Frame) -> PumpEvent:
    """Give the newest finding at interrogation, and active complications of pump and catheter."""
    return read_event(frame.chart, frame.policy, frame.noun("last_fill"))


@noun(
    "any",
    keys=("observations", "procedures", "medicationRequests"),
    attributes={
        "interrupted": "truth", "days": "number", "tolerance_lost": "truth", "why": "text",
    },
    cql="zero residual, pump stalled or empty since the last fill (computed)",
)  # fmt: skip
def delivery(frame: Frame) -> Interruption:
    """Give whether delivery was interrupted since the last fill, and for how many days.

    A fill of today belongs to this visit: what was interrupted before it is still so.
    """
    chart, policy = frame.chart, frame.policy
    fill: Fill = frame.noun("last_fill")
    today = fill.date is not None and chart.clock.day(fill.date.low) == chart.clock.today
    before = read_fill(chart, before_today=True) if today else fill
    if before is fill or before.date is None:
        residual, empty = frame.noun("reservoir_residual"), frame.noun("predicted_empty")
        return read_interruption(chart, policy, fill, residual, empty)
    residual = read_residual(chart, policy, before)
    flow = read_flow(chart, frame.noun("it_orders"), before)
    empty = read_emptying(chart, policy, before, flow)
    return read_interruption(chart, policy, before, residual, empty)


@noun(
    "any",
    keys=("observations", "procedures", "medicationRequests"),
    attributes={"value": "truth", "measured": "number", "expected": "number", "why": "text"},
    cql="Abs(residual - expected) > tolerance (computed)",
)
def residual_discrepancy(frame: Frame) -> Discrepancy:
    """Give whether the measured residual differs from the expected one by too much."""
    residual, expected = frame.noun("reservoir_residual"), frame.noun("expected_residual")
    return read_discrepancy(frame.policy, residual, expected)
