"""Where expressions stand, so that a mistake found later can still name file and line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.chart.knowledge_file import KnowledgeFile, Step
    from rules.engine.syntax import Node


@dataclass(frozen=True, slots=True)
class Place:
    """One expression and where it was written."""

    file: KnowledgeFile
    path: tuple[Step, ...]
    node: Node
    # `template` for a hole in words, where any type may be shown.
    role: str

    def wrong(self, text: str) -> None:
        """Report a mistake in this expression."""
        self.file.wrong(text, *self.path)


class Places:
    """Every expression that was read, in reading order."""

    def __init__(self) -> None:
        self._all: list[Place] = []

    def add(self, file: KnowledgeFile, path: tuple[Step, ...], node: Node, role: str) -> None:
        """Note an expression."""
        self._all.append(Place(file, path, node, role))

    def __iter__(self) -> Iterator[Place]:
        return iter(self._all)
