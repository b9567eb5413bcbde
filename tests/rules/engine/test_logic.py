from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.chart.records import Interval, Records
from rules.chart.spans import Span
from rules.engine import arithmetic, logic
from rules.engine.budget import Budget
from rules.engine.errors import BudgetExceeded
from tests.rules.engine.toys import Chest, Toy, day, value

T, F, U = True, False, None
TRUTHS: tuple[logic.Truth, ...] = (T, F, U)
_RANK = {F: 0, U: 1, T: 2}


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_and_or_tables(left: logic.Truth, right: logic.Truth) -> None:
    """AND is the least and OR the greatest of F < U < T: all nine pairs."""
    assert _RANK[logic.every([left, right])] == min(_RANK[left], _RANK[right])
    assert _RANK[logic.some([left, right])] == max(_RANK[left], _RANK[right])


_TEXT = {T: "true", F: "false", U: "unknown"}


@pytest.mark.parametrize(("a", "b", "c"), list(product(TRUTHS, TRUTHS, TRUTHS)))
def test_tables_of_three(a: logic.Truth, b: logic.Truth, c: logic.Truth) -> None:
    """`&&`, `||`, `!` and `?:` as written, all 27 triples, in both back ends."""
    x, y, z = _TEXT[a], _TEXT[b], _TEXT[c]
    assert value(f"{x} && {y} && {z}") is logic.every([a, b, c])
    assert value(f"{x} || {y} || {z}") is logic.some([a, b, c])
    assert value(f"{x} || {y} && {z}") is logic.some([a, logic.every([b, c])])
    assert value(f"!{x} && !({y} || {z})") is logic.every(
        [logic.negate(a), logic.negate(logic.some([b, c]))]
    )
    assert value(f"{x} ? {y} : {z}") is (b if a is True else c)


def test_not_table() -> None:
    """NOT unknown is unknown."""
    assert [logic.negate(one) for one in TRUTHS] == [F, T, U]


@pytest.mark.parametrize("odd", [1, 0, "", "x", Decimal(1), (), [True], Records()])
def test_what_is_no_truth_is_unknown(odd: object) -> None:
    """A number, a text or a list is neither true nor false."""
    assert logic.negate(odd) is None
    assert logic.every([True, odd]) is None
    assert logic.every([False, odd]) is False
    assert logic.some([False, odd]) is None
    assert logic.some([odd, True]) is True


_COMPARE = [
    logic.equal, logic.differ, logic.less, logic.less_or_equal, logic.greater,
    logic.greater_or_equal,
]  # fmt: skip
_APPLY = [logic.plus, logic.minus, logic.times, logic.over]
_SAMPLES: list[object] = [
    None, True, False, 0, 1, -3, Decimal(2), Decimal("0.1"), Decimal("NaN"), Decimal("sNaN"),
    Decimal("Infinity"), 1.5, float("nan"), "", "a", Interval(Decimal(1), None),
    Interval(None, None), Interval(Decimal(2), Decimal(1)), Span(0, 5), Span(3, 3), (), (1, None),
    ["a"], frozenset({"a"}), Records(), object(), 10**400, Decimal("1E+999999"), b"x",
]  # fmt: skip


def test_nothing_raises() -> None:
    """Every operator takes any two values and gives an answer or unknown."""
    for left, right in product(_SAMPLES, _SAMPLES):
        for compare in _COMPARE:
            assert compare(left, right) in (True, False, None)
        for apply in _APPLY:
            result = apply(left, right)
            assert result is None or isinstance(result, (Decimal, Interval, str))
        assert logic.contains(left, right) in (True, False, None)


def test_unknown_makes_unknown() -> None:
    """A comparison or a sum with something unknown is unknown."""
    for one, operate in product(_SAMPLES, [*_COMPARE, *_APPLY]):
        assert operate(None, one) is None
        assert operate(one, None) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, "1"), (True, 1), (False, 0), (True, Decimal(1)), ("a", Span(0, 1)), (1.0, 1), (1, (1,))],
)
def test_two_types_are_unknown(left: object, right: object) -> None:
    """Values of two types are neither equal, different nor ordered; a bool is no number."""
    for compare in _COMPARE:
        assert compare(left, right) is None
        assert compare(right, left) is None


def test_plain_comparisons() -> None:
    """Numbers compare by value whatever their Python type, texts by code point, truths by value."""
    assert logic.equal(1, Decimal("1.00")) is True
    assert logic.differ(1, Decimal("1.01")) is True
    assert logic.less(Decimal("0.1"), 1) is True
    assert logic.less("a", "b") is True
    assert logic.equal(True, True) is True
    assert logic.equal(True, False) is False
    assert logic.less(True, False) is None


_ends = st.one_of(st.none(), st.integers(0, 4).map(Decimal))
_intervals = st.builds(
    Interval, _ends, _ends, low_open=st.booleans(), high_open=st.booleans()
).filter(arithmetic.is_possible)
_numbers = st.one_of(st.integers(-1, 5).map(Decimal), _intervals)
_GRID = [Decimal(n) / 4 for n in range(-12, 33)]


def _members(number: Decimal | Interval) -> list[Decimal]:
    if isinstance(number, Decimal):
        return [number]
    return [one for one in _GRID if _holds(number, one)]


def _holds(interval: Interval, one: Decimal | Fraction) -> bool:
    low = None if interval.low is None else Fraction(interval.low)
    high = None if interval.high is None else Fraction(interval.high)
    above = low is None or one > low or (one == low and not interval.low_open)
    below = high is None or one < high or (one == high and not interval.high_open)
    return above and below


@given(_numbers, _numbers)
def test_uncertain_numbers_compare_as_all_their_values(
    a: Decimal | Interval, b: Decimal | Interval
) -> None:
    """True if every pair of possible values says so, false if none does, else unknown."""
    expected = {
        logic.less: Decimal.__lt__, logic.less_or_equal: Decimal.__le__,
        logic.greater: Decimal.__gt__, logic.greater_or_equal: Decimal.__ge__,
        logic.equal: Decimal.__eq__, logic.differ: Decimal.__ne__,
    }  # fmt: skip
    pairs = list(product(_members(a), _members(b)))
    assume(pairs)
    for compare, exact in expected.items():
        answers = {exact(x, y) for x, y in pairs}
        assert compare(a, b) is (answers.pop() if len(answers) == 1 else None)


@given(_numbers, _numbers)
def test_uncertain_arithmetic_holds_every_result(
    a: Decimal | Interval, b: Decimal | Interval
) -> None:
    """The result of two uncertain numbers contains the result of any of their values."""
    for operate, exact in (
        (logic.plus, Fraction.__add__), (logic.minus, Fraction.__sub__),
        (logic.times, Fraction.__mul__), (logic.over, Fraction.__truediv__),
    ):  # fmt: skip
        result = operate(a, b)
        if result is None:
            zero = Interval(Decimal(0), Decimal(0))
            assert operate is logic.over
            assert logic.equal(b, zero) is not False
            continue
        for x, y in product(_members(a)[:12], _members(b)[:12]):
            true = exact(Fraction(x), Fraction(y))
            if isinstance(result, Interval):
                assert _holds(result, true), (a, b, operate)
            else:
                assert isinstance(result, Decimal)
                assert abs(Fraction(result) - true) <= abs(true) / 10**33


def test_arithmetic() -> None:
    """Decimals stay exact, a division by zero is unknown, texts are joined by `+` only."""
    assert logic.plus(Decimal("0.1"), Decimal("0.2")) == Decimal("0.3")
    assert logic.over(7, 2) == Decimal("3.5")
    assert logic.over(Decimal("7.00"), 2) == Decimal("3.5")
    assert logic.over(1, 0) is None
    assert logic.over(0, 0) is None
    assert logic.over(1, Interval(Decimal(-1), Decimal(1))) is None
    assert logic.over(1, Interval(Decimal(0), Decimal(1), low_open=True)) == Interval(
        Decimal(1), None
    )
    assert logic.plus("a", "b") == "ab"
    assert logic.times("a", 3) is None
    assert logic.minus("a", "b") is None
    assert logic.plus("a", 1) is None


def test_numbers_cannot_explode() -> None:
    """Repeated squaring ends as unknown, with 34 digits on the way."""
    number: object = Decimal("9.87654321")
    for _ in range(40):
        number = logic.times(number, number)
        assert number is None or len(number.as_tuple().digits) <= 34  # type: ignore[attr-defined]
    assert number is None


def test_dates() -> None:
    """Dates compare by all their instants; two dates of one day are neither equal nor different."""
    monday, tuesday, week = day(0), day(1), day(0, 7)
    assert logic.less(monday, tuesday) is True
    assert logic.less(tuesday, monday) is False
    assert logic.less(monday, monday) is None
    assert logic.equal(monday, tuesday) is False
    assert logic.equal(monday, monday) is None
    assert logic.equal(week, tuesday) is None
    assert logic.equal(Span(5, 5), Span(5, 5)) is True
    assert logic.differ(Span(5, 5), Span(6, 6)) is True
    assert logic.less_or_equal(Span(0, 5), Span(5, 9)) is True
    assert logic.greater_or_equal(Span(0, 4), Span(5, 9)) is False


def test_lists() -> None:
    """Lists are equal where every pair is; unknown elements leave it open, other lengths do not."""
    assert logic.equal((1, 2), [1, Decimal(2)]) is True
    assert logic.equal((1, 2), (1, 3)) is False
    assert logic.equal((1, None), (1, 3)) is None
    assert logic.equal((1, None), (2, None)) is False
    assert logic.equal((1,), (1, 2)) is False
    assert logic.equal((), ()) is True


@pytest.mark.parametrize(
    ("item", "items", "expected"),
    [
        (1, (1, 2), T),
        (3, (1, 2), F),
        (1, (), F),
        (1, None, U),  # in CQL false: nothing is in a list that is null
        (None, None, U),
        (None, (1, None), U),  # in CQL true: null counts as equal to null
        (None, (1, 2), U),  # in CQL false
        (None, (), F),
        (3, (1, None), U),  # in CQL false
        (1, (1, None), T),
        ("a", frozenset({"a", None}), T),
        ("b", frozenset({"a", None}), U),
        ("a", frozenset({"a"}), T),
        ("b", frozenset({"a"}), F),
        (Interval(Decimal(1), Decimal(3)), (2, 9), U),
        (Interval(Decimal(1), Decimal(3)), (8, 9), F),
        (day(0), (day(0), day(5)), U),
        ("a", (1, "a"), T),
        ("a", (1, "b"), U),  # two types are unknown
        (1, "1", U),
        (1, Records(), U),
    ],
)
def test_in(item: object, items: object, expected: logic.Truth) -> None:
    """`in` is false only where the list certainly does not hold the item (unlike CQL)."""
    assert logic.contains(item, items) is expected


def test_long_work_is_paid_for() -> None:
    """Long lists and texts cost steps; nested lists cannot multiply work without end."""
    with pytest.raises(BudgetExceeded):
        logic.contains(1, (2,) * 1001, Budget(1000))
    with pytest.raises(BudgetExceeded):
        logic.equal((2,) * 1001, (2,) * 1001, Budget(1000))
    with pytest.raises(BudgetExceeded):
        logic.plus("x" * 64_000, "y", Budget(999))
    nested: tuple[object, ...] = (0, 0)
    for _ in range(60):
        nested = (nested, nested)
    assert logic.equal(nested, (nested[0], nested[1]), Budget()) is None
    assert logic.plus("x" * 60_000, "x" * 60_000) is None


def test_filters_keep_what_is_true() -> None:
    """A filter keeps doubtful records as doubtful and drops what is false."""
    chest = Chest(
        Records((Toy("a", size=Decimal(1)), Toy("b", size=Decimal(9)), Toy("c")), (Toy("d"),))
    )
    found = value("toys[.size > 5]", chest)
    assert isinstance(found, Records)
    assert [record.ref for record in found.sure] == ["b"]
    assert [record.ref for record in found.maybe] == ["c", "d"]
    assert logic.keep(None, lambda _: True) is None
    assert logic.keep(5, lambda _: True) is None
    assert logic.keep((1, 2, None), lambda one: logic.greater(one, 1)) == (2,)


@given(st.lists(st.sampled_from(TRUTHS), min_size=1, max_size=5), st.data())
def test_learning_more_never_changes_what_was_known(
    values: list[logic.Truth], data: st.DataObject
) -> None:
    """Replacing an unknown operand may settle an answer and never turns one round."""
    learned = [data.draw(st.sampled_from(TRUTHS)) if one is None else one for one in values]
    for operate in (logic.every, logic.some):
        before, after = operate(values), operate(learned)
        assert before is None or before is after
