"""Value sets: named lists of codes that mean one clinical thing, as their files say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.code_systems import MODULES
from rules.chart.knowledge_file import DAY, SEMVER
from rules.chart.local_codes import LOCAL
from rules.chart.mistakes import choices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.code_systems import CodeSystems
    from rules.chart.knowledge_file import KnowledgeFile
    from rules.chart.local_codes import LocalCode

ICD = "icd-10-cm"
_HEAD = ("title", "purpose", "version", "reviewed")
_SHARED = ("system", "module", "confidence", "source")
_CONTENT = ("codes", "include", ICD)
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
) -> ValueSet:
    """Read a value set; what is wrong with it is reported on the file and left out."""
    head = ("note", "source", ICD, "each", "codes", "include")
    file.keys(required=_HEAD, optional=head)
    file.like("version", "1.0.0", SEMVER)
    file.like("reviewed", "2026-11-22", DAY)
    if not any(file.get(key) for key in _CONTENT):
        file.wrong("the value set is empty; give it `codes`, `include` or `icd-10-cm`")
    is_a: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    if file.get(ICD) is not None and file.keys(
        ICD, required=("is-a", "confidence", "source"), optional=("except",)
    ):
        is_a, excluded = _branches(file, systems, "is-a"), _branches(file, systems, "except")
        for code, normal in zip(file.texts(ICD, "except"), excluded, strict=True):
            if not normal.startswith(is_a):
                file.wrong(f"`{code}` excepts nothing: no code of is-a holds it", ICD, "except")
    return ValueSet(
        file.path.stem, file.text("title"), file.text("purpose"), file.text("version"),
        file.text("reviewed"), file.text("note"), file.text("source"), is_a, excluded,
        _codes(file, systems, local), file.texts("include"),
    )  # fmt: skip


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
        values = {key: file.get(*at, key) or each.get(key) for key in _CODE_KEYS}
        if type(values["code"]) is int:
            # A code of digits alone may be written without quotes.
            values["code"] = str(values["code"])
        wrong = [key for key, value in values.items() if not isinstance(value, str)]
        for key in wrong:
            file.wrong(f"`{key}` must be text; put it in quotes", *at, key)
        if wrong:
            continue
        code = Code(**{key: str(value) for key, value in values.items()})
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
        usable = [name for name, one in systems.by_name.items() if one.usable]
        return f"unknown system `{code.system}`; {choices(usable, code.system)}"
    if not system.usable:
        return f"codes of `{code.system}` are in no value set"
    if code.module not in MODULES:
        return f"unknown module `{code.module}`; {choices(MODULES, code.module)}"
    if code.system == LOCAL and code.code not in local:
        return f"`{code.code}` is no code of local-codes.yaml; {choices(local, code.code)}"
    return system.fault(code.code)
