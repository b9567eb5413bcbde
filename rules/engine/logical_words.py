"""Words about truth and unknown, which need no chart."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

from rules.chart.records import Interval
from rules.engine import arithmetic
from rules.engine.words import word

_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP, traps=[])
_MAX_PLACES = 12


@word(subject="truth", result="truth", cql="X is true", unknown=True)
def is_true(value: object) -> bool:
    """Say whether the answer is certainly true; unknown counts as no."""
    return value is True


@word(subject="truth", result="truth", cql="X is false", unknown=True)
def is_false(value: object) -> bool:
    """Say whether the answer is certainly false; unknown counts as no."""
    return value is False


@word(subject="any", result="truth", cql="X is null", unknown=True)
def is_unknown(value: object) -> bool:
    """Say whether the answer or value is unknown."""
    return value is None


@word(subject="any", result="truth", cql="X is not null", unknown=True)
def is_known(value: object) -> bool:
    """Say whether the answer or value is known."""
    return value is not None


@word(subject="truth", result="truth", cql="if X is false then false else null", unknown=True)
def raises_doubt(value: object) -> bool | None:
    """Turn true into unknown: a sign that something may be so, never that it is so."""
    return False if value is False else None


@word(subject="any", args=("any",), result="subject", cql="Coalesce(X, default)", unknown=True)
def or_else(value: object, default: object) -> object:
    """Give the value, or the default where it is unknown."""
    return default if value is None else value


@word(subject="number", args=("number?",), result="number", cql="Round(X, places)")
def round_(value: object, places: object = 0) -> object:
    """Round a number for showing, half away from zero; never round before comparing."""
    asked = arithmetic.number(places)
    if not isinstance(asked, Decimal) or not 0 <= asked <= _MAX_PLACES:
        return None
    digits = int(asked)
    if isinstance(value, Interval):
        return Interval(
            _rounded(value.low, digits), _rounded(value.high, digits),
            low_open=value.low_open, high_open=value.high_open,
        )  # fmt: skip
    return _rounded(Decimal(value), digits) if isinstance(value, (int, Decimal)) else None


def _rounded(value: Decimal | None, digits: int) -> Decimal | None:
    if value is None:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-digits), context=_ROUNDING)
    return rounded if rounded.is_finite() else None
