"""The gain in function that a trial brought (recording.md 4.5, function_gain)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.followed_scores import FUNCTION, followed, newest
from rules.chart.measures import decimal, whole
from rules.chart.moments import point
from rules.chart.trial_procedures import inside, trial_windows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.followed_scores import Score
    from rules.chart.records import Record
    from rules.chart.trial_procedures import Window


@dataclass(frozen=True, slots=True)
class FunctionGain:
    """The part of the score before the trial by which the one after it is lower; None: unpaired."""

    part: Decimal | None
    evidence: tuple[Record, ...]
    why: str
    strength: str | None = "measured"


def read_function_gain(chart: Chart, policy: Mapping[str, object]) -> FunctionGain:
    """Compare function scores before and after the newest trial; lower is better."""
    windows = trial_windows(chart, policy)
    if not windows:
        return FunctionGain(None, (), "no trial on record", None)
    pairs = [
        (before, after)
        for scores in followed(chart, policy, FUNCTION, trials=True)
        for before in newest(_before(scores, windows[-1], chart, policy))
        for after in newest(_after(scores, windows[-1]))
        if before.value > 0
    ]
    if not pairs:
        return FunctionGain(None, (), "no two function scores of one scale around the trial", None)
    before, after = max(pairs, key=lambda pair: (_part(*pair), pair[1].record.ref))
    evidence = (before.record, after.record)
    return FunctionGain(decimal(_part(before, after)), evidence, "before and after the trial")


def _before(
    scores: tuple[Score, ...], window: Window, chart: Chart, policy: Mapping[str, object]
) -> tuple[Score, ...]:
    if window.start is None:
        return ()
    start, oldest = window.start, whole(policy["trial.baseline_days"])
    first = chart.clock.day(start.low) - oldest
    return tuple(
        one for one in scores if one.first >= first and point(one.when).before(start) is True
    )


def _after(scores: tuple[Score, ...], window: Window) -> tuple[Score, ...]:
    if window.start is None or window.limit is None:
        return ()
    start, limit = window.start, window.limit
    return tuple(one for one in scores if inside(one.when, start, limit) is True)


def _part(before: Score, after: Score) -> Fraction:
    return (Fraction(before.value) - Fraction(after.value)) / Fraction(before.value)
