"""The chart of one call: its patient's records, its orders, and what is not known about them."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import msgspec

from rules.chart import resources as fhir
from rules.chart.allergies import read_allergy
from rules.chart.call import Call
from rules.chart.care_teams import read_care_team
from rules.chart.conditions import read_condition
from rules.chart.contents import originals
from rules.chart.context import Context
from rules.chart.devices import read_device
from rules.chart.gathering import DRAFTS, Gathering
from rules.chart.issues import Issue
from rules.chart.keys import KeyState
from rules.chart.medications import Medication, read_medication
from rules.chart.observations import read_observation
from rules.chart.orders import Order, read_orders
from rules.chart.patient import PatientFacts, read_patient
from rules.chart.procedures import read_procedure
from rules.chart.records import Record, Records
from rules.chart.references import AnotherPatient, tail
from rules.chart.scan import hits, reference
from rules.chart.service_requests import read_service_request
from rules.chart.spans import Clock
from rules.chart.validation import Fault, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rules.chart.terminology import Terminology

__all__ = ["AnotherPatient", "Call", "Chart", "KeyState", "PatientFacts", "read_chart"]

_ENCODE = msgspec.json.Encoder(decimal_format="number")
# How many faults of one record are told.
_TOLD = 3


def read_chart(call: Call, terminology: Terminology, policy: Mapping[str, object]) -> Chart:
    """Read everything a call brought.

    Raises AnotherPatient if a resource sent with the call, or a draft, is about another patient;
    in what we fetched ourselves such a key becomes missing. Anything else that is wrong with the
    data is an issue of the chart, and makes what depends on it unknown.
    """
    return Chart(call, terminology, policy)


class Chart:
    """One patient at one moment.

    Each set of records holds what belongs to a value set (`sure`), what may (`maybe`: of doubtful
    status, or uncoded), and whether its key was complete. `keys` says so for all nine keys.
    """

    def __init__(self, call: Call, terminology: Terminology, policy: Mapping[str, object]) -> None:
        """Read *call*; `read_chart` says what is raised."""
        self.call = call
        self.terminology = terminology
        self.policy = policy
        self.clock = Clock(call.now)
        self.issues: list[Issue] = []
        self._context = Context(self.clock, terminology, self.issues)
        self._gathering = Gathering(call, self._context)
        self.keys: Mapping[str, KeyState] = self._gathering.states
        found = self._gathering.found
        self.patient = read_patient(next(iter(found["patient"]), None), self._context)
        self._context.birth = self.patient.birth
        self.conditions = self._coded("conditions", read_condition)
        self.observations = self._coded("observations", read_observation)
        self.procedures = self._coded("procedures", read_procedure)
        self.service_requests = self._coded("serviceRequests", read_service_request)
        self.allergies = self._each("allergies", read_allergy)
        self.devices = self._each("devices", read_device)
        self.care_teams = self._each("careTeams", read_care_team)
        self.medications = self._each("medicationRequests", self._medication)
        self.orders: tuple[Order, ...] = read_orders(
            call, clock=self.clock, terminology=terminology, issues=self.issues,
            resolve=self.resolve, lookup=self.lookup,
        )  # fmt: skip

    def state(self, key: str) -> KeyState:
        """Return the state of a canonical key."""
        return self.keys[key]

    # ------------------------------------------------------------------------------- records

    def _coded(self, key: str, read: Callable[..., Record | None]) -> Records:
        context = self._context
        return self._records(key, (
            read(hit.resource, reference(hit.resource, hit.place), hit.groups, hit.coded, context)
            for hit in hits(self._gathering.found[key], context.codings)
        ))  # fmt: skip

    def _each(self, key: str, read: Callable[..., Record | None]) -> Records:
        return self._records(key, (
            read(resource, reference(resource, place), self._context)
            for place, resource in enumerate(self._gathering.found[key])
        ))  # fmt: skip

    def _medication(
        self, resource: fhir.MedicationRequest, ref: str, context: Context
    ) -> Medication | None:
        return read_medication(
            resource, key="medicationRequests", ref=ref, clock=self.clock, issues=context.issues,
            terminology=self.terminology, resolve=partial(self.resolve, owner=resource),
            keep_others=False,
        )  # fmt: skip

    def _records(self, key: str, found: Iterable[Record | None]) -> Records:
        kept = [record for record in found if record is not None and record.counts is not False]
        kept.sort(key=_by_ref)
        known = self.keys[key].known
        gaps = () if known else (key,)
        if not kept:
            return Records(complete=known, gaps=gaps)
        sure = tuple(one for one in kept if one.counts and one.coded)
        maybe = tuple(one for one in kept if not (one.counts and one.coded))
        return Records(sure, maybe, complete=known, gaps=gaps)

    # ---------------------------------------------------------------------------- references

    def resolve(
        self, reference: str, owner: fhir.MedicationRequest | None = None
    ) -> fhir.Medication | None:
        """Find a Medication: contained in *owner*, then drafted, then sent with the data."""
        if reference.startswith("#"):
            contained: Any = owner.contained if owner is not None else None
            for one in contained or ():
                if isinstance(one, fhir.Medication) and one.id in (reference[1:], reference):
                    return one
            return None
        return self._medications.get(reference) or self._medications.get(tail(reference))

    @cached_property
    def _medications(self) -> dict[str, fhir.Medication]:
        return self._gathering.medications()

    def lookup(self, reference: str) -> fhir.Resource | None:
        """Find a stored MedicationRequest or ServiceRequest by `Type/id`."""
        return self._stored.get(tail(reference))

    @cached_property
    def _stored(self) -> dict[str, Any]:
        stored = self._gathering.stored.values()
        return {reference(one, 0): one for orders in stored for one in orders if one.id}

    # ---------------------------------------------------------------------------- validation

    def raw(self, record: Record) -> bytes:
        """Return the JSON of a record as it was received, b"" where it came from none."""
        return self._original(record)[0]

    def faults(self, record: Record) -> tuple[Fault, ...]:
        """Return what makes a record invalid FHIR; the first time, it is also an issue.

        Where habits of the sender were undone or another FHIR version was mapped, the result of
        that is judged. An unknown element is told once per type and never matters to a fact.
        """
        known = self._faults.get(id(record.resource))
        if known is None:
            raw, repaired = self._original(record)
            kind = type(record.resource).__name__
            known = validate(repaired or raw, kind) if raw else ()
            self._faults[id(record.resource)] = known
            self._tell_faults(record, kind, known)
        return known

    @cached_property
    def _faults(self) -> dict[int, tuple[Fault, ...]]:
        return {}

    @cached_property
    def _extras(self) -> set[str]:
        return set()

    def _tell_faults(self, record: Record, kind: str, faults: tuple[Fault, ...]) -> None:
        told = [fault for fault in faults if not fault.extra][:_TOLD]
        extra = [fault for fault in faults if fault.extra]
        if extra and kind not in self._extras:
            self._extras.add(kind)
            told += extra
        for fault in told:
            text = f"`{fault.path}`: {fault.message}"
            self.issues.append(Issue("invalid", text, record.ref, record.key, record.groups))

    def _original(self, record: Record) -> tuple[bytes, bytes]:
        if record.key == DRAFTS:
            for order in self.orders:
                if order.resource is record.resource and order.draft:
                    return _ENCODE.encode(order.draft), b""
        return self._originals.get(id(record.resource), (b"", b""))

    @cached_property
    def _originals(self) -> dict[int, tuple[bytes, bytes]]:
        """Map each resource to its bytes: one more decode of each key, into slices only."""
        return {
            id(resource): (raw, repaired)
            for _, contents in self._gathering.sent
            for resource, raw, repaired in originals(contents)
        }


def _by_ref(record: Record) -> str:
    return record.ref
