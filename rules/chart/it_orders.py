"""The intrathecal orders around a call: stored, replaced by a draft, drafted (recording.md 3, 7).

A draft replaces the stored order that it names (recording.md 13.4): that order is no longer part of
what the reservoir will hold, but it is what the pump gives until now, and stays in its history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rules.chart import resources as fhir
from rules.chart.concentrations import reservoir_concentrations
from rules.chart.medications import Medication, read_medication
from rules.chart.order_kinds import TRIAL_REASON
from rules.chart.pump import implant_date
from rules.chart.trial_procedures import trial_windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.chart.agents import Agent
    from rules.chart.chart import Chart
    from rules.chart.orders import Order
    from rules.chart.spans import Span

INTRATHECAL = "intrathecal"
AGENTS = "med-intrathecal-agent-ingredient"
_WITH_PUMP = frozenset({"refill", "implant", "trial"})


@dataclass(frozen=True)
class ItOrders:
    """Intrathecal orders. *stored* and *replaced* are history and what runs now; *drafts* is new.

    *complete* is False where the stored orders could not be read completely. *possible* are drafts
    of a call about a pump whose route is not said.
    """

    stored: tuple[Medication, ...]
    replaced: tuple[Medication, ...]
    drafts: tuple[Order, ...]
    possible: tuple[Order, ...]
    ended: tuple[Order, ...]
    complete: bool
    chart: Chart = field(repr=False, compare=False)
    policy: Mapping[str, object] = field(repr=False, compare=False)

    @cached_property
    def trial(self) -> frozenset[str]:
        """Return the references of the orders that were part of a trial."""
        return frozenset(_of_trials(self.chart, self.policy, self.history))

    @property
    def any(self) -> bool:
        """Say whether there is any of them."""
        return bool(self.history or self.drafts or self.possible or self.ended)

    @property
    def history(self) -> tuple[Medication, ...]:
        """Return every stored order that counts, the replaced ones included."""
        return self.stored + self.replaced

    @property
    def therapy(self) -> tuple[Medication, ...]:
        """Return the history without trials."""
        return tuple(one for one in self.history if one.ref not in self.trial)

    @property
    def running(self) -> tuple[Medication, ...]:
        """Return what the pump gives now, or may give."""
        return tuple(one for one in self.history if one.on_board is not False)


def read_it_orders(chart: Chart, policy: Mapping[str, object]) -> ItOrders:
    """Sort out the intrathecal orders of a chart and of its call."""
    ordered = {order.ref for order in chart.orders if order.stored}
    stored = tuple(
        one
        for one in chart.medications.possible()
        if isinstance(one, Medication) and one.route == INTRATHECAL and one.ref not in ordered
    )
    known = {one.ref for one in stored}
    replaced = tuple(one for one in _replaced(chart) if one.ref not in known)
    drafts = [one for one in chart.orders if one.medication is not None and not one.prohibits]
    about_pump = any(order.kind in _WITH_PUMP for order in chart.orders)
    return ItOrders(
        stored=stored,
        replaced=replaced,
        drafts=tuple(one for one in drafts if one.intrathecal and not one.ended),
        possible=tuple(
            one for one in drafts if about_pump and not one.ended and _may_be(one)
        ),
        ended=tuple(one for one in chart.orders if one.discontinue),
        complete=chart.medications.complete,
        chart=chart,
        policy=policy,
    )  # fmt: skip


def _may_be(order: Order) -> bool:
    """Say whether a draft without a route is of a drug that pumps are filled with."""
    return order.intrathecal is None and AGENTS in order.groups | order.possible_groups


def _replaced(chart: Chart) -> Iterator[Medication]:
    """Read the stored intrathecal orders that drafts of this call replace."""
    seen: set[str] = set()
    for order in chart.orders:
        if order.medication is None:
            continue
        for ref in (None if order.stored else order.ref, order.medication.prior):
            resource = None if ref is None or ref in seen else chart.lookup(ref)
            if ref is None or not isinstance(resource, fhir.MedicationRequest):
                continue
            seen.add(ref)
            one = read_medication(
                resource, key="medicationRequests", ref=ref, clock=chart.clock,
                terminology=chart.terminology, issues=[],
                resolve=lambda reference, owner=resource: chart.resolve(reference, owner),  # type: ignore[misc]
            )  # fmt: skip
            if one is not None and one.route == INTRATHECAL and one.exposure is not False:
                yield one


def _of_trials(
    chart: Chart, policy: Mapping[str, object], orders: tuple[Medication, ...]
) -> Iterator[str]:
    """Name the orders that a trial gave: by their reason, or because they began while one ran."""
    if not orders:
        return
    windows = [one.trial for one in trial_windows(chart, policy)]
    implanted = implant_date(chart)
    for order in orders:
        if TRIAL_REASON in order.reason_groups:
            yield order.ref
        elif order.start is not None and not _since(order.start, implanted, chart):
            ran = (_during(order.start, one.start, one.end, chart) for one in windows)
            if any(ran):
                yield order.ref


def _since(start: Span, implanted: Span | None, chart: Chart) -> bool:
    return implanted is not None and chart.clock.day(start.high) >= chart.clock.day(implanted.low)


def _during(start: Span, begin: Span | None, end: Span | None, chart: Chart) -> bool:
    if begin is None:
        return False
    day = chart.clock.day
    last = chart.clock.today if end is None else day(end.high)
    return day(begin.low) <= day(start.low) and day(start.high) <= last


def infused(chart: Chart, order: Medication, filled: Span | None) -> tuple[Agent, ...]:
    """Return the agents of an order, with the strength of the reservoir where it states none."""
    if all(agent.per_ml is not None for agent in order.agents):
        return order.agents
    wanted = (agent.rxcui for agent in order.agents)
    return order.with_concentrations(reservoir_concentrations(chart, wanted, filled))
