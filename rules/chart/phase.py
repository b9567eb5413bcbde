"""The phase of the call: the question that its orders ask (recording.md 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.records import ServiceRequest
from rules.chart.references import tail
from rules.chart.selections import dispatched
from rules.chart.trial_procedures import trial_procedures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.chart.chart import Chart
    from rules.chart.orders import Order
    from rules.chart.records import Record, Truth
    from rules.chart.spans import Span
    from rules.chart.terminology import Terminology

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
_NOT_COMING = frozenset({"cancelled", "noshow", "entered-in-error"})


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


@dataclass(frozen=True, slots=True)
class PlannedRefill:
    """A refill appointment that is being booked: its date, None where it has none."""

    is_refill: bool
    date: Span | None
    why: str
    evidence: tuple[Record, ...] = ()


def phase(chart: Chart, implanted_pump: Truth) -> str:
    """Return the name of the phase, one of `PHASES`."""
    return read_phase(chart, implanted_pump).name


def read_phase(chart: Chart, implanted_pump: Truth) -> Phase:
    """Read the phase from the selected, dispatched or booked orders."""
    asking = [one for one in chart.orders if one.selected and one.kind in _PHASE_OF]
    missing = _missing(chart)
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


def planned_refill(chart: Chart) -> PlannedRefill:
    """Read the appointments of appointment-book: the earliest for a refill, and its date."""
    dates: list[Span] = []
    found = False
    for booking in _appointments(chart.call.context):
        if booking.get("status") in _NOT_COMING or not _is_refill(booking, chart.terminology):
            continue
        found = True
        date = chart.clock.read(booking.get("start"))
        if date is not None:
            dates.append(date)
    if not found:
        return PlannedRefill(False, None, "no refill appointment is being booked")
    date = min(dates, key=lambda span: span.low, default=None)
    return PlannedRefill(True, date, "a refill appointment is being booked")


def _missing(chart: Chart) -> tuple[str, ...]:
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


def _appointments(context: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    bundle = context.get("appointments")
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == "Appointment":
            yield resource


def _is_refill(booking: Mapping[str, object], terminology: Terminology) -> bool:
    return any(
        "order-refill" in terminology.groups(system, code)
        for name in ("serviceType", "reasonCode")
        for system, code in _codings(booking.get(name))
    )


def _codings(concepts: object) -> Iterator[tuple[str, str]]:
    for concept in concepts if isinstance(concepts, list) else [concepts]:
        codings = concept.get("coding") if isinstance(concept, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict):
                system, code = coding.get("system"), coding.get("code")
                if isinstance(system, str) and isinstance(code, str):
                    yield system, code
