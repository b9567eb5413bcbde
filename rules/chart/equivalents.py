"""Morphine milligram equivalents of one order (knowledge.md 3, recording.md 3.2)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rules.chart.agents import Amount, total
from rules.chart.routes import NEURAXIAL

if TYPE_CHECKING:
    from rules.chart.composition import Composition
    from rules.chart.doses import Entry
    from rules.chart.terminology import Terminology

OPIOID = "med-opioid-ingredient"
_FENTANYL = "4337"
_HOURS = 24
_MICROGRAMS = 1000


def is_opioid(rxcui: str, terminology: Terminology) -> bool:
    """Say whether an RxNorm ingredient is an opioid analgesic."""
    return OPIOID in terminology.ingredient_groups(rxcui)


def equivalents(
    composition: Composition,
    steps: tuple[tuple[Entry, ...], ...],
    route: str,
    terminology: Terminology,
) -> tuple[tuple[Amount, ...], str]:
    """Return the MME of each step of one order, and why one cannot be computed.

    An order without an opioid, or by a neuraxial or topical route, has none. One that may be an
    opioid by its text alone, or an opioid without a dose, is not computable.
    """
    opioids = [
        place
        for place, part in enumerate(composition.parts)
        if part.member and is_opioid(part.rxcui, terminology)
    ]
    if composition.ingredients is None:
        named = composition.possible | composition.possible_groups
        if OPIOID in named or any(is_opioid(one, terminology) for one in composition.possible):
            return _never(route, "it may hold an opioid that is not coded")
    if not opioids:
        return (), ""
    if not steps:
        return _never(route, "no dosage instruction")
    why = ""
    amounts = []
    for step in steps:
        scheduled: list[Fraction | None] = []
        prn: list[Fraction | None] = []
        for entry in step:
            for place in opioids:
                value, reason = _of_entry(entry, composition, place, terminology)
                why = why or reason
                (prn if entry.prn else scheduled).append(value)
        amounts.append(Amount(total(scheduled), total(prn)))
    return tuple(amounts), why


def _never(route: str, why: str) -> tuple[tuple[Amount, ...], str]:
    if route in NEURAXIAL or route == "topical":
        return (), ""
    return (Amount(None, None),), why


def _of_entry(
    entry: Entry, composition: Composition, place: int, terminology: Terminology
) -> tuple[Fraction | None, str]:
    part = composition.parts[place]
    if entry.route in NEURAXIAL or entry.route == "topical":
        return Fraction(0), ""
    if entry.route not in {"oral", "transdermal"}:
        by = "an unknown route" if entry.route in {"unknown", "other"} else f"route {entry.route}"
        return None, f"no MME factor for {part.name} by {by}"
    factor = terminology.mme_factors.get(part.rxcui)
    if factor is None:
        return None, f"no MME factor for {part.name}"
    daily = entry.daily(composition.parts, place, authored=composition.authored)
    if part.rxcui == _FENTANYL:
        if entry.route != "transdermal" or not _is_patch(entry, composition, place):
            return None, "fentanyl has an MME factor only as a transdermal system"
        if daily is not None:
            # The factor is per microgram an hour.
            daily = daily * _MICROGRAMS / _HOURS
    if daily is None:
        return None, entry.why or f"no strength or dose of {part.name}"
    return daily * Fraction(factor), ""


def _is_patch(entry: Entry, composition: Composition, place: int) -> bool:
    """Say whether an entry counts patches of a known rate, or states the rate itself."""
    if entry.amount is None:
        return True
    patch = composition.parts[place].per_hour is not None
    if entry.amount.dimension == "pieces":
        return patch
    # An iontophoretic system is dosed by actuation, not by the hour.
    return entry.amount.dimension == "mass/time" and (patch or not composition.names)
