"""How long less invasive care was tried (recording.md 4.5, conservative_care_months)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.measures import decimal, whole
from rules.chart.medication_order import Medication
from rules.chart.records import Procedure
from rules.chart.spans import DAYS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.records import Record

_DRUGS = frozenset({"med-opioid-ingredient", "med-adjuvant-neuropathic", "med-nonopioid-analgesic"})
_PROCEDURES = frozenset({"proc-interventional-pain", "proc-spine-surgery"})


@dataclass(frozen=True, slots=True)
class ConservativeCare:
    """Months from the earliest to the latest care on record; None where none is dated."""

    months: Decimal | None
    evidence: tuple[Record, ...]
    strength: str | None = "asserted"


def read_conservative_care(chart: Chart, policy: Mapping[str, object]) -> ConservativeCare:
    """Measure from the first to the last systemic analgesic, injection or spine surgery."""
    months = whole(policy["conservative_care.lookback_months"])
    first = chart.clock.day(chart.clock.start_of(chart.clock.months_before(months)))
    dated = [
        (max(begin, first), min(end, chart.clock.today), record)
        for begin, end, record in _care(chart)
        if end >= first
    ]
    if not dated:
        return ConservativeCare(None, (), None)
    earliest = min(dated, key=lambda one: one[0])
    latest = max(dated, key=lambda one: one[1])
    length = Fraction(max(latest[1] - earliest[0], 0)) / Fraction(DAYS_PER_MONTH)
    evidence = tuple(dict.fromkeys((earliest[2], latest[2])))
    return ConservativeCare(decimal(length), evidence)


def _care(chart: Chart) -> Iterator[tuple[int, int, Record]]:
    """Give each piece of care with its first and last certain day."""
    day = chart.clock.day
    for one in chart.medications.sure:
        if isinstance(one, Medication) and one.systemic and one.groups & _DRUGS and one.start:
            end = chart.clock.today if one.end is None else day(one.end.low)
            yield day(one.start.high), max(end, day(one.start.high)), one
    for done in chart.procedures.sure:
        if isinstance(done, Procedure) and done.status == "completed" and done.groups & _PROCEDURES:
            when = done.start or done.when
            if when is not None:
                yield day(when.high), day(when.high), done
