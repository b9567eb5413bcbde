from __future__ import annotations

from typing import Any

import pytest

from rules.chart.references import AnotherPatient, bare_id, tail
from tests.rules.chart.bundles import bundle, chart_of, condition, kinds, resource

UUID = "urn:uuid:7d1b6a2c-0f8a-4d2e-9d53-3f0c1f6d8a11"
KEYS = {
    "conditions": "Condition", "medicationRequests": "MedicationRequest",
    "procedures": "Procedure", "observations": "Observation", "allergies": "AllergyIntolerance",
    "devices": "Device", "careTeams": "CareTeam", "serviceRequests": "ServiceRequest",
}  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/1", "Patient/1"),
        ("https://ehr.example/fhir/r4/Patient/1", "Patient/1"),
        ("Patient/1/_history/3", "Patient/1"),
        ("https://ehr.example/Patient/1/_history/3", "Patient/1"),
        ("Patient/1/", "Patient/1"),
        ("1", "1"),
        (UUID, UUID),
        ("#p", "#p"),
    ],
)
def test_the_last_two_segments_name_a_resource(reference: str, expected: str) -> None:
    """Server and version are no part of whom a reference means."""
    assert tail(reference) == expected
    assert bare_id("Patient/1") == bare_id("1") == "1"


def _about(kind: str, reference: object) -> dict[str, Any]:
    whole = resource(kind, "x1")
    whole["patient" if "patient" in whole else "subject"] = reference
    return whole


@pytest.mark.parametrize("key", KEYS)
def test_another_patient_refuses_the_call(key: str) -> None:
    """A single resource of somebody else, under any key, ends the call; it says only where."""
    with pytest.raises(AnotherPatient) as caught:
        chart_of({key: bundle(_about(KEYS[key], {"reference": "Patient/p2"}))})
    assert (caught.value.key, caught.value.ref) == (key, f"{KEYS[key]}/x1")
    assert "p2" not in str(caught.value)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "subject",
    [
        None, {}, {"display": "A. Person"}, {"reference": "Patient/p1"}, {"reference": "p1"},
        {"reference": "https://ehr.example/fhir/Patient/p1"},
        {"reference": "Patient/p1/_history/2"}, {"identifier": {"value": "x"}},
    ],
)  # fmt: skip
def test_the_patient_in_other_words_is_accepted(key: str, subject: object) -> None:
    """A whole address, a version, a bare id, or no subject at all: it is this patient."""
    chart = chart_of({key: bundle(_about(KEYS[key], subject))})
    assert chart.keys[key].state == "complete"


@pytest.mark.parametrize("given", ["p1", "Patient/p1"])
def test_the_prefix_of_the_patient_id_is_stripped(given: str) -> None:
    """Clients send the id of the patient with its type."""
    assert chart_of({"conditions": bundle(condition())}, patient_id=given).conditions.sure


def test_ids_are_compared_exactly() -> None:
    """FHIR ids differ by case."""
    with pytest.raises(AnotherPatient):
        chart_of({"conditions": bundle(_about("Condition", {"reference": "Patient/P1"}))})


@pytest.mark.parametrize(
    "prefetch",
    [
        {"patient": resource("Patient", "p2")},
        {"patient": bundle(resource("Patient", "p2"))},
        {"conditions": bundle(condition(), resource("Patient", "p2"))},
        {"mine": resource("Patient", "p2")},
        {"mine": bundle(_about("Condition", {"reference": "Patient/p2"}), "x")},
        {"conditions": bundle(condition(), _about("Procedure", {"reference": "Patient/p2"}))},
        {
            "conditions": bundle(
                condition() | {"code": 7}, _about("Condition", {"reference": "Patient/p2"})
            )
        },
    ],
)
def test_another_patient_is_found_wherever_it_lies(prefetch: dict[str, Any]) -> None:
    """Beside what was asked for, under keys that are ignored, in the slow pass."""
    with pytest.raises(AnotherPatient):
        chart_of(prefetch)


def test_a_draft_for_another_patient_refuses_the_call() -> None:
    """Drafts are data of the call like any other."""
    draft = resource("ServiceRequest", "d1", status="draft")
    assert chart_of({}, drafts=(draft,)).orders
    draft["subject"] = {"reference": "Patient/p2"}
    with pytest.raises(AnotherPatient) as caught:
        chart_of({}, drafts=(draft,))
    assert caught.value.key == "draftOrders"


def test_urns_are_resolved_through_full_urls() -> None:
    """A urn means what the entry with that fullUrl is, in whichever key it lies."""
    about = _about("Condition", {"reference": UUID})
    for prefetch in (
        {"conditions": {"resourceType": "Bundle", "entry": [
            {"fullUrl": UUID, "resource": resource("Patient", "p1")}, {"resource": about}]}},
        {"patient": {"resourceType": "Bundle", "entry": [
            {"fullUrl": UUID, "resource": resource("Patient", "p1")}]},
         "conditions": bundle(about)},
    ):  # fmt: skip
        assert chart_of(prefetch).keys["conditions"].state == "complete"
    with pytest.raises(AnotherPatient):
        chart_of(
            {
                "conditions": {
                    "resourceType": "Bundle",
                    "entry": [
                        {"fullUrl": UUID, "resource": resource("Patient", "p2")},
                        {"resource": about},
                    ],
                }
            }
        )
    assert chart_of(
        {"conditions": bundle(about)}, patient_id=UUID.removeprefix("urn:uuid:")
    ).keys["conditions"].state == "complete"  # fmt: skip


def test_a_subject_that_nobody_can_resolve_is_a_gap() -> None:
    """Neither another patient nor certainly this one: not read, and the key is incomplete."""
    chart = chart_of({"conditions": bundle(condition(), _about("Condition", {"reference": UUID}))})
    assert len(chart.conditions.sure) == 1
    assert chart.keys["conditions"].state == "incomplete"
    assert kinds(chart) == ["unreadable"]


def test_what_is_about_a_group_is_left_out() -> None:
    """A Group or a Device as subject is no patient: left out and named, nothing is missing."""
    chart = chart_of({"conditions": bundle(_about("Condition", {"reference": "Group/g"}))})
    assert not chart.conditions.possible()
    assert chart.keys["conditions"].state == "complete"
    assert kinds(chart) == ["ignored"]


def test_another_patient_in_what_we_fetched_makes_the_key_missing() -> None:
    """Our own query went wrong: the call goes on without that key, and says so."""
    chart = chart_of(
        {"conditions": bundle(_about("Condition", {"reference": "Patient/p2"})),
         "procedures": bundle(resource("Procedure", status="completed"))},
        sources={"conditions": "fhir-server"},
    )  # fmt: skip
    assert chart.keys["conditions"].state == "missing"
    assert chart.keys["procedures"].state == "complete"
    assert kinds(chart) == ["another-patient"]
