"""What a fired rule says: summary, detail, suggestions, override reasons."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from rules.chart.orders import Order
from rules.chart.records import Records
from rules.chart.spans import Span
from rules.engine import deciding, detail
from rules.engine.model import Template
from rules.engine.outcome import Action, Advice, SuggestedAction
from rules.engine.vocabulary.showing import listed, plain
from rules.engine.wording import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.engine.evaluate import Evaluation
    from rules.engine.findings import Findings
    from rules.engine.model import Case, Rule, Suggestion


def plain_text(evaluation: Evaluation, template: Template) -> str:
    """Fill the holes of a template for a place that shows plain text."""
    return "".join(
        part if isinstance(part, str) else shown(evaluation, evaluation.value(part))
        for part in template.parts
    )


def markdown(evaluation: Evaluation, template: Template) -> str:
    """Fill the holes of a template for markdown: what is filled in is escaped."""
    return "".join(
        part if isinstance(part, str) else escape(shown(evaluation, evaluation.value(part)))
        for part in template.parts
    )


def shown(evaluation: Evaluation, value: object) -> str:
    """Write any value of the language as people read it."""
    if isinstance(value, Span):
        return evaluation.chart.clock.show(value)
    if isinstance(value, Records):
        return listed(record.text for record in value.sure)
    return plain(value)


def advise(evaluation: Evaluation, rule: Rule, case: Case, found: Findings) -> Advice:
    """Put the words of a fired rule together."""
    source = evaluation.book.knowledge
    return Advice(
        rule=rule.id,
        name=rule.title,
        version=rule.version,
        indicator=case.indicator,
        summary=plain_text(evaluation, case.summary),
        detail=_detail(evaluation, rule, case, found),
        suggestions=list(_suggestions(evaluation, rule)),
        override_reasons=[(code, evaluation.book.override_reasons[code]) for code in rule.override],
        source_label=f"{source.label}, policy {evaluation.policy.id}",
        source_url=source.url,
        merge=case.merge,
    )


def _detail(evaluation: Evaluation, rule: Rule, case: Case, found: Findings) -> str:
    parts = [_statement(evaluation, rule)]
    if case.detail is not None:
        parts.append(markdown(evaluation, case.detail))
    if rule.checklist:
        parts.append(detail.checklist(evaluation.criteria))
    if rule.gaps:
        if found.data.gap_count:
            parts.append(detail.gaps(evaluation.data(), found.unchecked))
        parts.append(detail.faults([f"{one.ref}: {one.text}" for one in found.faults]))
    references = list(evaluation.why(case.when.name).evidence)
    about = next((one for one in evaluation.criteria if one.id == rule.about), None)
    if about is not None:
        references += about.evidence
    if not rule.checklist:
        parts.append(detail.evidence(evaluation.frame, deciding.records(evaluation, references)))
    if about is not None and about.value == "unknown":
        parts.append(detail.settled_by(about.settled_by))
    if rule.checklist:
        open_ones = [
            f"{one.id}: {text}"
            for one in evaluation.criteria
            if one.value == "unknown"
            for text in one.settled_by
        ]
        parts.append(detail.settled_by(open_ones))
    parts.append(_standing(evaluation, rule))
    return "\n\n".join(part for part in parts if part)


def _statement(evaluation: Evaluation, rule: Rule) -> str:
    texts, key = evaluation.book.texts, (rule.id, "statement")
    found = texts.get(key)
    if found is None:
        found = texts[key] = escape(rule.statement)
    return found


def _standing(evaluation: Evaluation, rule: Rule) -> str:
    """Return what does not depend on the call: thresholds and citation."""
    texts, key = evaluation.book.texts, (rule.id, evaluation.policy.id)
    found = texts.get(key)
    if found is None:
        thresholds = detail.thresholds(rule, evaluation.policy)
        version = evaluation.book.knowledge.version
        parts = [thresholds, detail.citation(rule, evaluation.policy, version)]
        found = texts[key] = "\n\n".join(part for part in parts if part)
    return found


def _suggestions(evaluation: Evaluation, rule: Rule) -> Iterator[SuggestedAction]:
    for suggestion in rule.suggestions:
        if suggestion.when is not None and evaluation.value(suggestion.when) is not True:
            continue
        label = plain_text(evaluation, suggestion.label)
        actions = (
            [_create(evaluation, label, suggestion)]
            if suggestion.create is not None
            else list(_changes(evaluation, label, suggestion))
        )
        if actions:
            yield SuggestedAction(label, actions)


def _create(evaluation: Evaluation, label: str, suggestion: Suggestion) -> Action:
    resource: dict[str, Any] = copy.deepcopy(dict(suggestion.create or {}))
    resource["subject"] = {"reference": f"Patient/{evaluation.chart.call.patient_id}"}
    return Action("create", label, resource=resource)


def _changes(evaluation: Evaluation, label: str, suggestion: Suggestion) -> Iterator[Action]:
    target = None if suggestion.target is None else evaluation.value(suggestion.target)
    for order in target.sure if isinstance(target, Records) else ():
        # Without an id there is nothing to name; what does not validate may not be sent back.
        if not isinstance(order, Order) or not order.has_id or not _sound(evaluation, order):
            continue
        if suggestion.delete:
            if not _established(order):
                yield Action("delete", label, resource_id=order.ref)
            continue
        resource: dict[str, Any] = copy.deepcopy(dict(order.draft))
        change = {
            element: evaluation.value(given.parts[0])
            if len(given.parts) == 1 and not isinstance(given.parts[0], str)
            else plain_text(evaluation, given)
            for element, given in suggestion.change.items()
            if isinstance(given, Template)
        }
        if any(value in (None, (), "") for value in change.values()):
            continue
        resource.update(
            {
                key: list(value) if isinstance(value, tuple) else value
                for key, value in change.items()
            }
        )
        if resource != order.draft:
            yield Action("update", label, resource=resource)


def _sound(evaluation: Evaluation, order: Order) -> bool:
    return not any(not fault.extra for fault in evaluation.chart.faults(order))


def _established(order: Order) -> bool:
    """Refills and established infusions are never deleted or stopped (recording.md 13.13)."""
    return order.kind not in {"implant", "trial"}
