"""Words for special populations and complications: age, onset, devices, items of evidence."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.orders import Order
from rules.chart.records import Condition, Device, Interval, Observation, Record, Records, Truth
from rules.chart.spans import Span
from rules.engine import logic
from rules.engine.vocabulary.arguments import UNITS
from rules.engine.vocabulary.dating import lies
from rules.engine.vocabulary.showing import listed
from rules.engine.words import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.engine.frame import Frame


@word(cql="X where X.status not in {stopped, on-hold, revoked, cancelled, completed}")
def going_ahead(records: Records) -> Records:
    """Drop orders that stop, hold or forbid what they name."""
    return records.where(lambda record: isinstance(record, Order) and not record.ended)


@word(args=("date",), cql="X where X.onset on or after D")
def began_since(frame: Frame, records: Records, start: object) -> Records:
    """Keep conditions that began on a day or after it, records dated so; an earlier one denies it.

    A recorded date alone is the latest possible onset: one after the day leaves it open.
    """
    day = frame.chart.clock.day

    def test(first: Span, begun: Span) -> Truth:
        if day(first.high) < day(begun.low):
            return False
        return True if day(first.low) >= day(begun.high) else None

    return _by_onset(records, start, test)


@word(args=("date",), cql="X where X.onset after D")
def began_after(frame: Frame, records: Records, start: object) -> Records:
    """Keep conditions that began after a day; an earlier onset, or that day, denies it."""
    day = frame.chart.clock.day

    def test(first: Span, begun: Span) -> Truth:
        if day(first.high) <= day(begun.low):
            return False
        return True if day(first.low) > day(begun.high) else None

    return _by_onset(records, start, test)


def _by_onset(records: Records, start: object, test: Callable[[Span, Span], Truth]) -> Records:
    def of(record: Record) -> Truth:
        onset = record.onset if isinstance(record, Condition) else record.when
        return test(onset, start) if onset is not None and isinstance(start, Span) else None

    return records.where(of, denies=True)


@word(args=("number", UNITS), cql="X where X.onset n units or less on or before Today()")
def began_within(frame: Frame, records: Records, amount: object, unit: str) -> Records:
    """Keep conditions that began in the last *amount* units, both ends included."""
    count, clock = int(amount) if isinstance(amount, (int, Decimal)) else 0, frame.chart.clock

    def test(record: Record) -> Truth:
        onset = record.onset if isinstance(record, Condition) else None
        return None if onset is None else lies(onset, clock, count, unit)

    return records.where(test)


@word(args=("text",), cql="X where X.interpretation ~ code")
def interpreted(records: Records, code: str) -> Records:
    """Keep results of this interpretation (`POS`, `NEG`); the contrary denies it."""
    contrary = {"POS": "NEG", "NEG": "POS"}.get(code)

    def test(record: Record) -> Truth:
        found = record.interpretation if isinstance(record, Observation) else frozenset()
        if contrary in found:
            return False if code not in found else None
        return True if code in found else None

    return records.where(test, denies=True)


@word(args=("text", "..."), cql="X where X.modelNumber or X.deviceName contains text")
def of_model(records: Records, *names: str) -> Records:
    """Keep devices whose model number or name holds one of these names."""
    wanted = [name.casefold() for name in names]

    def test(record: Record) -> Truth:
        if not isinstance(record, Device) or not record.model:
            return None
        return any(name in record.model.casefold() for name in wanted)

    return records.where(test)


@word(subject="date", result="number", cql="AgeInYears()")
def age(frame: Frame, born: Span) -> object:
    """Count whole calendar years since a date; a range where the date is not precise."""
    clock = frame.chart.clock
    today = clock.date(clock.now)

    def years(at: int) -> Decimal:
        day = clock.date(at)
        return Decimal(today.year - day.year - ((today.month, today.day) < (day.month, day.day)))

    low, high = years(born.high), years(born.low)
    return low if low == high else Interval(low, high)


@word(subject="number", args=("list",), result="truth", cql="X between low and high")
def between(value: object, bounds: object) -> Truth:
    """Say whether a number lies between the first and the last of a list, both included."""
    ends = list(bounds) if isinstance(bounds, (tuple, list)) else []
    if len(ends) < 2:
        return None
    return logic.every(
        (logic.greater_or_equal(value, ends[0]), logic.less_or_equal(value, ends[-1]))
    )


@word(subject="list", args=("text", "..."), result="text", cql="names of L where $this is not true")
def lacking(answers: tuple[object, ...], *names: str) -> str:
    """Name the answers of a list that are not true, in the order of the names given."""
    return ", ".join(
        name for answer, name in zip(answers, names, strict=False) if answer is not True
    )


@word(result="text", cql="Combine(X.agent, ', ')")
def listed_orders(records: Records) -> str:
    """Name the agents of intrathecal orders, and say of each how many orders it has if several."""
    names = [str(getattr(record, "name", record.text)) for record in records.sure]
    return listed(
        name if names.count(name) == 1 else f"{name} ({names.count(name)} orders)" for name in names
    )


@word(result="text", cql="Combine(X.modelNumber, ', ')")
def models(records: Records) -> str:
    """Name the models of devices; `unknown` where none is recorded."""
    found = listed(record.model for record in records.sure if isinstance(record, Device))
    return found or "unknown"


@word(subject="list", result="number", cql="Count(L)")
def count_all(answers: tuple[object, ...]) -> object:
    """Count the answers of a list, whatever they are."""
    return Decimal(len(answers))
