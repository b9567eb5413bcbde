"""Amounts, rates and strengths as exact numbers (recording.md 1.5, 3.2)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart import resources as fhir
from rules.chart.measures import Unusable, days, decimal, exact, measure, quotient
from tests.rules.chart.pharmacy import UCUM


def of(
    value: str | None, code: str | None, system: str | None = UCUM, **more: str
) -> fhir.Quantity:
    """Return a typed Quantity."""
    number = None if value is None else Decimal(value)
    return fhir.Quantity(value=number, code=code, system=system, **more)


@pytest.mark.parametrize(
    ("code", "dimension", "value"),
    [
        ("mg", "mass", 1), ("g", "mass", 1000), ("ug", "mass", Fraction(1, 1000)),
        ("mcg", "mass", Fraction(1, 1000)), ("µg", "mass", Fraction(1, 1000)),
        ("mL", "volume", 1), ("L", "volume", 1000), ("{tbl}", "pieces", 1), ("1", "pieces", 1),
        ("{tablet}", "pieces", 1), ("{capsule}", "pieces", 1), ("d", "time", 1),
        ("h", "time", Fraction(1, 24)), ("mo", "time", Fraction("30.4375")),
        ("mg/d", "mass/time", 1), ("ug/h", "mass/time", Fraction(24, 1000)),
        ("mL/h", "volume/time", 24), ("mg/mL", "mass/volume", 1),
    ],
)  # fmt: skip
def test_known_units_are_read_exactly(code: str, dimension: str, value: Fraction) -> None:
    """Every unit of the table means one thing; `mcg` and the micro sign mean `ug`."""
    read = measure(of("1", code))
    assert [read.dimension, read.value] == [dimension, value]


@pytest.mark.parametrize(
    ("quantity", "why"),
    [
        (of("1", None), "there is no unit code"),
        (of("1", None, None, unit="mg"), "there is no unit code"),
        (of("1", "TAB", "http://example.org/units"), "not of UCUM"),
        (of("1", "mg/kg/h"), "not known"),
        (of("1", "furlong"), "not known"),
        (of("-1", "mg"), "negative"),
        (of("1", "mg", comparator=">"), "only a bound"),
        (of("1E+300", "mg"), "out of range"),
        (of("NaN", "mg"), "not finite"),
        (of(None, "mg"), "no number"),
    ],
)  # fmt: skip
def test_other_quantities_are_refused_with_the_reason(quantity: fhir.Quantity, why: str) -> None:
    """No unit, another dimension, a bound, a negative or absurd number is no dose."""
    with pytest.raises(Unusable, match=why):
        measure(quantity)


def test_an_absurd_exponent_costs_nothing() -> None:
    """A number such as 1E999999999 is refused before it is spread out."""
    with pytest.raises(Unusable):
        exact(Decimal("1E+999999999"))
    with pytest.raises(Unusable):
        exact(Decimal("1E-999999999"))


def test_a_ratio_divides_its_parts() -> None:
    """500 mg in 20 mL are 25 mg/mL; a ratio to zero is refused."""
    read = quotient(fhir.Ratio(numerator=of("500", "mg"), denominator=of("20", "mL")))
    assert [read.dimension, read.value] == ["mass/volume", 25]
    with pytest.raises(Unusable, match="zero"):
        quotient(fhir.Ratio(numerator=of("1", "mg"), denominator=of("0", "mL")))


def test_durations_are_days() -> None:
    """Two weeks are 14 days; what is no duration is none."""
    assert days(of("2", "wk")) == 14
    assert days(of("2", "mg")) is None
    assert days(None) is None


@given(st.decimals(min_value=0, max_value=10**6, places=6))
def test_what_ends_is_written_back_exactly(value: Decimal) -> None:
    """A decimal read and written is the same number: nothing is rounded on the way."""
    assert decimal(exact(value)) == value
