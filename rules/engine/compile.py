"""Named expressions, checked and compiled together: ready to be evaluated and traced."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rules.engine.budget import MAX_STEPS
from rules.engine.definitions import check_expressions
from rules.engine.emit import build
from rules.engine.errors import BudgetExceeded, KnowledgeError
from rules.engine.frame import Frame
from rules.engine.interpret import Interpreter
from rules.engine.sharing import Shared
from rules.engine.why import Reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.engine.definitions import Checked
    from rules.engine.interpret import Traced
    from rules.engine.syntax import Node
    from rules.engine.why import Reason
    from rules.engine.words import Vocabulary

_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Program:
    """Named expressions, compiled together; made by `compile_expressions`, then never changed."""

    def __init__(self, checked: Checked, shared: Shared, vocabulary: Vocabulary) -> None:
        self.checked = checked
        self.vocabulary = vocabulary
        self.nodes: Mapping[str, Node] = MappingProxyType(dict(shared.written))
        self.interpreter = Interpreter(self.nodes, vocabulary, shared.slot)
        self._slots = len(shared.slots)
        built = build(shared, vocabulary)
        self._functions = built.roots
        self._reasons = Reasons(shared, built.slots, vocabulary, self.interpreter)

    def frame(self, chart: Chart, policy: Mapping[str, object], *, limit: int = MAX_STEPS) -> Frame:
        """Begin a call; *limit* is the number of steps that each expression may take."""
        return Frame(
            chart,
            policy,
            nouns=self.vocabulary.nouns,
            slots=self._slots,
            reasons=self._reasons.size,
            limit=limit,
        )

    def evaluate(self, name: str, frame: Frame) -> Any:  # noqa: ANN401 - any value of the language
        """Return the value of an expression.

        Raises BudgetExceeded where it needs too many steps; then it alone has no value. KeyError
        for a name that was not compiled.
        """
        function = self._functions[name]
        frame.left = frame.limit
        try:
            return function(frame)
        except RecursionError:
            raise BudgetExceeded("the expression needs more depth than the call has left") from None

    def why(self, name: str, frame: Frame) -> Reason:
        """Return the value of an expression with strength, evidence and gaps.

        These are what `trace` gives, without the parts and much faster. Raises BudgetExceeded and
        KeyError like `evaluate`.
        """
        frame.left = frame.limit
        try:
            return self._reasons.ask(name, frame)
        except RecursionError:
            raise BudgetExceeded("the expression needs more depth than the call has left") from None

    def trace(self, name: str, frame: Frame) -> Traced:
        """Return the value of an expression and of its parts, with strength and evidence.

        Raises BudgetExceeded and KeyError like `evaluate`. Each part is traced once per frame.
        """
        node = self.nodes[name]
        frame.left = frame.limit
        try:
            return self.interpreter.trace(node, frame)
        except RecursionError:
            raise BudgetExceeded("the expression needs more depth than the call has left") from None


def compile_expressions(
    named: Mapping[str, Node],
    vocabulary: Vocabulary,
    parameters: Mapping[str, str] = _NO_PARAMETERS,
) -> Program:
    """Compile expressions that may name each other.

    *parameters* are the policy's keys with the type of each. Raises KnowledgeError with every
    mistake of every expression.
    """
    return compile_checked(named, check_expressions(named, vocabulary, parameters), vocabulary)


def compile_checked(named: Mapping[str, Node], checked: Checked, vocabulary: Vocabulary) -> Program:
    """Compile what `check_expressions` has looked at; raises KnowledgeError likewise."""
    if checked.mistakes:
        raise KnowledgeError(checked.mistakes)
    shared = Shared(named, checked.order, vocabulary)
    return Program(checked, shared, vocabulary)
