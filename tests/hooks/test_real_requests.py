from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from hooks.app import create_app
from hooks.evaluation import MEMBER, schema
from hooks.settings import Settings
from rules import load_rulebook

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from rules import Rulebook
    from tests.hooks.conftest import Check, Json

SERVICES = {
    hook: f"/cds-services/intrathecal-{hook}"
    for hook in ("patient-view", "order-select", "order-sign")
}
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


@pytest.fixture(scope="module")
def client(rulebook: Rulebook, now: datetime) -> TestClient:
    """Give the service with the shipped rules; a fault of it is raised, not answered."""
    return TestClient(create_app(Settings(), rulebook, lambda: now))


@pytest.fixture(scope="module")
def requests(shared_folder: Path) -> dict[str, Json]:
    """Give the request bodies of other people's clients, by file name."""
    found = {one.name: json.loads(one.read_text()) for one in shared_folder.glob("real/requests/*")}
    return {name: body for name, body in found.items() if name.endswith(".json")}


def read_requests(folder: Path) -> dict[str, Json]:
    """Read all request bodies, by file name."""
    return {one.name: json.loads(one.read_text()) for one in sorted(folder.glob("*.json"))}


def check(answer: Any, no_empties: Check, name: str) -> int:
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
