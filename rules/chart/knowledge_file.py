"""Knowledge files: YAML read into plain data that still knows its lines.

Only what such files need is read as something else than text: `null`, `true`, `false`, whole
numbers as int and numbers with a point as Decimal. Keys are always text, so are dates, and so
are `yes`, `no`, `on` and `off`. Refused: a key given twice, tags, anchors and second documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from rules.chart.mistakes import choices
from rules.chart.yaml_builder import Lines, Step, YamlBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rules.chart.mistakes import Mistakes

__all__ = ["DAY", "SEMVER", "KnowledgeFile", "Lines", "Step", "read"]

DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
SEMVER = re.compile(r"\d+\.\d+\.\d+\Z")


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

    def keys(self, *path: Step, required: Iterable[str] = (), optional: Iterable[str] = ()) -> bool:
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

    def like(self, key: str, example: str, form: re.Pattern[str]) -> None:
        """Report a text that does not look as it should; *example* shows how."""
        found = self.get(key)
        if found is not None and not (isinstance(found, str) and form.match(found)):
            self.wrong(f"`{key}` must look like {example}", key)

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
    builder = YamlBuilder(path, mistakes)
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
    if isinstance(fault, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(fault, OSError):
        return fault.strerror or "no reason given"
    return str(fault).partition("\n")[0]
