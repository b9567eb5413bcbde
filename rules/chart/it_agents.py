"""The agents of intrathecal orders as records: one for each ingredient of each order.

What an order gives is compared agent by agent, so that each agent of an admixture is judged, named
and shown on its own (recording.md 3.2, 7).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.it_orders import infused
from rules.chart.measures import decimal
from rules.chart.records import Record, Records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from rules.chart.agents import Agent
    from rules.chart.chart import Chart
    from rules.chart.dose_changes import Comparison
    from rules.chart.fills import Fill
    from rules.chart.it_doses import PreviousDose
    from rules.chart.it_orders import ItOrders
    from rules.chart.medications import Medication
    from rules.chart.records import Truth

OPIOID = "med-opioid-ingredient"
_MICRO = 1000


class ItAgent(Record):
    """One agent of one intrathecal order; `text` is its name.

    Doses are a day, in `unit` (mg or ug), over all orders of a kind that give the same agent;
    None where not computable. `change` is start, restart, increase, decrease, same, or None.
    """

    __slots__ = (
        "agent", "comparison", "draft", "draft_first", "draft_highest", "given_once", "medication",
        "opioid", "stops", "unit",
    )  # fmt: skip
    agent: Agent | None
    medication: Medication
    unit: str
    draft: bool
    opioid: Truth  # unknown where what it is is not coded
    draft_first: Fraction | None  # mg/d
    draft_highest: Fraction | None
    given_once: bool  # a part of it is a bolus
    stops: bool  # it is programmed to zero
    comparison: Comparison | None  # what a draft is compared with

    @property
    def name(self) -> str:
        """Return its name."""
        return self.text

    @property
    def rxcui(self) -> str:
        """Return its RxNorm ingredient, empty where it is not coded."""
        return self.agent.rxcui if self.agent is not None and self.agent.member else ""

    @property
    def first(self) -> Decimal | None:
        """Return the daily dose of the first step."""
        return self.shown(self.draft_first)

    @property
    def highest(self) -> Decimal | None:
        """Return the highest daily dose of any step."""
        return self.shown(self.draft_highest)

    @property
    def bolus(self) -> Decimal | None:
        """Return the largest dose that is given once."""
        return self.agent.bolus if self.agent is not None else None

    @property
    def concentration(self) -> Decimal | None:
        """Return mg/mL."""
        return self.agent.concentration if self.agent is not None else None

    @property
    def previous_dose(self) -> PreviousDose | None:
        """Return the dose before this order, None where it is compared with none."""
        return None if self.comparison is None else self.comparison.previous(self.rxcui)

    @property
    def change(self) -> str | None:
        """Return how its first step compares with the dose before it."""
        before = self.previous_dose
        if before is None or self.comparison is None:
            return None
        return self.comparison.change(before.dose, self.draft_first)

    @property
    def previous(self) -> Decimal | None:
        """Return the daily dose before this order."""
        before = self.previous_dose
        return None if before is None else self.shown(before.dose)

    @property
    def increase(self) -> Decimal | None:
        """Return the increase from the previous dose to the first step, in per cent."""
        before = self.previous_dose
        if before is None or not before.dose or self.draft_first is None:
            return None
        return decimal(100 * (self.draft_first - before.dose) / before.dose)

    @property
    def why(self) -> str:
        """Return why its dose is not computable; empty where it is."""
        if self.draft_first is not None:
            return ""
        if self.stops:
            return "the dose is zero"
        return self.medication.why or "its daily dose cannot be worked out"

    def shown(self, dose: Fraction | None) -> Decimal | None:
        """Return a dose in mg in the unit of the agent."""
        return decimal(dose if dose is None or self.unit == "mg" else dose * _MICRO)

    def limit(self, value: Decimal) -> Fraction:
        """Return a limit that a policy gives in the unit of the agent, in mg."""
        return Fraction(value) if self.unit == "mg" else Fraction(value) / _MICRO


def stored_agents(chart: Chart, orders: Iterable[Medication], fill: Fill) -> Records:
    """Return the agents of stored orders that are on board; of doubtful ones as doubtful."""
    sure: list[Record] = []
    maybe: list[Record] = []
    for order in orders:
        for one in _agents(chart, order, fill, order.key, draft=False):
            (sure if order.on_board and one.coded else maybe).append(one)
    return Records(
        tuple(sure), tuple(maybe),
        complete=chart.medications.complete, gaps=chart.medications.gaps,
    )  # fmt: skip


def drafted_agents(
    chart: Chart, orders: ItOrders, fill: Fill, *, selected: bool = False
) -> Records:
    """Return the agents of the intrathecal drafts, of those selected alone where asked for.

    Doubtful are agents that nothing codes, and drafts whose route is not said.
    """
    sure: list[Record] = []
    maybe: list[Record] = []
    for order in (*orders.drafts, *orders.possible):
        if order.medication is None or (selected and not order.selected):
            continue
        for one in _agents(chart, order.medication, fill, "draftOrders", draft=True):
            (sure if order in orders.drafts and one.coded else maybe).append(one)
    _add_up([one for one in (*sure, *maybe) if isinstance(one, ItAgent)])
    return Records(tuple(sure), tuple(maybe))


def _agents(
    chart: Chart, order: Medication, fill: Fill, key: str, *, draft: bool
) -> Iterator[ItAgent]:
    found = infused(chart, order, fill.date)
    for agent in found:
        coded = agent.member or order.ingredients is not None
        yield _record(chart, order, agent, key, coded=coded, draft=draft)
    if not found:
        yield _record(chart, order, None, key, coded=False, draft=draft)


def _record(  # noqa: PLR0913 - one agent of one order
    chart: Chart, order: Medication, agent: Agent | None, key: str, *, coded: bool, draft: bool
) -> ItAgent:
    groups = order.groups if agent is None else frozenset[str]()
    if agent is not None and agent.member:
        groups = chart.terminology.ingredient_groups(agent.rxcui)
    record = ItAgent(
        key=key, ref=order.ref, resource=order.resource, groups=groups, coded=coded, counts=True,
        text=_name(chart, order, agent), when=order.start,
    )  # fmt: skip
    record.agent, record.medication, record.draft = agent, order, draft
    record.unit = agent.unit if agent is not None else "mg"
    record.opioid = OPIOID in groups if coded else None
    first = agent.exact("first") if agent is not None else None
    highest = agent.exact("highest") if agent is not None else None
    # Zero is no dose to compare: it stops an infusion, or it is a mistake.
    record.stops = first == 0
    record.draft_first, record.draft_highest = first or None, highest or None
    record.given_once = any(entry.once for entry in order.entries)
    record.comparison = None
    return record


def _name(chart: Chart, order: Medication, agent: Agent | None) -> str:
    if agent is None:
        return order.text or "a drug that is not coded"
    return (chart.terminology.name(agent.rxcui) if agent.member else "") or agent.name


def _add_up(records: list[ItAgent]) -> None:
    """Let each agent carry what all drafts together give of it."""
    for rxcui in {one.rxcui for one in records if one.rxcui}:
        same = [one for one in records if one.rxcui == rxcui]
        if len(same) < 2:
            continue
        for name in ("draft_first", "draft_highest"):
            doses = [getattr(one, name) for one in same]
            added = None if None in doses else sum(doses, Fraction(0))
            for one in same:
                setattr(one, name, added)
