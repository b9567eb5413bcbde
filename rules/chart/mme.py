"""Morphine milligram equivalents of a day: the sum over the systemic opioids taken on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.agents import Amount, total
from rules.chart.measures import decimal
from rules.chart.medication_order import Medication

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from fractions import Fraction

    from rules.chart.chart import Chart


@dataclass(frozen=True, slots=True)
class Mme:
    """Systemic MME of one day; None: not computable, `why` says why.

    `complete` is False where a record that is uncoded might be another opioid, or where the
    medication list is not complete: the sums are then no more than what is known.
    """

    exact: Amount
    evidence: tuple[Medication, ...] = ()
    complete: bool = True
    why: str = ""

    @property
    def scheduled(self) -> Decimal | None:
        """Return the MME a day without what is taken on demand."""
        return decimal(self.exact.scheduled)

    @property
    def total(self) -> Decimal | None:
        """Return the MME a day with what is taken on demand, at its maximum."""
        return decimal(self.exact.total)


def systemic_mme(chart: Chart, day: int | None = None) -> Mme:
    """Add up the systemic MME of a calendar day (a day number of the clock; default today)."""
    at = chart.clock.today if day is None else day
    known = opioid_orders(chart)
    return on_day(chart, known, at)


def opioid_orders(chart: Chart) -> tuple[Medication, ...]:
    """Return the stored orders that are, or may be, exposure to a systemic opioid."""
    return tuple(
        one
        for one in chart.medications.possible()
        if isinstance(one, Medication)
        and one.exposure is not False
        and (one.mme_steps or one.doubtful)
    )


def on_day(chart: Chart, orders: Iterable[Medication], day: int) -> Mme:
    """Add up the MME of one day over opioid orders.

    Orders that treat opioid use disorder have no factor (knowledge.md 3): a day with one is not
    computable.
    """
    scheduled: list[Fraction | None] = []
    prn: list[Fraction | None] = []
    evidence: list[Medication] = []
    complete, why = chart.medications.complete, ""
    if not complete:
        why = "the medication list is not complete"
    for one in orders:
        covered = one.covers(day, chart.clock)
        if covered is False:
            continue
        if not one.mme_steps:
            complete = False
            continue
        amount, reason = one.mme_at(day), one.mme_why
        if amount.total == 0:
            continue
        if covered is None:
            amount, reason = Amount(None, None), "when an opioid was taken is not certain"
        elif one.treats_use_disorder(chart):
            amount, reason = Amount(None, None), "an opioid for opioid use disorder has no factor"
        evidence.append(one)
        scheduled.append(amount.scheduled)
        prn.append(amount.prn)
        if amount.total is None:
            why = reason or why or "a dose cannot be computed"
    return Mme(Amount(total(scheduled), total(prn)), tuple(evidence), complete, why)
