"""Drug codes: which ingredients a set of codings stands for, and their strengths."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.chart.measures import Unusable, quotient

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.terminology import Strength, Terminology

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
# What a product or brand is called tells its dose form and its label.
_NAMED = frozenset({"SCD", "SBD", "BN"})
_STRENGTH = re.compile(r"([\d.]+) MG(?:/(ML|HR))?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One ingredient of a medication with its strength in mg.

    `rxcui` is the RxNorm IN of a member of our tables (`member`), else the code as sent. The
    strength is per mL, per piece (tablet, capsule) or per hour (patch); None where not known.
    """

    rxcui: str
    name: str
    member: bool = True
    per_ml: Fraction | None = None
    per_piece: Fraction | None = None
    per_hour: Fraction | None = None

    def ratio(self, first: Part) -> Fraction | None:
        """Return how much of this ingredient comes with one mg of the first."""
        pairs = ((self.per_ml, first.per_ml), (self.per_piece, first.per_piece))
        return next((own / other for own, other in pairs if own is not None and other), None)


@dataclass(frozen=True, slots=True)
class Coded:
    """What the codes of one concept say.

    `state` is `member`, `other` (known, in none of our tables), `unlisted` (an RxNorm code of no
    table: the text decides), `uncoded` or `contradictory`.
    """

    state: str
    parts: tuple[Part, ...] = ()
    groups: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    first: str = ""
    label: str = ""
    possible: frozenset[str] = frozenset()
    fault: str = ""


EMPTY = Coded("uncoded")


@lru_cache(maxsize=8192)
def read_codes(
    terminology: Terminology, codings: tuple[tuple[str | None, str, str | None], ...]
) -> Coded:
    """Read the codings (system, code, display) of one concept; the same are read only once."""
    groups: set[str] = set()
    names: list[str] = []
    answers: dict[frozenset[str], tuple[Part, ...]] = {}
    unlisted = False
    for system, code, display in codings:
        groups |= terminology.groups(system, code)
        strengths = terminology.ingredients_of(system, code, display or "")
        if strengths is None:
            unlisted = unlisted or (system is not None and terminology.canonical(system) == RXNORM)
            continue
        names += [one.product for one in strengths[:1] if one.tty in _NAMED]
        parts = tuple(_part(one) for one in strengths)
        answers.setdefault(frozenset(part.rxcui for part in parts), parts)
    codes = frozenset(code for _, code, _ in codings)
    first = codings[0][1] if codings else ""
    if len(answers) > 1:
        return Coded(
            "contradictory", codes=codes, first=first, names=tuple(names),
            possible=frozenset().union(*answers),
            fault="its codings stand for different ingredients",
        )  # fmt: skip
    parts = next(iter(answers.values()), ())
    for part in parts:
        groups |= terminology.ingredient_groups(part.rxcui)
    state = "unlisted" if unlisted else "uncoded"
    if answers:
        state = "member" if parts else "other"
    return Coded(
        state, parts, frozenset(groups), codes, tuple(dict.fromkeys(names)), first,
        " / ".join(part.name for part in parts),
    )  # fmt: skip


def _part(strength: Strength) -> Part:
    part = Part(strength.ingredient, strength.name)
    match = _STRENGTH.match(strength.strength or "")
    if match is None:
        return part
    return _with(part, {"ML": "volume", "HR": "time"}.get(match[2], "pieces"), Fraction(match[1]))


def _with(part: Part, per: str, value: Fraction) -> Part:
    """Give a part its one strength."""
    return replace(
        part,
        per_ml=value if per == "volume" else None,
        per_piece=value if per == "pieces" else None,
        per_hour=value if per == "time" else None,
    )


def strengthened(parts: tuple[Part, ...], strength: fhir.Ratio) -> tuple[Part, ...]:
    """Give a single ingredient the strength that its Medication states.

    A strength that cannot be read leaves none: what the product of that name holds elsewhere says
    nothing about this preparation.
    """
    if len(parts) != 1:
        return parts
    try:
        read = quotient(strength)
    except Unusable:
        return (_with(parts[0], "", Fraction(0)),)
    kind, _, per = read.dimension.partition("/")
    # Rates are read per day; a patch is named by what it gives in an hour.
    value = read.value / 24 if per == "time" else read.value
    return (_with(parts[0], per if kind == "mass" else "", value),)
