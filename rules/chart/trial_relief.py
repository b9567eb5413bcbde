"""The relief that is recorded for a trial, and what relief is enough (recording.md 5.4a, 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from rules.chart.moments import point
from rules.chart.records import Interval, Observation
from rules.chart.trial_procedures import PERCENT, linked_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.chart import Chart
    from rules.chart.records import Truth
    from rules.chart.spans import Span
    from rules.chart.trial_procedures import Window

_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Relief:
    """A relief in per cent, or why there is none.

    *passes* is the comparison with the policy, made unrounded; None where *value* is None or an
    interval that straddles the limit.
    """

    method: str
    value: Decimal | Interval | None
    passes: Truth
    evidence: tuple[Observation, ...]
    why: str


def passes(relief: Fraction | Decimal | Interval, policy: Mapping[str, object]) -> Truth:
    """Say whether a relief is enough under the policy, exactly: 50 is not more than 50.

    A policy that names no percentage asks for more than `trial.relief_without_minimum`.
    """
    limit, inclusive = policy["trial.relief_min"], bool(policy["trial.relief_inclusive"])
    if limit is None:
        limit, inclusive = policy["trial.relief_without_minimum"], False
    bound = Fraction(cast("Decimal", limit))
    if not isinstance(relief, Interval):
        return relief >= bound if inclusive else relief > bound
    low, high = relief.low, relief.high
    if low is not None and (low > bound or (low == bound and (inclusive or relief.low_open))):
        return True
    if high is not None and (
        high < bound or (high == bound and (not inclusive or relief.high_open))
    ):
        return False
    return None


def recorded_relief(
    window: Window, others: frozenset[str], chart: Chart, policy: Mapping[str, object]
) -> Relief:
    """Read the percentage that is recorded for a trial: linked to it, else taken in its window.

    *others* are observations linked to other trials: they are never read for this one.
    """
    all_ = [one for one in observations(chart, PERCENT) if _relief_of(one) is not None]
    known = {one.ref for one in linked_to({window.trial.ref}, all_)}
    chosen = [one for one in all_ if one.ref in known]
    if not chosen:
        free = [one for one in all_ if one.ref not in others and one.when is not None]
        timed = [(one, _during(one.when, window, chart)) for one in free if one.when is not None]
        chosen = [one for one, within in timed if within]
        if not chosen:
            unsure = any(within is None for _, within in timed)
            why = "the date of the recorded relief is not precise" if unsure else "none recorded"
            return Relief("percent", None, None, (), why)
    latest = newest(chosen)
    if len({passes(_percent(one), policy) for one in latest}) > 1:
        why = "reliefs of the same date lie on both sides of the limit"
        return Relief("percent", None, None, latest, why)
    quoted = latest[-1]
    value = _percent(quoted)
    return Relief("percent", value, passes(value, policy), (quoted,), f"recorded in {quoted.ref}")


def observations(chart: Chart, group: str) -> list[Observation]:
    """Return the counted observations of a value set."""
    return [
        one
        for one in chart.observations.sure
        if isinstance(one, Observation) and group in one.groups
    ]


def follows(later: Iterable[Observation], one: Observation) -> bool:
    """Say whether some of *later* certainly follow *one*."""
    starts = [other.when.low for other in later if other.when is not None]
    return one.when is not None and bool(starts) and one.when.high < max(starts)


def place(one: Observation) -> tuple[int, int, str]:
    """Return what observations are ordered by in time; the reference breaks ties."""
    return (one.when.high, one.when.low, one.ref) if one.when else (0, 0, one.ref)


def newest(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Return those that no other one certainly follows, the latest last."""
    dated = sorted(observations, key=place)
    last = max((one.when.low for one in dated if one.when is not None), default=0)
    return tuple(one for one in dated if one.when is None or one.when.high >= last)


def _relief_of(one: Observation) -> Decimal | Interval | None:
    value = one.value
    if isinstance(value, Decimal):
        return value if 0 <= value <= _WHOLE else None
    return value if isinstance(value, Interval) else None


def _percent(one: Observation) -> Decimal | Interval:
    value = _relief_of(one)
    return Decimal(0) if value is None else value


def _during(when: Span, window: Window, chart: Chart) -> Truth:
    """Say whether a percentage lies in the window; it may be of the day on which a trial began."""
    start, limit, when = window.start, window.limit, point(when)
    if start is None or limit is None or when.high < start.low:
        return False
    if chart.clock.day(when.low) >= chart.clock.day(start.low) and when.high <= limit.low:
        return True
    return False if limit.before(when) else None
