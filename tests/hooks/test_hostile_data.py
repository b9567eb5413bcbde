from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt
from starlette.testclient import TestClient

from hooks.app import create_app
from hooks.ehr import fill
from hooks.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from rules import Rulebook
    from tests.hooks.conftest import Check, Json

FIXTURES = Path(__file__).parents[2] / "fhir_fixtures"
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) "
    "![x](https://evil.test/i.png) <https://evil.test> https://evil.test www.evil.test "
    "\n\n# h\n\n[a]: https://evil.test\n\n[a] `\u202e` {{x}} {policy} | - \x07 ~~~ \\<b>"
)
# Elements whose text a card may show.
SHOWN = {"display", "text", "valueString", "name", "title", "unit"}


def spoiled(value: Json) -> Json:
    """Return JSON in which every text that people read is hostile."""
    if isinstance(value, dict):
        return {
            name: HOSTILE if name in SHOWN and isinstance(inner, str) else spoiled(inner)
            for name, inner in value.items()
        }
    return [spoiled(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def client(rulebook: Rulebook, now: datetime) -> TestClient:
    """Give the service with the shipped rules and every card shown."""
    return TestClient(create_app(Settings(card_limit=100), rulebook, lambda: now))


@pytest.fixture(scope="module")
def templates(client: TestClient) -> dict[str, dict[str, str]]:
    """Give the prefetch templates of each hook."""
    services = client.get("/cds-services").json()["services"]
    return {one["hook"]: one["prefetch"] for one in services}


CASES = sorted((FIXTURES / "requests").glob("*/v*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_text_of_a_record_becomes_markup(
    client: TestClient,
    templates: dict[str, dict[str, str]],
    no_empties: Check,
    case: Path,
) -> None:
    """D11, C-03: whatever names and notes hold, cards show text, and link to sources only."""
    hook = case.parent.name
    if hook not in templates:
        pytest.skip(f"no service answers {hook} yet")
    body = json.loads(case.read_text("utf-8"))
    patient = body["context"]["patientId"]
    chart = json.loads((FIXTURES / "patients" / f"{patient}.json").read_text("utf-8"))
    sent = body | {"prefetch": fill(templates[hook], chart, body["context"])}
    answer = client.post(f"/cds-services/intrathecal-{hook}", json=spoiled(sent))

    assert answer.status_code in {200, 412}
    no_empties(answer.json())
    for card in answer.json().get("cards", ()):
        check_card(card)


def check_card(card: dict[str, Any]) -> None:
    """Check that a card holds no markup of the record and no character nobody sees."""
    blocks = READER.parse(card["detail"])
    tokens = blocks + [child for block in blocks for child in block.children or ()]
    assert {one.type for one in tokens} & {"html_block", "html_inline", "image"} == set()
    assert {one.attrs["href"] for one in tokens if one.type == "link_open"} <= {
        card["source"].get("url")
    }
    # Our own headings are bold lines; a heading, a rule or code would be the record's.
    assert {one.type for one in blocks} & {"heading_open", "hr", "fence", "code_block"} == set()
    labels = [one["label"] for one in card.get("suggestions", ())]
    for text in (card["summary"], card["source"]["label"], *labels):
        assert text.isprintable()
        assert len(text) < 200 + 1
