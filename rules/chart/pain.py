"""Pain scores as evidence on a course of treatment: current, and around its end."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.measures import whole
from rules.chart.records import Interval, Observation, Record, Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.chart import Chart
    from rules.chart.spans import Clock, Span

SCORES = "obs-pain-score"
# A course that ended with pain below the threshold this near its end did not fail (3.3).
AROUND_END_DAYS = 30


def at_least(value: object, threshold: Decimal) -> Truth:
    """Say whether a score reaches a threshold; unknown where its interval straddles it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal | int):
        return value >= threshold
    if isinstance(value, Interval):
        if value.low is not None and value.low >= threshold:
            return True
        high = value.high
        if high is not None and (high < threshold or (high == threshold and value.high_open)):
            return False
    return None


@dataclass(frozen=True, slots=True)
class PainScores:
    """The pain scores of a chart, and the threshold that tells high from low."""

    scores: tuple[tuple[Record, Truth], ...]  # each with whether it counts
    complete: bool
    threshold: Decimal
    lookback_days: int
    clock: Clock

    @classmethod
    def read(
        cls, chart: Chart, policy: Mapping[str, object], scores: Iterable[Record] | None
    ) -> PainScores:
        """Take the given pain scores, else every one of the chart."""
        known = chart.observations
        found: list[tuple[Record, Truth]]
        if scores is None:
            found = [(one, True) for one in known.sure if SCORES in one.groups]
            found += [(one, None) for one in known.maybe if SCORES in one.groups]
        else:
            found = [(one, None if one.counts is None else True) for one in scores]
        return cls(
            tuple(found), known.complete, Decimal(str(policy["pain.threshold"])),
            whole(policy["pain.lookback_days"]), chart.clock,
        )  # fmt: skip

    def high_now(self) -> Truth:
        """Say whether the newest score of the last days reaches the threshold."""
        newest: int | None = None
        answers: list[Truth] = []
        dated = [(one, counts) for one, counts in self.scores if one.when is not None]
        for one, counts in sorted(dated, key=lambda pair: -self._day(pair[0])):
            inside = self._inside(one)
            if inside is False:
                continue
            if newest is not None and self._day(one) != newest:
                break
            answers.append(_answer(one, self.threshold))
            # One that may not count does not settle which is the newest: look on.
            if counts and inside:
                newest = self._day(one)
        if newest is None:
            return None
        return answers[0] if len(set(answers)) == 1 else None

    def _day(self, one: Record) -> int:
        return self.clock.day(one.when.high) if one.when is not None else 0

    def _inside(self, one: Record) -> Truth:
        return None if one.when is None else self.clock.within_days(one.when, self.lookback_days)

    def low_around(self, end: Span) -> Truth:
        """Say whether a score below the threshold lies within 30 days around an end."""
        doubt = not self.complete
        for one, counts in self.scores:
            high = _answer(one, self.threshold)
            near = self._near(one, end)
            if high is True or near is False:
                continue
            if counts and near and high is False:
                return True
            doubt = True
        return None if doubt else False

    def _near(self, one: Record, end: Span) -> Truth:
        if one.when is None:
            return None
        day = self.clock.day
        first, last = day(end.low) - AROUND_END_DAYS, day(end.high) + AROUND_END_DAYS
        if day(one.when.high) < first or day(one.when.low) > last:
            return False
        sure = day(one.when.low) >= day(end.high) - AROUND_END_DAYS
        return True if sure and day(one.when.high) <= day(end.low) + AROUND_END_DAYS else None


def _answer(one: Record, threshold: Decimal) -> Truth:
    return at_least(one.value, threshold) if isinstance(one, Observation) else None
