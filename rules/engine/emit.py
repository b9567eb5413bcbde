"""Expressions to Python code objects.

Each expression becomes one function of the frame, built from `ast` nodes: no source text is put
together, and what a user wrote appears in it as constants only. A function is a flat list of
assignments, one per node, with `if` for what need not be evaluated; a filter's predicate is an
inner function of the item. What several expressions share is a function of its own that fills a
slot of the frame. The functions see no builtins, only the table of operators and words.

Every function first takes its number of nodes from the budget.
"""

from __future__ import annotations

import ast
from decimal import Decimal
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.engine import logic, syntax
from rules.engine.budget import RECORDS_PER_STEP_BITS
from rules.engine.frame import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rules.engine.frame import Frame
    from rules.engine.sharing import Shared
    from rules.engine.syntax import Node
    from rules.engine.words import Vocabulary

_FILE = "<rules>"
OPERATORS: Mapping[str, tuple[Callable[..., object], bool]] = {
    "==": (logic.equal, True),
    "!=": (logic.differ, True),
    "<": (logic.less, False),
    "<=": (logic.less_or_equal, False),
    ">": (logic.greater, False),
    ">=": (logic.greater_or_equal, False),
    "in": (logic.contains, True),
    "+": (logic.plus, True),
    "-": (logic.minus, False),
    "*": (logic.times, False),
    "/": (logic.over, False),
}  # the second: it takes the budget too

_FRAME, _SLOTS = "frame", "slots"


class Built(NamedTuple):
    """One function of the frame for each expression, and one for each slot, which it fills."""

    roots: Mapping[str, Callable[[Frame], Any]]
    slots: Mapping[int, Callable[[Frame], Any]]


def build(shared: Shared, vocabulary: Vocabulary) -> Built:
    """Return the functions of all expressions."""
    compiler = _Compiler(shared, vocabulary)
    roots = {name: f"root{index}" for index, name in enumerate(shared.nodes)}
    body: list[ast.stmt] = [*compiler.functions()]
    for name, function in roots.items():
        body.append(_Function(compiler).define(function, shared.nodes[name]))
    module = ast.fix_missing_locations(ast.Module(body, []))
    return compiler.load(compile(module, _FILE, "exec", dont_inherit=True), roots)


class _Compiler:
    """What the functions have in common: shared nodes, and the table of constants."""

    def __init__(self, shared: Shared, vocabulary: Vocabulary) -> None:
        self.shared = shared
        self.vocabulary = vocabulary
        self._constants: dict[str, object] = {}
        self._names: dict[object, str] = {}

    def constant(self, value: object) -> ast.expr:
        """Return an expression for a value: written out where Python can, else from the table."""
        if value is None or isinstance(value, (str, int)):
            return ast.Constant(value)
        key = (type(value), value)
        if key not in self._names:
            self._names[key] = f"k{len(self._names)}"
            self._constants[self._names[key]] = value
        return ast.Name(self._names[key], ast.Load())

    def functions(self) -> list[ast.FunctionDef]:
        """Define the function of every shared node but nouns, which the frame reads."""
        parts = self.shared.parts
        return [
            _Function(self).define(f"slot{slot}", parts[key], slot)
            for key, slot in self.shared.slots.items()
            if not isinstance(parts[key], syntax.Name)
        ]

    def load(self, code: CodeType, roots: Mapping[str, str]) -> Built:
        """Make functions of the code objects; nothing of the module itself is run."""
        table: dict[str, Any] = {"__builtins__": {}, **self._constants}
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                table[constant.co_name] = FunctionType(constant, table)
        slots = {
            slot: table.get(f"slot{slot}") or _of_noun(self.shared.parts[key], slot)
            for key, slot in self.shared.slots.items()
        }
        return Built({name: table[function] for name, function in roots.items()}, slots)


class _Function:
    """One function while it is written."""

    def __init__(self, compiler: _Compiler) -> None:
        self._compiler = compiler
        self._body: list[ast.stmt] = []
        self._count = 0  # temporaries
        self._cost = 0
        self._items: list[str] = []  # the items of the filters around
        self._own: Node | None = None

    def define(self, name: str, node: Node, slot: int | None = None) -> ast.FunctionDef:
        """Write the function of *node*; with *slot* it also fills that slot."""
        if slot is not None:
            self._own = node
        result = self._node(node)
        if slot is not None:
            place = ast.Subscript(_load(_SLOTS), ast.Constant(slot), ast.Store())
            self._body.append(ast.Assign([place], result))
        body = [
            _assign(_SLOTS, _attribute(_FRAME, "slots")),
            *_spend(self._cost),
            *self._body,
            ast.Return(result),
        ]
        return _define(name, _FRAME, body)

    def _new(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def _keep(self, value: ast.expr) -> ast.expr:
        name = self._new()
        self._body.append(_assign(name, value))
        return _load(name)

    def _within(self, node: Node, target: str) -> list[ast.stmt]:
        """Return the statements that put a node's value into *target*."""
        outer, self._body = self._body, []
        result = self._node(node)
        self._body.append(_assign(target, result))
        inner, self._body = self._body, outer
        return inner

    def _node(self, node: Node) -> ast.expr:  # noqa: C901 - one case per node
        slot = self._compiler.shared.slots.get(id(node))
        if slot is not None and node is not self._own:
            return self._shared(node, slot)
        self._cost += 1
        match node:
            case syntax.Literal(value=value):
                return self._compiler.constant(value)
            case syntax.Unknown():
                return ast.Constant(None)
            case syntax.Relative(name=name):
                return self._read(_load(self._items[-1]), name)
            case syntax.Attribute():
                return self._attribute(node)
            case syntax.Word():
                return self._word(node)
            case syntax.Not(operand=operand):
                return self._negate(self._node(operand))
            case syntax.And(operands=operands):
                return self._chain(operands, stop=False)
            case syntax.Or(operands=operands):
                return self._chain(operands, stop=True)
            case syntax.Binary():
                return self._binary(node)
            case syntax.Choice(condition=condition, then=then, otherwise=otherwise):
                target = self._new()
                test = _is(self._node(condition), True)
                self._body.append(
                    ast.If(test, self._within(then, target), self._within(otherwise, target))
                )
                return _load(target)
            case syntax.ListOf(items=items):
                return self._keep(ast.Tuple([self._node(item) for item in items], ast.Load()))
            case syntax.Filter():
                return self._filter(node)
            case syntax.Name(name=name):  # nouns have slots, definitions were put in place
                msg = f"no noun `{name}`"
                raise LookupError(msg)

    def _negate(self, value: ast.expr) -> ast.expr:
        opposite = ast.IfExp(_is(value, False), ast.Constant(True), ast.Constant(None))
        return self._keep(ast.IfExp(_is(value, True), ast.Constant(False), opposite))

    def _shared(self, node: Node, slot: int) -> ast.expr:
        self._cost += 1
        name = self._new()
        if isinstance(node, syntax.Name):
            read = _call(_attribute(_FRAME, "noun"), ast.Constant(node.name))
            place = ast.Subscript(_load(_SLOTS), ast.Constant(slot), ast.Store())
            fill: list[ast.stmt] = [
                ast.Assign([ast.Name(name, ast.Store()), place], read),
            ]
        else:
            fill = [_assign(name, _call(_load(f"slot{slot}"), _load(_FRAME)))]
        self._body.append(
            _assign(name, ast.Subscript(_load(_SLOTS), ast.Constant(slot), ast.Load()))
        )
        self._body.append(ast.If(_same(_load(name), self._compiler.constant(MISSING)), fill, []))
        return _load(name)

    def _read(self, subject: ast.expr, name: str) -> ast.expr:
        read = self._compiler.constant(getattr)
        return self._keep(_call(read, subject, ast.Constant(name), ast.Constant(None)))

    def _attribute(self, node: syntax.Attribute) -> ast.expr:
        key = syntax.parameter(node)
        if key is None:
            return self._read(self._node(node.subject), node.name)
        get = ast.Attribute(_attribute(_FRAME, "policy"), "get", ast.Load())
        return self._keep(_call(get, ast.Constant(key)))

    def _word(self, node: syntax.Word) -> ast.expr:
        word = self._compiler.vocabulary.words[node.name]
        nodes = (node.subject, *node.args)
        values = [self._node(part) for part in nodes]
        tests = [
            self._admits(value, admitted, unknown=word.unknown)
            for part, value, admitted in zip(
                nodes, values, word.guards(len(node.args)), strict=True
            )
            if not isinstance(part, syntax.Literal)
        ]
        conditions = [test for test in tests if test is not None]
        given = [_load(_FRAME), *values] if word.takes_frame else values
        target = self._new()
        apply: list[ast.stmt] = [
            _assign(target, _call(self._compiler.constant(word.function), *given))
        ]
        if word.subject == ("records",):
            apply.insert(0, self._charge_records(values[0]))
        if not conditions:
            self._body.extend(apply)
            return _load(target)
        test = conditions[0] if len(conditions) == 1 else ast.BoolOp(ast.And(), conditions)
        self._body.append(ast.If(test, apply, [_assign(target, ast.Constant(None))]))
        return _load(target)

    def _admits(
        self, value: ast.expr, admitted: frozenset[type] | None, *, unknown: bool
    ) -> ast.expr | None:
        if admitted is None:
            none = ast.Constant(None)
            return None if unknown else ast.Compare(value, [ast.IsNot()], [none])
        kind = _call(self._compiler.constant(type), value)
        if len(admitted) == 1:
            return _same(kind, self._compiler.constant(next(iter(admitted))))
        return ast.Compare(kind, [ast.In()], [self._compiler.constant(admitted)])

    def _charge_records(self, records: ast.expr) -> ast.stmt:
        sure = ast.Attribute(records, "sure", ast.Load())
        size = _call(self._compiler.constant(len), sure)
        many = ast.Compare(size, [ast.GtE()], [ast.Constant(1 << RECORDS_PER_STEP_BITS)])
        steps = ast.BinOp(size, ast.RShift(), ast.Constant(RECORDS_PER_STEP_BITS))
        return ast.If(many, [ast.Expr(_call(_attribute(_FRAME, "spend"), steps))], [])

    def _chain(self, operands: tuple[Node, ...], *, stop: bool) -> ast.expr:
        """`&&` (*stop* False) or `||` (*stop* True): go on until one operand is *stop*."""
        result, operand = self._new(), self._new()
        self._body.append(_assign(result, ast.Constant(not stop)))
        for index, node in enumerate(operands):
            unclear = ast.If(
                _is(_load(operand), not stop), [ast.Pass()], [_assign(result, ast.Constant(None))]
            )
            step = [
                *self._within(node, operand),
                ast.If(_is(_load(operand), stop), [_assign(result, ast.Constant(stop))], [unclear]),
            ]
            if index == 0:
                self._body.extend(step)
            else:
                going = ast.Compare(_load(result), [ast.IsNot()], [ast.Constant(stop)])
                self._body.append(ast.If(going, step, []))
        return _load(result)

    def _binary(self, node: syntax.Binary) -> ast.expr:
        function, takes_budget = OPERATORS[node.op]
        values = [self._operand(node.left), self._operand(node.right)]
        if takes_budget:
            values.append(_load(_FRAME))
        return self._keep(_call(self._compiler.constant(function), *values))

    def _operand(self, node: Node) -> ast.expr:
        if isinstance(node, syntax.Literal) and type(node.value) is int:
            self._cost += 1
            return self._compiler.constant(Decimal(node.value))
        return self._node(node)

    def _filter(self, node: syntax.Filter) -> ast.expr:
        subject = self._node(node.subject)
        test, item = self._new(), self._new()
        outer_body, outer_cost = self._body, self._cost
        self._body, self._cost = [], 0
        self._items.append(item)
        result = self._node(node.predicate)
        self._items.pop()
        body = [*_spend(self._cost), *self._body, ast.Return(result)]
        self._body, self._cost = outer_body, outer_cost
        self._body.append(_define(test, item, body))
        keep = self._compiler.constant(logic.keep)
        return self._keep(_call(keep, subject, _load(test), _load(_FRAME)))


def _of_noun(node: Node, slot: int) -> Callable[[Frame], Any]:
    name = node.name if isinstance(node, syntax.Name) else ""

    def fill(frame: Frame) -> Any:  # noqa: ANN401 - a noun may be any value
        value = frame.slots[slot] = frame.noun(name)
        return value

    return fill


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _attribute(name: str, attribute: str) -> ast.expr:
    return ast.Attribute(_load(name), attribute, ast.Load())


def _call(function: ast.expr, *args: ast.expr) -> ast.expr:
    return ast.Call(function, list(args), [])


def _same(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [ast.Is()], [right])


def _is(value: ast.expr, truth: bool) -> ast.expr:
    if isinstance(value, ast.Constant):  # Python warns of `is` with a literal
        return ast.Constant(value.value is truth)
    return _same(value, ast.Constant(truth))


def _define(name: str, argument: str, body: list[ast.stmt]) -> ast.FunctionDef:
    arguments = ast.arguments([], [ast.arg(argument)], None, [], [], None, [])
    return ast.FunctionDef(name=name, args=arguments, body=body, decorator_list=[])


def _spend(cost: int) -> list[ast.stmt]:
    left = ast.Attribute(_load(_FRAME), "left", ast.Store())
    spent = ast.Compare(_attribute(_FRAME, "left"), [ast.Lt()], [ast.Constant(0)])
    return [
        ast.AugAssign(left, ast.Sub(), ast.Constant(cost)),
        ast.If(spent, [ast.Expr(_call(_attribute(_FRAME, "exceed")))], []),
    ]
