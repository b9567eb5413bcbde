"""A hook call as an EHR makes it: patient, orders and context of one moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hooks.commands.files import read_json, read_resource
from hooks.commands.terminal import stop
from hooks.ehr import ChartError, Ehr

if TYPE_CHECKING:
    from pathlib import Path

ORDER_HOOKS = ("order-select", "order-sign")
HOOKS = (
    "patient-view",
    *ORDER_HOOKS,
    "order-dispatch",
    "appointment-book",
    "encounter-discharge",
)
USER = "Practitioner/example"
ENCOUNTER = "example"
ASSUMED = "no --order: an order for a permanent intrathecal pump is assumed"


@dataclass(frozen=True, slots=True)
class HookCall:
    """What fires: the hook, its patient, the drafts and the context that goes over the wire."""

    hook: str
    patient_id: str
    drafts: tuple[dict[str, Any], ...] = ()
    context: dict[str, Any] = field(default_factory=dict)
    assumed: bool = False

    @property
    def selections(self) -> tuple[str, ...] | None:
        """The drafts that were just selected; None outside order-select."""
        chosen = self.context.get("selections")
        return None if chosen is None else tuple(chosen)


def read_chart(path: Path) -> Ehr:
    """Load the chart of one patient from a Bundle file."""
    try:
        return Ehr(read_resource(path))
    except ChartError as error:
        stop(f"`{path}`: {error}")


def hook_call(hook: str, patient_id: str, order: Path | None, context: Path | None) -> HookCall:
    """Put a call of *hook* together from the files that were named."""
    said: dict[str, Any] = {}
    if context is not None:
        said = read_json(context)
        if not isinstance(said, dict):
            stop(f"`{context}` is not a hook context: expected a JSON object")
    drafts = _drafts(read_resource(order)) if order else _sent(said)
    assumed = hook in ORDER_HOOKS and not drafts and "draftOrders" not in said
    if assumed:
        drafts = (_implant(patient_id),)
    whole = _context(hook, patient_id, drafts) | said
    return HookCall(hook, patient_id, _drafted(hook, drafts), whole, assumed)


def checked(call: HookCall, patient_id: str) -> HookCall:
    """Return *call* as the service reads its context; stop where the service would refuse it."""
    from hooks.context import read_context
    from hooks.envelope import Envelope
    from hooks.errors import HooksError, OtherPatient

    envelope = Envelope(call.hook, "", call.context, {}, False, None, None, {})
    try:
        read = read_context(envelope)
    except HooksError as error:
        status = 1 if isinstance(error, OtherPatient) else 2
        stop(f"the context is refused: {error.text} (at {error.place})", status)
    if read.patient_id != patient_id:
        stop(f"the context is about patient `{read.patient_id}`, the chart about `{patient_id}`")
    return replace(call, patient_id=read.patient_id, drafts=read.drafts, context=read.said)


def _drafted(hook: str, orders: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Return the drafts of a call: what is dispatched is stored, and no draft."""
    return () if hook == "order-dispatch" else orders


def _context(hook: str, patient_id: str, drafts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    said: dict[str, Any] = {"userId": USER, "patientId": patient_id}
    if hook == "order-select":
        named = (f"{one['resourceType']}/{one['id']}" for one in drafts if one.get("id"))
        said["selections"] = list(named)
    if hook == "order-dispatch":
        # Stored orders go by reference; the chart holds them.
        named = (f"{one['resourceType']}/{one['id']}" for one in drafts if one.get("id"))
        return {"patientId": patient_id, "dispatchedOrders": list(named), "performer": USER}
    if hook == "appointment-book":
        said["appointments"] = {"resourceType": "Bundle", "type": "collection", "entry": []}
    elif hook == "encounter-discharge":
        said["encounterId"] = ENCOUNTER
    if hook in ORDER_HOOKS or drafts:
        entry = [{"resource": one} for one in drafts]
        said["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    return said


def _drafts(resource: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the resources of a Bundle of drafts; a lone resource is one draft."""
    if resource["resourceType"] != "Bundle":
        return (resource,)
    entries = resource.get("entry") or []
    found = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    return tuple(one for one in found if isinstance(one, dict) and one.get("resourceType"))


def _sent(context: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    orders = context.get("draftOrders")
    return _drafts({"resourceType": "Bundle", **orders}) if isinstance(orders, dict) else ()


def _implant(patient_id: str) -> dict[str, Any]:
    """Return the order that a candidate for a pump is about."""
    coding = {
        "system": "urn:intrathecal-cds:codes",
        "code": "it-pump-implant",
        "display": "Implantation of intrathecal pump",
    }
    return {
        "resourceType": "ServiceRequest",
        "id": "assumed-implant",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [coding]},
        "subject": {"reference": f"Patient/{patient_id}"},
    }
