"""The nouns of the rulebook: definitions, rules, their cases and suggestions. All frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.engine.places import Expression

INDICATORS = ("info", "warning", "critical")
HOOKS = (
    "patient-view", "order-select", "order-sign", "order-dispatch", "appointment-book",
    "encounter-discharge",
)  # fmt: skip
CRITERIA = ("C1", "C2", "C3", "C4", "C5", "X1", "X2", "X3")


@dataclass(frozen=True, slots=True)
class Template:
    """Words with holes: text, and expressions whose value is shown."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence that holds when its condition does: what settles an unknown, or a conflict."""

    when: Expression
    text: Template


@dataclass(frozen=True, slots=True)
class Definition:
    """A named expression that rules share, with its title and source."""

    name: str
    title: str
    source: str
    value: Expression
    file: str
    settled_by: tuple[Remark, ...] = ()
    conflicts: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An action that the clinician may accept: create, update or delete."""

    label: Template
    when: Expression | None
    # The resource to create, with `system` aliases already expanded.
    create: Mapping[str, object] | None = None
    # The drafts to update or delete: an expression that gives orders of this call.
    target: Expression | None = None
    delete: bool = False
    # What an update sets: element -> a value, or an expression that gives references.
    change: Mapping[str, object | Template] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a rule may say: the first case whose condition holds speaks."""

    when: Expression
    indicator: str
    summary: Template
    detail: Template | None = None
    # The rule whose card already says the same; this one is merged when that one is shown.
    merge: str | None = None
    # A case that holds and says nothing: the rule is clear.
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its file says it."""

    id: str
    title: str
    statement: str
    version: str
    reviewed: str
    reviewer: str
    review_again: str
    source: str
    confidence: str
    hooks: frozenset[str]
    applies: Expression
    cases: tuple[Case, ...]
    unknown_when: Expression | None
    not_checked: str
    about: str | None
    checklist: bool
    gaps: bool
    safety: bool
    # A doubtful record that leaves the rule open is told by DAT-01.
    doubts: bool
    suggestions: tuple[Suggestion, ...]
    override: tuple[str, ...]
    # What the rule rests on, gathered from its expressions: definitions, parameters, keys.
    definitions: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
