"""What a draft changes: a start, a restart, an increase (recording.md 7, it_dose_change)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.it_agents import ItAgent
from rules.chart.it_doses import previous_dose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from fractions import Fraction

    from rules.chart.interruptions import Interruption
    from rules.chart.it_doses import Doses, PreviousDose
    from rules.chart.it_history import FirstOrder
    from rules.chart.records import Record, Records, Truth

START, RESTART, INCREASE, DECREASE, SAME = "start", "restart", "increase", "decrease", "same"
_GRAVEST = (RESTART, START, INCREASE, None, DECREASE, SAME)


class Comparison:
    """What drafts are compared with; each part is read when it is first asked for."""

    def __init__(
        self,
        doses: Callable[[], Doses],
        first: Callable[[], FirstOrder],
        delivery: Callable[[], Interruption],
    ) -> None:
        """Keep how to get the dose series, whether it is the first order, and the delivery."""
        self.doses, self.first, self.delivery = doses, first, delivery

    def previous(self, agent: str) -> PreviousDose:
        """Return the dose of an agent (RxNorm IN) before the draft."""
        doses = self.doses()
        return previous_dose(doses.of(agent), doses.chart, doses.policy)

    def change(self, before: Fraction | None, first_step: Fraction | None) -> str | None:
        """Return how the first step compares with the dose before; None where unknown."""
        if self.first().value:
            return START
        if self.delivery().interrupted:
            return RESTART
        if before is None or first_step is None:
            return None
        if before == 0:
            return RESTART if first_step else SAME
        if first_step == before:
            return SAME
        return INCREASE if first_step > before else DECREASE


def compare(agents: Records, comparison: Comparison) -> Records:
    """Tell every agent what it is compared with."""
    for one in agents.possible():
        if isinstance(one, ItAgent):
            one.comparison = comparison
    return agents


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
    """Sum up the agents of a call; a refill without a draft goes on with what the pump held."""
    compared = [one for one in agents.possible() if isinstance(one, ItAgent)]
    if not compared:
        return _without_draft(current, delivery) if refill else _UNCHANGED
    changes = {id(one): one.change for one in compared}
    gravest = next((kind for kind in _GRAVEST if kind in changes.values()), SAME)
    why = next((one.previous_dose.why for one in compared
                if one.change is None and one.previous_dose is not None), "")  # fmt: skip

    def opioid(*kinds: str | None) -> Truth:
        return _any(one.opioid for one in compared if changes[id(one)] in kinds)

    restarts = RESTART in changes.values()
    open_restart = not restarts and delivery.interrupted is None
    previous = (one.previous_dose.evidence for one in compared if one.previous_dose is not None)
    evidence = (*compared, *delivery.evidence, *(record for found in previous for record in found))
    return DoseChange(
        kind="unknown" if gravest is None else gravest,
        start=START in changes.values() or None in changes.values(),
        restart=None if open_restart else restarts,
        increase=INCREASE in changes.values(),
        opioid_start=opioid(START, None),
        opioid_restart=None if open_restart else opioid(RESTART),
        opioid_increase=opioid(INCREASE),
        names=_names([one for one in compared if changes[id(one)] == gravest]),
        why=why or (delivery.why if open_restart else ""),
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _without_draft(current: Records, delivery: Interruption) -> DoseChange:
    """Read a refill that names no drug: it restarts what the pump held, if it was interrupted."""
    held = [one for one in current.possible() if isinstance(one, ItAgent)]
    opioid = _any(one.opioid for one in held)
    if opioid is False and not current.complete:
        opioid = None
    restarted = delivery.interrupted
    both: Truth = False if False in {restarted, opioid} else None
    return DoseChange(
        RESTART if restarted else "none" if restarted is False else "unknown",
        False, restarted, False, False, True if restarted and opioid else both, False,
        _names(held), delivery.why, (*held, *delivery.evidence),
    )  # fmt: skip


_UNCHANGED = DoseChange("none", False, False, False, False, False, False, "", "")


def _any(answers: Iterable[Truth]) -> Truth:
    found = set(answers)
    return True if True in found else None if None in found else False


def _names(agents: list[ItAgent]) -> str:
    return ", ".join(dict.fromkeys(one.text for one in agents))
