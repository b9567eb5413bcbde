"""The orders of the call (recording.md section 2), read from JSON with the shipped value sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.phase import phase, read_phase
from tests.rules.chart.calls import call
from tests.rules.chart.handmade import CLOCK

if TYPE_CHECKING:
    from rules.chart.orders import Order

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
LOCAL = "urn:intrathecal-cds:codes"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
INTRATHECAL, EPIDURAL, ORAL = "72607000", "404820008", "26643006"
TRIAL = {"coding": [{"system": LOCAL, "code": "it-trial"}]}


def procedure_order(system: str, code: str, **more: object) -> dict[str, Any]:
    """Make a draft ServiceRequest."""
    concept = {"coding": [{"system": system, "code": code}]}
    base = {"resourceType": "ServiceRequest", "id": code, "status": "draft", "intent": "order"}
    return {**base, "code": concept, **more}


def device_order(code: str) -> dict[str, Any]:
    """Make a draft DeviceRequest of a HCPCS code."""
    concept = {"coding": [{"system": HCPCS, "code": code}]}
    base = {"resourceType": "DeviceRequest", "id": code, "status": "draft", "intent": "order"}
    return {**base, "codeCodeableConcept": concept}


def drug_order(
    code: str, route: str | None = None, *, system: str = RXNORM, **more: object
) -> dict[str, Any]:
    """Make a draft MedicationRequest."""
    concept = {"coding": [{"system": system, "code": code}]}
    base = {
        "resourceType": "MedicationRequest",
        "id": f"rx-{code}",
        "status": "draft",
        "intent": "order",
    }
    dosage = [{"route": {"coding": [{"system": SNOMED, "code": route}]}}] if route else []
    return {**base, "medicationCodeableConcept": concept, "dosageInstruction": dosage, **more}


def orders(*drafts: dict[str, Any], **more: Any) -> tuple[Order, ...]:  # noqa: ANN401 - as above
    """Read the orders of a call."""
    return call(*drafts, **more).orders


@pytest.mark.parametrize(
    ("draft", "kind"),
    [
        (procedure_order(CPT, "62365"), "explant"),
        (procedure_order(CPT, "62355"), "explant"),
        (procedure_order(PCS, "0JPT0VZ"), "explant"),
        (procedure_order(LOCAL, "it-pump-explant"), "explant"),
        (procedure_order(CPT, "62362"), "implant"),
        (procedure_order(LOCAL, "it-pump-implant"), "implant"),
        (procedure_order(LOCAL, "it-pump-replacement"), "implant"),
        (procedure_order(PCS, "0JH80VZ"), "implant"),
        (device_order("E0783"), "implant"),
        (device_order("E0785"), "implant"),
        (procedure_order(CPT, "62350"), "implant"),
        (procedure_order(CPT, "62350", reasonCode=[TRIAL]), "trial"),
        (procedure_order(PCS, "00HU33Z"), "implant"),
        (procedure_order(CPT, "62362", reasonCode=[TRIAL]), "implant"),
        (procedure_order(CPT, "62326"), "trial"),
        (procedure_order(PCS, "3E0R3NZ"), "trial"),
        (procedure_order(LOCAL, "it-trial"), "trial"),
        (procedure_order(CPT, "62323"), "possible-trial"),
        (procedure_order(CPT, "62323", reasonCode=[TRIAL]), "trial"),
        (procedure_order(CPT, "62370"), "refill"),
        (device_order("A4220"), "refill"),
        (procedure_order(LOCAL, "it-pump-refill"), "refill"),
        (drug_order("7052", INTRATHECAL), "it-medication"),
        (drug_order("7052", ORAL), "systemic-medication"),
        (drug_order("7052", EPIDURAL), "systemic-medication"),
        (drug_order("7052"), "systemic-medication"),
        (drug_order("J0476", INTRATHECAL, system=HCPCS), "trial"),
        (procedure_order(CPT, "72148"), "imaging"),
        (procedure_order(LOCAL, "mri"), "imaging"),
        (procedure_order(CPT, "72131"), "other"),
        (procedure_order(HCPCS, "C1755"), "other"),
        (procedure_order(CPT, "99213"), "other"),
        (procedure_order(CPT, "62362", doNotPerform=True), "other"),
        (procedure_order(CPT, "62362", status="active"), "implant"),
    ],
)
def test_the_first_matching_row_is_the_kind(draft: dict[str, Any], kind: str) -> None:
    """Kinds are tried in the order of the table, whatever the resource type."""
    (order,) = orders(draft)

    assert order.kind == kind
    assert order.draft is draft


@pytest.mark.parametrize(
    ("injection", "drug", "kind"),
    [
        ("62323", drug_order("7052", INTRATHECAL), "trial"),
        ("62323", drug_order("7052", EPIDURAL), "trial"),
        ("62323", drug_order("68503", INTRATHECAL), "trial"),
        ("62323", drug_order("1292", INTRATHECAL), "trial"),
        ("62323", drug_order("2599", EPIDURAL), "trial"),
        ("62323", drug_order("1815", EPIDURAL), "possible-trial"),
        ("62323", drug_order("7052", ORAL), "possible-trial"),
        ("62323", drug_order("7052"), "possible-trial"),
        ("62323", drug_order("7052", INTRATHECAL, status="stopped"), "possible-trial"),
    ],
)
def test_an_injection_with_a_trial_drug_is_a_trial(
    injection: str, drug: dict[str, Any], kind: str
) -> None:
    """A plain injection becomes a trial with an IT or epidural trial drug of the same bundle."""
    assert orders(procedure_order(CPT, injection), drug)[0].kind == kind


def test_an_intraspinal_catheter_with_an_intrathecal_agent_is_a_trial() -> None:
    """C1755 alone is a supply; with bupivacaine by the intrathecal route it is a trial."""
    catheter = procedure_order(HCPCS, "C1755")

    assert orders(catheter, drug_order("1815", INTRATHECAL))[0].kind == "trial"
    assert orders(catheter, drug_order("1815", EPIDURAL))[0].kind == "other"
    assert orders(catheter, drug_order("860975", INTRATHECAL))[0].kind == "other"


def test_what_is_no_order_is_skipped() -> None:
    """Medication entries, drafts entered in error and other types are no orders."""
    drafts = (
        {"resourceType": "Medication", "id": "m"},
        procedure_order(CPT, "62362", status="entered-in-error"),
        {"resourceType": "NutritionOrder", "id": "n"},
        {"id": "nothing"},
        {"resourceType": ["ServiceRequest"]},
    )

    assert orders(*drafts) == ()


@pytest.mark.parametrize("status", ["stopped", "on-hold", "revoked", "cancelled", "completed"])
def test_an_intrathecal_drug_that_is_ended_is_a_discontinuation(status: str) -> None:
    """Only intrathecal drug orders are discontinuations; the kind stays a medication."""
    (it,) = orders(drug_order("7052", INTRATHECAL, status=status))
    (oral,) = orders(drug_order("7052", ORAL, status=status))
    (forbidden,) = orders(drug_order("7052", INTRATHECAL, doNotPerform=True))
    (refill,) = orders(procedure_order(LOCAL, "it-pump-refill", status=status))

    assert (it.discontinue, it.kind) == (True, "it-medication")
    assert forbidden.discontinue
    assert not oral.discontinue
    assert (refill.discontinue, refill.kind) == (False, "refill")
    assert not orders(drug_order("7052", INTRATHECAL))[0].discontinue


def test_an_order_carries_what_rules_read() -> None:
    """Reasons, sites, planned time, replacement and identity are kept."""
    draft = procedure_order(
        LOCAL,
        "it-pump-replacement",
        reasonCode=[TRIAL],
        reasonReference=[{"reference": "http://ehr/fhir/Condition/c1"}, {"display": "pain"}],
        bodySite=[{"coding": [{"system": LOCAL, "code": "region-lumbar"}]}],
        occurrencePeriod={"start": "2026-12-01", "end": "2026-12-03"},
    )

    (order,) = orders(draft)

    assert order.for_trial
    assert order.replacement
    assert order.has_id
    assert order.reason_refs == ("Condition/c1",)
    assert "local#region-lumbar" in order.sites
    assert (order.occurrence, order.occurrence_end) == (
        CLOCK.read("2026-12-01"),
        CLOCK.read("2026-12-03"),
    )
    assert orders(device_order("E0786"))[0].replacement


@pytest.mark.parametrize(
    ("timing", "start"),
    [
        ({"occurrenceDateTime": "2026-12-01"}, "2026-12-01"),
        ({"occurrenceTiming": {"event": ["2026-12-02"]}}, "2026-12-02"),
        ({"occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2026-12-03"}}}}, "2026-12-03"),
        ({}, None),
    ],
)
def test_the_planned_time_has_three_shapes(timing: dict[str, Any], start: str | None) -> None:
    """A dateTime, a Period or a Timing."""
    (order,) = orders(procedure_order(CPT, "62362", **timing))

    assert order.occurrence == CLOCK.read(start)


def test_a_draft_without_id_is_named_by_its_place() -> None:
    """It is read, and knows that no action can name it."""
    draft = procedure_order(CPT, "62362")
    del draft["id"]

    first, second = orders(procedure_order(CPT, "62370"), draft)

    assert (first.ref, second.ref, second.has_id) == (
        "ServiceRequest/62370",
        "ServiceRequest#1",
        False,
    )


def test_an_unreadable_member_of_a_draft_does_not_hide_the_order() -> None:
    """The order keeps its kind, and what could not be read is told."""
    read = call(procedure_order(CPT, "62362", priority=1, occurrenceDateTime={"a": [1]}))

    (order,) = read.orders
    assert (order.kind, order.occurrence) == ("implant", None)
    assert [issue.kind for issue in read.issues if issue.key == "draftOrders"] == ["unreadable"]


IMPLANT, REFILL = procedure_order(CPT, "62362"), procedure_order(CPT, "62370")


@pytest.mark.parametrize(
    ("selections", "selected"),
    [
        (None, {"62362", "62370"}),
        ((), {"62362", "62370"}),
        (("ServiceRequest/62370",), {"62370"}),
        (("62370",), {"62370"}),
        (("urn:uuid:62370",), {"62370"}),
        (("urn:uuid:0b5e",), {"62370"}),
        (("http://ehr/fhir/ServiceRequest/62370",), {"62370"}),
        (("ServiceRequest/62370", "ServiceRequest/62362"), {"62362", "62370"}),
        (("ServiceRequest/62370", "ServiceRequest/gone"), {"62370"}),
        (("ServiceRequest/gone",), {"62362", "62370"}),
    ],
)
def test_selections_name_drafts_by_reference_id_or_url(
    selections: tuple[str, ...] | None, selected: set[str]
) -> None:
    """Missing, empty or meaningless selections select everything."""
    entries = [{"resource": IMPLANT}, {"fullUrl": "urn:uuid:0b5e", "resource": REFILL}]
    context = {"draftOrders": {"resourceType": "Bundle", "entry": entries}}

    read = call(IMPLANT, REFILL, hook="order-select", selections=selections, context=context)

    assert {order.resource.id for order in read.orders if order.selected} == selected
    assert phase(read, None) == ("implant" if "62362" in selected else "refill")


def test_selections_matter_on_order_select_only() -> None:
    """At signing every draft is asked about."""
    read = orders(IMPLANT, REFILL, selections=("62370",))

    assert all(order.selected for order in read)


@pytest.mark.parametrize("name", ["dispatchedOrders", "order", "dispatched-orders"])
def test_dispatched_orders_are_looked_up_in_the_record(name: str) -> None:
    """A ServiceRequest or MedicationRequest on record; what is not found is told."""
    stored = procedure_order(LOCAL, "it-pump-implant", status="active")
    drug = drug_order("7052", INTRATHECAL, status="active")
    named = ["ServiceRequest/it-pump-implant", "MedicationRequest/rx-7052", "ServiceRequest/gone"]

    read = call(hook="order-dispatch", context={name: named}, stored=(stored, drug))

    assert [(order.kind, order.stored) for order in read.orders] == [
        ("implant", True),
        ("it-medication", True),
    ]
    asked = read_phase(read, None)
    assert (asked.name, asked.missing) == ("implant", ("ServiceRequest/gone",))
    assert "ServiceRequest/gone" in [issue.ref for issue in read.issues]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)
MEMBERS = (
    "id",
    "status",
    "code",
    "reasonCode",
    "reasonReference",
    "occurrencePeriod",
    "bodySite",
    "doNotPerform",
)


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON), JSON)
def test_no_draft_ends_the_call(members: dict[str, Any], selections: Any) -> None:  # noqa: ANN401 - any JSON
    """Whatever a draft holds, it is read or told."""
    draft = {"resourceType": "ServiceRequest", **members}
    chosen = tuple(selections) if isinstance(selections, list) else None

    read = call(
        draft, IMPLANT, hook="order-select", selections=chosen, context={"draftOrders": selections}
    )

    assert "implant" in [order.kind for order in read.orders]
