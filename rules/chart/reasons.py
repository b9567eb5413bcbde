"""Why the ordered therapy is wanted: the reasons of the orders, and where the pain is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.records import Condition, Record, Records

if TYPE_CHECKING:
    from rules.chart.chart import Chart

ASKING = frozenset({"implant", "trial", "refill"})
ABOVE = "region-above-diaphragm"
BELOW = "region-below-diaphragm"


@dataclass(frozen=True, slots=True)
class PainRegion:
    """Where the pain is: `above` or `below` the diaphragm, None where that is not known."""

    place: str | None
    names: str
    evidence: tuple[Record, ...]


def read_reasons(chart: Chart) -> Records:
    """Return the coded reasons of the procedure orders of this call: conditions and codes."""
    known = {record.ref: record for record in chart.conditions.possible()}
    sure: list[Record] = []
    maybe: list[Record] = []
    for order in chart.orders:
        if order.kind not in ASKING or not order.selected:
            continue
        for reference in order.reason_refs:
            condition = known.get(reference)
            if isinstance(condition, Condition) and condition.ever is not False:
                (sure if condition.coded else maybe).append(condition)
        if order.reason_groups:
            sure.append(_reason_of(order, order.reason_groups))
    return Records(tuple(dict.fromkeys(sure)), tuple(dict.fromkeys(maybe)))


def _reason_of(order: Record, groups: frozenset[str]) -> Record:
    return Record(
        key="draftOrders", ref=order.ref, resource=order.resource, groups=groups, coded=True,
        counts=True, text=f"reason of {order.text}", when=order.when,
    )  # fmt: skip


def read_pain_region(chart: Chart, reasons: Records) -> PainRegion:
    """Say where the pain is: the order's body site, else a condition's, else the diagnosis."""
    asking = [order for order in chart.orders if order.kind in ASKING and order.selected]
    placed = _place([(order, order.sites) for order in asking])
    if placed.evidence:
        return placed
    linked = [record for record in reasons.sure if isinstance(record, Condition)]
    active = [r for r in chart.conditions.sure if isinstance(r, Condition) and r.active]
    for conditions in (linked, active):
        placed = _place([(record, record.sites) for record in conditions])
        if placed.evidence:
            return placed
        placed = _place([(record, record.groups) for record in conditions])
        if placed.evidence:
            return placed
    return _place([(record, record.groups) for record in reasons.sure])


def _place(records: list[tuple[Record, frozenset[str]]]) -> PainRegion:
    above = [record for record, groups in records if ABOVE in groups]
    below = [record for record, groups in records if BELOW in groups]
    evidence = tuple(dict.fromkeys(above + below))
    place = None if bool(above) == bool(below) else "above" if above else "below"
    names = ", ".join(dict.fromkeys(record.text for record in evidence))
    return PainRegion(place, names, evidence)
