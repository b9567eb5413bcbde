"""Codes of our own, for what no public code system says (`urn:intrathecal-cds:codes`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.mistakes import choices

if TYPE_CHECKING:
    from rules.chart.knowledge_file import KnowledgeFile

LOCAL = "local"
_VALUES = frozenset({"code", "boolean", "quantity", "dateTime", "concept"})
_OPTIONAL = ("value", "answers", "units", "note")


@dataclass(frozen=True, slots=True)
class LocalCode:
    """One code: what it means, which elements carry it, what value a record with it has."""

    code: str
    display: str
    definition: str
    use: tuple[str, ...]
    value: str = ""
    answers: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


def read_local_codes(file: KnowledgeFile, codes: dict[str, LocalCode]) -> None:
    """Add the codes of a `local-codes.yaml`; its mistakes are reported on the file."""
    file.keys(
        required=("title", "uri", "version", "reviewed", "source", "codes"), optional=("note",)
    )
    for name in file.names("codes"):
        at = ("codes", name)
        if not file.keys(*at, required=("display", "definition", "use"), optional=_OPTIONAL):
            continue
        value = file.text(*at, "value")
        if value and value not in _VALUES:
            file.wrong(f"unknown value `{value}`; {choices(_VALUES, value)}", *at, "value")
        codes[name] = LocalCode(
            name, file.text(*at, "display"), file.text(*at, "definition"), file.texts(*at, "use"),
            value, file.texts(*at, "answers"), file.texts(*at, "units"),
        )  # fmt: skip
    for name in file.names("codes"):
        for answer in file.texts("codes", name, "answers"):
            if answer not in codes:
                text = f"answer `{answer}` is no code of this file; {choices(codes, answer)}"
                file.wrong(text, "codes", name, "answers")
