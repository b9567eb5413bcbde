"""Observations: measurements in one unit per kind, and statements (recording.md 1.5, 4 to 8)."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.chart import resources as fhir
from rules.chart.codings import NONE, codes, words
from rules.chart.quantities import CANONICAL, Unusable, read_quantity, read_range
from rules.chart.records import Interval, Observation
from rules.chart.references import tail
from rules.chart.spans import LATEST, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart.context import Context

KEY = "observations"
_FINAL = frozenset(("final", "amended", "corrected"))
# Value set -> the dimension of its numbers (rules/chart/quantities.py). First match wins.
_DIMENSIONS = {
    "obs-pain-score": "score",
    "obs-pain-severity": "score",
    "obs-inr": "ratio",
    "obs-platelet-count": "count",
    "obs-temperature": "temperature",
    "obs-prognosis": "months",
    "obs-spo2": "percent",
    "local#percent-pain-relief": "percent",
    "local#it-daily-dose": "mass-rate",
    "local#daily-mme": "mass-rate",
    "local#reservoir-concentration": "concentration",
    "local#pump-flow-rate": "volume-rate",
    "local#reservoir-fill-volume": "volume",
    "local#reservoir-residual-volume": "volume",
    "local#reservoir-expected-volume": "volume",
}
# A visual analogue scale may be in millimetres (recording.md 4.2).
_VAS = "38214-3"
_HIGHEST_SCORE = Decimal(10)


def read_observation(
    resource: fhir.Observation, ref: str, groups: frozenset[str], coded: bool, context: Context
) -> Observation | None:
    """Read one Observation; None where its status does not let it count, or it is in the future."""
    status = resource.status
    if status is not None and status not in _FINAL and status != "preliminary":
        context.ignore(f"its status is `{status[:30]}`", ref, KEY, groups)
        return None
    when = _when(resource, context)
    if context.future(when):
        context.ignore_future(ref, KEY, groups)
        return None
    if resource.focus is not None and groups and (other := _other_focus(resource.focus)):
        context.ignore(f"it is about a {other}, not about the patient", ref, KEY, groups)
        return None
    absent = resource.data_absent_reason is not None
    record = Observation(
        key=KEY, ref=ref, resource=resource, groups=groups, coded=coded,
        counts=True if status in _FINAL and not absent else None,
        text=words(resource.code), when=when,
    )  # fmt: skip
    record.value, record.unit, record.value_groups = None, "", NONE
    if groups and not absent:
        _read_value(resource, record, context)
    record.interpretation = _interpretation(resource.interpretation)
    record.part_of = _references(resource.part_of)
    record.focus = _references(resource.focus)
    record.components = ()
    if groups and resource.component:
        record.components = tuple(_component(one, context) for one in resource.component)
    if status is None:
        context.tell("invalid", "it has no status", record)
    if resource.modifier_extension:
        context.modified(record)
    return record


def _when(resource: fhir.Observation, context: Context) -> Span | None:
    when = None
    if resource.effective_date_time is not None:
        when = context.date(resource.effective_date_time)
    elif resource.effective_period is not None:
        start, end = context.period(resource.effective_period)
        when = end
        if start is not None and (
            end is None or (context.future(end) and not context.future(start))
        ):
            # It goes on: taken at any moment since its start.
            when = Span(start.low, max(start.low, min(context.end_of_today, LATEST)))
    elif resource.effective_instant is not None:
        when = context.date(resource.effective_instant)
    return when if when is not None else context.date(resource.issued)


def _other_focus(focus: Iterable[fhir.Reference]) -> str:
    for one in focus:
        kind, slash, _ = tail(one.reference or "").rpartition("/")
        if slash and kind in ("RelatedPerson", "Group", "Practitioner"):
            return kind
    return ""


def _references(references: Iterable[fhir.Reference] | None) -> tuple[str, ...]:
    if not references:
        return ()
    return tuple(tail(one.reference) for one in references if one.reference)


def _interpretation(concepts: Iterable[fhir.Concept] | None) -> frozenset[str]:
    if not concepts:
        return NONE
    return NONE.union(*(codes(one) for one in concepts))


def _dimension(resource: fhir.Observation, groups: frozenset[str]) -> str:
    dimension = _dimension_of(groups)
    return "vas" if dimension == "score" and _VAS in codes(resource.code) else dimension


@lru_cache(maxsize=2048)
def _dimension_of(groups: frozenset[str]) -> str:
    return next((one for group, one in _DIMENSIONS.items() if group in groups), "")


def _read_value(resource: fhir.Observation, record: Observation, context: Context) -> None:
    concept = resource.value_codeable_concept
    if concept is not None:
        record.value = _answer(concept)
        record.value_groups = context.codings.concept(concept)[0]
    elif resource.value_boolean is not None:
        record.value = resource.value_boolean
    elif resource.value_date_time is not None:
        record.value = context.date(resource.value_date_time)
    elif resource.value_string is not None:
        record.value = resource.value_string
    elif resource.value_period is not None:
        start, end = context.period(resource.value_period)
        record.value = start.until(end) if start and end else start or end
    else:
        _read_number(resource, record, context)


def _read_number(resource: fhir.Observation, record: Observation, context: Context) -> None:
    dimension = _dimension(resource, record.groups)
    quantity = resource.value_quantity
    if resource.value_integer is not None:
        quantity = fhir.Quantity(value=Decimal(resource.value_integer))
        if dimension in ("score", "vas"):
            quantity.code = "1"
    try:
        if dimension:
            if quantity is not None:
                record.value = read_quantity(quantity, dimension)
            elif resource.value_range is not None:
                record.value = read_range(resource.value_range, dimension)
            record.unit = CANONICAL[dimension]
            if dimension in ("score", "vas"):
                _check_score(record.value)
        elif quantity is not None:
            _read_plain(quantity, record)
    except Unusable as why:
        record.value = None
        context.tell("unusable-quantity", f"its value cannot be used: {why}", record)


def _check_score(value: object) -> None:
    bounds = (value.low, value.high) if isinstance(value, Interval) else (value,)
    if any(isinstance(bound, Decimal) and bound > _HIGHEST_SCORE for bound in bounds):
        raise Unusable("a pain score lies between 0 and 10")


def _read_plain(quantity: fhir.Quantity, record: Observation) -> None:
    """Keep a number of a kind without a unit of its own, as it was sent."""
    record.unit = quantity.code or quantity.unit or ""
    if quantity.value is not None and quantity.value.is_finite() and not quantity.comparator:
        record.value = quantity.value


def _answer(concept: fhir.Concept) -> str:
    for coding in concept.coding or ():
        if coding.code:
            return coding.code
    return concept.text or ""


def _component(
    component: fhir.Component, context: Context
) -> tuple[frozenset[str], object, frozenset[str]]:
    """Read a component: value sets of its code, its value as sent, value sets of its value."""
    groups = context.codings.concept(component.code)[0]
    concept = component.value_codeable_concept
    if concept is not None:
        return groups, _answer(concept), context.codings.concept(concept)[0]
    quantity = component.value_quantity
    if quantity is not None and quantity.value is not None and quantity.value.is_finite():
        return groups, quantity.value, NONE
    return groups, component.value_string, NONE
