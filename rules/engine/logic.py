"""Three-valued logic and comparison: the operators of the language, none of which ever raises.

True, False and None (unknown) follow Kleene. A comparison with something unknown, of two types, or
of something that is no value is unknown. An uncertain number (`Interval`) or date (`Span`) compares
as CQL's uncertainties do: true if every possible value makes it true, false if none does, else
unknown; so two dates of the same day are neither equal nor different. A bool is never a number.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from rules.chart.records import Interval, Records
from rules.chart.spans import Span
from rules.engine import arithmetic
from rules.engine.budget import CHARACTERS_PER_STEP, MAX_TEXT, Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rules.chart.records import Record

Truth: TypeAlias = bool | None

LISTS = (tuple, list, frozenset)
_MAX_LIST_DEPTH = 8


def negate(value: object) -> Truth:
    """`!value`."""
    return not value if isinstance(value, bool) else None


def every(values: Iterable[object]) -> Truth:
    """Join by `&&`: false if one is false, true if all are true, else unknown."""
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is not True:
            result = None
    return result


def some(values: Iterable[object]) -> Truth:
    """Join by `||`: true if one is true, false if all are false, else unknown."""
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is not False:
            result = None
    return result


def less(left: object, right: object) -> Truth:
    """`left < right` of two numbers, two dates or two texts."""
    if type(left) is Decimal and type(right) is Decimal:  # by far the most frequent
        return left < right if left.is_finite() and right.is_finite() else None
    a, b = arithmetic.number(left), arithmetic.number(right)
    if a is not None and b is not None:
        if isinstance(a, Decimal) and isinstance(b, Decimal):
            return a < b
        return _interval_less(arithmetic.interval(a), arithmetic.interval(b))
    if isinstance(left, Span) and isinstance(right, Span):
        return left.before(right)
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return None


def greater(left: object, right: object) -> Truth:
    """`left > right`."""
    return less(right, left)


def less_or_equal(left: object, right: object) -> Truth:
    """`left <= right`."""
    return negate(less(right, left))


def greater_or_equal(left: object, right: object) -> Truth:
    """`left >= right`."""
    return negate(less(left, right))


def _interval_less(a: Interval, b: Interval) -> Truth:
    if (
        a.high is not None
        and b.low is not None
        and (a.high < b.low or (a.high == b.low and (a.high_open or b.low_open)))
    ):
        return True
    if a.low is not None and b.high is not None and a.low >= b.high:
        return False
    return None


def equal(left: object, right: object, budget: Budget | None = None, depth: int = 0) -> Truth:
    """`left == right`; unknown for two types. Lists: same length and every pair equal."""
    if left is None or right is None:
        return None
    if type(left) is str and type(right) is str:  # by far the most frequent
        return left == right
    a, b = arithmetic.number(left), arithmetic.number(right)
    if a is not None and b is not None:
        return _number_equal(a, b)
    if isinstance(left, bool) and isinstance(right, bool):
        return left is right
    if isinstance(left, Span) and isinstance(right, Span):
        return _span_equal(left, right)
    if isinstance(left, (tuple, list)) and isinstance(right, (tuple, list)):
        return _list_equal(left, right, budget, depth)
    return None


def differ(left: object, right: object, budget: Budget | None = None) -> Truth:
    """`left != right`."""
    return negate(equal(left, right, budget))


def _number_equal(a: arithmetic.Number, b: arithmetic.Number) -> Truth:
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return a == b
    x, y = arithmetic.interval(a), arithmetic.interval(b)
    if _interval_less(x, y) or _interval_less(y, x):
        return False
    return True if x.low is not None and x.low == x.high == y.low == y.high else None


def _span_equal(a: Span, b: Span) -> Truth:
    if a.high < b.low or b.high < a.low:
        return False
    return True if a.low == a.high == b.low == b.high else None


def _list_equal(
    left: Sequence[object], right: Sequence[object], budget: Budget | None, depth: int
) -> Truth:
    if len(left) != len(right):
        return False
    if depth >= _MAX_LIST_DEPTH:
        return None
    if budget is not None:
        budget.spend(len(left))
    return every(equal(a, b, budget, depth + 1) for a, b in zip(left, right, strict=True))


def contains(item: object, items: object, budget: Budget | None = None) -> Truth:
    """`item in items`: true where the list certainly holds it, false where certainly not.

    Unknown where the item or the list is unknown, and where an unknown or uncertain element may be
    the item. CQL differs: there null in a list without null, and anything in null, is false. An
    empty list holds nothing, not even something unknown.
    """
    if not isinstance(items, LISTS):
        return None
    if not items:
        return False
    if budget is not None:
        budget.spend(len(items))
    if item is None:
        return None
    if isinstance(items, frozenset) and isinstance(item, str):
        return True if item in items else None if None in items else False
    return some(equal(item, element, budget) for element in items)


def plus(left: object, right: object, budget: Budget | None = None) -> object:
    """`left + right`: the sum of two numbers, or two texts joined."""
    if isinstance(left, str) and isinstance(right, str):
        size = len(left) + len(right)
        if budget is not None:
            budget.spend(size // CHARACTERS_PER_STEP)
        return left + right if size <= MAX_TEXT else None
    return arithmetic.add(left, right)


def minus(left: object, right: object) -> object:
    """`left - right`."""
    return arithmetic.subtract(left, right)


def times(left: object, right: object) -> object:
    """`left * right`."""
    return arithmetic.multiply(left, right)


def over(left: object, right: object) -> object:
    """`left / right`."""
    return arithmetic.divide(left, right)


def keep(items: object, test: Callable[[object], object], budget: Budget | None = None) -> object:
    """`items[test]`: what passes the test.

    Of Records, those for which the test is unknown stay as doubtful. A plain list has no place
    for doubt: it keeps what certainly passes (as CQL's `where`).
    """

    def verdict(record: Record) -> Truth:
        result = test(record)
        return result if isinstance(result, bool) else None

    if isinstance(items, Records):
        if budget is not None:
            budget.spend(len(items.sure) + len(items.maybe))
        return items.where(verdict)
    if isinstance(items, (tuple, list)):
        if budget is not None:
            budget.spend(len(items))
        return tuple(item for item in items if test(item) is True)
    return None
