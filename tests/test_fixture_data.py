"""The fixture charts and orders as data: valid FHIR R4, known codes, no stray references."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules import Rulebook

FIXTURES = Path(__file__).parents[1] / "fhir_fixtures"
CHARTS = sorted((FIXTURES / "patients").glob("*.json"))
REQUESTS = sorted((FIXTURES / "requests").glob("*/*.json"))
HL7 = "http://terminology.hl7.org/CodeSystem/"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"

# Codes that belong to none of our value sets, on purpose.
OUTSIDERS = {
    ("http://hl7.org/fhir/sid/icd-10-cm", "D68.51"): "a thrombophilia, which must not count as X2",
}

JSON = dict[str, Any]


@cache
def load(path: Path) -> JSON:
    """Read a fixture; callers do not change it."""
    found: JSON = json.loads(path.read_text("utf-8"))
    return found


def drafts(request: JSON) -> JSON | None:
    """Return the Bundle of draft orders of a request."""
    found: JSON | None = request["context"].get("draftOrders")
    return found


def resources() -> Iterator[tuple[Path, JSON]]:
    """Give every resource of every chart and of every request."""
    for path in (*CHARTS, *REQUESTS):
        bundle = load(path) if path in CHARTS else drafts(load(path))
        for entry in (bundle or {}).get("entry", ()):
            yield path, entry["resource"]


def parts(value: object) -> Iterator[JSON]:
    """Give every JSON object within a value."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from parts(member)
    elif isinstance(value, list):
        for member in value:
            yield from parts(member)


def test_there_are_fixtures() -> None:
    """Nothing below may pass because nothing was found."""
    assert len(CHARTS) > 100
    assert len(REQUESTS) >= len(CHARTS)


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: path.stem)
def test_a_chart_is_one_valid_patient(path: Path) -> None:
    """A chart is a collection of valid resources, with one Patient, named like the file."""
    chart = load(path)
    Bundle.model_validate(chart)
    kept = [entry["resource"] for entry in chart["entry"]]
    patients = [one for one in kept if one["resourceType"] == "Patient"]
    keys = [(one["resourceType"], one["id"]) for one in kept]
    assert chart["type"] == "collection"
    assert [one["id"] for one in patients] == [path.stem]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_draft_orders_of_a_request_are_valid(path: Path) -> None:
    """Draft orders are valid resources of R4, each with an id that a card can name."""
    bundle = drafts(load(path))
    if bundle is None:
        assert path.parent.name not in {"order-select", "order-sign"}
        return
    Bundle.model_validate(bundle)
    assert bundle["entry"]
    assert all("id" in entry["resource"] for entry in bundle["entry"])
    selected = load(path)["context"].get("selections", ())
    offered = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    assert set(selected) <= offered


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_else_a_context_holds_is_valid_and_of_the_patient(path: Path) -> None:
    """Appointments and tasks are valid resources of R4 and about the patient of the call."""
    context = load(path)["context"]
    patient = {"reference": f"Patient/{context['patientId']}"}
    booked = [entry["resource"] for entry in context.get("appointments", {}).get("entry", ())]
    tasks = [*context.get("fulfillmentTasks", ()), *filter(None, [context.get("task")])]
    for one in (*booked, *tasks):
        get_fhir_model_class(one["resourceType"]).model_validate(one)
    assert bool(booked) == (path.parent.name == "appointment-book")
    assert all(patient in [part["actor"] for part in one["participant"]] for one in booked)
    assert all(task["for"] == patient for task in tasks)


def test_validation_refuses_what_is_no_fhir() -> None:
    """The check above can fail."""
    broken = {"resourceType": "Condition", "subject": {"reference": "Patient/x"}, "sytem": "x"}
    with pytest.raises(ValidationError):
        get_fhir_model_class("Condition").model_validate(broken)


def test_every_patient_is_marked_as_test_data() -> None:
    """No fixture can be taken for a person's record."""
    patients = [one for _, one in resources() if one["resourceType"] == "Patient"]
    marked = [one for one in patients if one["meta"]["security"][0]["code"] == "HTEST"]
    assert marked == patients


def test_every_resource_is_about_the_patient_of_its_file() -> None:
    """Another patient's resource would be refused before any rule runs."""
    strangers = []
    for path, resource in resources():
        patient = path.stem if path in CHARTS else load(path)["context"]["patientId"]
        about = resource.get("subject") or resource.get("patient")
        if resource["resourceType"] != "Patient" and about != {"reference": f"Patient/{patient}"}:
            strangers.append((path.name, resource["id"]))
    assert strangers == []


def test_every_reference_leads_to_a_resource() -> None:
    """A reason, a trial or an earlier order that is named is on the chart or in the drafts."""
    lost = []
    for path, resource in resources():
        patient = path.stem if path in CHARTS else load(path)["context"]["patientId"]
        chart = load(FIXTURES / "patients" / f"{patient}.json")
        known = {
            f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in chart["entry"]
        } | {f"#{one['id']}" for one in resource.get("contained", ())}
        named = {part["reference"] for part in parts(resource) if "reference" in part}
        lost += [(path.name, one) for one in named if one not in known]
    assert lost == []


def test_every_code_is_ours_or_an_outsider_with_a_reason(rulebook: Rulebook) -> None:
    """A mistyped code would make a case pass because nothing is recognised in it."""
    terminology = rulebook.terminology
    used = {
        (part["system"], part["code"])
        for _, resource in resources()
        for part in parts(resource)
        if "system" in part and "code" in part and "value" not in part
    }
    unknown = {
        (system, code)
        for system, code in used
        if not system.startswith(HL7)
        and not terminology.groups(system, code)
        and not (system == RXNORM and terminology.ingredients(code))
    }
    assert unknown == set(OUTSIDERS)
