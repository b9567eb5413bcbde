"""Whether a trial tested what is ordered: drug and route of both (recording.md 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rules.chart.order_kinds import BACLOFEN, TRIAL_REASON, ZICONOTIDE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart.chart import Chart
    from rules.chart.medications import Medication
    from rules.chart.records import Record, Truth
    from rules.chart.trial_procedures import TrialProcedure

_NEURAXIAL = frozenset({"intrathecal", "epidural"})
# What the code of a trial says of its drug and route: HCPCS J0476; ICD-10-PCS tables 3E0R, 3E0S.
_SCREENING_DOSE, _SPINAL_CANAL, _EPIDURAL_SPACE = "J0476", "3E0R3", "3E0S3"


def agent_route_match(trial: TrialProcedure, chart: Chart) -> tuple[Truth, tuple[Record, ...]]:
    """Compare the trial with the intrathecal orders of the call; return the records compared.

    False where an ordered principal drug (opioid, ziconotide, baclofen) was not tried, or where
    ziconotide was tried by the epidural route. Unknown where nothing is ordered, or the drug of
    the trial is not recorded.
    """
    orders = [one for one in chart.orders if one.intrathecal and not one.ended]
    ordered = _principal(chart, [one.medication for one in orders if one.medication])
    given = _given(trial, chart)
    routes = {one.route for one in given} | _coded_routes(trial)
    tried = _ingredients(given)
    if _SCREENING_DOSE in _codes(trial):
        tried |= {BACLOFEN}
    if not ordered:
        return None, given
    if ZICONOTIDE in ordered and routes == {"epidural"}:
        return False, given
    if not tried:
        return None, given
    return ordered <= tried, given


def _given(trial: TrialProcedure, chart: Chart) -> tuple[Medication, ...]:
    """Return the neuraxial orders of the record that began on a day of the trial, or name it."""
    day = chart.clock.day
    found: list[Medication] = []
    for one in cast("tuple[Medication, ...]", chart.medications.sure):
        if one.route not in _NEURAXIAL:
            continue
        start = one.start
        if trial.start is None or trial.end is None or start is None:
            if TRIAL_REASON in one.reason_groups:
                found.append(one)
        elif day(trial.start.low) <= day(start.low) and day(start.high) <= day(trial.end.high):
            found.append(one)
    return tuple(found)


def _ingredients(drugs: Iterable[Medication]) -> frozenset[str]:
    return frozenset().union(*(one.ingredients or frozenset() for one in drugs))


def _principal(chart: Chart, drugs: Iterable[Medication]) -> frozenset[str]:
    """Return the drugs a therapy stands on; local anaesthetics and clonidine are added to them."""
    named = _ingredients(drugs)
    main = frozenset(
        one
        for one in named
        if one in {ZICONOTIDE, BACLOFEN}
        or "med-opioid-ingredient" in chart.terminology.ingredient_groups(one)
    )
    return main or named


def _codes(trial: TrialProcedure) -> frozenset[str]:
    concept = getattr(trial.procedure.resource, "code", None)
    codings = (concept.coding or ()) if concept is not None else ()
    return frozenset(coding.code for coding in codings if coding.code)


def _coded_routes(trial: TrialProcedure) -> set[str]:
    routes = set()
    for code in _codes(trial):
        if code.startswith(_EPIDURAL_SPACE):
            routes.add("epidural")
        elif code.startswith(_SPINAL_CANAL) or code == _SCREENING_DOSE:
            routes.add("intrathecal")
    return routes
