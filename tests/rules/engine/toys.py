"""A toy chest in place of a chart: records, words and nouns for tests of the language."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from rules.chart.records import Interval, Observation, Record, Records
from rules.chart.spans import DAY, Span
from rules.engine import logic, logical_words
from rules.engine.compile import Program, compile_expressions
from rules.engine.expression import parse
from rules.engine.words import Argument, Noun, Vocabulary, Word, noun, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.resources import Resource
    from rules.engine.frame import Frame

ATTRIBUTES = {
    "size": "number",
    "colour": "text",
    "round": "truth",
    "made": "date",
    "tags": "list",
    "box": "any",
}
PARAMETERS = {
    "size.least": "number",
    "size.inclusive": "truth",
    "colours.liked": "list",
    "colours.best": "text",
    "made.after": "date",
}


class Toy(Observation):
    """A toy: a record with something of every type."""

    __slots__ = ("box", "colour", "made", "round", "size", "tags")

    def __init__(self, ref: str, *groups: str, **facts: object) -> None:
        """Make a toy of value sets *groups*; facts that are not given are unknown."""
        super().__init__(
            key="toys", ref=ref, resource=cast("Resource", None), groups=frozenset(groups),
            coded=True, counts=True, text=ref, when=None,
        )  # fmt: skip
        self.size = facts.get("size")
        self.colour = facts.get("colour")
        self.round = facts.get("round")
        self.made = facts.get("made")
        self.tags = facts.get("tags")
        self.box = None
        self.value = facts.get("value")
        self.notes = cast("tuple[str, ...]", facts.get("notes", ()))


@dataclass
class Chest:
    """What the nouns read."""

    toys: object = Records()
    lent: object = Records()
    price: object = None
    title: object = None
    open: object = None
    today: object = None
    labels: object = None
    mood: object = None
    box: object = None


def day(number: int, days: int = 1) -> Span:
    """Return the span of some days."""
    return Span(number * DAY, (number + days) * DAY - 1)


def chest(frame: Frame) -> Chest:
    """Return the chest behind a frame."""
    return cast("Chest", frame.chart)


@noun("records", keys=("toys",), attributes=ATTRIBUTES, cql="[Toy]")
def toys(frame: Frame) -> object:
    """All toys."""
    return chest(frame).toys


@noun("records", keys=("loans",), attributes=ATTRIBUTES, cql="[Loan]")
def lent(frame: Frame) -> object:
    """Toys that were lent."""
    return chest(frame).lent


@noun("number", strength="asserted", cql="Price")
def price(frame: Frame) -> object:
    """Read the price of the chest."""
    return chest(frame).price


@noun("text", cql="Title")
def title(frame: Frame) -> object:
    """Read the name on the chest."""
    return chest(frame).title


@noun("truth", name="open", cql="Open")
def is_open(frame: Frame) -> object:
    """Whether the chest is open."""
    return chest(frame).open


@noun("date", cql="Today()")
def today(frame: Frame) -> object:
    """Read the day of the call."""
    return chest(frame).today


@noun("list", cql="Labels")
def labels(frame: Frame) -> object:
    """Read the labels on the chest."""
    return chest(frame).labels


@noun("any", cql="Mood")
def mood(frame: Frame) -> object:
    """Anything at all."""
    return chest(frame).mood


@noun("any", keys=("boxes",), attributes={k: v for k, v in ATTRIBUTES.items() if k != "box"},
      cql="Box")  # fmt: skip
def box(frame: Frame) -> object:
    """Look at the box, a computed noun."""
    return chest(frame).box


@word(name="in", args=("toy-set", "..."), cql="X in VS")
def in_(records: Records, *names: str) -> Records:
    """Keep toys of these sets."""
    wanted = frozenset(names)
    return records.where(lambda record: bool(record.groups & wanted))


@word(args=("number",), cql="X where X.size > n")
def bigger(records: Records, limit: object) -> Records:
    """Keep toys bigger than a limit; others deny it."""
    return records.where(lambda record: logic.greater(_size(record), limit), denies=True)


@word(args=("records",), cql="X union Y")
def union(records: Records, others: Records) -> Records:
    """Join two sets."""
    return records.union(others)


@word(result="truth", cql="exists X")
def exists(records: Records) -> object:
    """Say whether there is any."""
    return records.exists()


@word(result="number", cql="Count(X)")
def count(records: Records) -> object:
    """Count them."""
    most = Decimal(len(records.possible())) if records.complete else None
    least = Decimal(len(records.sure))
    return least if least == most else Interval(least, most)


@word(result="list", cql="X.colour")
def colours(records: Records) -> object:
    """Name their colours."""
    return tuple(getattr(record, "colour", None) for record in records.sure)


@word(result="date", cql="First(X).made", keys=("dates",))
def first_made(frame: Frame, records: Records) -> object:
    """Give the day the first was made; today if there is none."""
    made = getattr(records.sure[0], "made", None) if records.sure else chest(frame).today
    return made if isinstance(made, Span) else None


@word(subject="number", args=("number?",), result="number", cql="X * n")
def times(value: object, factor: object = Decimal(2)) -> object:
    """Multiply."""
    return logic.times(value, factor)


@word(subject="text", args=(Argument("side", choices=("left", "right")), "text"), result="text",
      cql="Combine")  # fmt: skip
def padded(value: str, side: str, more: str) -> object:
    """Put more text on one side."""
    return more + value if side == "left" else value + more


@word(subject=("number", "text", "date"), args=("any", "..."), result="truth", cql="X in {...}")
def any_of(value: object, *others: object) -> object:
    """Say whether it equals one of several values."""
    return logic.some(logic.equal(value, other) for other in others)


@word(subject="date", args=("number",), result="truth", cql="X n days or less before Today()")
def within(frame: Frame, made: Span, days: object) -> object:
    """Say whether a day lies in the last days."""
    now = chest(frame).today
    if not isinstance(now, Span) or not isinstance(days, (int, Decimal)):
        return None
    return logic.greater_or_equal(made, Span(now.low - int(days) * DAY, now.high))


@word(subject="any", result="any", cql="X", unknown=True)
def itself(value: object) -> object:
    """Give back what it is given."""
    return value


def _size(record: Record) -> object:
    return getattr(record, "size", None)


SETS = frozenset({"balls", "dolls", "trains"})
_ENTRIES = [entry for entry in globals().values() if isinstance(entry, (Word, Noun))]
_LOGICAL = [entry for entry in vars(logical_words).values() if isinstance(entry, Word)]
VOCABULARY = Vocabulary([*_ENTRIES, *_LOGICAL], {"toy-set": SETS})


def program(**named: str) -> Program:
    """Compile expressions that are written as texts."""
    nodes = {name: parse(text) for name, text in named.items()}
    return compile_expressions(nodes, VOCABULARY, PARAMETERS)


def frame_of(
    one: Program, of: Chest | None = None, policy: Mapping[str, object] | None = None,
    limit: int = 100_000,
) -> Frame:  # fmt: skip
    """Begin a call on a chest."""
    return one.frame(cast("Chart", of or Chest()), policy or {}, limit=limit)


def value(text: str, of: Chest | None = None, policy: Mapping[str, object] | None = None) -> object:
    """Evaluate one expression, compiled and read, and insist that both give the same."""
    one = program(it=text)
    frame = frame_of(one, of, policy)
    result: object = one.evaluate("it", frame)
    reference: object = one.interpreter.evaluate(one.nodes["it"], frame_of(one, of, policy))
    assert same(result, reference), text
    assert same(one.trace("it", frame).value, result), text
    return result


def same(left: object, right: object) -> bool:
    """Compare values with their types, `1` and `true` apart; an int is its Decimal."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if type(left) is not type(right):
        numbers = (int, Decimal)
        both = isinstance(left, numbers) and isinstance(right, numbers)
        return both and not isinstance(left, bool) and not isinstance(right, bool) and left == right
    return left == right


def thing(**attributes: object) -> SimpleNamespace:
    """Make a computed noun."""
    return SimpleNamespace(**{name: None for name in ATTRIBUTES if name != "box"} | attributes)
