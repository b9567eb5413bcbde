"""A service with a toy in place of the rules, so that the edge is tested without medicine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import pytest
from starlette.testclient import TestClient

import rules
from hooks.app import create_app
from hooks.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from httpx import Response

# Whatever JSON gives; tests look into it freely.
Json: TypeAlias = Any

KEYS = (
    "patient", "conditions", "medicationRequests", "procedures", "observations", "allergies",
    "devices", "careTeams", "serviceRequests",
)  # fmt: skip
HASH = "sha256:" + "0" * 64


class ToyRulebook:
    """What the service asks of a rulebook."""

    hooks = frozenset(
        (
            "patient-view", "order-select", "order-sign", "order-dispatch", "appointment-book",
            "encounter-discharge",
        )
    )  # fmt: skip
    observation_codes = ("72514-3", "it-daily-dose")
    knowledge = rules.Knowledge("1.0.0", HASH)

    def policy(self, identity: str) -> None:
        """Know every policy."""


class Outcomes(Protocol):
    """Builds outcomes."""

    def __call__(
        self, *advice: rules.Advice, missing: tuple[str, ...] = (), **changes: Json
    ) -> rules.Outcome:
        """Build one."""


class Advices(Protocol):
    """Builds advice."""

    def __call__(self, rule: str = "TOY-01", **changes: Json) -> rules.Advice:
        """Build one."""


@pytest.fixture(scope="session")
def advice() -> Advices:
    """Give a builder of advice."""

    def build(rule: str = "TOY-01", **changes: Json) -> rules.Advice:
        said: dict[str, Any] = {
            "rule": rule,
            "name": "Toy rule",
            "version": "1.0.0",
            "indicator": "info",
            "summary": "A toy speaks",
            "detail": "Because it can.",
            "suggestions": [],
            "override_reasons": [],
            "source_label": "Toy source",
            "source_url": "https://toys.example.org/",
        }
        return rules.Advice(**(said | changes))

    return build


@pytest.fixture(scope="session")
def outcome() -> Outcomes:
    """Give a builder of outcomes: *advice* fired, the *missing* keys missing, all else silent."""

    def build(
        *advice: rules.Advice, missing: tuple[str, ...] = (), **changes: Json
    ) -> rules.Outcome:
        fired = list(dict.fromkeys(one.rule for one in advice))
        said: dict[str, Any] = {
            "policy": rules.Named("default", "1.0.0"),
            "knowledge": rules.Knowledge("1.0.0", HASH),
            "evaluated_at": "2026-11-22T12:00:00Z",
            "phase": "review",
            "verdict": "NOT_APPLICABLE",
            "criteria": [
                rules.Criterion(id=name, title=f"Criterion {name}", value="unknown")
                for name in ("C1", "C2", "C3", "C4", "C5", "X1", "X2", "X3")
            ],
            "rules": [rules.RuleResult(one, "1.0.0", "fired", "shown") for one in fired]
            + [rules.RuleResult("TOY-99", "1.0.0", "clear", "none")],
            "data": [
                rules.KeyData(key, "missing", "prefetch", "not sent")
                if key in missing
                else rules.KeyData(key, "empty", "prefetch")
                for key in KEYS
            ],
            "advice": list(advice),
        }
        return rules.Outcome(**(said | changes))

    return build


@dataclass
class Toy:
    """A service in which *evaluate* stands for the rules; it keeps the calls it got."""

    client: TestClient
    calls: list[rules.Call]

    def post(self, service: str, body: Json = None, **kwargs: Json) -> Response:
        """Post a body, as JSON unless it is bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | kwargs.pop("headers", {})
        answer: Response = self.client.post(
            f"/cds-services/{service}", content=content, headers=headers, **kwargs
        )
        return answer


class Check(Protocol):
    """Checks an answer."""

    def __call__(self, value: Json, at: str = "") -> None:
        """Fail if something in it is null, blank or empty."""


class Toys(Protocol):
    """Builds services."""

    def __call__(self, answer: rules.Outcome | Exception | None = None, **settings: Json) -> Toy:
        """Build one that answers *answer*."""


@pytest.fixture(scope="session")
def toys(outcome: Outcomes, now: datetime) -> Toys:
    """Give a builder of services that answer what they are told."""

    def build(answer: rules.Outcome | Exception | None = None, **settings: Json) -> Toy:
        calls: list[rules.Call] = []

        def evaluate(call: rules.Call, _: str) -> rules.Outcome:
            calls.append(call)
            if isinstance(answer, Exception):
                raise answer
            return answer or outcome()

        app = create_app(
            Settings(**settings),
            cast("rules.Rulebook", ToyRulebook()),
            lambda: now,
            evaluate=evaluate,
        )
        return Toy(TestClient(app, raise_server_exceptions=False), calls)

    return build


@pytest.fixture(scope="session")
def toy(toys: Toys) -> Toy:
    """Give a service that finds nothing to say."""
    return toys()


@pytest.fixture
def view() -> dict[str, Any]:
    """Give a good patient-view request."""
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": {"conditions": {"resourceType": "Bundle", "type": "searchset"}},
    }


@pytest.fixture
def sign(view: dict[str, Any]) -> dict[str, Any]:
    """Give a good order-sign request."""
    order = {
        "resourceType": "ServiceRequest",
        "id": "o1",
        "status": "draft",
        "subject": {"reference": "Patient/p1"},
    }
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}
    return view | {"hook": "order-sign", "context": view["context"] | {"draftOrders": drafts}}


@pytest.fixture(scope="session")
def no_empties() -> Check:
    """Give a check that nothing in an answer is null, blank or empty, but for `cards`."""

    def check(value: Json, at: str = "") -> None:
        if isinstance(value, dict):
            for name, member in value.items():
                if at or name != "cards":
                    assert member not in (None, "", [], {}), f"{at}/{name}"
                check(member, f"{at}/{name}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                assert item not in (None, "", [], {}), f"{at}/{index}"
                check(item, f"{at}/{index}")

    return check
