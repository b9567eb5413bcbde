"""What holds for every word and noun of the language, whatever it is applied to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.chart.records import Records
from rules.engine.kinds import classes
from tests.rules.engine.shelf import EVERYTHING, NAMES, NUMBERS, VOCABULARY, frame, sets

if TYPE_CHECKING:
    from rules.chart.records import Record
    from rules.engine.words import Argument, Noun, Word

OF_RECORDS = sorted(name for name, one in VOCABULARY.words.items() if "records" in one.subject)
# Words that look at each record by itself: what they say of it depends on no other of the set.
FILTERS = sorted(
    name
    for name in OF_RECORDS
    if (kind := VOCABULARY.words[name].result) is not None and kind.type == "records"
    and name not in {"newest", "newest_of_each", "union", "denials"}
)  # fmt: skip
# Words that write a list of names write it in the order of the records.
WRITING = {"names", "possible_names", "described", "ingredient_names", "route_names", "references"}
CHART = frame(*EVERYTHING).chart


def applied(name: str, subject: object, args: tuple[object, ...]) -> Any:  # noqa: ANN401 - any value
    """Apply a word behind its guards, on a chart that holds every record of the shelf."""
    fresh = frame(*EVERYTHING)
    fresh.chart = CHART
    return VOCABULARY.words[name].apply(subject, args, fresh)


def arguments(name: str) -> st.SearchStrategy[tuple[object, ...]]:
    """Draw arguments of the types that a word declares."""
    return st.tuples(*(_argument(one) for one in VOCABULARY.words[name].args))


def _argument(one: Argument) -> st.SearchStrategy[object]:
    if one.choices is not None:
        return st.sampled_from(one.choices if isinstance(one.choices, tuple) else NAMES)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "number": NUMBERS, "truth": st.booleans(), "records": sets(),
        "text": st.sampled_from(("", "allergy", "intolerance")),
    }  # fmt: skip
    return st.one_of(*(kinds[one_type] for one_type in one.types))


def shown(records: Records) -> tuple[object, ...]:
    """Return what a set says, whatever the order of its records."""
    return (
        {*map(id, records.sure)}, {*map(id, records.maybe)}, {*map(id, records.denied)},
        records.complete, {*records.gaps},
    )  # fmt: skip


def joined(first: Records, second: Records) -> Records:
    """Put two sets of different records together."""
    return Records(
        first.sure + second.sure, first.maybe + second.maybe, first.denied + second.denied,
        first.complete, first.gaps,
    )  # fmt: skip


@pytest.mark.parametrize("entry", VOCABULARY.listing(), ids=lambda one: one.name)
def test_every_entry_says_what_it_means_and_what_it_is_in_cql(entry: Noun | Word) -> None:
    """A clinician reads the meaning, an informatician its counterpart in CQL: both are there."""
    assert entry.meaning.strip()
    assert entry.meaning.splitlines()[0].endswith((".", "`"))
    assert entry.cql.strip()


@settings(max_examples=25)
@pytest.mark.parametrize("name", OF_RECORDS)
@given(draw=st.data())
def test_no_word_fails_on_any_record(name: str, draw: st.DataObject) -> None:
    """Whatever records a set holds, a word answers with a value of its type or with unknown."""
    answer = applied(name, draw.draw(sets()), draw.draw(arguments(name)))
    kind = VOCABULARY.words[name].result
    assert kind is not None
    admitted = classes((kind.type,), unknown=True)
    assert admitted is None or type(answer) in admitted


@settings(max_examples=200)
@given(name=st.sampled_from(sorted({*OF_RECORDS} - WRITING)), draw=st.data())
def test_the_order_of_records_is_irrelevant(name: str, draw: st.DataObject) -> None:
    """Servers give records in any order: the answer is the same."""
    records, args = draw.draw(sets()), draw.draw(arguments(name))
    turned = Records(
        tuple(draw.draw(st.permutations(records.sure))),
        tuple(draw.draw(st.permutations(records.maybe))),
        tuple(draw.draw(st.permutations(records.denied))), records.complete, records.gaps,
    )  # fmt: skip
    first, second = applied(name, records, args), applied(name, turned, args)
    if isinstance(first, Records):
        first, second = shown(first), shown(second)
    assert first == second


@settings(max_examples=200)
@given(name=st.sampled_from(FILTERS), draw=st.data())
def test_a_word_only_narrows(name: str, draw: st.DataObject) -> None:
    """A word keeps or doubts what was there, makes nothing sure that was not, hides no gap."""
    records, args = draw.draw(sets()), draw.draw(arguments(name))
    kept = applied(name, records, args)
    assert {*kept.sure} <= {*records.sure}
    assert {*kept.maybe} <= {*records.possible()}
    assert {*records.denied} <= {*kept.denied} <= {*records.denied, *records.sure}
    assert not {*kept.sure} & {*kept.maybe}
    assert not {*kept.denied} & {*kept.possible()}
    assert (kept.complete, kept.gaps) == (records.complete, records.gaps)


@settings(max_examples=200)
@given(name=st.sampled_from(FILTERS), draw=st.data())
def test_a_word_judges_each_record_by_itself(name: str, draw: st.DataObject) -> None:
    """More records never take away what was kept: the answer is that of the parts, joined."""
    first, second = draw.draw(sets(EVERYTHING[::2])), draw.draw(sets(EVERYTHING[1::2]))
    second = Records(second.sure, second.maybe, second.denied, first.complete, first.gaps)
    args = draw.draw(arguments(name))
    apart = joined(applied(name, first, args), applied(name, second, args))
    assert shown(applied(name, joined(first, second), args)) == shown(apart)


@settings(max_examples=200)
@given(name=st.sampled_from([*FILTERS, "newest", "newest_of_each"]), draw=st.data())
def test_a_word_said_twice_says_the_same(name: str, draw: st.DataObject) -> None:
    """What a word kept, it keeps again."""
    records, args = draw.draw(sets()), draw.draw(arguments(name))
    once = applied(name, records, args)
    assert shown(applied(name, once, args)) == shown(once)


@settings(max_examples=200)
@given(name=st.sampled_from(FILTERS), draw=st.data())
def test_what_is_settled_never_contradicts_what_was_known(name: str, draw: st.DataObject) -> None:
    """Kleene: once doubtful records turn out true or false, a known answer stays as it was."""
    records, args = draw.draw(sets()), draw.draw(arguments(name))
    true = [one for one in records.maybe if draw.draw(st.booleans())]
    settled = Records(records.sure + tuple(true), (), records.denied)
    known, later = applied(name, records, args).exists(), applied(name, settled, args).exists()
    assert known is None or known is later or later is None


@settings(max_examples=60)
@given(records=sets(), name=st.sampled_from(FILTERS), draw=st.data())
def test_exists_is_true_of_sure_records_only(
    records: Records, name: str, draw: st.DataObject
) -> None:
    """Nothing exists without a sure record; nothing is absent where a doubt or a gap remains."""
    kept = applied(name, records, draw.draw(arguments(name)))
    answer = applied("exists", kept, ())
    assert (answer is True) == bool(kept.sure)
    assert (answer is False) == (not kept.possible() and kept.complete)


@pytest.mark.parametrize("name", OF_RECORDS)
def test_a_word_of_something_else_than_records_is_unknown(name: str) -> None:
    """A word is not called with what is unknown or of another type."""
    args: tuple[Any, ...] = tuple(
        "" if "text" in one.types else 1 for one in VOCABULARY.words[name].args
    )
    subjects: tuple[Record | object, ...] = (None, "text", 1, EVERYTHING[0])
    assert [applied(name, one, args) for one in subjects] == [None] * 4
