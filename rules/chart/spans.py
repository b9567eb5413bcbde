"""Dates as closed intervals of instants, compared with three values (recording.md section 10)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeAlias

import msgspec

# `Clock.date` is a method: inside that class the type needs another name.
Day: TypeAlias = date

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
# Bounds of what a FHIR date can say; an open end of an interval rests on them.
EARLIEST = -62_135_596_800 * SECOND
LATEST = 253_402_300_800 * SECOND - 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_LAST_ORDINAL = date.max.toordinal()
_DATE_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
# A month in which a dose or a supply is counted (recording.md 3.2, 7).
DAYS_PER_MONTH = "30.4375"


class Span(msgspec.Struct, frozen=True, gc=False):
    """A closed interval of instants, in microseconds since 1970-01-01T00:00Z."""

    low: int
    high: int

    def before(self, other: Span) -> bool | None:
        """Say whether every, no or some instant of this span lies before *other*."""
        if self.high < other.low:
            return True
        return False if self.low >= other.high else None

    def until(self, other: Span) -> Span:
        """Stretch to the end of *other*."""
        return Span(self.low, max(self.high, other.high))


def instant(moment: datetime) -> int:
    """Turn an aware datetime into microseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class Clock:
    """The moment of the call and its offset from UTC; nothing below reads another clock."""

    __slots__ = ("_known", "moment", "now", "offset", "today")

    def __init__(self, moment: datetime) -> None:
        """Freeze *moment*, which must carry an offset."""
        shift = moment.utcoffset()
        if shift is None:
            msg = "the moment of a call needs an offset from UTC"
            raise ValueError(msg)
        self.moment = moment
        self.now = instant(moment)
        self.offset = shift // timedelta(microseconds=1)
        self.today = self.day(self.now)
        self._known: dict[str, Span | None] = {}

    def day(self, at: int) -> int:
        """Return the calendar day of an instant in the offset of the call, as a day number."""
        return (at + self.offset) // DAY

    def date(self, at: int) -> Day:
        """Return the calendar date of an instant in the offset of the call.

        A moment that an offset moves out of the calendar is its first or last day.
        """
        return date.fromordinal(min(max(self.day(at) + _EPOCH_ORDINAL, 1), _LAST_ORDINAL))

    def start_of(self, day: Day) -> int:
        """Return the first instant of a calendar date in the offset of the call."""
        return (day.toordinal() - _EPOCH_ORDINAL) * DAY - self.offset

    def read(self, text: object) -> Span | None:
        """Read a FHIR date, dateTime or instant; None where it is none."""
        if not isinstance(text, str):
            return None
        try:
            return self._known[text]
        except KeyError:
            span = self._known[text] = self._usual(text) or self._unusual(text)
            return span

    def _unusual(self, text: str) -> Span | None:
        match = _DATE_TIME.fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        try:
            if month is None:
                return self._days(date(int(year), 1, 1), date(int(year), 12, 31))
            if day is None:
                last = calendar.monthrange(int(year), int(month))[1]
                first = date(int(year), int(month), 1)
                return self._days(first, first.replace(day=last))
            whole = date(int(year), int(month), int(day))
            if hour is None:
                return self._days(whole, whole)
            return self._time(whole, (hour, minute, second, fraction), zone)
        except (ValueError, OverflowError):
            return None

    def _usual(self, text: str) -> Span | None:
        """Read the two usual forms at a fifth of the cost: a date, a dateTime to the second."""
        length = len(text)
        if length < 10 or text[4] != "-" or text[7] != "-":
            return None
        try:
            if length == 10:
                low = self.start_of(date.fromisoformat(text))
                return Span(low, low + DAY - 1)
            zone = _ZONES.get(text[19:])
            if zone is None or text[10] != "T" or text[13] != ":" or text[16] != ":":
                return None
            moment = datetime.fromisoformat(text[:19])
        except ValueError:
            return None
        seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
        days = moment.toordinal() - _EPOCH_ORDINAL
        low = days * DAY + seconds * SECOND - zone
        return Span(low, low + SECOND - 1)

    def _days(self, first: Day, last: Day) -> Span:
        return Span(self.start_of(first), self.start_of(last) + DAY - 1)

    def _time(
        self, day: Day, clock: tuple[str, str, str | None, str | None], zone: str | None
    ) -> Span:
        hour, minute, second, fraction = clock
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        if second is not None and int(second) > 60:
            raise ValueError("no such second")
        # A leap second is read as the last second of its minute.
        moment = datetime(
            day.year, day.month, day.day, int(hour), int(minute), min(int(second or 0), 59), micros,
            tzinfo=UTC,
        )  # fmt: skip
        low = instant(moment) - (self.offset if zone is None else _zone(zone))
        width = 60 * SECOND if second is None else SECOND if fraction is None else 1
        return Span(low, low + width - 1)

    def months_before(self, months: int) -> Day:
        """Return today minus calendar months (31 March - 1 month = end of February)."""
        return add_months(self.date(self.now), -months)

    def days_ago(self, span: Span) -> tuple[int, int]:
        """Return the least and the greatest number of calendar days since a span."""
        return self.today - self.day(span.high), self.today - self.day(span.low)

    def within_days(self, span: Span, days: int) -> bool | None:
        """Say whether 0 <= today - date <= *days*, both ends inclusive."""
        newest, oldest = self.days_ago(span)
        if newest >= 0 and oldest <= days:
            return True
        return False if newest > days or oldest < 0 else None

    def within_months(self, span: Span, months: int) -> bool | None:
        """Say whether the date lies in the last *months* calendar months, today included."""
        first = self.months_before(months).toordinal() - _EPOCH_ORDINAL
        return self.within_days(span, self.today - first)

    def within_hours(self, span: Span, hours: int) -> bool | None:
        """Say whether the instant lies in the last *hours* hours; instants, not dates."""
        start = self.now - hours * HOUR
        if span.low >= start and span.high <= self.now:
            return True
        return False if span.high < start or span.low > self.now else None

    def future(self, span: Span) -> bool:
        """Say whether a span begins after today: such a record is no history."""
        return self.day(span.low) > self.today

    def show(self, span: Span) -> str:
        """Write a span as people write dates: a day, a month, a year or a range."""
        if span.low <= EARLIEST:
            return "undated" if span.high >= LATEST else f"until {self.date(span.high)}"
        if span.high >= LATEST:
            return f"since {self.date(span.low)}"
        low, high = self.date(span.low), self.date(span.high)
        if low == high:
            return low.isoformat()
        if low.day == 1 and high.day == calendar.monthrange(high.year, high.month)[1]:
            if low.month == 1 and high.month == 12 and low.year == high.year:
                return f"{low.year:04d}"
            if (low.year, low.month) == (high.year, high.month):
                return f"{low.year:04d}-{low.month:02d}"
        return f"{low.isoformat()} to {high.isoformat()}"


def add_months(day: date, months: int) -> date:
    """Move a date by calendar months, to the end of a month that is too short."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    year = min(max(year, 1), 9999)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _zone(text: str) -> int:
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        msg = "no such offset"
        raise ValueError(msg)
    return (hours * HOUR + minutes * 60 * SECOND) * (-1 if text[0] == "-" else 1)


def utc_offset(minutes: int) -> timezone:
    """Return the fixed offset that a clock of the call uses."""
    return timezone(timedelta(minutes=minutes))


# Every offset that is in use somewhere, by its text.
_ZONES = {"Z": 0} | {
    text: _zone(text)
    for text in (
        f"{sign}{hours:02d}:{minutes:02d}"
        for sign in "+-"
        for hours in range(15)
        for minutes in (0, 15, 30, 45)
    )
}
