"""Whether a first intrathecal dose looks like a dose of another route (recording.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.it_agents import OPIOID, ItAgent
from rules.chart.measures import decimal
from rules.chart.medications import Medication
from rules.chart.mme import systemic_mme

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.it_history import FirstOrder
    from rules.chart.records import Record, Records, Truth

MORPHINE = "7052"


@dataclass(frozen=True, slots=True)
class Conversion:
    """The ratio of oral to intrathecal morphine of a first order, and whether it is *low*.

    *epidural_sized*: a draft is at least a policy's part of an epidural dose of the same opioid.
    It raises an alarm; no dose is ever worked out from it.
    """

    ratio: Decimal | None
    mme: Decimal | None
    dose: Decimal | None
    low: Truth
    epidural_sized: Truth
    names: str
    why: str
    evidence: tuple[Record, ...] = ()


def read_conversion(
    chart: Chart, policy: Mapping[str, object], agents: Records, first: FirstOrder
) -> Conversion:
    """Compare the first step of the drafts with today's systemic and epidural doses."""
    drafted = [one for one in agents.sure if isinstance(one, ItAgent)]
    sized, names, epidural = _epidural(chart, policy, drafted)
    mme = systemic_mme(chart)
    morphine = next((one for one in drafted if one.rxcui == MORPHINE), None)
    scheduled, dose = mme.exact.scheduled, morphine.draft_first if morphine else None
    ratio: Fraction | None = None
    why = ""
    if morphine is None:
        why = "a ratio is known for morphine only"
    elif not dose:
        why = morphine.why or "the dose is zero"
    elif not scheduled:
        why = mme.why or "no systemic opioid dose is recorded"
    else:
        ratio = scheduled / dose
    low = _low(ratio, policy, first, complete=mme.complete)
    if ratio is not None and low is None:
        why = first.why or mme.why or "another opioid may be on record"
    evidence = (*mme.evidence, *epidural, *drafted)
    return Conversion(
        decimal(ratio), decimal(scheduled), decimal(dose), low, sized, names, why, evidence
    )


def _low(
    ratio: Fraction | None, policy: Mapping[str, object], first: FirstOrder, *, complete: bool
) -> Truth:
    if first.value is False:
        return False
    if ratio is None:
        return None
    if ratio >= Fraction(str(policy["conversion.min_ratio"])):
        return False
    return True if complete and first.value else None


def _epidural(
    chart: Chart, policy: Mapping[str, object], drafted: list[ItAgent]
) -> tuple[Truth, str, tuple[Record, ...]]:
    """Compare each opioid of the drafts with the epidural dose of the same opioid."""
    part = Fraction(str(policy["conversion.epidural_fraction"]))
    orders = [
        one
        for one in chart.medications.possible()
        if isinstance(one, Medication) and one.route == "epidural" and one.on_board is not False
        and OPIOID in one.groups
    ]  # fmt: skip
    answers: list[Truth] = []
    names: list[str] = []
    for order in orders:
        for agent in order.agents:
            dose = agent.exact("current")
            for one in drafted:
                if one.rxcui != agent.rxcui or not one.opioid:
                    continue
                known = dose and one.draft_first is not None
                large = one.draft_first >= part * dose if known else None  # type: ignore[operator]
                answers.append(large if order.on_board or not large else None)
                names += [one.text] if large else []
    value: Truth = True if True in answers else None if None in answers else False
    if not answers and not chart.medications.complete:
        value = None
    return value, ", ".join(dict.fromkeys(names)), tuple(orders)
