"""The intrathecal morphine dose against the reference curve (recording.md 7, dose_trend)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.it_doses import in_order
from rules.chart.measures import decimal, whole
from rules.chart.spans import DAYS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.it_doses import DoseSeries
    from rules.chart.records import Record, Truth

MORPHINE = "7052"
_EXACT = Context(prec=50)


@dataclass(frozen=True, slots=True)
class DoseTrend:
    """Whether the newest dose lies above the curve; *percent* and *months* since the first dose.

    *newest* is in mg/d. None where unknown, and *why* says why.
    """

    value: Truth
    percent: Decimal | None
    months: Decimal | None
    points: int
    newest: Decimal | None
    why: str
    evidence: tuple[Record, ...] = ()


def read_dose_trend(chart: Chart, policy: Mapping[str, object], series: DoseSeries) -> DoseTrend:
    """Compare the newest dose with factor x first dose x (end / start) ^ (months / length)."""
    points = series.points
    known = [point.dose for point in points]
    newest = known[-1] if known and in_order(series, chart) else None
    why = series.why
    if not why and not in_order(series, chart):
        why = "a dose has no day"
    if not why and any(dose is None for dose in known):
        why = "a recorded dose cannot be used"
    given = [point for point in points if point.dose]
    day = chart.clock.day
    days = day(points[-1].date.low) - day(given[0].date.low) if given else 0
    if not why and len(points) < whole(policy["tolerance.min_points"]):
        why = "too few doses are recorded"
    if not why and (not given or days < whole(policy["tolerance.min_days"])):
        why = "the recorded doses do not span enough time"
    if why or newest is None:
        return DoseTrend(None, None, None, len(points), decimal(newest), why, series.evidence)
    first = given[0].dose or Fraction(0)
    months = Fraction(days) / Fraction(DAYS_PER_MONTH)
    above = _decimal(newest) > _EXACT.multiply(_decimal(first), _growth(policy, months))
    return DoseTrend(
        above, decimal(100 * (newest - first) / first), decimal(months), len(points),
        decimal(newest), "", series.evidence,
    )  # fmt: skip


def _growth(policy: Mapping[str, object], months: Fraction) -> Decimal:
    """Return how much a dose may have grown after some months, the factor included."""
    ratio = _number(policy, "tolerance.curve_end") / _number(policy, "tolerance.curve_start")
    part = months / _number(policy, "tolerance.curve_months")
    curve = _EXACT.power(_decimal(ratio), _decimal(part))
    return _EXACT.multiply(_decimal(_number(policy, "tolerance.factor")), curve)


def _number(policy: Mapping[str, object], name: str) -> Fraction:
    return Fraction(str(policy[name]))


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
