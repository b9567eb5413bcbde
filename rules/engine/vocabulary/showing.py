"""Words that turn records and values into the words of a card."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.courses import Course
from rules.chart.hold import read_hold
from rules.chart.medications import Medication
from rules.chart.records import Interval, Observation, Record, Records
from rules.engine.words import word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.engine.frame import Frame

SHOWN = 3
ROUTES = {
    "sc": "subcutaneous route", "iv": "intravenous route", "im": "intramuscular route",
    "oral": "oral route", "transdermal": "transdermal route",
}  # fmt: skip


def listed(names: Iterable[str]) -> str:
    """Write names as a short list: `a, b, c and 2 more`."""
    unique = list(dict.fromkeys(name for name in names if name))
    if len(unique) <= SHOWN:
        return ", ".join(unique)
    return f"{', '.join(unique[:SHOWN])} and {len(unique) - SHOWN} more"


def named(record: Record) -> str:
    """Name a record; by its reference where nothing else is said, never by nothing."""
    return record.text.strip() or record.ref


@word(result="text", cql="Combine(X.code.text, ', ')")
def names(records: Records) -> str:
    """Name the records that certainly belong."""
    return listed(named(record) for record in records.sure)


@word(result="text", cql="Combine(X.code.text, ', ')")
def possible_names(records: Records) -> str:
    """Name the records that belong or may belong."""
    return listed(named(record) for record in records.possible() if record.coded)


@word(result="text", cql="Combine(X.code.text + X.value + X.date, ', ')")
def described(frame: Frame, records: Records) -> str:
    """Name the records with value and date."""
    return listed(describe(frame, record) for record in records.sure)


def describe(frame: Frame, record: Record) -> str:
    """Write one record with its value and date."""
    shown = named(record)
    if isinstance(record, Observation) and record.value is not None:
        shown = f"{shown} {plain(record.value)}"
    if record.when is not None:
        shown = f"{shown} ({frame.chart.clock.show(record.when)})"
    return shown


def plain(value: object) -> str:
    """Write a value as people write it; unknown is said, never left out."""
    if value is None:
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, Interval):
        if value.low is None:
            return f"up to {number(value.high)}" if value.high is not None else "not recorded"
        if value.high is None:
            return f"{'more than' if value.low_open else 'at least'} {number(value.low)}"
        if value.low == 0:
            return f"{'less than' if value.high_open else 'up to'} {number(value.high)}"
        return f"{number(value.low)}-{number(value.high)}"
    return str(value)


def number(value: Decimal | int) -> str:
    """Write a number without exponent and without trailing zeros."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@word(subject="number", result="text", cql="ToString(n) + ' months'")
def months(value: object) -> str:
    """Write a number of months."""
    return f"{plain(value)} months"


@word(result="text", cql="Combine(distinct X.ingredient, ', ')")
def ingredient_names(frame: Frame, records: Records) -> str:
    """Name the ingredients of courses or medications; of one that names none, what it is called."""
    name = frame.chart.terminology.name
    found: list[str] = []
    for record in records.sure:
        if isinstance(record, Course):
            found.append(name(record.ingredient))
        elif isinstance(record, Medication):
            found += [name(one) for one in sorted(record.ingredients or ())] or [named(record)]
    return listed(found)


@word(result="text", cql="Combine(distinct X.route, ', ')")
def route_names(records: Records) -> str:
    """Name the routes of courses."""
    return listed(
        ROUTES.get(record.route_class, record.route_class)
        for record in records.sure
        if isinstance(record, Course)
    )


@word(result="text", cql="Max(hold days of X)")
def hold_days(frame: Frame, records: Records) -> str:
    """Write the longest hold that the policy asks of these drugs, in days."""
    days = [
        hold.days_required
        for record in records.sure
        if isinstance(record, Medication)
        and (hold := read_hold(record, frame.chart, frame.policy)) is not None
    ]
    return number(max(days)) if days else "not known"


@word(result="list", cql="{Reference(X)}")
def references(records: Records) -> tuple[object, ...]:
    """Give FHIR references to the records."""
    return tuple({"reference": record.ref} for record in records.sure if "#" not in record.ref)
