"""The phase of the call (recording.md section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.phase import PHASES, phase, planned_refill, read_phase, replacement
from tests.rules.chart.handmade import chart, date, order, procedure, request

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth

KINDS = {
    "implant": "implant", "trial": "trial", "explant": "explant", "refill": "refill",
    "it-medication": "medication", "systemic-medication": "medication", "imaging": "imaging",
    "possible-trial": "review", "other": "review",
}  # fmt: skip
TRIAL = procedure()


@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=5))
def test_the_highest_kind_gives_the_phase(kinds: list[str]) -> None:
    """Implant > trial > explant > refill > medication > imaging > review, in any order."""
    found = chart(orders=[order(kind) for kind in kinds])

    expected = min((PHASES.index(KINDS[kind]) for kind in kinds), default=len(PHASES) - 1)

    assert phase(found, None) == PHASES[expected]


def test_unselected_drafts_do_not_give_the_phase() -> None:
    """Only what is selected asks; the rest are co-orders."""
    found = chart(orders=[order("implant", selected=False), order("refill")])

    assert phase(found, True) == "refill"


@pytest.mark.parametrize(
    ("found", "pump", "as_implant"),
    [
        ([TRIAL], False, True),
        ([TRIAL], None, True),
        ([TRIAL], True, False),
        ([request("order-implant")], False, True),
        ([request("order-trial")], False, True),
        ([request("order-implant", status="completed")], False, False),
        ([request("order-possible-trial")], False, False),
        ([request("order-possible-trial", reasons=["local#it-trial"])], False, True),
        ([request("order-imaging")], False, False),
        ([], False, False),
    ],
)
def test_a_review_is_read_as_implant_while_a_pump_is_considered(
    found: list[Record], pump: Truth, as_implant: bool
) -> None:
    """No pump and a trial or an active request on record: the chart is read as for an implant."""
    read = read_phase(chart(*found, hook="patient-view"), pump)

    assert (read.name, read.review_as_implant) == ("review", as_implant)
    assert read.evidence == (tuple(found) if as_implant else ())
    assert read.why


def test_an_order_is_never_a_review() -> None:
    """With an imaging order the trial on record does not make the call a candidacy review."""
    read = read_phase(chart(TRIAL, orders=[order("imaging")]), False)

    assert (read.name, read.review_as_implant) == ("imaging", False)


@pytest.mark.parametrize("name", ["dispatchedOrders", "order", "dispatched-orders"])
def test_dispatched_orders_that_are_not_on_record_are_named(name: str) -> None:
    """A dispatched reference without its order is a gap, and the phase is review."""
    context = {name: ["http://ehr/fhir/ServiceRequest/gone"]}

    read = read_phase(chart(hook="order-dispatch", context=context), False)

    assert (read.name, read.missing) == ("review", ("ServiceRequest/gone",))
    known = order("implant", ref="ServiceRequest/gone")
    read = read_phase(chart(hook="order-dispatch", context=context, orders=[known]), False)
    assert (read.name, read.missing) == ("implant", ())


@pytest.mark.parametrize(
    ("orders", "pump", "expected"),
    [
        ([order("implant")], False, False),
        ([order("implant")], None, False),
        ([order("implant")], True, True),
        ([order("implant", replacement=True)], False, True),
        ([order("implant"), order("explant", selected=False)], False, True),
    ],
)
def test_a_replacement_is_coded_ordered_or_evident(
    orders: list[object], pump: Truth, expected: bool
) -> None:
    """An unknown pump is read as a first implant."""
    read = replacement(chart(orders=orders), pump)

    assert read.value is expected
    assert read.why


def appointment(
    code: str, start: str | None, *, at: str = "serviceType", status: str = "booked"
) -> dict[str, object]:
    """Make a Bundle entry of an Appointment for one value set."""
    concept = {"coding": [{"system": "set", "code": code}]}
    resource = {"resourceType": "Appointment", "status": status, "start": start, at: [concept]}
    return {"resource": resource}


@pytest.mark.parametrize("at", ["serviceType", "reasonCode"])
def test_a_refill_appointment_is_a_refill(at: str) -> None:
    """Its earliest start is the planned refill date."""
    entries = [
        appointment("order-refill", "2026-12-09T09:00:00Z", at=at),
        appointment("order-refill", "2026-12-01T09:00:00Z", at=at),
        appointment("order-imaging", "2026-11-25T09:00:00Z", at=at),
    ]
    found = chart(hook="appointment-book", context={"appointments": {"entry": entries}})

    assert phase(found, True) == "refill"
    assert planned_refill(found).date == date("2026-12-01T09:00:00Z")


@pytest.mark.parametrize(
    "appointments",
    [
        {"entry": [appointment("order-refill", "2026-12-01", status="cancelled")]},
        {"entry": [appointment("order-imaging", "2026-12-01")]},
        {"entry": "none"},
        {"entry": [None, {"resource": 1}, {"resource": {"resourceType": "Appointment"}}]},
        None,
    ],
)
def test_another_or_cancelled_appointment_is_a_review(appointments: object) -> None:
    """What is no refill appointment, or is no appointment at all, asks nothing."""
    found = chart(hook="appointment-book", context={"appointments": appointments})

    assert phase(found, True) == "review"
    assert not planned_refill(found).is_refill


def test_a_refill_appointment_without_a_start_is_still_a_refill() -> None:
    """A proposed appointment may have no time yet."""
    entry = appointment("order-refill", None)
    read = planned_refill(chart(context={"appointments": {"entry": [entry]}}))

    assert (read.is_refill, read.date) == (True, None)
