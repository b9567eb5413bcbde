"""A rise of pain under intrathecal therapy: a sign that it lost its effect (recording.md 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.followed_scores import PAIN, followed, newest
from rules.chart.measures import whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.records import Record
    from rules.chart.spans import Span


@dataclass(frozen=True, slots=True)
class PainRise:
    """By how many points the newest score lies above the lowest earlier one of its scale.

    0 where it does not; None where no two scores of one scale lie in the window.
    """

    points: Decimal | None
    first: Decimal | None
    last: Decimal | None
    evidence: tuple[Record, ...]
    why: str
    strength: str | None = "measured"


def read_pain_rise(
    chart: Chart, policy: Mapping[str, object], since: Span | None = None
) -> PainRise:
    """Compare the newest pain score of the last `granuloma.sign_days` with the lowest before it.

    Scores of a trial, and those before the therapy began (*since*), say nothing about its effect.
    """
    day = chart.clock.day
    oldest = chart.clock.today - whole(policy["granuloma.sign_days"])
    start = oldest if since is None else max(oldest, day(since.high))
    found: list[tuple[Decimal, Decimal, Decimal, tuple[Record, ...]]] = []
    for scores in followed(chart, policy, PAIN):
        recent = tuple(one for one in scores if one.first >= start)
        latest = newest(recent)
        if len({one.value for one in latest}) != 1:
            continue
        last = latest[0]
        earlier = [one for one in recent if one.when.high < last.when.low]
        if not earlier:
            continue
        lowest = min(earlier, key=lambda one: (one.value, one.record.ref))
        rise = max(last.value - lowest.value, Decimal(0))
        found.append((rise, lowest.value, last.value, (lowest.record, last.record)))
    if not found:
        return PainRise(None, None, None, (), "no two pain scores of one scale to compare", None)
    points, first, last_value, evidence = max(found, key=lambda one: one[0])
    return PainRise(points, first, last_value, evidence, "newest score against the lowest before")
