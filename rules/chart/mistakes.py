"""Mistakes in knowledge files: gathered, not raised, so that one run shows all of them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_MANY = 12


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake: the file, its line from 1, and what is wrong there."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        """Write the mistake as `file:line: text`."""
        return f"{self.file}:{self.line}: {self.text}"


class Mistakes:
    """Gathers mistakes of any number of files; true where there is at least one."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[Mistake, None] = {}

    def add(self, file: Path, line: int, text: str) -> None:
        """Note a mistake; the same one twice is one."""
        self._found[Mistake(file, line, text)] = None

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Mistake]:
        """Give the mistakes by file and line."""
        return iter(sorted(self._found))

    def __str__(self) -> str:
        """Write every mistake on its own line."""
        return "\n".join(map(str, self))


def choices(valid: Iterable[str], wrong: str = "") -> str:
    """Write the valid choices, or those nearest to *wrong* where there are many."""
    names = sorted(valid)
    if not names:
        return "there is none to choose from"
    if len(names) <= _MANY:
        return "choose from " + ", ".join(f"`{name}`" for name in names)
    near = difflib.get_close_matches(wrong, names, n=3, cutoff=0.5)
    if not near:
        return f"none of the {len(names)} that exist is like it"
    return "did you mean " + " or ".join(f"`{name}`" for name in near)
