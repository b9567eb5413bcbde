"""What a medication is made of: its ingredients, and how sure that is (recording.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.chart import resources as fhir
from rules.chart.drug_codes import EMPTY, Coded, Part, read_codes, strengthened

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.chart.terminology import Terminology

_LONG = 1000  # characters of one concept that is still remembered


@dataclass(frozen=True, slots=True)
class Composition:
    """The ingredients of one medication.

    `ingredients` are RxNorm IN of our tables, empty for a certain non-member, None where they are
    not known; `possible` are those that only a text names; `groups` are the value sets it surely
    belongs to. `authored` says that the parts are in an author's order (Medication.ingredient),
    not in that of a product name. `fault` says why codings contradict each other.
    """

    parts: tuple[Part, ...] = ()
    ingredients: frozenset[str] | None = None
    possible: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    possible_groups: frozenset[str] = frozenset()
    coded: bool = False
    codes: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    text: str = ""
    authored: bool = False
    fault: str = ""


def read_composition(
    request: fhir.MedicationRequest,
    resolve: Callable[[str], fhir.Medication | None],
    terminology: Terminology,
) -> Composition:
    """Read the composition of an order; a reference that leads nowhere is an uncoded medication."""
    if request.medication_codeable_concept is not None:
        return _of_concept(request.medication_codeable_concept, terminology)
    reference = request.medication_reference
    if reference is None:
        return Composition()
    medication = _find(request, reference.reference, resolve)
    if medication is None:
        possible = terminology.named_in(reference.display) if reference.display else frozenset()
        return Composition(
            possible=possible,
            possible_groups=_groups(possible, terminology),
            text=reference.display or "",
        )
    return _of_medication(medication, resolve, terminology)


def _find(
    request: fhir.MedicationRequest,
    reference: str | None,
    resolve: Callable[[str], fhir.Medication | None],
) -> fhir.Medication | None:
    if not reference:
        return None
    if not reference.startswith("#"):
        return resolve(reference)
    contained: list[object] = request.contained or []
    for one in contained:
        # A contained resource has a bare id; some senders keep the hash in it.
        if isinstance(one, fhir.Medication) and (one.id or "").lstrip("#") == reference[1:]:
            return one
    return None


def _of_concept(concept: fhir.Concept | None, terminology: Terminology) -> Composition:
    """Read one CodeableConcept."""
    if concept is None:
        return _of_codings(terminology, (), None)
    codings = tuple([(c.system, c.code, c.display) for c in concept.coding or ()])
    read = _of_codings if _is_short(codings, concept.text) else _of_codings.__wrapped__
    return read(terminology, codings, concept.text)


def _coded(
    terminology: Terminology, codings: tuple[tuple[str | None, str, str | None], ...]
) -> Coded:
    read = read_codes if _is_short(codings) else read_codes.__wrapped__
    return read(terminology, codings)


def _is_short(codings: tuple[tuple[str | None, ...], ...], text: str | None = None) -> bool:
    """Say whether a concept is worth remembering: no sender can fill the memory with it."""
    return sum([len(part) for one in codings for part in one if part], len(text or "")) <= _LONG


@lru_cache(maxsize=8192)
def _of_codings(
    terminology: Terminology, codings: tuple[tuple[str | None, ...], ...], said: str | None
) -> Composition:
    """Read the codings (system, code, display) and the text of one concept, each only once."""
    coded = (
        _coded(terminology, tuple([(s, code, name) for s, code, name in codings if code]))
        if codings
        else EMPTY
    )
    displays = [name for _, _, name in codings if name]
    text = (displays[0] if displays else None) or said or ""
    if coded.state in {"member", "other"}:
        return _known(coded, text or coded.label)
    texts = [*displays, said] if said else displays
    possible = coded.possible.union(*(terminology.named_in(t) for t in texts))
    if coded.state == "unlisted" and texts and not possible:
        return replace(_known(coded, text), ingredients=frozenset(), parts=_stranger(coded, text))
    return Composition(
        possible=possible, groups=coded.groups, possible_groups=_groups(possible, terminology),
        coded=coded.state == "unlisted" and bool(possible), codes=coded.codes, names=coded.names,
        text=text, fault=coded.fault, parts=_stranger(coded, text),
    )  # fmt: skip


def _known(coded: Coded, text: str) -> Composition:
    parts = coded.parts or _stranger(coded, text)
    return Composition(
        parts=parts,
        ingredients=frozenset(part.rxcui for part in parts if part.member),
        groups=coded.groups,
        coded=True,
        codes=coded.codes,
        names=coded.names,
        text=text,
    )


def _stranger(coded: Coded, text: str) -> tuple[Part, ...]:
    return (Part(rxcui=coded.first, name=text or coded.first or "unknown", member=False),)


def _of_medication(
    medication: fhir.Medication,
    resolve: Callable[[str], fhir.Medication | None],
    terminology: Terminology,
) -> Composition:
    """Read a Medication: its active ingredients; its code where it lists none."""
    whole = _of_concept(medication.code, terminology)
    read: list[Composition] = []
    listed = False
    for ingredient in medication.ingredient or ():
        if ingredient.is_active is False:
            continue
        concept = ingredient.item_codeable_concept
        if concept is None and ingredient.item_reference is not None:
            item = ingredient.item_reference.reference
            found = resolve(item) if item and not item.startswith("#") else None
            concept = found.code if found is not None else None
        listed = listed or ingredient.item_codeable_concept is not None
        one = _of_concept(concept, terminology)
        if ingredient.strength is not None:
            one = replace(one, parts=strengthened(one.parts, ingredient.strength))
        read.append(one)
    return _joined(read, whole) if listed else whole


def _joined(parts: list[Composition], whole: Composition) -> Composition:
    sets = [one.ingredients for one in parts]
    known = [one for one in sets if one is not None]
    sure: frozenset[str] = frozenset().union(*known)
    groups = frozenset().union(*(one.groups for one in parts))
    complete = len(known) == len(sets)
    possible = frozenset().union(*(one.possible for one in parts))
    return Composition(
        parts=tuple(part for one in parts for part in one.parts),
        ingredients=sure if complete else None,
        possible=possible if complete else possible | sure,
        # The code of the whole says what kind of supply it is, not what is in it.
        groups=groups if whole.ingredients else groups | whole.groups,
        possible_groups=frozenset().union(*(one.possible_groups for one in parts)),
        coded=all(one.coded for one in parts),
        codes=whole.codes.union(*(one.codes for one in parts)),
        names=tuple(dict.fromkeys((*whole.names, *(n for one in parts for n in one.names)))),
        text=whole.text or " + ".join(one.text for one in parts if one.text),
        authored=True,
        fault=next((one.fault for one in parts if one.fault), ""),
    )


def _groups(ingredients: frozenset[str], terminology: Terminology) -> frozenset[str]:
    return frozenset().union(*(terminology.ingredient_groups(one) for one in ingredients))
