"""How much the pump gives a day (recording.md 7, flow)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.rules.chart.pumps import (
    BUPIVACAINE,
    HYDROMORPHONE,
    MORPHINE,
    Json,
    ago,
    at,
    order,
    refilled,
    running,
    told,
)


def rate(value: object, when: str = ago(10), unit: str = "mL/d") -> Json:
    """Make a programmed rate."""
    return told("pump-flow-rate", when, value, unit)


def test_the_programmed_rate_is_preferred() -> None:
    """Then the rate of the order; an hourly one is read as of a day."""
    flow = at(stored=(rate(0.4), running())).flow
    assert (flow.rate, flow.source) == (Decimal("0.4"), "programmed")
    assert at(stored=(rate(0.02, unit="mL/h"), running())).flow.rate == Decimal("0.48")
    flow = at(stored=(running(),)).flow
    assert (flow.rate, flow.source) == (Decimal("0.3"), "ordered")


def test_a_dose_is_divided_by_the_concentration() -> None:
    """6 mg a day of 20 mg/mL are 0.3 mL; of a mixture the first agent counts."""
    assert at(stored=(running(rate=6, unit="mg/d"),)).flow.rate == Decimal("0.3")
    both = running((MORPHINE, 10), (BUPIVACAINE, 20), rate=3, unit="mg/d")
    assert at(stored=(both,)).flow.rate == Decimal("0.3")


def test_the_reservoir_gives_the_strength_that_an_order_lacks() -> None:
    """A concentration recorded since the last fill."""
    plain = running(product=MORPHINE, rate=6, unit="mg/d")
    strength = told("reservoir-concentration", ago(20), 20, "mg/mL")
    assert at(stored=(plain, *refilled(ago(20)), strength)).flow.rate == Decimal("0.3")
    assert at(stored=(plain, *refilled(ago(20)))).flow.rate is None


def test_an_order_that_began_later_overtakes_the_programmed_rate() -> None:
    """The newest programming is that of the newer order."""
    later = running(start=ago(5), rate=0.5)
    assert at(stored=(rate(0.4, ago(10)), later)).flow.rate == Decimal("0.5")


def test_the_order_that_a_draft_replaces_still_runs() -> None:
    """Until the draft is carried out the pump gives what it gave (V42)."""
    draft = order((MORPHINE, 20), rate=0.1, prior="it-1")
    assert at(draft, stored=(running(),)).flow.rate == Decimal("0.3")
    assert at(order((MORPHINE, 20), ref="it-1", rate=0.1), stored=(running(),)).flow.rate == (
        Decimal("0.3")
    )


@pytest.mark.parametrize(
    "stored",
    [
        (),
        (rate(0),),
        (rate(0, unit="mL/h"), running()),
        (rate(-1),),
        (rate(1e308),),
        (rate(5, unit="mg/d"),),
        (rate(5, unit="drops"),),
        (running(rate=0),),
        (running(rate=None),),
        (running(rate=-0.3),),
        (running(rate=1e308),),
        (running(unit="{drop}/d"),),
        (running(), running((HYDROMORPHONE, 5), ref="it-2", rate=0.5)),
        (running(status="stopped"),),
    ],
    ids=["nothing", "zero", "zero an hour", "negative", "absurd", "mass", "unit", "zero order",
         "no dose", "negative order", "absurd order", "unit of order", "two rates", "ended"],
)  # fmt: skip
def test_what_cannot_be_told_is_unknown_with_its_reason(stored: tuple[Json, ...]) -> None:
    """No rate is guessed, and nothing is divided by zero."""
    flow = at(stored=(*stored, *refilled(ago(20)))).flow
    assert flow.rate is None
    assert flow.why


@pytest.mark.parametrize("key", ["observations", "medicationRequests"])
def test_without_one_of_its_keys_the_flow_is_unknown(key: str) -> None:
    """Both tell it."""
    assert at(stored=(running(),), missing={key: "refused"}).flow.rate is None
