"""Codes looked up once: which value sets a coding belongs to, remembered across calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart import resources as fhir
    from rules.chart.terminology import Terminology

# (system, code) -> value sets; empty: a known system, in none of them; None: not readable.
Memo: TypeAlias = dict[tuple[str | None, str | None], frozenset[str] | None]

NONE: frozenset[str] = frozenset()
_REMEMBERED = 100_000
_MEMOS: WeakKeyDictionary[Terminology, Memo] = WeakKeyDictionary()


class Codings:
    """The value sets of codings, concepts and lists of concepts."""

    __slots__ = ("memo", "terminology")

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology
        memo = _MEMOS.get(terminology)
        if memo is None or len(memo) > _REMEMBERED:
            memo = _MEMOS[terminology] = {}
        self.memo = memo

    def find(self, coding: fhir.Coding) -> frozenset[str] | None:
        """Return the value sets of one coding; None where its system or code cannot be read."""
        place = (coding.system, coding.code)
        try:
            return self.memo[place]
        except KeyError:
            found = None
            if coding.system and coding.code and self.terminology.usable_system(coding.system):
                found = self.terminology.groups(coding.system, coding.code)
            self.memo[place] = found
            return found

    def concept(self, concept: fhir.Concept | None) -> tuple[frozenset[str], bool]:
        """Return the value sets of a concept, and whether any of its codings can be read."""
        groups, coded = NONE, False
        if concept is not None:
            for coding in concept.coding or ():
                found = self.find(coding)
                if found is not None:
                    coded = True
                    groups = groups | found if groups else found
        return groups, coded

    def groups(self, concepts: Iterable[fhir.Concept] | None) -> frozenset[str]:
        """Return the value sets of several concepts."""
        groups = NONE
        for concept in concepts or ():
            groups |= self.concept(concept)[0]
        return groups


def codes(concept: fhir.Concept | None) -> frozenset[str]:
    """Return the bare codes of a concept, for the small closed lists of FHIR itself."""
    if concept is None or not concept.coding:
        return NONE
    return frozenset(coding.code for coding in concept.coding if coding.code)


def words(concept: fhir.Concept | None) -> str:
    """Return what a concept is called: its text, a display, or a code."""
    if concept is None:
        return ""
    if concept.text:
        return concept.text
    for coding in concept.coding or ():
        if coding.display:
            return coding.display
    for coding in concept.coding or ():
        if coding.code:
            return coding.code
    return ""
