"""Whether intrathecal therapy helps: pain and function now against those before the implant.

recording.md 4.5 (benefit_documented): the newest score in `benefit.lookback_days` against the
newest in the `benefit.baseline_days` before the implant, else the earliest after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.followed_scores import FUNCTION, PAIN, followed, newest
from rules.chart.measures import decimal, whole
from rules.chart.pump import read_pump
from rules.chart.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart.chart import Chart
    from rules.chart.followed_scores import Score
    from rules.chart.records import Record, Truth


@dataclass(frozen=True, slots=True)
class Benefit:
    """The change since before the implant, of the scale that improved most.

    *gain* is the part of the first score by which it fell, negative where it rose; *stable* says
    that a score is not higher than at first. Both are None where no two scores can be compared.
    *latest* are the newest scores compared.
    """

    gain: Decimal | None
    stable: Truth
    first: Decimal | None
    last: Decimal | None
    latest: Records
    evidence: tuple[Record, ...]
    why: str
    gaps: tuple[str, ...] = ()
    strength: str | None = "measured"


def read_benefit(chart: Chart, policy: Mapping[str, object]) -> Benefit:
    """Compare pain and function scores with those before the implant; trial scores do not count."""
    known = chart.observations
    implanted = read_pump(chart).implant_date
    if implanted is None:
        return _none(chart, "the date of the implant is not known")
    days = (chart.clock.day(implanted.low), chart.clock.day(implanted.high))
    pairs = [
        (before, after)
        for scores in followed(chart, policy, PAIN, FUNCTION)
        for after in _current(scores, days, chart, policy)
        for before in _baseline(scores, after, days, policy)
    ]
    if not pairs:
        return _none(chart, "no score before the implant and no later one of the same scale")
    answers = {after.value <= before.value for before, after in pairs}
    before, after = max(pairs, key=lambda pair: (_gain(*pair), pair[1].record.ref))
    tied = len(answers) > 1 and len({pair[1].record.ref for pair in pairs}) < len(pairs)
    stable: Truth = None if tied else True in answers
    if stable is False and not known.complete:
        stable = None
    return Benefit(
        gain=decimal(_gain(before, after)), stable=stable, first=before.value, last=after.value,
        latest=Records(tuple(dict.fromkeys(pair[1].record for pair in pairs))),
        evidence=(before.record, after.record), why=f"from {before.record.ref}",
        gaps=known.gaps, strength=None if stable is None else "measured",
    )  # fmt: skip


def _none(chart: Chart, why: str) -> Benefit:
    return Benefit(None, None, None, None, Records(), (), why, chart.observations.gaps, None)


def _current(
    scores: tuple[Score, ...], implanted: tuple[int, int], chart: Chart,
    policy: Mapping[str, object],
) -> tuple[Score, ...]:  # fmt: skip
    oldest = chart.clock.today - whole(policy["benefit.lookback_days"])
    found = tuple(one for one in scores if one.first >= oldest and one.first >= implanted[1])
    latest = newest(found)
    # Where those of one day differ, no single one of them is the newest.
    return latest if len({one.value for one in latest}) < 2 else ()


def _baseline(
    scores: tuple[Score, ...], after: Score, implanted: tuple[int, int],
    policy: Mapping[str, object],
) -> tuple[Score, ...]:  # fmt: skip
    first = implanted[0] - whole(policy["benefit.baseline_days"])
    before = tuple(one for one in scores if one.first >= first and one.last < implanted[0])
    if before:
        found = newest(before)
    else:
        later = [one for one in scores if one.first >= implanted[1] and one.last < after.first]
        earliest = min((one.last for one in later), default=0)
        found = tuple(one for one in later if one.first <= earliest)
    return found


def _gain(before: Score, after: Score) -> Fraction:
    first, last = Fraction(before.value), Fraction(after.value)
    return (first - last) / first if first > 0 else Fraction(0)
