"""From the events of a YAML parser to plain data and the line of each part of it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ruamel.yaml import events

if TYPE_CHECKING:
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


class YamlBuilder:
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
        if isinstance(event, events.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, events.MappingStartEvent):
            self._start({}, event)
        elif isinstance(event, events.SequenceStartEvent):
            self._start([], event)
        elif isinstance(event, events.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, events.AliasEvent):
            self._refuse(event, "anchors and aliases are not read; write the value out")
            self._place(None, event)
        elif isinstance(event, events.DocumentStartEvent):
            self._documents += 1
            if self._documents == 2:
                self._refuse(event, "a file holds one document; `---` begins a second")

    def _scalar(self, event: events.ScalarEvent) -> None:
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
        self._place(plain_scalar(text) if event.implicit[0] else text, event)

    def _start(
        self, data: dict[str, object] | list[object], event: events.CollectionStartEvent
    ) -> None:
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


def plain_scalar(text: str) -> object:
    """Read an unquoted scalar: null, truth, whole number, Decimal, else text."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first.isdigit() or first in "+-":
        if _WHOLE.match(text):
            return int(text)
        if _POINT.match(text):
            return Decimal(text)
    return text
