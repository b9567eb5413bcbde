"""What the rules on monitoring, interactions, populations, complications and evidence say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from fhir.resources.R4B import get_fhir_model_class

from rules.chart.call import Call
from rules.engine.evaluate import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules import Outcome, Rulebook
    from rules.engine.outcome import Advice

FIXTURES = Path(__file__).parents[3] / "fhir_fixtures"
GROUPS = ("MON", "INT", "SPC", "CMP", "PAY")
KEYS = {
    "Patient": "patient", "Condition": "conditions", "MedicationRequest": "medicationRequests",
    "Procedure": "procedures", "Observation": "observations", "AllergyIntolerance": "allergies",
    "Device": "devices", "CareTeam": "careTeams", "ServiceRequest": "serviceRequests",
}  # fmt: skip
# Where a card speaks of stopping, it warns of it, or tells of an order or a drug that has ended.
ABRUPT = re.compile(r"\bnot\b|never|unsafe|when it stops|stopped >14 d", re.IGNORECASE)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@cache
def load(path: Path) -> Any:  # noqa: ANN401 - JSON
    """Read a fixture."""
    return json.loads(path.read_text("utf-8"))


def call(case: str, without: str = "") -> Call:
    """Make the call of a fixture from its chart; *without* names a key that could not be had."""
    request = load(FIXTURES / "requests" / f"{case}.json")
    context = request["context"]
    chart = load(FIXTURES / "patients" / f"{context['patientId']}.json")
    prefetch = {}
    for kind, key in KEYS.items():
        found = [
            one["resource"] for one in chart["entry"] if one["resource"]["resourceType"] == kind
        ]
        entries = [{"resource": one} for one in found]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        prefetch[key] = msgspec.json.encode(found[0] if key == "patient" else bundle)
    prefetch.pop(without, None)
    drafts = context.get("draftOrders", {}).get("entry", ())
    return Call(
        request["hook"], context["patientId"], NOW, prefetch,
        tuple(one["resource"] for one in drafts), context=context,
        selections=tuple(context["selections"]) if "selections" in context else None,
        missing={without: "timeout"} if without else {},
    )  # fmt: skip


def firing() -> list[tuple[str, str]]:
    """Return every case of these groups with the rule that it fires."""
    found = []
    for path in sorted((FIXTURES / "expected").glob("*/*.json")):
        expected = load(path)
        case = path.relative_to(FIXTURES / "expected").with_suffix("").as_posix()
        if (
            expected["policy"] == "default"
            and "status" not in expected
            and "missing" not in expected
        ):
            fired = [*expected["fired"], *expected.get("later", ())]
            found += [(case, rule) for rule in fired if rule.startswith(GROUPS)]
    return found


FIRING = firing()


@pytest.fixture(name="ask", scope="module")
def _ask(rulebook: Rulebook) -> Callable[..., Outcome]:
    """Give a function that evaluates a case under a policy."""

    def ask(case: str, policy: str = "default", without: str = "") -> Outcome:
        return evaluate(rulebook, call(case, without), policy)

    return ask


def card(outcome: Outcome, rule: str) -> Advice:
    """Return the card of a rule that fired."""
    return next(one for one in outcome.advice if one.rule == rule)


@pytest.mark.parametrize(
    ("case", "rule", "summary"),
    [
        (
            "order-sign/mon-01-fires-when-the-dose-rises-without-monitoring", "MON-01",
            "IT opioid start/increase needs >=24 h respiratory monitoring - no order found",
        ),
        (
            "order-sign/mon-01-fires-when-a-trial-names-no-drug", "MON-01",
            "IT opioid start/increase needs >=24 h respiratory monitoring - no order found",
        ),
        (
            "order-sign/v54-oral-dose-on-the-intrathecal-route", "MON-01",
            "IT opioid start/increase needs >=6 h respiratory monitoring - no order found",
        ),
        (
            "order-select/v51-alprazolam-in-a-pump-patient", "INT-01",
            "alprazolam with intrathecal opioid: additive respiratory depression",
        ),
        (
            "order-sign/v62-second-intrathecal-opioid", "INT-02",
            "Systemic opioid 90 MME/day continues with IT opioid - no taper plan",
        ),
        (
            "order-sign/v62-second-intrathecal-opioid", "INT-04",
            "Two active intrathecal opioid orders: fentanyl, morphine",
        ),
        (
            "order-sign/int-04-fires-when-the-draft-replaces-nothing", "INT-04",
            "Two active intrathecal opioid orders: morphine (2 orders)",
        ),
        (
            "order-sign/int-03-fires-when-an-maoi-is-taken", "INT-03",
            "MAOI (phenelzine) within 14 days of intrathecal morphine: contraindicated",
        ),
        (
            "order-sign/spc-03-fires-when-a-negative-test-is-15-days-old", "SPC-03",
            ("Pregnancy (no test in 14 days): prolonged IT opioid - neonatal withdrawal risk; "
            "obstetric input"),
        ),
        (
            "order-sign/spc-04-fires-when-the-patient-is-18-tomorrow", "SPC-04",
            "Age under 18: specialist review needed before intrathecal opioid therapy",
        ),
        (
            "patient-view/cmp-01-fires-when-pain-rose-by-exactly-2", "CMP-01",
            ("Possible catheter-tip granuloma: pain rose from 4 to 6. Examine, image before any "
            "dose increase"),
        ),
        (
            "patient-view/cmp-04-fires-when-therapy-is-older-than-12-months", "CMP-04",
            "IT opioid >12 months: check testosterone/menses, cortisol (hypogonadism common)",
        ),
        (
            "order-sign/v01-question-3-no-trial", "PAY-01",
            ("Coverage evidence for implant: 1/6 items documented (missing: intolerance, "
                "rotation, prognosis, trial, specialist)"),
        ),
        (
            "order-sign/v05-question-1-refill-with-fibromyalgia", "PAY-02",
            "Continuation: pump present; benefit documented. Stopping abruptly is unsafe",
        ),
        (
            "order-sign/pay-01-silent-when-a-pump-is-refilled", "PAY-02",
            "Continuation: pump present; benefit not documented. Stopping abruptly is unsafe",
        ),
        (
            "order-sign/pay-02-fires-when-no-pump-is-on-record", "PAY-02",
            ("Continuation: no pump certain on record; verify device and contents. Stopping "
            "abruptly is unsafe"),
        ),
    ],
)  # fmt: skip
def test_the_words_of_a_card(
    ask: Callable[..., Outcome], case: str, rule: str, summary: str
) -> None:
    """A card says what was found, in the numbers of the policy."""
    assert card(ask(case), rule).summary == summary


@pytest.mark.parametrize(("case", "rule"), FIRING, ids=lambda one: one)
def test_cards_stay_within_what_a_card_may_say(
    ask: Callable[..., Outcome], case: str, rule: str
) -> None:
    """Nothing is stopped at once, no dose is written, and every suggestion is valid FHIR."""
    found = card(ask(case), rule)

    for sentence in f"{found.summary}. {found.detail}".split("."):
        if "stop" in sentence.casefold():
            assert ABRUPT.search(sentence), sentence
    for action in (one for suggestion in found.suggestions for one in suggestion.actions):
        assert action.type == "create"
        assert action.resource is not None
        text = json.dumps(action.resource)
        assert "doseQuantity" not in text
        assert "rateQuantity" not in text
        get_fhir_model_class(action.resource["resourceType"]).model_validate(action.resource)


@pytest.mark.parametrize("key", [key for key in KEYS.values() if key != "patient"])
def test_a_missing_key_never_turns_a_card_into_silence(
    ask: Callable[..., Outcome], key: str
) -> None:
    """A rule that fired still fires, or is not checked and the gap card says so."""
    silent = []
    for case, rule in FIRING:
        outcome = ask(case, without=key)
        result = next(one.result for one in outcome.rules if one.id == rule)
        gap = any(one.rule == "DAT-01" for one in outcome.advice)
        if result != "fired" and not (result == "not-checked" and gap):
            silent.append((case, rule, result, gap))
    assert silent == []


def test_a_payer_that_asks_for_psychology_counts_it(ask: Callable[..., Outcome]) -> None:
    """Under a policy that requires the evaluation there is one item more."""
    case = "order-sign/pay-01-fires-when-much-is-missing"

    assert "0/6 items" in card(ask(case), "PAY-01").summary
    wanted = card(ask(case, "pacc-2024"), "PAY-01").summary
    assert "0/7 items" in wanted
    assert len(wanted) < 140
    assert "0/6 items" in card(ask(case, "anthem"), "PAY-01").summary
    assert "psychology" in wanted


def test_the_order_that_a_draft_replaces_is_shown_as_evidence(ask: Callable[..., Outcome]) -> None:
    """What the pump gives until now is why the card speaks."""
    found = card(ask("order-sign/int-02-fires-15-days-after-the-implant"), "INT-02")

    assert "MedicationRequest/it-1" in found.detail
