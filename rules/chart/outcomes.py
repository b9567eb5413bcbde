"""What a FHIR server says about its own answer: an OperationOutcome, alone or among the entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.issues import Issue

if TYPE_CHECKING:
    from rules.chart import resources as fhir

# Codes of an OperationOutcome that say something was left out, whatever their severity.
_LEFT_OUT = frozenset(
    ("incomplete", "suppressed", "too-costly", "too-long", "timeout", "throttled", "transient",
     "forbidden", "login", "expired", "security", "exception", "lock-error", "no-store")
)  # fmt: skip
_WORDS = 160  # how much of a sender's explanation is repeated


def heed(outcomes: list[fhir.OperationOutcome], key: str, issues: list[Issue]) -> str:
    """Keep what the sender said about its search; return why something was left out, or ""."""
    reason = ""
    for outcome in outcomes:
        said = words_of(outcome)
        for one in outcome.issue or ():
            if one.severity in ("error", "fatal") or one.code in _LEFT_OUT:
                reason = reason or said or "the sender left something out"
            elif one.code != "not-found":
                issues.append(Issue("warning", f"the sender says: {said}", key=key))
        if not outcome.issue:
            reason = reason or "the sender reports a problem without saying which"
    return reason


def words_of(outcome: fhir.OperationOutcome) -> str:
    """Return the words of the gravest issue of an OperationOutcome, cut short."""
    order = {"fatal": 0, "error": 1, "warning": 2}
    ranked = sorted(outcome.issue or (), key=lambda one: order.get(one.severity or "", 3))
    for one in ranked:
        details = one.details
        display = details.coding[0].display if details and details.coding else None
        words = (details.text if details else None) or display or one.diagnostics or one.code
        if words:
            return "".join(sign if sign.isprintable() else " " for sign in words)[:_WORDS]
    return ""
