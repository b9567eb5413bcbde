"""Words about prescriptions: how new, how many drugs, on demand or not, how much together."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.measures import decimal
from rules.chart.medications import Medication
from rules.chart.records import Interval, Record, Records, Truth
from rules.chart.spans import Span
from rules.engine import logic
from rules.engine.vocabulary.arguments import UNITS
from rules.engine.vocabulary.dating import lies
from rules.engine.vocabulary.showing import listed
from rules.engine.words import word

if TYPE_CHECKING:
    from rules.engine.frame import Frame


@word(cql="X where Count(X.ingredient) = 1")
def single_ingredient(records: Records) -> Records:
    """Keep medications of one ingredient only: no combination product."""

    def test(record: Record) -> Truth:
        if not isinstance(record, Medication) or record.ingredients is None:
            return None
        return len(record.composition.parts) == 1

    return records.where(test)


@word(args=("number", UNITS), cql="X where X.authoredOn n units or less on or before Today()")
def ordered_within(frame: Frame, records: Records, amount: object, unit: str) -> Records:
    """Keep orders written in the last *amount* units, whether or not they still run."""
    count, clock = int(amount) if isinstance(amount, (int, Decimal)) else 0, frame.chart.clock

    def test(record: Record) -> Truth:
        written = clock.read(getattr(record.resource, "authored_on", None)) or record.when
        return None if written is None else lies(written, clock, count, unit)

    return records.where(test)


@word(args=("number",), cql="X where X.start n hours or less before Now()")
def started_within(frame: Frame, records: Records, hours: object) -> Records:
    """Keep medications begun in the last *hours* hours; one that this call orders begins now.

    A renewal begins nothing.
    """
    count, clock = int(hours) if isinstance(hours, (int, Decimal)) else 0, frame.chart.clock
    drafts = frame.noun("draft_medications").sure

    def test(record: Record) -> Truth:
        if not isinstance(record, Medication):
            return None
        if record in drafts:
            return record.prior is None and frame.chart.lookup(record.ref) is None
        if record.start is None:
            return None
        today = Span(clock.now, clock.now)
        start = today if clock.day(record.start.low) == clock.today else record.start
        return clock.within_hours(start, count)

    return records.where(test)


@word(cql="X where exists (X.dosage where not asNeeded)")
def scheduled(records: Records) -> Records:
    """Drop medications that are taken on demand only."""

    def test(record: Record) -> Truth:
        if not isinstance(record, Medication) or not record.entries:
            return None
        return not all(entry.prn for entry in record.entries)

    return records.where(test)


@word(cql="X where not (the steps of X.dosage fall)")
def not_tapering(records: Records) -> Records:
    """Drop medications whose dose steps fall."""

    def test(record: Record) -> Truth:
        if not isinstance(record, Medication):
            return None
        return logic.negate(record.taper)

    return records.where(test)


@word(result="number", cql="Sum(MME of X, as needed at its maximum)")
def mme(records: Records) -> object:
    """Add up the MME a day, on demand at its maximum; unknown where one cannot be computed."""
    doses = [one.mme_total if isinstance(one, Medication) else None for one in records.sure]
    known = [Fraction(dose) for dose in doses if dose is not None]
    if len(known) < len(doses) or records.maybe or not records.complete:
        return None
    return decimal(sum(known, Fraction(0)))


@word(result="number", cql="Count(distinct X.ingredient)")
def distinct_drugs(records: Records) -> object:
    """Count the different ingredients of medications; a range where some are doubtful."""
    sure = _ingredients(records.sure)
    most = sure | _ingredients(records.maybe)
    unclear = any(not isinstance(one, Medication) or not one.ingredients for one in records.maybe)
    if records.complete and not unclear and sure == most:
        return Decimal(len(sure))
    high = Decimal(len(most)) if records.complete and not unclear else None
    return Interval(Decimal(len(sure)), high)


def _ingredients(records: tuple[Record, ...]) -> set[str]:
    return {
        rxcui for one in records if isinstance(one, Medication) for rxcui in one.ingredients or ()
    }


@word(cql="X where X.intent not in {proposal, plan, option}")
def not_planned(records: Records) -> Records:
    """Drop medications that are only proposed or planned."""
    return records.where(
        lambda record: (
            record.intent not in {"proposal", "plan", "option"}
            if isinstance(record, Medication)
            else None
        )
    )


@word(result="text", cql="Combine(distinct X.ingredient, ', ')")
def drug_names(frame: Frame, records: Records) -> str:
    """Name the ingredients of medications; one that is in no table by its text."""
    name = frame.chart.terminology.name
    found: list[str] = []
    for one in records.sure:
        drugs = sorted(one.ingredients or ()) if isinstance(one, Medication) else []
        found += [name(rxcui) for rxcui in drugs] or [one.text]
    return listed(found)
