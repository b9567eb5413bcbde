"""Quantities in one unit per dimension: a small table of UCUM, nothing guessed.

Source: recording.md 1.5 and the unit columns of sections 4 to 7.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.chart.records import Interval

if TYPE_CHECKING:
    from rules.chart import resources as fhir

UCUM = ("http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8")
# Beyond these powers of ten no clinical quantity lies, and arithmetic would overflow.
MAGNITUDE = 30

_ONE = Decimal(1)
_TIME = {
    "a": Decimal("365.25"), "mo": Decimal("30.4375"), "wk": Decimal(7), "d": _ONE,
    "h": _ONE / 24, "min": _ONE / 1440,
}  # fmt: skip
_PER = {"d": _ONE, "h": Decimal(24), "min": Decimal(1440), "wk": _ONE / 7}
_MASS = {
    "kg": Decimal(1_000_000), "g": Decimal(1000), "mg": _ONE, "ug": Decimal("1E-3"),
    "ng": Decimal("1E-6"),
}  # fmt: skip
_VOLUME = {
    "L": Decimal(1000), "l": Decimal(1000), "dL": Decimal(100), "dl": Decimal(100),
    "mL": _ONE, "ml": _ONE, "uL": Decimal("1E-3"), "ul": Decimal("1E-3"),
}  # fmt: skip

# Dimension -> UCUM code -> how many canonical units it is.
_UNITS: dict[str, dict[str, Decimal]] = {
    "mass": _MASS,
    "volume": _VOLUME,
    "time": _TIME,
    "months": {"mo": _ONE, "a": Decimal(12)},
    "count": {
        "10*9/L": _ONE, "10*3/uL": _ONE, "10^9/L": _ONE, "10^3/uL": _ONE,
        "/uL": Decimal("1E-3"), "10*6/L": Decimal("1E-3"), "10^6/L": Decimal("1E-3"),
    },
    "percent": {"%": _ONE},
    "score": {"1": _ONE},
    "ratio": {"1": _ONE, "": _ONE},
    "mass-rate": {f"{m}/{t}": a * b for m, a in _MASS.items() for t, b in _PER.items()},
    "volume-rate": {f"{v}/{t}": a * b for v, a in _VOLUME.items() for t, b in _PER.items()},
    "concentration": {
        f"{m}/{v}": a / b for m, a in _MASS.items() for v, b in _VOLUME.items()
    },
    "temperature": {"Cel": _ONE, "[degF]": _ONE},
    # A visual analogue scale of 100 mm, read as a score of 0 to 10.
    "vas": {"1": _ONE, "mm": Decimal("0.1")},
}  # fmt: skip
# Months are counted in days of 30.4375, divided last so that 182.625 d is exactly 6 mo.
_MONTH_DAYS = {"d": _ONE, "wk": Decimal(7)}

# Dimension -> the canonical unit in which its numbers are given.
CANONICAL = {
    "mass": "mg", "volume": "mL", "time": "d", "months": "mo", "count": "10*9/L", "percent": "%",
    "score": "{score}", "ratio": "1", "mass-rate": "mg/d", "volume-rate": "mL/d",
    "concentration": "mg/mL", "temperature": "Cel", "vas": "{score}",
}  # fmt: skip

_LONG = 100  # a longer unit is not remembered
_MICRO = str.maketrans({"µ": "u", "μ": "u"})  # the micro sign and the Greek letter


class Unusable(ValueError):  # noqa: N818 - named for what was found
    """A quantity that cannot be compared; its text says why, without the number."""


def unit_of(quantity: fhir.Quantity) -> str:
    """Return the UCUM unit of a quantity, annotations removed; "" where it has none.

    The text of `unit` is read only where there is no code (a unit that is written exactly as UCUM
    writes it can mean nothing else). A code of another system is no unit.
    """
    if quantity.code is not None and quantity.system not in (None, *UCUM):
        return quantity.code + "?"
    given = quantity.code or quantity.unit or ""
    return _bare(given) if len(given) <= _LONG else _bare.__wrapped__(given)


@lru_cache(maxsize=1024)
def _bare(text: str) -> str:
    text = text.strip().translate(_MICRO)
    if text.startswith("mcg"):
        text = "ug" + text[3:]
    if "{" not in text:
        return text
    bare, depth = "", 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        bare += "" if depth or sign == "}" else sign
    return bare or "1"


def read_quantity(quantity: fhir.Quantity, dimension: str) -> Decimal | Interval:
    """Return a quantity in the canonical unit of *dimension* (see CANONICAL).

    A comparator makes an interval with an open end. Raises Unusable where there is no number, no
    unit, a unit of another dimension, a negative or an impossible number.
    """
    number = quantity.value
    if number is None:
        raise Unusable("it has no number")
    if not number.is_finite() or (number and abs(number.adjusted()) > MAGNITUDE):
        raise Unusable("its number is out of range")
    if number < 0 and dimension != "temperature":
        raise Unusable("its number is negative")
    return _compared(quantity.comparator, _convert(number, unit_of(quantity), dimension), dimension)


def _convert(number: Decimal, unit: str, dimension: str) -> Decimal:
    if dimension == "months" and unit in _MONTH_DAYS:
        return number * _MONTH_DAYS[unit] / _TIME["mo"]
    if dimension == "temperature" and unit == "[degF]":
        return (number - 32) * 5 / 9
    factor = _UNITS[dimension].get(unit)
    if factor is None:
        if not unit:
            raise Unusable("it has no unit")
        raise Unusable(f"`{unit[:30]}` is not a unit that is read here")
    return number if factor is _ONE else number * factor


def _compared(comparator: str | None, number: Decimal, dimension: str) -> Decimal | Interval:
    floor = None if dimension == "temperature" else Decimal(0)
    match comparator:
        case None:
            return number
        case "<" | "<=":
            return Interval(floor, number, high_open=comparator == "<")
        case ">" | ">=":
            return Interval(number, None, low_open=comparator == ">")
    raise Unusable("its comparator is not one of `<`, `<=`, `>=`, `>`")


def read_range(span: fhir.Range, dimension: str) -> Decimal | Interval:
    """Return a Range as an Interval; a missing bound is 0 or infinity (recording.md 4.2).

    Raises Unusable as read_quantity does, and where both bounds are missing or exchanged.
    """
    low = high = None
    for name, bound in (("low", span.low), ("high", span.high)):
        if bound is None or bound.value is None:
            continue
        number = read_quantity(bound, dimension)
        if isinstance(number, Interval):
            raise Unusable("a bound of a range has a comparator")
        low, high = (number, high) if name == "low" else (low, number)
    if low is None and high is None:
        raise Unusable("it has no bounds")
    if low is not None and high is not None and low > high:
        raise Unusable("its low bound is above its high bound")
    return Interval(Decimal(0) if low is None else low, high)
