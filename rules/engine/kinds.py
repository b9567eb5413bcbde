"""What kinds of values the rule language has, for checks at load time and guards at run time.

| type | Python | CQL |
|---|---|---|
| truth | bool | Boolean |
| number | Decimal, int, Interval | Integer, Decimal, uncertainty |
| text | str | String, code |
| date | Span | DateTime, uncertainty |
| records | Records | List<resource> |
| list | tuple, list, frozenset | List |
| any | whatever it is | Any |

Every one of them may be unknown (None). Two more exist only in checks: `thing`, a computed noun
that has attributes, and `unknown`, the kind of the literal `unknown`, which fits everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, TypeAlias

from rules.chart.records import Interval, Records
from rules.chart.spans import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES = ("truth", "number", "text", "date", "records", "list", "any")
THING = "thing"
UNKNOWN = "unknown"

_CLASSES: Mapping[str, tuple[type, ...]] = {
    "truth": (bool,),
    "number": (Decimal, int, Interval),
    "text": (str,),
    "date": (Span,),
    "records": (Records,),
    "list": (tuple, list, frozenset),
}
_NOTHING: Mapping[str, Kind] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Kind:
    """A type and, for a thing, its attributes; for records and lists, those of each item."""

    type: str
    attributes: Mapping[str, Kind] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        """Refuse a type that does not exist."""
        if self.type not in (*TYPES, THING, UNKNOWN):
            msg = f"unknown type `{self.type}`; the types are {', '.join(TYPES)}"
            raise ValueError(msg)

    def fits(self, types: tuple[str, ...]) -> bool:
        """Say whether a value of this kind may stand where *types* are asked for."""
        return self.type in types or self.type in {"any", UNKNOWN} or "any" in types


ANY = Kind("any")
TRUTH = Kind("truth")
NUMBER = Kind("number")
TEXT = Kind("text")
DATE = Kind("date")
LIST = Kind("list")

Attributes: TypeAlias = "Mapping[str, str | Kind]"


def kind(type_: str | Kind, attributes: Attributes | None = None) -> Kind:
    """Make a kind; an attribute may be given by the name of its type.

    `any` with attributes is a thing: it has those attributes and no other use.
    """
    if isinstance(type_, Kind):
        return type_
    if not attributes:
        return Kind(type_)
    made = {name: kind(attribute) for name, attribute in attributes.items()}
    return Kind(THING if type_ == "any" else type_, MappingProxyType(made))


def unify(first: Kind, second: Kind) -> Kind:
    """Return the kind of a value that is of one kind or of another."""
    if first.type == UNKNOWN:
        return second
    if second.type == UNKNOWN or first == second:
        return first
    if first.type != second.type or first.type == THING:
        return ANY
    shared = {
        name: attribute
        for name, attribute in first.attributes.items()
        if second.attributes.get(name) == attribute
    }
    return Kind(first.type, MappingProxyType(shared))


def classes(types: tuple[str, ...], *, unknown: bool) -> frozenset[type] | None:
    """Return the Python classes of *types*, None for any class at all.

    With *unknown* the class of None is one of them.
    """
    if "any" in types:
        return None
    found = {cls for name in types for cls in _CLASSES[name]}
    return frozenset(found | {NoneType} if unknown else found)
