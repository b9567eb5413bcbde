"""Which value sets the rulebook uses: by name in an expression, or through a computed noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.engine import syntax

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

# Value sets that the chart itself reads.
COMPUTED = frozenset(
    {
        "obs-pain-score", "proc-trial", "order-trial", "order-possible-trial", "order-implant",
        "order-explant", "med-opioid-ingredient", "med-intrathecal-agent-ingredient",
        "local#it-pump", "local#percent-pain-relief", "local#it-daily-dose", "obs-pain-function",
        "local#respiratory-monitoring", "local#reservoir-concentration", "local#pump-flow-rate",
        "local#reservoir-fill-volume", "local#reservoir-residual-volume",
        "local#reservoir-expected-volume", "local#predicted-empty-date",
        "local#refill-due-date", "local#pump-event", "proc-refill",
        "cond-it-pump-catheter-complication", "order-refill",
    }
)  # fmt: skip


def used_value_sets(nodes: Iterable[syntax.Node], known: Container[str]) -> frozenset[str]:
    """Return the value sets that expressions name, and those that the chart itself reads."""
    found = set(COMPUTED)
    for node in nodes:
        for part in syntax.walk(node):
            if isinstance(part, syntax.Literal) and part.value in known:
                found.add(str(part.value))
    return frozenset(found)
