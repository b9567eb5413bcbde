from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from hooks.app import create_app
from hooks.evaluation import MEMBER
from hooks.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from httpx import Response

    from rules import Rulebook
    from tests.hooks.conftest import Json

EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
WARNING = {"severity": "warning", "code": "not-found", "details": {"text": "no results"}}
NOTHING = {"resourceType": "OperationOutcome", "issue": [WARNING]}
REFUSED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "forbidden"}],
}
PROBLEM = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/p1"},
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G89.4"}]},
}
PAGE = EMPTY | {"total": 2, "entry": [{"resource": PROBLEM}]}
ABSENT = object()
CORE = ("conditions", "medicationRequests", "procedures")


@pytest.fixture(scope="module")
def client(rulebook: Rulebook, now: datetime) -> TestClient:
    """Give the service with the shipped rules; a fault of it is raised, not answered."""
    return TestClient(create_app(Settings(), rulebook, lambda: now))


def ask(client: TestClient, hook: str, sign: dict[str, Any], prefetch: Json) -> Response:
    """Fire a hook with an implant order and this prefetch; ABSENT leaves a member out."""
    order = sign["context"]["draftOrders"]["entry"][0]["resource"]
    order["code"] = {"coding": [{"system": "urn:intrathecal-cds:codes", "code": "it-pump-implant"}]}
    body = sign | {"hook": hook}
    body.pop("prefetch")
    if prefetch is not ABSENT:
        body["prefetch"] = {k: v for k, v in prefetch.items() if v is not ABSENT}
    answer: Response = client.post(f"/cds-services/intrathecal-{hook}", json=body)
    return answer


HOOKS = pytest.mark.parametrize("hook", ["patient-view", "order-select", "order-sign"])


@HOOKS
@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, "empty"),
        (EMPTY, "empty"),
        (EMPTY | {"entry": []}, "empty"),
        (EMPTY | {"entry": [{"resource": NOTHING, "search": {"mode": "outcome"}}]}, "empty"),
        (ABSENT, "missing"),
        ({}, "missing"),
        ([], "missing"),
        ("none", "missing"),
        (5, "missing"),
        (True, "missing"),
        (REFUSED, "missing"),
        ({"resourceType": "Patient", "id": "p1"}, "missing"),
        (EMPTY | {"total": 1, "entry": [{"resource": PROBLEM}]}, "complete"),
        ({"resourceType": "Bundle", "entry": [{"resource": PROBLEM}]}, "complete"),
        ({"response": {"status": "200 OK"}, "resource": EMPTY}, "empty"),
        (PROBLEM, "complete"),
        (PAGE, "incomplete"),
        (PAGE | {"link": [{"relation": "next", "url": "https://ehr.example.org/2"}]}, "incomplete"),
        (EMPTY | {"entry": [{"resource": PROBLEM}, {"resource": REFUSED}]}, "incomplete"),
    ],
)  # fmt: skip
def test_what_arrives_and_what_it_means(
    client: TestClient, sign: dict[str, Any], hook: str, value: Json, state: str
) -> None:
    """D8, P-01, P-03, P-05, P-06, matrix 7-9: each state of a key, on each hook."""
    rest = dict.fromkeys(("patient", "medicationRequests", "procedures"))
    answer = ask(client, hook, sign, rest | {"conditions": value})

    assert answer.status_code == 200
    data = {one["key"]: one for one in answer.json()["extension"][MEMBER]["data"]}
    assert data["conditions"]["state"] == state
    assert data["medicationRequests"]["state"] == "empty"
    assert data["observations"]["state"] == "missing"
    assert ("reason" in data["conditions"]) == (state in {"missing", "incomplete"})


@HOOKS
@pytest.mark.parametrize(
    "prefetch",
    [
        ABSENT,
        {},
        {"patient": {"resourceType": "Patient", "id": "p1"}},
        {"observations": EMPTY, "allergies": None},
        dict.fromkeys(CORE, REFUSED),
        {key: {} for key in CORE},
        {"mine": EMPTY},
    ],
)
def test_without_core_data_the_answer_is_412(
    client: TestClient, sign: dict[str, Any], hook: str, prefetch: Json
) -> None:
    """P-02, matrix 5 and 8: nothing to judge from is an error that names the keys."""
    answer = ask(client, hook, sign, prefetch)

    assert answer.status_code == 412
    text = answer.json()["issue"][0]["details"]["text"]
    assert all(key in text for key in CORE)


@HOOKS
@pytest.mark.parametrize("key", CORE)
def test_null_is_data(client: TestClient, sign: dict[str, Any], hook: str, key: str) -> None:
    """P-05, P-07: `null` says that the record holds nothing; that is an answer, never a 412."""
    assert ask(client, hook, sign, {key: None}).status_code == 200


def test_what_is_missing_is_said_on_one_card(client: TestClient, sign: dict[str, Any]) -> None:
    """S2, S3: 200 with one gap card that names what was not sent."""
    answer = ask(client, "order-sign", sign, dict.fromkeys(("patient", *CORE)))
    gaps = [one for one in answer.json()["cards"] if one["source"]["topic"]["code"] == "DAT-01"]

    assert len(gaps) == 1
    assert gaps[0]["indicator"] == "warning"
    assert "observations" in gaps[0]["detail"]
    assert "suggestions" not in gaps[0]


def test_a_bundle_is_read_by_what_it_holds(client: TestClient, sign: dict[str, Any]) -> None:
    """Epic's sites choose their own keys: a Bundle of Conditions is conditions."""
    answer = ask(client, "order-sign", sign, {"Problem List": PAGE | {"total": 1}})
    data = {one["key"]: one for one in answer.json()["extension"][MEMBER]["data"]}

    assert data["conditions"]["state"] == "complete"


@pytest.mark.parametrize(
    "prefetch",
    [
        {"patient": {"resourceType": "Patient", "id": "zx-p2"}},
        {"conditions": PROBLEM | {"subject": {"reference": "Patient/zx-p2"}}},
        {"conditions": PAGE | {"entry": [{"resource": PROBLEM | {"subject": {"reference": "https://ehr.example.org/Patient/zx-p2"}}}]}},
    ],
)  # fmt: skip
def test_data_of_another_patient_refuse_the_call(
    client: TestClient, sign: dict[str, Any], prefetch: Json
) -> None:
    """C9: never evaluated, a 400 that repeats nothing."""
    answer = ask(client, "order-sign", sign, dict.fromkeys(CORE) | prefetch)

    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "security"
    assert "zx-" not in answer.text
