"""Allergies and intolerances: to what, of which kind, how sure (recording.md 1.3, 4.2, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.codings import codes, words
from rules.chart.records import Allergy, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart import resources as fhir
    from rules.chart.context import Context
    from rules.chart.terminology import Terminology

KEY = "allergies"
_OVER = frozenset(("inactive", "resolved"))


def read_allergy(resource: fhir.AllergyIntolerance, ref: str, context: Context) -> Allergy | None:
    """Read one AllergyIntolerance; None where it does not count.

    Refuted and resolved entries are answers, and are left out without an issue.
    """
    status, verified = codes(resource.clinical_status), codes(resource.verification_status)
    substances = [resource.code, *(one.substance for one in resource.reaction or ())]
    named = [concept for concept in substances if concept is not None]
    ingredients = _ingredients(named, context.codings.terminology)
    groups = context.codings.groups(named)
    for ingredient in ingredients:
        groups |= context.codings.terminology.ingredient_groups(ingredient)
    if "entered-in-error" in verified or "entered-in-error" in status:
        context.ignore("it was entered in error", ref, KEY, groups)
        return None
    onset, recorded = context.date(resource.onset_date_time), context.date(resource.recorded_date)
    if context.future(onset or recorded):
        context.ignore_future(ref, KEY, groups)
        return None
    active: Truth = None
    if resource.clinical_status is None or "active" in status:
        active = True
    elif status & _OVER:
        active = False
    confirmed: Truth = None
    if resource.verification_status is None or "confirmed" in verified:
        confirmed = True
    elif "refuted" in verified:
        confirmed = False
    if active is False or confirmed is False:
        return None
    record = Allergy(
        key=KEY, ref=ref, resource=resource, groups=groups,
        coded=any(context.codings.concept(one)[1] for one in named),
        counts=True if active and confirmed else None,
        text=words(resource.code), when=recorded or onset,
    )  # fmt: skip
    record.active, record.confirmed = active, confirmed
    record.kind = resource.type if resource.type in ("allergy", "intolerance") else ""
    record.criticality = resource.criticality or ""
    record.severe = any(one.severity == "severe" for one in resource.reaction or ())
    record.ingredients = ingredients
    record.manifestations = frozenset().union(
        *(context.codings.groups(one.manifestation) for one in resource.reaction or ())
    )
    context.modified(record)
    return record


def _ingredients(concepts: Iterable[fhir.Concept], terminology: Terminology) -> frozenset[str]:
    """Return the RxNorm ingredients that the codes name, directly or as products."""
    found: set[str] = set()
    for concept in concepts:
        for coding in concept.coding or ():
            strengths = terminology.ingredients_of(coding.system, coding.code)
            found.update(one.ingredient for one in strengths or ())
    return frozenset(found)
