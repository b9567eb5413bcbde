"""Knowledge files: YAML read into plain data that still knows its lines.

Only what such files need is read as something else than text: `null`, `true`, `false`, whole
numbers as int and numbers with a point as Decimal. Keys are always text, so are dates, and so
are `yes`, `no`, `on` and `off`. Refused: a key given twice, tags, anchors and second documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from rules.chart.mistakes import choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rules.chart.mistakes import Mistakes

Step: TypeAlias = str | int
# A line, and the lines of what is below it by key or position.
Lines: TypeAlias = tuple[int, dict[Step, "Lines"]]

_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_POINT = re.compile(r"[-+]?[0-9]+\.[0-9]+\Z")
_WORDS: dict[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """One file as plain data. Its methods report what is wrong with it, and where."""

    path: Path
    data: Mapping[str, object]
    lines: Lines
    mistakes: Mistakes

    def line_of(self, *path: Step) -> int:
        """Return the line of what keys and positions lead to, or of the last that exists."""
        line, below = self.lines
        for step in path:
            if step not in below:
                break
            line, below = below[step]
        return line

    def wrong(self, text: str, *path: Step) -> None:
        """Report a mistake at a place of this file."""
        self.mistakes.add(self.path, self.line_of(*path), text)

    def get(self, *path: Step) -> object:
        """Return what keys and positions lead to; None where they lead nowhere."""
        found: object = self.data
        for step in path:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return None
        return found

    def keys(
        self, *path: Step, required: Iterable[str] = (), optional: Iterable[str] = ()
    ) -> bool:
        """Say whether a mapping has the keys it needs and no other; report each that offends."""
        found = self.get(*path)
        where = f"`{path[-1]}`" if path else "the file"
        if not isinstance(found, dict):
            self.wrong(f"{where} must be a mapping of keys to values", *path)
            return False
        needed = tuple(required)
        known = {*needed, *optional}
        sound = True
        for key in found:
            if key not in known:
                self.wrong(f"unknown key `{key}`; {choices(known, key)}", *path, key)
                sound = False
        for key in needed:
            if found.get(key) is None:
                self.wrong(f"key `{key}` is missing", *path)
                sound = False
        return sound

    def text(self, *path: Step) -> str:
        """Return a text; report a value that is none. Absent is empty."""
        found = self.get(*path)
        if found is None or isinstance(found, str):
            return found or ""
        self.wrong(f"`{path[-1]}` must be text; put it in quotes", *path)
        return ""

    def texts(self, *path: Step) -> tuple[str, ...]:
        """Return a list of texts; report what is none. Absent is empty."""
        found = self.get(*path)
        if found is None:
            return ()
        if isinstance(found, list) and all(isinstance(one, str) for one in found):
            return tuple(found)
        self.wrong(f"`{path[-1]}` must be a list of texts", *path)
        return ()

    def entries(self, *path: Step) -> Iterator[int]:
        """Yield the positions of a list's mappings; report what is none. Absent is empty."""
        found = self.get(*path)
        if found is not None and not isinstance(found, list):
            self.wrong(f"`{path[-1]}` must be a list", *path)
            return
        for place, entry in enumerate(found or ()):
            if isinstance(entry, dict):
                yield place
            else:
                self.wrong("each entry must be a mapping of keys to values", *path, place)

    def names(self, *path: Step) -> tuple[str, ...]:
        """Return the keys of a mapping; report a value that is none. Absent is empty."""
        found = self.get(*path)
        if isinstance(found, dict):
            return tuple(found)
        if found is not None:
            self.wrong(f"`{path[-1]}` must be a mapping of keys to values", *path)
        return ()


def read(path: Path, mistakes: Mistakes) -> KnowledgeFile | None:
    """Read a knowledge file; None where it cannot be read, and *mistakes* says why."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        mistakes.add(path, 1, f"the file cannot be read: {_reason(fault)}")
        return None
    builder = _Builder(path, mistakes)
    try:
        for event in YAML(typ="safe").parse(text):
            builder.take(event)
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 1 if mark else 1
        mistakes.add(path, line, f"this is no YAML: {fault.problem or fault.context}")
        return None
    except YAMLError as fault:
        mistakes.add(path, 1, f"this is no YAML: {_reason(fault)}")
        return None
    if not isinstance(builder.root, dict):
        mistakes.add(path, 1, "the file must be a mapping of keys to values")
        return None
    return KnowledgeFile(path, builder.root, builder.lines, mistakes)


def _reason(fault: Exception) -> str:
    return str(fault).partition("\n")[0]


class _Builder:
    """Turns the parser's events into data, without recursion."""

    __slots__ = ("_documents", "_open", "_path", "lines", "mistakes", "root")

    def __init__(self, path: Path, mistakes: Mistakes) -> None:
        self.root: object = None
        self.lines: Lines = (1, {})
        self.mistakes = mistakes
        self._path = path
        self._documents = 0
        # Collections not yet ended: the data, its lines, and the key that waits for a value.
        self._open: list[tuple[dict[str, object] | list[object], Lines, list[str]]] = []

    def take(self, event: events.Event) -> None:
        """Take the next event."""
        kind = event.__class__
        if kind is events.ScalarEvent:
            self._scalar(event)
        elif kind is events.MappingStartEvent:
            self._start({}, event)
        elif kind is events.SequenceStartEvent:
            self._start([], event)
        elif kind in {events.MappingEndEvent, events.SequenceEndEvent}:
            self._open.pop()
        elif kind is events.AliasEvent:
            self._refuse(event, "anchors and aliases are not read; write the value out")
            self._place(None, event)
        elif kind is events.DocumentStartEvent:
            self._documents += 1
            if self._documents == 2:
                self._refuse(event, "a file holds one document; `---` begins a second")

    def _scalar(self, event: events.Event) -> None:
        if event.tag is not None:
            self._refuse(event, f"the tag `{event.tag}` is not read")
        text = event.value
        if self._open:
            data, _, waiting = self._open[-1]
            if isinstance(data, dict) and not waiting:
                if text in data:
                    self._refuse(event, f"key `{text}` is given twice")
                waiting.append(text)
                self._open[-1][1][1][text] = (event.start_mark.line + 1, {})
                return
        self._place(_plain(text) if event.implicit[0] else text, event)

    def _start(self, data: dict[str, object] | list[object], event: events.Event) -> None:
        if event.tag is not None:
            self._refuse(event, f"the tag `{event.tag}` is not read")
        self._open.append((data, self._place(data, event), []))

    def _place(self, value: object, event: events.Event) -> Lines:
        line = event.start_mark.line + 1
        if not self._open:
            if self._documents < 2:
                self.root = value
                self.lines = (line, {})
            return self.lines
        data, lines, waiting = self._open[-1]
        if isinstance(data, list):
            own: Lines = (line, {})
            lines[1][len(data)] = own
            data.append(value)
            return own
        if not waiting:
            self._refuse(event, "a key must be text")
            waiting.append("")
            lines[1][""] = (line, {})
        key = waiting.pop()
        data[key] = value
        return lines[1][key]

    def _refuse(self, event: events.Event, text: str) -> None:
        self.mistakes.add(self._path, event.start_mark.line + 1, text)


def _plain(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first.isdigit() or first in "+-":
        if _WHOLE.match(text):
            return int(text)
        if _POINT.match(text):
            return Decimal(text)
    return text
