"""One evaluation: a call and a rulebook in, an outcome out. No clock, no network, no state."""

from __future__ import annotations

from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING

from rules.chart.chart import read_chart
from rules.chart.phase import lost_orders
from rules.engine import advice, deciding, findings
from rules.engine.errors import BudgetExceeded
from rules.engine.model import CRITERIA
from rules.engine.outcome import Criterion, Fault, KeyData, Knowledge, Named, Outcome, RuleResult
from rules.engine.switches import OFF
from rules.engine.vocabulary.data import FINDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Call, Chart
    from rules.chart.records import Record
    from rules.engine.frame import Frame
    from rules.engine.model import Case, Rule
    from rules.engine.places import Expression
    from rules.engine.policy import Policy
    from rules.engine.rulebook import Rulebook
    from rules.engine.why import Reason

VALUES: Mapping[object, str] = {True: "true", False: "false", None: "unknown"}


def evaluate(book: Rulebook, call: Call, policy: str) -> Outcome:
    """Evaluate every rule of *book* for one call under the policy of that id.

    Raises AnotherPatient where the data of another patient came with the call, KeyError for an
    unknown policy. A rule that fails is `not-checked` with its reason; the others still answer.
    """
    chosen = book.policy(policy)
    chart = read_chart(call, book.terminology, chosen.values)
    evaluation = Evaluation(book, chosen, chart)
    if deciding.doubt_invalid(evaluation):
        evaluation = Evaluation(book, chosen, chart)
    return evaluation.outcome()


class Evaluation:
    """The state of one evaluation."""

    def __init__(self, book: Rulebook, policy: Policy, chart: Chart) -> None:
        self.book = book
        self.policy = policy
        self.chart = chart
        self.lost = lost_orders(chart)
        self.frame: Frame = book.program.frame(chart, policy.values)
        self._evaluate = book.program.evaluate
        self.reasons: dict[str, Reason] = {}
        # Rules and criteria that broke down.
        self.failed: set[str] = set()
        # Rules that records on the chart leave open, not an assessment that nobody made.
        self.unsettled: set[str] = set()
        self.criteria = [self._criterion(name) for name in CRITERIA]

    @cached_property
    def by_reference(self) -> dict[str, Record]:
        """Every record of the chart by its reference, and the orders that a draft replaces."""
        found = deciding.by_reference(self.chart)
        # What the pump gives until now decides too, although the chart keeps it apart (13.4).
        for order in getattr(self.frame.noun("it_orders"), "replaced", ()):
            found.setdefault(order.ref, order)
        return found

    def value(self, expression: Expression) -> object:
        """Return the value of an expression of the rulebook."""
        return self._evaluate(expression.name, self.frame)

    def named(self, name: str) -> object:
        """Return the value of a definition; unknown where it cannot be worked out."""
        try:
            return self._evaluate(name, self.frame)
        except Exception:  # noqa: BLE001 - the rules that need it say that they failed
            return None

    def why(self, name: str) -> Reason:
        """Return an expression's value with strength, evidence and gaps."""
        found = self.reasons.get(name)
        if found is None:
            found = self.reasons[name] = self.book.program.why(name, self.frame)
        return found

    def _criterion(self, name: str) -> Criterion:
        try:
            return self._settled(name)
        except BudgetExceeded as fault:
            why = str(fault)
        except Exception as fault:  # noqa: BLE001 - one failing criterion never stops the others
            why = f"nothing on record: it could not be worked out ({type(fault).__name__})"
        title = self.book.definitions[name].title
        return Criterion(name, title, "unknown", settled_by=[why])

    def _settled(self, name: str) -> Criterion:
        definition = self.book.definitions[name]
        reason = self.why(name)
        known = isinstance(reason.value, bool)
        settled: list[str] = []
        if not known:
            settled = [
                advice.plain_text(self, remark.text)
                for remark in definition.settled_by
                if self.value(remark.when) is True
            ]
        return Criterion(
            id=name,
            title=definition.title,
            value=VALUES[reason.value if known else None],
            strength=(reason.strength or "presumed") if known else None,
            evidence=list(reason.evidence),
            settled_by=settled,
        )

    def outcome(self) -> Outcome:
        """Run the rules and put the answer together."""
        results: dict[str, RuleResult] = {}
        fired: list[tuple[Rule, Case]] = []
        last = [rule for rule in self.book.rules.values() if rule.gaps]
        for rule in (one for one in self.book.rules.values() if not one.gaps):
            results[rule.id] = self._run(rule, fired)
        found = findings.gather(self, results)
        self.frame.memo[FINDINGS] = found.data
        for rule in last:
            results[rule.id] = self._run(rule, fired)
            if results[rule.id].result == "fired" and found.idle:
                fired.pop()
                results[rule.id] = RuleResult(
                    rule.id, rule.version, "fired", "suppressed",
                    "no rule that applies reads what is missing",
                )  # fmt: skip
        verdict = self.named("verdict")
        return Outcome(
            policy=Named(self.policy.id, self.policy.version),
            knowledge=Knowledge(self.book.knowledge.version, self.book.knowledge.hash),
            evaluated_at=_utc(self.chart),
            phase=self._phase(),
            verdict=verdict if isinstance(verdict, str) else "INSUFFICIENT_DATA",
            criteria=self.criteria,
            rules=[results[rule_id] for rule_id in self.book.rules],
            data=self.data(),
            faults=[Fault(one.kind, one.ref, one.text) for one in found.faults],
            advice=[advice.advise(self, rule, case, found) for rule, case in fired],
        )

    def _phase(self) -> str:
        try:
            return str(self.frame.noun("phase"))
        except Exception:  # noqa: BLE001 - the rules that need it say that they failed
            return "review"

    def data(self) -> list[KeyData]:
        """Return the state of every prefetch key."""
        return [
            KeyData(one.key, one.state, one.source, one.reason or None)
            for one in self.chart.keys.values()
        ]

    def _run(self, rule: Rule, fired: list[tuple[Rule, Case]]) -> RuleResult:
        case: Case | None = None
        try:
            silent = self._not_applicable(rule)
            if silent is None:
                result, reason, case = self._answer(rule)
            else:
                result, reason = silent
        except BudgetExceeded as fault:
            self.failed.add(rule.id)
            result, reason = "not-checked", str(fault)
        except Exception as fault:  # noqa: BLE001 - one failing rule never silences the others
            self.failed.add(rule.id)
            result, reason = "not-checked", f"the rule failed: {type(fault).__name__}"
        if case is not None:
            fired.append((rule, case))
            switch = self.book.switches.get(rule.id)
            reason = switch.said() if switch is not None else reason
        return RuleResult(rule.id, rule.version, result, "none", reason)

    def _not_applicable(self, rule: Rule) -> tuple[str, str | None] | None:
        """Say why a rule does not run here; None where it does."""
        switch = self.book.switches.get(rule.id)
        if switch is not None and switch.mode == OFF:
            return "not-applicable", switch.said()
        if self.chart.call.hook not in rule.hooks:
            return "not-applicable", "the rule does not speak on this hook"
        if self.chart.patient.deceased is True:
            return "not-applicable", "the patient is deceased"
        applies = self.value(rule.applies)
        if applies is True:
            return None
        if applies is None:
            return "not-checked", self._lacking([rule.applies]) or "whether it applies is not known"
        if self.lost:
            return "not-checked", self._not_found()
        return "not-applicable", "this call does not ask for it"

    def _clear(self, rule: Rule) -> tuple[str, str | None]:
        """Say that a rule is clear; for orders that were not found it was not even asked."""
        if self.lost and not rule.gaps:
            return "not-checked", self._not_found()
        return "clear", None

    def _not_found(self) -> str:
        return f"dispatched order not on record: {', '.join(self.lost)}"

    def _answer(self, rule: Rule) -> tuple[str, str | None, Case | None]:
        unclear: list[Expression] = []
        for case in rule.cases:
            holds = self.value(case.when)
            if holds is True:
                return (*self._clear(rule), None) if case.clear else ("fired", None, case)
            if holds is None:
                unclear.append(case.when)
        if unclear:
            self.unsettled.add(rule.id)
        if rule.unknown_when is not None and self.value(rule.unknown_when) is True:
            unclear.append(rule.unknown_when)
        if not unclear:
            return (*self._clear(rule), None)
        return "not-checked", self._lacking(unclear) or rule.not_checked, None

    def _lacking(self, unclear: list[Expression]) -> str | None:
        """Say which data would settle what is unclear; None where none are missing."""
        lacking = dict.fromkeys(gap for one in unclear for gap in self.why(one.name).gaps)
        if not lacking:
            # A computed noun keeps its doubt to itself: then what it reads says what it lacks.
            missing = [one.key for one in self.chart.keys.values() if not one.known]
            read = [self.book.program.checked.keys(one.name) for one in unclear]
            lacking = dict.fromkeys(key for key in missing if any(key in keys for keys in read))
        return f"not available: {', '.join(lacking)}" if lacking else None


def _utc(chart: Chart) -> str:
    moment = chart.clock.moment.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")
