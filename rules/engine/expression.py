"""Text to syntax tree: the only module that knows pyjexl.

The grammar is pyjexl's, with its operators reduced to those of the language and its words bounded
(`trueish` is a name, `inner` does not begin with `in`). Its parser is kept where it only passes
through; every other method is replaced, because pyjexl 0.3.0 gives `&&` and `||` one precedence,
visits operands twice per level (exponential), hides relative references inside lists, evaluates
string literals as Python and knows no column. `parse` is linear in the length of the text and
raises nothing but ExpressionError.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from parsimonious.exceptions import ParseError, VisitationError  # type: ignore[import-untyped]
from parsimonious.expressions import Regex  # type: ignore[import-untyped]
from pyjexl.jexl import JEXLConfig
from pyjexl.operators import default_binary_operators, default_unary_operators
from pyjexl.parser import Parser, jexl_grammar

from rules.engine import syntax
from rules.engine.errors import ExpressionError
from rules.engine.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from parsimonious import Grammar  # type: ignore[import-untyped]
    from parsimonious.nodes import Node as ParseNode  # type: ignore[import-untyped]

MAX_DEPTH = 60
MAX_NODES = 1000

# Signs that bind equally, the tightest first.
_LEVELS = (("*", "/"), ("+", "-"), syntax.COMPARISONS, ("&&",), ("||",))
_RESERVED = {
    "in": "`in` stands between a value and a list",
    "null": "there is no `null`; write `unknown`",
    "undefined": "there is no `undefined`; write `unknown`",
    "and": "write `&&`",
    "or": "write `||`",
    "not": "write `!`",
}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_END_OF_NAME = r"(?![A-Za-z0-9_$])"

_Sign: TypeAlias = tuple[str, int]
_Modifier: TypeAlias = "Callable[[syntax.Node], syntax.Node]"


def parse(text: str) -> syntax.Node:
    """Read one expression.

    Raises ExpressionError, with the column and what to write instead, for anything that is no
    expression of the language, and for text that is too long, too large or nested too deeply.
    """
    source = Source(text)
    try:
        node: syntax.Node = _Reader(source).visit(_match(source))
    except VisitationError as error:
        raise ExpressionError(text, None, "this expression cannot be read") from error
    except RecursionError:
        raise ExpressionError(text, None, "nested too deeply to be read here") from None
    _inspect(node, source)
    return node


@cache
def _config() -> JEXLConfig:
    binary = {
        sign: operator
        for sign, operator in default_binary_operators.items()
        if sign in syntax.OPERATORS
    }
    return JEXLConfig({}, dict(default_unary_operators), binary)


@cache
def _grammar() -> Grammar:
    grammar = jexl_grammar(_config())
    for rule, words in (("boolean", ("true", "false")), ("binary_operator", ("in",))):
        choice = grammar[rule]
        choice.members = tuple(
            Regex(member.literal + _END_OF_NAME) if member.literal in words else member
            for member in choice.members
        )
    return grammar


def _match(source: Source) -> ParseNode:
    """Match the whole text; a grammar's own `parse` forgets how far it came."""
    text = source.joined
    farthest = ParseError(text)
    node = _grammar().default_rule.match_core(text, 0, defaultdict(dict), farthest)
    if node is None or node.end < len(text):
        _refuse_rest(source, max(farthest.pos, 0 if node is None else node.end))
    return node


def _refuse_rest(source: Source, position: int) -> NoReturn:
    rest = source.joined[position:].strip()
    position = len(source.joined) - len(source.joined[position:].lstrip())
    word = re.match("[a-z]*", rest)
    if word and word.group() in _RESERVED:
        source.refuse(_RESERVED[word.group()], source.place(position))
    if not rest:
        source.refuse("the expression ends too early", len(source.text))
    shown = rest if len(rest) <= 20 else f"{rest[:20]}..."
    source.refuse(f"cannot read on from `{shown}`", source.place(position))


class _Reader(Parser):  # type: ignore[misc]  # pyjexl has no types
    """pyjexl's parser, giving our nodes."""

    unwrapped_exceptions = (ExpressionError, RecursionError)

    def __init__(self, source: Source) -> None:
        super().__init__(_config())
        self._source = source

    def _at(self, node: ParseNode) -> int:
        return self._source.place(node.start)

    def visit_binary_operator(self, node: ParseNode, _children: list[Any]) -> _Sign:
        return node.text, self._at(node)

    def visit_binary_expression(self, _node: ParseNode, children: list[Any]) -> syntax.Node:
        first, rest = children
        operands: list[syntax.Node] = [first, *(operand for _, _, _, operand in rest)]
        signs: list[_Sign] = [sign for _, sign, _, _ in rest]
        for level in _LEVELS:
            operands, signs = self._fold(level, operands, signs)
        return operands[0]

    def _fold(
        self, level: tuple[str, ...], operands: list[syntax.Node], signs: list[_Sign]
    ) -> tuple[list[syntax.Node], list[_Sign]]:
        folded: list[syntax.Node] = []
        left: list[_Sign] = []
        run, within = [operands[0]], list[_Sign]()
        for sign, operand in zip(signs, operands[1:], strict=True):
            if sign[0] in level:
                run.append(operand)
                within.append(sign)
                continue
            folded.append(self._combine(run, within))
            left.append(sign)
            run, within = [operand], []
        folded.append(self._combine(run, within))
        return folded, left

    def _combine(self, operands: list[syntax.Node], signs: list[_Sign]) -> syntax.Node:
        if not signs:
            return operands[0]
        symbol, place = signs[0]
        if symbol == "&&":
            return syntax.And(tuple(operands), place)
        if symbol == "||":
            return syntax.Or(tuple(operands), place)
        if symbol in syntax.COMPARISONS and len(signs) > 1:
            self._source.refuse(
                "comparisons do not chain; write `a < b && b < c`, or use parentheses", signs[1][1]
            )
        node = operands[0]
        for (op, column), operand in zip(signs, operands[1:], strict=True):
            node = syntax.Binary(op, node, operand, column)
        return node

    def visit_unary_expression(self, node: ParseNode, children: list[Any]) -> syntax.Node:
        return syntax.Not(children[2], self._at(node))

    def visit_conditional_expression(self, node: ParseNode, children: list[Any]) -> syntax.Node:
        condition, _, _, _, then, _, _, _, otherwise = children
        return syntax.Choice(condition, then, otherwise, self._at(node))

    def visit_array_literal(self, node: ParseNode, children: list[Any]) -> syntax.Node:
        items = children[2]
        return syntax.ListOf(tuple(items[0]) if isinstance(items, list) else (), self._at(node))

    def visit_complex_value(self, _node: ParseNode, children: list[Any]) -> syntax.Node:
        node: syntax.Node = children[0]
        if isinstance(children[1], list):
            for (modify,) in children[1]:
                node = modify(node)
        return node

    def visit_attribute(self, node: ParseNode, children: list[Any]) -> _Modifier:
        name, place = children[1].name, self._source.place(node.start + 1)
        return lambda subject: syntax.Attribute(subject, name, place)

    def visit_transform(self, node: ParseNode, children: list[Any]) -> _Modifier:
        name, place = children[1].name, self._source.place(node.start + 1)
        args = tuple(children[2][0]) if isinstance(children[2], list) else ()
        return lambda subject: syntax.Word(subject, name, args, place)

    def visit_filter_expression(self, node: ParseNode, children: list[Any]) -> _Modifier:
        predicate, place = children[2], self._at(node)
        return lambda subject: syntax.Filter(subject, predicate, place)

    def visit_identifier(self, node: ParseNode, _children: list[Any]) -> syntax.Name:
        return syntax.Name(node.text, self._at(node))

    def visit_relative_identifier(self, node: ParseNode, children: list[Any]) -> syntax.Node:
        return syntax.Relative(children[1].name, self._at(node))

    def visit_value(self, _node: ParseNode, children: list[Any]) -> syntax.Node:
        value: syntax.Node = children[0]
        if not isinstance(value, syntax.Name):
            return value
        if value.name in _RESERVED:
            self._source.refuse(_RESERVED[value.name], value.place)
        return syntax.Unknown(value.place) if value.name == "unknown" else value

    def visit_boolean(self, node: ParseNode, _children: list[Any]) -> syntax.Node:
        return syntax.Literal(node.text == "true", self._at(node))

    def visit_numeric(self, node: ParseNode, _children: list[Any]) -> syntax.Node:
        number = Decimal(node.text) if "." in node.text else int(node.text)
        return syntax.Literal(number, self._at(node))

    def visit_string(self, node: ParseNode, _children: list[Any]) -> syntax.Node:
        place = self._at(node)

        def unescape(match: re.Match[str]) -> str:
            if match.group(1) not in "\\\"'":
                self._source.refuse(
                    f"`{match.group()}` is no escape; a backslash stands before ' \" and \\ only",
                    place + 1 + match.start(),
                )
            return match.group(1)

        return syntax.Literal(_ESCAPE.sub(unescape, node.text[1:-1]), place)


def _inspect(root: syntax.Node, source: Source) -> None:
    """Refuse what the grammar lets through; no recursion, because depth is not yet known."""
    pending: list[tuple[syntax.Node, int, bool]] = [(root, 1, False)]
    filters: list[syntax.Filter] = []
    count = 0
    while pending:
        node, depth, in_filter = pending.pop()
        count += 1
        if count > MAX_NODES:
            source.refuse(f"the expression has more than {MAX_NODES} parts", None)
        if depth > MAX_DEPTH:
            source.refuse(
                f"nested more than {MAX_DEPTH} deep; give a part of it a name in a definition",
                node.place,
            )
        if isinstance(node, syntax.Relative) and not in_filter:
            source.refuse(
                f"`.{node.name}` speaks of an item and may only stand in a filter, "
                f"`records[.{node.name} == ...]`",
                node.place,
            )
        if isinstance(node, syntax.Filter):
            filters.append(node)
            pending.append((node.subject, depth + 1, in_filter))
            pending.append((node.predicate, depth + 1, True))
        else:
            pending.extend((child, depth + 1, in_filter) for child in syntax.children(node))
    for node in filters:
        if not syntax.depends_on_item(node.predicate):
            source.refuse(
                "`[...]` after a value is a filter and has to speak of its items, "
                "`records[.name == ...]`; items have no numbers",
                node.place,
            )
