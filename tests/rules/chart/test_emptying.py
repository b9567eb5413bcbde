"""When the reservoir is predicted to be empty (recording.md 7, predicted_empty)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.chart.pumps import Json, ago, at, refilled, running, told


def predicted(value: str, when: str = ago(20)) -> Json:
    """Make a predicted empty date."""
    return told("predicted-empty-date", when, valueDateTime=value)


@pytest.mark.parametrize(
    ("filled", "reached", "past", "left"),
    [
        (72, True, 12, None),
        (61, True, 1, None),
        (60, True, 0, None),  # the very day
        (59, False, None, 1),
        (53, False, None, 7),
        (20, False, None, 40),
    ],
)
def test_fill_less_reserve_over_flow(
    filled: int, reached: bool, past: int | None, left: int | None
) -> None:
    """(20 - 2) / 0.3 = 60 days after the fill; on that day it counts as empty."""
    empty = at(stored=(*refilled(ago(filled)), running())).empty
    assert (empty.reached, empty.days_past, empty.days_left) == (reached, past, left)


def test_a_fraction_of_a_day_is_kept() -> None:
    """18 / 0.48 = 37.5 days after 06:00 is 18:00."""
    fill = told("reservoir-fill-volume", "2026-10-16T06:00:00Z", 20)
    empty = at(stored=(fill, running(rate=0.48))).empty
    clock = at().chart.clock
    assert empty.date is not None
    assert empty.date.low == clock.read("2026-11-22T18:00:00Z").low
    assert empty.reached is False
    assert empty.days_left == 0


def test_the_prediction_of_the_pump_is_used() -> None:
    """Recorded on or after the last fill; one before it is done with."""
    stored = (*refilled(ago(20)), running(rate=0.45), predicted(ago(-22)))
    assert at(stored=stored).empty.days_left == 22
    before = (*refilled(ago(20)), running(rate=0.45), predicted(ago(5), ago(21)))
    assert at(stored=before).empty.days_left == 20


@pytest.mark.parametrize(("told_days", "used", "conflict"), [
    (-23, 23, False), (-24, 20, True), (-17, 17, False), (-16, 16, True),
])  # fmt: skip
def test_of_two_more_than_3_days_apart_the_earlier_stands(
    told_days: int, used: int, conflict: bool
) -> None:
    """Exactly 3 days apart the pump is believed; further apart the earlier, as a contradiction."""
    stored = (*refilled(ago(20)), running(rate=0.45), predicted(ago(told_days)))
    empty = at(stored=stored).empty
    assert (empty.days_left, empty.conflict) == (used, conflict)


@pytest.mark.parametrize(
    "stored",
    [
        (running(),),
        refilled(ago(90)),
        (*refilled(ago(90)), running(rate=0)),
        (*refilled(ago(90), -1), running()),
        (*refilled(ago(90), 1e308), running()),
        (*refilled("2026"), running()),
        (predicted(ago(1)), predicted(ago(9), ago(20)) | {"id": "other"}),
        (told("predicted-empty-date", ago(9), valueString="next week"),),
    ],
    ids=["no fill", "no flow", "zero flow", "negative", "absurd", "year", "two", "text"],
)
def test_what_cannot_be_told_is_unknown_with_its_reason(stored: tuple[Json, ...]) -> None:
    """No date is guessed."""
    empty = at(stored=stored).empty
    assert (empty.date, empty.reached) == (None, None)
    assert empty.why


def test_a_month_leaves_the_day_open() -> None:
    """Within the month nobody can tell; after it, it has passed."""
    assert at(stored=(predicted("2026-11"),)).empty.reached is None
    assert at(stored=(predicted("2026-11"),)).empty.days_past is None
    assert at(stored=(predicted("2026-10"),)).empty.reached is True
    assert at(stored=(predicted("2027"),)).empty.reached is False


def test_a_volume_below_the_reserve_is_used_up_at_once() -> None:
    """Nothing is left to count on."""
    assert at(stored=(*refilled(ago(5), 1), running())).empty.days_past == 5


@given(st.decimals("0.001", 40, places=3), st.decimals("0.001", 5, places=3), st.integers(0, 400))
def test_it_is_reached_when_the_usable_volume_is_used(
    volume: Decimal, rate: Decimal, days: int
) -> None:
    """For every volume, rate and age of the fill."""
    empty = at(stored=(*refilled(ago(days), volume), running(rate=rate))).empty
    # The call is at noon, and a fill without a time counts from the start of its day.
    assert empty.reached is (max(volume - 2, Decimal(0)) <= rate * (days + Decimal("0.5")))
