"""Words with holes: reading them from files, and filling them for a card.

A hole is an expression in braces: `{policy.labs.inr_max}`, `{infections|names}`. What comes from
the chart is escaped where markdown is written, so that no chart text can become markup.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules.engine.errors import ExpressionError
from rules.engine.expression import parse
from rules.engine.model import Template

if TYPE_CHECKING:
    from rules.chart.knowledge_file import KnowledgeFile, Step
    from rules.engine.places import Expression, Places
    from rules.engine.syntax import Node

_HOLE = re.compile(r"\{([^{}]*)\}")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~&])")


def read_expression(
    file: KnowledgeFile,
    places: Places,
    *path: Step,
    name: str | None = None,
    needs: str | None = "truth",
) -> Expression | None:
    """Read an expression; None where it is none, and the file's mistakes say why.

    *name* is what other expressions call it by, *needs* the type it must have (None: any).
    """
    text = file.get(*path)
    if isinstance(text, bool):
        text = "true" if text else "false"
    if not isinstance(text, str) or not text.strip():
        file.wrong(f"`{path[-1]}` must be an expression", *path)
        return None
    node = _parse(file, text, path)
    return None if node is None else places.add(file, path, node, name=name, needs=needs)


def read_template(file: KnowledgeFile, places: Places, *path: Step) -> Template | None:
    """Read words with holes; None where a hole holds no expression."""
    text = file.text(*path)
    parts: list[str | Expression] = []
    end = 0
    sound = True
    for hole in _HOLE.finditer(text):
        if hole.start() > end:
            parts.append(text[end : hole.start()])
        node = _parse(file, hole.group(1), path)
        if node is None:
            sound = False
        else:
            parts.append(places.add(file, path, node))
        end = hole.end()
    if text[end:]:
        parts.append(text[end:])
    if "{" in text[end:] or "}" in text[end:]:
        file.wrong("a brace that opens no hole; write `{expression}`", *path)
        sound = False
    return Template(tuple(parts)) if sound else None


def _parse(file: KnowledgeFile, text: str, path: tuple[Step, ...]) -> Node | None:
    try:
        return parse(text)
    except ExpressionError as fault:
        file.wrong(f"`{' '.join(text.split())}`: {fault}", *path)
        return None


def escape(text: str) -> str:
    """Escape everything that markdown could take for markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
