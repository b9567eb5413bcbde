"""Habits of real senders, undone where their meaning is certain.

One object where FHIR wants a list, a list of one where it wants an object, null members, a number
as id. Everything else stays as sent, and fails to be typed.
"""

from __future__ import annotations

import types
import typing
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from rules.chart import resources as fhir

# Elements that are identifiers: a number in their place can only be meant as its digits.
_IDS = frozenset(("id", "versionId"))
_BY_NAME: dict[str, type[msgspec.Struct]] = {one.__name__: one for one in fhir.READ}


def repair(tree: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the resource *tree* of type *kind* with harmless habits undone.

    The argument is not changed. A type that is not read is returned as it is.
    """
    struct = _BY_NAME.get(kind)
    return tree if struct is None else _object(tree, struct)


@cache
def _shape(struct: type[msgspec.Struct]) -> dict[str, object]:
    """Map each JSON name of a structure to its type without None."""
    hints = typing.get_type_hints(struct)
    names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    return {json: _bare(hints[name]) for name, json in names}


def _bare(hint: object) -> object:
    if isinstance(hint, types.UnionType):
        kinds = [one for one in hint.__args__ if one is not types.NoneType]
        return kinds[0] if len(kinds) == 1 else None
    return hint


def _object(tree: dict[str, Any], struct: type[msgspec.Struct]) -> dict[str, Any]:
    shape = _shape(struct)
    return {
        name: _value(value, shape[name], name) if name in shape else value
        for name, value in tree.items()
    }


def _value(value: object, kind: object, name: str) -> object:
    if value is None:
        return None
    if typing.get_origin(kind) is list:
        members = value if isinstance(value, list) else [value]
        (inner,) = typing.get_args(kind)
        return [_value(one, inner, name) for one in members if one is not None]
    if kind is fhir.AnyResource and isinstance(value, dict):
        return repair(value, str(value.get("resourceType")))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return _object(value, kind) if isinstance(value, dict) else value
    if kind is str and name in _IDS and _is_number(value):
        return str(value)
    if kind is int and isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
