"""Code systems: their short names, addresses and aliases, and how their codes are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.chart.check_digits import CHECKS
from rules.chart.mistakes import choices

if TYPE_CHECKING:
    from rules.chart.knowledge_file import KnowledgeFile

MODULES = frozenset({"core", "optional-snomed", "optional-cpt"})
COMPARISONS = frozenset({"exact", "undotted", "prefix"})
# How many addresses are remembered as they were sent, and up to which length.
_REMEMBERED, _LONG = 2048, 200
_OPTIONAL = ("aliases", "codes-are", "compare", "check-digit", "module", "usable", "note")


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """One code system as `systems.yaml` describes it."""

    name: str  # the short name that value sets use
    uri: str
    title: str
    aliases: tuple[str, ...] = ()
    # `exact`; `undotted`: upper case, no dots; `prefix`: undotted, and a code has its descendants
    compare: str = "exact"
    pattern: re.Pattern[str] | None = None
    check_digit: str = ""
    # Without this module none of its codes is known, so that a code of it is as good as none.
    module: str = "core"
    # A known system whose codes no value set uses (NDC): what has only such a code is uncoded.
    usable: bool = True

    def normal(self, code: str) -> str:
        """Return *code* as it is compared."""
        code = code.strip()
        return code if self.compare == "exact" else code.replace(".", "").upper()

    def fault(self, code: str) -> str:
        """Say what is wrong with a code that a file states; empty where nothing is."""
        if self.pattern is not None and not self.pattern.fullmatch(code):
            return f"`{code}` does not look like a code of {self.title}"
        check = CHECKS.get(self.check_digit)
        if check is not None and not check(code):
            return f"`{code}` has a wrong check digit: it is no code of {self.title}"
        return ""


@dataclass(slots=True)
class CodeSystems:
    """Every known code system, found by short name, address or alias."""

    by_name: dict[str, CodeSystem] = field(default_factory=dict)
    _by_uri: dict[str, CodeSystem] = field(default_factory=dict)
    _found: dict[str, CodeSystem | None] = field(default_factory=dict)  # by address as sent

    def add(self, system: CodeSystem) -> None:
        """Add a system; one of the same short name is replaced."""
        self.by_name[system.name] = system
        for uri in (system.uri, *system.aliases):
            self._by_uri[_plain(uri)] = system
        self._found.clear()

    def find(self, uri: str | None) -> CodeSystem | None:
        """Return the system of an address or alias; None where it is unknown."""
        if not uri:
            return None
        try:
            return self._found[uri]
        except KeyError:
            found = self._by_uri.get(_plain(uri))
        if len(uri) > _LONG:
            return found
        if len(self._found) >= _REMEMBERED:
            self._found.clear()
        self._found[uri] = found
        return found


def _plain(uri: str) -> str:
    """Drop what writers of one address differ in: the s of https, a last slash, `urn:oid:`."""
    return uri.strip().rstrip("/").replace("https://", "http://").removeprefix("urn:oid:")


def read_systems(file: KnowledgeFile, systems: CodeSystems) -> None:
    """Add the systems of a `systems.yaml`; its mistakes are reported on the file."""
    file.keys(required=("systems",), optional=("note",))
    for name in file.names("systems"):
        at = ("systems", name)
        if not file.keys(*at, required=("uri", "title"), optional=_OPTIONAL):
            continue
        system = CodeSystem(
            name=name,
            uri=file.text(*at, "uri"),
            title=file.text(*at, "title"),
            aliases=file.texts(*at, "aliases"),
            compare=_one_of(file, COMPARISONS, "exact", *at, "compare"),
            pattern=_pattern(file, *at, "codes-are"),
            check_digit=_one_of(file, frozenset(CHECKS), "", *at, "check-digit"),
            module=_one_of(file, MODULES, "core", *at, "module"),
            usable=file.get(*at, "usable") is not False,
        )
        for uri in (system.uri, *system.aliases):
            other = systems.find(uri)
            if other is not None and other.name != name:
                file.wrong(f"`{uri}` already belongs to system `{other.name}`", *at)
        systems.add(system)


def _one_of(file: KnowledgeFile, valid: frozenset[str], default: str, *at: str) -> str:
    found = file.text(*at) or default
    if found not in valid and found != default:
        file.wrong(f"unknown {at[-1]} `{found}`; {choices(valid, found)}", *at)
        return default
    return found


def _pattern(file: KnowledgeFile, *at: str) -> re.Pattern[str] | None:
    text = file.text(*at)
    if not text:
        return None
    try:
        return re.compile(text)
    except re.error as fault:
        file.wrong(f"`{text}` is no pattern: {fault}", *at)
        return None
