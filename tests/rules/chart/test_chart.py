from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.chart.chart import AnotherPatient, Chart
from rules.chart.keys import TYPES
from tests.rules.chart.bundles import (
    PLAIN,
    RXNORM,
    bundle,
    chart_of,
    concept,
    condition,
    kinds,
    resource,
)

NAMES = [kind.__name__ for kind in TYPES.values()]
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.sampled_from(["2026-01-01", "Patient/p1", "active", "final", "urn:set", "1e9999"])
)  # fmt: skip
ELEMENTS = st.sampled_from([
    "resourceType", "id", "subject", "patient", "code", "coding", "system", "value", "entry",
    "resource", "clinicalStatus", "status", "valueQuantity", "onsetAge", "onsetDateTime", "link",
    "total", "issue", "severity", "response", "reaction", "participant", "role", "reference",
    "dosageInstruction", "doseAndRate", "timing", "repeat", "contained", "medicationReference",
    "medication", "period", "start", "end", "extension", "modifierExtension", "meta", "type",
    "birthDate", "effectivePeriod", "component", "category", "reason", "notDone", "abatementAge",
]) | st.text(max_size=5)  # fmt: skip
JSON = st.recursive(
    SCALARS | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ELEMENTS, inner, max_size=6),
    max_leaves=25,
)
RESOURCES = st.builds(
    lambda kind, more: {"code": concept("cond-a"), **more, "resourceType": kind},
    st.sampled_from([*NAMES, "Medication", "Bundle", "OperationOutcome", "Encounter", "Foo"]),
    st.dictionaries(ELEMENTS, JSON, max_size=6),
)
BUNDLES = st.builds(
    lambda resources, more: {**more, **bundle(*resources)},
    st.lists(RESOURCES | JSON, max_size=4), st.dictionaries(ELEMENTS, JSON, max_size=2),
)  # fmt: skip


@settings(max_examples=300)
@given(
    prefetch=st.dictionaries(
        st.sampled_from([*TYPES, "medications", "mine"]), JSON | RESOURCES | BUNDLES, max_size=4
    ),
    drafts=st.lists(RESOURCES, max_size=2),
)  # fmt: skip
def test_no_json_ever_crashes_a_chart(
    prefetch: dict[str, Any], drafts: list[dict[str, Any]]
) -> None:
    """Whatever is sent, a chart is read, or another patient refused; nine keys have a state."""
    try:
        chart = chart_of(prefetch, drafts=tuple(drafts))
    except AnotherPatient:
        return
    assert list(chart.keys) == list(TYPES)
    for key, state in chart.keys.items():
        assert state.state in ("complete", "empty", "incomplete", "missing")
        if key not in prefetch and not {"mine", "medications"} & prefetch.keys():
            assert state.state == "missing"
    for record in (*chart.conditions.possible(), *chart.observations.possible()):
        chart.faults(record)
        assert chart.raw(record)


@settings(max_examples=200)
@given(source=st.binary(max_size=40) | JSON.map(lambda one: json.dumps(one).encode()[:-1]))
def test_no_bytes_ever_crash_a_chart(source: bytes) -> None:
    """What is no JSON is missing, or at least no data."""
    chart = chart_of({"conditions": source})
    assert not chart.conditions.possible()


def _mixed() -> list[dict[str, Any]]:
    """Return records of every kind of doubt, each with an id, some of them twice."""
    return [
        condition("cond-a", "c1"), condition("cond-b", "c2", clinicalStatus=concept("resolved")),
        condition("cond-a", "c3", verificationStatus=concept("provisional")),
        condition("cond-a", "c4", verificationStatus=concept("entered-in-error")),
        condition("cond-a", "c5", abatementString="gone"),
        condition("cond-a", "c6") | {"code": {"text": "uncoded"}},
        condition("cond-a", "c7") | {"code": 7},
        condition("cond-a", "c8", bodySite=concept("region-a")),
        condition("cond-a", "c1", meta={"versionId": "2"}, clinicalStatus=concept("resolved")),
        condition("cond-x", "c9"), condition("cond-y", "c9"),
    ]  # fmt: skip


def _seen(resources: list[dict[str, Any]]) -> object:
    chart = chart_of({"conditions": bundle(*resources)})
    sure = [(r.ref, sorted(r.groups), getattr(r, "active", None)) for r in chart.conditions.sure]
    maybe = [(r.ref, sorted(r.groups)) for r in chart.conditions.maybe]
    told = sorted((i.kind, "" if i.kind == "unreadable" else i.ref) for i in chart.issues)
    return sure, maybe, told, chart.keys["conditions"].state


def test_the_order_of_resources_never_matters() -> None:
    """Shuffled, the same records, issues and states come out."""
    resources = _mixed()
    expected = _seen(resources)
    shuffler = random.Random(7)
    for _ in range(40):
        shuffler.shuffle(resources)
        assert _seen(resources) == expected


def test_the_newest_version_of_a_resource_is_kept() -> None:
    """By lastUpdated, then versionId; the same resource in two keys counts once."""
    older = condition("cond-a", "c1", meta={"lastUpdated": "2026-01-01T00:00:00Z"})
    newer = condition("cond-b", "c1", meta={"lastUpdated": "2026-01-01T01:00:00+00:30"})
    for first, second in ((older, newer), (newer, older)):
        chart = chart_of({"conditions": bundle(first), "mine": bundle(second)})
        (record,) = chart.conditions.sure
        assert record.groups == {"cond-b"}
        assert not chart.issues
    counted = [condition(f"cond-{n}", "c1", meta={"versionId": str(n)}) for n in (9, 10, 2)]
    (record,) = chart_of({"conditions": bundle(*counted)}).conditions.sure
    assert record.groups == {"cond-10"}


def test_a_newer_version_outside_every_value_set_counts() -> None:
    """A diagnosis that was corrected to another is not the old one any more."""
    old = condition("cond-a", "c1", meta={"versionId": "1"})
    new = condition(identity="c1", meta={"versionId": "2"}) | {"code": concept("z", system=PLAIN)}
    for pair in ((old, new), (new, old)):
        assert not chart_of({"conditions": bundle(*pair)}).conditions.possible()


def test_versions_that_nothing_tells_apart_are_told() -> None:
    """One of them is kept, and that there were two is said; equal ones are one."""
    chart = chart_of({"conditions": bundle(condition("cond-x", "c9"), condition("cond-y", "c9"))})
    assert len(chart.conditions.sure) == 1
    assert kinds(chart) == ["duplicate"]
    assert not chart_of({"conditions": bundle(condition(), condition())}).issues


def test_resources_without_id_are_told_apart_by_place() -> None:
    """They are named by their place, and never taken for one another."""
    nameless = [{k: v for k, v in condition(code).items() if k != "id"} for code in ("a", "b")]
    chart = chart_of({"conditions": bundle(*nameless)})
    assert [one.ref for one in chart.conditions.sure] == ["Condition#1", "Condition#2"]


def _medication(identity: str = "m1", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - any element
    return resource(
        "MedicationRequest", identity, status="active", intent="order", authoredOn="2026-01-01",
        medicationCodeableConcept=concept("7052", system=RXNORM), **elements,
    )  # fmt: skip


def _refs(chart: Chart) -> list[str]:
    return [one.ref for one in chart.medications.possible()]


def test_a_draft_replaces_the_stored_order_it_renews() -> None:
    """By its own id or by `priorPrescription`, before any fact is read; it can be looked up."""
    stored = {"medicationRequests": bundle(_medication("m1"), _medication("m2"))}
    assert _refs(chart_of(stored)) == ["MedicationRequest/m1", "MedicationRequest/m2"]
    same = _medication("m1", note="again")
    renewal = _medication("d1", priorPrescription={"reference": "https://x/MedicationRequest/m1"})
    for draft in (same, renewal):
        chart = chart_of(stored, drafts=(draft,))
        assert _refs(chart) == ["MedicationRequest/m2"]
        assert chart.lookup("MedicationRequest/m1") is not None
    erroneous = same | {"status": "entered-in-error"}
    assert len(_refs(chart_of(stored, drafts=(erroneous,)))) == 2
    requests = {"serviceRequests": bundle(
        resource("ServiceRequest", "s1", status="active", code=concept("order-a")),
    )}  # fmt: skip
    draft = resource("ServiceRequest", "s1", status="draft", code=concept("order-b"))
    assert not chart_of(requests, drafts=(draft,)).service_requests.possible()


MORPHINE = {"resourceType": "Medication", "code": concept("7052", system=RXNORM)}


def _referring(reference: str, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - any element
    whole = _medication(**elements) | {"medicationReference": {"reference": reference}}
    del whole["medicationCodeableConcept"]
    return whole


@pytest.mark.parametrize(
    ("request_", "more"),
    [
        (_referring("#m", contained=[MORPHINE | {"id": "m"}]), []),
        (_referring("Medication/m"), [MORPHINE | {"id": "m"}]),
        (_referring("https://x.example/fhir/Medication/m"), [MORPHINE | {"id": "m"}]),
    ],
)
def test_a_medication_by_reference_is_resolved(
    request_: dict[str, Any], more: list[dict[str, Any]]
) -> None:
    """Contained, in the Bundle beside it, or under a key of its own."""
    for prefetch in (
        {"medicationRequests": bundle(request_, *more)},
        {"medicationRequests": bundle(request_), "medications": bundle(*more)},
    ):
        chart = chart_of(prefetch)
        (record,) = chart.medications.sure
        assert record.coded
        assert record.groups == {"med-opioid-ingredient"}
        assert not chart.issues


def test_a_medication_is_resolved_by_full_url_and_from_drafts() -> None:
    """A urn is looked up as fullUrl; a drafted Medication comes before a stored one."""
    entry = {"fullUrl": "urn:uuid:77", "resource": MORPHINE}
    prefetch = {"medicationRequests": {"resourceType": "Bundle", "entry": [
        {"resource": _referring("urn:uuid:77")}, entry,
    ]}}  # fmt: skip
    assert chart_of(prefetch).medications.sure
    draft = _referring("Medication/m") | {"id": "d1", "status": "draft"}
    chart = chart_of({"medications": bundle({"resourceType": "Medication", "id": "m"})},
                     drafts=(draft, MORPHINE | {"id": "m"}))  # fmt: skip
    (order,) = chart.orders
    assert order.groups == {"med-opioid-ingredient"}
    context = {"draftOrders": {"resourceType": "Bundle", "entry": [entry]}}
    chart = chart_of({}, drafts=(_referring("urn:uuid:77"), MORPHINE), context=context)
    assert chart.orders[0].groups == {"med-opioid-ingredient"}


def test_an_unresolved_medication_is_uncoded() -> None:
    """Nobody knows what was ordered: a doubt, never "no opioid"."""
    chart = chart_of({"medicationRequests": bundle(_referring("Medication/elsewhere"))})
    assert [one.coded for one in chart.medications.maybe] == [False]
    loop = _referring("#m", contained=[{"resourceType": "Medication", "id": "m", "ingredient": [
        {"itemReference": {"reference": "#m"}}]}])  # fmt: skip
    assert not chart_of({"medicationRequests": bundle(loop)}).medications.sure


def test_raw_is_the_text_that_was_sent() -> None:
    """Spacing, order of members and digits of numbers are as received."""
    text = (
        b'{"resourceType": "Bundle", "entry": [{"resource":  {"code" :{"coding":[{"code":"a",'
        b'"system":"urn:set"}]}, "id":"c1","resourceType":"Condition","x": 1.10}}]}'
    )
    chart = chart_of({"conditions": text})
    start = text.index(b'{"code"')
    assert chart.raw(chart.conditions.sure[0]) == text[start:-3]


def test_missing_data_leave_every_set_incomplete() -> None:
    """With nothing sent, nothing is certain and nothing is recorded."""
    chart = chart_of({})
    for records, key in (
        (chart.conditions, "conditions"), (chart.observations, "observations"),
        (chart.procedures, "procedures"), (chart.allergies, "allergies"),
        (chart.devices, "devices"), (chart.care_teams, "careTeams"),
        (chart.service_requests, "serviceRequests"), (chart.medications, "medicationRequests"),
    ):  # fmt: skip
        assert (records.exists(), records.gaps) == (None, (key,))
