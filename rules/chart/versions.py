"""Resources of other FHIR versions, mapped to R4 or refused, before they are typed.

STU3 and R5 say the same with other element names; DSTU2 is refused, because its requests lack what
the rules need (intent, verified subjects). Works on plain JSON, in the slow pass only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Tree: TypeAlias = dict[str, Any]

STATUS_CHANGED = (
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.statusChanged"
)
# Types that DSTU2 (and STU3) used for what a key of ours asks in R4.
PREDECESSORS = {
    "MedicationOrder": ("DSTU2", "MedicationRequest"),
    "MedicationPrescription": ("DSTU1", "MedicationRequest"),
    "ProcedureRequest": ("STU3", "ServiceRequest"),
    "ReferralRequest": ("STU3", "ServiceRequest"),
    "DiagnosticOrder": ("DSTU2", "ServiceRequest"),
    "DeviceUseRequest": ("DSTU2", "DeviceRequest"),
}
_DSTU2 = {
    "Condition": ("patient", "dateRecorded"),
    "Procedure": ("notPerformed", "reasonNotPerformed", "reasonCodeableConcept"),
    "AllergyIntolerance": ("substance", "lastOccurence"),
    "Medication": ("product",),
}


class Refused(ValueError):  # noqa: N818 - named for what was found
    """A resource of a FHIR version that is not read."""


def to_r4(tree: Tree) -> Tree:
    """Return the resource with R4 element names.

    The argument is not changed. Raises Refused for DSTU2 and for types that R4 replaced.
    """
    kind = tree.get("resourceType")
    if not isinstance(kind, str):
        return tree
    if kind in PREDECESSORS:
        version, now = PREDECESSORS[kind]
        raise Refused(f"`{kind}` is of FHIR {version}; send `{now}` of FHIR R4")
    if any(name in tree for name in _DSTU2.get(kind, ())):
        raise Refused(f"this `{kind}` is of FHIR DSTU2; send FHIR R4")
    change = _CHANGES.get(kind)
    if change is None:
        return tree
    copy = dict(tree)
    change(copy)
    return copy


def _rename(tree: Tree, old: str, new: str) -> None:
    if old in tree:
        value = tree.pop(old)
        tree.setdefault(new, value)


def _each(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _code_as_concept(tree: Tree, *names: str) -> None:
    for name in names:
        if isinstance(tree.get(name), str):
            tree[name] = {"coding": [{"code": tree[name]}]}


def _split(tree: Tree, name: str, concept: str, reference: str, *, many: bool) -> None:
    """Part an R5 CodeableReference into the two R4 elements."""
    parts = [part for part in _each(tree.pop(name, None)) if isinstance(part, dict)]
    for inner, target in (("concept", concept), ("reference", reference)):
        found = [part[inner] for part in parts if isinstance(part.get(inner), dict)]
        if found and target not in tree:
            tree[target] = found if many else found[0]


def _concepts(tree: Tree, name: str) -> None:
    """Take the concept out of each R5 CodeableReference."""
    if name in tree:
        tree[name] = [
            part["concept"] if isinstance(part, dict) and isinstance(part.get("concept"), dict)
            else {} if isinstance(part, dict) and "reference" in part
            else part
            for part in _each(tree[name])
        ]  # fmt: skip


def _joined(tree: Tree, name: str) -> None:
    """Join several concepts where R4 has one."""
    if isinstance(tree.get(name), list):
        concepts = [one for one in tree[name] if isinstance(one, dict)]
        texts = [one["text"] for one in concepts if isinstance(one.get("text"), str)]
        tree[name] = {"coding": [c for one in concepts for c in _each(one.get("coding"))]}
        if texts:
            tree[name]["text"] = texts[0]


def _condition(tree: Tree) -> None:
    _code_as_concept(tree, "clinicalStatus", "verificationStatus")
    _rename(tree, "assertedDate", "recordedDate")
    if tree.pop("abatementBoolean", None) is True:
        tree.setdefault("abatementString", "true")


def _medication_request(tree: Tree) -> None:
    if "medication" in tree:
        _split(
            tree, "medication", "medicationCodeableConcept", "medicationReference", many=False
        )  # fmt: skip
    if "reason" in tree:
        _split(tree, "reason", "reasonCode", "reasonReference", many=True)
    changed = tree.pop("statusChanged", None)
    if changed is not None:
        extension = {"url": STATUS_CHANGED, "valueDateTime": changed}
        tree["extension"] = [*_each(tree.get("extension")), extension]
    for name in ("dosageInstruction", "contained"):
        if name in tree:
            shape = _dosage if name == "dosageInstruction" else to_r4
            tree[name] = [shape(x) if isinstance(x, dict) else x for x in _each(tree[name])]


def _dosage(dosage: Tree) -> Tree:
    tree = dict(dosage)
    flat = ("doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio")
    amounts = {name: tree.pop(name) for name in flat if name in tree}
    if amounts and "doseAndRate" not in tree:
        tree["doseAndRate"] = [amounts]
    _rename(tree, "asNeeded", "asNeededBoolean")
    reasons = [r for r in _each(tree.pop("asNeededFor", None)) if isinstance(r, dict)]
    if reasons:
        tree.setdefault("asNeededCodeableConcept", reasons[0])
    return tree


def _procedure(tree: Tree) -> None:
    for name in ("DateTime", "Period", "String", "Age", "Range"):
        _rename(tree, f"occurrence{name}", f"performed{name}")
    tree.pop("occurrenceTiming", None)
    if "reason" in tree:
        _split(tree, "reason", "reasonCode", "reasonReference", many=True)
    _concepts(tree, "complication")
    _joined(tree, "category")
    if tree.pop("notDone", None) is True:
        tree["status"] = "not-done"
    _rename(tree, "notDoneReason", "statusReason")


def _allergy(tree: Tree) -> None:
    _code_as_concept(tree, "clinicalStatus", "verificationStatus")
    _rename(tree, "assertedDate", "recordedDate")
    if isinstance(tree.get("type"), dict):
        codes = [c.get("code") for c in _each(tree["type"].get("coding")) if isinstance(c, dict)]
        tree["type"] = codes[0] if codes else None
    if "reaction" in tree:
        reactions = [dict(r) if isinstance(r, dict) else r for r in _each(tree["reaction"])]
        for reaction in reactions:
            if isinstance(reaction, dict):
                _concepts(reaction, "manifestation")
        tree["reaction"] = reactions


def _device(tree: Tree) -> None:
    _joined(tree, "type")
    _rename(tree, "model", "modelNumber")
    if "name" in tree:
        names = [n for n in _each(tree.pop("name")) if isinstance(n, dict)]
        tree.setdefault("deviceName", [{"name": n.get("value")} for n in names])


def _service_request(tree: Tree) -> None:
    code = tree.get("code")
    if isinstance(code, dict) and ("concept" in code or "reference" in code):
        tree["code"] = code.get("concept")
    if "reason" in tree:
        _split(tree, "reason", "reasonCode", "reasonReference", many=True)


def _device_request(tree: Tree) -> None:
    if "code" in tree:
        _split(tree, "code", "codeCodeableConcept", "codeReference", many=False)
    if "reason" in tree:
        _split(tree, "reason", "reasonCode", "reasonReference", many=True)


def _medication(tree: Tree) -> None:
    _rename(tree, "doseForm", "form")
    if "ingredient" in tree:
        tree["ingredient"] = [
            _ingredient(x) if isinstance(x, dict) else x for x in _each(tree["ingredient"])
        ]


def _ingredient(ingredient: Tree) -> Tree:
    tree = dict(ingredient)
    if "item" in tree:
        _split(tree, "item", "itemCodeableConcept", "itemReference", many=False)
    _rename(tree, "strengthRatio", "strength")
    _rename(tree, "amount", "strength")
    tree.pop("strengthQuantity", None)
    tree.pop("strengthCodeableConcept", None)
    return tree


_CHANGES: dict[str, Callable[[Tree], None]] = {
    "AllergyIntolerance": _allergy,
    "Condition": _condition,
    "Device": _device,
    "DeviceRequest": _device_request,
    "Medication": _medication,
    "MedicationRequest": _medication_request,
    "Procedure": _procedure,
    "ServiceRequest": _service_request,
}
