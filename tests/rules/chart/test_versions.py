from __future__ import annotations

from typing import Any

import pytest

from rules.chart.reading import typed
from rules.chart.versions import STATUS_CHANGED
from tests.rules.chart.bundles import SET, bundle, chart_of, concept, resource

REF = {"reference": "Patient/p1"}


def _text(value: Any) -> object:  # noqa: ANN401 - a concept, or a list of them
    return value[0].text if isinstance(value, list) else value.text


def test_stu3_condition() -> None:
    """STU3 statuses are codes, and the recorded date is the asserted one."""
    chart = chart_of({
        "conditions": bundle(resource(
            "Condition", "c1", code=concept("cond-a"), clinicalStatus="resolved",
            verificationStatus="confirmed", assertedDate="2026-01-05", abatementBoolean=True,
        )),
    })  # fmt: skip
    (record,) = chart.conditions.sure
    assert (record.active, record.ever) == (False, True)  # type: ignore[attr-defined]
    assert chart.clock.show(record.when) == "2026-01-05"  # type: ignore[arg-type]


def test_stu3_medication_request() -> None:
    """STU3 doses lie on the instruction itself; R4 puts them one level down."""
    dose = {"value": 5, "code": "mg"}
    request = typed(resource(
        "MedicationRequest", status="active", intent="order",
        medicationCodeableConcept={"text": "morphine"},
        dosageInstruction=[{"text": "daily", "doseQuantity": dose, "rateRatio": {}}],
        contained=[{"resourceType": "Medication", "id": "m", "ingredient": [
            {"itemCodeableConcept": {"text": "m"}, "amount": {"numerator": dose}},
        ]}],
    ))  # fmt: skip
    (instruction,) = request.dosage_instruction
    assert instruction.text == "daily"
    assert instruction.dose_and_rate[0].dose_quantity.value == 5
    assert request.contained[0].ingredient[0].strength.numerator.value == 5


def test_stu3_procedure_not_done() -> None:
    """`notDone` becomes the status it is in R4, with its reason."""
    done = typed(resource("Procedure", status="completed", notDone=False))
    assert done.status == "completed"
    left = typed(
        resource("Procedure", status="completed", notDone=True, notDoneReason={"text": "no"})
    )
    assert (left.status, _text(left.status_reason)) == ("not-done", "no")


def test_stu3_procedure_words() -> None:
    """An aborted procedure was stopped."""
    procedure = resource("Procedure", status="aborted", code=concept("proc-a"))
    (record,) = chart_of({"procedures": bundle(procedure)}).procedures.sure
    assert record.status == "stopped"  # type: ignore[attr-defined]


def test_stu3_allergy_device_and_team() -> None:
    """Statuses, dates, models and roles of STU3 find their R4 places."""
    allergy = typed(resource(
        "AllergyIntolerance", clinicalStatus="active", verificationStatus="unconfirmed",
        assertedDate="2025", code={"text": "a"},
    ))  # fmt: skip
    assert allergy.clinical_status.coding[0].code == "active"
    assert (allergy.verification_status.coding[0].code, allergy.recorded_date) == (
        "unconfirmed", "2025",
    )  # fmt: skip
    assert typed(resource("Device", model="M1")).model_number == "M1"
    team = typed(resource("CareTeam", participant=[{"role": concept("role-nurse")}]))
    assert team.participant[0].role[0].coding[0].code == "role-nurse"


def test_stu3_observation_interpretation() -> None:
    """The single interpretation of STU3 is the first of the list."""
    observation = typed(resource("Observation", interpretation=concept("POS")))
    assert observation.interpretation[0].coding[0].code == "POS"


def test_r5_medication_request() -> None:
    """R5 names the drug, the reasons and the date of a hold in other elements."""
    request = typed(resource(
        "MedicationRequest", status="on-hold", intent="order", statusChanged="2026-11-18",
        medication={"concept": {"text": "morphine"}},
        reason=[{"concept": {"text": "pain"}}, {"reference": {"reference": "Condition/1"}}],
        dosageInstruction=[{"asNeeded": True, "asNeededFor": [{"text": "pain"}]}],
    ))  # fmt: skip
    assert _text(request.medication_codeable_concept) == "morphine"
    assert _text(request.reason_code) == "pain"
    assert request.reason_reference[0].reference == "Condition/1"
    assert request.extension[0].url == STATUS_CHANGED
    assert request.extension[0].value_date_time == "2026-11-18"
    assert request.dosage_instruction[0].as_needed_boolean is True
    assert _text(request.dosage_instruction[0].as_needed_codeable_concept) == "pain"


def test_r5_medication_by_reference() -> None:
    """An R5 drug by reference is resolved like an R4 one."""
    request = typed(resource("MedicationRequest", medication={"reference": {"reference": "#m"}}))
    assert request.medication_reference.reference == "#m"


def test_r5_procedure() -> None:
    """When it happened, why, and what went wrong, in R5 words."""
    procedure = typed(resource(
        "Procedure", status="completed", occurrenceDateTime="2026-01-01",
        category=[{"text": "a", "coding": [{"code": "1"}]}, {"coding": [{"code": "2"}]}],
        reason=[{"concept": {"text": "pain"}}],
        complication=[{"concept": {"text": "bleeding"}}, {"reference": REF}],
    ))  # fmt: skip
    assert procedure.performed_date_time == "2026-01-01"
    assert [coding.code for coding in procedure.category.coding] == ["1", "2"]
    assert _text(procedure.reason_code) == "pain"
    assert _text(procedure.complication) == "bleeding"
    assert len(procedure.complication) == 2


def test_r5_orders_devices_and_allergies() -> None:
    """CodeableReferences of R5 are parted into what R4 has."""
    order = typed(resource(
        "ServiceRequest", code={"concept": {"text": "pump"}}, reason=[{"reference": REF}],
    ))  # fmt: skip
    assert _text(order.code) == "pump"
    assert order.reason_reference[0].reference == "Patient/p1"
    device = typed(resource("Device", type=[concept("it-pump")], name=[{"value": "P"}]))
    assert (device.type.coding[0].code, device.device_name[0].name) == ("it-pump", "P")
    allergy = typed(resource(
        "AllergyIntolerance", type=concept("intolerance"),
        reaction=[{"manifestation": [{"concept": {"text": "rash"}}]}],
    ))  # fmt: skip
    assert (allergy.type, _text(allergy.reaction[0].manifestation)) == ("intolerance", "rash")
    ingredient = {
        "item": {"concept": {"text": "m"}}, "strengthRatio": {"numerator": {"value": 1}},
    }  # fmt: skip
    medication = typed(
        {"resourceType": "Medication", "doseForm": {"text": "tablet"}, "ingredient": [ingredient]}
    )
    assert _text(medication.ingredient[0].item_codeable_concept) == "m"
    assert medication.ingredient[0].strength.numerator.value == 1
    assert _text(medication.form) == "tablet"
    pump = typed(resource("DeviceRequest", code={"concept": {"text": "pump"}}))
    assert _text(pump.code_codeable_concept) == "pump"


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("conditions", {"resourceType": "Condition", "patient": REF, "dateRecorded": "2020"},
         "DSTU2"),
        ("procedures", {"resourceType": "Procedure", "subject": REF, "notPerformed": False},
         "DSTU2"),
        ("allergies", {"resourceType": "AllergyIntolerance", "patient": REF, "substance": {}},
         "DSTU2"),
        ("medicationRequests", {"resourceType": "MedicationOrder", "patient": REF},
         "MedicationRequest"),
        ("serviceRequests", {"resourceType": "ProcedureRequest", "subject": REF},
         "ServiceRequest"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("bundled", [True, False])
def test_dstu2_is_refused_with_a_clear_reason(
    key: str, given: dict[str, Any], word: str, *, bundled: bool
) -> None:
    """What lacks what the rules need is not half-read: its key is missing, and says why."""
    chart = chart_of({key: bundle(given, given) if bundled else given})
    assert chart.keys[key].state == "missing"
    assert word in chart.keys[key].reason
    assert "FHIR R4" in chart.keys[key].reason


def test_r4_is_left_alone() -> None:
    """Names that R4 shares with other versions do not send an R4 resource astray."""
    request = typed(resource(
        "MedicationRequest", medicationCodeableConcept={"coding": [{"system": SET, "code": "m"}]},
        reasonCode=[{"text": "r"}], dosageInstruction=[{"asNeededBoolean": False}],
    ))  # fmt: skip
    assert request.medication_codeable_concept.coding[0].code == "m"
    assert request.dosage_instruction[0].as_needed_boolean is False
