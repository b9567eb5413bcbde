"""Definitions as clinicians write them: one mapping of names per file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart import knowledge_file
from rules.engine.model import Definition, Remark
from rules.engine.wording import read_expression, read_template

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rules.chart.knowledge_file import KnowledgeFile, Step
    from rules.chart.mistakes import Mistakes
    from rules.engine.places import Places


def read_definitions(
    folders: Iterable[Path], mistakes: Mistakes, places: Places
) -> dict[str, Definition]:
    """Read every definition; a later folder overrides an earlier one by name."""
    found: dict[str, Definition] = {}
    for folder in folders:
        own: dict[str, Definition] = {}
        for path in sorted(folder.glob("*.yaml")):
            file = knowledge_file.read(path, mistakes)
            if file is None:
                continue
            for name in file.data:
                if name in own:
                    file.wrong(f"definition `{name}` also stands in `{own[name].file}`", name)
                definition = _read(file, name, places)
                if definition is not None:
                    own[name] = definition
        found.update(own)
    return found


def _read(file: KnowledgeFile, name: str, places: Places) -> Definition | None:
    if not name.isidentifier():
        file.wrong(f"`{name}` is no name: letters, digits and `_` only", name)
        return None
    optional = ("settled_by", "conflicts")
    if not file.keys(name, required=("title", "is", "source"), optional=optional):
        return None
    value = read_expression(file, places, name, "is", name=name, needs=None)
    if value is None:
        return None
    return Definition(
        name=name,
        title=file.text(name, "title"),
        source=file.text(name, "source"),
        value=value,
        file=file.path.name,
        settled_by=_remarks(file, places, name, "settled_by"),
        conflicts=_remarks(file, places, name, "conflicts"),
    )


def _remarks(file: KnowledgeFile, places: Places, *path: Step) -> tuple[Remark, ...]:
    remarks = []
    for place in file.entries(*path):
        if not file.keys(*path, place, required=("when", "text")):
            continue
        when = read_expression(file, places, *path, place, "when")
        text = read_template(file, places, *path, place, "text")
        if when is not None and text is not None:
            remarks.append(Remark(when, text))
    return tuple(remarks)
