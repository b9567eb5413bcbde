"""Daily doses of each ingredient from dosage instructions (recording.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from rules.chart.measures import Measure, Unusable, measure, quotient
from rules.chart.timings import read_schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.chart import resources as fhir
    from rules.chart.drug_codes import Part

_HOURS = 24
_RATES = frozenset({"mass/time", "volume/time"})
_DOSES = frozenset({"mass", "volume", "pieces"})
_ENCODE = msgspec.json.Encoder()
# What was read, by route and by all that decides it; there are few dosages and many orders.
_known: dict[tuple[str, bytes], Entry] = {}
_REMEMBERED, _LONG = 4096, 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One dosage instruction: an amount, how often a day, and how it is given.

    `amount` is a dose (mg, mL, pieces) given `per_day` times, or a rate (mg/d, mL/d). `once` marks
    a bolus. `why` says why there is no amount or no frequency; `fault` that a quantity is faulty.
    """

    route: str
    sequence: int | None = None
    prn: bool = False
    amount: Measure | None = None
    per_day: Fraction | None = None
    once: bool = False
    why: str = ""
    fault: bool = False

    @property
    def is_rate(self) -> bool:
        """Say whether the amount is a rate."""
        return self.amount is not None and self.amount.dimension in _RATES

    def dose(self, parts: tuple[Part, ...], at: int, *, authored: bool) -> Fraction | None:
        """Return mg of one ingredient in one dose, or a day at a rate; None: not computable.

        A mass stands for the first ingredient where the author gave their order (and always in a
        rate); the others follow in the ratio of their strengths. The mass of a product with
        several ingredients is nobody's.
        """
        if self.amount is None:
            return None
        part, value, kind = parts[at], self.amount.value, self.amount.dimension
        if kind.startswith("volume"):
            return None if part.per_ml is None else value * part.per_ml
        if kind == "pieces":
            held = part.per_piece if part.per_hour is None else part.per_hour * _HOURS
            return None if held is None else value * held
        if len(parts) == 1:
            return value
        if kind == "mass" and not authored:
            return None
        ratio = Fraction(1) if at == 0 else part.ratio(parts[0])
        return None if ratio is None else value * ratio

    def daily(self, parts: tuple[Part, ...], at: int, *, authored: bool) -> Fraction | None:
        """Return mg of one ingredient a day; None: not computable."""
        dose = self.dose(parts, at, authored=authored)
        if dose is None:
            return None
        patch = self.amount is not None and self.amount.dimension == "pieces"
        if self.is_rate or (patch and parts[at].per_hour is not None):
            # A patch gives its rate whatever the interval at which it is changed.
            return dose
        return None if self.per_day is None else dose * self.per_day


def read_entry(dosage: fhir.Dosage, route: str) -> Entry:
    """Read one dosage instruction of the given route."""
    place = (route, _key(dosage))
    try:
        return _known[place]
    except KeyError:
        entry = _read(dosage, route)
    if len(place[1]) > _LONG:
        return entry
    if len(_known) >= _REMEMBERED:
        _known.clear()
    _known[place] = entry
    return entry


def _key(dosage: fhir.Dosage) -> bytes:
    """Write down what an entry is read from, in full: neither its texts nor its dates."""
    timing = dosage.timing
    when: tuple[object, ...] = ()
    if timing is not None:
        repeat = timing.repeat
        codes = timing.code.coding or () if timing.code is not None else ()
        when = (
            [(one.system, one.code) for one in codes],
            len(timing.event or ()),
            () if repeat is None else (
                repeat.count, repeat.frequency, repeat.frequency_max, repeat.period,
                repeat.period_max, repeat.period_unit, repeat.day_of_week,
                len(repeat.time_of_day or ()),
            ),
        )  # fmt: skip
    return _ENCODE.encode(
        (
            dosage.sequence,
            dosage.as_needed_boolean,
            dosage.as_needed_codeable_concept is not None,
            dosage.dose_and_rate,
            dosage.max_dose_per_period,
            when,
        )
    )


def _read(dosage: fhir.Dosage, route: str) -> Entry:
    prn = bool(dosage.as_needed_boolean) or dosage.as_needed_codeable_concept is not None
    try:
        amount, per_day, once = _given(dosage, route, prn=prn)
    except Unusable as reason:
        return Entry(route, dosage.sequence, prn, why=str(reason), fault=reason.fault)
    why = "" if once or per_day is not None else "how often it is given is not said"
    return Entry(route, dosage.sequence, prn, amount, per_day, once, why)


def _given(dosage: fhir.Dosage, route: str, *, prn: bool) -> tuple[Measure, Fraction | None, bool]:
    """Return an amount, its doses a day and whether it is given once."""
    if prn and dosage.max_dose_per_period is not None:
        limit = quotient(dosage.max_dose_per_period)
        kind, _, period = limit.dimension.partition("/")
        if kind not in _DOSES or period != "time":
            raise Unusable("the maximum dose is not an amount per time")
        return Measure(kind, limit.value), Fraction(1), False
    dose, rate = _dose_and_rate(dosage.dose_and_rate or ())
    schedule = read_schedule(dosage.timing)
    if dose is not None and (schedule.once or schedule.per_day is not None):
        return dose, schedule.per_day, schedule.once
    if rate is not None:
        return rate, Fraction(1), False
    if dose is None:
        raise Unusable("the dose is not coded", fault=False)
    # An intrathecal dose with no timing and no rate is a bolus; on demand it may be repeated.
    bolus = route == "intrathecal" and dosage.timing is None and not prn
    return dose, Fraction(1) if bolus else None, bolus


def _dose_and_rate(
    given: Sequence[fhir.DoseAndRate],
) -> tuple[Measure | None, Measure | None]:
    doses = {d for one in given if (d := _dose(one)) is not None}
    rates = {r for one in given if (r := _rate(one)) is not None}
    if len(doses) > 1 or len(rates) > 1:
        raise Unusable("it states several doses that differ")
    return next(iter(doses), None), next(iter(rates), None)


def _dose(given: fhir.DoseAndRate) -> Measure | None:
    quantity = given.dose_quantity
    if quantity is None and given.dose_range is not None:
        quantity = given.dose_range.high
    if quantity is None:
        return None
    read = measure(quantity)
    if read.dimension not in _DOSES:
        raise Unusable(f"the dose is in `{quantity.code}`, not a mass, a volume or a count")
    return read


def _rate(given: fhir.DoseAndRate) -> Measure | None:
    if given.rate_ratio is not None:
        read = quotient(given.rate_ratio)
    else:
        quantity = given.rate_quantity
        if quantity is None and given.rate_range is not None:
            quantity = given.rate_range.high
        if quantity is None:
            return None
        read = measure(quantity)
    if read.dimension not in _RATES:
        raise Unusable("the rate is neither a mass nor a volume per time")
    return read
