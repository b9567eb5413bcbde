"""How often a day a dose is given (recording.md 3.2.1)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.measures import Unusable
from rules.chart.timings import Schedule, read_schedule
from tests.rules.chart.pharmacy import GTS, Json, concept, typed

if TYPE_CHECKING:
    from rules.chart import resources as fhir


def schedule(timing: dict[str, Json] | None) -> Schedule:
    """Read a Timing as JSON has it."""
    given = {"resourceType": "MedicationRequest", "dosageInstruction": [{"timing": timing}]}
    request: fhir.MedicationRequest = typed(given)
    assert request.dosage_instruction is not None
    return read_schedule(request.dosage_instruction[0].timing)


def repeat(**elements: Json) -> Schedule:
    """Read a Timing.repeat."""
    return schedule({"repeat": elements})


@pytest.mark.parametrize(
    ("elements", "per_day"),
    [
        ({"frequency": 4, "period": 1, "periodUnit": "d"}, 4),
        ({"frequency": 1, "frequencyMax": 3, "period": 1, "periodUnit": "d"}, 3),
        ({"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}, 6),
        ({"frequency": 1, "period": 6, "periodMax": 4, "periodUnit": "h"}, 6),
        ({"frequency": 1, "period": 3, "periodUnit": "d"}, Fraction(1, 3)),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, Fraction(1, 7)),
        ({"frequency": 1, "period": 1, "periodUnit": "mo"}, 1 / Fraction("30.4375")),
        ({"period": 72, "periodUnit": "h"}, Fraction(1, 3)),
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, 2),
        ({"timeOfDay": ["08:00:00"], "dayOfWeek": ["mon", "wed", "fri"]}, Fraction(3, 7)),
        ({"dayOfWeek": ["mon", "thu"]}, Fraction(2, 7)),
        ({"frequency": 2, "period": 1, "periodUnit": "d", "dayOfWeek": ["sat"]}, Fraction(2, 7)),
        ({"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["sat"]}, Fraction(1, 7)),
        ({"frequency": 3}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_doses_a_day_of_a_repeat(elements: dict[str, Json], per_day: Fraction | None) -> None:
    """The greater frequency and the shorter period count; times and weekdays are counted."""
    assert repeat(**elements) == Schedule(None if per_day is None else Fraction(per_day))


@pytest.mark.parametrize(
    ("code", "per_day"),
    [
        ("QD", 1), ("BID", 2), ("TID", 3), ("QID", 4), ("QOD", Fraction(1, 2)), ("Q4H", 6),
        ("Q6H", 4), ("Q8H", 3), ("Q12H", 2), ("AM", 1), ("PM", 1), ("BED", 1), ("XYZ", None),
    ],
)  # fmt: skip
def test_doses_a_day_of_a_timing_code(code: str, per_day: Fraction | None) -> None:
    """The timing codes of the table are read, others say nothing."""
    expected = None if per_day is None else Fraction(per_day)
    assert schedule({"code": concept(code, GTS)}).per_day == expected


def test_a_timing_code_as_text_says_nothing() -> None:
    """Text alone is not a frequency."""
    assert schedule({"code": {"text": "BID"}}) == Schedule()


def test_one_dose_in_all() -> None:
    """A count of one and a single event are one administration."""
    assert repeat(count=1, frequency=1, period=1, periodUnit="d").once
    assert schedule({"event": ["2026-11-20"]}).once
    assert not repeat(count=20, frequency=1, period=1, periodUnit="d").once
    assert schedule(None) == Schedule()


@pytest.mark.parametrize(
    "elements",
    [
        {"frequency": 1, "period": 0, "periodUnit": "d"},
        {"frequency": 1, "period": 1, "periodUnit": "fortnight"},
        {"frequency": -2, "period": 1, "periodUnit": "d"},
        {"frequency": 0, "period": 1, "periodUnit": "d"},
    ],
)
def test_senseless_numbers_are_refused(elements: dict[str, Json]) -> None:
    """A period of zero, an unknown unit and a negative frequency are no schedule."""
    with pytest.raises(Unusable):
        repeat(**elements)


@given(
    often=st.integers(1, 24), period=st.integers(1, 1000), unit=st.sampled_from(["h", "d", "wk"])
)
def test_frequency_over_period_is_exact(often: int, period: int, unit: str) -> None:
    """A frequency per period is a fraction, never a rounded number."""
    length = period * {"h": Fraction(1, 24), "d": Fraction(1), "wk": Fraction(7)}[unit]
    assert repeat(frequency=often, period=period, periodUnit=unit).per_day == often / length
