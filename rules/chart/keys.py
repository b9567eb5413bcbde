"""The nine prefetch keys: what each holds, and whether that is all there is.

Source: design.md section 4, the table of prefetch states of CDS Hooks, recording.md 1.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rules.chart import resources as fhir
from rules.chart.issues import Issue
from rules.chart.outcomes import heed, words_of
from rules.chart.reading import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.contents import Contents

# Each canonical key with the type it holds.
TYPES: dict[str, type[Any]] = {
    "patient": fhir.Patient,
    "conditions": fhir.Condition,
    "medicationRequests": fhir.MedicationRequest,
    "procedures": fhir.Procedure,
    "observations": fhir.Observation,
    "allergies": fhir.AllergyIntolerance,
    "devices": fhir.Device,
    "careTeams": fhir.CareTeam,
    "serviceRequests": fhir.ServiceRequest,
}
KEY_OF = {kind: key for key, kind in TYPES.items()}
MEDICATIONS = "medications"
NOT_SENT = "not sent"

_WHOSE = ("patient", "subject")  # parameters that only say whose resources are searched


@dataclass(frozen=True, slots=True)
class KeyState:
    """The state of a key: `complete`, `empty`, `incomplete` or `missing`, with the reason."""

    key: str
    state: str
    reason: str = ""
    source: str = "prefetch"

    @property
    def known(self) -> bool:
        """Say whether absence from this key means that nothing is recorded."""
        return self.state in ("complete", "empty")


@dataclass(slots=True)
class Shelf:
    """What was found for one canonical key: its contents, the type it holds, its state."""

    key: str
    state: KeyState
    contents: list[tuple[str, Contents]] = field(default_factory=list)  # prefetch key, contents


def read_shelves(
    prefetch: Mapping[str, bytes],
    missing: Mapping[str, str],
    sources: Mapping[str, str],
    issues: list[Issue],
) -> tuple[dict[str, Shelf], list[tuple[str, Contents]]]:
    """Decode every key. Returns a shelf per canonical key, and all contents by key as sent."""
    decoded = {name: decode(source) for name, source in prefetch.items()}
    named = {name: name if name in TYPES else _canonical(name, prefetch) for name in prefetch}
    name_of = {key: name for name, key in named.items()}
    shelves: dict[str, Shelf] = {}
    for key, kind in TYPES.items():
        source = sources.get(key, "prefetch")
        if key not in name_of:
            state = KeyState(key, "missing", missing.get(key, NOT_SENT), source)
            shelves[key] = Shelf(key, state)
            continue
        contents = decoded[name_of[key]]
        shelves[key] = Shelf(
            key, KeyState(key, *_judge(contents, kind, key, issues), source), [(key, contents)]
        )
    for name, contents in decoded.items():
        if not named[name]:
            _place_foreign(name, contents, shelves, issues)
    return shelves, [(named[name] or name, contents) for name, contents in decoded.items()]


def _canonical(name: str, prefetch: Mapping[str, bytes]) -> str:
    """Return the key that *name* certainly means: one of ours in other casing or spelling."""
    for key in TYPES:
        if _plain(name) == key.lower() and key not in prefetch:
            rivals = [other for other in prefetch if _plain(other) == key.lower()]
            return key if len(rivals) == 1 else ""
    return ""


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def _place_foreign(
    name: str, contents: Contents, shelves: dict[str, Shelf], issues: list[Issue]
) -> None:
    """Give a client's own key to the shelf of the only type that it holds."""
    kind = _only_kind(contents)
    if name != MEDICATIONS and kind is not None:
        shelf = shelves[KEY_OF[kind]]
        if kind is not fhir.Patient or not shelf.contents:
            state, reason = _judge(contents, kind, name, issues)
            if state == "complete" and (filters := _filters(contents.searched)):
                state, reason = "incomplete", f"the sender searched by {filters} only"
            shelf.state = _joined(shelf, state, reason)
            shelf.contents.append((name, contents))
            return
    if name != MEDICATIONS and fhir.Medication not in contents.kinds and not contents.null:
        issues.append(Issue("ignored-key", "a key that was not asked for; not used", key=name[:60]))


def _only_kind(contents: Contents) -> type[Any] | None:
    """Return the one type that a client's own key certainly brings, as a list or the patient."""
    kinds = contents.kinds - {fhir.Medication, fhir.OperationOutcome}
    if kinds == {fhir.Patient}:
        return fhir.Patient
    kinds.discard(fhir.Patient)
    if not contents.bundle or len(kinds) != 1:
        return None
    (kind,) = kinds
    return kind if kind in KEY_OF else None


def _filters(search: str) -> str:
    """Return the parameters of a search that leave something of a type out."""
    query = search.partition("?")[2]
    names = {part.partition("=")[0].partition(":")[0].strip() for part in query.split("&")}
    narrow = sorted(one for one in names if one and one[0] not in "_-" and one not in _WHOSE)
    return ", ".join(f"`{name[:30]}`" for name in narrow[:3])


def _joined(shelf: Shelf, state: str, reason: str) -> KeyState:
    """Join the state of a further key to what the shelf already has."""
    old = shelf.state
    if not shelf.contents and old.reason == NOT_SENT:
        return KeyState(shelf.key, state, reason, old.source)
    if old.state in ("complete", "empty") and state == "complete":
        return KeyState(shelf.key, "complete", "", old.source)
    return KeyState(shelf.key, "incomplete", old.reason or reason, old.source)


def _judge(contents: Contents, kind: type[Any], key: str, issues: list[Issue]) -> tuple[str, str]:
    """Say what state *contents* give to a key that holds *kind*, and why."""
    if contents.failure:
        return "missing", contents.failure
    if contents.null:
        return "empty", ""
    if contents.outcome is not None:
        return "missing", words_of(contents.outcome) or "the sender's query failed"
    for failure in contents.failures:
        place = f" at `{failure.place}`" if failure.place else ""
        text = f"{failure.kind or 'a resource'} could not be read{place}: {failure.reason}"
        issues.append(Issue("unreadable", text, ref=failure.place, key=key))
    left_out = ""
    if fhir.OperationOutcome in contents.kinds:
        left_out = heed([r for r in contents.resources if type(r) is fhir.OperationOutcome],
                         key, issues)  # fmt: skip
    lost = sum(_may_be(failure.kind, kind) for failure in contents.failures)
    lost += contents.empty_entries
    unread = f"{lost} of its resources could not be read" if lost else ""
    reason = left_out or contents.truncated or unread
    if kind in contents.kinds:
        return ("incomplete", reason) if reason else ("complete", "")
    if reason:
        return ("missing" if left_out else "incomplete"), reason
    return _without(contents, kind)


def _without(contents: Contents, kind: type[Any]) -> tuple[str, str]:
    """Judge contents in which nothing is of the type asked for."""
    other = contents.kinds - {fhir.OperationOutcome}
    if not other:
        return "empty", ""
    names = ", ".join(sorted(one.__name__ for one in other)[:3])
    return "missing", f"it holds {names}, not {kind.__name__}"


def _may_be(found: str, kind: type[Any]) -> bool:
    return found in ("", kind.__name__) or found == "Bundle"
