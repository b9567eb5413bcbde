"""What an evaluation answers: verdict, criteria, rules, data and advice (design.md section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


BEYOND_LIMIT = "beyond the card limit"


class Named(msgspec.Struct, frozen=True, gc=False):
    """An id with a version."""

    id: str
    version: str


class Knowledge(msgspec.Struct, frozen=True, gc=False):
    """The version and the content hash of all knowledge files that were loaded."""

    version: str
    hash: str


class Criterion(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One of C1..C5, X1..X3.

    `value` is `true`, `false` or `unknown`; `strength` is absent when unknown; `evidence` are
    references of the deciding records; `settled_by` is what would settle an unknown.
    """

    id: str
    title: str
    value: str
    strength: str | None = None
    evidence: list[str] = msgspec.field(default_factory=list)
    settled_by: list[str] = msgspec.field(default_factory=list)


class RuleResult(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What one rule said.

    `result` is `fired`, `clear`, `not-checked` or `not-applicable`; `card` is `shown`, `merged`,
    `suppressed` or `none`.
    """

    id: str
    version: str
    result: str
    card: str
    reason: str | None = None


class KeyData(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The state of one prefetch key: `complete`, `empty`, `incomplete` or `missing`."""

    key: str
    state: str
    source: str
    reason: str | None = None


class Fault(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A record that was ignored, contradictory, unreadable or invalid, and why."""

    kind: str
    record: str
    text: str


class Action(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A FHIR action of a suggestion: create, update or delete."""

    type: str
    description: str
    resource: dict[str, Any] | None = None
    resource_id: str | None = None


class SuggestedAction(msgspec.Struct, frozen=True):
    """What the clinician may accept."""

    label: str
    actions: list[Action]


class Advice(msgspec.Struct, frozen=True):
    """A fired rule with its words.

    `summary` is plain text, not yet cut; `detail` is markdown in which everything that came from
    the chart is escaped. *silent*: a site wants it recorded and not shown.
    """

    rule: str
    name: str
    version: str
    indicator: str
    summary: str
    detail: str
    suggestions: list[SuggestedAction]
    override_reasons: list[tuple[str, str]]
    source_label: str
    source_url: str
    merge: str | None = None
    silent: bool = False


class Outcome(msgspec.Struct, rename="camel", omit_defaults=True):
    """The answer of one evaluation."""

    policy: Named
    knowledge: Knowledge
    evaluated_at: str
    phase: str
    verdict: str
    criteria: list[Criterion]
    rules: list[RuleResult]
    data: list[KeyData]
    faults: list[Fault] = msgspec.field(default_factory=list)
    advice: list[Advice] = msgspec.field(default_factory=list)

    def settle(self, cards: Mapping[str, str]) -> list[RuleResult]:
        """Return the rule results with what became of each card."""
        return [_settled(one, cards[one.id]) if one.id in cards else one for one in self.rules]


def _settled(result: RuleResult, card: str) -> RuleResult:
    reason = result.reason
    if card == "suppressed" and reason is None:
        reason = BEYOND_LIMIT
    return msgspec.structs.replace(result, card=card, reason=reason)
