"""An outcome as cards: ordered, merged, limited, and safe to show."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from hooks import wire
from hooks.markdown import escape, guard
from hooks.name_uuid import name_uuid, written
from hooks.plain_text import cut, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from uuid import UUID

    from rules import Action, Advice, Outcome, SuggestedAction

SUMMARY = 139  # code points: the specification says fewer than 140
LABEL = 200
RULES = "urn:intrathecal-cds:rules"
OVERRIDE_REASONS = "urn:intrathecal-cds:override-reasons"
GAP_RULE = "DAT-01"
_RANK = {"critical": 0, "warning": 1, "info": 2}


def cards(
    outcome: Outcome, evaluation_id: UUID, *, limit: int, drafts: Collection[str] = ()
) -> tuple[tuple[wire.Card, ...], dict[str, str]]:
    """Return the cards of *outcome* and, per rule that fired, what became of its card.

    Critical, then warning, then info, ties by rule id. Beyond *limit* the last ones are
    `suppressed`; critical ones and the gap card never are. One that another card already says
    is `merged`, one that a site silenced `suppressed`. Where rules were not checked and even the
    rule that says so could not run, a gap card is added. A suggestion that would change or delete
    anything but *drafts* (`Type/id`) is left out.
    """
    ordered = sorted(outcome.advice, key=lambda one: (_RANK[one.indicator], one.rule))
    shown, fates = _chosen([one for one in ordered if not one.silent], limit)
    fates = {one.rule: "suppressed" for one in ordered if one.silent} | fates
    seen: dict[str, int] = {}
    built = []
    for advice in shown:
        seen[advice.rule] = seen.get(advice.rule, 0) + 1
        uuid = name_uuid(evaluation_id.bytes, _name(advice.rule, seen[advice.rule]))
        built.append(_card(advice, uuid, drafts))
    if not any(one.id == GAP_RULE and one.result != "not-checked" for one in outcome.rules):
        built += _gap(outcome, evaluation_id)
    return tuple(built), fates


def _chosen(ordered: Sequence[Advice], limit: int) -> tuple[list[Advice], dict[str, str]]:
    """Choose what is shown: merging first, then the limit; what a cut card said is not merged."""
    merging = {id(one) for one in ordered if one.merge is not None and _says_the_same(one, ordered)}
    while True:
        shown = _limited([one for one in ordered if id(one) not in merging], limit)
        lost = {id(one) for one in ordered if id(one) in merging and not _says_the_same(one, shown)}
        if not lost:
            break
        merging -= lost
    fates = {
        one.rule: "merged" if id(one) in merging else "suppressed" for one in reversed(ordered)
    }
    fates |= {one.rule: "shown" for one in shown}
    return shown, fates


def _says_the_same(advice: Advice, others: Iterable[Advice]) -> bool:
    """Say whether a card that is no less urgent, and not merged itself, already says *advice*."""
    return any(
        other.rule == advice.merge
        and other.merge is None
        and _RANK[other.indicator] <= _RANK[advice.indicator]
        for other in others
    )


def _limited(ordered: list[Advice], limit: int) -> list[Advice]:
    if len(ordered) <= limit:
        return ordered
    kept = [one for one in ordered if one.indicator == "critical" or one.rule == GAP_RULE]
    room = max(limit - len(kept), 0)
    others = [one for one in ordered if one not in kept][:room]
    return [one for one in ordered if one in kept or one in others]


def _name(rule: str, number: int) -> str:
    return rule if number == 1 else f"{rule}#{number}"


def _card(advice: Advice, uuid: bytes, drafts: Collection[str]) -> wire.Card:
    suggestions = tuple(
        _suggestion(one, name_uuid(uuid, f"suggestion {index}"))
        for index, one in enumerate(advice.suggestions)
        if one.actions and all(_allowed(action, drafts) for action in one.actions)
    )
    summary = cut(plain(advice.summary), SUMMARY) or cut(plain(advice.name), SUMMARY)
    return wire.Card(
        uuid=written(uuid),
        summary=summary or advice.rule,
        indicator=cast("wire.Indicator", advice.indicator),
        source=_source(advice.rule, advice.name, advice.source_label, advice.source_url),
        detail=guard(advice.detail, (advice.source_url,)) or None,
        suggestions=suggestions,
        # Epic understands only `any`; accepting several suggestions of ours does no harm.
        selection_behavior="any" if suggestions else None,
        override_reasons=_override_reasons(tuple(advice.override_reasons)),
    )


# Both are texts of rules, the same in every call that a rule speaks in.
@lru_cache(maxsize=1000)
def _source(rule: str, name: str, label: str, url: str) -> wire.Source:
    return wire.Source(
        label=plain(label) or RULES,
        url=url or None,
        topic=wire.Coding(code=rule, system=RULES, display=plain(name) or None),
    )


@lru_cache(maxsize=1000)
def _override_reasons(reasons: tuple[tuple[str, str], ...]) -> tuple[wire.Coding, ...]:
    return tuple(
        wire.Coding(code=code, system=OVERRIDE_REASONS, display=plain(display))
        for code, display in reasons
    )


def _suggestion(suggested: SuggestedAction, uuid: bytes) -> wire.Suggestion:
    label = cut(plain(suggested.label), LABEL) or "Apply"
    return wire.Suggestion(
        label=label,
        uuid=written(uuid),
        actions=tuple(
            wire.Action(
                type=cast("wire.ActionType", action.type),
                description=plain(action.description) or label,
                resource=wire.pruned(action.resource) if action.resource else None,
                resource_id=action.resource_id,
            )
            for action in suggested.actions
        ),
    )


def _allowed(action: Action, drafts: Collection[str]) -> bool:
    """Say whether an action creates something, or touches a draft of this call and nothing else."""
    if action.type == "delete":
        return action.resource is None and action.resource_id in drafts
    resource = action.resource or {}
    if action.type == "update":
        return f"{resource.get('resourceType')}/{resource.get('id')}" in drafts
    return action.type == "create" and bool(resource.get("resourceType"))


def _gap(outcome: Outcome, evaluation_id: UUID) -> list[wire.Card]:
    """Say what was not checked."""
    unchecked = [one for one in outcome.rules if one.result == "not-checked"]
    if not unchecked:
        return []
    lines = [
        f"- {escape(one.id)}" + (f": {escape(one.reason)}" if one.reason else "")
        for one in unchecked
    ]
    gap = wire.Card(
        uuid=written(name_uuid(evaluation_id.bytes, GAP_RULE)),
        summary="Not all intrathecal safety checks could be completed",
        indicator="warning",
        source=wire.Source(label="Intrathecal CDS", topic=wire.Coding(code=GAP_RULE, system=RULES)),
        detail=guard("Not checked:\n\n" + "\n".join(lines)),
    )
    return [gap]
