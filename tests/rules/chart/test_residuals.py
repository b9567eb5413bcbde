"""The residual volume: measured, expected, and how they differ (recording.md 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.chart.pumps import Json, ago, at, refilled, running, told

RESIDUAL, EXPECTED = "reservoir-residual-volume", "reservoir-expected-volume"


def measured(value: Any, when: str | None = ago(0), unit: str = "mL", **more: Any) -> Json:  # noqa: ANN401
    """Make a measured residual volume."""
    return told(RESIDUAL, when, value, unit, **more)


@pytest.mark.parametrize(
    ("days", "current"), [(0, True), (1, True), (2, False), (19, False)]
)  # fmt: skip
def test_a_residual_of_today_or_yesterday_is_current(days: int, current: bool) -> None:
    """An older one stays the newest and is not current."""
    found = at(stored=(*refilled(ago(20)), measured(7, ago(days)))).residual
    assert found.newest == Decimal(7)
    assert (found.volume == Decimal(7)) is current
    assert bool(found.why) is not current


def test_a_residual_before_the_last_fill_is_not_read() -> None:
    """What was left then was filled up; that of the day of the fill counts."""
    assert at(stored=(*refilled(ago(20)), measured(7, ago(21)))).residual.newest is None
    assert at(stored=(*refilled(ago(20)), measured(7, ago(20)))).residual.newest == Decimal(7)


@pytest.mark.parametrize(
    "stored",
    [
        (),
        (measured(-1),),
        (measured(1e308),),
        (measured(7, unit="mg"),),
        (measured(7, unit="ampoule"),),
        (measured(7, None),),
        (measured(7, status="preliminary"),),
        (measured(7), measured(9, ref="other")),
        (measured(7, "2026"),),
        (told(RESIDUAL, ago(0), ref="text", valueString="about 7 mL"),),
        (told(RESIDUAL, ago(0), ref="absent",
              dataAbsentReason={"coding": [{"code": "not-performed"}]}),),
    ],
    ids=["none", "negative", "absurd", "mass", "unit", "undated", "preliminary", "two", "year",
         "text", "absent"],
)  # fmt: skip
def test_what_cannot_be_told_is_unknown_with_its_reason(stored: tuple[Json, ...]) -> None:
    """No volume is guessed."""
    found = at(stored=(*refilled(ago(20)), *stored)).residual
    assert found.volume is None
    assert found.why


def test_without_observations_a_residual_is_unknown() -> None:
    """The key could not be had."""
    assert at(missing={"observations": "refused"}).residual.volume is None


def test_the_pump_says_what_to_expect() -> None:
    """The expected volume of the same day is preferred to what fill and flow give."""
    stored = (*refilled(ago(30)), running(), measured(9), told(EXPECTED, ago(0), 2))
    found = at(stored=stored).expected
    assert (found.volume, found.recorded) == (Decimal(2), True)
    older = (*refilled(ago(30)), running(), measured(9), told(EXPECTED, ago(1), 2))
    assert at(stored=older).expected.volume == Decimal(11)


def test_fill_and_flow_say_what_to_expect() -> None:
    """Fill - flow x days since the fill, never below zero."""
    assert at(stored=(*refilled(ago(30)), running(), measured(9))).expected.volume == Decimal(11)
    assert at(stored=(*refilled(ago(70)), running(), measured(9))).expected.volume == 0
    week = (*refilled(ago(30)), running(), measured(9, ago(10)))
    assert at(stored=week).expected.volume == Decimal(14)


def test_times_of_day_are_kept() -> None:
    """Half a day is half a day where both carry a time."""
    fill = told("reservoir-fill-volume", "2026-11-12T00:00:00Z", 20)
    left = measured(9, "2026-11-22T12:00:00Z")
    assert at(stored=(fill, running(), left)).expected.volume == Decimal("16.85")


@pytest.mark.parametrize(
    "stored",
    [
        (running(), measured(9)),
        (told("reservoir-fill-volume", ago(30), 20), measured(9)),
        (*refilled(ago(30)), running(rate=0), measured(9)),
        (*refilled(ago(0)), running(), measured(9)),
    ],
    ids=["no fill", "no flow", "zero flow", "measured at the fill"],
)
def test_nothing_is_expected_without_fill_or_flow(stored: tuple[Json, ...]) -> None:
    """Unknown, with the reason; what is left at a fill says nothing about that fill."""
    found = at(stored=stored)
    assert found.expected.volume is None
    assert found.expected.why
    assert found.discrepancy.value is None


@pytest.mark.parametrize(
    ("left", "expected", "differs"),
    [
        ("8", "10", False),  # exactly 20 % and 2 mL
        ("12", "10", False),
        ("7.999", "10", True),
        ("12.001", "10", True),
        ("6", "5", False),  # exactly 20 %
        ("6.001", "5", True),
        ("13", "15", False),  # exactly 2 mL, less than 20 %
        ("12.999", "15", True),
        ("0", "0", False),
        ("0.1", "0", True),
    ],
)
def test_a_discrepancy_is_more_than_20_percent_or_2_ml(
    left: str, expected: str, differs: bool
) -> None:
    """Either tolerance exceeded, compared unrounded."""
    stored = (
        *refilled(ago(30)),
        measured(Decimal(left)),
        told(EXPECTED, ago(0), Decimal(expected)),
    )
    found = at(stored=stored).discrepancy
    assert found.value is differs
    assert {one.ref for one in found.evidence} >= {f"Observation/{RESIDUAL}-{ago(0)}"}


def test_only_a_bound_may_leave_it_open() -> None:
    """`<` 5 mL against 10 differs; against 4 nobody can tell."""

    def bound(comparator: str) -> Json:
        value = {"value": 5, "unit": "mL", "code": "mL", "system": "http://unitsofmeasure.org"}
        return told(RESIDUAL, ago(0), ref="b", valueQuantity={**value, "comparator": comparator})

    def answer(comparator: str, expected: int) -> object:
        stored = (*refilled(ago(30)), bound(comparator), told(EXPECTED, ago(0), expected))
        return at(stored=stored).discrepancy.value

    assert answer("<", 10) is True
    assert answer("<", 4) is None
    assert answer(">", 2) is True
    assert answer(">", 10) is None


@given(st.decimals(0, 40, places=3), st.decimals(0, 40, places=3))
def test_the_tolerance_is_the_smaller_of_the_two(left: Decimal, expected: Decimal) -> None:
    """20 % of what was expected, or 2 mL, whichever is reached first."""
    stored = (*refilled(ago(30)), measured(left), told(EXPECTED, ago(0), expected))
    limit = min(expected / 5, Decimal(2))
    assert at(stored=stored).discrepancy.value is (abs(left - expected) > limit)
