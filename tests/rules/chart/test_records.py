"""Sets of records that know what they do not know."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.records import NONE, Record, Records, Truth, unknown
from tests.rules.chart.handmade import condition

POOL = tuple(condition("cond-a", ref=f"Condition/{number}") for number in range(8))
TRUTHS: tuple[Truth, ...] = (True, False, None)
# What a test says of each record.
VERDICTS = st.fixed_dictionaries({one: st.sampled_from(TRUTHS) for one in POOL})
PLACES = st.lists(st.sampled_from(("sure", "maybe", "denied", "")), min_size=8, max_size=8)


@st.composite
def sets(draw: st.DrawFn) -> Records:
    """Draw a set of records."""
    places = draw(PLACES)
    dealt = {
        name: tuple(one for one, place in zip(POOL, places, strict=True) if place == name)
        for name in ("sure", "maybe", "denied")
    }
    complete = draw(st.booleans())
    gaps = () if complete else ("conditions",)
    return Records(dealt["sure"], dealt["maybe"], dealt["denied"], complete, gaps)


# ------------------------------------------------------------------------------------ where


@given(records=sets(), verdicts=VERDICTS, denies=st.booleans())
def test_where_shares_out_every_record(
    records: Records, verdicts: dict[Record, Truth], denies: bool
) -> None:
    """Each sure record is kept, doubted, or dropped (denied where it is asked for), never two."""
    found = records.where(verdicts.__getitem__, denies=denies)
    for one in records.sure:
        places = (one in found.sure, one in found.maybe, one in found.denied)
        expected = {
            True: (True, False, False), None: (False, True, False), False: (False, False, denies),
        }  # fmt: skip
        assert places == expected[verdicts[one]]
    for one in records.maybe:
        assert one not in found.sure
        assert (one in found.maybe) == (verdicts[one] is not False)
    assert found.denied[: len(records.denied)] == records.denied
    assert {*found.possible()} <= {*records.possible()}
    assert (found.complete, found.gaps) == (records.complete, records.gaps)


@given(records=sets(), verdicts=VERDICTS)
def test_where_keeps_the_order(records: Records, verdicts: dict[Record, Truth]) -> None:
    """What is kept stays in the order in which it came."""
    found = records.where(verdicts.__getitem__)
    assert found.sure == tuple(one for one in records.sure if one in found.sure)


@given(records=sets(), first=VERDICTS, second=VERDICTS)
def test_two_tests_are_one_test_of_both(
    records: Records, first: dict[Record, Truth], second: dict[Record, Truth]
) -> None:
    """One `where` after the other keeps and doubts what Kleene's `and` of both says."""

    def both(one: Record) -> Truth:
        answers = (first[one], second[one])
        return False if False in answers else None if None in answers else True

    after = records.where(first.__getitem__).where(second.__getitem__)
    at_once = records.where(both)
    assert after.sure == at_once.sure
    assert {*after.maybe} == {*at_once.maybe}


@given(records=sets())
def test_a_test_that_passes_everything_changes_nothing(records: Records) -> None:
    """True of all keeps the set; false of all empties it and keeps its gaps."""
    assert records.where(lambda _: True) == records
    empty = records.where(lambda _: False)
    assert empty == Records((), (), records.denied, records.complete, records.gaps)
    denying = records.where(lambda _: False, denies=True)
    assert denying.denied == records.denied + records.sure


# ------------------------------------------------------------------------------------ tied


@given(verdicts=VERDICTS)
def test_the_tied_stand_or_fall_together(verdicts: dict[Record, Truth]) -> None:
    """Records of one date that pass only in part settle nothing: each is doubtful."""
    pair = POOL[:2]
    found = Records(pair, tied=True).where(verdicts.__getitem__, denies=True)
    answers = [verdicts[one] for one in pair]
    if answers == [True, True]:
        assert found == Records(pair, tied=True)
    elif True in answers:
        assert found == Records((), pair)
    elif answers == [False, False]:
        assert (found.exists(), found.denied) == (False, pair)
    else:
        assert found.exists() is None


# ------------------------------------------------------------------------------------ exists


@pytest.mark.parametrize(("sure", "maybe", "complete"), [*product((True, False), repeat=3)])
def test_exists_is_true_false_or_unknown(sure: bool, maybe: bool, complete: bool) -> None:
    """A sure record is enough; only a complete set without any doubt shows that there is none."""
    records = Records(POOL[:1] if sure else (), POOL[1:2] if maybe else (), POOL[2:], complete)
    assert records.exists() is (True if sure else None if maybe or not complete else False)


def test_nothing_is_known_of_what_could_not_be_had() -> None:
    """An empty set that is not complete is not the empty set."""
    gone = unknown(["conditions", "observations"])
    assert gone == Records(complete=False, gaps=("conditions", "observations"))
    assert gone.exists() is None
    assert NONE.exists() is False


# ------------------------------------------------------------------------------------ union


@given(a=sets(), b=sets())
def test_a_union_is_complete_where_both_are(a: Records, b: Records) -> None:
    """Every record of either is there; the gaps of both remain, each once."""
    both = a.union(b)
    assert {*both.sure} == {*a.sure, *b.sure}
    assert {*both.possible()} == {*a.possible(), *b.possible()}
    assert {*both.denied} == {*a.denied, *b.denied}
    assert both.complete == (a.complete and b.complete)
    assert both.gaps == tuple(dict.fromkeys(a.gaps + b.gaps))
    assert both.exists() is b.union(a).exists()


@given(a=sets(), b=sets(), c=sets())
def test_unions_may_be_joined_in_any_grouping(a: Records, b: Records, c: Records) -> None:
    """Three sets give the same whichever two are joined first."""
    left, right = a.union(b).union(c), a.union(b.union(c))
    assert left.sure == right.sure
    assert left.denied == right.denied
    assert {*left.possible()} == {*right.possible()}
    assert (left.complete, left.gaps) == (right.complete, right.gaps)


@given(a=sets(), b=sets())
def test_exists_of_a_union_is_kleenes_or(a: Records, b: Records) -> None:
    """There is one in either, if there is one in this or in that."""
    answers = (a.exists(), b.exists())
    expected = True if True in answers else None if None in answers else False
    assert a.union(b).exists() is expected


@given(records=sets())
def test_what_is_possible_is_sure_or_doubtful(records: Records) -> None:
    """The sure ones come first; denied ones are not possible."""
    assert records.possible() == records.sure + records.maybe


# ------------------------------------------------------------------------------------ records


def test_a_record_shows_where_it_is_and_never_what_it_says() -> None:
    """What is printed or logged holds no content of a chart."""
    one = condition("cond-a", ref="Condition/7")
    one.text = "Sepsis of a named person"
    assert repr(one) == "<Condition/7>"
    assert "Sepsis" not in repr(Records((one,), (one,), (one,)))


def test_records_are_the_same_only_if_they_are_one() -> None:
    """Two resources that say the same are two records."""
    first, second = condition("cond-a"), condition("cond-a")
    assert first != second
    assert len({first, second, first}) == 2
