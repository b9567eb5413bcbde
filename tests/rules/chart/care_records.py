"""Resources about care around a pump, written as an EHR would send them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

LOCAL = "urn:intrathecal-cds:codes"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
STATUS_CHANGED = (
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.statusChanged"
)
NRS, PEG = "72514-3", "91148-7"
TODAY = date(2026, 11, 22)
Json = dict[str, Any]


def ago(days: int) -> str:
    """Return the date so many days before the call."""
    return (TODAY - timedelta(days=days)).isoformat()


def concept(system: str, code: str) -> Json:
    """Return a CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}]}


def resource(kind: str, ref: str, **more: Any) -> Json:  # noqa: ANN401 - any element
    """Return a resource about the patient of the call."""
    about = "patient" if kind == "Device" else "subject"
    return {"resourceType": kind, "id": ref, about: {"reference": "Patient/p1"}, **more}


def score(value: float, when: str, code: str = NRS, **more: Any) -> Json:  # noqa: ANN401 - any element
    """Return a score of a scale."""
    return resource(
        "Observation", f"score-{code}-{when}-{value}", status="final", code=concept(LOINC, code),
        effectiveDateTime=when, valueQuantity={"value": value, "system": UCUM, "code": "{score}"},
        **more,
    )  # fmt: skip


def procedure(code: str, when: str, system: str = LOCAL, **more: Any) -> Json:  # noqa: ANN401 - any element
    """Return a completed procedure."""
    return resource(
        "Procedure", f"done-{code}-{when}", status="completed", code=concept(system, code),
        **{"performedDateTime": when, **more},
    )  # fmt: skip


def implant(when: str) -> Json:
    """Return the implantation of a pump."""
    return procedure("it-pump-implant", when)


def condition(code: str, **more: Any) -> Json:  # noqa: ANN401 - any element
    """Return an active, confirmed condition of an ICD-10-CM code."""
    return resource("Condition", f"condition-{code}", code=concept(ICD10, code), **more)


def request(code: str, **more: Any) -> Json:  # noqa: ANN401 - any element
    """Return an active ServiceRequest of a local code."""
    return resource(
        "ServiceRequest", f"order-{code}", intent="order", code=concept(LOCAL, code),
        **{"status": "active", **more},
    )  # fmt: skip


def drug(*codes: str, route: str | None = "26643006", **more: Any) -> Json:  # noqa: ANN401 - any element
    """Return an active order of RxNorm ingredients or of one product, from 100 days ago."""
    dosage = {"route": concept(SNOMED, route)} if route else {}
    made: Json = resource(
        "MedicationRequest", "-".join(("drug", *codes)),
        **{"status": "active", "intent": "order", "authoredOn": ago(100), **more},
    )  # fmt: skip
    made.setdefault("dosageInstruction", [dosage])
    if len(codes) == 1:
        return made | {"medicationCodeableConcept": concept(RXNORM, codes[0])}
    mix = {
        "resourceType": "Medication", "id": "mix",
        "ingredient": [{"itemCodeableConcept": concept(RXNORM, code)} for code in codes],
    }  # fmt: skip
    return made | {"contained": [mix], "medicationReference": {"reference": "#mix"}}


def changed(when: str) -> list[Json]:
    """Return the extension that dates a change of status."""
    return [{"url": STATUS_CHANGED, "valueDateTime": when}]
