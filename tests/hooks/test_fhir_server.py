"""The HTTP client, against a server of our own on loopback."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from hooks.fhir_server import Answer, Client, FhirServer, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stage:
    """A server that says what it is told to say: path -> (status, body)."""

    def __init__(self) -> None:
        """Listen on a free port."""
        stage = self
        self.says: dict[str, tuple[int, bytes]] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                stage.asked.append((self.command, self.path, dict(self.headers), body))
                status, said = stage.says.get(self.path, (404, b"{}"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = answer  # noqa: N815 - names that http.server looks for

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def tell(self, path: str, said: Any, status: int = 200) -> None:  # noqa: ANN401 - any JSON
        """Answer *path* with JSON."""
        self.says[path] = (status, json.dumps(said).encode())


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Run a server while a test lasts."""
    made = Stage()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def client(stage: Stage) -> Iterator[Client]:
    """Connect to it."""
    with Client(stage.base + "/fhir", token="secret") as made:  # noqa: S106 - a word for the test
        yield made


def page(*names: str, following: str | None = None) -> dict[str, Any]:
    """Make a page of a searchset."""
    links = [{"relation": "next", "url": following}] if following else []
    entry = [{"resource": {"resourceType": "Condition", "id": name}} for name in names]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entry, "link": links}


def ids(searchset: dict[str, Any]) -> list[str]:
    """Return the ids in a searchset."""
    return [entry["resource"]["id"] for entry in searchset["entry"]]


def test_decimals_keep_their_digits(stage: Stage, client: Client) -> None:
    """A number arrives as it was written."""
    stage.says["/fhir/x"] = (200, b'{"value": 1.50}')

    assert client.get("x").json() == {"value": Decimal("1.50")}
    assert str(client.get("x").json()["value"]) == "1.50"


def test_post_sends_json(stage: Stage, client: Client) -> None:
    """A post carries its body, the type of it and the token."""
    stage.tell("/fhir/y", {}, 201)

    assert client.post("y", b'{"a":1}') == Answer(201, b"{}")
    method, path, headers, body = stage.asked[0]
    assert (method, path, body) == ("POST", "/fhir/y", b'{"a":1}')
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Bearer secret"


def test_redirects_are_not_followed(stage: Stage, client: Client) -> None:
    """A token is sent where it was meant to go, nowhere else."""
    stage.tell("/fhir/z", {}, 302)

    assert client.get("z").status == 302
    assert len(stage.asked) == 1


def test_no_answer_is_unreachable() -> None:
    """Nobody at home is one kind of error, with the address and no query in it."""
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unreachable) as caught:
        client.get("Condition?patient=p1")

    assert "`http://127.0.0.1:9/Condition`" in str(caught.value)
    assert "p1" not in str(caught.value)


@pytest.mark.parametrize("base", ["ftp://x", "127.0.0.1:8000", "", "file:///etc/passwd"])
def test_only_http_is_spoken(base: str) -> None:
    """An address that is none is refused before anything is sent."""
    with pytest.raises(Unreachable, match="is not an address"):
        Client(base)


def test_pages_are_joined(stage: Stage, client: Client) -> None:
    """All pages of a search are one searchset."""
    stage.tell("/fhir/Condition?patient=p", page("a", following=stage.base + "/fhir/p2"))
    stage.tell("/fhir/p2", page("b", following="p3"))
    stage.tell("/fhir/p3", page("c"))
    found = FhirServer(client).get("Condition?patient=p")

    assert ids(found) == ["a", "b", "c"]
    assert found["link"] == []


def test_a_page_of_another_server_is_not_read(stage: Stage, client: Client) -> None:
    """A link that leads elsewhere stays, so that the searchset is known to be incomplete."""
    elsewhere = "http://127.0.0.1:9/fhir/p2"
    stage.tell("/fhir/Condition?patient=p", page("a", following=elsewhere))
    found = FhirServer(client).get("Condition?patient=p")

    assert ids(found) == ["a"]
    assert found["link"] == [{"relation": "next", "url": elsewhere}]


def test_a_lost_page_leaves_its_link(stage: Stage, client: Client) -> None:
    """What could be had is given, and it is known to be incomplete."""
    stage.tell("/fhir/Condition?patient=p", page("a", following="p2"))
    stage.tell("/fhir/p2", {"resourceType": "OperationOutcome"}, 500)
    found = FhirServer(client).get("Condition?patient=p")

    assert ids(found) == ["a"]
    assert found["link"][0]["relation"] == "next"


def test_pages_without_end_are_left(stage: Stage, client: Client) -> None:
    """A server whose pages lead in a circle does not hold us."""
    stage.tell("/fhir/Condition?patient=p", page("a", following="Condition?patient=p"))
    found = FhirServer(client).get("Condition?patient=p")

    assert 1 < len(found["entry"]) <= 101
    assert found["link"][0]["relation"] == "next"


def test_not_found_is_nothing(client: Client) -> None:
    """A resource that does not exist is null."""
    assert FhirServer(client).get("Patient/none") is None


def test_a_refusal_is_kept(stage: Stage, client: Client) -> None:
    """An OperationOutcome is passed on: the service says why a key is missing."""
    refusal = {"resourceType": "OperationOutcome", "issue": [{"code": "forbidden"}]}
    stage.tell("/fhir/Condition?patient=p", refusal, 403)

    assert FhirServer(client).get("Condition?patient=p") == refusal


@pytest.mark.parametrize(("status", "said"), [(200, b"<html>"), (500, b"{}"), (502, b"")])
def test_what_is_no_fhir_is_unreachable(
    stage: Stage, client: Client, status: int, said: bytes
) -> None:
    """A proxy's page is not data."""
    stage.says["/fhir/Patient/p"] = (status, said)

    with pytest.raises(Unreachable, match="`Patient/p` was answered"):
        FhirServer(client).get("Patient/p")
