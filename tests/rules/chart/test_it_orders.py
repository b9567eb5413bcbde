"""The intrathecal orders around a call, and what a call stops (recording.md 3, 13.4)."""

from __future__ import annotations

import pytest

from tests.rules.chart.pumps import (
    BACLOFEN,
    BUPIVACAINE,
    EPIDURAL,
    MORPHINE,
    OXYCODONE,
    Json,
    ago,
    at,
    device,
    done,
    oral,
    order,
    request,
    running,
)


def refs(orders: object) -> set[str]:
    """Return the references of orders."""
    return {one.ref for one in orders}  # type: ignore[attr-defined]


def test_only_the_intrathecal_route_counts() -> None:
    """Epidural and oral orders are others."""
    stored = (running(), order((MORPHINE, 1), ref="epi", status="active", route=EPIDURAL,
                               start=ago(3)), oral(OXYCODONE, 10, 3, ago(3)))  # fmt: skip
    assert refs(at(stored=stored).orders.history) == {"MedicationRequest/it-1"}


@pytest.mark.parametrize(
    "draft",
    [order((MORPHINE, 20), prior="it-1"), order((MORPHINE, 20), ref="it-1")],
    ids=["prior", "same id"],
)
def test_a_replaced_order_is_history_and_no_part_of_the_reservoir(draft: Json) -> None:
    """What the pump gave until now is known; what it will hold is the draft alone."""
    found = at(draft, stored=(running((MORPHINE, 20), (BUPIVACAINE, 5)),))
    assert refs(found.orders.replaced) == {"MedicationRequest/it-1"}
    assert {one.text for one in found.current.sure} == {"morphine", "bupivacaine"}
    assert {one.text for one in found.reservoir.sure} == {"morphine"}


def test_a_dispatched_order_is_the_new_one() -> None:
    """It is neither history nor what runs."""
    stored = (running(), running(ref="it-2", start=ago(0), prior="it-1"))
    found = at(stored=stored, hook="order-dispatch",
               context={"dispatchedOrders": ["MedicationRequest/it-2"]})  # fmt: skip
    assert refs(found.orders.drafts) == {"MedicationRequest/it-2"}
    assert refs(found.orders.history) == {"MedicationRequest/it-1"}


def test_orders_of_a_trial_are_told_apart() -> None:
    """By their reason, or because they began while one ran and no pump was in place."""
    trial = done("it-trial", None, performedPeriod={"start": ago(30), "end": ago(27)})
    reason = [{"coding": [{"system": "urn:intrathecal-cds:codes", "code": "it-trial"}]}]
    stored = (trial, running(ref="during", start=ago(29)), running(ref="after", start=ago(20)),
              running(ref="reasoned", start=ago(200), reasonCode=reason))  # fmt: skip
    found = at(stored=stored).orders
    assert found.trial == {"MedicationRequest/during", "MedicationRequest/reasoned"}
    assert refs(found.therapy) == {"MedicationRequest/after"}
    implanted = at(stored=(*stored, done("it-pump-implant", ago(40)))).orders
    assert implanted.trial == {"MedicationRequest/reasoned"}


def test_a_draft_without_a_route_is_doubtful_where_a_pump_is_filled() -> None:
    """Beside a refill it may be what goes in; alone it is not of this kind."""
    draft = order((MORPHINE, 20), route=None)
    assert refs(at(draft, request()).orders.possible) == {"MedicationRequest/order-it"}
    assert at(draft).orders.possible == ()
    assert [one.text for one in at(draft, request()).drafted.maybe] == ["morphine"]


def test_an_order_that_ends_is_no_draft() -> None:
    """Stopped, on hold, revoked, completed or not to be performed."""
    for status in ("stopped", "on-hold", "cancelled", "completed"):
        assert at(order((MORPHINE, 20), status=status)).orders.drafts == ()
    assert at(order((MORPHINE, 20), doNotPerform=True)).orders.drafts == ()


BOTH = running((BACLOFEN, 0.5), (MORPHINE, 10))


@pytest.mark.parametrize(
    ("draft", "stopped"),
    [
        (order((BACLOFEN, 0.5), (MORPHINE, 10), prior="it-1"), set()),
        (order((MORPHINE, 10), prior="it-1"), {"baclofen"}),
        (order((MORPHINE, 10)), set()),  # not linked: both orders go on
        (order((BACLOFEN, 0.5), (MORPHINE, 10), ref="it-1", status="stopped"),
         {"baclofen", "morphine"}),
        (order((BACLOFEN, 0.5), prior="it-1", rate=0), {"baclofen", "morphine"}),
        (order((BACLOFEN, 0.5), (MORPHINE, 10), ref="it-1", doNotPerform=True),
         {"baclofen", "morphine"}),
    ],
    ids=["goes on", "left out", "beside", "ended", "zero", "not to be performed"],
)  # fmt: skip
def test_agents_that_a_call_stops(draft: Json, stopped: set[str]) -> None:
    """Their order is ended, replaced without them, or set to zero."""
    found = at(draft, stored=(BOTH, device())).stopped
    assert {one.text for one in found.sure} == stopped


def test_what_is_not_coded_may_go_on_with_any_agent() -> None:
    """Then nothing is certain to stop."""
    found = at(order(text="pump mixture", prior="it-1"), stored=(BOTH,)).stopped
    assert found.sure == ()
    assert {one.text for one in found.maybe} == {"baclofen", "morphine"}


def test_an_agent_that_another_order_holds_goes_on() -> None:
    """Only what no order gives any more is stopped."""
    stored = (BOTH, running((BACLOFEN, 0.5), ref="it-2"))
    found = at(order((MORPHINE, 10), prior="it-1"), stored=stored).stopped
    assert {one.text for one in found.sure} == set()
