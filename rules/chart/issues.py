"""What a reader of the chart has to be told: data that was ignored, contradictory or unreadable."""

from __future__ import annotations

from dataclasses import dataclass

# The kinds of issue, and what each means.
KINDS = {
    "unreadable": "a resource that could not be read",
    "ignored": "a record whose status does not let it count",
    "future": "a record that lies wholly in the future",
    "contradictory": "a record that contradicts itself or its duplicate",
    "unusable-quantity": "a number without a usable unit, or out of range",
    "modifier": "a record changed by an extension that is not understood",
    "invalid": "a record that is not valid FHIR",
    "warning": "what the sender said about its own data",
    "ignored-key": "a prefetch key that was not asked for and not used",
    "dispatch": "a dispatched order that is not on record",
    "selection": "a selection that names no draft order",
    "another-patient": "data of another patient among what was fetched",
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to tell: its kind (see KINDS), words, and the record, key and value sets.

    *text* names places and codes, or repeats what a server said of its own data; it never repeats
    the content of a record.
    """

    kind: str
    text: str
    ref: str = ""
    key: str = ""
    groups: frozenset[str] = frozenset()
