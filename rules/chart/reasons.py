"""Why the ordered therapy is wanted: the reasons of the orders, and where the pain is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.codings import words
from rules.chart.records import Condition, Record, Records, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.chart import resources as fhir
    from rules.chart.chart import Chart
    from rules.chart.orders import Order

ASKING = frozenset({"implant", "trial", "refill"})
ABOVE = "region-above-diaphragm"
BELOW = "region-below-diaphragm"
_PAIN = "cond-pain"


@dataclass(frozen=True, slots=True)
class PainRegion:
    """Where the pain is: `above` or `below` the diaphragm, None where that is not known."""

    place: str | None
    names: str
    evidence: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class _Site:
    """One statement of where the pain is: the record that makes it, its words, its value sets."""

    record: Record
    name: str
    groups: frozenset[str]


def read_reasons(chart: Chart) -> Records:
    """Return the coded reasons of the procedure orders of this call: conditions and codes.

    A linked condition that nobody confirmed is doubtful, as is one that could not be had.
    """
    known = {record.ref: record for record in chart.conditions.possible()}
    sure: list[Record] = []
    maybe: list[Record] = []
    lost = False
    for order in _asking(chart):
        for reference in order.reason_refs:
            condition = known.get(reference)
            lost = lost or (condition is None and not chart.conditions.complete)
            if isinstance(condition, Condition) and condition.ever is not False:
                certain = condition.coded and condition.ever
                (sure if certain else maybe).append(condition)
        sure += _coded_reasons(order, chart)
    gaps = chart.conditions.gaps if lost else ()
    return Records(
        tuple(dict.fromkeys(sure)), tuple(dict.fromkeys(maybe)), complete=not lost, gaps=gaps
    )


def _asking(chart: Chart) -> list[Order]:
    return [order for order in chart.orders if order.kind in ASKING and order.selected]


def _coded_reasons(order: Order, chart: Chart) -> Iterator[Record]:
    concepts: Iterable[fhir.Concept] = getattr(order.resource, "reason_code", None) or ()
    named = [(words(one), chart.terminology.concept(one)[0]) for one in concepts]
    left = order.reason_groups.difference(*(groups for _, groups in named))
    for text, groups in (*named, (f"reason of {order.text}", left)):
        if groups:
            yield Record(
                key="draftOrders", ref=order.ref, resource=order.resource, groups=groups,
                coded=True, counts=True, text=text, when=order.when,
            )  # fmt: skip


def read_pain_region(chart: Chart, reasons: Records) -> PainRegion:
    """Say where the pain is: the order's body site, else that of its reasons, else of the list.

    Of conditions the body site is asked before the diagnosis; a site counts only of a pain
    diagnosis.
    """
    active = [
        one for one in chart.conditions.sure if isinstance(one, Condition) and _true(one.active)
    ]
    for sites in (
        [site for order in _asking(chart) for site in _body_sites(order, chart)],
        [site for one in reasons.sure for site in _body_sites(one, chart)],
        [_Site(one, one.text or one.ref, one.groups) for one in reasons.sure],
        [site for one in active if _PAIN in one.groups for site in _body_sites(one, chart)],
        [_Site(one, one.text or one.ref, one.groups) for one in active],
    ):
        found = _region(sites)
        if found.evidence:
            return found
    return _region([])


def _true(value: Truth) -> bool:
    return value is True


def _body_sites(record: Record, chart: Chart) -> Iterator[_Site]:
    if record.key == "draftOrders" and not hasattr(record, "sites"):
        return  # a reason code of an order: the order's own site was asked before
    concepts: Iterable[fhir.Concept] = getattr(record.resource, "body_site", None) or ()
    for concept in concepts:
        groups, coded = chart.terminology.concept(concept)
        if coded:
            yield _Site(record, words(concept), groups)


def _region(sites: Iterable[_Site]) -> PainRegion:
    above = [site for site in sites if ABOVE in site.groups]
    below = [site for site in sites if BELOW in site.groups]
    evidence = tuple(dict.fromkeys(site.record for site in (*above, *below)))
    place = None if bool(above) == bool(below) else "above" if above else "below"
    names = ", ".join(dict.fromkeys(site.name for site in (*above, *below)))
    return PainRegion(place, names, evidence)
