from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.rules.chart.bundles import bundle, chart_of, concept, condition, kinds, outcome, resource

ONE = condition()
NEXT = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]
OTHER = resource("Procedure", status="completed", code=concept("proc-a"))

# What a key holds -> the state it has, how many conditions are read, a word of the reason.
STATES: dict[str, tuple[object, str, int, str]] = {
    "null": (None, "empty", 0, ""),
    "empty searchset": (bundle(), "empty", 0, ""),
    "searchset without entry": ({"resourceType": "Bundle", "type": "searchset"}, "empty", 0, ""),
    "total of zero": (bundle(total=0), "empty", 0, ""),
    "one": (bundle(ONE, total=1), "complete", 1, ""),
    "collection": (bundle(ONE, type="collection"), "complete", 1, ""),
    "no type": ({"resourceType": "Bundle", "entry": [{"resource": ONE}]}, "complete", 1, ""),
    "single resource": (ONE, "complete", 1, ""),
    "further page": (bundle(ONE, link=NEXT), "incomplete", 1, "further page"),
    "further page of nothing": (bundle(link=NEXT), "incomplete", 0, "further page"),
    "own page only": (bundle(ONE, link=[{"relation": "self", "url": "x"}]), "complete", 1, ""),
    "larger total": (bundle(ONE, total=3), "incomplete", 1, "1 of 3"),
    "total counts matches, not what came along": (
        bundle(ONE, total=2, entry=[
            {"resource": ONE, "search": {"mode": "match"}},
            {"resource": resource("Practitioner"), "search": {"mode": "include"}},
        ]), "incomplete", 1, "1 of 2",
    ),
    "outcome": (outcome("error"), "missing", 0, "it said so"),
    "outcome that only informs": (outcome("information"), "missing", 0, "it said so"),
    "outcome without issues": ({"resourceType": "OperationOutcome"}, "missing", 0, "failed"),
    "no results, says a warning": (bundle(outcome("warning", "not-found")), "empty", 0, ""),
    "no results, total of zero": (bundle(outcome("warning"), total=0), "empty", 0, ""),
    "error entry alone": (bundle(outcome("error")), "missing", 0, "it said so"),
    "error entry among others": (bundle(ONE, outcome("error")), "incomplete", 1, "it said so"),
    "warning among others": (bundle(ONE, outcome("warning")), "complete", 1, ""),
    "left out, says a warning": (
        bundle(ONE, outcome("warning", "suppressed")), "incomplete", 1, "it said so",
    ),
    "empty object": ({}, "missing", 0, "resourceType"),
    "no resourceType": ({"entry": [{"resource": ONE}]}, "missing", 0, "resourceType"),
    "array": ([ONE], "missing", 0, "array"),
    "string": ("Condition/c1", "missing", 0, "string"),
    "number": (7, "missing", 0, "number"),
    "boolean": (True, "missing", 0, "boolean"),
    "not JSON": (b"{", "missing", 0, "not JSON"),
    "nothing": (b"", "missing", 0, "not JSON"),
    "not UTF-8": (b'{"resourceType":"Condition","id":"\xff"}', "missing", 0, "JSON"),
    "too deep": (b'{"resourceType":"Bundle","x":' + b"[" * 100_000, "missing", 0, "deep"),
    "another type": (OTHER, "missing", 0, "Procedure, not Condition"),
    "a type that is not read": (resource("Practitioner"), "missing", 0, "Practitioner"),
    "a Bundle of another type": (bundle(OTHER), "missing", 0, "Procedure, not Condition"),
    "another type beside": (bundle(ONE, OTHER), "complete", 1, ""),
    "unknown type": ({"resourceType": "Foo"}, "missing", 0, "`Foo`"),
    "unknown type beside": (bundle(ONE, {"resourceType": "Foo"}), "complete", 1, ""),
    "entry without resource": (
        bundle(ONE) | {"entry": [{"resource": ONE}, {"fullUrl": "urn:x"}]},
        "incomplete", 1, "could not be read",
    ),
    "entry of null": (bundle(ONE, None), "incomplete", 1, "could not be read"),
    "unreadable entry": (
        bundle(ONE, condition(identity="c2") | {"code": 7}), "incomplete", 1, "could not be read",
    ),
    "untyped entry": (bundle(ONE, {"id": "c2"}), "incomplete", 1, "could not be read"),
    "Bundle in a Bundle": (bundle(bundle(ONE)), "complete", 1, ""),
    "wrapped": ({"response": {"status": "200 OK"}, "resource": bundle(ONE)}, "complete", 1, ""),
    "wrapped null": ({"response": {"status": "200 OK"}, "resource": None}, "empty", 0, ""),
    "wrapped failure": ({"response": {"status": "404"}}, "missing", 0, "404"),
    "one entry, not a list": (
        {"resourceType": "Bundle", "entry": {"resource": ONE}}, "complete", 1, "",
    ),
    "null among entries": (
        {"resourceType": "Bundle", "entry": [None, {"resource": ONE}]}, "complete", 1, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_what_a_key_holds_gives_its_state(name: str) -> None:
    """Empty is not missing, truncated is not complete, and nothing unreadable is silent."""
    value, state, count, word = STATES[name]
    chart = chart_of({"conditions": value})
    found = chart.keys["conditions"]
    assert (found.state, len(chart.conditions.sure)) == (state, count)
    assert word in found.reason
    assert bool(found.reason) == (state in ("missing", "incomplete"))
    assert chart.conditions.complete == (state in ("complete", "empty"))
    assert chart.conditions.gaps == (() if chart.conditions.complete else ("conditions",))


def test_absent_key_is_missing_with_the_reason_given() -> None:
    """A key that was not sent is missing; what the caller knows of it is the reason."""
    chart = chart_of({}, missing={"devices": "timed out"}, sources={"devices": "fhir-server"})
    assert (chart.keys["conditions"].state, chart.keys["conditions"].reason) == (
        "missing", "not sent",
    )  # fmt: skip
    assert chart.keys["devices"].reason == "timed out"
    assert chart.keys["devices"].source == "fhir-server"
    assert list(chart.keys) == [
        "patient", "conditions", "medicationRequests", "procedures", "observations", "allergies",
        "devices", "careTeams", "serviceRequests",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Conditions", "CONDITIONS", "condition_s", "conditions "])
def test_other_casing_is_the_same_key(name: str) -> None:
    """Casing and separators leave no doubt that one of our keys is meant."""
    assert chart_of({name: bundle()}).keys["conditions"].state == "empty"
    assert len(chart_of({name: bundle(ONE)}).conditions.sure) == 1


def test_a_bundle_of_conditions_is_conditions_whatever_its_key() -> None:
    """A client's own key is read where all it holds is of one type."""
    chart = chart_of({"item7": bundle(ONE)})
    assert chart.keys["conditions"].state == "complete"
    assert [one.ref for one in chart.conditions.sure] == ["Condition/c1"]
    assert not chart.issues


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ("patient=p1", "complete"), ("subject=Patient/p1&_count=50&-pageContext=x", "complete"),
        ("patient=p1&code=72514-3", "incomplete"), ("onset-date:missing=true", "incomplete"),
        ("patient=p1&category=problem-list-item", "incomplete"),
    ],
)  # fmt: skip
def test_a_narrower_search_under_an_own_key_is_not_the_whole_list(query: str, state: str) -> None:
    """Where the sender's own search says that it filtered, absence proves nothing."""
    link = [{"relation": "self", "url": f"https://ehr.example/fhir/Condition?{query}"}]
    for more in ((), (condition(identity="c9") | {"bodySite": {}},)):
        chart = chart_of({"item7": bundle(ONE, *more, link=link)})
        assert chart.keys["conditions"].state == state
        assert chart.conditions.sure
        asked = chart_of({"conditions": bundle(ONE, *more, link=link)})
        assert asked.keys["conditions"].state == "complete", "our own templates filter by design"


def test_a_key_named_for_its_type_is_a_clients_own() -> None:
    """Nothing found by a search that we did not write is not "none recorded"."""
    for value in (None, bundle()):
        assert chart_of({"Condition": value}).keys["conditions"].state == "missing"
    assert chart_of({"Condition": bundle(ONE)}).conditions.sure


def test_own_keys_add_to_the_key_that_was_asked_for() -> None:
    """Two keys of one type are one list; it is complete only if both are."""
    two = condition(identity="c2")
    chart = chart_of({"conditions": bundle(ONE), "problems": bundle(two)})
    assert len(chart.conditions.sure) == 2
    assert chart.keys["conditions"].state == "complete"
    chart = chart_of({"conditions": outcome("error"), "problems": bundle(two)})
    assert len(chart.conditions.sure) == 1
    assert chart.keys["conditions"].state == "incomplete"
    chart = chart_of({"conditions": bundle(ONE), "problems": bundle(two, link=NEXT)})
    assert chart.keys["conditions"].state == "incomplete"


def test_the_order_of_keys_never_matters() -> None:
    """However the keys of a call are ordered, the chart is the same."""
    prefetch = {
        "a": bundle(condition(identity="c2")),
        "b": bundle(condition(identity="c3"), link=NEXT),
        "conditions": outcome("error"),
    }
    seen = set()
    for names in itertools.permutations(prefetch):
        chart = chart_of({name: prefetch[name] for name in names})
        state = chart.keys["conditions"]
        seen.add((state.state, tuple(one.ref for one in chart.conditions.sure)))
    assert seen == {("incomplete", ("Condition/c2", "Condition/c3"))}


@pytest.mark.parametrize(
    "value",
    [bundle(ONE, OTHER), {}, "x", b"{", bundle(), bundle(resource("Practitioner")), ONE],
)
def test_other_keys_are_ignored_and_named(value: object) -> None:
    """A key that is not certainly one of ours makes nothing known and raises nothing."""
    chart = chart_of({"mine": value})
    assert kinds(chart) == ["ignored-key"]
    assert chart.issues[0].key == "mine"
    assert {state.state for state in chart.keys.values()} == {"missing"}


def test_a_patient_is_found_under_any_key() -> None:
    """A Patient resource can only be the patient."""
    patient = resource("Patient", "p1", birthDate="1970-01-02", gender="female")
    for prefetch in ({"patient": patient}, {"pt": patient}, {"patient": bundle(patient)},
                     {"item1": bundle(patient)}):  # fmt: skip
        chart = chart_of(prefetch)
        assert (chart.keys["patient"].state, chart.patient.gender) == ("complete", "female")


def test_unreadable_resources_are_told_with_their_place() -> None:
    """One bad resource is one issue: type, place and what is wrong, never its content."""
    bad: dict[str, Any] = condition(identity="c2", recordedDate={"secret": "SECRET"})
    chart = chart_of({"conditions": bundle(ONE, bad, condition(identity="c3"))})
    assert [one.ref for one in chart.conditions.sure] == ["Condition/c1", "Condition/c3"]
    (issue,) = chart.issues
    assert issue.kind == "unreadable"
    assert issue.ref == "entry[1].resource"
    assert "Condition.recordedDate" in issue.text
    assert "SECRET" not in issue.text


def test_warnings_of_the_sender_are_kept() -> None:
    """What a server says about its search is passed on, even if nothing was left out."""
    chart = chart_of({"conditions": bundle(ONE, outcome("warning", text="deprecated search"))})
    assert kinds(chart) == ["warning"]
    assert "deprecated search" in chart.issues[0].text
