"""Why an expression has its value: strength, evidence and gaps, without the tree of its parts.

`Interpreter.trace` is the reference, with every part; the two agree on what both give. Here every
node becomes one closure at load. It reads what compiled code left in the slots of the frame, goes
only into the parts that decided, and never into a chain of records: of such only the last set
counts. A node that stands in several places is asked once per frame.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from rules.chart.records import Records
from rules.engine import logic, strength, syntax
from rules.engine.budget import RECORDS_PER_STEP_BITS
from rules.engine.emit import OPERATORS
from rules.engine.frame import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rules.engine.frame import Frame
    from rules.engine.interpret import Interpreter
    from rules.engine.sharing import Shared
    from rules.engine.syntax import Node
    from rules.engine.words import Vocabulary, Word

_Texts: TypeAlias = tuple[str, ...]
# A reason as closures pass it on: a plain tuple is made in a tenth of the time.
_Found: TypeAlias = tuple[Any, str | None, _Texts, _Texts]


class Reason(NamedTuple):
    """A value with what it rests on; each as `interpret.Traced` says."""

    value: object
    strength: str | None
    evidence: tuple[str, ...]
    gaps: tuple[str, ...]


class _Part(NamedTuple):
    """How a node is asked: *ask* for its reason, *peek* for its value alone where that is cheap."""

    ask: Callable[[Frame], _Found]
    peek: Callable[[Frame], Any] | None = None
    silent: bool = False  # has neither strength nor evidence nor gaps
    unknown: bool = False  # the literal `unknown`


class Reasons:
    """The closures of all expressions of a program; *size* is that of a frame's `reasons`."""

    def __init__(
        self,
        shared: Shared,
        fills: Mapping[int, Callable[[Frame], Any]],
        vocabulary: Vocabulary,
        interpreter: Interpreter,
    ) -> None:
        """Build them; *fills* work out the value of each slot."""
        self._written: Mapping[str, Node] = shared.written
        self._slot, self._fills = shared.slot, fills
        self._words, self._nouns = vocabulary.words, vocabulary.nouns
        self._read = interpreter.evaluate
        self._parts: dict[int, _Part] = {}
        self._uses = _uses(shared.written)
        self.size = 0
        self._cost = 0
        self._roots = {name: self._root(shared.written[name]) for name in shared.order}

    def ask(self, name: str, frame: Frame) -> Reason:
        """Return the reason of an expression; KeyError for a name that is none."""
        ask, cost = self._roots[name]
        frame.spend(cost)
        return Reason(*ask(frame))

    # ------------------------------------------------------------------------------- building

    def _root(self, node: Node) -> tuple[Callable[[Frame], _Found], int]:
        self._cost = 0
        return self._part(node).ask, self._cost

    def _part(self, node: Node) -> _Part:
        part = self._parts.get(id(node))
        if part is None:
            outer, self._cost = self._cost, 1
            part = self._build(node)
            named = isinstance(node, syntax.Name) and node.name in self._written
            if self._uses[id(node)] > 1 and not part.silent and not named:
                part = part._replace(ask=_once(part.ask, self.size, self._cost))
                self.size += 1
                self._cost = 0
            self._cost += outer
            self._parts[id(node)] = part
        return part

    def _build(self, node: Node) -> _Part:  # noqa: C901, PLR0911 - one case per node
        match node:
            case syntax.Literal(value=constant):
                return _silent(lambda _frame: constant)
            case syntax.Unknown():
                return _silent(lambda _frame: None)._replace(unknown=True)
            case syntax.Name(name=name) if name in self._written:
                return self._definition(self._part(self._written[name]))
            case syntax.Name(name=name):
                peek = self._peek(node) or (lambda frame: frame.noun(name))
                return _Part(_noun(peek, self._nouns[name].strength), peek)
            case syntax.Attribute() if (key := syntax.parameter(node)) is not None:
                return _silent(lambda frame: frame.policy.get(key))
            case syntax.Attribute(subject=subject, name=name):
                of = self._part(subject)
                return _Part(_attribute(of.ask, name), _member(of.peek, name))
            case syntax.Word():
                return self._word(node)
            case syntax.Filter(subject=subject):
                peek = self._peek(node) or (lambda frame: self._read(node, frame))
                return _Part(_filter(peek, self._part(subject).ask), peek)
            case syntax.Not(operand=operand):
                return _Part(_not(self._part(operand).ask), self._peek(node))
            case syntax.And(operands=operands):
                return _Part(_chain(self._all(operands), stop=False), self._peek(node))
            case syntax.Or(operands=operands):
                return _Part(_chain(self._all(operands), stop=True), self._peek(node))
            case syntax.Binary():
                return _Part(self._binary(node), self._peek(node))
            case syntax.Choice(condition=condition, then=then, otherwise=otherwise):
                parts = self._all((condition, then, otherwise))
                return _Part(_choice(*(part.ask for part in parts)), self._peek(node))
            case syntax.ListOf(items=items):
                return _Part(_list([part.ask for part in self._all(items)]), self._peek(node))
            case _:
                return _silent(lambda frame: self._read(node, frame))

    def _all(self, nodes: Iterable[Node]) -> list[_Part]:
        return [self._part(node) for node in nodes]

    def _peek(self, node: Node) -> Callable[[Frame], Any] | None:
        slot = self._slot(node)
        if slot is None:
            return None
        fill = self._fills[slot]

        def peek(frame: Frame) -> Any:  # noqa: ANN401 - any value of the language
            value = frame.slots[slot]
            return fill(frame) if value is MISSING else value

        return peek

    def _definition(self, body: _Part) -> _Part:
        if body.silent:
            return body._replace(unknown=False)
        return body._replace(ask=_named(body.ask))

    def _binary(self, node: syntax.Binary) -> Callable[[Frame], _Found]:
        function, takes_budget = OPERATORS[node.op]
        left, right = self._part(node.left), self._part(node.right)

        def ask(frame: Frame) -> _Found:
            first, a = _take(left, frame)
            second, b = _take(right, frame)
            value = function(a, b, frame) if takes_budget else function(a, b)
            deciding = []
            if value is None and (a is None or b is None):
                if a is None and not left.silent:
                    deciding.append(first or left.ask(frame))
                if b is None and not right.silent:
                    deciding.append(second or right.ask(frame))
                return (None, None, _evidence(deciding), _gaps(deciding))
            if not left.silent:
                deciding.append(first or left.ask(frame))
            if not right.silent:
                deciding.append(second or right.ask(frame))
            return _joined(value, deciding)

        return ask

    def _word(self, node: syntax.Word) -> _Part:
        word = self._words[node.name]
        subject, *args = self._all((node.subject, *node.args))
        known = self._peek(node)
        apply = _apply(word, len(args))
        def rests_on(frame: Frame, found: list[_Found | None], value: object) -> _Found:
            parts = (subject, *args)
            asked = [one or part.ask(frame) for one, part in zip(found, parts, strict=True)]
            if value is None:
                open_ones = [one for one in asked if one[0] is None]
                if open_ones:
                    return (None, None, _evidence(open_ones), _gaps(open_ones))
                return (None, None, _evidence(asked), ())
            firm = strength.weakest([one[1] for one in asked])
            if firm is None and any(
                one[0] is None and not part.unknown
                for one, part in zip(asked, parts, strict=True)
            ):
                firm = strength.PRESUMED
            return (value, firm, _evidence(asked), ())

        def ask(frame: Frame) -> _Found:
            value = MISSING if known is None else known(frame)
            if isinstance(value, Records):
                return _of_set(value)
            first, of = _take(subject, frame)
            if value is not MISSING and isinstance(of, Records):
                return _read_off(of, value)
            found = [first]
            given = [of]
            for part in args:
                one, argument = _take(part, frame)
                found.append(one)
                given.append(argument)
            if value is MISSING:
                value = apply(given, frame)
                if isinstance(value, Records):
                    return _of_set(value)
                if isinstance(of, Records):
                    return _read_off(of, value)
            return rests_on(frame, found, value)

        return _Part(ask, known)


def _uses(written: Mapping[str, Node]) -> Counter[int]:
    """Count where each node stands: in other nodes, under a name, and wherever that name does."""
    uses: Counter[int] = Counter()
    seen: set[int] = set()

    def visit(node: Node) -> None:
        uses[id(node)] += 1
        if isinstance(node, syntax.Name) and node.name in written:
            uses[id(written[node.name])] += 1
        if id(node) not in seen:
            seen.add(id(node))
            for part in syntax.children(node):
                visit(part)

    for node in written.values():
        visit(node)
    return uses


# ----------------------------------------------------------------------------------- closures


def _once(ask: Callable[[Frame], _Found], place: int, cost: int) -> Callable[[Frame], _Found]:
    def once(frame: Frame) -> _Found:
        found: _Found | None = frame.reasons[place]
        if found is None:
            frame.left -= cost
            if frame.left < 0:
                frame.exceed()
            found = frame.reasons[place] = ask(frame)
        return found

    return once


def _silent(peek: Callable[[Frame], Any]) -> _Part:
    return _Part(lambda frame: (peek(frame), None, (), ()), peek, silent=True)


def _take(part: _Part, frame: Frame) -> tuple[_Found | None, Any]:
    """Return a part's value, and its reason where the value was not to be had without."""
    if part.peek is not None:
        return None, part.peek(frame)
    found = part.ask(frame)
    return found, found[0]


def _noun(peek: Callable[[Frame], Any], own: str | None) -> Callable[[Frame], _Found]:
    def ask(frame: Frame) -> _Found:
        value = peek(frame)
        if isinstance(value, Records):
            return _of_set(value)
        records = getattr(value, "evidence", None)
        if records is None:
            return (value, None if value is None else own, (), ())
        firm = getattr(value, "strength", None) or strength.strongest(
            map(strength.of_record, records)
        )
        return (value, firm or strength.ABSENT, strength.refs(records), ())

    return ask


def _attribute(ask: Callable[[Frame], _Found], name: str) -> Callable[[Frame], _Found]:
    return lambda frame: _like(getattr((of := ask(frame))[0], name, None), of)


def _member(
    peek: Callable[[Frame], Any] | None, name: str
) -> Callable[[Frame], Any] | None:
    return None if peek is None else lambda frame: getattr(peek(frame), name, None)


def _named(ask: Callable[[Frame], _Found]) -> Callable[[Frame], _Found]:
    def named(frame: Frame) -> _Found:
        found = ask(frame)
        value, firm, evidence, gaps = found
        return (value, firm, evidence, ()) if gaps and value is not None else found

    return named


def _filter(
    peek: Callable[[Frame], Any], ask: Callable[[Frame], _Found]
) -> Callable[[Frame], _Found]:
    def of_filter(frame: Frame) -> _Found:
        value = peek(frame)
        return _of_set(value) if isinstance(value, Records) else _like(value, ask(frame))

    return of_filter


def _not(ask: Callable[[Frame], _Found]) -> Callable[[Frame], _Found]:
    def negated(frame: Frame) -> _Found:
        found = ask(frame)
        return _like(logic.negate(found[0]), found)

    return negated


def _chain(parts: Sequence[_Part], *, stop: bool) -> Callable[[Frame], _Found]:
    """`&&` (*stop* False) or `||` (*stop* True): what decides is each *stop*, or all of them."""
    firmest = strength.strongest
    firm_of_all = strength.strongest if stop else strength.weakest

    def chain(frame: Frame) -> _Found:
        taken = [_take(part, frame) for part in parts]
        values = [value for _, value in taken]
        whole: Any
        if any(value is stop for value in values):
            whole = decides = stop
        elif all(value is (not stop) for value in values):
            whole = decides = not stop
        else:
            whole = decides = None
        found = [
            one or part.ask(frame)
            for (one, value), part in zip(taken, parts, strict=True)
            if value is decides and not part.silent
        ]
        evidence = _evidence(found)
        if whole is None:
            return (None, None, evidence, _gaps(found))
        firm = firmest if whole is stop else firm_of_all
        return (whole, firm(one[1] for one in found), evidence, ())

    return chain


def _choice(
    condition: Callable[[Frame], _Found],
    then: Callable[[Frame], _Found],
    otherwise: Callable[[Frame], _Found],
) -> Callable[[Frame], _Found]:
    def choice(frame: Frame) -> _Found:
        asked = condition(frame)
        chosen = then(frame) if asked[0] is True else otherwise(frame)
        evidence = _evidence((chosen, asked))
        value, firm = chosen[0], chosen[1]
        if value is None:
            gaps = _gaps((asked, chosen)) if asked[0] is None else chosen[3]
            return (None, None, evidence, gaps)
        if firm is None:
            firm = asked[1]
            if firm is None and asked[0] is None:
                firm = strength.PRESUMED
        return (value, firm, evidence, ())

    return choice


def _list(items: Sequence[Callable[[Frame], _Found]]) -> Callable[[Frame], _Found]:
    def of_list(frame: Frame) -> _Found:
        found = [ask(frame) for ask in items]
        return _joined(tuple(one[0] for one in found), found)

    return of_list


def _apply(word: Word, count: int) -> Callable[[Sequence[Any], Frame], Any]:
    """Return `Word.apply` for *count* arguments."""
    guards = word.guards(count)

    def apply(values: Sequence[Any], frame: Frame) -> Any:  # noqa: ANN401 - any value
        for value, admitted in zip(values, guards, strict=True):
            if admitted is None:
                if value is None and not word.unknown:
                    return None
            elif type(value) not in admitted:
                return None
        if isinstance(values[0], Records):
            frame.spend(len(values[0].sure) >> RECORDS_PER_STEP_BITS)
        return word.function(frame, *values) if word.takes_frame else word.function(*values)

    return apply


# ------------------------------------------------------------------------------------ reasons


def _like(value: object, of: _Found) -> _Found:
    """Return the reason of what rests on one other."""
    return (None, None, of[2], of[3]) if value is None else (value, of[1], of[2], ())


def _of_set(records: Records) -> _Found:
    return (records, None, strength.refs(records.possible()), records.gaps)


def _read_off(records: Records, value: object) -> _Found:
    firm, evidence = strength.of_records(records, value)
    return (value, firm, evidence, records.gaps if value is None else ())


def _joined(value: object, parts: Sequence[_Found]) -> _Found:
    """Return the reason of a known value that rests on all its parts: as weak as the weakest."""
    firm = None if value is None else strength.weakest(part[1] for part in parts)
    return (value, firm, _evidence(parts), ())


def _evidence(parts: Iterable[_Found]) -> _Texts:
    return _merged([part[2] for part in parts if part[2]])


def _gaps(parts: Iterable[_Found]) -> _Texts:
    return _merged([part[3] for part in parts if part[3]])


def _merged(several: Sequence[_Texts]) -> _Texts:
    """Join texts, each once; one alone has each once already."""
    if len(several) < 2:  # noqa: PLR2004 - nothing to join
        return several[0] if several else ()
    return tuple(dict.fromkeys(text for texts in several for text in texts))
