"""What can go wrong with knowledge and its evaluation.

    RulesError                a mistake in rules or in evaluating them
    ├── KnowledgeError        knowledge files that may not be used: every mistake at once
    ├── ExpressionError       text that is no expression: the text, the place and the reason
    └── BudgetExceeded        an expression that asks for more steps than it may

The first two are found at load time and concern whoever writes rules. The last is the only one
that evaluation raises: that expression is not evaluated, every other one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class RulesError(Exception):
    """The root of this package's errors."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: *where* (an expression's name), *place* (a column from 0, or None), *reason*."""

    where: str
    place: int | None
    reason: str

    def __str__(self) -> str:
        """Write the mistake on one line."""
        column = "" if self.place is None else f" (column {self.place + 1})"
        return f"{self.where}{column}: {self.reason}" if self.where else f"{self.reason}{column}"


class KnowledgeError(RulesError):
    """Knowledge that may not be used; `mistakes` holds every mistake, in reading order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class ExpressionError(RulesError):
    """Text that is no expression of the language.

    `text` is the text as given, `place` the column (from 0) where reading stopped, or None,
    `reason` one sentence that says what to write instead.
    """

    def __init__(self, text: str, place: int | None, reason: str) -> None:
        self.text = text
        self.place = place
        self.reason = reason
        super().__init__(reason if place is None else f"{reason} (column {place + 1})")


class BudgetExceeded(RulesError):  # noqa: N818 - the name says what happened
    """An expression needed more than it may; `reason` names what ran out."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
