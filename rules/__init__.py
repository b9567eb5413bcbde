"""Rules on intrathecal drug delivery: FHIR, an order and a moment in; an outcome out."""

from __future__ import annotations

from rules.chart.chart import AnotherPatient, Call
from rules.chart.validation import warm
from rules.engine.errors import KnowledgeError, RulesError
from rules.engine.evaluate import evaluate
from rules.engine.outcome import (
    Action,
    Advice,
    Criterion,
    Fault,
    KeyData,
    Knowledge,
    Named,
    Outcome,
    RuleResult,
    SuggestedAction,
)
from rules.engine.rulebook import Rulebook, load_rulebook
from rules.engine.sign_off import OpenThreshold, open_rules, open_thresholds
from rules.engine.source_attributes import SourceAttributes, source_attributes
from rules.engine.switches import Switch

__all__ = [
    "Action",
    "Advice",
    "AnotherPatient",
    "Call",
    "Criterion",
    "Fault",
    "KeyData",
    "Knowledge",
    "KnowledgeError",
    "Named",
    "OpenThreshold",
    "Outcome",
    "RuleResult",
    "Rulebook",
    "RulesError",
    "SourceAttributes",
    "SuggestedAction",
    "Switch",
    "evaluate",
    "load_rulebook",
    "open_rules",
    "open_thresholds",
    "source_attributes",
    "warm",
]
