from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

if TYPE_CHECKING:
    from tests.hooks.conftest import Check, Json, Toy, Toys

CANARY = "zx-canary-7f3"
SERVICE = "intrathecal-patient-view"


def check_outcome(answer: Json, status: int) -> dict[str, Any]:
    """Check that an answer is an OperationOutcome of one issue; return the issue."""
    assert answer.status_code == status
    said = answer.json()
    assert said["resourceType"] == "OperationOutcome"
    (issue,) = said["issue"]
    assert issue["severity"] == "error"
    assert issue["details"]["text"]
    assert answer.headers["X-Correlation-ID"] in issue["diagnostics"]
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(issue)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON;charset="UTF-8"', 200),
        ("application/fhir+json", 200),
        ("application/json+fhir", 200),
        ("", 200),
        ("text/plain", 415),
        ("text/xml", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=latin-1", 415),
        ("application/jsonx", 415),
    ],
)
def test_json_is_read_and_other_media_refused(
    toy: Toy, view: dict[str, Any], kind: str, status: int
) -> None:
    """R-02, C8: a missing type is read as JSON, a foreign one is a 415."""
    answer = toy.post(SERVICE, view, headers={"Content-Type": kind})

    if status == 200:
        assert (answer.status_code, answer.json()["cards"]) == (200, [])
    else:
        assert check_outcome(answer, status)["code"] == "not-supported"


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "gzip, gzip"])
def test_a_compressed_body_is_refused_unread(toy: Toy, view: dict[str, Any], encoding: str) -> None:
    """C2: no bomb is ever inflated."""
    check_outcome(toy.post(SERVICE, view, headers={"Content-Encoding": encoding}), 415)


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("POST", "/cds-services", 405, "GET, HEAD"),
        ("GET", f"/cds-services/{SERVICE}", 405, "POST"),
        ("PUT", f"/cds-services/{SERVICE}", 405, "POST"),
        ("DELETE", "/healthz", 405, "GET, HEAD"),
        ("POST", "/cds-services/nothing", 404, None),
        ("POST", f"/cds-services/{SERVICE}/", 404, None),
        ("POST", f"/cds-services/{SERVICE}/feedback/x", 404, None),
        ("POST", "/cds-services/%2e%2e/healthz", 404, None),
        ("GET", "/", 404, None),
        ("GET", "/docs", 404, None),
        ("GET", "/openapi.json", 404, None),
        ("GET", f"/{CANARY}", 404, None),
    ],
)
def test_unknown_addresses_and_methods(
    toy: Toy, method: str, path: str, status: int, allow: str | None
) -> None:
    """R-01, D-01, C8, matrix 15: 404, or 405 with Allow; docs are off."""
    answer = toy.client.request(method, path)

    assert CANARY not in json.dumps(check_outcome(answer, status))
    assert answer.headers.get("Allow") == allow


def test_query_arguments_change_nothing(toy: Toy, view: dict[str, Any]) -> None:
    """C8: an address with a query is the same address."""
    assert toy.post(f"{SERVICE}?a={CANARY}", view).status_code == 200


def test_errors_are_fhir_json_for_those_who_ask(toy: Toy) -> None:
    """S-05, 1.12: an OperationOutcome, as FHIR JSON where the client accepts it."""
    plain = toy.post(SERVICE, b"x")
    fhir = toy.post(SERVICE, b"x", headers={"Accept": "application/fhir+json"})

    assert plain.headers["Content-Type"] == "application/json"
    assert fhir.headers["Content-Type"] == "application/fhir+json"
    check_outcome(fhir, 400)


@pytest.mark.parametrize(
    "spoil",
    [
        {"hook": CANARY},
        {"hook": {CANARY: CANARY}},
        {"hookInstance": [CANARY]},
        {"context": CANARY},
        {"context": {CANARY: CANARY}},
        {"context": {"patientId": f"{CANARY} {CANARY}"}},
        {"context": {"patientId": CANARY, "userId": {CANARY: 1}}},
        {"context": {"patientId": CANARY, "draftOrders": [CANARY]}},
        {"context": {"patientId": CANARY, "draftOrders": {"entry": [CANARY]}}},
        {"prefetch": CANARY},
        {"fhirServer": {CANARY: CANARY}},
        {"fhirAuthorization": {CANARY: CANARY}},
        {"fhirServer": CANARY, "fhirAuthorization": {"patient": CANARY}},
    ],
)
def test_no_error_repeats_what_was_sent(
    toy: Toy, view: dict[str, Any], spoil: dict[str, Any], no_empties: Check
) -> None:
    """C7: the place of the mistake, never its value, in the answer and in the log."""
    with capture_logs() as logs:
        answer = toy.post(SERVICE, view | spoil)

    check_outcome(answer, 400)
    no_empties(answer.json())
    assert CANARY not in answer.text
    assert CANARY not in json.dumps(logs)


@pytest.mark.parametrize("error", [RuntimeError, ValueError, KeyError, RecursionError, MemoryError])
def test_a_fault_of_ours_is_a_500_that_says_nothing(
    toys: Toys, view: dict[str, Any], error: type[Exception]
) -> None:
    """C15: whatever is raised, the caller gets an OperationOutcome and the log no data."""
    toy = toys(error(CANARY))
    with capture_logs() as logs:
        answer = toy.post(SERVICE, view)

    assert check_outcome(answer, 500)["code"] == "exception"
    assert CANARY not in answer.text + json.dumps(logs)
    assert [one["error"] for one in logs if one["event"] == "call.failed"] == [error.__name__]
    assert toy.client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "stage", ["read_envelope", "read_context", "complete", "cards", "evaluation"]
)
def test_a_fault_in_any_stage_is_caught(
    toys: Toys, view: dict[str, Any], stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C15: no stage of a call can take the process down."""

    def fail(*_: Json, **__: Json) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(f"hooks.invocation.{stage}", fail)
    answer = toys().post(SERVICE, view)

    check_outcome(answer, 500)
    assert CANARY not in answer.text


def test_a_body_over_the_limit_is_a_413(toys: Toys, view: dict[str, Any]) -> None:
    """C1, R-12: by its length or by its bytes; the connection is closed."""
    toy = toys(max_body_bytes=1000)
    said = json.dumps(view | {"x": "y" * 1000}).encode()
    chunks = toy.client.post(f"/cds-services/{SERVICE}", content=iter([said[:600], said[600:]]))

    for answer in (toy.post(SERVICE, said), chunks):
        assert check_outcome(answer, 413)["code"] == "too-long"
        assert answer.headers["Connection"] == "close"
    exact = view | {"x": ""}
    exact["x"] = "y" * (1000 - len(json.dumps(exact)))
    assert toy.post(SERVICE, exact).status_code == 200


def test_cors_is_off_unless_configured(toy: Toy) -> None:
    """C13: no origin is allowed by default."""
    answer = toy.client.get("/cds-services", headers={"Origin": "https://a.test"})

    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.test", True),
        ("https://b.test:8443", True),
        ("https://a.test.evil.test", False),
        ("https://evila.test", False),
        ("http://a.test", False),
        ("https://A.test", False),
        ("https://b.test", False),
        ("null", False),
        ("", False),
    ],
)
def test_cors_answers_exact_origins_also_on_errors(
    toys: Toys, view: dict[str, Any], origin: str, allowed: bool
) -> None:
    """O-01, O-03, C13: the exact origin, on answers and on errors, never `*`, no credentials."""
    toy = toys(cors_origins=("https://a.test", "https://b.test:8443"))
    headers = {"Origin": origin} if origin else {}
    answers = [
        toy.client.get("/cds-services", headers=headers),
        toy.post(SERVICE, view, headers=headers),
        toy.post(SERVICE, b"x", headers=headers),
        toy.post("nothing", view, headers=headers),
        toy.client.put("/healthz", headers=headers),
    ]

    assert [one.status_code for one in answers] == [200, 200, 400, 404, 405]
    for one in answers:
        assert one.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert "Access-Control-Allow-Credentials" not in one.headers
        assert "Origin" in one.headers["Vary"]


def test_cors_headers_are_on_a_500_too(toys: Toys, view: dict[str, Any]) -> None:
    """O-03: a browser client has to be able to read that we failed."""
    toy = toys(RuntimeError("x"), cors_origins=("https://a.test",))
    answer = toy.post(SERVICE, view, headers={"Origin": "https://a.test"})

    assert answer.status_code == 500
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.test"


@pytest.mark.parametrize("path", ["/cds-services", f"/cds-services/{SERVICE}", "/cds-services/no"])
def test_a_preflight_needs_no_trust_and_reveals_nothing(toys: Toys, path: str) -> None:
    """O-02, C13, matrix 2: the same answer for every address; methods only to allowed origins."""
    toy = toys(cors_origins=("https://a.test",))
    ask = {"Access-Control-Request-Method": "POST"}
    good = toy.client.options(path, headers=ask | {"Origin": "https://a.test"})
    bad = toy.client.options(path, headers=ask | {"Origin": "https://evil.test"})

    assert (good.status_code, good.content) == (204, b"")
    assert good.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert good.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Accept"
    assert bad.status_code == 204
    assert [name for name in bad.headers if name.startswith("access-control")] == []


def test_the_service_says_that_it_lives(toy: Toy) -> None:
    """Health names the knowledge in use and nothing else."""
    answer = toy.client.get("/healthz")

    assert answer.json()["status"] == "ok"
    assert answer.json()["knowledge"].keys() == {"version", "hash"}
