"""Words about medications and opioid courses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.courses import Course
from rules.chart.hold import read_hold
from rules.chart.medications import Medication
from rules.engine.vocabulary.arguments import ROUTES
from rules.engine.words import word

if TYPE_CHECKING:
    from rules.chart.records import Record, Records, Truth
    from rules.chart.spans import Clock
    from rules.engine.frame import Frame


@word(args=(ROUTES,), cql="X where X.route in {...}")
def by_route(records: Records, *routes: str) -> Records:
    """Keep medications or courses of these routes."""

    def test(record: Record) -> Truth:
        if isinstance(record, Course):
            return record.route_class in routes
        route = record.route if isinstance(record, Medication) else "unknown"
        return None if route == "unknown" else route in routes

    return records.where(test)


@word(cql="X where X.route is not topical")
def not_topical(records: Records) -> Records:
    """Drop medications applied to skin or eye."""
    return records.where(
        lambda record: record.route != "topical" if isinstance(record, Medication) else None
    )


@word(args=("number?",), cql="X where X.timing.repeat.count is null or > n")
def repeated(records: Records, doses: object = 1) -> Records:
    """Drop orders of at most *doses* doses in all: one, if nothing is said (peri-operative)."""
    most = doses if isinstance(doses, (int, Decimal)) else 1

    def test(record: Record) -> Truth:
        if not isinstance(record, Medication):
            return None
        return not (record.single and most >= 1) and _doses(record) > most

    return records.where(test)


def _doses(order: Medication) -> Decimal:
    """Count the doses of an order; infinite where it does not say how many."""
    dosages = getattr(order.resource, "dosage_instruction", None) or ()
    counts = [
        one.timing.repeat.count
        if one.timing is not None and one.timing.repeat is not None
        else None
        for one in dosages
    ]
    if not counts or None in counts:
        return Decimal("Infinity")
    return Decimal(sum(count for count in counts if count is not None))


@word(cql="X where X.status = 'active' and X.end is null or >= Today()")
def on_board(records: Records) -> Records:
    """Keep medications that the patient takes now."""
    return records.where(lambda record: record.on_board if isinstance(record, Medication) else None)


@word(args=("number",), cql="X where X.heldFrom n days or less before Today()")
def held_within(frame: Frame, records: Records, days: object) -> Records:
    """Keep medications held or ended in the last *days* days; one without a date is doubtful."""
    clock = frame.chart.clock
    limit = int(days) if isinstance(days, (int, Decimal)) else 0

    def test(record: Record) -> Truth:
        if not isinstance(record, Medication):
            return None
        if not record.ended:
            return False
        over = record.held_from or record.end
        return None if over is None else clock.within_days(over, limit)

    return records.where(test)


@word(args=("number",), cql="X where duration in days of X.period >= n")
def lasted(frame: Frame, records: Records, days: object) -> Records:
    """Keep medications that ran for at least *days* days; continuing ones run until now."""
    clock = frame.chart.clock
    return records.where(lambda record: _lasted(record, days, clock))


def _lasted(record: Record, days: object, clock: Clock) -> Truth:
    if not isinstance(record, Medication) or record.start is None:
        return None
    if not isinstance(days, (int, Decimal)):
        return None
    now = clock.now
    end = None if record.continuing else record.end
    shortest = (now if end is None else min(end.low, now)), record.start.high
    longest = (now if end is None else min(end.high, now)), record.start.low
    if clock.day(shortest[0]) - clock.day(shortest[1]) >= days:
        return True
    return False if clock.day(longest[0]) - clock.day(longest[1]) < days else None


@word(cql="X where X.statusReason in intolerance reasons")
def stopped_for_intolerance(records: Records) -> Records:
    """Keep medications or courses that were stopped because of side effects."""
    return records.where(
        lambda record: isinstance(record, (Medication, Course)) and record.stopped_for_intolerance
    )


@word(cql="C where C.failed")
def failed(records: Records) -> Records:
    """Keep opioid courses that failed (recording.md 3.3)."""
    return records.where(lambda record: record.failed if isinstance(record, Course) else None)


@word(cql="C where C.qualifies")
def qualifying(records: Records) -> Records:
    """Keep opioid courses long enough to count, or stopped for intolerance."""
    return records.where(lambda record: record.qualifies if isinstance(record, Course) else None)


@word(cql="X where not (X.hold >= policy hold days)")
def not_held(frame: Frame, records: Records) -> Records:
    """Keep antithrombotics that are not held long enough before the procedure."""

    def test(record: Record) -> Truth:
        if not isinstance(record, Medication):
            return None
        hold = read_hold(record, frame.chart, frame.policy)
        return None if hold is None else hold.truth

    return records.where(test, denies=True)
