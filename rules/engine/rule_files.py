"""Rules as clinicians write them: one file per rule, `clinical/<group>/<RULE-ID>.yaml`."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from rules.chart import knowledge_file
from rules.chart.mistakes import choices
from rules.engine.model import CRITERIA, HOOKS, INDICATORS, Case, Rule
from rules.engine.suggestion_files import read_suggestions
from rules.engine.syntax import Literal
from rules.engine.wording import read_expression, read_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rules.chart.knowledge_file import KnowledgeFile
    from rules.chart.mistakes import Mistakes
    from rules.engine.places import Places

OVERRIDE_REASONS = "override-reasons.yaml"
_REQUIRED = (
    "title", "statement", "version", "reviewed", "source", "hooks", "applies", "cases",
)  # fmt: skip
_OPTIONAL = (
    "about", "checklist", "doubts", "gaps", "safety", "unknown_when", "not_checked", "suggestions",
    "override",
)  # fmt: skip
_ID = re.compile(r"[A-Z]{3}-\d\d\Z")
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
_CONFIDENCE = ("Article", "S", "G", "D")


def read_rules(
    folders: Iterable[Path], mistakes: Mistakes, places: Places, systems: Mapping[str, str]
) -> tuple[dict[str, Rule], dict[str, str]]:
    """Read every rule, and the override reasons; a later folder overrides an earlier one by id."""
    rules: dict[str, Rule] = {}
    reasons: dict[str, str] = {}
    files: list[KnowledgeFile] = []
    for folder in folders:
        reasons.update(_read_reasons(folder / OVERRIDE_REASONS, mistakes))
        for path in sorted(folder.glob("*/*.yaml")):
            file = knowledge_file.read(path, mistakes)
            if file is not None:
                files.append(file)
    for file in files:
        rule = _read(file, places, reasons, systems)
        if rule is not None:
            rules[rule.id] = rule
    for file in files:
        _check_merges(file, rules)
    return dict(sorted(rules.items())), reasons


def _read_reasons(path: Path, mistakes: Mistakes) -> dict[str, str]:
    file = knowledge_file.read(path, mistakes) if path.exists() else None
    return {} if file is None else {code: file.text(code) for code in file.data}


def _read(
    file: KnowledgeFile, places: Places, reasons: Mapping[str, str], systems: Mapping[str, str]
) -> Rule | None:
    rule_id = file.path.stem
    sound = file.keys(required=_REQUIRED, optional=_OPTIONAL)
    if not _ID.match(rule_id) or file.path.parent.name != rule_id[:3]:
        file.wrong(f"rule `{rule_id}` must stand as `<GROUP>/<GROUP>-<two digits>.yaml`")
        sound = False
    if not sound:
        return None
    _check_plain(file, reasons)
    applies = read_expression(file, places, "applies")
    unknown_when = (
        read_expression(file, places, "unknown_when") if "unknown_when" in file.data else None
    )
    if applies is None:
        return None
    return Rule(
        id=rule_id,
        title=file.text("title"),
        statement=file.text("statement"),
        version=file.text("version"),
        reviewed=file.text("reviewed", "on"),
        reviewer=file.text("reviewed", "by"),
        review_again=file.text("reviewed", "again"),
        source=file.text("source", "refs"),
        confidence=file.text("source", "confidence"),
        hooks=frozenset(file.texts("hooks")),
        applies=applies,
        cases=_cases(file, places),
        unknown_when=unknown_when,
        not_checked=file.text("not_checked") or "the record leaves it open",
        about=file.text("about") or None,
        checklist=file.get("checklist") is True,
        gaps=file.get("gaps") is True,
        safety=file.get("safety") is True,
        doubts=file.get("doubts") is True,
        suggestions=read_suggestions(file, places, systems),
        override=file.texts("override"),
    )


def _check_plain(file: KnowledgeFile, reasons: Mapping[str, str]) -> None:
    if not _VERSION.match(file.text("version")):
        file.wrong("`version` must be three numbers such as `1.0.0`", "version")
    if file.keys("reviewed", required=("on", "by", "again")):
        for key in ("on", "again"):
            _check_date(file, key)
    if file.keys("source", required=("refs", "confidence")):
        confidence = file.text("source", "confidence")
        if confidence not in _CONFIDENCE:
            file.wrong(
                f"unknown confidence `{confidence}`; {choices(_CONFIDENCE)}", "source", "confidence"
            )
    for key in ("checklist", "doubts", "gaps", "safety"):
        if key in file.data and not isinstance(file.get(key), bool):
            file.wrong(f"`{key}` must be true or false", key)
    _check_choices(file, reasons)


def _check_choices(file: KnowledgeFile, reasons: Mapping[str, str]) -> None:
    for place, hook in enumerate(file.texts("hooks")):
        if hook not in HOOKS:
            file.wrong(f"unknown hook `{hook}`; {choices(HOOKS, hook)}", "hooks", place)
    about = file.text("about")
    if about and about not in CRITERIA:
        file.wrong(f"unknown criterion `{about}`; {choices(CRITERIA)}", "about")
    for place, code in enumerate(file.texts("override")):
        if code not in reasons:
            file.wrong(
                f"unknown override reason `{code}`; {choices(reasons, code)}", "override", place
            )


def _check_date(file: KnowledgeFile, key: str) -> None:
    text = file.text("reviewed", key)
    try:
        date.fromisoformat(text)
    except ValueError:
        file.wrong(f"`{text}` is no date such as `2026-11-22`", "reviewed", key)


def _cases(file: KnowledgeFile, places: Places) -> tuple[Case, ...]:
    cases = []
    for place in file.entries("cases"):
        path = ("cases", place)
        clear = file.get(*path, "clear") is True
        required = ("when", "clear") if clear else ("when", "indicator", "summary")
        optional = () if clear else ("detail", "merge")
        if not file.keys(*path, required=required, optional=optional):
            continue
        when = read_expression(file, places, *path, "when")
        indicator = file.text(*path, "indicator")
        if not clear and indicator not in INDICATORS:
            file.wrong(
                f"unknown indicator `{indicator}`; {choices(INDICATORS)}", *path, "indicator"
            )
        summary = read_template(file, places, *path, "summary")
        detail = read_template(file, places, *path, "detail") if file.get(*path, "detail") else None
        if when is None or summary is None:
            continue
        merge = file.text(*path, "merge") or None
        cases.append(Case(when, indicator, summary, detail, merge, clear))
    if not cases:
        file.wrong("a rule needs at least one case", "cases")
    elif all(isinstance(case.when.node, Literal) for case in cases):
        file.wrong("no case looks at the chart", "cases")
    return tuple(cases)


def _check_merges(file: KnowledgeFile, rules: Mapping[str, Rule]) -> None:
    for place in file.entries("cases"):
        merge = file.text("cases", place, "merge")
        if merge and merge not in rules:
            file.wrong(f"unknown rule `{merge}`; {choices(rules, merge)}", "cases", place, "merge")
