from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.chart.context import Context
from rules.chart.resources import Quantity
from rules.chart.spans import DAY, SECOND, Clock, Span, instant
from tests.rules.chart.bundles import NOW, SETS

OFFSETS = st.integers(-14 * 60, 14 * 60)
CLOCKS = OFFSETS.map(
    lambda minutes: Clock(datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(minutes=minutes))))
)
_FORM = re.compile(
    r"(\d{4})(-\d\d)?(-\d\d)?(?:T(\d\d):(\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)


def _slowly(text: str, clock: Clock) -> Span | None:  # noqa: C901 - one case after the other
    """Read a date as recording.md 10 says, with datetime and no short cuts."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if (hour and not day) or (day and not month) or (fraction and not second):
        return None
    own = timezone(timedelta(microseconds=clock.offset))
    try:
        first = date(int(year), int((month or "-1")[1:]), int((day or "-1")[1:]))
        if hour is None:
            last = first
            if month is None:
                last = date(first.year, 12, 31)
            elif day is None:
                last = date(
                    first.year, first.month, calendar.monthrange(first.year, first.month)[1]
                )
            start = _instant(first, own)
            return Span(start, _instant(last, own) + DAY - 1)
        if zone and zone != "Z":
            if int(zone[1:3]) > 14 or int(zone[4:]) > 59:
                return None
            minutes = (int(zone[1:3]) * 60 + int(zone[4:])) * (-1 if zone[0] == "-" else 1)
            own = timezone(timedelta(minutes=minutes))
        elif zone:
            own = UTC
        seconds = min(int((second or ":0")[1:]), 59)  # a leap second is the last of its minute
        micros = int((fraction or ".0")[1:7].ljust(6, "0"))
        ticks = (int(hour) * 60 + int(minute)) * 60 + seconds
        if int(hour) > 23 or int(minute) > 59 or int((second or ":0")[1:]) > 60:
            return None
        low = _instant(first, own) + ticks * SECOND + micros
        return Span(low, low + (60 * SECOND if not second else 1 if fraction else SECOND) - 1)
    except ValueError:
        return None


def _instant(day: date, zone: timezone) -> int:
    shift = zone.utcoffset(None) // timedelta(microseconds=1)
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY - shift


NUMBERS = st.integers(0, 99).map(lambda n: f"{n:02d}")
TEXTS = st.builds(
    lambda y, m, d, t, s, f, z, parts: "".join([y, m, d, t, s, f, z][:parts]),
    st.integers(0, 9999).map(lambda n: f"{n:04d}"),
    st.integers(0, 13).map(lambda n: f"-{n:02d}"),
    st.integers(0, 32).map(lambda n: f"-{n:02d}"),
    st.tuples(st.integers(0, 24), st.integers(0, 60)).map(lambda t: "T{:02d}:{:02d}".format(*t)),
    st.integers(0, 62).map(lambda n: f":{n:02d}") | st.just(""),
    st.just("") | st.integers(0, 10**9).map(lambda n: f".{n}"),
    st.sampled_from(["", "Z", "+00:00", "-05:00", "+14:00", "-14:00", "+05:37", "+15:00", "+1:00"]),
    st.integers(1, 7),
)
ODD = st.text("0123456789-T:.Z+W", max_size=26) | st.text(max_size=12)


@settings(max_examples=2500)
@given(text=TEXTS | ODD, clock=CLOCKS)
def test_dates_are_read_as_the_slow_reference_reads_them(text: str, clock: Clock) -> None:
    """Whatever the text, the quick reader and a plain one with datetime agree."""
    assert clock.read(text) == _slowly(text, clock)


@pytest.mark.parametrize(
    "text",
    [
        "0000-01-01", "2026-02-30", "2026-13-01", "2026-00-01", "2026-01-01T24:00:00Z",
        "2026-01-01T10", "10:00", "2026-W01-1", "20260101", "2026-1-1", "2026-01-01 10:00:00Z",
        "2026-01-01T10:00:00+15:00", "\uff12\uff10\uff12\uff16-01-01",
        "2026-01-01\n", " 2026", "", "now",
    ],
)  # fmt: skip
def test_impossible_dates_are_no_dates(text: str) -> None:
    """What FHIR does not allow, or no calendar has, is unknown and never a crash."""
    assert Clock(NOW).read(text) is None


@pytest.mark.parametrize("value", [None, 20260101, True, {}, [], 1.5])
def test_only_text_is_a_date(value: object) -> None:
    """A number in the place of a date is no date."""
    assert Clock(NOW).read(value) is None


def test_usual_and_unusual_writing_of_one_moment_agree() -> None:
    """A leap second, a fraction, a far offset: the same moment in other words."""
    clock = Clock(NOW)
    read = clock.read
    assert read("2026-06-30T23:59:60Z") == read("2026-06-30T23:59:59Z")
    assert read("2026-06-30T10:00:00+14:00") == read("2026-06-29T20:00:00Z")
    whole, part = read("2026-06-30T10:00:00Z"), read("2026-06-30T10:00:00.500Z")
    assert whole is not None
    assert part is not None
    assert whole.low < part.low == part.high < whole.high


@pytest.mark.parametrize("minutes", [-14 * 60, 0, 14 * 60])
@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001", "9999"]
)
def test_the_ends_of_the_calendar_can_be_shown(text: str, minutes: int) -> None:
    """An offset that moves a date out of the calendar is no crash."""
    clock = Clock(NOW.astimezone(timezone(timedelta(minutes=minutes))))
    span = clock.read(text)
    assert span is not None
    assert clock.show(span)
    assert clock.within_months(span, 24) is False


@given(
    birth=st.dates(date(1900, 1, 1), date(2026, 1, 1)), years=st.integers(0, 120),
    later=st.integers(0, 364),
)  # fmt: skip
def test_an_age_covers_the_year_of_that_age(birth: date, years: int, later: int) -> None:
    """`onsetAge` of n years spans from one birthday to the eve of the next."""
    context = Context(Clock(NOW), SETS, [])
    context.birth = context.date(birth.isoformat())
    age = Quantity(value=Decimal(years), code="a")
    span = context.at_age(age, age)
    assert span is not None
    day = _birthday(birth, years) + timedelta(days=later)
    inside = instant(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    assert span.low <= inside <= span.high
    assert context.clock.date(span.low) == _birthday(birth, years)


def _birthday(birth: date, years: int) -> date:
    """Return the birthday of an age; of 29 February, the last of February."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 2, 28)
