"""What a draft changes: a start, a restart, an increase (recording.md 7, it_dose_change)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.it_agents import ItAgent
from rules.chart.it_doses import previous_dose

if TYPE_CHECKING:
    from rules.chart.interruptions import Interruption
    from rules.chart.it_doses import Doses
    from rules.chart.it_history import FirstOrder
    from rules.chart.records import Record, Records, Truth

START, RESTART, INCREASE, DECREASE, SAME = "start", "restart", "increase", "decrease", "same"
_GRAVEST = (RESTART, START, INCREASE, None, DECREASE, SAME)


def compare(agents: Records, doses: Doses, first: FirstOrder, delivery: Interruption) -> Records:
    """Give every agent its previous dose and how the first step compares with it."""
    for one in agents.possible():
        if isinstance(one, ItAgent):
            one.previous_dose = previous_dose(doses.of(one.rxcui), doses.chart, doses.policy)
            one.change = _change(one, first, delivery)
    return agents


def _change(one: ItAgent, first: FirstOrder, delivery: Interruption) -> str | None:
    before = one.previous_dose.dose if one.previous_dose is not None else None
    if first.value:
        return START
    if delivery.interrupted:
        return RESTART
    if before is None or one.draft_first is None:
        return None
    if before == 0:
        return RESTART if one.draft_first else SAME
    if one.draft_first == before:
        return SAME
    return INCREASE if one.draft_first > before else DECREASE


@dataclass(frozen=True, slots=True)
class DoseChange:
    """The gravest change of a call: *kind*, and for each kind whether it is so.

    An agent without a known previous dose counts as a start (recording.md 7, 13.7).
    """

    kind: str
    start: Truth
    restart: Truth
    increase: Truth
    opioid_start: Truth
    opioid_restart: Truth
    opioid_increase: Truth
    names: str
    why: str
    evidence: tuple[Record, ...] = ()


def read_change(
    agents: Records, current: Records, delivery: Interruption, *, refill: bool
) -> DoseChange:
    """Sum up the agents of a call; a refill without a draft restarts what the pump held."""
    compared = [one for one in agents.possible() if isinstance(one, ItAgent)]
    if not compared and refill and delivery.interrupted:
        held = [one for one in current.possible() if isinstance(one, ItAgent)]
        opioid = _any(one.opioid for one in held)
        return DoseChange(
            RESTART, False, True, False, False, opioid, False, _names(held), "", tuple(held)
        )
    kinds = {one.change for one in compared}
    gravest = next((kind for kind in _GRAVEST if kind in kinds), SAME)
    moved = [one for one in compared if one.change == gravest]
    why = next((one.previous_dose.why for one in compared
                if one.change is None and one.previous_dose is not None), "")  # fmt: skip
    return DoseChange(
        kind=("unknown" if gravest is None else gravest) if compared else "none",
        start=any(one.change in {START, None} for one in compared),
        restart=any(one.change == RESTART for one in compared),
        increase=any(one.change == INCREASE for one in compared),
        opioid_start=_any(one.opioid for one in compared if one.change in {START, None}),
        opioid_restart=_any(one.opioid for one in compared if one.change == RESTART),
        opioid_increase=_any(one.opioid for one in compared if one.change == INCREASE),
        names=_names(moved),
        why=why,
        evidence=tuple(compared),
    )


def _any(answers: object) -> Truth:
    found = set(answers)  # type: ignore[call-overload]
    return True if True in found else None if None in found else False


def _names(agents: list[ItAgent]) -> str:
    return ", ".join(dict.fromkeys(one.text for one in agents))
