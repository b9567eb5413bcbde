"""Value sets: named lists of codes that mean one clinical thing, as their files say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.code_systems import MODULES
from rules.chart.local_codes import LOCAL
from rules.chart.mistakes import choices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.code_systems import CodeSystems
    from rules.chart.knowledge_file import KnowledgeFile
    from rules.chart.local_codes import LocalCode

ICD = "icd-10-cm"
_SEMVER = re.compile(r"\d+\.\d+\.\d+\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_HEAD = ("title", "purpose", "version", "reviewed")
_SHARED = ("system", "module", "confidence", "source")
_CODE_KEYS = ("system", "code", "display", "module", "confidence", "source")


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a value set, with how well it was verified and where."""

    system: str  # the short name of its code system
    code: str
    display: str
    module: str
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A value set: ICD-10-CM branches, single codes, and other value sets that it includes."""

    id: str
    title: str
    purpose: str
    version: str
    reviewed: str
    note: str = ""
    source: str = ""
    is_a: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    include: tuple[str, ...] = ()


def local_value_set(code: LocalCode, version: str, reviewed: str) -> ValueSet:
    """Return the value set `local#x` that holds the local code `x` alone."""
    only = Code(LOCAL, code.code, code.display, "core", "local-code", "local-codes.yaml")
    return ValueSet(
        f"{LOCAL}#{code.code}", code.display, code.definition, version, reviewed, codes=(only,)
    )


def read_value_set(
    file: KnowledgeFile, systems: CodeSystems, local: Mapping[str, LocalCode]
) -> ValueSet | None:
    """Read a value set; None where it has no usable form. Mistakes are reported on the file."""
    head = ("note", "source", ICD, "each", "codes", "include")
    if not file.keys(required=_HEAD, optional=head):
        return None
    for key, form, what in (("version", _SEMVER, "1.0.0"), ("reviewed", _DAY, "2026-11-22")):
        if not form.match(file.text(key)):
            file.wrong(f"`{key}` must look like {what}", key)
    is_a: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    if file.get(ICD) is not None and file.keys(
        ICD, required=("is-a", "confidence", "source"), optional=("except",)
    ):
        is_a, excluded = _branches(file, systems, "is-a"), _branches(file, systems, "except")
        for code in excluded:
            if not code.startswith(is_a):
                file.wrong(f"`{code}` excepts nothing: no code of is-a holds it", ICD, "except")
    found = ValueSet(
        file.path.stem, file.text("title"), file.text("purpose"), file.text("version"),
        file.text("reviewed"), file.text("note"), file.text("source"), is_a, excluded,
        _codes(file, systems, local), file.texts("include"),
    )  # fmt: skip
    if not (found.is_a or found.codes or found.include):
        file.wrong("the value set is empty; give it `codes`, `include` or `icd-10-cm`")
    return found


def _branches(file: KnowledgeFile, systems: CodeSystems, key: str) -> tuple[str, ...]:
    """Read ICD-10-CM codes that stand for themselves and all below them."""
    system = systems.by_name.get(ICD)
    codes: dict[str, None] = {}
    for code in file.texts(ICD, key):
        fault = system.fault(code) if system else f"no system `{ICD}` is defined"
        normal = system.normal(code) if system else code
        if normal in codes:
            fault = f"`{code}` is given twice"
        if fault:
            file.wrong(fault, ICD, key)
        codes[normal] = None
    return tuple(codes)


def _codes(
    file: KnowledgeFile, systems: CodeSystems, local: Mapping[str, LocalCode]
) -> tuple[Code, ...]:
    seen: set[tuple[str, str]] = set()
    codes: list[Code] = []
    # What `each` says of every code need not be said again; a code may say otherwise.
    each = {key: file.text("each", key) for key in file.names("each")}
    if each:
        file.keys("each", optional=_SHARED)
    own = tuple(key for key in _CODE_KEYS if key not in each)
    for place in file.entries("codes"):
        at = ("codes", place)
        if not file.keys(*at, required=own, optional=each):
            continue
        code = Code(*(file.text(*at, key) or each.get(key, "") for key in _CODE_KEYS))
        fault = _fault(code, systems, local)
        system = systems.by_name.get(code.system)
        if system is not None:
            same = (system.name, system.normal(code.code))
            if same in seen:
                fault = f"`{code.code}` of `{code.system}` is given twice"
            seen.add(same)
        if fault:
            file.wrong(fault, *at)
        else:
            codes.append(code)
    return tuple(codes)


def _fault(code: Code, systems: CodeSystems, local: Mapping[str, LocalCode]) -> str:
    system = systems.by_name.get(code.system)
    if system is None:
        return f"unknown system `{code.system}`; {choices(systems.by_name, code.system)}"
    if not system.usable:
        return f"codes of `{code.system}` are in no value set"
    if code.module not in MODULES:
        return f"unknown module `{code.module}`; {choices(MODULES, code.module)}"
    if code.system == LOCAL and code.code not in local:
        return f"`{code.code}` is no code of local-codes.yaml; {choices(local, code.code)}"
    return system.fault(code.code)
