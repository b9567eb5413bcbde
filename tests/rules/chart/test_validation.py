from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from rules.chart import validation
from rules.chart.validation import Fault, forget, validate
from tests.rules.chart.bundles import bundle, chart_of, concept, condition, encode, kinds, resource

VALID = condition()


def _faults(**elements: object) -> tuple[Fault, ...]:
    return validate(encode(VALID | elements), "Condition")


def test_valid_resources_have_no_faults() -> None:
    """What FHIR R4 allows passes, for each type that decides something."""
    assert _faults() == ()
    for kind, more in (
        ("Observation", {"status": "final", "code": concept("a"), "valueInteger": 7}),
        ("Procedure", {"status": "completed", "performedDateTime": "2026-01"}),
        ("AllergyIntolerance", {}),
        ("MedicationRequest", {
            "status": "active", "intent": "order", "medicationCodeableConcept": concept("a"),
        }),
    ):  # fmt: skip
        assert validate(encode(resource(kind, **more)), kind) == (), kind


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ({"recordedDate": "2020-02-30"}, "Condition.recordedDate"),
        ({"code": {"coding": [{"system": 5}]}}, "Condition.code.coding[0].system"),
        ({"bodySite": [{}, {"coding": "x"}]}, "Condition.bodySite[1].coding"),
        ({"onsetString": "a", "onsetDateTime": "2020"}, "Condition"),
        ({"subject": None}, "Condition.subject"),
        ({"contained": [{"resourceType": "Foo"}]}, "Condition"),
        ({"resourceType": "Procedure"}, "Condition.resource_type"),
    ],
)  # fmt: skip
def test_a_fault_has_a_path_like_fhirpath(elements: dict[str, object], path: str) -> None:
    """The path says which element is wrong, so that a fact knows whether it reads it."""
    (fault, *_) = _faults(**elements)
    assert fault.path == path
    assert not fault.extra


def test_no_fault_repeats_what_it_found() -> None:
    """Names, ids and narratives of the patient never enter a message."""
    private = "SECRET WORD"
    for elements in (
        {"id": private}, {"recordedDate": private}, {"onsetAge": {"value": private}},
        {"code": {"coding": [{"code": {"x": private}}]}}, {"text": {"div": private, "status": 5}},
        {"onsetString": private, "onsetDateTime": "2020"}, {"code": private},
    ):  # fmt: skip
        faults = _faults(**elements)
        assert faults
        assert private not in repr(faults)


def test_a_time_without_offset_is_no_fault() -> None:
    """It is read in the offset of the call; only its form is judged here."""
    assert _faults(recordedDate="2026-01-05T10:00:00") == ()
    assert _faults(recordedDate="2026-01-05T25:00:00") != ()


def test_unknown_elements_are_one_harmless_fault() -> None:
    """However many a resource has, one is told, and marked as such."""
    faults = _faults(a=1, b=2, code={"coding": [{"zz": 1}]})
    assert len(faults) == 1
    assert faults[0].extra


def test_hostile_resources_are_faults_and_no_crash() -> None:
    """Depth, wrong shapes and what is no JSON all end in a fault."""
    deep = b'{"resourceType":"Condition","extension":' + b'[{"url":"a","extension":' * 400
    for raw in (deep + b"[]" + b"}]" * 400 + b"}", b"{", b"[]", b"null", b"", b"\xff", b"7"):
        assert validate(raw, "Condition"), raw[:20]
    assert validate(b"{}", "Nope")


def test_a_verdict_is_remembered_by_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes are judged once, other bytes anew, and memory is bounded."""
    forget()
    judged: list[bytes] = []

    def judge(raw: bytes, _: str) -> tuple[Fault, ...]:
        judged.append(raw)
        return ()

    monkeypatch.setattr(validation, "_validate", judge)
    monkeypatch.setattr(validation, "REMEMBERED", 2)
    for raw in (b"1", b"1", b"2", b"1", b"3", b"1", b"2"):
        validate(raw, "Condition")
    assert judged == [b"1", b"2", b"3", b"2"]
    validate(b"1", "Procedure")
    assert len(judged) == 5
    forget()


def test_models_are_imported_at_first_need_only() -> None:
    """Reading a chart does not pay for validation; `warm` pays at start."""
    program = (
        "import sys, rules.chart.chart, rules.chart.validation as v;"
        "assert not any(m.startswith('fhir.') for m in sys.modules);"
        "v.warm(('Condition',)); assert 'fhir.resources.R4B.condition' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_faults_of_a_record_are_told_once() -> None:
    """A chart validates a record when asked, and reports what is wrong with it."""
    given = condition(identity="c1", abatementString="x", abatementDateTime="2020")
    chart = chart_of({"conditions": bundle(VALID | {"id": "c0"}, given)})
    before = len(chart.issues)
    fine, wrong = chart.conditions.sure
    assert chart.faults(fine) == ()
    assert [fault.path for fault in chart.faults(wrong)] == ["Condition"]
    chart.faults(wrong)
    told = chart.issues[before:]
    assert [(issue.kind, issue.ref) for issue in told] == [("invalid", "Condition/c1")]


def test_unknown_elements_are_told_once_per_type() -> None:
    """A sender's own element is in every resource; once is enough."""
    records = [condition(identity=f"c{n}", ownElement=n) for n in range(3)]
    chart = chart_of({"conditions": bundle(*records)})
    assert all(chart.faults(record)[0].extra for record in chart.conditions.sure)
    assert kinds(chart) == ["invalid"]


def test_what_was_repaired_is_judged_as_repaired() -> None:
    """A habit that we understand is no reason to doubt the record."""
    chart = chart_of({"conditions": bundle(condition(bodySite=concept("a")))})
    (record,) = chart.conditions.sure
    assert chart.faults(record) == ()
    assert json.loads(chart.raw(record))["bodySite"] == concept("a")


def test_a_draft_is_validated_as_it_was_received() -> None:
    """The bytes of a draft are those of the hook's context."""
    draft: dict[str, Any] = resource("ServiceRequest", "d1", status="draft", code=concept("a"))
    chart = chart_of({}, drafts=(draft,))
    (order,) = chart.orders
    assert json.loads(chart.raw(order)) == draft
    assert [fault.path for fault in chart.faults(order)] == ["ServiceRequest.intent"]
