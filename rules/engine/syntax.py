"""The syntax tree of the rule language: frozen nodes that know nothing of how they were parsed.

Two nodes are equal where they mean the same; `place` (the column in the source text, from 0) is
for messages only and takes no part in comparison. A number literal keeps its Python type: `1` is
an int, `1.5` a Decimal; there are no floats.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARISONS = ("==", "!=", "<=", ">=", "<", ">", "in")
ARITHMETIC = ("+", "-", "*", "/")
OPERATORS = ("+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "!", "?:")


def _place() -> int | None:
    return field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A constant. `true`, `1` and `1.0` differ, although Python finds them equal."""

    value: str | Decimal | int | bool
    place: int | None = _place()

    def __eq__(self, other: object) -> bool:
        """Compare type and value."""
        return (
            isinstance(other, Literal)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        """Hash type and value."""
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Unknown:
    """The reserved name `unknown`: CQL's null."""

    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name: a noun of the vocabulary or a definition (`conditions`, `C1`)."""

    name: str
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Relative:
    """A leading dot, `.a`: an attribute of the item that a filter looks at."""

    name: str
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Attribute:
    """A dotted name, `subject.name` (`trial.status`, `policy.trial.relief_min`)."""

    subject: Node
    name: str
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Word:
    """A word applied to its subject, `subject|name(args)`."""

    subject: Node
    name: str
    args: tuple[Node, ...] = ()
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Not:
    """`!operand`."""

    operand: Node
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class And:
    """`a && b && c`: a whole chain is one node, so that its depth does not grow with its length."""

    operands: tuple[Node, ...]
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Or:
    """`a || b || c`, one node like `And`; binds weaker than `&&`."""

    operands: tuple[Node, ...]
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison, `in` or arithmetic of two operands; *op* as written."""

    op: str
    left: Node
    right: Node
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? then : otherwise`; an unknown condition chooses *otherwise* (as CQL's `if`)."""

    condition: Node
    then: Node
    otherwise: Node
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b, c]`."""

    items: tuple[Node, ...]
    place: int | None = _place()


@dataclass(frozen=True, slots=True)
class Filter:
    """`subject[predicate]`: the items that pass; the predicate speaks of them as `.a`."""

    subject: Node
    predicate: Node
    place: int | None = _place()


Node: TypeAlias = (
    Literal
    | Unknown
    | Name
    | Relative
    | Attribute
    | Word
    | Not
    | And
    | Or
    | Binary
    | Choice
    | ListOf
    | Filter
)


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node, in the order they are written."""
    match node:
        case Attribute(subject=subject):
            return (subject,)
        case Word(subject=subject, args=args):
            return (subject, *args)
        case Not(operand=operand):
            return (operand,)
        case And(operands=operands) | Or(operands=operands):
            return operands
        case Binary(left=left, right=right):
            return (left, right)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case ListOf(items=items):
            return items
        case Filter(subject=subject, predicate=predicate):
            return (subject, predicate)
        case _:
            return ()


def rebuild(node: Node, parts: tuple[Node, ...]) -> Node:
    """Return the same node made of other parts (as many as `children` gives)."""
    match node:
        case Attribute():
            return replace(node, subject=parts[0])
        case Word():
            return replace(node, subject=parts[0], args=parts[1:])
        case Not():
            return replace(node, operand=parts[0])
        case And() | Or():
            return replace(node, operands=parts)
        case Binary():
            return replace(node, left=parts[0], right=parts[1])
        case Choice():
            return replace(node, condition=parts[0], then=parts[1], otherwise=parts[2])
        case ListOf():
            return replace(node, items=parts)
        case Filter():
            return replace(node, subject=parts[0], predicate=parts[1])
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it, parents first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def dotted(node: Node) -> tuple[str, ...] | None:
    """Return the names of a dotted chain that starts with a bare name, else None."""
    names: list[str] = []
    while isinstance(node, Attribute):
        names.append(node.name)
        node = node.subject
    if not isinstance(node, Name):
        return None
    return (node.name, *reversed(names))


def parameter(node: Node) -> str | None:
    """Return the key of a policy parameter (`policy.trial.relief_min` gives `trial.relief_min`)."""
    names = dotted(node)
    if names is None or len(names) < 2 or names[0] != "policy":
        return None
    return ".".join(names[1:])


def depends_on_item(node: Node) -> bool:
    """Say whether a node speaks of the item of the filter around it."""
    if isinstance(node, Relative):
        return True
    if isinstance(node, Filter):  # its predicate speaks of its own items
        return depends_on_item(node.subject)
    return any(depends_on_item(child) for child in children(node))


def show(node: Node) -> str:  # noqa: C901 - one case per node
    """Write a node as text that parses back to it."""
    match node:
        case Literal(value=bool(value)):
            return "true" if value else "false"
        case Literal(value=str(value)):
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case Literal(value=value):
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case Unknown():
            return "unknown"
        case Name(name=name):
            return name
        case Relative(name=name):
            return f".{name}"
        case Attribute(subject=subject, name=name):
            return f"{_tight(subject)}.{name}"
        case Word(subject=subject, name=name, args=args):
            return f"{_tight(subject)}|{name}" + (f"({_list(args)})" if args else "")
        case Not(operand=operand):
            return f"!{_tight(operand)}"
        case And(operands=operands):
            return " && ".join(_operand(part) for part in operands)
        case Or(operands=operands):
            return " || ".join(_operand(part) for part in operands)
        case Binary(op=op, left=left, right=right):
            return f"{_operand(left)} {op} {_operand(right)}"
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return f"{_operand(condition)} ? {_operand(then)} : {_operand(otherwise)}"
        case ListOf(items=items):
            return f"[{_list(items)}]"
        case Filter(subject=subject, predicate=predicate):
            return f"{_tight(subject)}[{show(predicate)}]"


def _list(nodes: tuple[Node, ...]) -> str:
    return ", ".join(show(node) for node in nodes)


def _operand(node: Node) -> str:
    return f"({show(node)})" if isinstance(node, (And, Or, Binary, Choice)) else show(node)


def _tight(node: Node) -> str:
    return f"({show(node)})" if isinstance(node, (And, Or, Binary, Choice, Not)) else show(node)
