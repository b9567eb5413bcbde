"""Request bodies of any size: seeded, deterministic, shaped like what EHRs send.

One third of the resources carries a code of one of our value sets, which is pessimistic: a real
chart holds far fewer. Each resource has the elements that US Core servers fill (about 1 kB).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PATIENT = "bench-patient"
HITS = 3  # every third resource

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
CPT = "http://www.ama-assn.org/go/cpt"
LOCAL = "urn:intrathecal-cds:codes"
UCUM = "http://unitsofmeasure.org"

Code = tuple[str, str, str]
# type -> (codes that a value set holds, codes that none holds)
CODES: dict[str, tuple[tuple[Code, ...], tuple[Code, ...]]] = {
    "Condition": (
        (
            (ICD, "G89.4", "Chronic pain syndrome"),
            (ICD, "M96.1", "Postlaminectomy syndrome, not elsewhere classified"),
            (ICD, "M54.16", "Radiculopathy, lumbar region"),
            (ICD, "M54.50", "Low back pain, unspecified"),
            (ICD, "K59.03", "Drug induced constipation"),
            (ICD, "G47.33", "Obstructive sleep apnea (adult) (pediatric)"),
            (ICD, "N18.30", "Chronic kidney disease, stage 3 unspecified"),
        ),
        (
            (ICD, "I10", "Essential (primary) hypertension"),
            (ICD, "E78.5", "Hyperlipidemia, unspecified"),
            (ICD, "H52.4", "Presbyopia"),
            (ICD, "K21.9", "Gastro-esophageal reflux disease without esophagitis"),
            (ICD, "Z00.00", "Encounter for general adult medical examination"),
            (SNOMED, "160903007", "Full-time employment (finding)"),
        ),
    ),
    "MedicationRequest": (
        (
            (RXNORM, "1049686", "oxycodone hydrochloride 20 MG Oral Tablet"),
            (RXNORM, "310431", "gabapentin 300 MG Oral Capsule"),
            (RXNORM, "1364445", "apixaban 5 MG Oral Tablet"),
        ),
        (
            (RXNORM, "314076", "lisinopril 10 MG Oral Tablet"),
            (RXNORM, "617318", "atorvastatin 20 MG Oral Tablet"),
            (RXNORM, "861007", "metformin hydrochloride 500 MG Oral Tablet"),
        ),
    ),
    "Procedure": (
        (
            (CPT, "62323", "Injection, lumbar or sacral, with imaging guidance"),
            (CPT, "63047", "Laminectomy, lumbar"),
            (CPT, "90791", "Psychiatric diagnostic evaluation"),
        ),
        (
            (CPT, "45378", "Colonoscopy, diagnostic"),
            (CPT, "93000", "Electrocardiogram, complete"),
            (SNOMED, "430193006", "Medication reconciliation (procedure)"),
        ),
    ),
    "Observation": (
        (
            (LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating"),
            (LOINC, "777-3", "Platelets [#/volume] in Blood by Automated count"),
            (LOINC, "6301-6", "INR in Platelet poor plasma by Coagulation assay"),
        ),
        (
            (LOINC, "8867-4", "Heart rate"),
            (LOINC, "2345-7", "Glucose [Mass/volume] in Serum or Plasma"),
            (LOINC, "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"),
        ),
    ),
}
VALUES = {
    "72514-3": ("{score}", 2, 10),
    "777-3": ("10*3/uL", 120, 350),
    "6301-6": ("{INR}", 0.9, 1.3),
    "8867-4": ("/min", 55, 100),
    "2345-7": ("mg/dL", 70, 180),
    "2093-3": ("mg/dL", 120, 260),
}
# How many of ten resources are of each type.
MIX = (
    *("Condition",) * 3,
    *("MedicationRequest",) * 2,
    "Procedure",
    *("Observation",) * 4,
)
KEYS = {
    "Condition": "conditions",
    "MedicationRequest": "medicationRequests",
    "Procedure": "procedures",
    "Observation": "observations",
}


def body(resources: int, *, seed: int = 1) -> bytes:
    """Return an order-sign request whose prefetch holds so many resources."""
    random = Random(seed)
    made = [_resource(random, number) for number in range(resources)]
    prefetch: dict[str, Any] = {"patient": _patient()}
    for kind, key in KEYS.items():
        prefetch[key] = _searchset([one for one in made if one["resourceType"] == kind])
    for key in ("allergies", "devices", "careTeams", "serviceRequests"):
        prefetch[key] = _searchset([])
    request = {
        "hook": "order-sign",
        "hookInstance": "6f9c2f2e-3c0b-4a55-9a5e-5d7f0f8f6f01",
        "context": {
            "userId": "Practitioner/bench",
            "patientId": PATIENT,
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": _order()}],
            },
        },
        "prefetch": prefetch,
    }
    return json.dumps(request, separators=(",", ":")).encode()


def body_of(size: int, *, seed: int = 1) -> bytes:
    """Return the body whose length comes nearest to *size* bytes."""
    low, high = 0, max(2, size // 400)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if len(body(middle, seed=seed)) < size else (low, middle)
    return min(
        (body(max(low - 1, 0), seed=seed), body(low, seed=seed)),
        key=lambda one: abs(len(one) - size),
    )


def _resource(random: Random, number: int) -> dict[str, Any]:
    kind = MIX[number % len(MIX)]
    hits, others = CODES[kind]
    code = random.choice(hits if random.randrange(HITS) == 0 else others)
    when = NOW - timedelta(minutes=random.randrange(5, 3 * 365 * 24 * 60))
    common = {
        "resourceType": kind,
        "id": f"{kind.lower()}-{number}",
        "meta": {
            "versionId": str(random.randrange(1, 9)),
            "lastUpdated": when.isoformat(timespec="seconds"),
            "profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/us-core-{kind.lower()}"],
        },
        "subject": {"reference": f"Patient/{PATIENT}", "display": "Bench, Patient"},
        "encounter": {"reference": f"Encounter/enc-{random.randrange(10_000)}"},
    }
    made: dict[str, Any] = {**common, **_MAKERS[kind](random, code, when)}
    return made


def _condition(random: Random, code: Code, when: datetime) -> dict[str, Any]:
    status = random.choice(("active", "active", "resolved"))
    ended = {"abatementDateTime": _day(when + timedelta(days=3))} if status == "resolved" else {}
    return {
        "clinicalStatus": _concept(
            ("http://terminology.hl7.org/CodeSystem/condition-clinical", status, status.title())
        ),
        "verificationStatus": _concept(
            (
                "http://terminology.hl7.org/CodeSystem/condition-ver-status",
                "confirmed",
                "Confirmed",
            )
        ),
        "category": [
            _concept(
                (
                    "http://terminology.hl7.org/CodeSystem/condition-category",
                    "problem-list-item",
                    "Problem List Item",
                )
            )
        ],
        "code": _concept(code),
        "onsetDateTime": _day(when),
        "recordedDate": _day(when),
        "recorder": _practitioner(random),
        **ended,
    }


def _medication_request(random: Random, code: Code, when: datetime) -> dict[str, Any]:
    status = random.choice(("active", "completed", "stopped"))
    end = when + timedelta(days=random.choice((7, 30, 90)))
    period = (
        {"start": _day(when)} if status == "active" else {"start": _day(when), "end": _day(end)}
    )
    return {
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": _concept(code),
        "authoredOn": when.isoformat(timespec="seconds"),
        "requester": _practitioner(random),
        "dosageInstruction": [
            {
                "text": "Take 1 tablet by mouth every 6 hours",
                "timing": {
                    "repeat": {
                        "boundsPeriod": period,
                        "frequency": 4,
                        "period": 1,
                        "periodUnit": "d",
                    }
                },
                "route": _concept((SNOMED, "26643006", "Oral route")),
                "doseAndRate": [
                    {
                        "doseQuantity": {
                            "value": 1,
                            "unit": "tablet",
                            "system": UCUM,
                            "code": "{tbl}",
                        }
                    }
                ],
            }
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 0, "quantity": {"value": 120}},
    }


def _procedure(random: Random, code: Code, when: datetime) -> dict[str, Any]:
    return {
        "status": "completed",
        "code": _concept(code),
        "performedPeriod": {
            "start": when.isoformat(timespec="seconds"),
            "end": (when + timedelta(minutes=45)).isoformat(timespec="seconds"),
        },
        "performer": [{"actor": _practitioner(random)}],
        "location": {"reference": f"Location/loc-{random.randrange(20)}", "display": "Main"},
    }


def _observation(random: Random, code: Code, when: datetime) -> dict[str, Any]:
    unit, low, high = VALUES[code[1]]
    return {
        "status": "final",
        "category": [
            _concept(
                (
                    "http://terminology.hl7.org/CodeSystem/observation-category",
                    "laboratory",
                    "Laboratory",
                )
            )
        ],
        "code": _concept(code),
        "effectiveDateTime": when.isoformat(timespec="seconds"),
        "issued": when.isoformat(timespec="seconds"),
        "performer": [_practitioner(random)],
        "valueQuantity": {
            "value": round(random.uniform(low, high), 1),
            "unit": unit,
            "system": UCUM,
            "code": unit,
        },
    }


_MAKERS = {
    "Condition": _condition,
    "MedicationRequest": _medication_request,
    "Procedure": _procedure,
    "Observation": _observation,
}


def _patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": PATIENT,
        "name": [{"family": "Bench", "given": ["Patient"]}],
        "gender": "female",
        "birthDate": "1970-05-01",
    }


def _order() -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "code": _concept((LOCAL, "it-pump-implant", "Implantation of intrathecal pump")),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authoredOn": NOW.isoformat(),
    }


def _searchset(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [
            {
                "fullUrl": f"https://ehr.example.org/fhir/{one['resourceType']}/{one['id']}",
                "resource": one,
                "search": {"mode": "match"},
            }
            for one in resources
        ],
    }


def _concept(code: Code) -> dict[str, Any]:
    system, value, display = code
    return {"coding": [{"system": system, "code": value, "display": display}], "text": display}


def _practitioner(random: Random) -> dict[str, Any]:
    return {"reference": f"Practitioner/prac-{random.randrange(200)}", "display": "Doe, Jordan"}


def _day(when: datetime) -> str:
    return when.date().isoformat()
