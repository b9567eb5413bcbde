"""What one reservoir will hold: admixtures, compounding, label conflicts (recording.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.chart.it_agents import ItAgent
from rules.chart.reservoirs import reservoirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.chart.records import Record, Records, Truth
    from rules.chart.terminology import Terminology

LABELLED = "med-intrathecal-labelled-product"
COMPOUNDED_CODE = "J7999"
ZICONOTIDE, BACLOFEN = "68503", "1292"


@dataclass(frozen=True, slots=True)
class Mixture:
    """The reservoir of the drafts: whether it is *compounded*, and agents that labels keep apart.

    *names* are its agents, *pairs* those in conflict.
    """

    compounded: Truth
    conflict: Truth
    names: str
    pairs: str
    why: str
    evidence: tuple[Record, ...] = ()


def read_mixture(agents: Records, terminology: Terminology) -> Mixture:
    """Judge the reservoirs that hold an agent of a draft; *agents* are drafted and active ones."""
    held = tuple(_reservoirs(agents))
    conflicts = [_conflict(one) for one in held]
    # An order that could not be read may add to any of them.
    unread: Truth = False if agents.complete else None
    compounded = _any([*(_compounded(one, terminology) for one in held), unread])
    conflict = _any([*(answer for answer, _ in conflicts), unread])
    pairs = [pair for _, found in conflicts for pair in found]
    names = [one.text for reservoir in held for one in reservoir]
    open_ones = compounded is None or conflict is None
    return Mixture(
        compounded, conflict, ", ".join(dict.fromkeys(names)), ", ".join(dict.fromkeys(pairs)),
        "what the reservoir holds, or its strength, is not fully coded" if open_ones else "",
        tuple(dict.fromkeys(one for reservoir in held for one in reservoir)),
    )  # fmt: skip


def _reservoirs(agents: Records) -> Iterator[tuple[ItAgent, ...]]:
    """Give the agents of each reservoir that a draft belongs to."""
    known = [one for one in agents.possible() if isinstance(one, ItAgent)]
    orders = dict.fromkeys(one.medication for one in known)
    for group in reservoirs(orders) or (tuple(orders),):
        held = tuple(one for one in known if one.medication in group)
        if any(one.draft for one in held):
            yield held


def _any(answers: Iterable[Truth]) -> Truth:
    found = set(answers)
    return True if True in found else None if None in found else False


def _sure(one: ItAgent) -> bool:
    return one.coded and one.medication.route == "intrathecal" and (
        one.draft or bool(one.medication.on_board)
    )  # fmt: skip


def _compounded(held: tuple[ItAgent, ...], terminology: Terminology) -> Truth:
    sure = [one for one in held if _sure(one)]
    if len({one.rxcui or one.text for one in sure}) > 1:
        return True
    answers = [_made(one, terminology) for one in held if one.draft]
    if True in answers:
        return True
    return None if None in answers or len(sure) < len(held) else False


def _made(one: ItAgent, terminology: Terminology) -> Truth:
    """Say whether a draft is a preparation that is not on the market."""
    if COMPOUNDED_CODE in one.medication.codes:
        return True
    if not _sure(one):
        return None
    if not one.rxcui:
        return True
    strength = one.agent.per_ml if one.agent is not None else None
    if strength is None:
        return False if LABELLED in one.medication.groups else None
    return strength not in marketed(terminology).get(one.rxcui, frozenset())


@lru_cache(maxsize=8)
def marketed(terminology: Terminology) -> dict[str, frozenset[Fraction]]:
    """Return the strengths in mg/mL of the labelled products of each ingredient."""
    found: dict[str, set[Fraction]] = {}
    for code in terminology.members(LABELLED):
        for one in terminology.ingredients(code.code) or ():
            number, _, unit = (one.strength or "").partition(" ")
            if unit == "MG/ML":
                found.setdefault(one.ingredient, set()).add(Fraction(number))
    return {rxcui: frozenset(strengths) for rxcui, strengths in found.items()}


def _conflict(held: tuple[ItAgent, ...]) -> tuple[Truth, list[str]]:
    """Find ziconotide beside an opioid, and baclofen beside anything."""
    pairs: list[str] = []
    doubt = False
    for one in held:
        for other in held:
            same = one.text == other.text
            against = other.opioid if one.rxcui == ZICONOTIDE else one.rxcui == BACLOFEN
            if same or against is False or (against and one.rxcui not in {ZICONOTIDE, BACLOFEN}):
                continue
            if against and _sure(one) and _sure(other):
                pairs.append(f"{one.text} + {other.text}")
            else:
                doubt = True
    uncoded = any(not one.coded for one in held) and len(held) > 1
    return True if pairs else None if doubt or uncoded else False, pairs
