from __future__ import annotations

import builtins
import sys
import threading
import time
from decimal import Decimal
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest

from rules.chart.records import Records
from rules.engine.budget import MAX_STEPS
from rules.engine.compile import compile_expressions
from rules.engine.errors import BudgetExceeded, ExpressionError, KnowledgeError
from rules.engine.expression import parse
from rules.engine.words import Vocabulary, noun, word
from tests.rules.engine import toys
from tests.rules.engine.toys import Chest, Toy, frame_of, program, thing, value

if TYPE_CHECKING:
    from collections.abc import Callable

BALLS = Records(
    tuple(
        Toy(f"Toy/{n}", "balls", size=Decimal(n), colour="red" if n % 2 else "blue")
        for n in range(6)
    )
)


def mistakes(**named: str) -> list[str]:
    """Return the mistakes that expressions are refused with."""
    with pytest.raises(KnowledgeError) as caught:
        program(**named)
    return [f"{mistake.where}: {mistake.reason}" for mistake in caught.value.mistakes]


# ------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true || true && !true", True),
        ("5|times(price)", Decimal(20)),
        ("price + 1 - 2 * 3 / 4", Decimal("3.5")),
        ("toys|in('balls')|bigger(3)|count", Decimal(2)),
        ("toys[.size >= 4 && .colour == 'red']|count", Decimal(1)),
        ("toys[.size|times(2) > price|times(2)]|exists", True),
        ("toys|in('balls', 'dolls')|colours", ("blue", "red", "blue", "red", "blue", "red")),
        ("'red' in toys|colours", True),
        ("box.size > 2 && box.colour == 'green'", True),
        ("box.made", None),
        ("policy.size.least < price", True),
        ("policy.size.inclusive ? price >= 4 : price > 4", True),
        ("policy.made.after", None),
        ("title|padded('left', 'my ')|padded('right', '!')", "my chest!"),
        ("price|any_of(1, 4)", True),
        ("open|is_unknown", True),
        ("open|is_known", False),
        ("open|is_true", False),
        ("(!open)|is_false", False),
        ("open|raises_doubt", None),
        ("false|raises_doubt", False),
        ("true|raises_doubt", None),
        ("open|or_else(false)", False),
        ("price|or_else(9)", Decimal(4)),
        ("(10 / 3)|round(2)", Decimal("3.33")),
        ("2.5|round", Decimal(3)),
        ("-2.5|round", Decimal(-3)),
        ("open ? 1 : 2", 2),
        ("unknown ? 1 : 2", 2),
        ("[1, 'a', unknown, true]", (1, "a", None, True)),
        ("price / 0", None),
        ("title + 1 == 2 || true", True),
        ("labels|is_known", False),
        ("1 in labels", None),
    ],
)
def test_values(text: str, expected: object) -> None:
    """Expressions mean what they say, compiled, read and traced alike."""
    chest = Chest(
        toys=BALLS, price=Decimal(4), title="chest", box=thing(size=Decimal(3), colour="green")
    )
    policy = {"size.least": Decimal(2), "size.inclusive": True}
    if text == "title + 1 == 2 || true":
        text = "mood + 1 == 2 || true"  # two types that only run time can tell
        chest.mood = "glad"
    assert toys.same(value(text, chest, policy), expected)


def test_2_arguments_see_the_context() -> None:
    """An argument is evaluated like any other part, missing attributes included."""
    assert value("5|times(price)", Chest(price=Decimal(0))) == 0
    assert value("5|times(box.size)", Chest(box=thing())) is None
    assert value("5|times(box.size)", Chest()) is None


def test_6_nothing_raises_on_what_is_missing() -> None:
    """Missing things, unknown operands and wrong types give unknown, not an exception."""
    for text in (
        "box.size", "price < 1", "1 in labels|itself", "7 / price", "toys[.size > price]|count",
        "toys[.made == today]|count", "mood > 1", "mood|itself == 'x'", "!open", "mood + mood",
        "toys|first_made|within(3)", "toys[.tags|is_known]|exists",
    ):  # fmt: skip
        for chest in (
            Chest(), Chest(toys=None, lent=None), Chest(mood="x", labels=5, box=5, toys="toys"),
            Chest(toys=Records((Toy("a"),)), price=Decimal(0), today=3, mood=1.5),
        ):  # fmt: skip
            value(text, chest)


def test_7_unknown_is_not_false() -> None:
    """`!unknown`, `unknown == false` and `unknown != 1` are unknown; `1 == true` is refused."""
    assert value("!open") is None
    assert value("open == false") is None
    assert value("price != 1") is None
    assert "always unknown" in mistakes(x="1 == true")[0]
    assert "needs a truth, not a number" in mistakes(x="1 == 1 && 2")[0]


def test_words_are_not_called_with_what_they_do_not_take() -> None:
    """A word sees values of its types only; unknown goes round it."""
    assert value("mood|itself|times(2)", Chest(mood="text")) is None
    assert value("mood|itself|times(2)", Chest(mood=True)) is None
    assert value("mood|itself|exists", Chest(mood=[1])) is None
    assert value("mood|itself|itself", Chest(mood=[1])) == [1]


# ------------------------------------------------------------------------------------ sharing


def test_shared_parts_are_worked_out_once() -> None:
    """A part that several expressions contain, a definition, a noun: evaluated once a call."""
    calls: list[str] = []
    chest = Chest(price=Decimal(2))

    def look(name: str, of: object) -> object:
        calls.append(name)
        return of

    counting = Vocabulary(
        [
            *[e for e in toys.VOCABULARY.listing() if e.name not in {"price", "times"}],
            noun("number", name="price", cql="")(
                _documented(lambda _f: look("price", chest.price))
            ),
            word(subject="number", result="number", args=("number",), name="times", cql="")(
                _documented(lambda v, n: look("times", v * n))
            ),
        ],
        {"toy-set": toys.SETS},
    )
    named = {
        "D": "price|times(3) > 5", "a.1": "D && price > 1", "a.2": "!D || price|times(3) > 2",
        "a.3": "toys[.size > price|times(3)]|exists || D", "a.4": "price|times(4) > 1",
    }  # fmt: skip
    one = compile_expressions({k: parse(v) for k, v in named.items()}, counting, {})
    frame = frame_of(one, Chest(toys=BALLS))
    for name in named:
        one.evaluate(name, frame)
        one.evaluate(name, frame)
    # Of `times` once for 3 and twice for 4: a.4 shares nothing, so it is worked out each time.
    assert calls == ["price", "times", "times", "times"]
    for name in named:
        one.trace(name, frame)
    assert calls.count("price") == 1


def _documented(function: Callable[..., object]) -> Callable[..., object]:
    function.__doc__ = "A toy."
    return function


def test_what_a_filter_does_not_vary_is_worked_out_once() -> None:
    """A part of a condition that does not speak of the item is not evaluated per item."""
    many = Records(tuple(Toy(f"Toy/{n}", size=Decimal(n)) for n in range(1000)))
    one = program(x="toys[.size > (lent|in('balls')|bigger(2)|count)]|count")
    frame = frame_of(one, Chest(many, BALLS))
    assert one.evaluate("x", frame) == 996
    assert frame.limit - frame.left < 6 * 1000


def test_short_circuit() -> None:
    """What an operand has settled is not evaluated further."""
    heavy = Records(tuple(Toy(f"Toy/{n}", size=Decimal(n)) for n in range(5000)))
    one = program(x="open && toys[.size > 1]|exists", y="(!open) || toys[.size > 2]|exists")
    frame = frame_of(one, Chest(toys=heavy, open=False))
    for name in ("x", "y"):
        one.evaluate(name, frame)
        assert frame.limit - frame.left < 20


def test_definitions() -> None:
    """Definitions name each other in any order; an expression's own name may be anything."""
    named = {"TRL-01.when": "C && A", "A": "B || false", "C": "!B", "B": "price > 1"}
    one = program(**named)
    frame = frame_of(one, Chest(price=Decimal(2)))
    assert [one.evaluate(name, frame) for name in named] == [False, True, False, True]
    assert one.checked.closure("A") == {"A", "B"}


def test_doubling_definitions_stay_small() -> None:
    """Forty-five definitions, each using the one before twice, compile and run at once."""
    named = {"D0": "price > 1"} | {f"D{n}": f"D{n - 1} && !D{n - 1}" for n in range(1, 46)}
    named |= {"L0": "'abcdefgh'"} | {f"L{n}": f"L{n - 1} + L{n - 1}" for n in range(1, 41)}
    start = time.perf_counter()
    one = program(**named)
    frame = frame_of(one, Chest(price=Decimal(2)))
    assert one.evaluate("D45", frame) is False
    assert one.trace("D45", frame).value is False
    assert one.evaluate("L40", frame) is None
    assert time.perf_counter() - start < 5


# ------------------------------------------------------------------------------------- checks


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pric", "unknown name `pric`; did you mean `price` or `policy`?"),
        ("toys|inn('balls')", "unknown word `inn`"),
        ("toys|in('bals')", "`bals` is none of toy-set; did you mean `balls`?"),
        ("toys|in(title)", "has to be written out"),
        ("toys|in", "is written `records|in(names: text, ...)`"),
        ("toys|exists('x')", "is written `records|exists`"),
        ("title|padded('up', 'x')", "`up` is none of `side` of `padded`; known: left, right"),
        ("title|padded('left')", "is written `text|padded('left' or 'right', more: text)`"),
        ("price|exists", "`exists` is said of records, not of a number"),
        ("toys && open", "`&&` needs a truth, not records; write `|exists`"),
        ("!price", "`!` needs a truth, not a number"),
        ("price ? 1 : 2", "before `?` needs a truth, not a number"),
        ("toys == lent", "not records"),
        ("open < open", "`<` takes a number, a date or a text, not a truth"),
        ("price == title", "`==` between a number and a text is always unknown"),
        ("today + 1", "`+` takes a number or a text, not a date"),
        ("title - title", "`-` takes a number, not a text"),
        ("title + price", "between a text and a number"),
        ("price == unknown", "write `|is_unknown`"),
        ("price in title", "`in` looks in a list, not in a text"),
        ("toys in labels", "`in` looks for one value, not for records"),
        ("[[1]]", "a list holds plain values"),
        ("toys.size", "may be many"),
        ("price.size", "a number has no attributes"),
        ("mood.size", "a value of any type has no attributes"),
        ("box.siz", "has no attribute `siz`; did you mean `size`?"),
        ("toys[.siz > 1]", "these items has no attribute `siz`"),
        ("toys[.size]", "a filter needs a truth, not a number"),
        ("price[.size > 1]", "a filter is said of records or a list, not of a number"),
        ("policy", "`policy` alone"),
        (
            "policy.size.leest > 1",
            "unknown policy parameter `size.leest`; did you mean `size.least`?",
        ),
        ("policy.size > 1", "unknown policy parameter `size`"),
        ("policy.size.least == 'x'", "between a number and a text"),
        ("times", "`times` is a word and follows a subject"),
        ("box && open", "not a noun with attributes"),
        ("box|padded('left', 'x')", "`padded` is said of a text, not of a noun with attributes"),
    ],
)
def test_mistakes(text: str, reason: str) -> None:
    """Each mistake is found at load time and says what is possible instead."""
    found = mistakes(x=text)
    assert any(reason in one for one in found), found


def test_all_mistakes_at_once() -> None:
    """Every mistake of every expression is reported, in order, with name and column."""
    with pytest.raises(KnowledgeError) as caught:
        program(b="pric > 1 && toys|exist", a="policy.x.y && open")
    shown = [(m.where, m.place) for m in caught.value.mistakes]
    assert shown == [("b", 0), ("b", 17), ("a", 9)]
    assert str(caught.value).count("\n") == 2


def test_one_mistake_is_reported_once() -> None:
    """An unknown name does not drag further mistakes behind it."""
    assert len(mistakes(x="nothing.size|times(2) > 3 && nothing2|exists")) == 2


def test_cycles_are_named() -> None:
    """Definitions that need each other are a mistake that names the way round."""
    assert mistakes(A="B", B="!C", C="A && open") == ["A: defined by itself: A -> B -> C -> A"]
    assert mistakes(A="A || open") == ["A: defined by itself: A -> A"]


def test_deep_definitions_are_refused() -> None:
    """A chain of definitions may not outgrow the stack; an allowed one runs deep in it."""
    chain = {f"D{n}": f"!D{n - 1}" for n in range(1, 400)} | {"D0": "open"}
    assert any("through its definitions" in one for one in mistakes(**chain))
    fine = {f"D{n}": f"!D{n - 1}" for n in range(1, 70)} | {"D0": "open"}
    one = program(**fine)

    def below(frames: int) -> object:
        if frames:
            return below(frames - 1)
        frame = frame_of(one, Chest(open=True))
        return one.evaluate("D69", frame), one.trace("D69", frame).value

    assert below(200) == (False, False)


def test_names_that_are_taken() -> None:
    """A definition cannot take the name of a noun or a reserved name."""
    assert "already a noun" in mistakes(price="1 > 2")[0]
    assert "reserved" in mistakes(unknown="1 > 2")[0]


def test_keys_and_parameters_are_followed_through_definitions() -> None:
    """What an expression reads includes what its definitions and words read."""
    one = program(A="toys|exists && policy.size.inclusive", B="A || box.round", C="lent|first_made")
    assert one.checked.keys("A") == {"toys"}
    assert one.checked.keys("B") == {"toys", "boxes"}
    assert one.checked.keys("C") == {"loans", "dates"}
    assert one.checked.parameters("B") == {"size.inclusive"}
    assert one.checked.findings["B"].type == "truth"
    assert one.checked.findings["C"].type == "date"


# ------------------------------------------------------------------------------------- safety

INJECTIONS = [
    "__class__", "a.__class__", "().__class__.__bases__", "toys.__class__", "__import__('os')",
    "toys|__class__", "box.__class__.__mro__", "''.__class__", "toys[.__class__ == 1]",
    "__builtins__", "9**9**9", "9^9^9", "9^(9^7)", "'x' * 1000000000", "[1] * 50000000",
    "'%5000000d' % 1", "1e999999", "99999999999999999999999999999999999999", "{x: 1}",
    "{{7*7}}", "${7*7}", "#{7*7}", "`id`", "$(id)", "toys; import os", "import os", "lambda: 1",
    "exec('1')", "eval('1')", "open('/etc/passwd')", "print(1)", "getattr(toys, 'x')",
    "toys|getattr('x')", "toys|eval", "frame", "slots", "k0", "t1", "frame.policy", "toys|type",
    "True", "None", "self", "globals", "price.real", "price.numerator", "title.format",
    "title|format('x')", "'{0.__class__}'.format", "policy.__class__", "policy.size.__class__",
    "toys.sure", "toys.where", "box.evidence", "box.__dict__", "a\x00b",
    "'\x00' == title + \x00", "\\u0041", "\u202eprice", "price\u200b", "\uff50rice", "0x10",
    "1_000", "1 if open else 2", "price := 1", "price = 1", "/* x */ price", "price // comment",
    "price # comment", "<script>", "*", "...", "a..b", "|", "a||", "&&", "!", "?:", "()", "[",
    "]", "'", '"', "'''", "b'x'", "f'{price}'", "r'x'",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_injections_are_refused(text: str) -> None:
    """What looks like code, a template or an escape is refused before anything is compiled."""
    with pytest.raises((ExpressionError, KnowledgeError)):
        program(x=text)


def test_data_are_never_code() -> None:
    """Texts of the chart and the policy that look like code stay texts."""
    for text in ("__import__('os').system('x')", "{price}", "${price}", "price", "'", "%s" * 99):
        assert (
            value("title + policy.colours.best", Chest(title=text), {"colours.best": text})
            == 2 * text
        )
        assert (
            value("title == policy.colours.best", Chest(title=text), {"colours.best": text}) is True
        )


def test_compiled_code_sees_no_builtins_and_holds_no_user_names() -> None:
    """Functions have an empty `__builtins__`; what a user wrote occurs among constants only."""
    one = program(x="box.size > 1 && title == 'strange words' && toys[.colour == title]|exists")
    for function in one._functions.values():
        assert isinstance(function, FunctionType)
        assert function.__globals__["__builtins__"] == {}
        table = function.__globals__
        assert not {"eval", "exec", "open", "__import__"} & table.keys()
        pending = [
            f.__code__
            for f in table.values()
            if isinstance(f, FunctionType) and f.__globals__ is table
        ]
        assert pending
        while pending:
            code = pending.pop()
            names = {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}
            assert not names & {"box", "size", "colour", "title", "toys", "strange words", "exists"}
            assert not names & set(vars(builtins)), names
            pending.extend(part for part in code.co_consts if isinstance(part, CodeType))


# ------------------------------------------------------------------------------------- budget


def test_budget_of_one_expression() -> None:
    """An expression that needs too much is not evaluated; the others are, also after it."""
    many = Records(tuple(Toy(f"Toy/{n}", size=Decimal(n)) for n in range(10_000)))
    costly = " || ".join(f"toys[.size + {n} < 0 && .size * 2 > 1]|exists" for n in range(20))
    wide = " && ".join(f".size > -{n}" for n in range(1, 9))
    one = program(
        costly=costly, cheap="price > 1", middle="toys[.size > 5000]|count",
        wide=f"toys[{wide}]|exists",
    )  # fmt: skip
    frame = frame_of(one, Chest(toys=many, price=Decimal(2)))
    for _ in range(2):
        start = time.perf_counter()
        with pytest.raises(BudgetExceeded):
            one.evaluate("costly", frame)
        assert time.perf_counter() - start < 2
        assert one.evaluate("cheap", frame) is True
        assert one.evaluate("middle", frame) == 4999
    with pytest.raises(BudgetExceeded):
        one.evaluate("wide", frame)
    with pytest.raises(BudgetExceeded):
        one.trace("costly", frame)
    assert one.trace("cheap", frame).value is True
    with pytest.raises(BudgetExceeded):
        one.interpreter.evaluate(one.nodes["costly"], frame_of(one, Chest(toys=many)))


def test_budget_counts_lists_words_and_texts() -> None:
    """Large lists, texts and sets of records cost steps."""
    one = program(lists="price in labels || 3 in labels", words="toys|bigger(1)|bigger(2)|exists",
                  texts="title + title == title")  # fmt: skip
    many = Records(tuple(Toy(f"Toy/{n}", size=Decimal(n)) for n in range(10_000)))
    chest = Chest(toys=many, price=Decimal(2), labels=(1,) * 60_000, title="x" * 40_000)
    frame = frame_of(one, chest)
    with pytest.raises(BudgetExceeded):
        one.evaluate("lists", frame)
    for name in ("words", "texts"):
        one.evaluate(name, frame)
        assert MAX_STEPS - frame.left > 1200
        read = frame_of(one, chest)
        one.interpreter.evaluate(one.nodes[name], read)
        assert MAX_STEPS - read.left > 1200


def test_budget_cannot_be_raised() -> None:
    """No caller gets more than the limit; fewer steps may be asked for."""
    one = program(x="price > 1")
    assert frame_of(one, limit=10**9).limit == MAX_STEPS
    with pytest.raises(BudgetExceeded):
        one.evaluate("x", frame_of(one, limit=2))


def test_threads_share_a_program() -> None:
    """A program has no state of its own: threads with their own frames do not disturb it."""
    one = program(x="toys[.size > price]|count + price", D="price > 3", y="D ? title : 'small'")
    wrong: list[object] = []

    def run(seed: int) -> None:
        for n in range(300):
            price = Decimal((n * seed) % 6)
            frame = frame_of(one, Chest(toys=BALLS, price=price, title="big"))
            if one.evaluate("x", frame) != 5 or one.evaluate("y", frame) != (
                "big" if price > 3 else "small"
            ):
                wrong.append(price)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(1, 7)]
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
    assert not wrong
