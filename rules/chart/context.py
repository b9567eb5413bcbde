"""What the readers of single resources share: the clock, the codes, and where issues go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.codings import Codings
from rules.chart.issues import Issue
from rules.chart.spans import DAY, LATEST, Clock, Span, add_months

if TYPE_CHECKING:
    from datetime import date

    from rules.chart import resources as fhir
    from rules.chart.records import Record, Truth
    from rules.chart.terminology import Terminology

_DAYS = {"d": 1, "wk": 7}
_MONTHS = {"mo": 1, "a": 12}
_LONGEST = 200 * 12  # months; an age beyond is no age


class Context:
    """One call's clock, terminology, birth date of the patient, and list of issues."""

    __slots__ = ("birth", "clock", "codings", "end_of_today", "issues")

    def __init__(self, clock: Clock, terminology: Terminology, issues: list[Issue]) -> None:
        self.clock = clock
        self.codings = Codings(terminology)
        self.issues = issues
        self.birth: Span | None = None
        self.end_of_today = clock.start_of(clock.date(clock.now)) + DAY - 1

    def date(self, text: str | None) -> Span | None:
        """Read a date, dateTime or instant; None where there is none or it is impossible."""
        return None if text is None else self.clock.read(text)

    def future(self, span: Span | None) -> bool:
        """Say whether a span lies wholly after today."""
        return span is not None and span.low > self.end_of_today

    def past(self, span: Span) -> Truth:
        """Say whether a span lies in the past: its day is over or has begun."""
        if span.high <= self.end_of_today:
            return True
        return False if span.low > self.end_of_today else None

    def period(self, period: fhir.Period | None) -> tuple[Span | None, Span | None]:
        """Return start and end of a Period; None where a side is not said."""
        if period is None:
            return None, None
        return self.date(period.start), self.date(period.end)

    def at_age(self, low: fhir.Quantity | None, high: fhir.Quantity | None) -> Span | None:
        """Return when the patient was between two ages; one age lasts one unit of its own."""
        if self.birth is None or low is None or high is None:
            return None
        first = self._after_birth(low, self.birth.low, 0)
        last = self._after_birth(high, self.birth.high, 1)
        return Span(first, last - 1) if first is not None and last is not None else None

    def _after_birth(self, age: fhir.Quantity, birth: int, more: int) -> int | None:
        unit = age.code or age.unit or ""
        number = age.value
        if number is None or not number.is_finite() or not 0 <= number <= _LONGEST * 31:
            return None
        if unit in _DAYS:
            return birth + (int(number) + more) * _DAYS[unit] * DAY
        if unit not in _MONTHS:
            return None
        months = int(number * _MONTHS[unit])
        whole = number == int(number)
        months += more * (_MONTHS[unit] if whole else 1)
        if months > _LONGEST:
            return None
        day: date = add_months(self.clock.date(birth), months)
        return min(self.clock.start_of(day), LATEST)

    def tell(self, kind: str, text: str, record: Record) -> None:
        """Report an issue of a record that a rule could use: one that hits a value set."""
        if record.groups:
            self.issues.append(Issue(kind, text, record.ref, record.key, record.groups))

    def ignore(self, why: str, ref: str, key: str, groups: frozenset[str]) -> None:
        """Report a record that does not count although it hits a value set."""
        if groups:
            self.issues.append(Issue("ignored", why, ref, key, groups))

    def ignore_future(self, ref: str, key: str, groups: frozenset[str]) -> None:
        """Report a record that lies wholly in the future."""
        if groups:
            self.issues.append(Issue("future", "it lies in the future", ref, key, groups))

    def modified(self, record: Record) -> None:
        """Doubt a record that an extension changes in a way we do not understand."""
        if record.resource.modifier_extension:
            record.counts = None
            self.tell("modifier", "an extension that is not understood may change it", record)
