"""Named expressions as a whole: the order in which they need each other, one check of them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from rules.engine import syntax
from rules.engine.checking import Finding, Scope
from rules.engine.errors import Mistake
from rules.engine.kinds import ANY, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.engine.words import Vocabulary

# Nodes one inside another, definitions counted through.
MAX_DEPTH = 150

_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of all expressions found. `order` lists them so that users come last."""

    findings: Mapping[str, Finding]
    mistakes: tuple[Mistake, ...]
    order: tuple[str, ...]

    def keys(self, name: str) -> frozenset[str]:
        """Return the prefetch keys that an expression reads, itself or through definitions."""
        return frozenset().union(*(self.findings[used].keys for used in self.closure(name)))

    def parameters(self, name: str) -> frozenset[str]:
        """Return the policy parameters that an expression reads, itself or through definitions."""
        return frozenset().union(*(self.findings[used].parameters for used in self.closure(name)))

    def closure(self, name: str) -> frozenset[str]:
        """Return the expression and every definition that it uses, directly or not."""
        found: set[str] = set()
        pending = [name]
        while pending:
            current = pending.pop()
            if current not in found:
                found.add(current)
                pending.extend(self.findings[current].definitions)
        return frozenset(found)


def check_expressions(
    named: Mapping[str, syntax.Node],
    vocabulary: Vocabulary,
    parameters: Mapping[str, str] = _NO_PARAMETERS,
) -> Checked:
    """Check expressions that may name each other; *parameters* are policy keys with their types."""
    used = {name: _names(node) & named.keys() for name, node in named.items()}
    order, cycles = _sort(used)
    mistakes = [
        Mistake(cycle[0], None, "defined by itself: " + " -> ".join(cycle)) for cycle in cycles
    ]
    # A definition that takes a noun's name is one mistake; expressions go on to mean the noun.
    kinds: dict[str, Kind] = {name: ANY for name in named if name not in vocabulary.nouns}
    findings: dict[str, Finding] = {}
    depths: dict[str, int] = {}
    for name in order:
        if name in vocabulary.nouns:
            mistakes.append(Mistake(name, None, f"`{name}` is already a noun of the vocabulary"))
        if name in {"policy", "unknown", "in", "true", "false", "null"}:
            mistakes.append(Mistake(name, None, f"`{name}` is a reserved name"))
        finding = vocabulary.check(named[name], Scope(kinds, parameters))
        finding = replace(
            finding, mistakes=tuple(replace(one, where=name) for one in finding.mistakes)
        )
        findings[name] = finding
        if name in kinds:
            kinds[name] = finding.kind
        mistakes.extend(finding.mistakes)
        depths[name] = _depth(named[name], depths)
        if depths[name] > MAX_DEPTH:
            depths[name] = 0  # one mistake, not one for each that uses it
            mistakes.append(
                Mistake(name, None, f"nested more than {MAX_DEPTH} deep through its definitions")
            )
    places = {name: index for index, name in enumerate(named)}
    mistakes.sort(key=lambda mistake: places[mistake.where])
    return Checked(
        MappingProxyType({name: findings[name] for name in named}), tuple(mistakes), order
    )


def _names(node: syntax.Node) -> set[str]:
    return {part.name for part in syntax.walk(node) if isinstance(part, syntax.Name)}


def _depth(node: syntax.Node, depths: Mapping[str, int]) -> int:
    deepest = 0
    pending = [(node, 1)]
    while pending:
        current, depth = pending.pop()
        below = depths.get(current.name, 0) if isinstance(current, syntax.Name) else 0
        deepest = max(deepest, depth + below)
        pending.extend((child, depth + 1) for child in syntax.children(current))
    return deepest


def _sort(used: Mapping[str, set[str]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Order names so that what is used comes first; also return each cycle that is met."""
    order: dict[str, None] = {}
    cycles: list[tuple[str, ...]] = []
    for start in used:
        path: dict[str, None] = {}
        pending = [(start, False)]
        while pending:
            name, done = pending.pop()
            if done:
                del path[name]
                order[name] = None
            elif name in path:
                names = list(path)
                cycles.append((*names[names.index(name) :], name))
            elif name not in order:
                path[name] = None
                pending.append((name, True))
                pending.extend((one, False) for one in sorted(used[name], reverse=True))
    return tuple(order), cycles
