"""The language read node by node: what every expression means, and how its answer came about.

`Interpreter.evaluate` is the reference of the compiled code, which has to give the same values.
`Interpreter.trace` gives the value of every part with its strength and evidence; unlike `evaluate`
it looks at every operand of `&&` and `||`, because evidence does not stop at the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rules.chart.records import Records
from rules.engine import logic, strength, syntax
from rules.engine.frame import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rules.engine.frame import Frame
    from rules.engine.syntax import Node
    from rules.engine.words import Vocabulary

_PLAIN: Mapping[str, Callable[[object, object], object]] = {
    "<": logic.less,
    "<=": logic.less_or_equal,
    ">": logic.greater,
    ">=": logic.greater_or_equal,
    "-": logic.minus,
    "*": logic.times,
    "/": logic.over,
}


def binary(op: str, left: object, right: object, frame: Frame) -> object:
    """Apply a comparison, `in` or arithmetic."""
    match op:
        case "==":
            return logic.equal(left, right, frame)
        case "!=":
            return logic.differ(left, right, frame)
        case "in":
            return logic.contains(left, right, frame)
        case "+":
            return logic.plus(left, right, frame)
        case _:
            return _PLAIN[op](left, right)


class Traced(NamedTuple):
    """One part of an expression with its answer.

    `strength` is None for what is unknown, constant or a policy parameter; `evidence` are the
    references of the deciding records, for an unknown those that leave it open; `gaps` the prefetch
    keys whose data would settle an unknown; `parts` the operands in the order they are written (of
    a definition its expression).
    """

    node: Node
    value: object
    strength: str | None = None
    evidence: tuple[str, ...] = ()
    parts: tuple[Traced, ...] = ()
    gaps: tuple[str, ...] = ()


class Interpreter:
    """Evaluates and traces nodes that name each other through *definitions*."""

    def __init__(
        self,
        definitions: Mapping[str, Node],
        vocabulary: Vocabulary,
        slot: Callable[[Node], int | None] = lambda _node: None,
    ) -> None:
        """Take what names mean; *slot* finds a node's value where compiled code left it."""
        self._definitions = definitions
        self._words = vocabulary.words
        self._slot = slot

    # ------------------------------------------------------------------------------ evaluate

    def evaluate(  # noqa: C901 - one case per node
        self, node: Node, frame: Frame, item: object = None
    ) -> Any:  # noqa: ANN401 - any value of the language
        """Return the value of a node; *item* is that of the filter around it."""
        frame.spend(1)
        match node:
            case syntax.Literal(value=value):
                return value
            case syntax.Unknown():
                return None
            case syntax.Name(name=name):
                return self._name(name, frame)
            case syntax.Relative(name=name):
                return getattr(item, name, None)
            case syntax.Attribute(subject=subject, name=name):
                key = syntax.parameter(node)
                if key is not None:
                    return frame.policy.get(key)
                return getattr(self.evaluate(subject, frame, item), name, None)
            case syntax.Word(subject=subject, name=name, args=args):
                value = self.evaluate(subject, frame, item)
                given = tuple(self.evaluate(arg, frame, item) for arg in args)
                return self._words[name].apply(value, given, frame)
            case syntax.Not(operand=operand):
                return logic.negate(self.evaluate(operand, frame, item))
            case syntax.And(operands=operands):
                return logic.every(self.evaluate(part, frame, item) for part in operands)
            case syntax.Or(operands=operands):
                return logic.some(self.evaluate(part, frame, item) for part in operands)
            case syntax.Binary(op=op, left=left, right=right):
                first = self.evaluate(left, frame, item)
                return binary(op, first, self.evaluate(right, frame, item), frame)
            case syntax.Choice(condition=condition, then=then, otherwise=otherwise):
                chosen = then if self.evaluate(condition, frame, item) is True else otherwise
                return self.evaluate(chosen, frame, item)
            case syntax.ListOf(items=items):
                return tuple(self.evaluate(one, frame, item) for one in items)
            case syntax.Filter(subject=subject, predicate=predicate):
                return logic.keep(
                    self.evaluate(subject, frame, item),
                    lambda one: self.evaluate(predicate, frame, one),
                    frame,
                )

    def _name(self, name: str, frame: Frame) -> object:
        definition = self._definitions.get(name)
        if definition is None:
            return frame.noun(name)
        key = ("definition", name)
        value = frame.memo.get(key, MISSING)
        if value is MISSING:
            value = frame.memo[key] = self.evaluate(definition, frame)
        return value

    # --------------------------------------------------------------------------------- trace

    def trace(self, node: Node, frame: Frame) -> Traced:
        """Return the value of a node and of every part of it, with strength and evidence."""
        traced = frame.traces.get(id(node))
        if traced is None:
            frame.spend(1)
            traced = frame.traces[id(node)] = self._trace(node, frame)
        return traced

    def _trace(self, node: Node, frame: Frame) -> Traced:  # noqa: C901 - one case per node
        match node:
            case syntax.Literal(value=constant):
                return Traced(node, constant)
            case syntax.Name(name=name) if name in self._definitions:
                inner = self.trace(self._definitions[name], frame)
                return _like(node, inner.value, inner, (inner,))
            case syntax.Name(name=name):
                return self._noun(node, frame.noun(name), name, frame)
            case syntax.Attribute(subject=subject, name=name) if not syntax.parameter(node):
                of = self.trace(subject, frame)
                return _like(node, getattr(of.value, name, None), of, (of,))
            case syntax.Word():
                return self._word(node, frame)
            case syntax.Filter(subject=subject):
                of = self.trace(subject, frame)
                return _set(node, self._value(node, frame), of, (of,))
            case syntax.Not(operand=operand):
                part = self.trace(operand, frame)
                return _like(node, logic.negate(part.value), part, (part,))
            case syntax.And(operands=operands):
                return _and(node, self._parts(operands, frame))
            case syntax.Or(operands=operands):
                return _or(node, self._parts(operands, frame))
            case syntax.Binary(op=op, left=left, right=right):
                parts = self._parts((left, right), frame)
                value = binary(op, parts[0].value, parts[1].value, frame)
                return _joined(node, value, parts)
            case syntax.Choice():
                return self._choice(node, frame)
            case syntax.ListOf(items=items):
                parts = self._parts(items, frame)
                return _joined(node, tuple(part.value for part in parts), parts)
            case _:
                return Traced(node, self.evaluate(node, frame))

    def _parts(self, nodes: Iterable[Node], frame: Frame) -> tuple[Traced, ...]:
        return tuple(self.trace(node, frame) for node in nodes)

    def _value(self, node: Node, frame: Frame) -> object:
        slot = self._slot(node)
        value = MISSING if slot is None or slot >= len(frame.slots) else frame.slots[slot]
        return self.evaluate(node, frame) if value is MISSING else value

    def _noun(self, node: Node, value: object, name: str, frame: Frame) -> Traced:
        if isinstance(value, Records):
            return _set(node, value, None, ())
        evidence = getattr(value, "evidence", None)
        if evidence is None:
            firm = None if value is None else frame.nouns[name].strength
            return Traced(node, value, firm)
        firm = (
            getattr(value, "strength", None)
            or frame.nouns[name].strength
            or strength.strongest(strength.of_record(record) for record in evidence)
        )
        return Traced(node, value, firm or strength.ABSENT, strength.refs(evidence))

    def _word(self, node: syntax.Word, frame: Frame) -> Traced:
        parts = self._parts((node.subject, *node.args), frame)
        slot = self._slot(node)
        value = MISSING if slot is None or slot >= len(frame.slots) else frame.slots[slot]
        if value is MISSING:
            given = tuple(part.value for part in parts[1:])
            value = self._words[node.name].apply(parts[0].value, given, frame)
        if isinstance(value, Records):
            return _set(node, value, parts[0], parts)
        records = parts[0].value
        if isinstance(records, Records):  # a word that reads an answer off a set of records
            firm, evidence = strength.of_records(records, value)
            gaps = records.gaps if value is None else ()
            return Traced(node, value, firm, evidence, parts, gaps)
        joined = _joined(node, value, parts)
        if value is not None and joined.strength is None and any(_open(part) for part in parts):
            # Known although nothing it rests on is: `|is_unknown`, `|or_else(...)`.
            return Traced(node, value, strength.PRESUMED, joined.evidence, parts)
        return joined

    def _choice(self, node: syntax.Choice, frame: Frame) -> Traced:
        condition = self.trace(node.condition, frame)
        chosen = self.trace(node.then if condition.value is True else node.otherwise, frame)
        evidence = _evidence((chosen, condition))
        if chosen.value is None:
            unclear = [part for part in (condition, chosen) if part.value is None]
            return Traced(node, None, None, evidence, (condition, chosen), _gaps(unclear))
        # A constant says nothing of its own: the condition decided.
        firm = chosen.strength or condition.strength
        if firm is None and condition.value is None:
            firm = strength.PRESUMED
        return Traced(node, chosen.value, firm, evidence, (condition, chosen))


def _open(part: Traced) -> bool:
    return part.value is None and not isinstance(part.node, syntax.Unknown)


def _evidence(parts: Iterable[Traced]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref for part in parts for ref in part.evidence))


def _gaps(parts: Iterable[Traced]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gap for part in parts for gap in part.gaps))


def _like(node: Node, value: object, of: Traced, parts: tuple[Traced, ...]) -> Traced:
    """Return a trace that rests on one other."""
    firm = of.strength if value is not None else None
    return Traced(node, value, firm, of.evidence, parts, of.gaps if value is None else ())


def _set(node: Node, value: object, of: Traced | None, parts: tuple[Traced, ...]) -> Traced:
    """Return the trace of a set of records (or of a filtered list): evidence, no strength."""
    if isinstance(value, Records):
        return Traced(node, value, None, strength.refs(value.possible()), parts, value.gaps)
    return Traced(node, value) if of is None else _like(node, value, of, parts)


def _unclear(node: Node, parts: tuple[Traced, ...]) -> Traced:
    unknown = [part for part in parts if part.value is None]
    return Traced(node, None, None, _evidence(unknown), parts, _gaps(unknown))


def _joined(node: Node, value: object, parts: tuple[Traced, ...]) -> Traced:
    """Return the trace of what rests on all its parts: as weak as the weakest."""
    if value is not None:
        firm = strength.weakest(part.strength for part in parts)
        return Traced(node, value, firm, _evidence(parts), parts)
    if any(part.value is None for part in parts):
        return _unclear(node, parts)
    return Traced(node, None, None, _evidence(parts), parts)  # two ranges that overlap


def _and(node: Node, parts: tuple[Traced, ...]) -> Traced:
    value = logic.every(part.value for part in parts)
    if value is None:
        return _unclear(node, tuple(parts))
    deciding = parts if value else tuple(part for part in parts if part.value is False)
    choose = strength.weakest if value else strength.strongest
    firm = choose(part.strength for part in deciding)
    return Traced(node, value, firm, _evidence(deciding), parts)


def _or(node: Node, parts: tuple[Traced, ...]) -> Traced:
    value = logic.some(part.value for part in parts)
    if value is None:
        return _unclear(node, parts)
    deciding = tuple(part for part in parts if part.value is True) if value else parts
    firm = strength.strongest(part.strength for part in deciding)
    return Traced(node, value, firm, _evidence(deciding), parts)
