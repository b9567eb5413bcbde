"""A bound on what one expression may cost."""

from __future__ import annotations

from rules.engine.errors import BudgetExceeded

MAX_STEPS = 100_000
# Characters joined by one step: a long text costs more than a short one.
CHARACTERS_PER_STEP = 64
MAX_TEXT = 100_000
# A word looks at 2**4 records per step.
RECORDS_PER_STEP_BITS = 4


class Budget:
    """Steps that are left. A node costs one, a filter its predicate once per item."""

    __slots__ = ("left", "limit")

    def __init__(self, limit: int = MAX_STEPS) -> None:
        """Allow *limit* steps, at most MAX_STEPS."""
        self.limit = min(limit, MAX_STEPS)
        self.left = self.limit

    def spend(self, steps: int) -> None:
        """Take *steps* away; raises BudgetExceeded when there were fewer."""
        self.left -= steps
        if self.left < 0:
            self.exceed()

    def exceed(self) -> None:
        """Raise BudgetExceeded."""
        msg = f"the expression needs more than {self.limit} steps"
        raise BudgetExceeded(msg)

    def renew(self) -> None:
        """Give the next expression its full allowance."""
        self.left = self.limit
