"""Suggestions of a rule file: what may be created, updated or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.mistakes import choices
from rules.engine.model import Suggestion, Template
from rules.engine.wording import read_expression, read_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.knowledge_file import KnowledgeFile, Step
    from rules.engine.places import Places

_ACTIONS = ("create", "update", "delete")
_CREATED = ("ServiceRequest", "MedicationRequest", "CareTeam", "DeviceRequest")
# What an update may set. A dose is never written (recording.md 13.13).
_SETTABLE = ("status", "reasonReference", "occurrenceDateTime", "note")


def read_suggestions(
    file: KnowledgeFile, places: Places, systems: Mapping[str, str]
) -> tuple[Suggestion, ...]:
    """Read the suggestions of a rule; *systems* are the short names of code systems."""
    found = []
    for place in file.entries("suggestions"):
        path = ("suggestions", place)
        if not file.keys(*path, required=("label",), optional=("when", "set", *_ACTIONS)):
            continue
        given = [key for key in _ACTIONS if file.get(*path, key) is not None]
        if len(given) != 1:
            file.wrong(f"a suggestion needs exactly one action; {choices(_ACTIONS)}", *path)
            continue
        label = read_template(file, places, *path, "label")
        when = (
            read_expression(file, places, *path, "when")
            if file.get(*path, "when") is not None
            else None
        )
        if label is None:
            continue
        if given == ["create"]:
            resource = _resource(file, systems, *path, "create")
            if resource is not None:
                found.append(Suggestion(label, when, create=resource))
            continue
        target = read_expression(file, places, *path, given[0], needs="records")
        change = _change(file, places, *path) if given == ["update"] else {}
        if target is not None:
            found.append(
                Suggestion(label, when, target=target, delete=given == ["delete"], change=change)
            )
    return tuple(found)


def _change(file: KnowledgeFile, places: Places, *path: Step) -> dict[str, object | Template]:
    if not file.keys(*path, "set", optional=_SETTABLE):
        return {}
    change: dict[str, object | Template] = {}
    for element in file.names(*path, "set"):
        template = read_template(file, places, *path, "set", element)
        if template is not None:
            change[element] = template
    if not change:
        file.wrong("an update must `set` something", *path)
    return change


def _resource(
    file: KnowledgeFile, systems: Mapping[str, str], *path: Step
) -> Mapping[str, object] | None:
    kind = file.text(*path, "resourceType")
    if kind not in _CREATED:
        file.wrong(f"cannot create `{kind}`; {choices(_CREATED)}", *path)
        return None
    resource = _plain(file, systems, file.get(*path), path)
    return resource if isinstance(resource, dict) else None


def _plain(
    file: KnowledgeFile, systems: Mapping[str, str], found: object, path: tuple[Step, ...]
) -> object:
    """Copy what was written, with the short names of code systems written out."""
    if isinstance(found, list):
        return [_plain(file, systems, one, (*path, n)) for n, one in enumerate(found)]
    if not isinstance(found, dict):
        return found
    copy: dict[str, object] = {}
    for key, one in found.items():
        if key == "system" and isinstance(one, str) and "://" not in one and one[:4] != "urn:":
            if one not in systems:
                file.wrong(f"unknown system `{one}`; {choices(systems, one)}", *path, key)
            copy[key] = systems.get(one, one)
        else:
            copy[key] = _plain(file, systems, one, (*path, key))
    return copy
