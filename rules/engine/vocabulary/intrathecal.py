"""Nouns of the intrathecal therapy: orders, agents, doses, tolerance (recording.md 4.6, 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.dose_changes import Comparison, DoseChange, compare, read_change
from rules.chart.dose_conversion import Conversion, read_conversion
from rules.chart.dose_trend import MORPHINE, DoseTrend, read_dose_trend
from rules.chart.it_agents import drafted_agents, stored_agents
from rules.chart.it_doses import Doses
from rules.chart.it_history import (
    FirstOrder,
    Start,
    Therapy,
    read_first_order,
    read_start,
    read_therapy,
)
from rules.chart.it_orders import ItOrders, read_it_orders
from rules.chart.it_stops import read_stopped
from rules.chart.mixtures import Mixture, read_mixture
from rules.chart.opioid_tolerance import Tolerance, read_tolerance
from rules.engine.words import noun

if TYPE_CHECKING:
    from rules.chart.records import Records
    from rules.engine.frame import Frame

AGENT = {
    "name": "text", "unit": "text", "first": "number", "highest": "number", "bolus": "number",
    "concentration": "number", "previous": "number", "increase": "number", "change": "text",
    "opioid": "truth", "draft": "truth",
}  # fmt: skip
_HISTORY = ("medicationRequests", "observations", "procedures")


@noun(
    "any",
    keys=("medicationRequests", "procedures"),
    attributes={"any": "truth", "complete": "truth"},
    cql="[MedicationRequest] where route is intrathecal (computed)",
)
def it_orders(frame: Frame) -> ItOrders:
    """Give the intrathecal orders: stored, replaced by a draft, drafted."""
    return read_it_orders(frame.chart, frame.policy)


@noun(
    "any",
    keys=_HISTORY,
    attributes={"conflicting": "text", "why": "text"},
    cql="[Observation: programmed daily dose] union orders, by agent and date (computed)",
)
def it_doses(frame: Frame) -> Doses:
    """Give the intrathecal dose of each agent over time."""
    return Doses(frame.chart, frame.policy, frame.noun("it_orders"), frame.noun("last_fill"))


@noun(
    "records",
    keys=_HISTORY,
    attributes=AGENT,
    cql="agents of the intrathecal draft orders that are selected (computed)",
)
def draft_agents(frame: Frame) -> Records:
    """Give each agent of each selected intrathecal draft, with its doses and what they change."""
    agents = drafted_agents(
        frame.chart, frame.noun("it_orders"), frame.noun("last_fill"), selected=True
    )
    return _compared(frame, agents)


@noun(
    "records",
    keys=_HISTORY,
    attributes=AGENT,
    cql="agents of all intrathecal draft orders (computed)",
)
def ordered_agents(frame: Frame) -> Records:
    """Give each agent of every intrathecal draft, selected or not: they fill one reservoir."""
    agents = drafted_agents(frame.chart, frame.noun("it_orders"), frame.noun("last_fill"))
    return _compared(frame, agents)


def _compared(frame: Frame, agents: Records) -> Records:
    read = frame.noun
    comparison = Comparison(
        lambda: read("it_doses"), lambda: read("first_it_order"), lambda: read("delivery")
    )
    return compare(agents, comparison)


@noun(
    "records",
    keys=_HISTORY,
    attributes=AGENT,
    cql="agents of the active intrathecal orders (computed)",
)
def current_agents(frame: Frame) -> Records:
    """Give the agents that the pump gives now, by the orders on board."""
    orders: ItOrders = frame.noun("it_orders")
    return stored_agents(frame.chart, orders.running, frame.noun("last_fill"))


@noun(
    "records",
    keys=_HISTORY,
    attributes=AGENT,
    cql="agents of draft and active intrathecal orders (computed)",
)
def reservoir_agents(frame: Frame) -> Records:
    """Give the agents that the reservoir will hold: drafts, and active orders not replaced."""
    orders: ItOrders = frame.noun("it_orders")
    kept = [one for one in orders.stored if one.on_board is not False]
    fill = frame.noun("last_fill")
    return drafted_agents(frame.chart, orders, fill).union(stored_agents(frame.chart, kept, fill))


@noun(
    "records",
    keys=_HISTORY,
    attributes=AGENT,
    cql="agents of active intrathecal orders that this call ends (computed)",
)
def stopped_agents(frame: Frame) -> Records:
    """Give the agents that the pump gives now and that the drafts of the call stop."""
    orders: ItOrders = frame.noun("it_orders")
    drafted: Records = frame.noun("ordered_agents")
    return read_stopped(frame.chart, orders, drafted, frame.noun("last_fill"))


@noun(
    "any",
    keys=_HISTORY,
    attributes={
        "compounded": "truth", "conflict": "truth", "names": "text", "pairs": "text",
        "why": "text",
    },
    strength="asserted",
    cql="what one reservoir will hold (computed)",
)  # fmt: skip
def mixture(frame: Frame) -> Mixture:
    """Give whether what is ordered is compounded, and which agents labels keep apart."""
    return read_mixture(frame.noun("reservoir_agents"), frame.chart.terminology)


@noun(
    "any",
    keys=(*_HISTORY, "devices", "conditions"),
    attributes={"value": "truth", "why": "text"},
    cql="not exists earlier intrathecal therapy (computed)",
)
def first_it_order(frame: Frame) -> FirstOrder:
    """Say whether the intrathecal order of this call is the patient's first (trials apart)."""
    orders, doses = frame.noun("it_orders"), frame.noun("it_doses")
    return read_first_order(frame.chart, orders, doses, frame.noun("pump"))


@noun(
    "any",
    keys=_HISTORY,
    attributes={
        "kind": "text", "start": "truth", "restart": "truth", "increase": "truth",
        "opioid_start": "truth", "opioid_restart": "truth", "opioid_increase": "truth",
        "names": "text", "why": "text",
    },
    strength="asserted",
    cql="first step of the draft against the previous dose (computed)",
)  # fmt: skip
def it_dose_change(frame: Frame) -> DoseChange:
    """Give what the call changes: start, restart, increase, decrease or nothing."""
    refill = any(order.kind == "refill" and order.selected for order in frame.chart.orders)
    agents, current = frame.noun("draft_agents"), frame.noun("current_agents")
    return read_change(agents, current, frame.noun("delivery"), refill=refill)


@noun(
    "any",
    keys=_HISTORY,
    attributes={
        "value": "truth", "percent": "number", "months": "number", "points": "number",
        "newest": "number", "why": "text",
    },
    cql="intrathecal morphine dose against the reference curve (computed)",
)  # fmt: skip
def dose_trend(frame: Frame) -> DoseTrend:
    """Give the trend of the intrathecal morphine dose against the policy's reference curve."""
    return read_dose_trend(frame.chart, frame.policy, frame.noun("it_doses").of(MORPHINE))


@noun(
    "any",
    keys=(*_HISTORY, "devices", "conditions"),
    attributes={"date": "date", "why": "text"},
    cql="Min(implantation, first intrathecal order, first programmed dose) (computed)",
)
def it_start(frame: Frame) -> Start:
    """Give when intrathecal therapy began."""
    return read_start(frame.noun("it_orders"), frame.noun("it_doses"), frame.noun("pump"))


@noun(
    "any",
    keys=(*_HISTORY, "devices", "conditions"),
    attributes={
        "value": "truth", "opioid": "truth", "baclofen": "truth", "clonidine": "truth",
        "names": "text", "why": "text",
    },
    cql="an intrathecal order on board, or a recent programmed dose (computed)",
)  # fmt: skip
def it_active(frame: Frame) -> Therapy:
    """Give whether an intrathecal infusion runs now, and whether it holds some agents."""
    current, doses = frame.noun("current_agents"), frame.noun("it_doses")
    return read_therapy(frame.chart, frame.policy, current, doses, frame.noun("pump"))


@noun(
    "any",
    keys=_HISTORY,
    attributes={
        "status": "text", "tolerant": "truth", "naive": "truth", "mme": "number", "why": "text",
    },
    cql="scheduled systemic MME of each of the last days (computed)",
)  # fmt: skip
def opioid_tolerance(frame: Frame) -> Tolerance:
    """Give whether the patient is opioid-tolerant or opioid-naive."""
    orders, doses = frame.noun("it_orders"), frame.noun("it_doses")
    return read_tolerance(frame.chart, frame.policy, orders, doses)


@noun(
    "any",
    keys=_HISTORY,
    attributes={
        "ratio": "number", "mme": "number", "dose": "number", "low": "truth",
        "epidural_sized": "truth", "names": "text", "why": "text",
    },
    cql="systemic MME of today / intrathecal dose (computed)",
)  # fmt: skip
def conversion(frame: Frame) -> Conversion:
    """Give the ratio of systemic to ordered intrathecal morphine: an alarm, never a dose."""
    agents, first = frame.noun("draft_agents"), frame.noun("first_it_order")
    return read_conversion(frame.chart, frame.policy, agents, first)
