"""Arithmetic that never raises: null, uncertain numbers and division by zero give what CQL gives.

A number is a Decimal, an int (not a bool) or an `Interval`, a number known only between bounds.
Anything else makes the result unknown. Results are Decimals of 34 digits, or Intervals that are
rounded outwards so that they never exclude a possible value. There are no floats.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, TypeAlias

from rules.chart.records import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

Number: TypeAlias = Decimal | Interval

PRECISION = 34
_NEAREST = Context(prec=PRECISION, rounding=ROUND_HALF_EVEN, traps=[])
_DOWN = Context(prec=PRECISION, rounding=ROUND_FLOOR, traps=[])
_UP = Context(prec=PRECISION, rounding=ROUND_CEILING, traps=[])
_ZERO = Decimal(0)
_INFINITY = Decimal("Infinity")

# An end of an interval while it is computed: its value (perhaps infinite), whether it is attained.
_End: TypeAlias = tuple[Decimal, bool]


def number(value: object) -> Number | None:
    """Return a value as a number, None where it is none (bool, float, text, NaN, infinity)."""
    if isinstance(value, int):
        # Longer ints do not come from charts; making a Decimal of one is quadratic.
        plain = not isinstance(value, bool) and value.bit_length() <= 512
        return Decimal(value) if plain else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return value if isinstance(value, Interval) and is_possible(value) else None


def is_possible(interval: Interval) -> bool:
    """Say whether an interval holds any number at all."""
    low, high = interval.low, interval.high
    if low is None or high is None:
        return True
    return low < high or (low == high and not interval.low_open and not interval.high_open)


def interval(value: Number) -> Interval:
    """Return a number as an interval."""
    return value if isinstance(value, Interval) else Interval(value, value)


def add(left: object, right: object) -> Number | None:
    """`left + right`."""
    return _apply(left, right, Context.add, _add)


def subtract(left: object, right: object) -> Number | None:
    """`left - right`."""
    return _apply(left, right, Context.subtract, lambda a, b: _add(a, _negated(b)))


def multiply(left: object, right: object) -> Number | None:
    """`left * right`."""
    return _apply(left, right, Context.multiply, _multiply)


def divide(left: object, right: object) -> Number | None:
    """`left / right`; unknown where the divisor is or may be zero."""
    return _apply(left, right, Context.divide, _divide)


def _apply(
    left: object,
    right: object,
    exact: Callable[[Context, Decimal, Decimal], Decimal],
    uncertain: Callable[[Interval, Interval], Interval | None],
) -> Number | None:
    a, b = number(left), number(right)
    if a is None or b is None:
        return None
    if isinstance(a, Interval) or isinstance(b, Interval):
        return uncertain(interval(a), interval(b))
    result = exact(_NEAREST, a, b)
    return result if result.is_finite() else None


def _ends(value: Interval) -> tuple[_End, _End]:
    low = (-_INFINITY, False) if value.low is None else (value.low, not value.low_open)
    high = (_INFINITY, False) if value.high is None else (value.high, not value.high_open)
    return low, high


def _from_ends(low: _End, high: _End) -> Interval:
    return Interval(
        low[0] if low[0].is_finite() else None,
        high[0] if high[0].is_finite() else None,
        low_open=low[0].is_finite() and not low[1],
        high_open=high[0].is_finite() and not high[1],
    )


def _negated(value: Interval) -> Interval:
    low, high = _ends(value)
    return _from_ends((high[0].copy_negate(), high[1]), (low[0].copy_negate(), low[1]))


def _add(a: Interval, b: Interval) -> Interval:
    (a_low, a_high), (b_low, b_high) = _ends(a), _ends(b)
    return _from_ends(
        (_DOWN.add(a_low[0], b_low[0]), a_low[1] and b_low[1]),
        (_UP.add(a_high[0], b_high[0]), a_high[1] and b_high[1]),
    )


def _multiply(a: Interval, b: Interval) -> Interval:
    corners = [(x, y) for x in _ends(a) for y in _ends(b)]
    lows = [_corner(x, y, _DOWN) for x, y in corners]
    highs = [_corner(x, y, _UP) for x, y in corners]
    low = min(end[0] for end in lows)
    high = max(end[0] for end in highs)
    return _from_ends(
        (low, any(attained for value, attained in lows if value == low)),
        (high, any(attained for value, attained in highs if value == high)),
    )


def _corner(x: _End, y: _End, context: Context) -> _End:
    # Zero times anything is zero, and is attained wherever the zero itself is.
    if x[0] == _ZERO or y[0] == _ZERO:
        zeros = [end[1] for end in (x, y) if end[0] == _ZERO]
        return _ZERO, any(zeros)
    return context.multiply(x[0], y[0]), x[1] and y[1]


def _divide(a: Interval, b: Interval) -> Interval | None:
    (low, low_attained), (high, high_attained) = _ends(b)
    # A divisor that may be zero makes the quotient unknown; one that only comes near it does not.
    if low < _ZERO < high or (low == _ZERO and low_attained) or (high == _ZERO and high_attained):
        return None
    if low < _ZERO:
        return _divide(_negated(a), _negated(b))
    lower = (_ZERO, False) if high == _INFINITY else (_DOWN.divide(Decimal(1), high), high_attained)
    upper = (_INFINITY, False) if low == _ZERO else (_UP.divide(Decimal(1), low), low_attained)
    return _multiply(a, _from_ends(lower, upper))
