"""The numbers are those of the faults that pyjexl 0.3.0 is known to have."""

from __future__ import annotations

import time
import warnings
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import syntax
from rules.engine.errors import ExpressionError
from rules.engine.expression import parse
from rules.engine.syntax import (
    And,
    Attribute,
    Binary,
    Choice,
    Filter,
    ListOf,
    Literal,
    Name,
    Not,
    Or,
    Relative,
    Unknown,
    Word,
    show,
)

A, B, C, D = (Name(name) for name in "abcd")


def refusal(text: str) -> ExpressionError:
    """Return the error that a text is refused with."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.text == text
    return caught.value


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a", A),
        ("unknown", Unknown()),
        ("true", Literal(True)),
        ("1", Literal(1)),
        ("-1", Literal(-1)),
        ("1.50", Literal(Decimal("1.50"))),
        ("'a'", Literal("a")),
        ('"a\'s"', Literal("a's")),
        ("a.b.c", Attribute(Attribute(A, "b"), "c")),
        ("a|b", Word(A, "b")),
        ("a|b('x', 1)|c", Word(Word(A, "b", (Literal("x"), Literal(1))), "c")),
        ("!a", Not(A)),
        ("!a == b", Binary("==", Not(A), B)),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a + b * c", Binary("+", A, Binary("*", B, C))),
        ("a / b * c", Binary("*", Binary("/", A, B), C)),
        ("a + b < c", Binary("<", Binary("+", A, B), C)),
        ("a in [b, c]", Binary("in", A, ListOf((B, C)))),
        ("[]", ListOf(())),
        ("a ? b : c", Choice(A, B, C)),
        ("a ? b : c ? d : a", Choice(A, B, Choice(C, D, A))),
        ("a || b ? c : d", Choice(Or((A, B)), C, D)),
        ("a[.b == 1]", Filter(A, Binary("==", Relative("b"), Literal(1)))),
        ("a[.b.c]", Filter(A, Attribute(Relative("b"), "c"))),
        ("a[.b|c]|d", Word(Filter(A, Word(Relative("b"), "c")), "d")),
        ("a|in('x')", Word(A, "in", (Literal("x"),))),
        ("(a && b) || c", Or((And((A, B)), C))),
    ],
)
def test_reads(text: str, node: syntax.Node) -> None:
    """Each form of the language gives its node, and is written back as a text with its meaning."""
    assert parse(text) == node
    assert parse(show(node)) == node


def test_1_and_binds_tighter_than_or() -> None:
    """`&&` binds tighter than `||`, on either side."""
    assert parse("a || b && c") == Or((A, And((B, C))))
    assert parse("a && b || c && d") == Or((And((A, B)), And((C, D))))


def test_2_arguments_are_expressions() -> None:
    """An argument of a word may be any expression."""
    assert parse("a|w(b.c + 1, d|v)") == Word(
        A, "w", (Binary("+", Attribute(B, "c"), Literal(1)), Word(D, "v"))
    )


def test_3_9_relative_references_anywhere_in_a_filter() -> None:
    """A list or an argument does not hide that a filter speaks of its items."""
    assert parse("a[[.x]|first == 1]") == Filter(
        A, Binary("==", Word(ListOf((Relative("x"),)), "first"), Literal(1))
    )
    assert parse("a[b|w(.x)]") == Filter(A, Word(B, "w", (Relative("x"),)))


def test_4_nesting_is_read_in_linear_time() -> None:
    """Twenty nested operands take a few times as long as ten, not a thousand times."""

    def seconds(depth: int) -> float:
        text = "b && (" * depth + "b" + ")" * depth
        best = 9.0
        for _ in range(5):
            start = time.perf_counter()
            parse(text)
            best = min(best, time.perf_counter() - start)
        return best

    parse("a")
    assert seconds(20) < 12 * seconds(10)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60 + "a" + ")" * 60,
        "[" * 5000 + "]" * 5000,
        "!" * 3000 + "a",
        "a ? b : " * 400 + "c",
        "a[.b == " * 100 + "c" + "]" * 100,
        "a|w(" * 100 + "b" + ")" * 100,
        "|".join(["a"] * 100),
        ".".join(["a"] * 1900),
        " + ".join(["a"] * 900),
        "a" * 5000,
    ],
)
def test_5_too_deep_or_too_long_is_refused(text: str) -> None:
    """Depth and length end in a refusal with a reason, quickly, never in a crash."""
    start = time.perf_counter()
    assert "at most" in str(refusal(text)) or "deep" in str(refusal(text))
    assert time.perf_counter() - start < 5


def test_5_many_parts_are_refused() -> None:
    """An expression has at most a thousand parts."""
    assert "1000 parts" in str(refusal("[" + "1," * 1100 + "1]"))


def test_5_long_chains_are_flat() -> None:
    """Three hundred operands of `&&` are one node."""
    node = parse(" && ".join(["a"] * 300))
    assert isinstance(node, And)
    assert len(node.operands) == 300


def test_5_nesting_that_is_allowed_can_be_read() -> None:
    """The bound on nesting holds with a deep stack below, for every kind of bracket."""

    def below(frames: int, text: str) -> syntax.Node:
        return parse(text) if frames == 0 else below(frames - 1, text)

    for opening, middle, closing in (
        ("(", "a", ")"), ("[", "a", "]"), ("a|w(", "b", ")"), ("a[.b == ", "c", "]"),
        ("!", "a", ""),
        ("a ? b : ", "c", ""), ("(a + ", "b", ")"),
    ):  # fmt: skip
        below(150, opening * 24 + middle + closing * 24)


@pytest.mark.parametrize("name", ["trueish", "falsey", "inner", "internal", "unknowns", "nullable"])
def test_8_words_may_begin_like_keywords(name: str) -> None:
    """A name that begins with a keyword is a name."""
    assert parse(name) == Name(name)
    assert parse(f"a && {name}") == And((A, Name(name)))


def test_8_in_needs_its_own_word() -> None:
    """`1 inner` is not `1 in ner`."""
    refusal("1 inner")
    assert parse("1 in inner") == Binary("in", Literal(1), Name("inner"))


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("a ^ b", "`^` is no part of the language", 2),
        ("9**9**9", "`**` is no part", 1),
        ("a // b", "`//` is no part", 2),
        ("a % b", "`%` is no part", 2),
        ("{x: 1}", "`{` is no part", 0),
        ("a === b", "`===` is no part", 2),
        ("a = b", "write `==`", 2),
        ("a & b", "write `&&`", 2),
        ("1 < 2 < 3", "comparisons do not chain", 6),
        ("a == b == c", "comparisons do not chain", 7),
        ("a in b in c", "comparisons do not chain", 7),
        ("a[0]", "is a filter", 1),
        ("a[b]", "is a filter", 1),
        ("a[-1]", "is a filter", 1),
        ("a[true]", "is a filter", 1),
        (".a", "may only stand in a filter", 0),
        ("a && .b", "may only stand in a filter", 5),
        ("f(x)", "`f` is not called", 0),
        ("a|f()", "empty parentheses", 4),
        ("null", "write `unknown`", 0),
        ("a and b", "write `&&`", 2),
        ("not a", "cannot read on", 4),
        ("(a", "`(` is not closed", 0),
        ("a)", "`)` closes nothing", 1),
        ("(a]", "`]` closes nothing", 2),
        ("a b", "cannot read on from `b`", 2),
        ("a &&", "ends too early", 4),
        ("", "is empty", None),
        (" \n ", "is empty", None),
        ("é", "inside quotation marks", 0),
        ("a\u00a0b", "U+00A0", 1),
        ("'abc", "not closed", 0),
        ("'a\nb'", "not closed", 0),
        ("a ? b", "without its `:`", 2),
        ("(a ? b) : c", "without its `:`", 3),
        ("a : b", "without its `?`", 2),
        ("a && (b || )", "cannot read on from `)`", 11),
        ("1e5", "cannot read on", 1),
        ("-a", "cannot read on", 1),
        ("1" * 40, "at most 30 digits", 0),
        ("__import__", "cannot be a name", 0),
        ("a.__class__", "cannot be a name", 2),
        ("$a", "cannot be a name", 0),
    ],
)
def test_10_refuses_with_a_reason(text: str, reason: str, place: int | None) -> None:
    """What is no part of the language is refused, with its column and what to write instead."""
    error = refusal(text)
    assert reason in error.reason
    assert error.place == place


def test_10_lists_the_operators() -> None:
    """A refused sign comes with the operators there are."""
    assert "+ - * / == != < <= > >= in && || ! ?:" in str(refusal("a % b"))


def test_12_strings_are_not_python() -> None:
    """A bad escape is refused with its column; no string goes through Python's own reader."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert refusal(r"a == 'x\d'").place == 7
        assert parse(r"'it\'s \\ \"'") == Literal("it's \\ \"")
        refusal(r"'\N{BULLET}'")
        refusal(r"'\x41'")


def test_13_power_and_repetition_do_not_exist() -> None:
    """Nothing in the language makes a number or a text explode."""
    for text in ("9^9^9", "9 ^ (9 ^ 7)", "'x' ** 9", "'%5000000d' % 1"):
        refusal(text)


def test_literals_are_told_apart() -> None:
    """`1`, `1.0` and `true` are three literals."""
    assert len({Literal(1), Literal(True), Literal(Decimal(1))}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "a\n  |b('x')\n  |c\n  && d",
        "a |b('x') |c && d",
        "a| b ('x')|c&&d",
        "a\r\n\t| b('x')| c && d",
    ],
)
def test_line_breaks_before_a_bar(text: str) -> None:
    """White space around `|` says nothing, so that a long expression may be folded."""
    if "b (" in text:
        refusal(text)
    else:
        assert parse(text) == And((Word(Word(A, "b", (Literal("x"),)), "c"), D))


def test_line_breaks_before_a_dot() -> None:
    """White space before the dot of an attribute says nothing; a filter's own dot stays."""
    assert parse("a\n  .b\n  .c") == Attribute(Attribute(A, "b"), "c")
    assert parse("a[ .b in .c ]") == Filter(A, Binary("in", Relative("b"), Relative("c")))


def test_places_survive_folding() -> None:
    """A column is that of the text as given."""
    text = "a\n   |b\n   && .c"
    assert refusal(text).place == text.index(".c")
    node = parse("a  |  word")
    assert node.place == 6


_names = st.sampled_from(["a", "inner", "trueish", "x1"])
_leaves: st.SearchStrategy[syntax.Node] = st.one_of(
    _names.map(Name),
    st.just(Unknown()),
    st.booleans().map(Literal),
    st.integers(-99, 99).map(Literal),
    st.decimals(-99, 99, places=2).map(Literal),
    st.text(st.characters(exclude_characters="\r\n"), max_size=8).map(Literal),
)


def _grow(nodes: st.SearchStrategy[syntax.Node]) -> st.SearchStrategy[syntax.Node]:
    operands = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    ops = st.sampled_from([*syntax.COMPARISONS, *syntax.ARITHMETIC])
    return st.one_of(
        st.builds(Attribute, _names.map(Name), _names),
        st.builds(Word, nodes, _names, st.lists(nodes, max_size=2).map(tuple)),
        st.builds(Not, nodes),
        st.builds(And, operands),
        st.builds(Or, operands),
        st.builds(Binary, ops, nodes, nodes),
        st.builds(Choice, nodes, nodes, nodes),
        st.builds(ListOf, st.lists(nodes, max_size=3).map(tuple)),
        st.builds(Filter, nodes, st.builds(Binary, st.just("=="), _names.map(Relative), nodes)),
    )


@given(st.recursive(_leaves, _grow, max_leaves=8))
def test_writing_and_reading_agree(node: syntax.Node) -> None:
    """Whatever tree is written as text is read back as the same tree."""
    try:
        again = parse(show(node))
    except ExpressionError as error:
        assert "deep" in error.reason  # noqa: PT017 - the only refusal that is allowed
    else:
        assert again == node


@given(st.text(st.sampled_from("ab1.'\"()[]{}|&!<>=?:,+-*/ in\n\\_"), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Reading raises nothing but ExpressionError."""
    try:
        parse(text)
    except ExpressionError as error:
        assert error.place is None or 0 <= error.place <= len(text)  # noqa: PT017 - what is raised is looked at below
