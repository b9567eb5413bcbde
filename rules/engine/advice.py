"""What a fired rule says: summary, detail, suggestions, override reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.chart.orders import Order
from rules.chart.records import Records
from rules.chart.spans import Span
from rules.engine import deciding, detail
from rules.engine.model import Template
from rules.engine.outcome import Action, Advice, SuggestedAction
from rules.engine.usage import hidden_parameters
from rules.engine.vocabulary.showing import listed, named, plain
from rules.engine.wording import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.engine.evaluate import Evaluation
    from rules.engine.findings import Findings
    from rules.engine.model import Case, Rule, Suggestion
    from rules.engine.rulebook import Rulebook


SUMMARY = 139  # code points: CDS Hooks asks for fewer than 140
SHORTEST = 12  # a name is not cut to less than this
ELLIPSIS = "…"


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


def summary(evaluation: Evaluation, template: Template) -> str:
    """Fill the holes of a summary so that its own words fit a card: what is filled in is cut.

    A summary ends with what it asks for; a long name from the chart must not push that off.
    """
    texts = [
        part
        if isinstance(part, str)
        else " ".join(shown(evaluation, evaluation.value(part)).split())
        for part in template.parts
    ]
    holes = [at for at, part in enumerate(template.parts) if not isinstance(part, str)]
    room = SUMMARY - sum(len(text) for at, text in enumerate(texts) if at not in holes)
    while holes and (over := sum(len(texts[at]) for at in holes) - room) > 0:
        longest, *others = sorted(holes, key=lambda at: -len(texts[at]))
        next_longest = len(texts[others[0]]) if others else 0
        size = len(texts[longest])
        keep = max(size - over, min(next_longest, size - 1), SHORTEST)
        if keep >= size:
            break
        texts[longest] = texts[longest][: keep - 1].rstrip(" ,(") + ELLIPSIS
    return "".join(texts)


def shown(evaluation: Evaluation, value: object) -> str:
    """Write any value of the language as people read it."""
    if isinstance(value, Span):
        return evaluation.chart.clock.show(value)
    if isinstance(value, Records):
        return listed(named(record) for record in value.sure)
    return plain(value)


def advise(evaluation: Evaluation, rule: Rule, case: Case, found: Findings) -> Advice:
    """Put the words of a fired rule together; where they fail, its title and statement speak."""
    source = evaluation.book.knowledge
    try:
        words = summary(evaluation, case.summary), _detail(evaluation, rule, case, found)
        proposed = list(_suggestions(evaluation, rule))
    except Exception:  # noqa: BLE001 - an alarm is shown, whatever its words need
        words, proposed = (rule.title, evaluation.book.texts[rule.id, "statement"]), []
    return Advice(
        rule=rule.id,
        name=rule.title,
        version=rule.version,
        indicator=case.indicator,
        summary=words[0],
        detail=words[1],
        suggestions=proposed,
        override_reasons=[(code, evaluation.book.override_reasons[code]) for code in rule.override],
        source_label=f"{source.label}, policy {evaluation.policy.id}",
        source_url=source.url,
        merge=case.merge,
        silent=rule.id in evaluation.book.switches,
    )


def _detail(evaluation: Evaluation, rule: Rule, case: Case, found: Findings) -> str:
    texts = evaluation.book.texts
    parts = [texts[rule.id, "statement"]]
    if case.detail is not None:
        parts.append(markdown(evaluation, case.detail))
    if rule.checklist:
        parts.append(detail.checklist(evaluation.criteria))
    if rule.gaps:
        if found.data.gap_count:
            parts.append(detail.gaps(evaluation.data(), evaluation.lost))
        parts.append(detail.unchecked(found.unchecked))
        parts.append(detail.faults([one.line for one in found.faults]))
    references = list(evaluation.why(case.when.name).evidence)
    about = next((one for one in evaluation.criteria if one.id == rule.about), None)
    if about is not None:
        references += about.evidence
    if not rule.checklist:
        parts.append(detail.evidence(evaluation.frame, deciding.records(evaluation, references)))
    if about is not None and about.value == "unknown":
        parts.append(detail.unread(evaluation.why(about.id).gaps))
        parts.append(detail.settled_by(about.settled_by))
    if rule.checklist:
        open_ones = [
            f"{one.id}: {text}"
            for one in evaluation.criteria
            if one.value == "unknown"
            for text in one.settled_by
        ]
        parts.append(detail.settled_by(open_ones))
    parts.append(texts[rule.id, evaluation.policy.id])
    return "\n\n".join(part for part in parts if part)


def prepare(book: Rulebook) -> None:
    """Write, once for all calls, what cards say that depends on the rule and the policy alone."""
    version = book.knowledge.version
    for rule in book.rules.values():
        book.texts[rule.id, "statement"] = escape(rule.statement)
        names = _thresholds(book, rule)
        for policy in book.policies.values():
            standing = [detail.thresholds(names, policy), detail.citation(rule, policy, version)]
            book.texts[rule.id, policy.id] = "\n\n".join(part for part in standing if part)


def _thresholds(book: Rulebook, rule: Rule) -> list[str]:
    """Name every policy parameter that a rule rests on, also those read inside a noun."""
    own = [rule.applies, *(case.when for case in rule.cases)]
    own += [rule.unknown_when] if rule.unknown_when is not None else []
    known = [*rule.definitions, *(one.name for one in own)]
    hidden = hidden_parameters(book.program.nodes[name] for name in known)
    return sorted({*rule.parameters, *hidden})


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
    resource: dict[str, Any] = _copied(suggestion.create or {})
    resource["subject"] = {"reference": f"Patient/{evaluation.chart.call.patient_id}"}
    return Action("create", label, resource=resource)


def _changes(evaluation: Evaluation, label: str, suggestion: Suggestion) -> Iterator[Action]:
    target = None if suggestion.target is None else evaluation.value(suggestion.target)
    for order in target.sure if isinstance(target, Records) else ():
        # Without an id there is nothing to name; what does not validate may not be sent back.
        if not isinstance(order, Order) or not order.has_id or not _sound(evaluation, order):
            continue
        # What is on record, as a dispatched order is, is not ours to change (recording.md 13.13);
        # what ends or holds something stays as it is.
        if order.stored or order.ended:
            continue
        if suggestion.delete:
            if not _established(order):
                yield Action("delete", label, resource_id=order.ref)
            continue
        resource: dict[str, Any] = _copied(order.draft)
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


def _copied(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _sound(evaluation: Evaluation, order: Order) -> bool:
    return not any(not fault.extra for fault in evaluation.chart.faults(order))


def _established(order: Order) -> bool:
    """Refills and established infusions are never deleted or stopped (recording.md 13.13)."""
    return order.kind not in {"implant", "trial"}
