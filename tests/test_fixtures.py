"""Every fixture call, posted to the service as an EHR posts it, and what it must answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from starlette.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rules import Rulebook

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fhir_fixtures"
RULES = {path.stem: path for path in sorted((ROOT / "rules" / "clinical").glob("*/*.yaml"))}
POLICIES = {path.stem for path in (ROOT / "rules" / "policies").glob("*.yaml")}
# knowledge.md 2.14; a case for one that is not built yet waits for it.
KNOWN_POLICIES = {"default", "cms-280.14", "anthem", "evicore", "pacc-2024"}
EVALUATION = "org.intrathecal-cds.evaluation"
MEMBERS = {
    "title", "now", "policy", "status", "verdict", "phase", "criteria", "fired", "silent", "later",
    "indicators", "missing",
}  # fmt: skip

JSON = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One call: `hook/name`, what the EHR posts without prefetch, and what is expected."""

    hook: str
    name: str

    def read(self, part: str) -> JSON:
        """Return the request or the expectation of the case."""
        return load(FIXTURES / part / self.hook / f"{self.name}.json")

    def chart(self) -> JSON:
        """Return the chart of the patient whom the request names."""
        return load(FIXTURES / "patients" / f"{self.read('requests')['context']['patientId']}.json")


@cache
def load(path: Path) -> JSON:
    """Read a fixture; callers do not change it."""
    found: JSON = json.loads(path.read_text("utf-8"))
    return found


def names(part: str) -> set[str]:
    """Return `hook/case` of every file of requests or expected."""
    folder = FIXTURES / part
    return {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.*")}


CASES = [Case(*name.split("/", 1)) for name in sorted(names("requests") & names("expected"))]


@pytest.fixture(scope="module")
def client(rulebook: Rulebook) -> Iterator[Callable[[str, str], TestClient]]:
    """Give the service under a policy and at a moment."""
    from hooks.app import create_app
    from hooks.settings import load_settings

    moment = ["2026-11-22T12:00:00Z"]
    open_clients: dict[str, TestClient] = {}

    def service(policy: str, now: str) -> TestClient:
        moment[0] = now
        if policy not in open_clients:
            settings = load_settings(policy=policy, card_limit=100)
            app = create_app(settings, rulebook, lambda: datetime.fromisoformat(moment[0]))
            open_clients[policy] = TestClient(app, base_url="http://127.0.0.1")
        return open_clients[policy]

    yield service
    for one in open_clients.values():
        one.close()


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """Give the published schema of the evaluation object."""
    return Draft202012Validator(load(ROOT / "hooks" / "schemas" / "evaluation.schema.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.hook}/{case.name}")
def test_the_service_answers_as_expected(
    case: Case, client: Callable[[str, str], TestClient], schema: Draft202012Validator
) -> None:
    """Status, phase, verdict, criteria, rules and suggestions are those of the expectation."""
    from hooks.ehr import fill

    request, expected = case.read("requests"), case.read("expected")
    if expected["policy"] not in POLICIES:
        pytest.skip(f"the policy `{expected['policy']}` is not built yet")
    service = client(expected["policy"], expected["now"])
    offered = next(
        one
        for one in service.get("/cds-services").json()["services"]
        if one["hook"] == request["hook"]
    )
    prefetch = fill(offered["prefetch"], case.chart(), request["context"])
    assert set(expected.get("missing", ())) <= set(prefetch), "a missing key is one we ask for"
    sent = {key: data for key, data in prefetch.items() if key not in expected.get("missing", ())}
    response = service.post(f"/cds-services/{offered['id']}", json={**request, "prefetch": sent})

    assert response.status_code == expected.get("status", 200), response.text
    answer: JSON = response.json()
    if response.status_code != 200:
        assert answer["resourceType"] == "OperationOutcome"
        return
    evaluation: JSON = answer["extension"][EVALUATION]
    assert [error.message for error in schema.iter_errors(evaluation)] == []
    assert differences(expected, evaluation, answer["cards"]) == {}
    check_suggestions(answer["cards"])


def differences(expected: JSON, evaluation: JSON, cards: list[JSON]) -> dict[str, object]:
    """Return what differs, by place: what was wanted and what was found (or the result)."""
    wrong: dict[str, object] = {}
    for member in ("verdict", "phase"):
        if evaluation[member] != expected[member]:
            wrong[member] = {"wanted": expected[member], "found": evaluation[member]}
    found = {one["id"]: one for one in evaluation["criteria"]}
    for criterion, wanted in expected["criteria"].items():
        if any(found[criterion].get(member) != wanted[member] for member in wanted):
            wrong[criterion] = {"wanted": wanted, "found": found[criterion]}
    results = {one["id"]: one for one in evaluation["rules"]}
    for rule in must_fire(expected):
        if results.get(rule, {}).get("result") != "fired":
            wrong[rule] = {"wanted": "fired", "found": results.get(rule)}
    for rule in expected["silent"]:
        if results.get(rule, {}).get("result") == "fired":
            wrong[rule] = {"wanted": "silent", "found": results[rule]}
    return wrong | wrong_indicators(expected, results, cards)


def must_fire(expected: JSON) -> list[str]:
    """Return the rules that must fire; one for later is among them as soon as it is built."""
    return [*expected["fired"], *(one for one in expected.get("later", ()) if one in RULES)]


def wrong_indicators(
    expected: JSON, results: Mapping[str, JSON], cards: list[JSON]
) -> dict[str, object]:
    """Return the rules whose card is shown with another indicator, or not at all."""
    shown = {card["source"]["topic"]["code"]: card["indicator"] for card in cards}
    return {
        f"indicator of {rule}": {"wanted": wanted, "found": shown.get(rule, results.get(rule))}
        for rule, wanted in expected.get("indicators", {}).items()
        if shown.get(rule) != wanted
    }


def check_suggestions(cards: list[JSON]) -> None:
    """Hold every suggested resource against FHIR R4B (recording.md 13.13)."""
    for card in cards:
        for suggestion in card.get("suggestions", ()):
            for action in suggestion.get("actions", ()):
                resource = action.get("resource")
                if resource is not None:
                    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_every_request_has_its_expectation_and_the_reverse() -> None:
    """A request without an expectation, or the reverse, would be checked by nobody."""
    assert names("requests") ^ names("expected") == set()
    assert CASES


def test_every_chart_is_used_and_every_named_chart_exists() -> None:
    """A chart that no request names is dead weight; a request without a chart cannot be posted."""
    named = {case.read("requests")["context"]["patientId"] for case in CASES}
    assert named ^ {path.stem for path in (FIXTURES / "patients").iterdir()} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.hook}/{case.name}")
def test_the_case_is_well_formed(case: Case) -> None:
    """The folder is the hook, no prefetch is stored, and an expectation says nothing twice."""
    request, expected = case.read("requests"), case.read("expected")
    assert request["hook"] == case.hook
    assert "prefetch" not in request
    assert set(expected) <= MEMBERS
    assert expected["policy"] in KNOWN_POLICIES | POLICIES
    assert expected["title"].endswith(".")
    assert datetime.fromisoformat(expected["now"]).utcoffset() is not None
    if "status" not in expected:
        said = [*expected["fired"], *expected["silent"], *expected.get("later", ())]
        assert len(said) == len(set(said)), "a rule that is both, or twice"
        assert set(expected.get("indicators", ())) <= set(must_fire(expected))


def test_the_hook_instances_differ() -> None:
    """Each call of an EHR has its own instance."""
    seen = [case.read("requests")["hookInstance"] for case in CASES]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_case_that_fires_and_one_that_stays_silent(rule: str) -> None:
    """A rule that no case fires, or none keeps silent on one of its hooks, is not tested."""
    hooks = set(YAML(typ="safe").load(RULES[rule])["hooks"])
    expected = [(case.hook, case.read("expected")) for case in CASES]
    firing = [one for hook, one in expected if hook in hooks and rule in must_fire_of(one)]
    silent = [one for hook, one in expected if hook in hooks and rule in one.get("silent", ())]
    assert firing, f"no case fires {rule}"
    assert silent, f"no case keeps {rule} silent on one of its hooks"


def must_fire_of(expected: JSON) -> list[str]:
    """Return the rules that must fire; none where the call itself is refused."""
    return [] if "status" in expected else must_fire(expected)


def test_every_scenario_has_a_case_that_says_the_same(shared_folder: Path) -> None:
    """Verdict, criteria, contraindications and cards are those of the clinical scenarios."""
    value = {"T": ("true",), "F": ("false",), "U": ("unknown",)}
    strong = {**value, "Fa": ("false", "absent-in-record")}
    by_scenario = {
        case.name.split("-", 1)[0].upper(): case.read("expected")
        for case in reversed(CASES)
        if case.read("expected")["policy"] == "default" and "status" not in case.read("expected")
    }
    wrong = {}
    for scenario in json.loads((shared_folder / "clinical" / "scenarios.json").read_text("utf-8")):
        expected = by_scenario.get(scenario["id"])
        if expected is None:
            wrong[scenario["id"]] = "no case"
            continue
        told = {**scenario["C"], **scenario["X"]}
        ours = {
            name: tuple(one.values())[: 2 if told[name] == "Fa" else 1]
            for name, one in expected["criteria"].items()
        }
        cards = set(expected["fired"]) | set(expected.get("later", ()))
        if (
            ours != {name: strong[letter] for name, letter in told.items()}
            or expected["verdict"] != scenario["verdict"]
            or cards != set(scenario["cards"])
        ):
            wrong[scenario["id"]] = str((expected["verdict"], ours, sorted(cards)))
    assert wrong == {}
