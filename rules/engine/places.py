"""Expressions with the place where they were written, so that a later mistake can name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.chart.knowledge_file import KnowledgeFile, Step
    from rules.engine.syntax import Node


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression under the name that the compiled program knows it by."""

    name: str
    node: Node


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands. *needs* is the type it must have; None takes any."""

    file: KnowledgeFile
    path: tuple[Step, ...]
    expression: Expression
    needs: str | None

    def wrong(self, text: str) -> None:
        """Report a mistake in this expression."""
        self.file.wrong(text, *self.path)


class Places:
    """Every expression that was read; a later one of the same name replaces the earlier."""

    def __init__(self) -> None:
        self._by_name: dict[str, Place] = {}

    def add(
        self,
        file: KnowledgeFile,
        path: tuple[Step, ...],
        node: Node,
        *,
        name: str | None = None,
        needs: str | None = None,
    ) -> Expression:
        """Note an expression; its name is *name*, or the place where it stands."""
        called = name or " ".join(map(str, (file.path.stem, *path)))
        if name is None:
            number = 1
            while called in self._by_name and self._by_name[called].file is file:
                number += 1
                called = " ".join(map(str, (file.path.stem, *path, f"#{number}")))
        expression = Expression(called, node)
        self._by_name[called] = Place(file, path, expression, needs)
        return expression

    def __iter__(self) -> Iterator[Place]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Place:
        return self._by_name[name]

    def nodes(self) -> dict[str, Node]:
        """Return every expression by name, ready to be compiled."""
        return {name: place.expression.node for name, place in self._by_name.items()}
