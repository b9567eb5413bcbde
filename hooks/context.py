"""The context of a hook: whose chart it is, and what is drafted, dispatched, booked or ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hooks.dispatch import read_dispatch
from hooks.errors import BadRequest, OtherPatient, Unsupported
from hooks.sent_bundle import SentBundle

if TYPE_CHECKING:
    from hooks.envelope import Envelope
    from hooks.strict_json import Json

ORDER_HOOKS = frozenset(("order-select", "order-sign"))
DRAFTS = SentBundle("draftOrders", "draft", "a draft order")
APPOINTMENTS = SentBundle("appointments", "appointment", "an appointment")
_FHIR_VERSION = "com.epic.cdshooks.request.fhir-version"


@dataclass(frozen=True, slots=True)
class Context:
    """What a hook says of its patient and orders."""

    patient_id: str
    drafts: tuple[dict[str, Json], ...] = ()  # resources as received, in order
    selections: tuple[str, ...] | None = None  # None: every draft is meant
    tolerated: tuple[str, ...] = ()
    # The context as sent; what a hook has under several names or shapes, under one.
    said: dict[str, Json] = field(default_factory=dict)


def read_context(envelope: Envelope) -> Context:
    """Read the context of *envelope*; raise BadRequest, OtherPatient or Unsupported."""
    context = envelope.context
    tolerated: list[str] = []
    patient = _patient(context, tolerated)
    _check_texts(envelope.hook, context, tolerated)
    if (envelope.authorization or {}).get("patient") not in {None, "", patient}:
        raise OtherPatient(
            "the access token is for another patient", place="/fhirAuthorization/patient"
        )
    version = envelope.extension.get(_FHIR_VERSION)
    drafts: tuple[dict[str, Json], ...] = ()
    if envelope.hook in ORDER_HOOKS or context.get(DRAFTS.member):
        drafts = DRAFTS.resources(context.get(DRAFTS.member), tolerated)
    if version == "DSTU2" or any(draft["resourceType"] == "MedicationOrder" for draft in drafts):
        raise Unsupported("FHIR DSTU2 is not read; send R4", place="/context")
    DRAFTS.refuse_others(drafts, patient)
    if envelope.hook == "order-dispatch":
        context = read_dispatch(context, patient, tolerated)
    elif envelope.hook == "appointment-book":
        context = _booked(context, patient, tolerated)
    return Context(patient, drafts, _selections(context), tuple(tolerated), context)


def _check_texts(hook: str, context: dict[str, Json], tolerated: list[str]) -> None:
    """Check who asks and in which encounter; order-dispatch says neither."""
    for name in ("userId", "encounterId"):
        if not isinstance(context.get(name) or "", str):
            raise BadRequest(f"`{name}` must be a text", place=f"/context/{name}")
    if hook != "order-dispatch" and not context.get("userId"):
        tolerated.append("no-user-id")
    if hook == "encounter-discharge" and not str(context.get("encounterId") or "").strip():
        raise BadRequest(
            "`encounterId` is missing", place="/context/encounterId", reason="no-encounter"
        )


def _booked(context: dict[str, Json], patient: str, tolerated: list[str]) -> dict[str, Json]:
    """Return *context* with its appointments as entries of one Bundle."""
    booked = APPOINTMENTS.resources(context.get(APPOINTMENTS.member), tolerated)
    APPOINTMENTS.refuse_others(booked, patient)
    entry: list[Json] = [{"resource": one} for one in booked]
    bundle: dict[str, Json] = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    return {**context, APPOINTMENTS.member: bundle}


def _patient(context: dict[str, Json], tolerated: list[str]) -> str:
    value = context.get("patientId")
    place = "/context/patientId"
    if value is None or value == "":
        raise BadRequest("`patientId` is missing", place=place, reason="no-patient")
    if not isinstance(value, str):
        raise BadRequest("`patientId` must be a text", place=place, reason="wrong-patient")
    bare = value.strip()
    if bare.startswith("Patient/") or "/Patient/" in bare:
        bare = bare.rpartition("Patient/")[2]
        tolerated.append("patient-prefix")
    if not bare or any(c.isspace() or not c.isprintable() or c in "/?#{}" for c in bare):
        raise BadRequest("`patientId` is not a FHIR id", place=place, reason="wrong-patient")
    return bare


def _selections(context: dict[str, Json]) -> tuple[str, ...] | None:
    value = context.get("selections")
    if isinstance(value, str) and value:
        value = [value]
    if not value:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest("`selections` must be a list of texts", place="/context/selections")
    return tuple(str(item) for item in value)
