"""What is left in the reservoir: measured, expected, and how far they differ (recording.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.measures import decimal, whole
from rules.chart.records import Interval
from rules.chart.spans import Span
from rules.chart.telemetry import Reading, days_between, read_newest, whole_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.fills import Fill
    from rules.chart.flows import Flow
    from rules.chart.records import Record, Truth

MEASURED = "local#reservoir-residual-volume"
EXPECTED = "local#reservoir-expected-volume"


@dataclass(frozen=True, slots=True)
class Residual:
    """The residual volume in mL.

    *volume* is current (of today or the policy's days before); *newest* the newest since the last
    fill, whatever its age. None where unknown, and *why* says why.
    """

    volume: Decimal | Interval | None
    newest: Decimal | Interval | None
    date: Span | None
    why: str
    evidence: tuple[Record, ...] = ()
    conflict: bool = False


def read_residual(chart: Chart, policy: Mapping[str, object], fill: Fill) -> Residual:
    """Read the newest residual volume on or after the day of the last fill."""
    reading = read_newest(chart, MEASURED, "residual volume", since=fill.date, same_day=True)
    newest = reading.seen if isinstance(reading.seen, (Decimal, Interval)) else None
    if reading.why or reading.date is None or newest is None:
        # What arrived is kept: a zero residual is a zero residual, whatever else is missing.
        return Residual(
            None, newest, reading.date, reading.why or "no residual volume is recorded",
            reading.evidence, reading.conflict,
        )  # fmt: skip
    if chart.clock.within_days(reading.date, whole(policy["refill.current_days"])) is True:
        return Residual(newest, newest, reading.date, "", reading.evidence)
    why = "the residual volume was not measured now"
    return Residual(None, newest, reading.date, why, reading.evidence)


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected residual in mL, None where unknown; *recorded*: the pump itself gave it."""

    volume: Decimal | None
    why: str
    evidence: tuple[Record, ...] = ()
    recorded: bool = False
    exact: Fraction | None = None


def read_expected(chart: Chart, fill: Fill, flow: Flow, residual: Residual) -> Expected:
    """Read or work out what should be left on the day of the residual, or now without one."""
    at = residual.date or Span(chart.clock.now, chart.clock.now)
    recorded = read_newest(chart, EXPECTED, "expected volume", since=fill.date, same_day=True)
    if _same_day(recorded, at, chart) and recorded.exact is not None:
        return Expected(
            decimal(recorded.exact), "", recorded.evidence, recorded=True, exact=recorded.exact
        )
    evidence = (*fill.evidence, *flow.evidence)
    if fill.volume is None or fill.date is None:
        return Expected(None, fill.why, evidence)
    if flow.exact is None:
        return Expected(None, flow.why, evidence)
    days = days_between(fill.date, at, chart.clock)
    if days is None:
        return Expected(None, "the day of the residual volume is not recorded", evidence)
    if days <= 0 and residual.date is not None:
        # What is left at a fill is what the fill before it left.
        return Expected(None, "the residual volume was measured at the last fill", evidence)
    left = max(Fraction(0), Fraction(fill.volume) - flow.exact * days)
    return Expected(decimal(left), "", evidence, exact=left)


def _same_day(reading: Reading, at: Span, chart: Chart) -> bool:
    if reading.date is None:
        return False
    day = whole_day(reading.date, chart.clock)
    return day is not None and day == whole_day(at, chart.clock)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Whether the measured residual differs from the expected one by more than the tolerance."""

    value: Truth
    measured: Decimal | Interval | None
    expected: Decimal | None
    why: str
    evidence: tuple[Record, ...] = ()


def read_discrepancy(
    policy: Mapping[str, object], residual: Residual, expected: Expected
) -> Discrepancy:
    """Compare unrounded: more than `refill.residual_pct` of expected, or than `residual_ml`."""
    evidence = (*residual.evidence, *expected.evidence)
    if residual.volume is None or expected.exact is None:
        why = residual.why or expected.why
        return Discrepancy(None, residual.volume, expected.volume, why, evidence)
    share = Fraction(str(policy["refill.residual_pct"])) / 100 * expected.exact
    limit = min(share, Fraction(str(policy["refill.residual_ml"])))
    low, high = _bounds(residual.volume)
    outside = (
        high is not None and high < expected.exact - limit,
        low > expected.exact + limit,
    )
    inside = low >= expected.exact - limit and high is not None and high <= expected.exact + limit
    value: Truth = True if any(outside) else False if inside else None
    why = "" if value is not None else "only a bound of the residual volume is recorded"
    return Discrepancy(value, residual.volume, expected.volume, why, evidence)


def _bounds(volume: Decimal | Interval) -> tuple[Fraction, Fraction | None]:
    if isinstance(volume, Decimal):
        return Fraction(volume), Fraction(volume)
    low = Fraction(volume.low) if volume.low is not None else Fraction(0)
    return low, None if volume.high is None else Fraction(volume.high)
