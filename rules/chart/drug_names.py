"""Names of drugs inside free text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+")


class DrugNames:
    """Finds known drug names as whole words of a text, whatever their case."""

    __slots__ = ("_by_first",)

    def __init__(self, names: Mapping[str, frozenset[str]]) -> None:
        """Take lower-case names, each with the ingredients it stands for."""
        self._by_first: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
        for name, rxcuis in names.items():
            words = tuple(_WORD.findall(name))
            if words:
                self._by_first.setdefault(words[0], []).append((words, rxcuis))

    def find(self, text: str) -> frozenset[str]:
        """Return the ingredients that *text* names."""
        words = tuple(_WORD.findall(text.lower()))
        found: set[str] = set()
        for place, word in enumerate(words):
            for name, rxcuis in self._by_first.get(word, ()):
                if words[place : place + len(name)] == name:
                    found |= rxcuis
        return frozenset(found)
