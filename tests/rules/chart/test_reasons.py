"""Why the ordered therapy is wanted, and where the pain is (recording.md 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.call import Call
from rules.chart.chart import read_chart
from rules.chart.reasons import PainRegion, read_pain_region, read_reasons
from tests.rules.chart.calls import NOW, call, policy, terminology

if TYPE_CHECKING:
    from rules.chart.chart import Chart
    from rules.chart.records import Records

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
LOCAL = "urn:intrathecal-cds:codes"
CPT = "http://www.ama-assn.org/go/cpt"
HL7 = "http://terminology.hl7.org/CodeSystem"
ABOVE, BELOW = "region-above-diaphragm", "region-below-diaphragm"
# Codes of both regions, and one that says nothing about the place.
NECK, BACK, ANYWHERE = "M54.2", "M54.50", "G89.4"
Json = dict[str, Any]


def concept(system: str, code: str, text: str | None = None) -> Json:
    """Make a CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def condition(name: str, code: str | None, verified: str = "confirmed", **more: object) -> Json:
    """Make an active Condition of an ICD-10-CM code."""
    return {
        "resourceType": "Condition", "id": name, "subject": {"reference": "Patient/p1"},
        "code": concept(ICD, code, name) if code else {"text": name},
        "clinicalStatus": concept(f"{HL7}/condition-clinical", "active"),
        "verificationStatus": concept(f"{HL7}/condition-ver-status", verified),
        "recordedDate": "2026-01-05", **more,
    }  # fmt: skip


def order(code: str = "it-pump-implant", name: str = "order", **more: object) -> Json:
    """Make a draft ServiceRequest of a local code."""
    return {
        "resourceType": "ServiceRequest", "id": name, "status": "draft", "intent": "order",
        "subject": {"reference": "Patient/p1"}, "code": concept(LOCAL, code), **more,
    }  # fmt: skip


def linked(*names: str) -> list[Json]:
    """Make references to conditions."""
    return [{"reference": f"Condition/{name}"} for name in names]


def refs(found: Records) -> tuple[list[str], list[str]]:
    """Return which reasons are sure and which doubtful."""
    return [one.ref for one in found.sure], [one.ref for one in found.maybe]


def region(chart: Chart) -> PainRegion:
    """Say where the pain is."""
    return read_pain_region(chart, read_reasons(chart))


def without_conditions(draft: Json) -> Chart:
    """Read a call whose problem list could not be had."""
    asked = Call("order-sign", "p1", NOW, {}, (draft,), missing={"conditions": "timeout"})
    return read_chart(asked, terminology(), policy())


# ------------------------------------------------------------------------------------ reasons


@pytest.mark.parametrize("code", ["it-pump-implant", "it-trial", "it-pump-refill"])
def test_the_orders_about_the_pump_have_reasons(code: str) -> None:
    """Implant, trial and refill are asked for a reason."""
    chart = call(order(code, reasonReference=linked("back")), stored=(condition("back", BACK),))
    assert refs(read_reasons(chart)) == (["Condition/back"], [])


@pytest.mark.parametrize("code", ["it-pump-explant", "respiratory-monitoring"])
def test_other_orders_say_nothing_about_the_therapy(code: str) -> None:
    """The reason of an explantation or of a monitoring is no reason for a pump."""
    chart = call(
        order(code, reasonReference=linked("back"), reasonCode=[concept(ICD, BACK)]),
        stored=(condition("back", BACK),),
    )
    assert refs(read_reasons(chart)) == ([], [])


def test_orders_that_are_not_selected_are_not_asked() -> None:
    """On order-select only the selected order counts."""
    drafts = (
        order(name="chosen", reasonReference=linked("back")),
        order("it-trial", name="other", reasonReference=linked("neck")),
    )
    chart = call(
        *drafts, hook="order-select", selections=("ServiceRequest/chosen",),
        stored=(condition("back", BACK), condition("neck", NECK)),
    )  # fmt: skip
    assert refs(read_reasons(chart)) == (["Condition/back"], [])


@pytest.mark.parametrize(
    ("verified", "code", "expected"),
    [
        ("confirmed", BACK, (["Condition/back"], [])),
        ("provisional", BACK, ([], ["Condition/back"])),
        ("unconfirmed", BACK, ([], ["Condition/back"])),
        ("confirmed", None, ([], ["Condition/back"])),
        ("refuted", BACK, ([], [])),
        ("entered-in-error", BACK, ([], [])),
    ],
)
def test_a_linked_condition_is_as_certain_as_it_was_recorded(
    verified: str, code: str | None, expected: tuple[list[str], list[str]]
) -> None:
    """Uncoded or unconfirmed it is doubtful; refuted or erroneous it is no reason."""
    stored = (condition("back", code, verified),)
    assert (
        refs(read_reasons(call(order(reasonReference=linked("back")), stored=stored))) == expected
    )


@pytest.mark.parametrize(
    "reference",
    ["Condition/back", "https://ehr.example.org/fhir/Condition/back", "Condition/back/_history/3"],
)
def test_a_reference_is_read_by_its_last_two_segments(reference: str) -> None:
    """Server and version of a reference do not matter."""
    draft = order(reasonReference=[{"reference": reference}])
    chart = call(draft, stored=(condition("back", BACK),))
    assert refs(read_reasons(chart)) == (["Condition/back"], [])


def test_a_reference_to_nothing_is_no_reason() -> None:
    """A condition that is not on record, or is another resource, says nothing."""
    draft = order(reasonReference=[*linked("gone"), {"reference": "Observation/back"}, {}])
    assert refs(read_reasons(call(draft, stored=(condition("back", BACK),)))) == ([], [])


def test_a_reason_that_could_not_be_had_leaves_a_gap() -> None:
    """Without the problem list a linked condition may be anything; a coded reason stays."""
    draft = order(reasonReference=linked("back"), reasonCode=[concept(ICD, BACK)])
    chart = call(draft)
    assert read_reasons(chart).complete
    found = read_reasons(without_conditions(draft))
    assert (found.complete, found.gaps) == (False, ("conditions",))
    assert [one.ref for one in found.sure] == ["ServiceRequest/order"]
    unlinked = without_conditions(order(reasonCode=[concept(ICD, BACK)]))
    assert read_reasons(unlinked).complete


def test_a_coded_reason_stands_by_itself() -> None:
    """The code of a reason has its value sets and its words; a text alone is none."""
    codes = [concept(ICD, BACK, "low back pain"), {"text": "pain"}, concept(ICD, "C50.9")]
    found = read_reasons(call(order(reasonCode=codes)))
    assert found.sure[0].text == "low back pain"
    groups = frozenset().union(*(one.groups for one in found.sure))
    assert {"cond-axial-spine-pain", "cond-malignancy"} <= groups
    assert all(one.coded and one.key == "draftOrders" for one in found.sure)
    assert not found.maybe


def test_a_condition_that_two_orders_name_is_one_reason() -> None:
    """Each reason once, in the order of the drafts."""
    drafts = (
        order(name="a", reasonReference=linked("neck", "back")),
        order(name="b", reasonReference=linked("back")),
    )
    chart = call(*drafts, stored=(condition("back", BACK), condition("neck", NECK)))
    assert refs(read_reasons(chart)) == (["Condition/neck", "Condition/back"], [])


# ------------------------------------------------------------------------------------ region


@pytest.mark.parametrize(
    ("codes", "place"),
    [
        ([BACK], "below"),
        ([NECK], "above"),
        ([BACK, NECK], None),
        ([ANYWHERE], None),
        ([BACK, ANYWHERE], "below"),
        ([], None),
    ],
)
def test_diagnoses_say_where_the_pain_is(codes: list[str], place: str | None) -> None:
    """One region or the other; both, or none, leave it open."""
    stored = tuple(condition(f"c{at}", code) for at, code in enumerate(codes))
    for chart in (
        call(order(), stored=stored),
        call(order(reasonCode=[concept(ICD, code) for code in codes])),
        call(order(reasonReference=linked(*(one["id"] for one in stored))), stored=stored),
    ):
        found = region(chart)
        assert found.place == place
        assert bool(found.evidence) == bool({*codes} - {ANYWHERE})


LUMBAR = [concept(LOCAL, "region-lumbar", "lumbar region")]
THORAX = [concept(LOCAL, "region-thorax", "thorax")]


def test_the_site_of_the_order_goes_before_every_diagnosis() -> None:
    """What the order says it is for decides."""
    stored = (condition("back", BACK, bodySite=LUMBAR),)
    draft = order(reasonReference=linked("back"), bodySite=THORAX)
    found = region(call(draft, stored=stored))
    assert (found.place, [one.ref for one in found.evidence]) == ("above", ["ServiceRequest/order"])


def test_the_site_of_a_condition_goes_before_its_code() -> None:
    """A back pain that is recorded in the neck is in the neck."""
    stored = (condition("back", BACK, bodySite=THORAX),)
    for draft in (order(reasonReference=linked("back")), order()):
        assert region(call(draft, stored=stored)).place == "above"


def test_the_reason_of_the_order_goes_before_the_problem_list() -> None:
    """Another pain on the list says nothing about this order."""
    stored = (condition("back", BACK), condition("neck", NECK))
    found = region(call(order(reasonReference=linked("neck")), stored=stored))
    assert (found.place, found.names) == ("above", "neck")
    assert region(call(order(), stored=stored)).place is None


def test_what_is_over_or_doubtful_shows_no_region() -> None:
    """Only active confirmed conditions of the list count."""
    over: Json = {"clinicalStatus": concept(f"{HL7}/condition-clinical", "resolved")}
    stored = (condition("a", NECK, **over), condition("b", NECK, "provisional"))
    assert region(call(order(), stored=stored)) == PainRegion(None, "", ())
    with_back = (*stored, condition("c", BACK))
    assert region(call(order(), stored=with_back)).place == "below"


@given(codes=st.lists(st.sampled_from([NECK, BACK, ANYWHERE, "C34.1", "N94.6"]), max_size=4))
def test_the_region_does_not_depend_on_the_order_of_records(codes: list[str]) -> None:
    """Servers give records in any order."""
    stored = [condition(f"c{at}", code) for at, code in enumerate(codes)]
    one, other = (region(call(order(), stored=tuple(found))) for found in (stored, stored[::-1]))
    assert one.place == other.place
    assert {record.ref for record in one.evidence} == {record.ref for record in other.evidence}
    sides = {side for record in one.evidence for side in (ABOVE, BELOW) if side in record.groups}
    assert (one.place is None) == (len(sides) != 1)
