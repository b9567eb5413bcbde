"""Which orders are systemic opioids, and which of them reach into the time looked back on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.equivalents import is_opioid
from rules.chart.measures import whole
from rules.chart.medication_order import Medication
from rules.chart.records import Record, Records
from rules.chart.routes import SYSTEMIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.records import Truth
    from rules.chart.spans import Clock, Span


def systemic_opioids(chart: Chart, policy: Mapping[str, object]) -> Records:
    """Return the systemic opioid orders of the last `opioid.lookback_months`, of any length.

    Doubtful are those that may not have been taken or may not be systemic, and orders that may be
    opioids because nothing codes what they are.
    """
    months = whole(policy["opioid.lookback_months"])
    sure: list[Record] = []
    maybe: list[Record] = []
    for one in chart.medications.possible():
        if not isinstance(one, Medication) or one.exposure is False or one.systemic is False:
            continue
        member = _membership(one)
        inside = touches(one.start, one.end, months, chart.clock)
        if member is False or inside is False:
            continue
        answers = (member, inside, one.exposure, one.systemic)
        (sure if all(answers) else maybe).append(one)
    return Records(
        tuple(sure), tuple(maybe),
        complete=chart.medications.complete, gaps=chart.medications.gaps,
    )  # fmt: skip


def _membership(order: Medication) -> Truth:
    if order.ingredients is not None:
        return order.holds_opioid
    return None if order.holds_opioid or not order.coded or order.may_hold_opioid else False


def analgesics(order: Medication, chart: Chart) -> tuple[str, ...] | None:
    """Return the ingredients for which an order is part of an analgesic course; None: unknown."""
    if order.neuraxial or order.route == "topical":
        return ()
    if order.ingredients is None:
        return None if not order.coded or order.may_hold_opioid else ()
    found = tuple(sorted(one for one in order.ingredients if is_opioid(one, chart.terminology)))
    if not found or order.bolus or order.treats_use_disorder(chart):
        return ()
    return found if order.route in SYSTEMIC else None


def touches(start: Span | None, end: Span | None, months: int, clock: Clock) -> Truth:
    """Say whether a time reaches into the last *months* calendar months."""
    first = clock.day(clock.start_of(clock.months_before(months)))
    if end is not None and clock.day(end.high) < first:
        return False
    if end is None or clock.day(end.low) >= first:
        return True
    return True if start is not None and clock.day(start.low) >= first else None
