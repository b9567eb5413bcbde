"""The relief that pain scores before and after a trial show (recording.md 5.4b)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, cast

from rules.chart.moments import point
from rules.chart.trial_procedures import PAIN, inside
from rules.chart.trial_relief import Relief, follows, newest, observations, passes, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.chart import Chart
    from rules.chart.records import Observation, Truth
    from rules.chart.trial_procedures import Window

# Digits of a quoted relief: enough that no quotient of recorded scores is rounded onto a limit.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
# A score with more decimal places than this is no measurement, and its fraction would not fit.
_FINEST = -20
_ZERO = "the pain score before the trial is 0"


class _Pair(NamedTuple):
    """A score before and a score after, of one scale."""

    before: Observation
    after: Observation

    def relief(self) -> Fraction:
        first, last = Fraction(_number(self.before)), Fraction(_number(self.after))
        return 100 * (first - last) / first


def paired_relief(
    window: Window, others: frozenset[str], chart: Chart, policy: Mapping[str, object]
) -> Relief:
    """Compute the relief from pain scores of one scale before and after a trial.

    A score whose date leaves open on which side of the trial it lies gives no relief; where it
    could turn the answer, there is none.
    """
    scores = [one for one in observations(chart, PAIN) if _is_score(one) and one.ref not in others]
    before = {one.ref: _is_baseline(one, window, chart, policy) for one in scores}
    after = {one.ref: _is_post(one, window) for one in scores}
    posts = {ref for ref, within in after.items() if within is not False}
    if any(after[ref] for ref in posts & window.linked):
        posts &= window.linked
    certain: list[_Pair] = []
    doubtful: list[_Pair] = []
    empty = False
    for of_scale in _by_scale(scores, chart):
        sure = newest(one for one in of_scale if before[one.ref])
        maybe = [one for one in of_scale if before[one.ref] is None and not follows(sure, one)]
        results = _few((one for one in of_scale if one.ref in posts), after)
        for base in _few((*sure, *maybe), before):
            if not _number(base):
                empty = empty or bool(before[base.ref] and results)
                continue
            for post in results:
                if post is not base:
                    known = before[base.ref] and after[post.ref]
                    (certain if known else doubtful).append(_Pair(base, post))
    if not certain or empty:
        why = _ZERO if empty else _missing(before.values(), after.values(), policy)
        return Relief("pair", None, None, (), why)
    sides = {passes(pair.relief(), policy) for pair in certain + doubtful}
    quoted = max(certain, key=lambda pair: (place(pair.after), place(pair.before)))
    if len(sides) > 1:
        evidence = tuple(dict.fromkeys(one for pair in certain + doubtful for one in pair))
        return Relief("pair", None, None, evidence, "scores lie on both sides of the limit")
    relief = quoted.relief()
    value = _EXACT.divide(Decimal(relief.numerator), Decimal(relief.denominator))
    why = f"from {quoted.before.ref} to {quoted.after.ref}"
    return Relief("pair", value, passes(relief, policy), tuple(quoted), why)


def _number(one: Observation) -> Decimal:
    return one.value if isinstance(one.value, Decimal) else Decimal(0)


def _is_score(one: Observation) -> bool:
    value = one.value
    if not isinstance(value, Decimal) or one.when is None:
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _FINEST


def _by_scale(scores: Iterable[Observation], chart: Chart) -> list[list[Observation]]:
    """Group scores by the codes of pain scales that they carry."""
    scales: dict[str, list[Observation]] = {}
    for one in scores:
        concept = getattr(one.resource, "code", None)
        for coding in (concept.coding or ()) if concept is not None else ():
            if coding.code and PAIN in chart.terminology.groups(coding.system, coding.code):
                scales.setdefault(coding.code, []).append(one)
    return [scales[code] for code in sorted(scales)]


def _few(scores: Iterable[Observation], certain: Mapping[str, Truth]) -> list[Observation]:
    """Keep what can decide of many scores: the two lowest, highest and latest of each certainty.

    Relief rises with the score before and falls with the score after, so the extremes show
    whether all pairs lie on one side. Two of each, because a score makes no pair with itself.
    """
    classes: dict[Truth, list[Observation]] = {}
    for one in sorted(scores, key=place):
        classes.setdefault(certain[one.ref], []).append(one)
    kept: dict[str, Observation] = {}
    for same in classes.values():
        ranked = sorted(same, key=_number)
        kept |= {one.ref: one for one in (*ranked[:2], *ranked[-2:], *same[-2:])}
    return list(kept.values())


def _is_post(one: Observation, window: Window) -> Truth:
    if window.start is None or window.limit is None or one.when is None:
        return False
    return inside(one.when, window.start, window.limit)


def _is_baseline(
    one: Observation, window: Window, chart: Chart, policy: Mapping[str, object]
) -> Truth:
    if window.start is None or one.when is None:
        return False
    start, when = window.start, point(one.when)
    earlier = when.before(start)
    if earlier is False or one.ref in window.linked:
        return earlier
    days = cast("Decimal", policy["trial.baseline_days"])
    day = chart.clock.day
    if day(start.low) - day(when.high) > days:
        return False
    return earlier if day(start.high) - day(when.low) <= days else None


def _missing(before: Iterable[Truth], after: Iterable[Truth], policy: Mapping[str, object]) -> str:
    first, last = set(before), set(after)
    if True not in first:
        if None in first:
            return "the date of a pain score leaves open whether it came before the trial"
        return f"no pain score in the {policy['trial.baseline_days']} days before the trial"
    if True not in last:
        if None in last:
            return "the date of a pain score leaves open whether it came after the trial"
        return f"no pain score from the trial to {policy['trial.post_hours']} hours after it"
    return "no two pain scores of one scale before and after the trial"
