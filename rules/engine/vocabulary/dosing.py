"""Words about the agents of intrathecal orders: their doses against the tables of a policy."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.it_agents import ItAgent
from rules.engine.vocabulary.dating import lies
from rules.engine.vocabulary.showing import number
from rules.engine.words import Argument, word

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.chart.records import Record, Records, Truth
    from rules.chart.spans import Span
    from rules.engine.frame import Frame

WHICH = Argument("dose", choices=("first", "highest", "bolus", "concentration"))
AGES = Argument("unit", choices=("days", "months"))
UNITS = {"ug": "mcg"}
# Labelled for continuous microinfusion alone; their names in RxNorm.
_INFUSION_ONLY = ("infumorph", "mitigo")
_SHOWN = Context(prec=6)


def _each(records: Records, test: Callable[[ItAgent], Truth]) -> Records:
    """Keep agents; what is not coded cannot be judged."""

    def judge(record: Record) -> Truth:
        return test(record) if isinstance(record, ItAgent) and record.coded else None

    return records.where(judge)


def _row(table: object, agent: ItAgent) -> Decimal | None:
    value = table.get(agent.text) if isinstance(table, dict) else None
    return value if isinstance(value, Decimal) else None


def _above(agent: ItAgent, dose: Fraction | None, table: object, times: object = 1) -> Truth:
    """Compare with the limit of the agent; one for which the policy has none is not above it.

    Agents without limits are those that are not accepted at all: AGT-01 names them.
    """
    limit = _row(table, agent)
    if limit is None:
        return False
    if dose is None or not isinstance(times, (int, Decimal)):
        return None
    return dose > agent.limit(limit) * Fraction(times)


@word(args=("any", "number?"), cql="X where X.highest daily dose > limit of X.agent")
def above_dose(records: Records, table: object, times: object = 1) -> Records:
    """Keep agents whose highest daily dose is above the policy's limit, or so many times it.

    Unknown without a dose; agents for which the policy has no limit are dropped.
    """
    return _each(records, lambda one: _above(one, one.draft_highest, table, times))


@word(args=("any",), cql="X where X.first daily dose > limit of X.agent")
def starting_above(records: Records, table: object) -> Records:
    """Keep agents whose first daily dose is above the policy's limit."""
    return _each(records, lambda one: _above(one, one.draft_first, table))


@word(args=("any",), cql="X where X.concentration > limit of X.agent")
def above_concentration(records: Records, table: object) -> Records:
    """Keep agents whose concentration in mg/mL is above the policy's limit."""

    def test(one: ItAgent) -> Truth:
        limit = _row(table, one)
        held = one.agent.per_ml if one.agent is not None else None
        if limit is None:
            return False
        return None if held is None else held > Fraction(limit)

    return _each(records, test)


@word(args=("any", "truth"), unknown=True, cql="X where X.first - X.previous > largest step")
def stepping_above(records: Records, table: object, cerebral: object) -> Records:
    """Keep agents whose first step exceeds the previous dose by more than the policy's step.

    In per cent for opioids and baclofen (of cerebral spasticity a step of its own), absolute for
    ziconotide. Agents that the policy sets no step for, or that have no earlier dose on record, are
    dropped.
    """
    steps = table if isinstance(table, dict) else {}

    def test(one: ItAgent) -> Truth:
        if one.text == "ziconotide":
            return _rises(one, lambda before: before + one.limit(steps["ziconotide"]))
        if one.text == "baclofen":
            plain = _rises(one, _times(steps["baclofen"]))
            careful = _rises(one, _times(steps["baclofen-cerebral"]))
            same = plain is careful
            return plain if same or cerebral is False else careful if cerebral else None
        return _rises(one, _times(steps["opioid"])) if one.opioid else False

    return _each(records, test)


def _times(percent: object) -> Callable[[Fraction], Fraction]:
    return lambda before: before * (1 + Fraction(str(percent)) / 100)


def _rises(one: ItAgent, limit: Callable[[Fraction], Fraction]) -> Truth:
    if one.previous_dose is None or not one.previous_dose.recorded:
        return False
    before = one.previous_dose.dose
    if before is None or one.draft_first is None:
        return None
    return one.draft_first > limit(before)


@word(cql="X where X.previous is not on record")
def new_to_record(records: Records) -> Records:
    """Keep agents of which no earlier dose is on record."""
    return _each(records, lambda one: one.previous_dose is None or not one.previous_dose.recorded)


@word(args=("any", "any"), cql="X where X.bolus or X.highest outside what is plausible")
def implausible(records: Records, boluses: object, days: object) -> Records:
    """Keep agents whose bolus or daily dose is above what is plausible by the policy's tables."""

    def test(one: ItAgent) -> Truth:
        answers = [_above(one, one.draft_highest, days)]
        if one.given_once:
            single = one.agent.single if one.agent is not None else None
            answers.append(_above(one, single, boluses))
        return True if True in answers else None if None in answers else False

    return _each(records, test)


@word(cql="X where X.product is for infusion only and X is a bolus")
def infusion_only_as_bolus(records: Records) -> Records:
    """Keep agents of products labelled for microinfusion only that are ordered as a bolus."""

    def test(one: ItAgent) -> Truth:
        names = " ".join(one.medication.names).lower()
        return one.given_once and any(name in names for name in _INFUSION_ONLY)

    return _each(records, test)


@word(args=("list",), cql="X where X.agent not in L")
def not_among(records: Records, names: object) -> Records:
    """Keep agents whose name is not in a list of the policy; what is not coded stays doubtful."""
    known = frozenset(names) if isinstance(names, (list, tuple, frozenset)) else frozenset()
    return _each(records, lambda one: one.text not in known)


@word(
    args=("number", "any", "truth"),
    cql="X where not (X.first <= fraction * X.previous and X.first <= start maximum)",
)
def not_reduced(records: Records, fraction: object, table: object, lost: object) -> Records:
    """Keep agents whose first step is not certainly a reduced restart.

    Reduced is at most the fraction of the previous dose and, where tolerance may be lost or no
    previous dose is known, at most the table's first dose. What cannot be worked out is kept.
    """

    def reduced(one: ItAgent) -> bool:
        if one.draft_first is None:
            return False
        before = one.previous_dose.dose if one.previous_dose is not None else None
        within = not before or one.draft_first <= before * Fraction(str(fraction))
        if before and lost is False:
            return within
        limit = _row(table, one)
        return within and limit is not None and one.draft_first <= one.limit(limit)

    return records.where(lambda record: not (isinstance(record, ItAgent) and reduced(record)))


@word(cql="X where X.agent is an opioid")
def opioids(records: Records) -> Records:
    """Keep agents that are opioids."""
    return records.where(lambda record: record.opioid if isinstance(record, ItAgent) else None)


@word(args=("text", "..."), cql="X where X.agent in {...}")
def of_agent(records: Records, *names: str) -> Records:
    """Keep agents of these names; one that is not coded stays doubtful."""
    return _each(records, lambda one: one.text in names)


@word(cql="X where X.first is null")
def not_computable(records: Records) -> Records:
    """Keep agents whose daily dose cannot be worked out, of coded and of uncoded drugs."""
    return records.where(lambda record: isinstance(record, ItAgent) and record.draft_first is None)


@word(cql="X where X.first = 0")
def stopping(records: Records) -> Records:
    """Keep agents that an order programs to zero."""
    return _each(records, lambda one: one.stops)


def dose(value: Decimal | None, unit: str) -> str:
    """Write a dose as people write it."""
    if value is None:
        return "dose not computable"
    return f"{number(_SHOWN.plus(value))} {UNITS.get(unit, unit)}"


def _agents(records: Records) -> list[ItAgent]:
    found: dict[object, ItAgent] = {}
    for one in records.possible():
        if isinstance(one, ItAgent):
            found.setdefault((one.text, one.draft_first, one.concentration), one)
    return list(found.values())


@word(args=(WHICH, "any?"), result="text", cql="Combine(X.agent + X.dose + limit, ', ')")
def with_doses(records: Records, which: str, table: object = None) -> str:
    """Name every agent with its `first`, `highest` or `bolus` dose, or its `concentration`.

    With a table of the policy each dose is followed by the limit.
    """
    return ", ".join(_with_dose(one, which, table) for one in _agents(records))


def _with_dose(one: ItAgent, which: str, table: object) -> str:
    value = {
        "first": one.first, "highest": one.highest, "bolus": one.bolus or one.highest,
        "concentration": one.concentration,
    }[which]  # fmt: skip
    which = "highest" if which == "bolus" and one.bolus is None else which
    unit = "mg/mL" if which == "concentration" else one.unit
    per = "/day" if which in {"first", "highest"} and value is not None else ""
    limit = _row(table, one)
    most = f" (max {number(limit)})" if limit is not None else ""
    return f"{one.text} {dose(value, unit)}{per}{most}"


@word(result="text", cql="Combine(X.agent + X.first + X.previous, ', ')")
def with_previous(records: Records) -> str:
    """Name every agent with its first dose and the dose before it."""
    return ", ".join(
        f"{one.text} {dose(one.first, one.unit)}{'/day' if one.first is not None else ''}"
        f" (previous {dose(one.previous, one.unit) if one.previous is not None else 'unknown'})"
        for one in _agents(records)
    )


@word(result="text", cql="Combine(X.agent + X.increase, ', ')")
def with_increase(records: Records) -> str:
    """Name every agent with its increase in per cent and both doses."""
    return ", ".join(
        f"{one.text}{_percent(one)} ({dose(one.previous, one.unit)} to {dose(one.first, one.unit)})"
        for one in _agents(records)
    )


def _percent(one: ItAgent) -> str:
    grown = one.increase
    return "" if grown is None else f" +{number(round(grown, 1))}%"


@word(subject="any", result="text", cql="Combine(T.name + T.value, ', ')")
def rows(table: object) -> str:
    """Write the rows of a table of the policy."""
    pairs = table.items() if isinstance(table, dict) else ()
    return ", ".join(
        f"{name} {number(value) if isinstance(value, Decimal) else value}" for name, value in pairs
    )


@word(result="text", cql="Combine(distinct X.agent, ', ')")
def agent_names(records: Records) -> str:
    """Name every agent, also those in doubt."""
    return ", ".join(dict.fromkeys(one.text for one in _agents(records)))


@word(result="text", cql="Combine(X.agent + why, '; ')")
def reasons_why(records: Records) -> str:
    """Say for every agent why its dose cannot be worked out."""
    return "; ".join(dict.fromkeys(f"{one.text}: {one.why}" for one in _agents(records)))


@word(subject="date", args=("number", AGES), result="truth", cql="D + n units < Today()")
def older_than(frame: Frame, date: Span, amount: object, unit: str) -> Truth:
    """Say whether a date lies more than so many `days` or calendar `months` back."""
    if not isinstance(amount, (int, Decimal)):
        return None
    inside = lies(date, frame.chart.clock, int(amount), unit)
    return None if inside is None else not inside


@word(subject="date", result="number", cql="difference in days between Today() and D")
def days_until(frame: Frame, date: Span) -> object:
    """Count the calendar days until a date; unknown for a month or a year."""
    clock = frame.chart.clock
    low, high = clock.day(date.low), clock.day(date.high)
    return Decimal(low - clock.today) if low == high else None
