"""The CDS Hooks JSON that we send: cards, suggestions, actions, links.

No member is ever null, empty or blank (G-02, G-03): every optional one is left out at its default,
and `pruned` does the same for the FHIR resources inside actions.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, TypeAlias

import msgspec

Indicator: TypeAlias = Literal["info", "warning", "critical"]
ActionType: TypeAlias = Literal["create", "update", "delete"]


class Wire(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """An object on the wire."""


class Coding(Wire, frozen=True):
    """A CDS Hooks Coding, which is not FHIR's: code and system are required."""

    code: str
    system: str
    display: str | None = None


class Source(Wire, frozen=True):
    """Where the guidance comes from."""

    label: str
    url: str | None = None
    icon: str | None = None
    topic: Coding | None = None


class Link(Wire, frozen=True):
    """A link that the clinician may open."""

    label: str
    url: str
    type: Literal["absolute", "smart"]
    app_context: str | None = None


class Action(Wire, frozen=True):
    """One change to a resource; all actions of a suggestion are applied together."""

    type: ActionType
    description: str
    resource: dict[str, Any] | None = None
    resource_id: str | None = None


class Suggestion(Wire, frozen=True):
    """Something the clinician may accept with one click."""

    label: str
    uuid: str
    is_recommended: bool = False
    actions: tuple[Action, ...] = ()


class Card(Wire, frozen=True):
    """One piece of guidance."""

    uuid: str
    summary: str
    indicator: Indicator
    source: Source
    detail: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: Literal["at-most-one", "any"] | None = None
    override_reasons: tuple[Coding, ...] = ()
    links: tuple[Link, ...] = ()


class Response(msgspec.Struct, omit_defaults=True, frozen=True):
    """The answer of a service; `cards` may be empty and is always there."""

    cards: tuple[Card, ...]
    extension: dict[str, Any] = msgspec.field(default_factory=dict)


# FHIR decimals keep the digits they came with.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(value: object) -> bytes:
    """Write JSON; decimals as numbers with all their digits."""
    return _ENCODER.encode(value)


def pruned(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a FHIR resource without nulls, blanks and empty members.

    One kind of null stays: those that FHIR itself puts into a list of primitives beside a list of
    their extensions (`given` and `_given`), where leaving one out would shift the others.
    """
    kept: dict[str, Any] = {}
    for name, value in resource.items():
        if isinstance(value, list):
            twin = resource.get(name[1:] if name.startswith("_") else f"_{name}")
            member = _pruned_list(value, aligned=isinstance(twin, list))
        else:
            member = _pruned_value(value)
        if member is not None:
            kept[name] = member
    return kept


def _pruned_value(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value pruned, or None where it is left out."""
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, dict):
        return pruned(value) or None
    if isinstance(value, list):
        return _pruned_list(value, aligned=False)
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return value


def _pruned_list(value: list[Any], *, aligned: bool) -> list[Any] | None:
    if aligned:
        return [pruned(one) if isinstance(one, dict) else one for one in value] or None
    items = [_pruned_value(item) for item in value]
    return [item for item in items if item is not None] or None
