"""Which parts of many expressions are the same, so that each is worked out once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from rules.engine import syntax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rules.engine.syntax import Node
    from rules.engine.words import Vocabulary

# Cheaper to work out again than to look up.
_TRIVIAL = (syntax.Literal, syntax.Unknown, syntax.Relative, syntax.Name)

_Key: TypeAlias = tuple[object, ...]


class Shared:
    """Expressions in which equal parts are one node, and the slots of parts used more than once.

    Definitions have a slot too, and so has a set of records that a word reads an answer off: its
    reason needs the set again. `written` are the expressions as written, `nodes` the same with
    definitions in place of their names, `parts` every node of the latter by id, `slots` the slots
    by id of such a node.
    """

    def __init__(
        self, named: Mapping[str, Node], order: Sequence[str], vocabulary: Vocabulary
    ) -> None:
        """Join *named*; *order* lists definitions before their users."""
        self.order = order
        self._vocabulary = vocabulary
        self._known: dict[_Key, Node] = {}
        self._expanded: dict[int, Node] = {}
        self._speaks: dict[int, bool] = {}
        self._of_records: dict[int, bool] = {}
        done: dict[str, Node] = {}
        written: dict[str, Node] = {}
        for name in order:
            written[name] = self._join(named[name])
            done[name] = self._expand(written[name], done)
        self.written: Mapping[str, Node] = {name: written[name] for name in named}
        self.nodes: Mapping[str, Node] = {name: done[name] for name in named}
        self.parts: dict[int, Node] = {}
        self.slots: dict[int, int] = {}
        self._count()

    def slot(self, node: Node) -> int | None:
        """Return the slot of a node as written, None where it has none."""
        expanded = self._expanded.get(id(node))
        return None if expanded is None else self.slots.get(id(expanded))

    def _join(self, node: Node) -> Node:
        return self._one(node, tuple(self._join(part) for part in syntax.children(node)))

    def _one(self, node: Node, parts: tuple[Node, ...]) -> Node:
        # Parts are joined already, so their ids say what they are: no hash of a whole tree, whose
        # size may be exponential in the number of definitions.
        key = (type(node), *_own(node), *map(id, parts))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = syntax.rebuild(node, parts)
        return known

    def _expand(self, node: Node, definitions: Mapping[str, Node]) -> Node:
        known = self._expanded.get(id(node))
        if known is None:
            if isinstance(node, syntax.Name):
                known = definitions.get(node.name, node)
            elif syntax.parameter(node) is not None:
                known = node
            else:
                parts = (self._expand(part, definitions) for part in syntax.children(node))
                known = self._one(node, tuple(parts))
            self._expanded[id(node)] = known
        return known

    def _count(self) -> None:
        uses: Counter[int] = Counter(id(node) for node in self.nodes.values())
        uses.update(id(node) for name, node in self.nodes.items() if name.isidentifier())

        def visit(node: Node) -> None:
            if id(node) in self.parts:
                return
            if isinstance(node, syntax.Word) and not self._gives_records(node):
                uses[id(node.subject)] += self._gives_records(node.subject)
            for part in () if syntax.parameter(node) is not None else syntax.children(node):
                visit(part)
                # What a filter's condition holds is worked out once, not once per item.
                within = self._speaks_of_item(node) and not self._speaks_of_item(part)
                uses[id(part)] += 2 if within else 1
            self.parts[id(node)] = node

        for node in self.nodes.values():
            visit(node)
        for key, node in self.parts.items():
            is_noun = isinstance(node, syntax.Name) and node.name in self._vocabulary.nouns
            is_shared = uses[key] > 1 and not isinstance(node, _TRIVIAL)
            if is_noun or (
                is_shared and syntax.parameter(node) is None and not self._speaks_of_item(node)
            ):
                self.slots[key] = len(self.slots)

    def _gives_records(self, node: Node) -> bool:
        known = self._of_records.get(id(node))
        if known is None:
            match node:
                case syntax.Name(name=name):
                    noun = self._vocabulary.nouns.get(name)
                    known = noun is not None and noun.kind.type == "records"
                case syntax.Word(subject=subject, name=name):
                    result = self._vocabulary.words[name].result
                    of_subject = result is None and self._gives_records(subject)
                    known = of_subject or (result is not None and result.type == "records")
                case syntax.Filter(subject=subject):
                    known = self._gives_records(subject)
                case syntax.Choice(then=then, otherwise=otherwise):
                    known = self._gives_records(then) or self._gives_records(otherwise)
                case _:
                    known = False
            self._of_records[id(node)] = known
        return known

    def _speaks_of_item(self, node: Node) -> bool:
        known = self._speaks.get(id(node))
        if known is None:
            if isinstance(node, syntax.Filter):
                known = self._speaks_of_item(node.subject)
            else:
                known = isinstance(node, syntax.Relative) or any(
                    self._speaks_of_item(part) for part in syntax.children(node)
                )
            self._speaks[id(node)] = known
        return known


def _own(node: Node) -> tuple[object, ...]:
    match node:
        case syntax.Literal(value=value):
            return (type(value), value)
        case syntax.Binary(op=op):
            return (op,)
        case (
            syntax.Name(name=name)
            | syntax.Relative(name=name)
            | syntax.Attribute(name=name)
            | syntax.Word(name=name)
        ):
            return (name,)
        case _:
            return ()
