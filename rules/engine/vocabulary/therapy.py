"""Nouns about care around the pump: what is ordered with it, and how the patient fares on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.benefit import Benefit, read_benefit
from rules.chart.conservative_care import ConservativeCare, read_conservative_care
from rules.chart.function_gain import FunctionGain, read_function_gain
from rules.chart.monitoring import Monitoring, read_monitoring
from rules.chart.pain_rise import PainRise, read_pain_rise
from rules.chart.therapy_orders import draft_medications as read_drafts
from rules.engine.words import noun

if TYPE_CHECKING:
    from rules.chart.records import Records
    from rules.engine.frame import Frame


@noun("records", cql="context.draftOrders MedicationRequest where not stopped")
def draft_medications(frame: Frame) -> Records:
    """Give the medications that the draft orders of this call order, selected or not."""
    return read_drafts(frame.chart)


@noun(
    "any",
    keys=("serviceRequests",),
    attributes={"ordered": "truth", "hours": "number", "possible": "truth", "why": "text"},
    cql="[ServiceRequest: respiratory monitoring] that covers the start of the order (computed)",
)
def monitoring(frame: Frame) -> Monitoring:
    """Give the respiratory monitoring ordered for the start of this order, and its hours."""
    return read_monitoring(frame.chart)


@noun(
    "any",
    keys=("observations", "procedures"),
    attributes={
        "gain": "number", "stable": "truth", "first": "number", "last": "number",
        "latest": "records", "why": "text",
    },
    cql="pain and function now against before the implant (computed)",
)  # fmt: skip
def benefit(frame: Frame) -> Benefit:
    """Give the change of pain and function since before the implant (recording.md 4.5)."""
    return read_benefit(frame.chart, frame.policy)


@noun(
    "any",
    keys=("observations", "procedures", "medicationRequests"),
    attributes={"points": "number", "first": "number", "last": "number", "why": "text"},
    cql="rise of the pain score under therapy (computed)",
)
def pain_rise(frame: Frame) -> PainRise:
    """Give how far the newest pain score lies above the lowest before it (recording.md 4.6)."""
    since = getattr(frame.noun("it_start"), "date", None)
    return read_pain_rise(frame.chart, frame.policy, since)


@noun(
    "any",
    keys=("observations", "procedures"),
    attributes={"part": "number", "why": "text"},
    cql="gain in function around the newest trial (computed)",
)
def function_gain(frame: Frame) -> FunctionGain:
    """Give the part by which function improved with the newest trial (recording.md 4.5)."""
    return read_function_gain(frame.chart, frame.policy)


@noun(
    "any",
    keys=("medicationRequests", "procedures"),
    attributes={"months": "number"},
    cql="months from the first to the last conservative care (computed)",
)
def conservative_care(frame: Frame) -> ConservativeCare:
    """Give how many months less invasive care was tried (recording.md 4.5)."""
    return read_conservative_care(frame.chart, frame.policy)
