"""The phase of the call: the question that its orders ask (recording.md 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.appointments import PlannedRefill, planned_refill
from rules.chart.records import ServiceRequest
from rules.chart.references import tail
from rules.chart.selections import dispatched
from rules.chart.trial_procedures import trial_procedures

if TYPE_CHECKING:
    from rules.chart.chart import Chart
    from rules.chart.orders import Order
    from rules.chart.records import Record, Truth

__all__ = [
    "Phase", "PlannedRefill", "Replacement", "lost_orders", "phase", "planned_refill",
    "read_phase", "replacement",
]  # fmt: skip

# Highest first: the highest kind among the orders gives the phase.
PHASES = ("implant", "trial", "explant", "refill", "medication", "imaging", "review")
_PHASE_OF = {
    "implant": "implant",
    "trial": "trial",
    "explant": "explant",
    "refill": "refill",
    "it-medication": "medication",
    "systemic-medication": "medication",
    "imaging": "imaging",
}
_INTENDED = frozenset({"order-implant", "order-replacement", "order-trial", "order-catheter"})


@dataclass(frozen=True, slots=True)
class Phase:
    """The phase and what gave it.

    *review_as_implant*: nothing is ordered, and the record shows that a pump is being considered.
    *missing* are dispatched orders that are not on record.
    """

    name: str
    review_as_implant: bool
    orders: tuple[Order, ...]
    missing: tuple[str, ...]
    evidence: tuple[Record, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """Whether the implant order replaces a pump, and the records that say so."""

    value: bool
    evidence: tuple[Record, ...]
    why: str


def phase(chart: Chart, implanted_pump: Truth) -> str:
    """Return the name of the phase, one of `PHASES`."""
    return read_phase(chart, implanted_pump).name


def read_phase(chart: Chart, implanted_pump: Truth) -> Phase:
    """Read the phase from the selected, dispatched or booked orders."""
    asking = [one for one in chart.orders if one.selected and one.kind in _PHASE_OF]
    missing = lost_orders(chart)
    if asking:
        name = min((_PHASE_OF[one.kind] for one in asking), key=PHASES.index)
        orders = tuple(one for one in asking if _PHASE_OF[one.kind] == name)
        return Phase(name, False, orders, missing, orders, f"{orders[0].ref} is the order")
    booked = planned_refill(chart)
    if booked.is_refill:
        return Phase("refill", False, (), missing, (), booked.why)
    if implanted_pump:
        return Phase("review", False, (), missing, (), "nothing is ordered; a pump is in place")
    evidence = _considered(chart)
    why = "a trial or an implant is on record" if evidence else "nothing is ordered"
    return Phase("review", bool(evidence), (), missing, evidence, why)


def replacement(chart: Chart, implanted_pump: Truth) -> Replacement:
    """Say whether the implant order replaces a pump; an unknown pump is read as none."""
    coded = tuple(one for one in chart.orders if one.replacement and not one.prohibits)
    if coded:
        return Replacement(True, coded, "the order is for a replacement")
    explants = tuple(one for one in chart.orders if one.kind == "explant")
    if explants:
        return Replacement(True, explants, "the pump in place is explanted with this order")
    if implanted_pump:
        return Replacement(True, (), "a pump is in place")
    return Replacement(False, (), "no pump is known to be in place")


def lost_orders(chart: Chart) -> tuple[str, ...]:
    """Return the dispatched orders that are not on record: what they ask cannot be checked."""
    if chart.call.hook != "order-dispatch":
        return ()
    found = {one.ref for one in chart.orders}
    return tuple(ref for ref in dispatched(chart.call.context) if tail(ref) not in found)


def _considered(chart: Chart) -> tuple[Record, ...]:
    requests = tuple(
        one
        for one in chart.service_requests.sure
        if isinstance(one, ServiceRequest) and one.status == "active" and _intends(one)
    )
    trials = tuple(one.procedure for one in trial_procedures(chart, chart.policy).trials)
    return trials + requests


def _intends(request: ServiceRequest) -> bool:
    if request.groups & _INTENDED:
        return True
    possible = "order-possible-trial" in request.groups
    return possible and "local#it-trial" in request.reason_groups
