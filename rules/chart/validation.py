"""Validation of single resources against FHIR R4 with fhir.resources; the only user of it.

The models of R4B are used: for the types read here they have exactly the elements of R4. Only
records that decide something are validated, and a verdict is remembered by content.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

REMEMBERED = 4096
WARMED = ("Condition", "MedicationRequest", "Procedure", "Observation", "AllergyIntolerance")
# More faults than these of one resource tell a reader nothing new.
_MOST = 20
_WORDS = 200
_NO_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")
# What the models raise: their ValidationError is a ValueError; an unknown contained type gives a
# bare KeyError, deep nesting a RecursionError.
_RAISED = (ValueError, KeyError, RecursionError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Fault:
    """What makes a resource invalid: a FHIRPath-like *path* and a *message* without content.

    *extra* marks an element that FHIR R4 does not know: it never makes a fact unknown.
    """

    path: str
    message: str
    extra: bool = False


_seen: OrderedDict[tuple[str, bytes], tuple[Fault, ...]] = OrderedDict()
_lock = Lock()


def warm(kinds: Iterable[str] = WARMED) -> None:
    """Import the models of *kinds* now, about 0.3 s, and not in the first call."""
    for kind in kinds:
        validate(b'{"resourceType":"%s"}' % kind.encode(), kind)


def validate(raw: bytes, kind: str) -> tuple[Fault, ...]:
    """Return the faults of the resource *raw* of type *kind*; none where it is valid.

    Never raises. Only the first of several unknown elements is reported.
    """
    key = (kind, blake2b(raw, digest_size=16).digest())
    with _lock:
        if key in _seen:
            _seen.move_to_end(key)
            return _seen[key]
    faults = _validate(raw, kind)
    with _lock:
        _seen[key] = faults
        if len(_seen) > REMEMBERED:
            _seen.popitem(last=False)
    return faults


def forget() -> None:
    """Forget every verdict, to measure what a first validation costs."""
    with _lock:
        _seen.clear()


def _validate(raw: bytes, kind: str) -> tuple[Fault, ...]:
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - 0.3 s, at first need

    try:
        model = get_fhir_model_class(kind)
    except (ValueError, LookupError, ImportError):
        return (Fault(kind, "not a resource type of FHIR R4"),)
    try:
        model.model_validate(_repaired(json.loads(raw)))
    except _RAISED as error:
        return _faults(kind, error)
    return ()


def _repaired(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Read a dateTime without offset as one in UTC: only its form is judged here.

    A member that is null is absent; the models would take it for a value of a required element.
    """
    if isinstance(value, dict):
        return {name: _repaired(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_repaired(one) for one in value]
    if isinstance(value, str) and len(value) < 40 and _NO_OFFSET.fullmatch(value):
        return value + "Z"
    return value


def _faults(kind: str, error: Exception) -> tuple[Fault, ...]:
    if isinstance(error, RecursionError):
        return (Fault(kind, "nested too deeply"),)
    if isinstance(error, KeyError):
        return (Fault(kind, "a contained resource is of an unknown type"),)
    listed = getattr(error, "errors", None)
    if not callable(listed):
        return (Fault(kind, "not valid"),)
    faults: list[Fault] = []
    for one in listed(include_url=False, include_input=False, include_context=False):
        extra = one["type"] == "extra_forbidden"
        if extra and any(fault.extra for fault in faults):
            continue
        faults.append(Fault(_path(kind, one["loc"]), _message(one), extra))
    return tuple(faults[:_MOST])


def _path(kind: str, place: tuple[int | str, ...]) -> str:
    path = kind
    for step in place:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path[:_WORDS]


def _message(error: dict[str, Any]) -> str:
    """Return the model's words without the value that they may quote."""
    text = str(error["msg"])
    if error["type"] in ("value_error", "assertion_error"):
        text = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = " ".join(text.split())
    return text[:1].lower() + text[1:_WORDS]
