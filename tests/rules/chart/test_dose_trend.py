"""The morphine dose against the reference curve (recording.md 7, dose_trend)."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.chart.pumps import HYDROMORPHONE, Json, ago, at, dose, running

EXACT = Context(prec=40)


def rise(newest: Any, days: int = 304) -> tuple[Json, ...]:  # noqa: ANN401 - any number
    """Make three doses: 1.2, 1.5, and the newest today."""
    return (dose(ago(days), 1.2), dose(ago(days // 2), 1.5), dose(ago(0), newest))


def limit(days: int) -> Decimal:
    """Return 1.5 x 1.2 x (5.1 / 1.2) ^ (months / 24)."""
    months = Decimal(days) / Decimal("30.4375")
    return Decimal("1.8") * EXACT.power(Decimal("4.25"), months / 24)


def test_the_scenario_on_the_curve_is_no_alarm() -> None:
    """V45: 2.2 mg after 10 months against 1.5 x 2.19."""
    found = at(stored=rise(2.2)).trend
    assert (found.value, found.points, found.newest) == (False, 3, Decimal("2.2"))


@pytest.mark.parametrize("days", [90, 304, 730, 1000])
def test_above_the_curve_is_an_alarm_and_on_it_is_not(days: int) -> None:
    """Compared unrounded, a hair above and a hair below."""
    edge = limit(days)
    above = (edge + Decimal("1E-9")).quantize(Decimal("1E-12"))
    below = (edge - Decimal("1E-9")).quantize(Decimal("1E-12"))
    assert at(stored=rise(above, days)).trend.value is True
    assert at(stored=rise(below, days)).trend.value is False


@given(st.integers(90, 2000), st.decimals("0.1", 30, places=2))
def test_the_formula_holds_everywhere(days: int, newest: Decimal) -> None:
    """For every dose and every time."""
    assert at(stored=rise(newest, days)).trend.value is (newest > limit(days))


def test_percent_and_months_since_the_first_dose() -> None:
    """From 1.2 to 3.6 in 304.375 days, near 10 months."""
    found = at(stored=rise(3.6)).trend
    assert found.percent == 200
    assert round(found.months) == 10


@pytest.mark.parametrize(
    "stored",
    [
        (),
        (dose(ago(304), 1.2), dose(ago(0), 9)),
        rise(9, 89),
        (dose(ago(304), 1.2), dose(ago(100), 2), dose(ago(50), 9), dose(ago(0), 9, unit="mL")),
        (dose("2025", 1.2), dose(ago(100), 2), dose(ago(0), 9)),
        (dose(ago(304), 1.2), dose(ago(100), 2), dose(ago(0), -9)),
        (dose(ago(304), 0), dose(ago(100), 0), dose(ago(0), 0)),
        (dose(ago(304), 1.2, HYDROMORPHONE), dose(ago(100), 2, HYDROMORPHONE),
         dose(ago(0), 9, HYDROMORPHONE)),
        (dose(ago(304), 1.2), dose(ago(304), 1.2), dose(ago(0), 9)),
    ],
    ids=["none", "two", "89 days", "unit", "year", "negative", "zero", "another agent", "one day"],
)  # fmt: skip
def test_too_little_or_unusable_is_unknown_with_its_reason(stored: tuple[Json, ...]) -> None:
    """At least three days with a dose, over at least 90 days."""
    found = at(stored=tuple({one["id"]: one for one in stored}.values())).trend
    assert found.value is None
    assert found.why


def test_orders_are_points_too() -> None:
    """A dose that was ordered and not programmed."""
    stored = (dose(ago(304), 1.2), dose(ago(100), 2), running(start=ago(2), rate=0.4))
    assert at(stored=stored).trend.newest == Decimal(8)


@pytest.mark.parametrize("key", ["observations", "medicationRequests"])
def test_without_one_of_its_keys_the_trend_is_unknown(key: str) -> None:
    """Also where what did arrive rises."""
    assert at(stored=rise(9), missing={key: "refused"}).trend.value is None
