"""The agents of drafts and what they change (recording.md 3.2, 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules.chart.it_agents import ItAgent
from tests.rules.chart.pumps import (
    BUPIVACAINE,
    FENTANYL,
    MORPHINE,
    Json,
    ago,
    at,
    device,
    dose,
    event,
    order,
    refilled,
    request,
    running,
    told,
)


def only(*drafts: Json, stored: tuple[Json, ...] = (), **more: Any) -> ItAgent:  # noqa: ANN401
    """Return the one agent of a draft."""
    (one,) = at(*drafts, stored=stored, **more).drafted.possible()
    assert isinstance(one, ItAgent)
    return one


def test_each_ingredient_has_its_dose_and_concentration() -> None:
    """6 and 12 mg a day (recording.md 11)."""
    found = at(order((MORPHINE, 10), (BUPIVACAINE, 20), rate=0.6)).drafted.sure
    read = {(one.text, one.first, one.concentration) for one in found}
    assert read == {
        ("morphine", Decimal(6), Decimal(10)),
        ("bupivacaine", Decimal(12), Decimal(20)),
    }


def test_micrograms_for_agents_that_are_dosed_so() -> None:
    """0.05 mg a day of fentanyl are 50 micrograms."""
    one = only(order((FENTANYL, 0.5), rate=0.05, unit="mg/d"))
    assert (one.first, one.unit) == (Decimal(50), "ug")


def test_first_and_highest_step() -> None:
    """The first is compared with the dose before, the highest with the ceiling."""
    one = only(order((MORPHINE, 10), steps=(0.1, 0.4, 0.2)))
    assert (one.first, one.highest) == (Decimal(1), Decimal(4))


def test_a_bolus_is_that_days_dose() -> None:
    """A dose given once, and its size."""
    one = only(order(bolus=(10, "mg"), product=MORPHINE))
    assert (one.first, one.bolus, one.given_once) == (Decimal(10), Decimal(10), True)


def test_drafts_of_one_agent_are_added_up() -> None:
    """They fill one reservoir; one that cannot be computed leaves the sum open."""
    second = order((MORPHINE, 10), ref="b", rate=0.4)
    found = at(order((MORPHINE, 10), rate=0.3), second).drafted.sure
    assert {one.highest for one in found} == {Decimal(7)}
    open_one = order((MORPHINE, 10), ref="b", rate=None)
    assert {one.highest for one in at(order((MORPHINE, 10)), open_one).drafted.sure} == {None}


@pytest.mark.parametrize(
    "draft",
    [
        order((MORPHINE, 10), rate=None),
        order((MORPHINE, 10), rate=0),
        order((MORPHINE, 10), rate=0, unit="mL/h"),
        order((MORPHINE, 10), rate=-1),
        order((MORPHINE, 10), rate=1e308),
        order((MORPHINE, 10), rate=5, unit="{drop}/d"),
        order((MORPHINE, -10), rate=0.3),
        order(product=MORPHINE, rate=0.3),
        order((MORPHINE, 10), rate=None) | {"dosageInstruction": [
            {"text": "intrathecal, 3 mg a day"}]},
    ],
    ids=["no dose", "zero", "zero an hour", "negative", "absurd", "unit", "negative strength",
         "no strength", "text"],
)  # fmt: skip
def test_a_dose_that_cannot_be_used_is_unknown_with_its_reason(draft: Json) -> None:
    """Never zero, never a guess."""
    one = only(draft)
    assert (one.first, one.highest) == (None, None)
    assert one.why


def test_zero_stops() -> None:
    """It is told apart from what cannot be read."""
    assert only(order((MORPHINE, 10), rate=0)).stops
    assert not only(order((MORPHINE, 10), rate=None)).stops


def test_what_is_not_coded_is_doubtful() -> None:
    """A text names it and does not decide what it is."""
    found = at(order(text="morphine mixture", rate=0.3)).drafted
    assert found.sure == ()
    assert [one.text for one in found.maybe] == ["morphine mixture"]
    assert found.maybe[0].opioid is None


def test_unselected_drafts_are_co_orders() -> None:
    """They fill the same reservoir and are not what the call is about."""
    found = at(order((MORPHINE, 10)), request(), hook="order-select",
               selections=("ServiceRequest/refill-order",))  # fmt: skip
    assert found.drafted.possible() == ()
    assert [one.text for one in found.ordered.sure] == ["morphine"]


STORED = (device(), running(), *refilled(ago(20)))


@pytest.mark.parametrize(
    ("rate", "change"), [(0.3, "same"), (0.31, "increase"), (0.29, "decrease"), (None, None)]
)
def test_the_first_step_is_compared_with_the_dose_before(
    rate: float | None, change: str | None
) -> None:
    """6 mg a day were given; a dose that cannot be worked out compares with nothing."""
    one = only(order((MORPHINE, 20), rate=rate, prior="it-1"), stored=STORED)
    assert one.previous == Decimal(6)
    assert one.change == change


def test_a_first_order_is_a_start() -> None:
    """Without order, programmed dose or pump before it."""
    assert only(order((MORPHINE, 20))).change == "start"


def test_after_an_interruption_it_is_a_restart() -> None:
    """Whatever the dose; and after a stop."""
    stalled = (*STORED, event("motor-stall", ago(3)))
    draft = order((MORPHINE, 20), prior="it-1")
    assert only(draft, stored=stalled).change == "restart"
    assert only(draft, stored=(*STORED, dose(ago(3), 0))).change == "restart"


def test_an_agent_without_an_earlier_dose_counts_as_a_start() -> None:
    """13.7: its previous dose is unknown, and monitoring treats it as a start."""
    found = at(order((FENTANYL, 0.5), rate=0.1), stored=STORED)
    assert (found.change.kind, found.change.start, found.change.opioid_start) == (
        "unknown", True, True,
    )  # fmt: skip


def test_the_gravest_change_of_a_mixture_names_it() -> None:
    """One agent goes on, another rises; only opioids matter to what is said of opioids."""
    stored = (device(), running((MORPHINE, 20), (BUPIVACAINE, 10)), *refilled(ago(20)))
    found = at(order((MORPHINE, 20), (BUPIVACAINE, 12), prior="it-1"), stored=stored).change
    assert (found.kind, found.names) == ("increase", "bupivacaine")
    assert (found.increase, found.opioid_increase, found.start) == (True, False, False)


def test_a_refill_without_a_drug_goes_on_with_what_was_in() -> None:
    """It restarts it where delivery was interrupted, and may where that is not known."""
    empty = (device(), running(), *refilled(ago(72)))
    zero = told("reservoir-residual-volume", ago(0), 0)
    restarted = at(request(), stored=(*empty, zero)).change
    assert (restarted.kind, restarted.restart, restarted.opioid_restart) == ("restart", True, True)
    unsure = at(request(), stored=empty).change
    assert (unsure.restart, unsure.opioid_restart) == (None, None)
    steady = at(request(), stored=STORED).change
    assert (steady.restart, steady.opioid_restart) == (False, False)
    assert at(stored=(*empty, zero)).change.kind == "none"


def test_an_unknown_delivery_leaves_a_restart_open() -> None:
    """The same dose after a time of which nobody knows."""
    found = at(
        order((MORPHINE, 20), prior="it-1"), stored=(device(), running(), *refilled(ago(72)))
    )
    assert (found.change.kind, found.change.restart) == ("same", None)
