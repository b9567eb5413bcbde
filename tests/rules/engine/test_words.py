from __future__ import annotations

from decimal import Decimal
from types import ModuleType
from typing import cast

import pytest

from rules.chart.records import Interval, Records
from rules.engine import logical_words
from rules.engine.checking import Scope
from rules.engine.expression import parse
from rules.engine.frame import Frame
from rules.engine.kinds import Kind, kind, unify
from rules.engine.words import Argument, Noun, Vocabulary, Word, noun, word
from tests.rules.engine import toys
from tests.rules.engine.toys import VOCABULARY, Chest, frame_of, program, value


def test_a_word_is_its_function() -> None:
    """A registered word is called like the function it was made of, and knows its meaning."""
    assert toys.exists(Records()) is False
    assert toys.exists.name == "exists"
    assert toys.in_.name == "in"
    assert toys.within.takes_frame
    assert not toys.exists.takes_frame
    assert toys.exists.meaning == "Say whether there is any."


def test_arguments_in_short() -> None:
    """The short forms declare types, choices, optional and repeated arguments."""
    assert toys.in_.args == (Argument("names", choices="toy-set", many=True),)
    assert toys.times.args == (Argument("factor", ("number",), optional=True),)
    assert toys.any_of.args == (Argument("others", ("any",), many=True),)

    @word(args=("number|date",), cql="")
    def near(records: object, target: object) -> object:
        """Keep what is near."""
        return records, target

    assert near.args == (Argument("target", ("number", "date")),)
    assert near.show() == "records|near(target: number or date)"
    assert near.result == Kind("records")


def test_what_cannot_be_registered() -> None:
    """A word needs a docstring and types that exist; two words cannot share a name."""
    with pytest.raises(ValueError, match="needs a docstring"):

        @word(cql="")
        def silent(records: object) -> object:
            return records

    with pytest.raises(ValueError, match="unknown type `nomber`"):

        @word(subject="nomber", cql="")
        def wrong(number: object) -> object:
            """Say nothing."""
            return number

    other = word(name="exists", cql="")(_meaning)
    with pytest.raises(ValueError, match="two entries are called `exists`"):
        Vocabulary([toys.exists, other])
    with pytest.raises(ValueError, match="chooses from `toy-set`"):
        Vocabulary([toys.in_])


def _meaning(records: object) -> object:
    """Mean something."""
    return records


def test_a_vocabulary_of_modules() -> None:
    """Words and nouns are collected from modules and listed nouns first, by name."""
    module = ModuleType("module")
    vars(module).update(exists=toys.exists, box=toys.box, alias=toys.exists, other=5)
    listed = Vocabulary.of(module, logical_words).listing()
    assert [entry.name for entry in listed] == [
        "box", "exists", "is_false", "is_known", "is_true", "is_unknown", "or_else",
        "raises_doubt", "round",
    ]  # fmt: skip
    assert isinstance(listed[0], Noun)
    assert all(isinstance(entry, Word) for entry in listed[1:])
    assert all(entry.meaning and entry.cql for entry in listed)


def test_types_in_the_listing_are_those_of_the_language() -> None:
    """An unknown type is refused where it is written."""
    with pytest.raises(ValueError, match="unknown type `float`"):
        noun("float", cql="")(_meaning)


def test_check_of_one_expression() -> None:
    """`check` gives the kind, what is read and every mistake, within a scope."""
    scope = Scope(definitions={"D": Kind("truth")}, parameters={"size.least": "number"})
    finding = VOCABULARY.check(parse("D && price > policy.size.least && toys|exists"), scope)
    assert finding.type == "truth"
    assert finding.mistakes == ()
    assert finding.definitions == {"D"}
    assert finding.keys == {"toys"}
    assert finding.parameters == {"size.least"}
    assert len(VOCABULARY.check(parse("D && pric > 1")).mistakes) == 2


def test_kinds_of_results() -> None:
    """Results have the kind their words declare; items keep their attributes on the way."""
    for text, type_ in {
        "toys|in('balls')[.size > 1]": "records",
        "toys|bigger(1)|count": "number",
        "price|or_else(1)": "number",
        "unknown|or_else(1)": "any",
        "open ? price : unknown": "number",
        "open ? price : title": "any",
        "price + 1": "number",
        "title + 'x'": "text",
        "toys|first_made": "date",
        "[1]": "list",
        "box": "thing",
        "policy.size.least": "number",
    }.items():
        finding = VOCABULARY.check(parse(text), Scope(parameters={"size.least": "number"}))
        assert (finding.type, finding.mistakes) == (type_, ()), text


def test_unify() -> None:
    """A value of one kind or another has their common kind."""
    assert unify(Kind("number"), Kind("unknown")) == Kind("number")
    assert unify(Kind("unknown"), Kind("text")) == Kind("text")
    assert unify(Kind("number"), Kind("text")) == Kind("any")
    both = unify(
        kind("records", {"a": "text", "b": "text"}), kind("records", {"a": "text", "b": "date"})
    )
    assert dict(both.attributes) == {"a": Kind("text")}


def test_the_frame_keeps_what_it_is_told_to() -> None:
    """`once` computes a value once per frame, an unknown value too; nouns are read once."""
    calls: list[int] = []
    frame = frame_of(program(x="price > 1"), Chest(price=Decimal(1)))
    for _ in range(3):
        assert frame.once(("me", 1), lambda: calls.append(1)) is None
        assert frame.noun("price") == 1
        cast("Chest", frame.chart).price = Decimal(9)
    assert calls == [1]
    assert frame_of(program(x="price > 1")).once(("me", 1), lambda: 5) == 5
    assert isinstance(frame, Frame)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price|round", Interval(Decimal(1), Decimal(3), low_open=True)),
        ("1.005|round(2)", Decimal("1.01")),
        ("1.5|round(-1)", None),
        ("1.5|round(0.5)", Decimal(2)),
        ("1.5|round(99)", None),
        ("1.5|round(lent|count)", None),
    ],
)
def test_rounding(text: str, expected: object) -> None:
    """Rounding is half away from zero, keeps ranges as ranges, and refuses odd places."""
    chest = Chest(
        price=Interval(Decimal("1.4"), Decimal("2.6"), low_open=True), lent=Records(complete=False)
    )
    assert value(text, chest) == expected
