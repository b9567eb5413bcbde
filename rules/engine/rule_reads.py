"""What a rule reads, its words included: value sets, policy parameters, elements of the Patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.engine import syntax
from rules.engine.model import Template
from rules.engine.places import Expression
from rules.engine.reach import Reach, reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.engine.model import Rule
    from rules.engine.rulebook import Rulebook
    from rules.engine.words import Noun, Word

_PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class RuleReads:
    """By name: *elements* are attributes of the noun `patient`; *names* those that code uses."""

    value_sets: frozenset[str]
    parameters: frozenset[str]
    elements: frozenset[str]
    names: frozenset[str]


class Reader:
    """Says of the rules of one rulebook what they read; each word and noun is followed once."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._reached: dict[tuple[type, str], Reach] = {}

    def of(self, rule: Rule) -> RuleReads:
        """Say what *rule* reads, through its definitions, words and nouns."""
        book = self.book
        nodes = [book.program.nodes[name] for name in _closure(book, rule)]
        parts = [part for node in nodes for part in syntax.walk(node)]
        reaches = self._reaches(parts)
        literals = {part.value for part in parts if isinstance(part, syntax.Literal)}
        texts = frozenset(one for one in literals if isinstance(one, str))
        known = book.terminology.value_sets.keys()
        written = {name for part in parts if (name := syntax.parameter(part)) is not None}
        return RuleReads(
            value_sets=frozenset(texts & known).union(*(one.texts & known for one in reaches)),
            parameters=(self._parameters & written).union(
                *(one.of(self._parameters) for one in reaches)
            ),
            elements=frozenset(
                part.name
                for part in parts
                if isinstance(part, syntax.Attribute)
                and isinstance(part.subject, syntax.Name)
                and part.subject.name == _PATIENT
            ),
            names=frozenset().union(*(one.names for one in reaches)),
        )

    @property
    def _parameters(self) -> frozenset[str]:
        return frozenset(
            name for policy in self.book.policies.values() for name in policy.parameters
        )

    def _reaches(self, parts: list[syntax.Node]) -> list[Reach]:
        """Follow the words and nouns in *parts*, and the nouns that their code asks for."""
        words, nouns = self.book.vocabulary.words, self.book.vocabulary.nouns
        pending: list[Word | Noun] = [
            nouns[part.name]
            for part in parts
            if isinstance(part, syntax.Name) and part.name in nouns
        ]
        pending += [words[part.name] for part in parts if isinstance(part, syntax.Word)]
        found: dict[tuple[type, str], Reach] = {}
        while pending:
            entry = pending.pop()
            key = (type(entry), entry.name)
            if key in found:
                continue
            if key not in self._reached:
                self._reached[key] = reach(entry)
            found[key] = self._reached[key]
            pending += [nouns[name] for name in found[key].nouns & nouns.keys()]
        return list(found.values())


def _closure(book: Rulebook, rule: Rule) -> frozenset[str]:
    """Return every expression that the rule evaluates, or shows."""
    checked = book.program.checked
    names = [expression.name for expression in expressions(rule)]
    names += [rule.about] if rule.about else []
    return frozenset().union(*(checked.closure(name) for name in names))


def expressions(rule: Rule) -> Iterator[Expression]:
    """Give every expression of a rule: conditions, holes of its words, suggestions."""
    yield rule.applies
    if rule.unknown_when is not None:
        yield rule.unknown_when
    for case in rule.cases:
        yield case.when
        for template in (case.summary, case.detail):
            yield from _holes(template)
    for suggestion in rule.suggestions:
        yield from (one for one in (suggestion.when, suggestion.target) if one is not None)
        yield from _holes(suggestion.label)
        for given in suggestion.change.values():
            yield from _holes(given)


def _holes(template: object) -> Iterator[Expression]:
    if isinstance(template, Template):
        yield from (part for part in template.parts if isinstance(part, Expression))
