"""What the rulebook uses besides what its expressions name: value sets and policy parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.engine import syntax

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

# Value sets that the chart itself reads.
COMPUTED = frozenset(
    {
        "obs-pain-score", "proc-trial", "order-trial", "order-possible-trial", "order-implant",
        "order-explant", "med-opioid-ingredient", "med-intrathecal-agent-ingredient",
        "local#it-pump", "local#percent-pain-relief", "local#it-daily-dose", "obs-pain-function",
        "local#respiratory-monitoring", "local#reservoir-concentration", "local#pump-flow-rate",
        "local#reservoir-fill-volume", "local#reservoir-residual-volume",
        "local#reservoir-expected-volume", "local#predicted-empty-date", "local#refill-due-date",
        "local#pump-event", "proc-refill", "cond-it-pump-catheter-complication", "order-refill",
        "order-catheter", "order-intraspinal-catheter", "order-replacement",
        "proc-it-pump-implant", "proc-it-pump-removal-revision", "local#it-pump-implant",
        "local#it-pump-replacement", "local#it-pump-explant", "med-anticoagulant",
        "med-antiplatelet", "cond-antithrombotic-status", "allergy-opioid-class",
    }
)  # fmt: skip
# Policy parameters that a noun or word reads by itself: they decide, so a card prints them too.
_TRIALS = ("trial.default_hours", "trial.implant_days", "trial.post_hours")
_EMPTY = ("refill.predicted_gap_days", "refill.reserve_ml")
_DELIVERY = ("refill.current_days", "refill.gap_short_days", *_EMPTY)
_PREVIOUS = ("it.previous_days", "it.series_tolerance")
READ_BY: Mapping[str, tuple[str, ...]] = {
    "systemic_opioids": ("opioid.lookback_months",),
    "opioid_courses": (
        "opioid.gap_days", "opioid.lookback_months", "opioid.min_course_days",
        "pain.lookback_days", "pain.threshold",
    ),
    "opioid_trend": (
        "opioid.escalation_ratio", "opioid.flat_band", "opioid.flat_days", "opioid.gap_days",
        "opioid.peak_days", "opioid.trend_days",
    ),
    "trial": (
        "trial.baseline_days", "trial.relief_inclusive", "trial.relief_min",
        "trial.relief_without_minimum", "trial.valid_months", *_TRIALS,
    ),
    "outside_trials": _TRIALS,
    "antithrombotics": (
        "antithrombotic.aspirin_low_dose", "antithrombotic.aspirin_low_dose_max",
        "antithrombotic.ended_days", "antithrombotic.hold_days", "labs.inr_max",
        "labs.warfarin_inr_hours",
    ),
    "reservoir_residual": ("refill.current_days",),
    "expected_residual": ("refill.current_days",),
    "residual_discrepancy": ("refill.current_days", "refill.residual_ml", "refill.residual_pct"),
    "predicted_empty": _EMPTY,
    "refill_due": ("refill.margin_days", *_EMPTY),
    "refill_planned": _EMPTY,
    "pump_event": ("pump.battery_years", "pump.event_days"),
    "delivery": _DELIVERY,
    "stepping_above": _PREVIOUS,
    "not_reduced": _PREVIOUS,
    "it_dose_change": (*_DELIVERY, *_PREVIOUS, *_TRIALS),
    "dose_trend": (
        "it.series_tolerance", "tolerance.curve_end", "tolerance.curve_months",
        "tolerance.curve_start", "tolerance.factor", "tolerance.min_days", "tolerance.min_points",
        *_TRIALS,
    ),
    "first_it_order": _TRIALS,
    "it_start": _TRIALS,
    "it_active": ("it.active_dose_days", *_TRIALS),
    "opioid_tolerance": (
        "opioid_tolerant.mme_days", "opioid_tolerant.mme_min", "opioid_tolerant.naive_days",
        *_TRIALS,
    ),
    "conversion": ("conversion.epidural_fraction", "conversion.min_ratio", *_TRIALS),
    "benefit": ("benefit.baseline_days", "benefit.lookback_days", *_TRIALS),
    "pain_rise": ("granuloma.sign_days", *_TRIALS),
    "function_gain": ("trial.baseline_days", *_TRIALS),
    "conservative_care": ("conservative_care.lookback_months",),
}  # fmt: skip


def used_value_sets(nodes: Iterable[syntax.Node], known: Container[str]) -> frozenset[str]:
    """Return the value sets that expressions name, and those that the chart itself reads."""
    found = set(COMPUTED)
    for node in nodes:
        for part in syntax.walk(node):
            if isinstance(part, syntax.Literal) and part.value in known:
                found.add(str(part.value))
    return frozenset(found)


def hidden_parameters(nodes: Iterable[syntax.Node]) -> frozenset[str]:
    """Return the policy parameters that nouns and words of expressions read by themselves."""
    return frozenset(
        parameter
        for node in nodes
        for part in syntax.walk(node)
        if isinstance(part, (syntax.Name, syntax.Word))
        for parameter in READ_BY.get(part.name, ())
    )
