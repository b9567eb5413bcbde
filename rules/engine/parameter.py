"""Parameters of a policy: a value with its type, unit, source, date and confidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.knowledge_file import DAY
from rules.chart.mistakes import choices

if TYPE_CHECKING:
    from rules.chart.knowledge_file import KnowledgeFile

# Type of a parameter -> type of its value in the rule language.
TYPES = {"number": "number", "truth": "truth", "text": "text", "list": "list", "table": "any"}
CONFIDENCES = ("Article", "S", "G", "D")
_WANTED = {
    "number": "a number", "truth": "true or false", "text": "text",
    "list": "a list of numbers or of texts, as in the policy it changes",
    "table": "a mapping to numbers or to texts, as in the policy it changes",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+\Z")
_DECLARED = ("title", "value", "type", "unit", "source", "date", "confidence")
_CHANGED = ("value", "source", "date", "confidence")
_OPTIONAL = ("note", "choices", "nullable", "keys")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. Its type is declared by the policy that all others are based on."""

    name: str
    title: str
    # Decimal, bool, str, a list of Decimal or str, a dict of str to Decimal or str; or None
    value: object
    type: str
    unit: str
    source: str
    date: str
    # One or more of `Article`, `S` (seen), `G` (general knowledge), `D` (decided here).
    confidence: str
    note: str = ""
    choices: tuple[str, ...] = ()
    nullable: bool = False
    keys: str = ""

    @property
    def kind(self) -> str:
        """Return the type of the value in the rule language."""
        return TYPES[self.type]


def declare(file: KnowledgeFile, name: str) -> Parameter | None:
    """Read a parameter that no other policy declares; None where it is of no use."""
    at = ("parameters", name)
    if not _NAME.match(name):
        file.wrong(f"parameter `{name}` must be named like `group.name`", *at)
    nullable = file.get(*at, "nullable") is True
    needed = tuple(key for key in _DECLARED if not (nullable and key == "value"))
    if not file.keys(*at, required=needed, optional=(*_OPTIONAL, "value")):
        return None
    kind = file.text(*at, "type")
    if kind not in TYPES:
        file.wrong(f"unknown type `{kind}`; {choices(TYPES, kind)}", *at, "type")
        return None
    parameter = Parameter(
        name, file.text(*at, "title"), None, kind, file.text(*at, "unit"), "", "", "", "",
        file.texts(*at, "choices"), nullable, file.text(*at, "keys"),
    )  # fmt: skip
    return _with_value(file, parameter)


def change(file: KnowledgeFile, name: str, inherited: Parameter) -> Parameter | None:
    """Read the new value of an inherited parameter; None where it is of no use."""
    at = ("parameters", name)
    needed = tuple(key for key in _CHANGED if not (inherited.nullable and key == "value"))
    if not file.keys(*at, required=needed, optional=("value", "note")):
        return None
    if "value" not in file.names(*at):
        file.wrong("key `value` is missing", *at)
        return None
    return _with_value(file, inherited)


def _with_value(file: KnowledgeFile, parameter: Parameter) -> Parameter | None:
    at = ("parameters", parameter.name)
    _check_origin(file, parameter.name)
    found = file.get(*at, "value")
    value = _typed(found, parameter)
    if value is None and not (found is None and parameter.nullable):
        file.wrong(f"{_named(found, parameter)} does not fit; {_wanted(parameter)}", *at, "value")
        return None
    if isinstance(value, dict) and isinstance(parameter.value, dict):
        # A policy states the rows that it changes; the others keep what they have.
        value = {**parameter.value, **value}
    return replace(
        parameter, value=value, source=file.text(*at, "source"), date=file.text(*at, "date"),
        confidence=file.text(*at, "confidence"), note=file.text(*at, "note"),
    )  # fmt: skip


def _named(found: object, parameter: Parameter) -> str:
    name = f"of `{parameter.name}`"
    if found is None or isinstance(found, bool):
        return f"value `{ {None: 'null', True: 'true', False: 'false'}[found] }` {name}"
    plain = isinstance(found, (str, int, Decimal))
    return f"value `{found}` {name}" if plain else f"the value {name}"


def _wanted(parameter: Parameter) -> str:
    if parameter.choices:
        return choices(parameter.choices)
    return f"it must be {_WANTED[parameter.type]}"


def _check_origin(file: KnowledgeFile, name: str) -> None:
    at = ("parameters", name)
    if not DAY.match(file.text(*at, "date")):
        file.wrong("`date` must look like 2026-11-22", *at, "date")
    for tag in file.text(*at, "confidence").split(","):
        if tag.strip() not in CONFIDENCES:
            valid = choices(CONFIDENCES, tag.strip())
            file.wrong(f"unknown confidence `{tag.strip()}`; {valid}", *at, "confidence")


def _typed(found: object, parameter: Parameter) -> object:
    """Return a value of the declared type, with every number as Decimal; None if it is none."""
    if parameter.type == "number":
        return _number(found)
    if parameter.type == "truth":
        return found if isinstance(found, bool) else None
    if parameter.type == "text":
        fits = isinstance(found, str) and (not parameter.choices or found in parameter.choices)
        return found if fits else None
    before = parameter.value
    if parameter.type == "list" and isinstance(found, list):
        known = before if isinstance(before, list) else ()
        items = [_item(one) for one in found]
        return items if _alike([*items, *known]) else None
    if parameter.type == "table" and isinstance(found, dict):
        rows = before.values() if isinstance(before, dict) else ()
        table = {key: _item(one) for key, one in found.items()}
        return table if _alike([*table.values(), *rows]) else None
    return None


def _item(found: object) -> object:
    return found if isinstance(found, str) else _number(found)


def _alike(items: list[object]) -> bool:
    """Say whether there are items, all numbers or all texts."""
    return len({type(one) for one in items}) == 1 and items[0] is not None


def _number(found: object) -> Decimal | None:
    if isinstance(found, bool) or not isinstance(found, (int, Decimal)):
        return None
    return Decimal(found)
