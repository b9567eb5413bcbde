"""Nouns that the chart computes before any expression: trend, trial, pump, phase, region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.allergy import AgentAllergies, agent_allergy
from rules.chart.phase import Phase, Replacement, read_phase
from rules.chart.phase import replacement as read_replacement
from rules.chart.pump import Pump, read_pump
from rules.chart.reasons import PainRegion, read_pain_region
from rules.chart.trend import Trend
from rules.chart.trend import opioid_trend as read_trend
from rules.chart.trial import Trial, read_trial
from rules.engine.words import noun

if TYPE_CHECKING:
    from rules.chart.orders import Order
    from rules.chart.patient import PatientFacts
    from rules.engine.frame import Frame


@noun(
    "any",
    keys=("patient",),
    attributes={"deceased": "truth", "gender": "text", "birth": "date"},
    strength="asserted",
    cql="[Patient]",
)
def patient(frame: Frame) -> PatientFacts:
    """Give the patient of the call."""
    return frame.chart.patient


@noun(
    "any",
    keys=("medicationRequests",),
    attributes={"escalating": "truth", "first": "number", "peak": "number", "why": "text"},
    strength="inferred",
    cql="trend of the daily systemic MME (computed)",
)
def opioid_trend(frame: Frame) -> Trend:
    """Give the trend of the systemic opioid dose over the policy's window (recording.md 3.3)."""
    return read_trend(frame.chart, frame.policy)


@noun(
    "any",
    keys=("procedures", "observations"),
    attributes={
        "status": "text", "relief": "number", "outcome": "text", "conflict": "truth",
        "harm": "truth", "date": "date", "within_valid_months": "truth",
        "agent_route_match": "truth", "complete": "truth", "possible": "records", "why": "text",
    },
    cql="the newest [Procedure: trial] with its relief (computed)",
)  # fmt: skip
def trial(frame: Frame) -> Trial:
    """Give the newest temporary trial and the relief it gave (recording.md 5)."""
    return read_trial(frame.chart, frame.policy)


@noun(
    "any",
    keys=("devices", "procedures", "conditions"),
    attributes={"present": "truth", "implant_date": "date", "contradictory": "truth"},
    cql="an implanted intrathecal pump (computed)",
)
def pump(frame: Frame) -> Pump:
    """Give the implanted pump, as far as the record shows one (recording.md 4.6)."""
    return read_pump(frame.chart)


@noun(
    "any",
    keys=("procedures", "serviceRequests", "devices"),
    attributes={"name": "text", "review_as_implant": "truth"},
    strength="asserted",
    cql="phase of the call (computed)",
)
def call_phase(frame: Frame) -> Phase:
    """Give the phase of the call (recording.md 2)."""
    present = frame.noun("pump")
    return read_phase(frame.chart, present.present if isinstance(present, Pump) else None)


@noun(
    "any",
    keys=("procedures", "devices", "conditions"),
    attributes={"value": "truth"},
    strength="asserted",
    cql="the implant order replaces a pump (computed)",
)
def replacement(frame: Frame) -> Replacement:
    """Say whether the implant order replaces a pump (recording.md 2); unknown is read as not."""
    present = frame.noun("pump")
    return read_replacement(frame.chart, present.present if isinstance(present, Pump) else None)


@noun("text", cql="phase of the call (computed)", strength="asserted")
def phase(frame: Frame) -> str:
    """Name the phase: implant, trial, explant, refill, medication, imaging or review."""
    reading = frame.noun("call_phase")
    return reading.name if isinstance(reading, Phase) else "review"


@noun("text", cql="hook of the call", strength="asserted")
def hook(frame: Frame) -> str:
    """Name the hook of the call."""
    return frame.chart.call.hook


@noun(
    "any",
    keys=("conditions",),
    attributes={"place": "text", "names": "text"},
    strength="asserted",
    cql="region of the pain (computed)",
)
def pain_region(frame: Frame) -> PainRegion:
    """Give where the pain is: above or below the diaphragm (recording.md 4.1)."""
    reasons = frame.noun("reasons")
    return read_pain_region(frame.chart, reasons)


@noun(
    "any",
    keys=("allergies",),
    attributes={"level": "text", "names": "text", "truth": "truth"},
    strength="asserted",
    cql="allergies against the ordered agents (computed)",
)
def agent_allergies(frame: Frame) -> AgentAllergies:
    """Give what the allergy list says about the ordered intrathecal agents (recording.md 6).

    Asked are the drugs of the call that nobody swallows, injects or rubs in for certain.
    """
    asked = [one for one in frame.chart.orders if _may_be_intrathecal(one)]
    return agent_allergy(frame.chart, asked)


def _may_be_intrathecal(order: Order) -> bool:
    drug = order.medication
    return drug is not None and not order.ended and not drug.systemic and drug.route != "topical"
