"""What a clinician still has to sign: every threshold and rule tagged `G` or `D`.

`G` is general knowledge that was not seen in a source, `D` was decided in this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.engine.rule_reads import Reader
from rules.engine.vocabulary.showing import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.engine.model import Rule
    from rules.engine.parameter import Parameter
    from rules.engine.policy import Policy
    from rules.engine.rulebook import Rulebook

OPEN = frozenset({"G", "D"})


@dataclass(frozen=True, slots=True)
class OpenThreshold:
    """A threshold of one policy that awaits sign-off, and the rules that read it."""

    policy: str
    name: str
    title: str
    value: str
    unit: str
    source: str
    date: str
    confidence: str
    rules: tuple[str, ...]


def open_thresholds(book: Rulebook) -> tuple[OpenThreshold, ...]:
    """Return every open threshold: of the base policy all, of another what it states itself."""
    reader = Reader(book)
    read = {rule.id: reader.of(rule).parameters for rule in book.rules.values()}
    return tuple(
        _open(policy, one, read)
        for policy in _by_base(book.policies)
        for name in policy.own
        if is_open((one := policy.parameters[name]).confidence)
    )


def open_rules(book: Rulebook) -> tuple[Rule, ...]:
    """Return the rules whose own source is general knowledge, or was decided here."""
    return tuple(rule for rule in book.rules.values() if is_open(rule.confidence))


def is_open(confidence: str) -> bool:
    """Say whether a confidence tag, or one of several, asks for sign-off."""
    return bool(OPEN & {tag.strip() for tag in confidence.split(",")})


def _by_base(policies: Mapping[str, Policy]) -> list[Policy]:
    return sorted(policies.values(), key=lambda one: (bool(one.based_on), one.id))


def _open(policy: Policy, one: Parameter, read: Mapping[str, frozenset[str]]) -> OpenThreshold:
    rules = tuple(rule for rule, names in read.items() if one.name in names)
    return OpenThreshold(
        policy.id, one.name, one.title, shown(one.value), one.unit, one.source, one.date,
        one.confidence, rules,
    )  # fmt: skip


def shown(value: object) -> str:
    """Write a threshold as people read it: a list by commas, a table by `name: value`."""
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {plain(each)}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(each) for each in value)
    return plain(value)
