"""Words that turn records and values into the words of a card."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.records import Interval, Records
from rules.chart.spans import Span
from rules.engine.vocabulary.showing import (
    describe,
    described,
    hold_days,
    ingredient_names,
    listed,
    months,
    names,
    number,
    plain,
    possible_names,
    references,
    route_names,
)
from tests.rules.chart import pharmacy
from tests.rules.engine.shelf import condition, course, frame, observation, put, sets, taken

if TYPE_CHECKING:
    from rules.chart.records import Record

FRAME = frame()
NUMBERS = st.decimals(-(10**9), 10**9, allow_nan=False, places=6)


def called(text: str, when: str | None = None, *, coded: bool = True) -> Record:
    """Make a condition that is called something."""
    return put(condition("cond-a", when=when), text=text, coded=coded)


# ------------------------------------------------------------------------------------ lists


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
        (["a", "b", "a", "", "c", "b"], "a, b, c"),
        (["a", "b", "c", "d", "e", "d"], "a, b, c and 2 more"),
    ],
)
def test_names_are_a_short_list_without_repetition(found: list[str], expected: str) -> None:
    """Three names, then how many more; the same name once, an empty one never."""
    assert listed(found) == expected
    assert listed(iter(found)) == expected


@given(st.lists(st.sampled_from("abcdefg"), max_size=12))
def test_a_list_accounts_for_every_name(found: list[str]) -> None:
    """What is shown and what is only counted make up all different names."""
    shown = listed(found)
    more = re.search(r" and (\d+) more$", shown)
    names_shown = [one for one in shown.partition(" and ")[0].split(", ") if one]
    assert len(names_shown) + (int(more[1]) if more else 0) == len(set(found))
    assert names_shown == list(dict.fromkeys(found))[:3]


def test_names_are_of_sure_records_and_possible_names_of_coded_doubtful_ones_too() -> None:
    """An uncoded record names nothing that can be acted on."""
    records = Records((called("a"),), (called("b"), called("c", coded=False)), (called("d"),))
    assert names(records) == "a"
    assert possible_names(records) == "a, b"
    assert names(Records()) == possible_names(Records()) == ""


@given(records=sets())
def test_no_record_is_named_by_nothing(records: Records) -> None:
    """Empty brackets on a card help nobody: every sure record leaves a word."""
    blank = Records(tuple(put(called(""), ref=one.ref) for one in records.sure))
    assert bool(names(blank)) == bool(records.sure)
    assert bool(described(FRAME, blank)) == bool(records.sure)


# ------------------------------------------------------------------------------------ values


@given(NUMBERS)
def test_a_number_is_written_in_full(amount: Decimal) -> None:
    """No exponent, no trailing zeros, and it reads back as the same number."""
    text = number(amount)
    assert re.fullmatch(r"-?\d+(\.\d*[1-9])?", text)
    assert Decimal(text) == amount


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(Decimal("1E+3"), "1000"), (Decimal("0.50"), "0.5"), (Decimal(100), "100"),
     (Decimal("1E-4"), "0.0001"), (Decimal("0.00"), "0"), (7, "7")],
)  # fmt: skip
def test_numbers_keep_the_zeros_that_count(amount: Decimal | int, expected: str) -> None:
    """A hundred is no one, a thousand no 1E+3."""
    assert number(amount) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "not recorded"),
        (True, "yes"),
        (False, "no"),
        (Decimal("4.50"), "4.5"),
        (3, "3"),
        ("as it is", "as it is"),
        (Interval(Decimal(12), Decimal(24)), "12-24"),
        (Interval(Decimal(0), Decimal(6)), "up to 6"),
        (Interval(Decimal(0), Decimal(6), high_open=True), "less than 6"),
        (Interval(None, Decimal(6)), "up to 6"),
        (Interval(Decimal(5), None), "at least 5"),
        (Interval(Decimal(5), None, low_open=True), "more than 5"),
        (Interval(None, None), "not recorded"),
    ],
)
def test_values_are_written_as_people_write_them(value: object, expected: str) -> None:
    """What is unknown is said; an open end is an end that is said to be open."""
    assert plain(value) == expected


def test_months_are_said_with_their_unit() -> None:
    """A prognosis is a number or a range of months."""
    assert months(Decimal("3.0")) == "3 months"
    assert months(Interval(Decimal(12), Decimal(24))) == "12-24 months"


# ------------------------------------------------------------------------------------ records


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (called("Sepsis"), "Sepsis"),
        (called("Sepsis", "2026-11"), "Sepsis (2026-11)"),
        (put(observation(Decimal("1.90"), "2026-11-20"), text="INR"), "INR 1.9 (2026-11-20)"),
        (put(observation(None, "2026"), text="INR"), "INR (2026)"),
        (put(observation(True), text="Obstruction"), "Obstruction yes"),
        (put(observation(Interval(Decimal(5), None), "2026-11-20T09:30:00Z"), text="INR"),
         "INR at least 5 (2026-11-20)"),
    ],
)  # fmt: skip
def test_a_record_is_described_by_name_value_and_date(record: Record, expected: str) -> None:
    """What is not recorded is left out; the date is as precise as it was recorded."""
    assert describe(FRAME, record) == expected
    assert described(FRAME, Records((record,))) == expected
    assert described(FRAME, Records((), (record,))) == ""


def test_courses_are_named_by_ingredient_and_route() -> None:
    """Each ingredient once, in words; each route once, in words."""
    found = Records((course("7052"), course("7804", "transdermal"), course("7052", "sc")))
    assert ingredient_names(FRAME, found) == "morphine, oxycodone"
    assert route_names(found) == "oral route, transdermal route, subcutaneous route"
    assert route_names(Records((course(route="rectal"),))) == "rectal"
    assert ingredient_names(FRAME, Records()) == route_names(Records((condition("c"),))) == ""


@pytest.mark.parametrize(
    ("drugs", "expected"),
    [(["1364430"], "3"), (["1364430", "11289"], "5"), (["11289", "32968"], "7"), ([], "not known"),
     ([pharmacy.MORPHINE], "not known")],
)  # fmt: skip
def test_the_longest_hold_is_shown(drugs: list[str], expected: str) -> None:
    """Of several drugs the one that has to be held the longest; of none, nothing is made up."""
    found = Records(tuple(taken(one, "2026-01-01") for one in drugs))
    assert hold_days(FRAME, found) == expected


def test_references_name_sure_records_that_have_an_id() -> None:
    """A record without an id cannot be referred to; a doubtful one is no reason."""
    with_id, without = condition("cond-a", when="2026"), condition("cond-a")
    put(with_id, ref="Condition/a")
    put(without, ref="Condition#3")
    found = references(Records((with_id, without), (put(condition("b"), ref="Condition/b"),)))
    assert found == ({"reference": "Condition/a"},)


@given(records=sets())
def test_words_of_a_card_never_show_python(records: Records) -> None:
    """Whatever records a card names, it shows words, not the inside of the program."""
    kept = Records(tuple(one for one in records.sure if _is_no_date(one)))
    text = described(FRAME, kept)
    assert isinstance(text, str)
    assert not re.search(r"Decimal\(|Interval\(|<[A-Z]\w+/|None|frozenset", text)


def _is_no_date(record: Record) -> bool:
    return not isinstance(getattr(record, "value", None), Span)
