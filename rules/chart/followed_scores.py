"""Scores of one scale, followed over time: in order, and of one patient state each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.records import Observation
from rules.chart.spans import DAY
from rules.chart.trial_procedures import trial_windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.spans import Span

PAIN = "obs-pain-score"
FUNCTION = "obs-pain-function"
# A number with more decimal places, or larger, is no score.
_FINEST, _LARGEST = -20, 6


@dataclass(frozen=True, slots=True)
class Score:
    """One dated score; lower is better. `first` and `last` are the days that it may be of."""

    value: Decimal
    first: int
    last: int
    when: Span
    record: Observation


def followed(
    chart: Chart, policy: Mapping[str, object], *groups: str, trials: bool = False
) -> list[tuple[Score, ...]]:
    """Return the scores of each scale in order of time; those of a trial only if *trials*.

    A scale is one code: scores of different scales are never compared (recording.md 5.4b).
    """
    wanted = frozenset(groups)
    windows = () if trials else trial_windows(chart, policy)
    scales: dict[str, list[Score]] = {}
    for one in chart.observations.sure:
        if not isinstance(one, Observation) or not one.groups & wanted:
            continue
        score = _score(one, chart)
        if score is None or any(window.covers(one) is not False for window in windows):
            continue
        for code in _codes(one, chart, wanted):
            scales.setdefault(code, []).append(score)
    return [tuple(sorted(scales[code], key=_place)) for code in sorted(scales)]


def newest(scores: tuple[Score, ...]) -> tuple[Score, ...]:
    """Return the scores of the latest day; of several with a time of day, the latest instant."""
    latest = max((one.first for one in scores), default=0)
    same = tuple(one for one in scores if one.last >= latest)
    if all(one.when.high - one.when.low < DAY // 2 for one in same):
        last = max((one.when.low for one in same), default=0)
        return tuple(one for one in same if one.when.low == last)
    return same


def _score(one: Observation, chart: Chart) -> Score | None:
    value = one.value
    if not isinstance(value, Decimal) or one.when is None or not value.is_finite():
        return None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < _FINEST or value.adjusted() > _LARGEST:
        return None
    day = chart.clock.day
    return Score(value, day(one.when.low), day(one.when.high), one.when, one)


def _codes(one: Observation, chart: Chart, wanted: frozenset[str]) -> list[str]:
    concept = getattr(one.resource, "code", None)
    codings = (concept.coding or ()) if concept is not None else ()
    return [
        coding.code
        for coding in codings
        if coding.code and chart.terminology.groups(coding.system, coding.code) & wanted
    ]


def _place(score: Score) -> tuple[int, int, str]:
    return (score.when.high, score.when.low, score.record.ref)
