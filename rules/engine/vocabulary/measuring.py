"""Words that compare or give the value of records."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.courses import Course
from rules.chart.records import CareTeam, Interval, Observation, Record, Records, Truth
from rules.engine import logic
from rules.engine.words import word

if TYPE_CHECKING:
    from collections.abc import Callable


@word(result="any", cql="X.value (of a single record)")
def value(records: Records) -> object:
    """Give the value of the record; of several of one date, a range that spans them.

    Unknown where there is none, or where a doubtful record may decide.
    """
    if not records.sure or any(record.coded for record in records.maybe):
        return None
    values = [r.value if isinstance(r, Observation) else None for r in records.sure]
    first = values[0]
    if all(one == first and type(one) is type(first) for one in values):
        return first
    if all(isinstance(one, Decimal) for one in values):
        numbers = [one for one in values if isinstance(one, Decimal)]
        return Interval(min(numbers), max(numbers))
    return None


def _compared(
    records: Records, limit: object, compare: Callable[[object, object], Truth]
) -> Records:
    def test(record: Record) -> Truth:
        return compare(record.value, limit) if isinstance(record, Observation) else None

    return records.where(test, denies=True)


@word(args=("number",), cql="X where X.value > limit")
def above(records: Records, limit: object) -> Records:
    """Keep measurements above a limit; a measurement that is not denies it."""
    return _compared(records, limit, logic.greater)


@word(args=("number",), cql="X where X.value < limit")
def below(records: Records, limit: object) -> Records:
    """Keep measurements below a limit; a measurement that is not denies it."""
    return _compared(records, limit, logic.less)


@word(args=("number",), cql="X where X.value >= limit")
def at_least(records: Records, limit: object) -> Records:
    """Keep measurements of at least a limit; a measurement below denies it."""
    return _compared(records, limit, logic.greater_or_equal)


@word(args=("number",), cql="X where X.value <= limit")
def at_most(records: Records, limit: object) -> Records:
    """Keep measurements of at most a limit; a measurement above denies it."""
    return _compared(records, limit, logic.less_or_equal)


@word(result="number", cql="Count(X)")
def count(records: Records) -> object:
    """Count records; a range where some are doubtful or the query was not complete."""
    return _between(len(records.sure), len(records.possible()), complete=records.complete)


def _between(least: int, most: int, *, complete: bool) -> Decimal | Interval:
    if complete and least == most:
        return Decimal(least)
    return Interval(Decimal(least), Decimal(most) if complete else None)


@word(result="number", cql="Count(distinct X.ingredient)")
def distinct_ingredients(records: Records) -> object:
    """Count the different ingredients of courses."""
    return _distinct(records, lambda record: {record.ingredient})


@word(result="number", cql="Count(distinct X.route)")
def distinct_routes(records: Records) -> object:
    """Count the different route classes of courses."""
    return _distinct(records, lambda record: {record.route_class})


def _distinct(records: Records, of: Callable[[Course], set[str]]) -> object:
    sure = {one for r in records.sure if isinstance(r, Course) for one in of(r)}
    most = sure | {one for r in records.maybe if isinstance(r, Course) for one in of(r)}
    unclear = any(not isinstance(record, Course) for record in records.maybe)
    return _between(len(sure), len(most), complete=records.complete and not unclear)


@word(result="number", cql="Count(distinct X.participant.role)")
def distinct_roles(records: Records) -> object:
    """Count the different roles of care teams."""
    roles = {role for r in records.sure if isinstance(r, CareTeam) for role in r.roles}
    return _between(len(roles), len(roles), complete=records.complete and not records.maybe)


@word(subject="list", result="number", cql="Count(L where $this is true)")
def count_true(answers: tuple[object, ...]) -> object:
    """Count the true answers of a list."""
    return Decimal(sum(answer is True for answer in answers))


@word(subject="list", result="number", cql="Count(L where $this is false)")
def count_false(answers: tuple[object, ...]) -> object:
    """Count the false answers of a list."""
    return Decimal(sum(answer is False for answer in answers))


@word(subject="list", result="number", cql="Count(L where $this is null)")
def count_unknown(answers: tuple[object, ...]) -> object:
    """Count the unknown answers of a list."""
    return Decimal(sum(answer is None for answer in answers))
