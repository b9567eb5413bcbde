"""The detail of a card: what decided, by which thresholds, what is missing, and the citation.

Written as markdown; everything that comes from the chart is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rules.engine.vocabulary.showing import describe, plain
from rules.engine.wording import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rules.chart.records import Record
    from rules.engine.frame import Frame
    from rules.engine.model import Rule
    from rules.engine.outcome import Criterion, KeyData
    from rules.engine.policy import Policy

SHOWN_RECORDS = 8
MARKS = {"true": "✓", "false": "✗", "unknown": "?"}
# Of a contraindication: present, not shown, unknown. Nothing found is no tick of approval.
FOUND = {"true": "!", "false": "–", "unknown": "?"}
MET = {"true": "met", "false": "not met", "unknown": "unknown"}
PRESENT = {"true": "present", "false": "not present", "unknown": "unknown"}


def checklist(criteria: Iterable[Criterion]) -> str:
    """Write the eight criteria as a list that is read at a glance."""
    lines = ["**Criteria**", ""]
    for one in criteria:
        mark = (FOUND if one.id.startswith("X") else MARKS)[one.value]
        lines.append(f"- {mark} {one.id} {one.title}: **{state(one)}**")
    return "\n".join(lines)


def state(one: Criterion) -> str:
    """Say the value of a criterion; nothing found is never said as excluded."""
    if one.id.startswith("X"):
        if one.value == "false" and one.strength == "absent-in-record":
            return "none recorded"
        return PRESENT[one.value]
    return MET[one.value]


def evidence(frame: Frame, records: Sequence[Record]) -> str:
    """List the records that decided, with value and date."""
    if not records:
        return ""
    lines = ["**Evidence**", ""]
    lines += [
        f"- {escape(describe(frame, one))} \\[{escape(one.ref)}\\]"
        for one in records[:SHOWN_RECORDS]
    ]
    if len(records) > SHOWN_RECORDS:
        lines.append(f"- and {len(records) - SHOWN_RECORDS} more")
    return "\n".join(lines)


def settled_by(texts: Sequence[str]) -> str:
    """List what would settle what is unknown."""
    if not texts:
        return ""
    return "\n".join(["**What would settle it**", "", *[f"- {escape(one)}" for one in texts]])


def unread(keys: Sequence[str]) -> str:
    """Say which data could not be had, so that nothing found is not taken for nothing there."""
    return f"**Could not be read**: {', '.join(escape(key) for key in keys)}" if keys else ""


def thresholds(names: Iterable[str], policy: Policy) -> str:
    """List the thresholds that a rule rests on, with value, unit and confidence."""
    shown = []
    for name in names:
        one = policy.parameters.get(name)
        if one is None:
            continue
        value = _threshold(one.value)
        unit = f" {one.unit}" if one.unit and one.unit != "-" else ""
        shown.append(f"{escape(one.title)}: {escape(value + unit)} \\[{escape(one.confidence)}\\]")
    if not shown:
        return ""
    head = f"**Thresholds** (policy {escape(policy.id)} {escape(policy.version)})"
    return "\n".join([head, "", *[f"- {one}" for one in shown]])


def _threshold(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_threshold(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_threshold(one) for one in value)
    return plain(value)


def gaps(data: Iterable[KeyData], lost: Iterable[str] = ()) -> str:
    """List what could not be had and why; *lost* are dispatched orders that are not on record."""
    lines = ["**Not available**", ""]
    lines += [f"- {escape(one)}: the dispatched order is not on record" for one in lost]
    lines += [
        f"- {escape(one.key)}: {one.state} ({escape(one.reason or 'no reason given')})"
        for one in data
        if one.state in {"missing", "incomplete"}
    ]
    return "\n".join(lines)


def unchecked(rules: Sequence[str]) -> str:
    """List the rules that could not answer, with why where it is no missing key."""
    return "**Not checked**: " + ", ".join(escape(one) for one in rules) if rules else ""


def faults(texts: Sequence[str]) -> str:
    """List records that were ignored or contradict each other."""
    if not texts:
        return ""
    lines = ["**Ignored or conflicting**", ""]
    lines += [f"- {escape(one)}" for one in texts[: 2 * SHOWN_RECORDS]]
    if len(texts) > 2 * SHOWN_RECORDS:
        lines.append(f"- and {len(texts) - 2 * SHOWN_RECORDS} more")
    return "\n".join(lines)


def citation(rule: Rule, policy: Policy, knowledge_version: str) -> str:
    """Write source, version, review state and intended use."""
    return (
        f"**Source**: {escape(rule.source)} \\[{escape(rule.confidence)}\\]. "
        f"Rule {rule.id} {rule.version}, policy {escape(policy.id)} {escape(policy.version)}, "
        f"knowledge {escape(knowledge_version)}; review: {escape(rule.reviewer)}. "
        "For professionals; does not replace clinical judgement."
    )
