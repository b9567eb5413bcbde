"""Words that keep records by when they were so."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.courses import Course
from rules.chart.medications import Medication
from rules.chart.records import Condition, Observation, Record, Records, Truth
from rules.chart.spans import DAY, Span
from rules.chart.trial_procedures import trial_windows
from rules.engine.vocabulary.arguments import UNITS, VALUE_SET
from rules.engine.words import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.chart.spans import Clock
    from rules.engine.frame import Frame


@word(args=("number", UNITS), cql="X where X.date n days or less on or before Today()")
def within(frame: Frame, records: Records, amount: object, unit: str) -> Records:
    """Keep records dated in the last *amount* `days`, `months` or `hours`, both ends included.

    A medication or a course is kept where any part of it lies in the window; a record without a
    usable date is doubtful.
    """
    if not isinstance(amount, (int, Decimal)) or isinstance(amount, bool):
        return records.where(lambda _: None)
    count, clock = int(amount), frame.chart.clock

    def test(record: Record) -> Truth:
        if isinstance(record, (Medication, Course)):
            return _overlaps(record, clock, count, unit)
        if record.when is None:
            return None
        return lies(record.when, clock, count, unit)

    return records.where(test)


def lies(span: Span, clock: Clock, count: int, unit: str) -> Truth:
    """Say whether a date lies in the last *count* `days`, `months` or `hours`, ends included."""
    if unit == "hours":
        # What a date leaves open ends now: a record is of the past.
        past = Span(min(span.low, clock.now), min(span.high, clock.now))
        return clock.within_hours(past, count)
    if unit == "months":
        return clock.within_months(span, count)
    return clock.within_days(span, count)


def _overlaps(record: Medication | Course, clock: Clock, count: int, unit: str) -> Truth:
    if record.continuing and not record.ended:
        return True
    end = record.end
    ended = None if end is None else lies(end, clock, count, unit)
    if ended:
        return True
    if end is not None:
        # Of a partial date the earliest end is enough: later ends lie in the window, or after now.
        earliest = Span(end.low, end.low)
        if _after_now(earliest, clock) or lies(earliest, clock, count, unit):
            return True
    started = None if record.start is None else lies(record.start, clock, count, unit)
    if started:
        return True
    return ended


def _after_now(span: Span, clock: Clock) -> bool:
    return clock.day(span.low) > clock.today


@word(args=("records",), cql="X where exists (Y where X.onset during Y.period)")
def during(frame: Frame, records: Records, periods: Records) -> Records:
    """Keep records that began while one of the other records (courses) ran."""
    day = frame.chart.clock.day

    def test(record: Record) -> Truth:
        began = record.onset if isinstance(record, Condition) and record.onset else record.when
        if began is None:
            return None
        answers = [
            _taken(began, one, 0, day) if one in periods.sure else _possibly(began, one, day)
            for one in periods.possible()
        ]
        if True in answers:
            return True
        return None if None in answers or not periods.complete else False

    return records.where(test)


def _possibly(at: Span, period: Record, day: Callable[[int], int]) -> Truth:
    """Of a period that may not have been: never certain."""
    return False if _taken(at, period, 0, day) is False else None


@word(cql="X where not (X during any trial)")
def outside_trials(frame: Frame, records: Records) -> Records:
    """Drop scores of a trial: during it, in the policy's hours after it, linked as its result."""
    windows = trial_windows(frame.chart, frame.policy)
    procedures = frame.chart.procedures
    if not windows and procedures.complete:
        return records

    def test(record: Record) -> Truth:
        answers = [window.covers(record) for window in windows if isinstance(record, Observation)]
        if True in answers:
            return False
        return None if None in answers or not procedures.complete else True

    return _lacking(records.where(test), procedures.gaps)


def _lacking(records: Records, gaps: tuple[str, ...]) -> Records:
    """Note which other keys could not be had."""
    return replace(records, gaps=tuple(dict.fromkeys(records.gaps + gaps))) if gaps else records


@word(args=("number",), cql="X where exists (opioid segment overlapping X.date)")
def on_systemic_opioid(frame: Frame, records: Records, grace_days: object) -> Records:
    """Keep records dated while a systemic opioid was taken, or up to *grace_days* after."""
    grace = int(grace_days) if isinstance(grace_days, (int, Decimal)) else 0
    opioids = frame.noun("systemic_opioids")
    day = frame.chart.clock.day

    def test(record: Record) -> Truth:
        if record.when is None:
            return None
        answers = [_taken(record.when, one, grace, day) for one in opioids.sure]
        if True in answers:
            return True
        answers += [_taken(record.when, one, grace, day) for one in opioids.maybe]
        open_ends = any(one is not False for one in answers) or not opioids.complete
        return None if open_ends else False

    return _lacking(records.where(test), opioids.gaps)


def _taken(at: Span, period: Record, grace: int, day: Callable[[int], int]) -> Truth:
    """Say whether a date lies in the days of a period, or up to *grace* days after it."""
    start: Span | None = getattr(period, "start", None)
    end: Span | None = getattr(period, "end", None)
    if start is None:
        return None
    if day(at.high) < day(start.low):
        return False
    begun = day(at.low) >= day(start.high)
    if end is None:
        return True if begun else None
    if day(at.low) > day(end.high) + grace:
        return False
    return True if begun and day(at.high) <= day(end.low) + grace else None


@word(cql="Last(X sort by date)")
def newest(frame: Frame, records: Records) -> Records:
    """Keep the newest record; records of the same date (at the coarser precision) stay together.

    A doubtful coded record that may be newer stays doubtful; undated ones are left aside where a
    dated one exists, uncoded ones always.
    """
    return _newest(records, frame.chart.clock)


def _newest(records: Records, clock: Clock) -> Records:
    day = clock.day
    dated = [record for record in records.sure if record.when is not None]
    doubts = [record for record in records.maybe if record.coded]
    if not dated:
        undated = tuple(records.sure) + tuple(doubts)
        return Records((), undated, records.denied, records.complete, records.gaps)
    latest = max(_low(record) for record in dated)
    top = [record for record in dated if day(_high(record)) >= day(latest)]
    instants = {(_low(record), _high(record)) for record in top}
    if len(instants) > 1 and all(high - low < DAY // 2 for low, high in instants):
        # Every one carries a time of day: the latest instant decides.
        last = max(_high(record) for record in top)
        top = [record for record in top if _high(record) == last]
    open_ones = [r for r in doubts if r.when is not None and day(r.when.high) >= day(latest)]
    return Records(
        tuple(top), tuple(open_ones), records.denied, records.complete, records.gaps, len(top) > 1
    )


def _low(record: Record) -> int:
    return record.when.low if record.when is not None else 0


def _high(record: Record) -> int:
    return record.when.high if record.when is not None else 0


@word(cql="Last(X sort by date) for each code")
def newest_of_each(frame: Frame, records: Records) -> Records:
    """Keep the newest record of each kind (the same value sets)."""
    kinds = dict.fromkeys(record.groups for record in records.possible())
    answer = Records((), (), records.denied, records.complete, records.gaps)
    for one in kinds:
        same = Records(
            tuple(r for r in records.sure if r.groups == one),
            tuple(r for r in records.maybe if r.groups == one),
            (), records.complete, records.gaps,
        )  # fmt: skip
        top = _newest(same, frame.chart.clock)
        if top.tied and len({repr(getattr(one, "value", None)) for one in top.sure}) > 1:
            # The newest of one date that do not say the same settle nothing.
            top = Records((), top.sure + top.maybe, (), top.complete, top.gaps)
        answer = answer.union(top)
    uncoded = tuple(record for record in records.maybe if not record.coded)
    return answer.union(Records((), uncoded, (), records.complete, records.gaps))


@word(args=("records",), cql="X where not exists (Y where Y.date after X.date)")
def not_overtaken_by(frame: Frame, records: Records, others: Records) -> Records:
    """Drop records that are older than the newest of the other records."""
    day = frame.chart.clock.day
    dates = [record.when for record in others.sure if record.when is not None]
    if not dates:
        return records
    newest_low, newest_high = max(s.low for s in dates), max(s.high for s in dates)

    def test(record: Record) -> Truth:
        if record.when is None:
            return None
        if day(record.when.high) < day(newest_low):
            return False
        return True if day(record.when.low) >= day(newest_high) else None

    return records.where(test, denies=True)


@word(
    args=("records", "number", VALUE_SET),
    cql="X where not (X.code in VS and exists (Y where Y.date > X.recorded + n days))",
)
def cancelled_by(
    frame: Frame, records: Records, others: Records, days: object, name: str
) -> Records:
    """Drop members of the value set recorded more than *days* days before the other records."""
    clock = frame.chart.clock
    dates = [record.when for record in others.sure if record.when is not None]
    if not dates or not isinstance(days, (int, Decimal)):
        return records
    newest_low = max(span.low for span in dates)

    def test(record: Record) -> Truth:
        if name not in record.groups:
            return True
        if record.when is None:
            return None
        if clock.day(newest_low) - clock.day(record.when.high) > days:
            return False
        return True if clock.day(newest_low) - clock.day(record.when.low) <= days else None

    return records.where(test, denies=True)
