"""Words that compare, count or give the value of records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.records import Interval, Record, Records
from rules.engine.vocabulary.measuring import (
    above,
    at_least,
    at_most,
    below,
    count,
    count_false,
    count_true,
    count_unknown,
    distinct_ingredients,
    distinct_roles,
    distinct_routes,
    value,
)
from rules.engine.vocabulary.selecting import exists
from tests.rules.engine.shelf import care_team, condition, course, observation, put, sets

LIMITS: dict[str, Any] = {
    "above": above, "below": below, "at_least": at_least, "at_most": at_most,
}  # fmt: skip
SMALL = st.integers(0, 20).map(Decimal)


def place(word: Any, one: Record, limit: object) -> str:  # noqa: ANN401 - a word
    """Say what a comparison makes of one measurement."""
    found = word(Records((one,)), limit)
    return "kept" if found.sure else "doubted" if found.maybe else "denied"


# ------------------------------------------------------------------------------------ limits


@pytest.mark.parametrize(
    ("measured", "expected"),
    [(Decimal("1.3"), "below at_most"), (Decimal("1.4"), "at_least at_most"),
     (Decimal("1.5"), "above at_least"), (2, "above at_least")],
)  # fmt: skip
def test_the_limit_itself_is_neither_above_nor_below(measured: object, expected: str) -> None:
    """At the limit a value is at least and at most; what does not hold is denied."""
    one = observation(measured)
    kept = {name for name, word in LIMITS.items() if place(word, one, Decimal("1.4")) == "kept"}
    denied = {name for name, word in LIMITS.items() if place(word, one, Decimal("1.4")) == "denied"}
    assert kept == set(expected.split())
    assert denied == LIMITS.keys() - kept


@pytest.mark.parametrize("measured", [None, True, "1.4", Interval(None, None)])
@pytest.mark.parametrize("name", LIMITS)
def test_what_is_no_number_is_on_neither_side(name: str, measured: object) -> None:
    """Without a usable value nothing is kept and nothing denied."""
    assert place(LIMITS[name], observation(measured), Decimal("1.4")) == "doubted"
    assert place(LIMITS[name], condition("cond-a"), Decimal("1.4")) == "doubted"


@given(
    low=SMALL, width=SMALL, limit=SMALL, part=st.integers(0, 10), name=st.sampled_from([*LIMITS])
)
def test_a_range_never_contradicts_a_number_within_it(
    low: Decimal, width: Decimal, limit: Decimal, part: int, name: str
) -> None:
    """Kleene: what is said of a range holds for every number of it."""
    vague = observation(Interval(low, low + width))
    exact = observation(low + width * part / 10)
    said, truth = place(LIMITS[name], vague, limit), place(LIMITS[name], exact, limit)
    assert said in {"doubted", truth}
    one_sided = observation(Interval(low, None))
    assert place(LIMITS[name], one_sided, limit) in {"doubted", truth}


@pytest.mark.parametrize(
    ("range_", "name", "expected"),
    [
        (Interval(Decimal(5), None, low_open=True), "above", "kept"),
        (Interval(Decimal(5), None), "above", "doubted"),
        (Interval(Decimal(5), None), "at_least", "kept"),
        (Interval(None, Decimal(5), high_open=True), "below", "kept"),
        (Interval(None, Decimal(5)), "below", "doubted"),
        (Interval(Decimal(6), Decimal(9)), "at_most", "denied"),
        (Interval(Decimal(4), Decimal(6)), "above", "doubted"),
    ],
)
def test_a_comparator_keeps_its_own_bound_out(range_: Interval, name: str, expected: str) -> None:
    """`>5` is above 5; from 5 upwards it may be 5; a range that straddles stays open."""
    assert place(LIMITS[name], observation(range_), Decimal(5)) == expected


@given(records=sets(), limit=SMALL)
def test_above_and_at_most_share_out_what_is_measured(records: Records, limit: Decimal) -> None:
    """What one keeps the other denies, and both doubt the same."""
    over, under = above(records, limit), at_most(records, limit)
    assert isinstance(over, Records)
    assert isinstance(under, Records)
    assert {*over.sure} == {*under.denied} - {*records.denied}
    assert {*under.sure} == {*over.denied} - {*records.denied}
    assert {*over.maybe} & {*records.sure} == {*under.maybe} & {*records.sure}


def test_a_normal_value_is_evidence_of_the_contrary() -> None:
    """A platelet count that is not below its limit denies; without any, absence is no denial."""
    normal = below(Records((observation(Decimal(200)),)), Decimal(100))
    nothing = below(Records(), Decimal(100))
    assert isinstance(normal, Records)
    assert isinstance(nothing, Records)
    assert exists(normal) is exists(nothing) is False
    assert (len(normal.denied), len(nothing.denied)) == (1, 0)


# ------------------------------------------------------------------------------------ value


@pytest.mark.parametrize("stated", [Decimal(8), True, False, "text", Interval(Decimal(1), None)])
def test_the_value_of_one_record_is_its_value(stated: object) -> None:
    """Whatever its type, it is given as it was read."""
    assert value(Records((observation(stated),))) is stated


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([Decimal(3), Decimal(3)], Decimal(3)),
        ([Decimal("3.0"), Decimal(3)], Decimal(3)),
        ([Decimal(5), Decimal(3), Decimal(4)], Interval(Decimal(3), Decimal(5))),
        ([True, True], True),
        ([True, False], None),
        ([Decimal(1), True], None),
        ([Decimal(1), None], None),
        (["a", "a"], "a"),
        (["a", "b"], None),
        ([Decimal(1), Interval(Decimal(1), Decimal(2))], None),
        ([], None),
        ([None], None),
    ],
)
def test_values_that_differ_span_a_range_or_are_unknown(
    values: list[object], expected: object
) -> None:
    """Numbers of one date span a range; other values that differ settle nothing."""
    assert value(Records(tuple(observation(one) for one in values))) == expected


def test_a_doubtful_record_that_may_decide_leaves_the_value_open() -> None:
    """A coded doubtful one may be the value; an uncoded one is none."""
    sure, doubted = observation(Decimal(3)), observation(Decimal(4))
    assert value(Records((sure,), (doubted,))) is None
    assert value(Records((), (doubted,))) is None
    assert value(Records((sure,), (put(observation(None), coded=False),))) == Decimal(3)
    assert value(Records((condition("cond-a"),))) is None


# ------------------------------------------------------------------------------------ counting


@given(records=sets())
def test_a_count_lies_between_what_is_sure_and_what_is_possible(records: Records) -> None:
    """An exact number only where nothing is open; without an upper end where data are missing."""
    found = count(records)
    least, most = Decimal(len(records.sure)), Decimal(len(records.possible()))
    if records.complete:
        assert found == (least if least == most else Interval(least, most))
    else:
        assert found == Interval(least, None)


def test_ingredients_and_routes_are_counted_once() -> None:
    """Two courses of one drug by two routes: one ingredient, two routes."""
    oral, patch = course("4337"), course("4337", "transdermal")
    other, third = course("7052"), course("7804", "sc")
    assert distinct_ingredients(Records((oral, patch))) == Decimal(1)
    assert distinct_routes(Records((oral, patch))) == Decimal(2)
    assert distinct_ingredients(Records((oral, other))) == Decimal(2)
    assert distinct_routes(Records((oral, other))) == Decimal(1)
    assert distinct_ingredients(Records()) == distinct_routes(Records()) == Decimal(0)
    assert distinct_ingredients(Records((oral,), (third,))) == Interval(Decimal(1), Decimal(2))
    assert distinct_ingredients(Records((oral,), (patch,))) == Decimal(1)
    assert distinct_ingredients(Records((oral,), complete=False)) == Interval(Decimal(1), None)


def test_a_doubtful_record_that_is_no_course_may_be_any_drug() -> None:
    """An uncoded order may be one ingredient more: the count has no upper end."""
    one, what = course(), condition("cond-a")
    assert distinct_ingredients(Records((one,), (what,))) == Interval(Decimal(1), None)
    assert distinct_routes(Records((one,), (what,))) == Interval(Decimal(1), None)


def test_roles_are_counted_over_all_teams() -> None:
    """Two teams of one role each; a doubtful team may add any number."""
    nurse, implanter = care_team("local#role-nurse"), care_team("local#role-implanter")
    both = care_team("local#role-nurse", "local#role-implanter")
    assert distinct_roles(Records((nurse, implanter))) == Decimal(2)
    assert distinct_roles(Records((nurse, both))) == Decimal(2)
    assert distinct_roles(Records((nurse,), (implanter,))) == Interval(Decimal(1), None)
    assert distinct_roles(Records((nurse,), complete=False)) == Interval(Decimal(1), None)
    assert distinct_roles(Records()) == Decimal(0)


@given(st.lists(st.sampled_from([True, False, None, Decimal(1), "true"]), max_size=8).map(tuple))
def test_answers_are_counted_by_identity(answers: tuple[object, ...]) -> None:
    """1 is not true and `true` is a text; true, false and unknown share out the rest."""
    known = (count_true(answers), count_false(answers), count_unknown(answers))
    expected = [sum(one is truth for one in answers) for truth in (True, False, None)]
    assert [int(str(one)) for one in known] == expected
