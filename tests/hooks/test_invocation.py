from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

import rules
from hooks.evaluation import MEMBER, schema

if TYPE_CHECKING:
    from datetime import datetime

    from tests.hooks.conftest import Advices, Check, Outcomes, Toy, Toys

CORE = ("conditions", "medicationRequests", "procedures")
VIEW, SIGN = "intrathecal-patient-view", "intrathecal-order-sign"


def test_a_call_reaches_the_rules_as_it_was_sent(
    toys: Toys, sign: dict[str, Any], now: datetime
) -> None:
    """R-07, R-08, G-04: patient, drafts and context parsed, prefetch as the bytes sent."""
    toy = toys()
    text = json.dumps(sign).replace('"p1"', '"Patient/p1"', 1)
    answer = toy.post(SIGN, text.replace('"draft"', '"draft", "x": 1.10').encode())
    (call,) = toy.calls

    assert answer.status_code == 200
    assert (call.hook, call.patient_id, call.now) == ("order-sign", "p1", now)
    assert call.prefetch == {"conditions": b'{"resourceType": "Bundle", "type": "searchset"}'}
    assert str(call.drafts[0]["x"]) == "1.10"
    assert call.selections is None


def test_nothing_to_say_is_200_with_no_cards(
    toy: Toy, view: dict[str, Any], no_empties: Check
) -> None:
    """S-01, S-02, matrix 4: 200, an empty list, and what was checked in the extension."""
    answer = toy.post(VIEW, view)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    said = answer.json()
    no_empties(said)
    assert said["cards"] == []
    assert list(said) == ["cards", "extension"]


def test_the_evaluation_follows_its_schema(
    toys: Toys, outcome: Outcomes, advice: Advices, view: dict[str, Any]
) -> None:
    """S-06, E-01, E-02: the object of design.md 4, checked by the schema that we publish."""
    said = outcome(advice("A-1"), advice("B-1", merge="A-1"), missing=("patient",))
    toy = toys(said)
    found = toy.post(VIEW, view).json()["extension"][MEMBER]
    published = toy.client.get("/schemas/evaluation.json").json()

    assert published == json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(found, published, jsonschema.Draft202012Validator)
    assert [(one["id"], one["card"]) for one in found["rules"]] == [
        ("A-1", "shown"), ("B-1", "merged"), ("TOY-99", "none"),
    ]  # fmt: skip
    assert [one["id"] for one in found["criteria"]] == [
        "C1", "C2", "C3", "C4", "C5", "X1", "X2", "X3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"id": "1"},
        {"verdict": "MAYBE"},
        {"criteria": []},
        {"knowledge": {"version": "1", "hash": "md5:1"}},
        {"rules": [{"id": "A-1", "version": "1", "result": "clear", "card": "shown"}]},
        {"data": [{"key": "conditions", "state": "gone", "source": "prefetch"}]},
    ],
)
def test_the_schema_can_say_no(toy: Toy, view: dict[str, Any], change: dict[str, Any]) -> None:
    """A schema that accepts anything checks nothing."""
    found = toy.post(VIEW, view).json()["extension"][MEMBER] | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, json.loads(schema()), jsonschema.Draft202012Validator)


def test_a_retry_gives_the_same_answer(
    toys: Toys, outcome: Outcomes, advice: Advices, view: dict[str, Any]
) -> None:
    """D14, S7, R-04: the same body has the same ids; another instance, body or policy others."""
    said = outcome(advice())
    toy = toys(said)
    first = toy.post(VIEW, view)

    assert toy.post(VIEW, view).content == first.content
    others = [
        toy.post(VIEW, view | {"hookInstance": "00000000-0000-4000-8000-000000000000"}),
        toy.post(VIEW, view | {"x": 1}),
        toys(outcome(advice(), policy=rules.Named("cms-280.14", "1.0.0"))).post(VIEW, view),
        toys(outcome(advice(), knowledge=rules.Knowledge("2", "sha256:" + "1" * 64))).post(
            VIEW, view
        ),
    ]
    answers = [one.json() for one in (first, *others)]
    for ids in (
        {one["extension"][MEMBER]["id"] for one in answers},
        {one["cards"][0]["uuid"] for one in answers},
    ):
        assert len(ids) == 5
        assert {UUID(one).version for one in ids} == {5}


def test_no_core_data_and_no_alarm_from_the_drafts_is_412(
    toys: Toys, outcome: Outcomes, sign: dict[str, Any]
) -> None:
    """P-02, P-08, matrix 5: an OperationOutcome that names the keys."""
    answer = toys(outcome(missing=CORE)).post(SIGN, sign)
    (issue,) = answer.json()["issue"]

    assert answer.status_code == 412
    assert (issue["severity"], issue["code"]) == ("error", "processing")
    assert all(key in issue["details"]["text"] for key in CORE)


@pytest.mark.parametrize("rule", ["DOS-03", "AGT-01", "INT-04"])
def test_an_alarm_from_the_drafts_alone_is_a_card(
    toys: Toys, outcome: Outcomes, advice: Advices, sign: dict[str, Any], rule: str
) -> None:
    """S3: a 412 is invisible to the clinician; what the drafts alone show is said."""
    said = outcome(advice(rule, indicator="critical"), missing=CORE)

    assert toys(said).post(SIGN, sign).status_code == 200


def test_a_silent_alarm_does_not_make_up_for_core_data(
    toys: Toys, outcome: Outcomes, advice: Advices, sign: dict[str, Any]
) -> None:
    """An alarm that nobody is shown is no answer: the EHR hears that data are missing."""
    said = outcome(advice("DOS-03", silent=True), missing=CORE)

    assert toys(said).post("intrathecal-order-sign", sign).status_code == 412


@pytest.mark.parametrize("rule", ["INT-01", "CTR-01", "DAT-01", "ELG-01"])
def test_other_rules_do_not_make_up_for_core_data(
    toys: Toys, outcome: Outcomes, advice: Advices, sign: dict[str, Any], rule: str
) -> None:
    """P-02: without core data only doses, agents and duplicates can be judged."""
    assert toys(outcome(advice(rule), missing=CORE)).post(SIGN, sign).status_code == 412


@pytest.mark.parametrize("had", CORE)
def test_one_core_key_is_enough_to_answer(
    toys: Toys, outcome: Outcomes, sign: dict[str, Any], had: str
) -> None:
    """S3, P-07: what could be checked is answered; the rest is a gap, not a 412."""
    missing = tuple({*CORE, "observations"} - {had})

    assert toys(outcome(missing=missing)).post(SIGN, sign).status_code == 200


def test_a_resource_of_another_patient_refuses_the_call(toys: Toys, view: dict[str, Any]) -> None:
    """C9: mixed patients are a 400 and a security event, and nobody's data are repeated."""
    toy = toys(rules.AnotherPatient("conditions", "Condition/zx-canary"))
    with capture_logs() as logs:
        answer = toy.post(VIEW, view)

    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "security"
    assert "zx-canary" not in answer.text
    assert [one["log_level"] for one in logs] == ["warning"]


def test_the_hook_must_be_that_of_the_service(toy: Toy, view: dict[str, Any]) -> None:
    """R-03, D-10, C9: another hook is a 400 that names the place."""
    answer = toy.post(SIGN, view)

    assert answer.status_code == 400
    assert "/hook" in answer.json()["issue"][0]["diagnostics"]


def test_extra_members_anywhere_change_nothing(toy: Toy, sign: dict[str, Any]) -> None:
    """G-06, R-09, R-11, matrix 13: unknown members and keys are no mistakes."""
    more = {"user": "x", "extension": {"com.example.x": {"y": 1}}, "metadata": []}
    context = sign["context"] | {"extension": {}, "encounterId": None, "new": {"a": 1}}
    prefetch = sign["prefetch"] | {"-user": None, "mine": {"resourceType": "Basic"}}

    said = sign | more | {"context": context, "prefetch": prefetch}
    assert toy.post(SIGN, said).status_code == 200


def test_the_log_names_the_call_and_no_data(toys: Toys, sign: dict[str, Any]) -> None:
    """X-06, matrix 25: event, client, hash of the instance, habits, results; no id, no token."""
    token = {"access_token": "zx-token", "token_type": "Bearer", "patient": "p1"}
    said = sign | {"fhirServer": "https://zx-server", "fhirAuthorization": token, "zx": 1}
    with capture_logs() as logs:
        toys().post(SIGN, said)
    (line,) = [one for one in logs if one["event"] == "call.evaluated"]

    assert line["instance"] == hashlib.sha256(sign["hookInstance"].encode()).hexdigest()[:16]
    assert (line["client"], line["hook"]) == ("open", "order-sign")
    assert line["tolerated"] == ["extra-keys"]
    assert "zx-" not in json.dumps(logs)
    assert '"p1"' not in json.dumps(logs)


def test_a_large_body_is_answered_beside_the_loop(toys: Toys, view: dict[str, Any]) -> None:
    """F9: 1 MB takes longer than others should wait; the answer is the same."""
    toy = toys()
    view["prefetch"]["conditions"]["note"] = "x" * 1_000_000

    assert toy.post(VIEW, view).json()["cards"] == []
    assert len(toy.calls[0].prefetch["conditions"]) > 1_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "hook": st.sampled_from(["patient-view", "order-sign"]) | JSON,
        "hookInstance": st.uuids().map(str) | JSON,
        "context": st.fixed_dictionaries(
            {},
            optional={
                "patientId": st.just("p1") | JSON,
                "userId": JSON,
                "selections": JSON,
                "draftOrders": st.fixed_dictionaries({}, optional={"entry": JSON, "x": JSON})
                | JSON,
            },
        )
        | JSON,
        "prefetch": st.dictionaries(st.sampled_from(["patient", "conditions"]), JSON) | JSON,
        "fhirServer": JSON,
        "fhirAuthorization": JSON,
        "extension": JSON,
    },
)


@given(ENVELOPE, st.sampled_from([VIEW, SIGN]))
def test_no_envelope_gets_a_5xx(
    toy: Toy, no_empties: Check, said: dict[str, Any], service: str
) -> None:
    """C7, C16: whatever the types are, an answer or a refusal with an OperationOutcome."""
    answer = toy.post(service, said)

    assert answer.status_code in {200, 400, 412, 422}
    no_empties(answer.json())
    if answer.status_code != 200:
        assert answer.json()["resourceType"] == "OperationOutcome"


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_no_bytes_get_a_5xx(toy: Toy, body: bytes) -> None:
    """C16: garbage is a 400."""
    assert toy.post(VIEW, body).status_code == 400
