"""Typed random expressions over random chests: compiled code against the readable interpreter."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.records import Interval, Records
from rules.chart.spans import Span
from rules.engine import syntax
from rules.engine.checking import Scope
from rules.engine.compile import compile_expressions
from rules.engine.errors import ExpressionError
from rules.engine.expression import parse
from rules.engine.kinds import Kind, kind
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
)
from tests.rules.engine.toys import (
    ATTRIBUTES,
    PARAMETERS,
    VOCABULARY,
    Chest,
    Toy,
    day,
    frame_of,
    same,
    thing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.engine.interpret import Traced
    from rules.engine.syntax import Node
    from rules.engine.why import Reason

PROGRAMS, EXPRESSIONS, DEFINITIONS, CHESTS = 50, 42, 8, 10
COLOURS = ("red", "blue", "green", "")
SETS = ("balls", "dolls", "trains")


class Writer:
    """Writes random expressions of a wanted type."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.definitions: dict[str, str] = {}  # name -> type
        self.used: Counter[str] = Counter()

    def node(self, type_: str, depth: int, *, item: bool = False) -> Node:
        """Write an expression of a type; *item* says whether it stands in a filter."""
        if depth <= 0 or self.dice.random() < 0.12:
            return self.leaf(type_, item=item)
        if self.dice.random() < 0.12:
            return Choice(
                self.node("truth", depth - 1, item=item),
                self.node(type_, depth - 1, item=item),
                self.node(type_, depth - 1, item=item),
            )
        if self.dice.random() < 0.06:
            return Word(
                self.node(type_, depth - 1, item=item),
                "or_else",
                (self.node(type_, depth - 1, item=item),),
            )
        grow: Callable[[int, bool], Node] = getattr(self, type_)
        node = grow(depth - 1, item)
        self.used[type(node).__name__ + (f" {node.name}" if isinstance(node, Word) else "")] += 1
        return node

    def operand(self, type_: str, depth: int, *, item: bool) -> Node:
        """Write an operand that is not the literal `unknown`, which checks refuse there."""
        node = self.node(type_, depth, item=item)
        while VOCABULARY.check(node, self.scope()).type == "unknown":
            node = self.node(type_, depth, item=item)
        return node

    def scope(self) -> Scope:
        """Return what expressions may name."""
        kinds = {name: Kind(of) for name, of in self.definitions.items()}
        item = kind("any", ATTRIBUTES)
        return Scope(kinds, PARAMETERS, item)

    def leaf(self, type_: str, *, item: bool) -> Node:
        """Write a name, an attribute, a parameter or a constant."""
        dice = self.dice
        if dice.random() < 0.03 and type_ != "records":
            return Unknown()
        names = [name for name, of in self.definitions.items() if of == type_]
        if names and dice.random() < 0.3:
            self.used["definition"] += 1
            return Name(dice.choice(names))
        attributes = [name for name, of in ATTRIBUTES.items() if of == type_]
        if item and attributes and dice.random() < 0.7:
            return Relative(dice.choice(attributes))
        parameters = [name for name, of in PARAMETERS.items() if of == type_]
        if parameters and dice.random() < 0.2:
            node: Node = Name("policy")
            for part in dice.choice(parameters).split("."):
                node = Attribute(node, part)
            return node
        nouns = [n.name for n in VOCABULARY.nouns.values() if n.kind.type == type_]
        if attributes and dice.random() < 0.3:
            return Attribute(Name("box"), dice.choice(attributes))
        constant = self.constant(type_)
        if constant is not None and dice.random() < 0.6:
            return constant
        return Name(dice.choice(nouns)) if nouns else constant or Unknown()

    def constant(self, type_: str) -> Node | None:
        """Write a constant."""
        match type_:
            case "truth":
                return Literal(self.dice.random() < 0.5)
            case "number":
                exact = self.dice.choice(("0.5", "2.5", "-1.25"))
                return Literal(self.dice.choice((self.dice.randint(-2, 9), Decimal(exact))))
            case "text":
                return Literal(self.dice.choice(COLOURS))
            case "list":
                return ListOf(tuple(self.leaf("number", item=False) for _ in range(3)))
            case _:
                return None

    def truth(self, depth: int, item: bool) -> Node:
        """Write a truth."""
        write = self.node
        match self.dice.randrange(9):
            case 0:
                return Not(write("truth", depth, item=item))
            case 1 | 2:
                join = self.dice.choice((And, Or))
                count = self.dice.randint(2, 4)
                return join(tuple(write("truth", depth, item=item) for _ in range(count)))
            case 3:
                type_ = self.dice.choice(("number", "date", "text"))
                op = self.dice.choice(("<", "<=", ">", ">=", "==", "!="))
                return Binary(
                    op, self.operand(type_, depth, item=item), self.operand(type_, depth, item=item)
                )
            case 4:
                type_ = self.dice.choice(("truth", "list"))
                op = self.dice.choice(("==", "!="))
                return Binary(
                    op, self.operand(type_, depth, item=item), self.operand(type_, depth, item=item)
                )
            case 5:
                type_ = self.dice.choice(("number", "text"))
                return Binary("in", write(type_, depth, item=item), write("list", depth, item=item))
            case 6:
                return Word(write("records", depth, item=item), "exists")
            case 7:
                name = self.dice.choice(
                    ("is_true", "is_false", "raises_doubt", "is_unknown", "is_known")
                )
                return Word(write("truth", depth, item=item), name)
            case _:
                if self.dice.random() < 0.5:
                    days = write("number", depth, item=item)
                    return Word(write("date", depth, item=item), "within", (days,))
                type_ = self.dice.choice(("number", "text", "date"))
                others = tuple(write(type_, depth, item=item) for _ in range(2))
                return Word(write(type_, depth, item=item), "any_of", others)

    def number(self, depth: int, item: bool) -> Node:
        """Write a number."""
        write = self.node
        match self.dice.randrange(4):
            case 0 | 1:
                op = self.dice.choice(syntax.ARITHMETIC)
                return Binary(
                    op,
                    self.operand("number", depth, item=item),
                    self.operand("number", depth, item=item),
                )
            case 2:
                return Word(write("records", depth, item=item), "count")
            case _:
                if self.dice.random() < 0.3:
                    return Word(write("number", depth, item=item), "round")
                args = (write("number", depth, item=item),) if self.dice.random() < 0.5 else ()
                return Word(write("number", depth, item=item), "times", args)

    def text(self, depth: int, item: bool) -> Node:
        """Write a text."""
        more, side = self.operand("text", depth, item=item), self.dice.choice(("left", "right"))
        first = self.operand("text", depth, item=item)
        if self.dice.random() < 0.5:
            return Binary("+", first, more)
        return Word(first, "padded", (Literal(side), more))

    def date(self, depth: int, item: bool) -> Node:
        """Write a date."""
        return Word(self.node("records", depth, item=item), "first_made")

    def list(self, depth: int, item: bool) -> Node:
        """Write a list."""
        if self.dice.random() < 0.4:
            return Word(self.node("records", depth, item=item), "colours")
        type_ = self.dice.choice(("number", "text"))
        count = self.dice.randint(0, 4)
        return ListOf(tuple(self.node(type_, depth, item=item) for _ in range(count)))

    def records(self, depth: int, item: bool) -> Node:
        """Write a set of records."""
        subject = self.node("records", depth, item=item)
        match self.dice.randrange(5):
            case 0:
                count = self.dice.randint(1, 2)
                args = tuple(Literal(self.dice.choice(SETS)) for _ in range(count))
                return Word(subject, "in", args)
            case 1:
                return Word(subject, "bigger", (self.node("number", depth - 1, item=item),))
            case 2:
                return Word(subject, "union", (self.node("records", depth - 1, item=item),))
            case _:
                predicate = self.node("truth", min(depth, 2), item=True)
                if not syntax.depends_on_item(predicate):
                    predicate = And((predicate, Relative("round")))
                return Filter(subject, predicate)


class Packer:
    """Fills random chests."""

    def __init__(self, dice: random.Random, open_ended: float) -> None:
        self.dice = dice
        self.open_ended = open_ended  # how often a fact is unknown

    def fact(self, type_: str) -> object:
        """Give a value of a type, or unknown."""
        dice = self.dice
        if dice.random() < self.open_ended:
            return None
        match type_:
            case "truth":
                return dice.random() < 0.5
            case "number":
                low = Decimal(dice.randint(-2, 8))
                if dice.random() < 0.15:
                    high = dice.choice((None, low + 2))
                    return Interval(low, high, low_open=dice.random() < 0.5)
                return dice.choice((low, low / 2, int(low)))
            case "text":
                return dice.choice(COLOURS)
            case "date":
                at = dice.randint(0, 9)
                return dice.choice((day(at), day(at, 3), Span(at, at)))
            case "list":
                return tuple(self.fact(dice.choice(("number", "text"))) for _ in range(3))
            case _:
                return None

    def toys(self) -> object:
        """Give a set of records."""
        dice = self.dice
        made = [
            Toy(
                f"Toy/{n}",
                *dice.sample(SETS, dice.randint(0, 2)),
                **{name: self.fact(of) for name, of in ATTRIBUTES.items() if of != "any"},
            )
            for n in range(dice.randint(0, 5))
        ]
        cut = dice.randint(0, len(made)) if dice.random() < self.open_ended else len(made)
        complete = dice.random() > self.open_ended
        gaps = () if complete else (dice.choice(("toys", "loans")),)
        return Records(tuple(made[:cut]), tuple(made[cut:]), complete=complete, gaps=gaps)

    def evidence(self) -> tuple[Toy, ...]:
        """Give what a computed noun rests on."""
        count = self.dice.randint(0, 2)
        return tuple(
            Toy(f"Toy/box-{n}", notes=("inferred",) if self.dice.random() < 0.5 else ())
            for n in range(count)
        )

    def chest(self) -> Chest:
        """Give a chest."""
        facts = {name: self.fact(of) for name, of in ATTRIBUTES.items() if of != "any"}
        facts["evidence"] = self.evidence()
        box = None if self.dice.random() < self.open_ended else thing(**facts)
        return Chest(
            toys=self.toys(), lent=self.toys(), price=self.fact("number"), title=self.fact("text"),
            open=self.fact("truth"), today=self.fact("date"), labels=self.fact("list"),
            mood=self.fact(self.dice.choice(("truth", "number", "text", "list"))), box=box,
        )  # fmt: skip

    def policy(self) -> dict[str, object]:
        """Give a policy; a parameter may be left out."""
        return {key: self.fact(of) for key, of in PARAMETERS.items() if self.dice.random() < 0.95}


TYPES = ("truth", "truth", "truth", "number", "text", "date", "list", "records")


def agree(reason: Reason, traced: Traced, node: Node) -> None:
    """Insist that a fast reason is what the trace says."""
    assert same(reason.value, traced.value), syntax.show(node)
    assert reason[1:] == (traced.strength, traced.evidence, traced.gaps), syntax.show(node)


def test_compiled_code_equals_the_interpreter() -> None:
    """Over twenty thousand cases give equal values and reasons, whichever way they are had."""
    cases: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for seed in range(PROGRAMS):
        dice = random.Random(seed)
        writer = Writer(dice)
        named: dict[str, Node] = {}
        types: dict[str, str] = {}
        for n in range(DEFINITIONS + EXPRESSIONS):
            type_ = dice.choice(TYPES)
            name = f"D{n}" if n < DEFINITIONS else f"E-{n}"
            named[name] = writer.node(type_, dice.randint(1, 4))
            types[name] = type_
            if n < DEFINITIONS:
                writer.definitions[name] = type_
        used += writer.used
        one = compile_expressions(named, VOCABULARY, PARAMETERS)
        packer = Packer(dice, dice.choice((0.0, 0.03, 0.15)))
        for _ in range(CHESTS):
            chest, policy = packer.chest(), packer.policy()
            compiled, read = frame_of(one, chest, policy), frame_of(one, chest, policy)
            asked = frame_of(one, chest, policy)
            for name, node in named.items():
                result = one.evaluate(name, compiled)
                read.renew()
                reference = one.interpreter.evaluate(one.nodes[name], read)
                assert same(result, reference), syntax.show(node)
                traced = one.trace(name, compiled)
                assert same(traced.value, result), syntax.show(node)
                agree(one.why(name, compiled), traced, node)
                # Also where nothing was evaluated before, and other expressions were asked first.
                agree(one.why(name, asked), traced, node)
                cases["reasons"] += bool(traced.strength or traced.evidence or traced.gaps)
                cases["gaps"] += bool(traced.gaps)
                cases["all"] += 1
                cases["known"] += result is not None
                if types[name] == "truth":
                    cases[f"truth {result}"] += 1
    print(dict(cases), dict(used))  # noqa: T201 - pytest shows it with -s
    assert cases["all"] >= 20_000
    assert cases["reasons"] >= 0.3 * cases["all"]
    assert cases["gaps"] >= 0.01 * cases["all"]
    assert cases["known"] >= 0.7 * cases["all"]
    truths = {answer: cases[f"truth {answer}"] for answer in (True, False, None)}
    assert min(truths.values()) >= 0.1 * sum(truths.values()), truths
    for form in ("And", "Or", "Not", "Binary", "Filter", "definition", "Word in", "Word union"):
        assert used[form] > 100, form


def test_random_expressions_are_read_back() -> None:
    """What the generator writes as text is read as the same tree."""
    dice = random.Random(7)
    writer = Writer(dice)
    deep = 0
    for _ in range(250):
        node = writer.node(dice.choice(TYPES), dice.randint(1, 4))
        try:
            assert parse(syntax.show(node)) == node
        except ExpressionError as error:
            assert "deep" in error.reason or "at most" in error.reason  # noqa: PT017 - which of the two varies
            deep += 1
    assert deep < 25


def test_other_orders_give_the_same_values() -> None:
    """The order in which expressions are compiled and evaluated does not change any value."""
    dice = random.Random(11)
    writer = Writer(dice)
    named = {f"D{n}": writer.node(dice.choice(TYPES), 3) for n in range(30)}
    chest, policy = Packer(dice, 0.05).chest(), Packer(dice, 0.05).policy()
    values: list[dict[str, object]] = []
    for _ in range(4):
        names = dice.sample(list(named), len(named))
        one = compile_expressions({name: named[name] for name in names}, VOCABULARY, PARAMETERS)
        frame = frame_of(one, chest, policy)
        values.append({name: one.evaluate(name, frame) for name in dice.sample(names, len(names))})
    for other in values[1:]:
        assert all(same(other[name], values[0][name]) for name in named)
