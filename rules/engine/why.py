"""Why an expression has its value: strength, evidence and gaps, without the tree of its parts.

`Interpreter.trace` is the reference, with every part; the two agree on what both give. Here every
node becomes one closure at load. It reads what compiled code left in the slots of the frame, goes
only into the parts that decided, and never into a chain of records: of such only the last set
counts. A node that stands in several places is asked once per frame.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.engine import asking, syntax
from rules.engine.asking import Part
from rules.engine.frame import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rules.engine.asking import Found
    from rules.engine.frame import Frame
    from rules.engine.interpret import Interpreter
    from rules.engine.sharing import Shared
    from rules.engine.syntax import Node
    from rules.engine.words import Vocabulary


class Reason(NamedTuple):
    """A value with what it rests on; each as `interpret.Traced` says."""

    value: object
    strength: str | None
    evidence: tuple[str, ...]
    gaps: tuple[str, ...]


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
        self._parts: dict[int, Part] = {}
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

    def _root(self, node: Node) -> tuple[Callable[[Frame], Found], int]:
        self._cost = 0
        return self._part(node).ask, self._cost

    def _part(self, node: Node) -> Part:
        part = self._parts.get(id(node))
        if part is None:
            outer, self._cost = self._cost, 1
            part = self._build(node)
            named = isinstance(node, syntax.Name) and node.name in self._written
            if self._uses[id(node)] > 1 and not part.silent and not named:
                part = part._replace(ask=asking.once(part.ask, self.size, self._cost))
                self.size += 1
                self._cost = 0
            self._cost += outer
            self._parts[id(node)] = part
        return part

    def _build(self, node: Node) -> Part:
        match node:
            case syntax.Literal(value=constant):
                return asking.silent(lambda _frame: constant)
            case syntax.Unknown():
                return asking.silent(lambda _frame: None)._replace(unknown=True)
            case syntax.Name():
                return self._name(node)
            case syntax.Attribute():
                return self._attribute(node)
            case syntax.Word():
                return self._word(node)
            case syntax.Filter(subject=subject):
                peek = self._peek(node) or (lambda frame: self._read(node, frame))
                return Part(asking.filtered(peek, self._part(subject).ask), peek)
            case syntax.Relative():  # only in a filter's condition, which is never asked
                return asking.silent(lambda frame: self._read(node, frame))
            case _:
                return Part(self._compound(node), self._peek(node), settled=True)

    def _compound(self, node: Node) -> Callable[[Frame], Found]:
        parts = self._all(syntax.children(node))
        asks = [part.ask for part in parts]
        match node:
            case syntax.Not():
                return asking.negation(*asks)
            case syntax.Binary(op=op):
                return asking.binary(op, *parts)
            case syntax.Choice():
                return asking.choice(*asks)
            case syntax.ListOf():
                return asking.list_of(asks)
            case _:
                return asking.chain(parts, stop=isinstance(node, syntax.Or))

    def _name(self, node: syntax.Name) -> Part:
        name = node.name
        if name not in self._written:
            peek = self._peek(node) or (lambda frame: frame.noun(name))
            return Part(asking.noun(peek, self._nouns[name].strength), peek)
        body = self._part(self._written[name])
        if body.silent:
            return body._replace(unknown=False)
        return body if body.settled else body._replace(ask=asking.named(body.ask), settled=True)

    def _attribute(self, node: syntax.Attribute) -> Part:
        key, name = syntax.parameter(node), node.name
        if key is not None:
            return asking.silent(lambda frame: frame.policy.get(key))
        of = self._part(node.subject)
        return Part(asking.attribute(of.ask, name), asking.member(of.peek, name), settled=True)

    def _all(self, nodes: Iterable[Node]) -> list[Part]:
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

    def _word(self, node: syntax.Word) -> Part:
        word = self._words[node.name]
        parts = self._all((node.subject, *node.args))
        known = self._peek(node)
        result = word.result
        settled = result is not None and result.type not in {"records", "any"}
        return Part(asking.word(word, parts, known), known, settled=settled)


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
