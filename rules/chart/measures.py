"""Amounts, rates and strengths of drugs as exact fractions of mg, mL, pieces and days.

Only units with one known meaning are read (recording.md 1.5, 3.2). Nothing is rounded: a third of
a tablet is a third, and what is compared with a threshold is compared unrounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.chart.spans import DAYS_PER_MONTH

if TYPE_CHECKING:
    from rules.chart import resources as fhir

UCUM = frozenset({"http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8"})
_MONTH = Fraction(DAYS_PER_MONTH)
_SECOND = Fraction(1, 86400)

DAYS = {
    "s": _SECOND, "min": 60 * _SECOND, "h": Fraction(1, 24), "d": Fraction(1), "wk": Fraction(7),
    "mo": _MONTH, "a": 12 * _MONTH,
}  # fmt: skip
_MICRO = Fraction(1, 1000)
_UNITS = {
    "mass": {
        "kg": Fraction(10**6), "g": Fraction(1000), "mg": Fraction(1), "ng": Fraction(1, 10**6),
        # `mcg` and both micro signs are read as the UCUM code `ug` (recording.md 1.5).
        "ug": _MICRO, "mcg": _MICRO, "µg": _MICRO, "\u03bcg": _MICRO,
    },
    "volume": {
        "L": Fraction(1000), "l": Fraction(1000), "dL": Fraction(100), "dl": Fraction(100),
        "mL": Fraction(1), "ml": Fraction(1), "uL": _MICRO, "ul": _MICRO,
    },
    "pieces": dict.fromkeys(("1", "{tbl}", "{tablet}", "{capsule}", "{patch}"), Fraction(1)),
    "time": DAYS,
}  # fmt: skip
# Beyond these a number is no dose; they also bound the work that one number can cause.
_LARGEST, _SMALLEST, _DIGITS = 9, -18, 30
_ROUNDING = Context(prec=34)


class Unusable(ValueError):  # noqa: N818 - a verdict on a quantity, not a failure of ours
    """A quantity that cannot be used; the message says why.

    `fault` tells a faulty quantity (no unit, another dimension, negative, out of range) from one
    that is only absent.
    """

    def __init__(self, why: str, *, fault: bool = True) -> None:
        """Keep the reason in words."""
        super().__init__(why)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Measure:
    """An exact number with its dimension.

    `dimension` is `mass` (mg), `volume` (mL), `pieces` (tablets, capsules, patches), `time` (d),
    or one of these per another: `mass/time` is mg/d, `mass/volume` is mg/mL.
    """

    dimension: str
    value: Fraction


def decimal(value: Fraction | None) -> Decimal | None:
    """Write an exact number as a decimal: exact where it ends, else to 34 digits."""
    if value is None:
        return None
    return _ROUNDING.divide(Decimal(value.numerator), Decimal(value.denominator))


def exact(value: Decimal | int | None) -> Fraction:
    """Read a number of a resource, refusing what no dose or strength can be."""
    if value is None:
        raise Unusable("there is no number", fault=False)
    number = Decimal(value)
    if not number.is_finite():
        raise Unusable("the number is not finite")
    if number and not _SMALLEST <= number.adjusted() <= _LARGEST:
        raise Unusable("the number is out of range")
    if len(number.as_tuple().digits) > _DIGITS:
        raise Unusable("the number has too many digits")
    if number < 0:
        raise Unusable("the number is negative")
    return Fraction(number) if number else Fraction(0)


@lru_cache(maxsize=512)
def _unit(code: str) -> tuple[str, Fraction] | None:
    above, slash, below = code.partition("/")
    top, bottom = _simple(above), _simple(below) if slash else None
    if top is None or (slash and bottom is None):
        return None
    if bottom is None:
        return top
    return f"{top[0]}/{bottom[0]}", top[1] / bottom[1]


def _simple(code: str) -> tuple[str, Fraction] | None:
    return next(((kind, units[code]) for kind, units in _UNITS.items() if code in units), None)


def whole(value: object) -> int:
    """Read a number of days, months or the like that a policy gives."""
    return int(Decimal(str(value)))


def measure(quantity: fhir.Quantity) -> Measure:
    """Read a quantity by its UCUM code; raises `Unusable`."""
    value = exact(quantity.value)
    if quantity.comparator:
        raise Unusable(f"only a bound is given (`{quantity.comparator}`)")
    if quantity.code is None:
        raise Unusable("there is no unit code")
    if quantity.system is not None and quantity.system not in UCUM:
        raise Unusable(f"the unit `{quantity.code}` is not of UCUM")
    unit = _unit(quantity.code)
    if unit is None:
        raise Unusable(f"the unit `{quantity.code}` is not known")
    return Measure(unit[0], value * unit[1])


def quotient(ratio: fhir.Ratio) -> Measure:
    """Read a ratio as one measure (a strength, a rate); raises `Unusable`."""
    if ratio.numerator is None or ratio.denominator is None:
        raise Unusable("the ratio lacks a part", fault=False)
    above, below = measure(ratio.numerator), measure(ratio.denominator)
    if not below.value:
        raise Unusable("the ratio divides by zero")
    return Measure(f"{above.dimension}/{below.dimension}", above.value / below.value)


def days(quantity: fhir.Quantity | None) -> Fraction | None:
    """Read a duration in days; None where there is none that can be used."""
    try:
        read = measure(quantity) if quantity is not None else None
    except Unusable:
        return None
    return read.value if read is not None and read.dimension == "time" else None
