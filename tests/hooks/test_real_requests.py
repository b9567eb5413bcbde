from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from hooks.app import create_app
from hooks.ehr import Ehr, fill
from hooks.evaluation import MEMBER, schema
from hooks.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from rules import Rulebook
    from tests.hooks.conftest import Check, Json

SERVICES = {
    hook: f"/cds-services/intrathecal-{hook}"
    for hook in (
        "patient-view",
        "order-select",
        "order-sign",
        "order-dispatch",
        "appointment-book",
        "encounter-discharge",
    )
}
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


@pytest.fixture(scope="module")
def client(rulebook: Rulebook, now: datetime) -> TestClient:
    """Give the service with the shipped rules; a fault of it is raised, not answered."""
    return TestClient(create_app(Settings(), rulebook, lambda: now))


@pytest.fixture(scope="module")
def requests(shared_folder: Path) -> dict[str, Json]:
    """Give the request bodies of other people's clients, by file name."""
    files = sorted((shared_folder / "real" / "requests").glob("*.json"))
    return {one.name: json.loads(one.read_text()) for one in files}


def check(answer: Json, no_empties: Check, name: str) -> int:
    """Check an answer of any status; return the status."""
    said = answer.json()
    assert answer.status_code in {200, 400, 412, 422}, name
    no_empties(said)
    if answer.status_code == 200:
        VALIDATOR.validate(said["extension"][MEMBER])
        for card in said["cards"]:
            assert len(card["summary"]) < 140
    else:
        assert said["resourceType"] == "OperationOutcome"
        assert len(said["issue"]) == 1
    return int(answer.status_code)


def test_requests_of_real_clients_get_an_answer_or_a_sensible_refusal(
    client: TestClient, requests: dict[str, Json], no_empties: Check
) -> None:
    """Matrix 13-17, C6: other makers' requests to the service of their hook: never a 5xx."""
    answered = []
    for name, body in requests.items():
        if body.get("hook") in SERVICES:
            answer = client.post(SERVICES[body["hook"]], json=body)
            if check(answer, no_empties, name) == 200:
                answered.append(name)

    # Most send no data of ours and get a 412; a refusal of every one would be no sensible answer.
    assert len(answered) >= 3


@pytest.mark.parametrize("hook", SERVICES)
def test_requests_for_other_hooks_are_stood_too(
    client: TestClient, requests: dict[str, Json], no_empties: Check, hook: str
) -> None:
    """Every body, with its hook replaced, at each of our services: never a 5xx."""
    for name, body in requests.items():
        check(client.post(SERVICES[hook], json=body | {"hook": hook}), no_empties, name)


def test_a_request_for_another_hook_is_a_400(
    client: TestClient, requests: dict[str, Json], no_empties: Check
) -> None:
    """R-03: as sent, a body for another hook is refused wherever it goes."""
    for name, body in requests.items():
        if body.get("hook") not in SERVICES:
            answer = client.post(SERVICES["order-sign"], json=body)
            assert check(answer, no_empties, name) == 400


def test_charts_of_real_systems_are_evaluated_with_an_implant_order(
    client: TestClient, shared_folder: Path, no_empties: Check
) -> None:
    """A whole generated chart, prefetched as our own discovery asks, always gets a verdict."""
    services = client.get("/cds-services").json()["services"]
    (templates,) = [one["prefetch"] for one in services if one["hook"] == "order-sign"]
    for file in sorted((shared_folder / "real" / "patients").glob("*.json")):
        ehr = Ehr(json.loads(file.read_text()))
        context = order_context(ehr.patient_id)
        body = {
            "hook": "order-sign",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": context,
            "prefetch": fill(templates, ehr, context),
        }
        answer = client.post(SERVICES["order-sign"], json=body)

        assert check(answer, no_empties, file.name) == 200
        assert answer.json()["extension"][MEMBER]["phase"] == "implant"


def order_context(patient: str) -> dict[str, Any]:
    """Build the context of an implant order."""
    order = {
        "resourceType": "ServiceRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "urn:intrathecal-cds:codes", "code": "it-pump-implant"}]},
    }
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}
    return {"userId": "Practitioner/1", "patientId": patient, "draftOrders": drafts}
