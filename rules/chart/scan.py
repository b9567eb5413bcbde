"""The tight loop over resources: whom each is about, and which belong to a value set.

Nine of ten resources of a real chart belong to none; they cost two dictionary look-ups here.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from rules.chart import resources as fhir
from rules.chart.codings import NONE
from rules.chart.references import AnotherPatient
from rules.chart.spans import EARLIEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rules.chart.codings import Codings
    from rules.chart.context import Context
    from rules.chart.references import Subjects

# The element that says whom a resource of each type is about.
_ABOUT = {
    kind: attrgetter("patient" if kind in (fhir.AllergyIntolerance, fhir.Device) else "subject")
    for kind in fhir.READ
    if kind not in (fhir.Patient, fhir.Medication, fhir.OperationOutcome)
}
_UNSEEN = object()
_ENCODE = msgspec.json.Encoder(decimal_format="number", order="deterministic")


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A resource that belongs to a value set, or whose codes nobody can read (*coded* False)."""

    place: int
    resource: Any
    groups: frozenset[str]
    coded: bool


def keep_about(
    resources: list[Any],
    kind: type[Any],
    subjects: Subjects,
    key: str,
    lost: Callable[[Any, int, str], None],
) -> list[Any]:
    """Return the resources of one *kind* that are about the patient of the call, or about nobody.

    *lost* is told of each one that cannot be read for its subject. Raises AnotherPatient.
    """
    if kind is fhir.Patient:
        return _keep_own(resources, subjects, key)
    about = _ABOUT.get(kind)
    if about is None:
        return resources
    accepted = subjects.accepted
    strangers: set[int] = set()
    for place, subject in enumerate(map(about, resources)):
        if subject is not None and subject.reference not in accepted and subject.reference:
            ref = reference(resources[place], place)
            why = subjects.check(subject.reference, key, ref)
            if why:
                strangers.add(place)
                lost(resources[place], place, why)
    if not strangers:
        return resources
    return [one for place, one in enumerate(resources) if place not in strangers]


def _keep_own(resources: list[Any], subjects: Subjects, key: str) -> list[Any]:
    for resource in resources:
        if resource.id and f"Patient/{resource.id}" != subjects.patient:
            raise AnotherPatient(key, f"Patient/{resource.id}")
    return resources


def hits(resources: Sequence[Any], codings: Codings) -> list[Hit]:
    """Return the resources whose `code` belongs to a value set, and those that are uncoded."""
    found: list[Hit] = []
    recall = codings.memo.get
    for place, resource in enumerate(resources):
        concept = resource.code
        if concept is None or not concept.coding:
            found.append(Hit(place, resource, NONE, coded=False))
            continue
        groups, coded = NONE, False
        for coding in concept.coding:
            known: Any = recall((coding.system, coding.code), _UNSEEN)
            if known is _UNSEEN:
                known = codings.find(coding)
            if known is not None:
                coded = True
                if known:
                    groups = groups | known if groups else known
        if groups or not coded:
            found.append(Hit(place, resource, groups, coded))
    return found


def reference(resource: Any, place: int) -> str:  # noqa: ANN401 - any structure of resources.py
    """Return `Type/id`, or `Type#n` with its place from 1 where it has no id."""
    name = type(resource).__name__
    return f"{name}/{resource.id}" if resource.id else f"{name}#{place + 1}"


def without_duplicates(
    resources: list[Any], context: Context, differ: Callable[[Any, int], None]
) -> list[Any]:
    """Keep one version of each id: the newest, told by lastUpdated and versionId.

    Of versions that nothing tells apart one is kept whatever their order, and *differ* is told.
    """
    ids = [resource.id for resource in resources]
    if len(set(ids)) == len(ids):
        return resources
    kept: dict[Any, Any] = {}
    for place, resource in enumerate(resources):
        name = resource.id or (place,)
        other = kept.setdefault(name, resource)
        if other is resource:
            continue
        ages: tuple[Any, Any] = _age(other, context), _age(resource, context)
        if ages[0] == ages[1]:
            ages = _ENCODE.encode(other), _ENCODE.encode(resource)
            if ages[0] != ages[1]:
                differ(resource, place)
        if ages[1] > ages[0]:
            kept[name] = resource
    return list(kept.values())


def _age(resource: Any, context: Context) -> tuple[int, int]:  # noqa: ANN401 - any structure
    meta: fhir.Meta | None = resource.meta
    if meta is None:
        return EARLIEST, 0
    updated = context.date(meta.last_updated)
    version = meta.version_id or ""
    number = int(version) if version.isdecimal() and len(version) < 20 else 0
    return updated.low if updated else EARLIEST, number
