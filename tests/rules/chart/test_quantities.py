from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.quantities import CANONICAL, Unusable, read_quantity, read_range
from rules.chart.records import Interval
from rules.chart.resources import Quantity, Range

UCUM = "http://unitsofmeasure.org"


def _quantity(value: object, code: str | None = None, **more: str) -> Quantity:
    number = None if value is None else Decimal(str(value))
    return Quantity(value=number, code=code, system=UCUM if code else None, **more)


@pytest.mark.parametrize(
    ("value", "unit", "dimension", "expected"),
    [
        ("1.5", "g", "mass", "1500"), ("250", "ug", "mass", "0.25"), ("250", "mcg", "mass", "0.25"),
        ("250", "µg", "mass", "0.25"), ("250", "\u03bcg", "mass", "0.25"),
        ("500", "ng", "mass", "0.0005"),
        ("2", "L", "volume", "2000"), ("40", "mL", "volume", "40"), ("300", "uL", "volume", "0.3"),
        ("2", "wk", "time", "14"), ("1", "a", "time", "365.25"), ("12", "h", "time", "0.5"),
        ("18", "mo", "months", "18"), ("2", "a", "months", "24"), ("182.625", "d", "months", "6"),
        ("60.875", "wk", "months", "14"),
        ("220", "10*3/uL", "count", "220"), ("220", "10*9/L", "count", "220"),
        ("95000", "/uL", "count", "95"), ("95000", "10*6/L", "count", "95"),
        ("95000", "{cells}/uL", "count", "95"),
        ("38.0", "Cel", "temperature", "38.0"), ("100.4", "[degF]", "temperature", "38"),
        ("98.6", "[degF]", "temperature", "37"),
        ("70", "%", "percent", "70"), ("7", "{score}", "score", "7"), ("7", "1", "score", "7"),
        ("1.2", "{INR}", "ratio", "1.2"), ("1.2", "1", "ratio", "1.2"),
        ("64", "mm", "vas", "6.4"), ("6", "{score}", "vas", "6"),
        ("6", "mg/d", "mass-rate", "6"), ("100", "ug/d", "mass-rate", "0.1"),
        ("10", "ug/h", "mass-rate", "0.24"), ("0.6", "mL/d", "volume-rate", "0.6"),
        ("25", "uL/h", "volume-rate", "0.6"),
        ("20", "mg/mL", "concentration", "20"), ("500", "ug/mL", "concentration", "0.5"),
        ("2", "g/L", "concentration", "2"),
    ],
)  # fmt: skip
def test_units_become_one_per_dimension(
    value: str, unit: str, dimension: str, expected: str
) -> None:
    """Every unit of the table is converted exactly."""
    assert read_quantity(_quantity(value, unit), dimension) == Decimal(expected)


def test_no_unit_is_a_unit_only_for_inr() -> None:
    """An INR is a plain number; everything else without a unit cannot be compared."""
    assert read_quantity(_quantity("2.4"), "ratio") == Decimal("2.4")
    for dimension in CANONICAL.keys() - {"ratio"}:
        with pytest.raises(Unusable, match="no unit"):
            read_quantity(_quantity("2.4"), dimension)


def test_the_text_of_a_unit_is_read_only_where_it_is_ucum() -> None:
    """Without a code, a unit written exactly as UCUM writes it means the same."""
    assert read_quantity(Quantity(value=Decimal(2), unit="mg"), "mass") == 2
    for unit in ("milligram", "MG", "mgs", "K/uL"):
        with pytest.raises(Unusable):
            read_quantity(Quantity(value=Decimal(2), unit=unit), "mass")
    foreign = Quantity(value=Decimal(2), code="mg", unit="mg", system="http://snomed.info/sct")
    with pytest.raises(Unusable):
        read_quantity(foreign, "mass")


@pytest.mark.parametrize(
    ("value", "unit", "dimension"),
    [
        ("5", "mg", "volume"), ("5", "mL", "mass"), ("5", "Cel", "score"), ("5", "mm", "score"),
        ("-1", "mg", "mass"), ("-0.1", "{score}", "score"), ("NaN", "mg", "mass"),
        ("Infinity", "mg", "mass"), ("1E+308", "mg", "mass"), ("1E+999999", "g", "mass"),
        ("1E-999999", "ug", "mass"), (None, "mg", "mass"), ("5", "banana", "mass"),
        ("5", "mg/{", "mass"), ("5", "}", "mass"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_unusable(value: str | None, unit: str, dimension: str) -> None:
    """Another dimension, a negative, an impossible or an absent number is never converted."""
    with pytest.raises(Unusable):
        read_quantity(_quantity(value, unit), dimension)


def test_a_comparator_opens_an_interval() -> None:
    """`>5 a` is more than 60 months, without an upper end; the bound itself is excluded."""
    five = _quantity("5", "a", comparator=">")
    assert read_quantity(five, "months") == Interval(Decimal(60), None, low_open=True)
    at_least = _quantity("5", "a", comparator=">=")
    assert read_quantity(at_least, "months") == Interval(Decimal(60), None)
    below = _quantity("3", "mo", comparator="<")
    assert read_quantity(below, "months") == Interval(Decimal(0), Decimal(3), high_open=True)
    cold = _quantity("36", "Cel", comparator="<=")
    assert read_quantity(cold, "temperature") == Interval(None, Decimal(36))
    with pytest.raises(Unusable):
        read_quantity(_quantity("5", "a", comparator="ad"), "months")


def test_a_range_is_an_interval() -> None:
    """A missing low bound is zero, a missing high bound has no end; nonsense is refused."""
    low, high = _quantity("12", "mo"), _quantity("2", "a")
    assert read_range(Range(low, high), "months") == Interval(Decimal(12), Decimal(24))
    assert read_range(Range(None, high), "months") == Interval(Decimal(0), Decimal(24))
    assert read_range(Range(low, None), "months") == Interval(Decimal(12), None)
    for bad in (Range(), Range(high, low), Range(_quantity("1"), high)):
        with pytest.raises(Unusable):
            read_range(bad, "months")


@given(
    value=st.decimals(allow_nan=True, allow_infinity=True),
    unit=st.text(max_size=8) | st.sampled_from(["mg", "ug", "%", "Cel", "[degF]", "{score}", "d"]),
    dimension=st.sampled_from(sorted(CANONICAL)),
)
def test_no_quantity_ever_crashes(value: Decimal, unit: str, dimension: str) -> None:
    """Any number with any unit gives a finite number or says that it is unusable."""
    with contextlib.suppress(Unusable):
        found = read_quantity(Quantity(value=value, code=unit), dimension)
        assert isinstance(found, Decimal)
        assert found.is_finite()


@given(
    value=st.decimals("0", "100000", places=3),
    pair=st.sampled_from([
        ("mass", "mg", "ug", 1000), ("volume", "mL", "uL", 1000), ("months", "a", "mo", 12),
        ("count", "10*9/L", "/uL", 1000), ("mass-rate", "mg/d", "ug/d", 1000),
        ("vas", "{score}", "mm", 10), ("time", "wk", "d", 7),
    ]),
)  # fmt: skip
def test_a_unit_and_its_part_agree(value: Decimal, pair: tuple[str, str, str, int]) -> None:
    """The same amount written in two units is the same number."""
    dimension, whole, part, factor = pair
    assert read_quantity(_quantity(value, whole), dimension) == read_quantity(
        _quantity(value * factor, part), dimension
    )
