"""The doses of one ingredient of an order: first, current, highest, with and without PRN."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from rules.chart.measures import decimal
from rules.chart.routes import NEURAXIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from rules.chart.doses import Entry
    from rules.chart.drug_codes import Part
    from rules.chart.records import Truth

# Dosed in micrograms a day: fentanyl, sufentanil, clonidine, ziconotide, baclofen (3.2).
MICROGRAMS = frozenset({"4337", "56795", "2599", "68503", "1292"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A daily dose in mg, scheduled and on demand at its maximum; None: not computable."""

    scheduled: Fraction | None
    prn: Fraction | None

    @property
    def total(self) -> Fraction | None:
        """Return both together."""
        if self.scheduled is None or self.prn is None:
            return None
        return self.scheduled + self.prn


@dataclass(frozen=True, slots=True)
class Agent:
    """One ingredient of an order and its doses a day, in `unit` (mg or ug).

    `first`, `current` and `highest` are over the steps of the order. By a neuraxial route they
    include what the patient may take on demand, at its maximum; else they are the scheduled dose
    and `prn` stands apart (recording.md 3.2.3). None means: not computable.
    """

    rxcui: str
    name: str
    member: bool
    unit: str
    neuraxial: bool
    amounts: tuple[Amount, ...]
    at: int | None
    per_ml: Fraction | None
    single: Fraction | None

    def _shown(self, value: Fraction | None) -> Decimal | None:
        return decimal(value if value is None or self.unit == "mg" else value * 1000)

    def _dose(self, amount: Amount) -> Fraction | None:
        return amount.total if self.neuraxial else amount.scheduled

    def exact(self, which: str = "current") -> Fraction | None:
        """Return the `first`, `current` or `highest` daily dose in mg, exact."""
        doses = [self._dose(amount) for amount in self.amounts]
        if which == "highest":
            known = [dose for dose in doses if dose is not None]
            return max(known) if known and len(known) == len(doses) else None
        at = 0 if which == "first" else self.at
        return doses[at] if doses and at is not None else None

    @property
    def concentration(self) -> Decimal | None:
        """Return the concentration in mg/mL."""
        return decimal(self.per_ml)

    @property
    def first(self) -> Decimal | None:
        """Return the daily dose of the first step."""
        return self._shown(self.exact("first"))

    @property
    def current(self) -> Decimal | None:
        """Return the daily dose of the step that is due now."""
        return self._shown(self.exact("current"))

    @property
    def highest(self) -> Decimal | None:
        """Return the highest daily dose of any step; None if one of them is not computable."""
        return self._shown(self.exact("highest"))

    @property
    def steps(self) -> tuple[Decimal | None, ...]:
        """Return the daily dose of each step."""
        return tuple(self._shown(self._dose(amount)) for amount in self.amounts)

    @property
    def scheduled(self) -> Decimal | None:
        """Return the scheduled daily dose of the current step."""
        return self._shown(self._now.scheduled)

    @property
    def prn(self) -> Decimal | None:
        """Return the daily dose on demand of the current step, at its maximum."""
        return self._shown(self._now.prn)

    @property
    def _now(self) -> Amount:
        known = self.at is not None and self.amounts
        return self.amounts[self.at or 0] if known else Amount(None, None)

    @property
    def bolus(self) -> Decimal | None:
        """Return the largest dose that is given once."""
        return self._shown(self.single)


def read_agents(
    parts: tuple[Part, ...],
    steps: Sequence[tuple[Entry, ...]],
    at: int | None,
    *,
    route: str,
    authored: bool,
) -> tuple[Agent, ...]:
    """Work out the doses of every ingredient from the steps of an order; *at* is the current one.

    Of an order by several routes only the neuraxial instructions make up its neuraxial dose.
    """
    neuraxial = route in NEURAXIAL
    kept = [tuple(e for e in step if not neuraxial or e.route in NEURAXIAL) for step in steps]
    agents = []
    for place, part in enumerate(parts):
        amounts = tuple(_amount(step, parts, place, authored=authored) for step in kept)
        boluses = [
            entry.dose(parts, place, authored=authored)
            for step in kept for entry in step if entry.once
        ]  # fmt: skip
        known = [bolus for bolus in boluses if bolus is not None]
        agents.append(
            Agent(
                rxcui=part.rxcui, name=part.name, member=part.member,
                unit="ug" if part.rxcui in MICROGRAMS else "mg", neuraxial=neuraxial,
                amounts=amounts, at=at if at is None or at < len(amounts) else None,
                per_ml=part.per_ml,
                single=max(known) if known and len(known) == len(boluses) else None,
            )
        )  # fmt: skip
    return tuple(agents)


def _amount(
    entries: tuple[Entry, ...], parts: tuple[Part, ...], place: int, *, authored: bool
) -> Amount:
    scheduled = [e.daily(parts, place, authored=authored) for e in entries if not e.prn]
    prn = [e.daily(parts, place, authored=authored) for e in entries if e.prn]
    return Amount(total(scheduled), total(prn))


def total(doses: Iterable[Fraction | None]) -> Fraction | None:
    """Add doses; one that is not known leaves the sum unknown."""
    added = Fraction(0)
    for dose in doses:
        if dose is None:
            return None
        added += dose
    return added


def falling(agents: tuple[Agent, ...]) -> Truth:
    """Say whether the steps of an order fall, by its first ingredient: a taper plan."""
    amounts = agents[0].amounts if agents else ()
    if len(amounts) < 2:
        return False
    doses = [amount.total for amount in amounts]
    pairs = list(pairwise(doses))
    if any(a is not None and b is not None and b >= a for a, b in pairs):
        return False
    return None if any(dose is None for dose in doses) else True


def steps_of(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], ...]:
    """Group dosage instructions into steps by a rising `sequence`; the rest belong to each step."""
    numbers = sorted({entry.sequence for entry in entries if entry.sequence is not None})
    if len(numbers) < 2:
        return (entries,) if entries else ()
    return tuple(
        tuple(entry for entry in entries if entry.sequence in {number, None}) for number in numbers
    )
