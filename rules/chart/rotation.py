"""Whether another opioid or another route was tried and failed: criterion C3 (recording.md 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.courses import Course, opioid_courses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.chart import Chart
    from rules.chart.records import Record, Records, Truth

# Routes other than by mouth whose failed course is enough.
ALTERNATIVE_ROUTES = frozenset({"sc", "iv", "transdermal"})


@dataclass(frozen=True, slots=True)
class Rotation:
    """What the opioid history shows. `value` is C3.

    `ingredients` and `routes` are those of qualifying courses; `possible_failed` are ingredients
    whose failure is not certain.
    """

    value: Truth
    courses: Records
    failed_ingredients: frozenset[str]
    possible_failed: frozenset[str]
    alternative_route_failed: Truth
    ingredients: frozenset[str]
    routes: frozenset[str]
    complete: bool
    evidence: tuple[Record, ...]
    why: str


def read_rotation(
    chart: Chart, policy: Mapping[str, object], scores: Iterable[Record] | None = None
) -> Rotation:
    """Read C3 from the opioid courses; *scores* are the pain scores to judge failure by."""
    found = opioid_courses(chart, policy, scores)
    sure = [one for one in found.sure if isinstance(one, Course)]
    every = [one for one in found.possible() if isinstance(one, Course)]
    qualifying = [one for one in sure if one.qualifies]
    failed = [one for one in sure if one.failed]
    failed_ingredients = frozenset(one.ingredient for one in failed)
    doubtful = [one for one in every if one.failed is not False and one not in failed]
    alternative = [one for one in failed if one.route_class in ALTERNATIVE_ROUTES]
    doubt = [one for one in doubtful if one.route_class in ALTERNATIVE_ROUTES]
    ingredients = frozenset(one.ingredient for one in qualifying)
    routes = frozenset(one.route_class for one in qualifying)
    certain = found.complete and not found.maybe and all(o.qualifies is not None for o in sure)
    value: Truth
    if len(failed_ingredients) > 1:
        value, why = True, "courses of two or more opioids failed"
    elif alternative:
        value, why = True, "a course by another route failed"
    elif certain and len(ingredients) == 1 and len(routes) == 1:
        value, why = False, "one opioid by one route is all that was tried"
    elif not qualifying:
        value, why = None, "no opioid course on record"
    elif not certain:
        value, why = None, "the opioid history is not complete"
    else:
        value, why = None, "several were tried, too few are known to have failed"
    deciding = alternative or failed if value else qualifying or every
    if len(failed_ingredients) > 1:
        deciding = failed
    evidence = tuple(dict.fromkeys(order for one in deciding for order in one.segments))
    return Rotation(
        value=value, courses=found, failed_ingredients=failed_ingredients,
        possible_failed=frozenset(one.ingredient for one in doubtful) - failed_ingredients,
        alternative_route_failed=True if alternative else None if doubt or not certain else False,
        ingredients=ingredients, routes=routes, complete=found.complete, evidence=evidence, why=why,
    )  # fmt: skip
