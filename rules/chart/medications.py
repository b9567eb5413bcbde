"""From a MedicationRequest to a Medication: its exposure, and what to tell (recording.md 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.composition import read_composition
from rules.chart.doses import read_entry
from rules.chart.issues import Issue
from rules.chart.medication_order import Facts, Medication
from rules.chart.routes import NEURAXIAL, joint, mentioned, read_route
from rules.chart.segments import ENDED, GRACE_DAYS, read_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rules.chart import resources as fhir
    from rules.chart.records import Truth
    from rules.chart.routes import Route
    from rules.chart.segments import Segment
    from rules.chart.spans import Clock
    from rules.chart.terminology import Terminology

__all__ = ["Medication", "read_medication"]

DRAFTS = "draftOrders"
_ORDERS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
_TAKEN = frozenset({"active"}) | ENDED


def read_medication(  # noqa: PLR0913 - one order and all that reading it needs
    resource: fhir.MedicationRequest,
    *,
    key: str,
    ref: str,
    resolve: Callable[[str], fhir.Medication | None],
    clock: Clock,
    terminology: Terminology,
    issues: list[Issue],
    keep_others: bool = True,
) -> Medication | None:
    """Read one MedicationRequest.

    *resolve* finds a Medication that is not contained. A draft (of key `draftOrders`) is no
    history whatever its status, and is not reported for it. Without *keep_others* an order that
    certainly belongs to no value set gives None, unless it is neuraxial. What has to be told is
    added to *issues*.
    """
    dosages = resource.dosage_instruction or ()
    composition = read_composition(resource, resolve, terminology)
    if not keep_others and composition.coded:
        known = composition.ingredients or composition.groups or composition.possible
        if not known and not _spinal(dosages, terminology):
            return None
    routes = [read_route(dosage, composition.names, terminology) for dosage in dosages]
    if not routes:
        route = read_route(None, composition.names, terminology)
    else:
        route = routes[0] if len(routes) == 1 else joint(routes)
    entries = tuple(
        read_entry(dosage, one.name) for dosage, one in zip(dosages, routes, strict=True)
    )
    single = bool(entries) and all(entry.once for entry in entries)
    segment = read_segment(resource, clock, single=single)
    exposure, reason = (False, "") if key == DRAFTS else _exposure(resource, segment, clock)
    facts = Facts(
        composition, entries, route, segment, exposure, _on_board(resource, segment, clock)
    )
    medication = Medication(resource, facts, key=key, ref=ref, terminology=terminology, clock=clock)
    issues += _tell(medication, reason, dosages, routes)
    return medication


def _spinal(dosages: Sequence[fhir.Dosage], terminology: Terminology) -> bool:
    return any(read_route(dosage, (), terminology).name in NEURAXIAL for dosage in dosages)


def _exposure(
    resource: fhir.MedicationRequest, segment: Segment, clock: Clock
) -> tuple[Truth, str]:
    """Say whether an order is exposure to its drug, and why not (recording.md 1.3, 10.4)."""
    if resource.do_not_perform:
        return False, "`doNotPerform` is true"
    if resource.intent is not None and resource.intent not in _ORDERS:
        return False, f"intent `{resource.intent}`"
    if resource.status is not None and resource.status not in _TAKEN:
        return False, f"status `{resource.status}`"
    if segment.start is not None and clock.future(segment.start):
        return False, "future"
    if resource.intent is None or resource.status is None or resource.modifier_extension:
        return None, ""
    if resource.status == "on-hold" and segment.held_from is None:
        return None, ""
    return True, ""


def _on_board(resource: fhir.MedicationRequest, segment: Segment, clock: Clock) -> Truth:
    """Say whether the drug is taken now (recording.md 3.3)."""
    if (
        resource.status != "active"
        or resource.do_not_perform
        or (resource.intent is not None and resource.intent not in _ORDERS)
        or (segment.start is not None and clock.future(segment.start))
    ):
        return False
    if resource.modifier_extension or resource.intent is None:
        return None
    if segment.end is None:
        return True
    return True if clock.days_ago(segment.end)[1] <= GRACE_DAYS else None


def _tell(
    medication: Medication, ignored: str, dosages: Sequence[fhir.Dosage],
    routes: Sequence[Route],
) -> list[Issue]:  # fmt: skip
    """Return what DAT-01 has to say about one order."""
    told: list[tuple[str, str]] = []
    composition = medication.composition
    if composition.fault:
        told.append(("contradictory", composition.fault))
    groups = medication.groups | medication.possible_groups
    if not groups and not medication.neuraxial:
        return [_issue(medication, *one) for one in told]
    if ignored == "future":
        told.append(("future", "it starts after today"))
    elif ignored:
        told.append(("ignored", f"{ignored} is no exposure"))
    told += [
        ("unusable-quantity", f"its dose cannot be used: {entry.why}")
        for entry in medication.entries
        if entry.fault
    ]
    for dosage, route in zip(dosages, routes, strict=True):
        said = mentioned(dosage)
        if said is not None and route.name not in NEURAXIAL:
            told.append(("contradictory", f"its text says {said}, its route code {route.name}"))
    return [_issue(medication, *one) for one in dict.fromkeys(told)]


def _issue(medication: Medication, kind: str, text: str) -> Issue:
    groups = medication.groups | medication.possible_groups
    return Issue(kind, text, ref=medication.ref, key=medication.key, groups=groups)
