"""Whether the patient is opioid-tolerant or opioid-naive (recording.md 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.equivalents import OPIOID
from rules.chart.measures import decimal, whole
from rules.chart.medications import Medication
from rules.chart.mme import on_day, opioid_orders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.it_doses import Doses
    from rules.chart.it_orders import ItOrders
    from rules.chart.records import Record, Truth

TOLERANT, NAIVE = "tolerant", "naive"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """`tolerant`, `naive` or unknown (None); *mme* is the scheduled systemic dose of today."""

    status: str | None
    mme: Decimal | None
    why: str
    evidence: tuple[Record, ...] = ()

    @property
    def tolerant(self) -> Truth:
        """Say whether the patient is tolerant."""
        return None if self.status is None else self.status == TOLERANT

    @property
    def naive(self) -> Truth:
        """Say whether the patient is naive."""
        return None if self.status is None else self.status == NAIVE


def read_tolerance(
    chart: Chart, policy: Mapping[str, object], orders: ItOrders, doses: Doses
) -> Tolerance:
    """Read the scheduled systemic MME of each of the last days, and every opioid of a month.

    Tolerant: at least `opioid_tolerant.mme_min` on each of the last `mme_days` days before today.
    Naive: no systemic and no intrathecal opioid in `naive_days` days, of a complete list.
    """
    today = chart.clock.today
    known = opioid_orders(chart)
    least = Fraction(str(policy["opioid_tolerant.mme_min"]))
    days = range(today - whole(policy["opioid_tolerant.mme_days"]), today)
    sums = [on_day(chart, known, day) for day in days]
    now = on_day(chart, known, today)
    mme = decimal(now.exact.scheduled)
    evidence = tuple(dict.fromkeys(order for one in sums for order in one.evidence))
    if all(one.exact.scheduled is not None and one.exact.scheduled >= least for one in sums):
        return Tolerance(TOLERANT, mme, "", evidence)
    taken = _taken(chart, orders, doses, today - whole(policy["opioid_tolerant.naive_days"]))
    if taken:
        why = "systemic opioids do not show tolerance, and opioids were taken"
        return Tolerance(None, mme, why, taken)
    why = doses.why
    if not why and (chart.medications.complete is False or _unclear(chart)):
        why = "whether an opioid was taken is not certain"
    return Tolerance(None if why else NAIVE, mme, why)


def _taken(chart: Chart, orders: ItOrders, doses: Doses, since: int) -> tuple[Record, ...]:
    """Return the opioids that were, or may have been, taken since a calendar day."""
    day, today = chart.clock.day, chart.clock.today
    systemic = [
        one
        for one in chart.medications.possible()
        if isinstance(one, Medication)
        and one.exposure is not False
        and one.route != "topical"
        and (one.holds_opioid or one.may_hold_opioid)
    ]
    spinal = [one for one in orders.replaced if OPIOID in one.groups]
    programmed = [
        one
        for one in doses.programmed
        if one.value != 0
        and one.when is not None
        and day(one.when.high) >= since
        and not all(
            OPIOID not in chart.terminology.ingredient_groups(agent)
            for agent in doses.agents_of(one) or ("",)
        )
    ]
    given = [
        one
        for one in (*systemic, *spinal)
        if (one.end is None or day(one.end.high) >= since)
        and (one.start is None or day(one.start.low) <= today)
    ]
    return (*dict.fromkeys(given), *programmed)


def _unclear(chart: Chart) -> bool:
    return any(
        isinstance(one, Medication) and one.exposure is not False and one.doubtful
        for one in chart.medications.possible()
    )
