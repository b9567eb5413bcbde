"""What a site switched off or silenced: `switches.yaml` of its knowledge folder.

    off:
      - rule: ELG-08
        reason: the pain clinic classifies pain itself
        date: 2026-11-22
    silent:
      - {rule: CMP-04, reason: on trial until May, date: 2026-11-22}

A rule that is off is not evaluated; one that is silent is evaluated and recorded, and its card is
not shown. Every entry says why and since when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rules.chart import knowledge_file
from rules.chart.mistakes import choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rules.chart.knowledge_file import KnowledgeFile
    from rules.chart.mistakes import Mistakes
    from rules.engine.model import Rule

SWITCHES = "switches.yaml"
OFF, SILENT = "off", "silent"
MODES = (OFF, SILENT)
_SAID = {OFF: "switched off", SILENT: "silent"}
_ENTRY = ("rule", "reason", "date")


@dataclass(frozen=True, slots=True)
class Switch:
    """One rule that is off or silent: *mode* is `off` or `silent`, *since* a day."""

    rule: str
    mode: str
    reason: str
    since: str

    def said(self) -> str:
        """Say it as results and commands do: `switched off: the reason`."""
        return f"{_SAID[self.mode]}: {self.reason}"


def read_switches(
    roots: Iterable[Path], rules: Mapping[str, Rule], mistakes: Mistakes
) -> dict[str, Switch]:
    """Read the switches of all *roots* by rule id; a later root outranks an earlier one."""
    switches: dict[str, Switch] = {}
    for root in roots:
        path = root / SWITCHES
        file = knowledge_file.read(path, mistakes) if path.is_file() else None
        if file is not None and file.keys(optional=MODES):
            switches |= _read(file, rules)
    return dict(sorted(switches.items()))


def _read(file: KnowledgeFile, rules: Mapping[str, Rule]) -> dict[str, Switch]:
    found: dict[str, Switch] = {}
    for mode in MODES:
        for place in file.entries(mode):
            at = (mode, place)
            if not file.keys(*at, required=_ENTRY):
                continue
            name, reason, since = (file.text(*at, key) for key in _ENTRY)
            if name not in rules:
                file.wrong(f"unknown rule `{name}`; {choices(rules, name)}", *at, "rule")
            elif rules[name].gaps:
                text = f"`{name}` says what could not be checked; it is always on"
                file.wrong(text, *at, "rule")
            elif name in found:
                file.wrong(f"rule `{name}` is switched twice", *at, "rule")
            else:
                found[name] = Switch(name, mode, reason, since)
            if not reason.strip():
                file.wrong("`reason` must say why", *at, "reason")
            if not _is_day(since):
                file.wrong("`date` must look like 2026-11-22", *at, "date")
    return found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
