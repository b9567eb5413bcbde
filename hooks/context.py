"""The context of a hook: whose chart it is and which orders are drafted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.errors import BadRequest, OtherPatient, Unsupported

if TYPE_CHECKING:
    from hooks.envelope import Envelope
    from hooks.strict_json import Json

ORDER_HOOKS = frozenset(("order-select", "order-sign"))
_DRAFTS = "/context/draftOrders"
_FHIR_VERSION = "com.epic.cdshooks.request.fhir-version"


@dataclass(frozen=True, slots=True)
class Context:
    """What a hook says of its patient and orders."""

    patient_id: str
    drafts: tuple[dict[str, Json], ...] = ()  # resources as received, in order
    selections: tuple[str, ...] | None = None  # None: every draft is meant
    tolerated: tuple[str, ...] = ()


def read_context(envelope: Envelope) -> Context:
    """Read the context of *envelope*; raise BadRequest, OtherPatient or Unsupported."""
    context = envelope.context
    tolerated: list[str] = []
    patient = _patient(context, tolerated)
    for name in ("userId", "encounterId"):
        if not isinstance(context.get(name) or "", str):
            raise BadRequest(f"`{name}` must be a text", place=f"/context/{name}")
    if not context.get("userId"):
        tolerated.append("no-user-id")
    if (envelope.authorization or {}).get("patient") not in {None, "", patient}:
        raise OtherPatient(
            "the access token is for another patient", place="/fhirAuthorization/patient"
        )
    version = envelope.extension.get(_FHIR_VERSION)
    drafts: tuple[dict[str, Json], ...] = ()
    if envelope.hook in ORDER_HOOKS or context.get("draftOrders"):
        drafts = _drafts(context.get("draftOrders"), tolerated)
    if version == "DSTU2" or any(draft["resourceType"] == "MedicationOrder" for draft in drafts):
        raise Unsupported("FHIR DSTU2 is not read; send R4", place="/context")
    for index, draft in enumerate(drafts):
        if _is_of_another(draft, patient):
            raise OtherPatient(
                "a draft order is for another patient", place=f"{_DRAFTS}/entry/{index}/resource"
            )
    return Context(patient, drafts, _selections(context), tuple(tolerated))


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


def _drafts(value: Json, tolerated: list[str]) -> tuple[dict[str, Json], ...]:
    """Return the resources of the Bundle of drafts."""
    if not value:
        raise BadRequest("`draftOrders` is missing", place=_DRAFTS, reason="no-drafts")
    if not isinstance(value, dict):
        raise BadRequest("`draftOrders` must be a Bundle", place=_DRAFTS, reason="wrong-drafts")
    found = []
    for index, entry in enumerate(_entries(value, tolerated)):
        if not isinstance(entry, dict):
            raise _no_resource(index)
        resource = entry.get("resource") or (entry if "resourceType" in entry else None)
        if resource is None:
            tolerated.append("draft-entry-empty")
        elif isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
            found.append(resource)
        else:
            raise _no_resource(index)
    return tuple(found)


def _entries(bundle: dict[str, Json], tolerated: list[str]) -> list[Json]:
    """Return the entries of a Bundle; a bare or wrapped resource counts as a Bundle of one."""
    if isinstance(bundle.get("resource"), dict) and "entry" not in bundle:
        tolerated.append("draft-wrapper")
        return [bundle]
    if bundle.get("resourceType") not in {"Bundle", None}:
        tolerated.append("draft-no-bundle")
        return [{"resource": bundle}]
    entries = bundle.get("entry") or []
    if isinstance(entries, dict):
        tolerated.append("draft-entry-object")
        return [entries]
    if not isinstance(entries, list):
        raise BadRequest("`entry` must be a list", place=f"{_DRAFTS}/entry", reason="wrong-drafts")
    return entries


def _no_resource(index: int) -> BadRequest:
    return BadRequest(
        "an entry of `draftOrders` holds no resource",
        place=f"{_DRAFTS}/entry/{index}/resource",
        reason="wrong-drafts",
    )


def _is_of_another(draft: dict[str, Json], patient: str) -> bool:
    """Say whether a draft names another patient; a contained or urn: reference names none here."""
    for name in ("subject", "patient"):
        subject = draft.get(name)
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if not isinstance(reference, str):
            continue
        parts = reference.partition("/_history/")[0].split("/")
        if len(parts) >= 2 and parts[-2] == "Patient" and parts[-1] != patient:
            return True
    return False


def _selections(context: dict[str, Json]) -> tuple[str, ...] | None:
    value = context.get("selections")
    if isinstance(value, str) and value:
        value = [value]
    if not value:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest("`selections` must be a list of texts", place="/context/selections")
    return tuple(str(item) for item in value)
