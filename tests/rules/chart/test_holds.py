"""Antithrombotic drugs before a procedure (recording.md section 6, CTR-03)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.holds import antithrombotic_holds, procedure_date, read_hold
from rules.chart.records import Interval
from tests.rules.chart.calls import call
from tests.rules.chart.calls import policy as shipped
from tests.rules.chart.handmade import POLICY, chart, condition, date, drug, observation, order

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth

WARFARIN, APIXABAN, ENOXAPARIN, ASPIRIN, CLOPIDOGREL = "11289", "1364430", "67108", "1191", "32968"
IMPLANT = order("implant")


def truth(*found: Record, **more: Any) -> Truth:  # noqa: ANN401 - what `chart` takes
    """Return the answer for a chart with an implant order."""
    return antithrombotic_holds(chart(*found, **{"orders": [IMPLANT], **more}), POLICY).truth


def test_an_active_drug_is_the_alarm() -> None:
    """Apixaban active, no hold (V24): the drug, the days required and the record are named."""
    apixaban = drug(APIXABAN)

    read = antithrombotic_holds(chart(apixaban, orders=[IMPLANT]), POLICY)

    (hold,) = read.holds
    assert (read.truth, hold.name, hold.days_required, hold.reason) == (
        True,
        "apixaban",
        Decimal(3),
        "active",
    )
    assert read.evidence == (apixaban,)


def test_nothing_recorded_is_false_only_if_medications_were_read() -> None:
    """A missing key or an uncoded order leaves it open; neither is a doubt on record."""
    missing = antithrombotic_holds(chart(missing=["medicationRequests"]), POLICY)
    uncoded = antithrombotic_holds(chart(maybe=[drug(coded=False)]), POLICY)

    assert truth() is False
    assert (missing.truth, missing.doubt, missing.gaps) == (None, False, ("medicationRequests",))
    assert (uncoded.truth, uncoded.doubt) == (None, False)
    assert truth(drug(APIXABAN), missing=["medicationRequests"]) is True


@pytest.mark.parametrize(
    ("held", "expected", "reason"),
    [
        ("2026-11-19", False, "held"),
        ("2026-11-19T23:59:00Z", False, "held"),
        ("2026-11-20", True, "short"),
        ("2026-11", None, "undated"),
        ("2026-10", False, "held"),
        (None, None, "undated"),
    ],
)
@pytest.mark.parametrize("status", ["on-hold", "stopped", "completed"])
def test_a_hold_is_counted_in_whole_days(
    status: str, held: str | None, expected: Truth, reason: str
) -> None:
    """Three days for apixaban before today; an imprecise or absent date leaves it unknown."""
    one = drug(APIXABAN, status=status, held=held, on_board=False)

    hold = read_hold(one, chart(one), POLICY)

    assert hold is not None
    assert (hold.truth, hold.reason) == (expected, reason)


def test_the_planned_date_of_the_procedure_counts() -> None:
    """Days run to the occurrence of the order, earliest first; a date that has passed is now."""
    one = drug(APIXABAN, status="on-hold", held="2026-11-21")

    assert truth(one) is True
    assert truth(one, orders=[order("implant", occurrence="2026-11-24")]) is False
    assert truth(one, orders=[order("implant", occurrence="2026-11-23")]) is True
    both = [order("implant", occurrence="2026-12-24"), order("implant", occurrence="2026-11-23")]
    assert truth(one, orders=both) is True
    past = procedure_date(chart(orders=[order("implant", occurrence="2026-01-01")]))
    assert past == procedure_date(chart())


def test_the_gravest_order_gives_the_date() -> None:
    """With an implant and a refill the implant's date counts; unselected drafts give none."""
    orders = [order("refill", occurrence="2026-11-23"), order("implant", occurrence="2026-12-01")]

    assert procedure_date(chart(orders=orders)) == date("2026-12-01")
    hidden = order("implant", occurrence="2026-12-01", selected=False)
    assert procedure_date(chart(orders=[hidden])) == procedure_date(chart())


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("2026-11-21T12:00:00Z", False),  # exactly 24 hours
        ("2026-11-21T12:00:01Z", True),
        ("2026-11-21", None),  # between 12 and 36 hours
        ("2026-11-20", False),
        ("2026-11-22", True),
    ],
)
def test_heparins_are_counted_in_hours(held: str, expected: Truth) -> None:
    """A hold of one day is compared as instants."""
    assert truth(drug(ENOXAPARIN, route="sc", status="on-hold", held=held)) is expected


@pytest.mark.parametrize(
    ("held", "inr", "when", "expected"),
    [
        ("2026-11-15", "1.1", "2026-11-22T06:00:00Z", False),
        ("2026-11-15", "1.4", "2026-11-21T12:00:00Z", False),
        ("2026-11-15", "1.5", "2026-11-22T06:00:00Z", None),
        ("2026-11-15", "1.1", "2026-11-21T11:00:00Z", None),
        ("2026-11-15", "1.1", "2026-11-22", False),
        ("2026-11-15", "1.1", "2026-11-21", None),
        ("2026-11-15", None, None, None),
        ("2026-11-19", "1.1", "2026-11-22T06:00:00Z", True),
    ],
)
def test_warfarin_also_needs_a_normal_inr_of_today(
    held: str, inr: str | None, when: str | None, expected: Truth
) -> None:
    """Held for five days is not enough without an INR of the last 24 hours."""
    found: list[Record] = [drug(WARFARIN, status="on-hold", held=held)]
    found += [observation("obs-inr", inr, when)] if inr else []

    assert truth(*found) is expected


def test_the_newest_inr_counts() -> None:
    """An older normal INR does not clear a newer high one; two of one time must both be normal."""
    held = drug(WARFARIN, status="on-hold", held="2026-11-15")
    old = observation("obs-inr", "1.0", "2026-11-22T06:00:00Z")
    new = observation("obs-inr", "2.0", "2026-11-22T09:00:00Z")
    bound = observation("obs-inr", Interval(None, Decimal("1.1")), "2026-11-22T09:00:00Z")

    assert truth(held, old, new) is None
    assert truth(held, old, bound) is False
    assert truth(held, new, bound) is None


@pytest.mark.parametrize(
    ("end", "expected"), [("2026-10-22", False), ("2026-10-23", None), (None, None)]
)
def test_warfarin_that_ended_long_ago_needs_no_inr(end: str | None, expected: Truth) -> None:
    """Ended more than thirty days ago is over; a hold is not an end."""
    assert truth(drug(WARFARIN, status="completed", end=end, held=end, on_board=False)) is expected
    assert truth(drug(WARFARIN, status="on-hold", end=end, held=end, on_board=False)) is None


def test_an_active_order_whose_end_has_long_passed_is_unknown() -> None:
    """`on_board` unknown is a doubt, not an alarm."""
    read = antithrombotic_holds(chart(drug(APIXABAN, on_board=None)), POLICY)

    assert (read.truth, read.doubt) == (None, True)


@pytest.mark.parametrize(
    ("rule", "dose", "expected"),
    [("hold", "81", True), ("ignore", "81", False), ("ignore", "100", False),
     ("ignore", "325", True), ("ignore", None, True)],
)  # fmt: skip
def test_low_dose_aspirin_follows_the_policy(rule: str, dose: str | None, expected: Truth) -> None:
    """Any dose is held unless the policy ignores up to 100 mg a day."""
    policy = {**POLICY, "antithrombotic.aspirin_low_dose": rule}

    assert antithrombotic_holds(chart(drug(ASPIRIN, dose=dose)), policy).truth is expected


@pytest.mark.parametrize(
    ("rxcui", "days"), [(ASPIRIN, 6), (CLOPIDOGREL, 7), ("1037042", 5), ("15202", 7)]
)
def test_each_drug_has_its_days(rxcui: str, days: int) -> None:
    """The table is by ingredient name; a drug that it does not name is held for a week."""
    one = drug(rxcui)

    hold = read_hold(one, chart(one), POLICY)

    assert hold is not None
    assert hold.days_required == days


def test_what_is_not_given_systemically_or_is_another_drug_is_no_alarm() -> None:
    """A heparin gel needs no hold; a drug of neither set has none."""
    gel, morphine = drug(ENOXAPARIN, route="topical"), drug("7052")

    hold = read_hold(gel, chart(gel), POLICY)

    assert hold is not None
    assert (hold.truth, hold.reason) == (False, "local")
    assert read_hold(morphine, chart(morphine), POLICY) is None


def test_the_gravest_drug_is_the_answer() -> None:
    """One drug that is active outweighs others that are held."""
    held = drug(APIXABAN, status="on-hold", held="2026-11-01", ref="MedicationRequest/1")
    active = drug(CLOPIDOGREL, ref="MedicationRequest/2")

    read = antithrombotic_holds(chart(held, active), POLICY)

    assert (read.truth, read.evidence) == (True, (active,))
    assert len(read.holds) == 2


def test_a_therapy_only_on_the_problem_list_is_unknown() -> None:
    """Z79.x active without any order raises the doubt; with an order the order decides."""
    status = condition("cond-antithrombotic-status")

    read = antithrombotic_holds(chart(status), POLICY)

    assert (read.truth, read.doubt, read.status_only) == (None, True, (status,))
    assert truth(status, drug(APIXABAN, status="on-hold", held="2026-11-01")) is False
    assert truth(condition("cond-antithrombotic-status", active=False)) is False


def test_a_drug_named_by_text_only_is_a_doubt() -> None:
    """A possible member is read as unknown by an alarm rule."""
    one = drug(possible=[APIXABAN], coded=False)

    read = antithrombotic_holds(chart(maybe=[one]), POLICY)

    assert (read.truth, read.doubt, read.holds[0].reason) == (None, True, "possible")


def test_drafts_of_the_call_count() -> None:
    """A draft hold stands for the order it replaced; a draft start alarms beside a procedure."""
    held = drug(APIXABAN, status="on-hold", held="2026-11-01", on_board=False)
    new = drug(APIXABAN, status="draft", on_board=False)
    new.key = "draftOrders"
    later = drug(APIXABAN, status="draft", start="2026-12-01")
    start = order("systemic-medication", medication=new)

    assert truth(orders=[order("systemic-medication", medication=held, ended=True)]) is False
    assert truth(orders=[IMPLANT, start]) is True
    assert truth(orders=[start]) is False
    assert truth(orders=[IMPLANT, order("systemic-medication", medication=later)]) is False


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_longer_hold_is_never_worse(first: int, more: int) -> None:
    """Holding earlier never turns a held drug into an alarm."""

    def held(days: int) -> Truth:
        month, day = (11, 22 - days) if days < 22 else (10, 53 - days)
        return truth(drug(APIXABAN, status="on-hold", held=f"2026-{month}-{day:02d}"))

    assert held(first) is (first < 3)
    assert held(min(first + more, 40)) or not held(min(first + more, 40))
    if held(first) is False:
        assert held(min(first + more, 40)) is False


def apixaban_json(**more: object) -> dict[str, Any]:
    """Make the JSON of a hold since 18 November (recording.md 11)."""
    changed = (
        "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.statusChanged"
    )
    code = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1364445"}
    base = {
        "resourceType": "MedicationRequest",
        "id": "apix-1",
        "status": "on-hold",
        "intent": "order",
        "authoredOn": "2025-05-02",
        "extension": [{"url": changed, "valueDateTime": "2026-11-18"}],
        "medicationCodeableConcept": {"coding": [code]},
    }
    return {**base, **more}


@pytest.mark.parametrize(
    ("more", "expected", "days"),
    [
        ({}, False, 4),
        ({"extension": []}, None, None),
        ({"status": "active", "extension": []}, True, None),
        ({"status": "cancelled"}, False, None),
        ({"doNotPerform": True}, False, None),
        ({"intent": "plan", "status": "active"}, False, None),
    ],
)
def test_a_hold_is_read_from_fhir(more: dict[str, Any], expected: Truth, days: int | None) -> None:
    """The typical record of recording.md 11, and what is no exposure."""
    read = antithrombotic_holds(call(stored=(apixaban_json(**more),)), shipped())

    assert read.truth is expected
    assert [hold.days_held for hold in read.holds if hold.days_held] == (
        [(Decimal(days), Decimal(days))] if days else []
    )


def test_a_draft_with_the_id_of_a_stored_order_replaces_it() -> None:
    """The hold that is being signed counts, not the active order on record (recording.md 13.4)."""
    stored = apixaban_json(status="active", extension=[])

    assert antithrombotic_holds(call(stored=(stored,)), shipped()).truth is True
    assert antithrombotic_holds(call(apixaban_json(), stored=(stored,)), shipped()).truth is False
