"""The small EHR that fills prefetch templates."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.ehr import PARAMETERS, ChartError, Ehr, UnknownQuery, fill, substitute

LOINC = "http://loinc.org"


def bundle(*resources: dict[str, Any], **full_urls: str) -> dict[str, Any]:
    """Wrap *resources*; *full_urls* are by resource id."""
    entries = [
        {"resource": one} | ({"fullUrl": url} if (url := full_urls.get(one.get("id", ""))) else {})
        for one in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def patient(identity: str = "p1") -> dict[str, Any]:
    """Make a Patient."""
    return {"resourceType": "Patient", "id": identity}


def observation(
    identity: str, *codings: tuple[str, str], subject: str = "Patient/p1"
) -> dict[str, Any]:
    """Make an Observation with *codings* of (system, code)."""
    return {
        "resourceType": "Observation",
        "id": identity,
        "code": {"coding": [{"system": system, "code": code} for system, code in codings]},
        "subject": {"reference": subject},
    }


def ids(searchset: dict[str, Any]) -> list[str]:
    """Return the ids in a searchset."""
    return [entry["resource"]["id"] for entry in searchset["entry"]]


def test_read_gives_the_resource_or_nothing() -> None:
    """A read is the resource itself, or null where there is none."""
    ehr = Ehr(bundle(patient()))

    assert ehr.get("Patient/p1") == patient()
    assert ehr.get("Patient/p2") is None


def test_search_gives_a_searchset() -> None:
    """A search is a complete searchset, empty where nothing matches."""
    found = Ehr(bundle(patient(), observation("o1", (LOINC, "1")))).get("Observation?patient=p1")

    assert (found["type"], found["total"], ids(found)) == ("searchset", 1, ["o1"])
    assert "link" not in found
    assert Ehr(bundle(patient())).get("Condition?patient=p1")["entry"] == []


def test_search_is_about_one_patient() -> None:
    """Whatever belongs to someone else is not found."""
    chart = bundle(
        patient(),
        observation("mine", (LOINC, "1"), subject="https://ehr.example.org/fhir/Patient/p1"),
        observation("theirs", (LOINC, "1"), subject="Patient/p2"),
        observation("versioned", (LOINC, "1"), subject="Patient/p1/_history/3"),
    )

    assert ids(Ehr(chart).get("Observation?patient=p1")) == ["mine", "versioned"]
    assert ids(Ehr(chart).get("Observation?patient=Patient/p1")) == ["mine", "versioned"]


def test_a_resource_without_subject_belongs_to_the_chart() -> None:
    """In a chart of one patient nothing is lost for want of a subject."""
    lone = {"resourceType": "Condition", "id": "c1", "code": {"text": "pain"}}

    assert ids(Ehr(bundle(patient(), lone)).get("Condition?patient=p1")) == ["c1"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("1", ["a", "b"]),
        ("http://loinc.org|1", ["a"]),
        ("http://loinc.org%7C1", ["a"]),
        ("2,3", ["b", "c"]),
        ("http://loinc.org|2", []),
        ("9", []),
    ],
)
def test_search_by_code(code: str, found: list[str]) -> None:
    """A token matches a code of any system, or of the one it names; a comma means or."""
    chart = bundle(
        patient(),
        observation("a", (LOINC, "1")),
        observation("b", ("urn:x", "1"), ("urn:x", "2")),
        observation("c", ("urn:x", "3")),
        {**observation("d"), "code": {"text": "1"}},
    )

    assert ids(Ehr(chart).get(f"Observation?patient=p1&code={code}")) == found


@pytest.mark.parametrize("name", ["category", "_include", "_sort", "code:in", "date", "status"])
def test_unknown_parameters_are_refused(name: str) -> None:
    """A parameter that this EHR does not understand is refused, with those that it does."""
    with pytest.raises(UnknownQuery, match=f"unknown search parameter `{name}`.*`patient`, `code`"):
        Ehr(bundle(patient())).get(f"Observation?patient=p1&{name}=x")


def test_unknown_types_are_refused() -> None:
    """A type that no template of ours asks for is refused."""
    with pytest.raises(UnknownQuery, match="cannot search `Encounter`"):
        Ehr(bundle(patient())).get("Encounter?patient=p1")


def test_references_of_a_transaction_are_rewritten() -> None:
    """`urn:uuid:` references become `Type/id`, as on a server that took the transaction in."""
    url = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    chart = bundle(patient(), observation("o1", (LOINC, "1"), subject=url), p1=url)
    found = Ehr(chart).get("Observation?patient=p1")

    assert found["entry"][0]["resource"]["subject"] == {"reference": "Patient/p1"}


def test_a_resource_without_id_gets_that_of_its_address() -> None:
    """A transaction may leave ids to the server."""
    chart = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:p", "resource": {"resourceType": "Patient"}},
            {
                "fullUrl": "urn:uuid:c",
                "resource": {"resourceType": "Condition", "subject": {"reference": "urn:uuid:p"}},
            },
        ],
    }

    assert Ehr(chart).patient_id == "p"
    assert ids(Ehr(chart).get("Condition?patient=p")) == ["c"]


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        ([], "expected a FHIR Bundle"),
        ({"resourceType": "Condition"}, "expected a FHIR Bundle"),
        (bundle(), "expected one Patient in the bundle, found 0"),
        (bundle(patient("a"), patient("b")), "expected one Patient in the bundle, found 2"),
        (bundle({"resourceType": "Patient"}), "has no id"),
    ],
)
def test_what_is_no_chart_is_refused(chart: object, words: str) -> None:
    """A file that is not the chart of one patient is refused, and why."""
    with pytest.raises(ChartError, match=words):
        Ehr(chart)


def test_a_lone_patient_is_a_chart() -> None:
    """Somebody of whom nothing is recorded."""
    assert Ehr(patient()).get("Condition?patient=p1")["total"] == 0


def test_fill_answers_every_template() -> None:
    """Prefetch holds a value per template: a resource, null, or a searchset."""
    templates = {
        "patient": "Patient/{{context.patientId}}",
        "other": "Patient/{{ context.encounterId }}",
        "conditions": "Condition?patient={{context.patientId}}",
    }
    filled = fill(templates, bundle(patient()), {"patientId": "p1", "encounterId": "e1"})

    assert filled["patient"] == patient()
    assert filled["other"] is None
    assert filled["conditions"]["total"] == 0


def test_a_template_without_value_is_left_out() -> None:
    """A token that has no value leaves its key out, as the public sandbox does."""
    assert fill({"visit": "Patient/{{context.encounterId}}"}, bundle(patient()), {}) == {}


def test_unknown_tokens_are_refused() -> None:
    """A token that is not of the context is refused."""
    with pytest.raises(UnknownQuery, match="unknown token"):
        substitute("Patient/{{userPatientId}}", {})


def test_medications_are_those_of_the_chart() -> None:
    """Medication resources come as one Bundle; none, no Bundle."""
    drug = {"resourceType": "Medication", "id": "m1"}
    found = Ehr(bundle(patient(), drug)).medications()

    assert found is not None
    assert ids(found) == ["m1"]
    assert Ehr(bundle(patient())).medications() is None


@given(st.text(), st.text())
def test_any_query_is_answered_or_refused(kind: str, search: str) -> None:
    """No query of any shape does anything but find, find nothing, or be refused."""
    try:
        found = Ehr(bundle(patient())).get(f"{kind}?{search}")
    except UnknownQuery:
        return

    assert found is None or found["resourceType"] in {"Bundle", "Patient"}


def test_parameters_are_those_of_our_templates() -> None:
    """It knows no parameter that no template of ours uses."""
    from pathlib import Path
    from re import findall

    services = Path(__file__).parents[2] / "hooks" / "services"
    text = "".join(path.read_text() for path in services.glob("*.yaml"))

    assert set(findall(r"[?&]([a-z_-]+)=", text)) == set(PARAMETERS)
