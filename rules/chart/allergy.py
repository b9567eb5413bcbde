"""Whether the patient is allergic to an ordered drug (recording.md 6, CTR-05)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rules.chart.records import Allergy, Condition, Records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart.chart import Chart
    from rules.chart.medications import Medication
    from rules.chart.orders import Order
    from rules.chart.records import Record, Truth

# From the gravest to none; `unknown` where the list or the drug is not known.
LEVELS = ("alarm", "warning", "class", "unknown", "none")
_OPIOID = "med-opioid-ingredient"
_OPIOID_CLASS = "allergy-opioid-class"


@dataclass(frozen=True, slots=True)
class AllergyMatch:
    """One drug of one order against the allergy list; *level* is one of `LEVELS`."""

    order: Order
    ingredient: str | None
    name: str
    level: str
    allergies: tuple[Record, ...]
    why: str


@dataclass(frozen=True, slots=True)
class AgentAllergies:
    """Every drug of the orders against the list, and the gravest level among them.

    *truth*: an allergy to a drug itself is on record (class matches are none). *complete*: the list
    was read and has an entry, so that no match means no allergy.
    """

    matches: tuple[AllergyMatch, ...]
    level: str
    truth: Truth
    complete: bool
    evidence: tuple[Record, ...]
    why: str
    gaps: tuple[str, ...]

    @property
    def names(self) -> str:
        """Name what the gravest level is about: ordered drugs, or what the class entry says."""
        found = [match for match in self.matches if match.level == self.level]
        if self.level == "class":
            names = [one.text for match in found for one in match.allergies]
        else:
            names = [match.name for match in found]
        return ", ".join(dict.fromkeys(name for name in names if name))

    def graded(self, level: str) -> Records:
        """Return the allergy records behind the matches of one level."""
        found = (one for match in self.matches if match.level == level for one in match.allergies)
        return Records(tuple(dict.fromkeys(found)))


def agent_allergy(chart: Chart, orders: Iterable[Order] | None = None) -> AgentAllergies:
    """Match the drugs of *orders* with the allergy list.

    By default these are the drug orders of the call that are not certainly systemic and that do
    not themselves end a therapy.
    """
    if orders is None:
        orders = [one for one in chart.orders if _is_asked(one)]
    listed = _Listed(chart)
    matches = tuple(match for order in orders for match in listed.matches(order))
    level = min((match.level for match in matches), key=LEVELS.index, default="none")
    truths = {_truth(match.level, complete=listed.complete) for match in matches}
    evidence = tuple(dict.fromkeys(one for match in matches for one in match.allergies))
    return AgentAllergies(
        matches,
        level,
        True if True in truths else None if None in truths else False,
        listed.complete,
        evidence,
        next((match.why for match in matches if match.level == level), "no drug is ordered"),
        chart.allergies.gaps,
    )


def _truth(level: str, *, complete: bool) -> Truth:
    """Say whether a drug itself is on the list; a match of its class leaves that to the list."""
    if level in ("alarm", "warning"):
        return True
    return None if level == "unknown" or not complete else False


def _is_asked(order: Order) -> bool:
    return order.medication is not None and not order.ended and not order.medication.systemic


class _Listed:
    """The allergy list of a chart, with what else records an allergy."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        entries = [one for one in chart.allergies.possible() if isinstance(one, Allergy)]
        # A refuted or resolved entry is none; one of unknown state still warns.
        self.entries = [
            one for one in entries if one.active is not False and one.confirmed is not False
        ]
        drugs = cast("tuple[Medication, ...]", chart.medications.possible())
        self.stopped = tuple(one for one in drugs if one.stopped_for_allergy)
        self.statements = tuple(
            one
            for one in chart.conditions.possible()
            if isinstance(one, Condition)
            and one.active is not False
            and _OPIOID_CLASS in one.groups
        )
        uncoded = any(not one.coded for one in self.entries)
        self.complete = chart.allergies.complete and bool(self.entries) and not uncoded

    def matches(self, order: Order) -> list[AllergyMatch]:
        """Match every drug of one order."""
        medication = order.medication
        if medication is None:
            return []
        if medication.ingredients is None:
            why = f"the drug of {order.ref} is not coded"
            return [AllergyMatch(order, None, medication.text, "unknown", (), why)]
        return [self._match(order, one) for one in sorted(medication.ingredients)]

    def _match(self, order: Order, ingredient: str) -> AllergyMatch:
        name = self.chart.terminology.name(ingredient)
        graded = [(one, _grade(one)) for one in self.entries if ingredient in one.ingredients]
        for level, why in (
            ("alarm", f"an allergy to {name} is on record"),
            ("warning", f"a possible allergy to {name} is on record"),
        ):
            found: tuple[Record, ...] = tuple(one for one, grade in graded if grade == level)
            if level == "warning":
                found += tuple(one for one in self.stopped if ingredient in (one.ingredients or ()))
            if found:
                return AllergyMatch(order, ingredient, name, level, found, why)
        found = self._of_class(ingredient)
        if found:
            why = f"an allergy to the class of {name} is on record"
            return AllergyMatch(order, ingredient, name, "class", found, why)
        if self.complete:
            tolerated = tuple(one for one, _ in graded)
            why = f"no allergy to {name} on the list"
            return AllergyMatch(order, ingredient, name, "none", tolerated, why)
        why = "the allergy list is empty, uncoded or could not be read"
        return AllergyMatch(order, ingredient, name, "unknown", (), why)

    def _of_class(self, ingredient: str) -> tuple[Record, ...]:
        if _OPIOID not in self.chart.terminology.ingredient_groups(ingredient):
            return ()
        entries = (one for one in self.entries if _OPIOID_CLASS in one.groups or self._opioid(one))
        return (*entries, *self.statements)

    def _opioid(self, one: Allergy) -> bool:
        groups = (self.chart.terminology.ingredient_groups(drug) for drug in one.ingredients)
        return any(_OPIOID in group for group in groups) and _grade(one) != "none"


def _grade(one: Allergy) -> str:
    """Grade an entry that names the drug: an allergy, a possible one, or a mere intolerance."""
    grave = one.kind == "allergy" or one.criticality == "high" or one.severe
    if not grave and one.kind:
        return "none"
    return "alarm" if grave and one.confirmed and one.active else "warning"
