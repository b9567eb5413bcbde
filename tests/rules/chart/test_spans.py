"""Spans of time, and the clock that compares them with now (recording.md section 10)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.chart.spans import DAY, EARLIEST, HOUR, LATEST, Clock, Span, add_months, utc_offset

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLOCK = Clock(NOW)
CLOCKS = st.integers(-14 * 60, 14 * 60).map(
    lambda minutes: Clock(NOW.astimezone(utc_offset(minutes)))
)
SPANS = st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 10**6)).map(
    lambda pair: Span(pair[0] * HOUR, (pair[0] + pair[1]) * HOUR)
)
RECENT = st.tuples(st.integers(-900 * 24, 40 * 24), st.integers(0, 400 * 24)).map(
    lambda pair: Span(CLOCK.now + pair[0] * HOUR, CLOCK.now + (pair[0] + pair[1]) * HOUR)
)
DATES = st.dates(date(1, 1, 1), date(9999, 12, 31))
TODAY = date(2026, 11, 22)


def read(text: str) -> Span:
    """Read a FHIR date that is one."""
    span = CLOCK.read(text)
    assert span is not None
    return span


# ------------------------------------------------------------------------------------ spans


@given(a=SPANS, b=SPANS, at=st.integers(0, 100), then=st.integers(0, 100))
def test_before_holds_for_every_instant_or_is_unknown(a: Span, b: Span, at: int, then: int) -> None:
    """True and false are certain; where instants of both kinds exist, nothing is said."""
    one = a.low + (a.high - a.low) * at // 100
    other = b.low + (b.high - b.low) * then // 100
    assert a.before(b) in {None, one < other}
    certain = {x < y for x in (a.low, a.high) for y in (b.low, b.high)}
    assert (a.before(b) is None) == (len(certain) > 1)


@given(a=SPANS, b=SPANS)
def test_nothing_is_before_what_is_before_it(a: Span, b: Span) -> None:
    """Of two spans at most one comes first."""
    assert not (a.before(b) and b.before(a))
    assert not a.before(a)


@given(a=SPANS, b=SPANS)
def test_a_span_stretches_to_the_end_of_another_and_never_shrinks(a: Span, b: Span) -> None:
    """From its own beginning to the later end."""
    assert a.until(b) == Span(a.low, max(a.high, b.high))
    assert a.until(b).until(a) == a.until(b)


# ------------------------------------------------------------------------------------ days


def test_a_clock_needs_an_offset() -> None:
    """Without one, nobody knows which day it is."""
    with pytest.raises(ValueError, match="offset from UTC"):
        Clock(NOW.replace(tzinfo=None))


@given(clock=CLOCKS, day=DATES)
def test_a_day_begins_at_midnight_of_the_call(clock: Clock, day: date) -> None:
    """Its first and its last instant are that day, the instants around it are not."""
    assume(date(1, 1, 3) < day < date(9999, 12, 29))
    low = clock.start_of(day)
    assert clock.date(low) == clock.date(low + DAY - 1) == day
    assert clock.date(low - 1) == day - timedelta(days=1)
    assert clock.day(low + DAY) == clock.day(low) + 1


@pytest.mark.parametrize(
    ("hours", "text", "day"),
    [
        (0, "2026-11-22T23:30:00Z", "2026-11-22"),
        (2, "2026-11-22T23:30:00Z", "2026-11-23"),
        (-5, "2026-11-22T03:00:00Z", "2026-11-21"),
        (-5, "2026-11-22T03:00:00", "2026-11-22"),
        (-5, "2026-11-22", "2026-11-22"),
    ],
)
def test_a_moment_moves_to_the_offset_of_the_call(hours: int, text: str, day: str) -> None:
    """A dateTime with an offset is moved, one without is read in the offset of the call."""
    clock = Clock(NOW.astimezone(timezone(timedelta(hours=hours))))
    span = clock.read(text)
    assert span is not None
    assert clock.date(span.low).isoformat() == day


# ------------------------------------------------------------------------------------ windows


@given(days_ago=st.integers(-5, 1000), days=st.integers(0, 1000))
def test_both_ends_of_a_window_of_days_are_inside(days_ago: int, days: int) -> None:
    """0 <= today - date <= n."""
    span = read((TODAY - timedelta(days=days_ago)).isoformat())
    assert CLOCK.days_ago(span) == (days_ago, days_ago)
    assert CLOCK.within_days(span, days) is (0 <= days_ago <= days)


@given(span=RECENT, days=st.integers(0, 800), months=st.integers(0, 30), at=st.integers(0, 100))
def test_a_window_says_only_what_holds_for_every_instant(
    span: Span, days: int, months: int, at: int
) -> None:
    """Kleene: what is said of a span is true of every instant within it."""
    inside = span.low + (span.high - span.low) * at // 100
    instant = Span(inside, inside)
    assert CLOCK.within_days(span, days) in {None, CLOCK.within_days(instant, days)}
    assert CLOCK.within_months(span, months) in {None, CLOCK.within_months(instant, months)}
    assert CLOCK.within_hours(span, days) in {None, CLOCK.within_hours(instant, days)}
    for answer in (CLOCK.within_days(instant, days), CLOCK.within_hours(instant, days)):
        assert answer is not None


@given(span=RECENT, less=st.integers(0, 400), more=st.integers(0, 400))
def test_a_longer_window_holds_what_a_shorter_one_holds(span: Span, less: int, more: int) -> None:
    """What was certain in the last days is certain in more days."""
    for within in (CLOCK.within_days, CLOCK.within_hours, CLOCK.within_months):
        assert within(span, less) is not True or within(span, less + more) is True


@pytest.mark.parametrize(
    ("now", "months", "first"),
    [
        ("2026-11-22", 24, "2024-11-22"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-03-31", 1, "2028-02-29"),
        ("2026-05-31", 3, "2026-02-28"),
        ("2026-01-15", 1, "2025-12-15"),
    ],
)
def test_a_window_of_months_begins_on_the_same_day_of_the_month(
    now: str, months: int, first: str
) -> None:
    """Of a shorter month it is the last day; that day counts, the one before does not."""
    clock = Clock(datetime.fromisoformat(f"{now}T12:00:00+00:00"))
    day = date.fromisoformat(first)
    inside, outside = clock.read(first), clock.read((day - timedelta(days=1)).isoformat())
    assert clock.months_before(months) == day
    assert inside is not None
    assert outside is not None
    assert clock.within_months(inside, months) is True
    assert clock.within_months(outside, months) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T12:00:00.000Z", True),
        ("2026-11-21T11:59:59.999Z", False),
        ("2026-11-22T12:00:00.000Z", True),
        ("2026-11-22T12:00:00Z", None),  # the second is not over
        ("2026-11-22T12:00:01Z", False),
        ("2026-11-21", None),
        ("2026-11-20", False),
    ],
)
def test_hours_are_counted_in_instants(text: str, expected: bool | None) -> None:
    """The last 24 hours, both instants included, whatever the calendar day."""
    assert CLOCK.within_hours(read(text), 24) is expected


@pytest.mark.parametrize(
    ("text", "future"),
    [("2026-11-22", False), ("2026-11-22T23:00:00Z", False), ("2026-11-23", True), ("2026", False),
     ("2026-12", True), ("2027", True)],
)  # fmt: skip
def test_the_future_begins_tomorrow(text: str, future: bool) -> None:
    """A record of today, or of a year that has begun, is no record of the future."""
    assert CLOCK.future(read(text)) is future


# ------------------------------------------------------------------------------------ months


@given(day=st.dates(date(1900, 1, 1), date(2100, 12, 31)), months=st.integers(-600, 600))
def test_months_move_along_the_calendar(day: date, months: int) -> None:
    """The month is exact; the day stays, or is the last of a month that is too short."""
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    last = calendar.monthrange(moved.year, moved.month)[1]
    assert moved.day == min(day.day, last)
    if day.day <= 28:
        assert add_months(moved, -months) == day


@given(day=DATES, months=st.integers(-(10**6), 10**6))
def test_months_beyond_the_calendar_end_with_it(day: date, months: int) -> None:
    """No number of months is a crash."""
    assert 1 <= add_months(day, months).year <= 9999


# ------------------------------------------------------------------------------------ words


@given(
    day=st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    digits=st.sampled_from((4, 7, 10)),
    clock=CLOCKS,
)
def test_a_date_is_shown_as_precisely_as_it_was_recorded(
    day: date, digits: int, clock: Clock
) -> None:
    """A year, a month or a day is shown as it was written, in any offset."""
    text = day.isoformat()[:digits]
    span = clock.read(text)
    assert span is not None
    assert clock.show(span) == text


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (Span(EARLIEST, LATEST), "undated"),
        (Span(EARLIEST, read("2026-03-01").high), "until 2026-03-01"),
        (Span(read("2026-03-01").low, LATEST), "since 2026-03-01"),
        (read("2026-03-01").until(read("2026-03-04")), "2026-03-01 to 2026-03-04"),
        (read("2026-03").until(read("2026-04")), "2026-03-01 to 2026-04-30"),
        (read("2025").until(read("2026")), "2025-01-01 to 2026-12-31"),
        (read("2026-03-01T08:00:00Z"), "2026-03-01"),
    ],
)
def test_open_and_long_spans_are_shown_with_what_is_known(span: Span, shown: str) -> None:
    """An open end is said; a time of day is not shown."""
    assert CLOCK.show(span) == shown
