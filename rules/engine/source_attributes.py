"""The 13 source attributes of an evidence-based decision support intervention, per rule.

They are those of ONC HTI-1, 45 CFR 170.315(b)(11): citation, developer, funding, dates, and whether
data on race, ethnicity, language, sexual orientation, gender identity, sex, date of birth, social
determinants of health and health status assessments are used. The last nine are worked out from
what the rule's expressions and words read, so that no file can say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.engine.rule_reads import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.chart.value_set import ValueSet
    from rules.engine.model import Rule
    from rules.engine.rule_reads import RuleReads
    from rules.engine.rulebook import Rulebook

SDOH = "social determinants of health"
HEALTH_STATUS = "health status assessments"
# Data whose use is to be said -> the attributes of the noun `patient` that hold them.
ELEMENTS = {
    "race": ("race",),
    "ethnicity": ("ethnicity",),
    "language": ("language",),
    "sexual orientation": ("sexual_orientation",),
    "gender identity": ("gender_identity",),
    "sex": ("gender",),
    "date of birth": ("birth",),
    SDOH: (),
    HEALTH_STATUS: (),
}
# LOINC codes of the same in Observations (US Core sexual orientation; recorded sex or gender type).
OBSERVED = {
    "76690-7": "sexual orientation", "46098-0": "sex", "76689-9": "sex", "74698-2": "sex",
}  # fmt: skip
# ICD-10-CM Z55-Z65: socioeconomic and psychosocial circumstances.
_SDOH_BRANCHES = tuple(f"Z{number}" for number in range(55, 66))
# Assessments of pain, function, pregnancy, mood and benefit (USCDI: health status assessments).
# Trial relief in percent is the outcome of a procedure, and not among them.
ASSESSMENTS = frozenset(
    {
        "obs-pain-score", "obs-pain-severity", "obs-pain-function", "obs-performance-status",
        "obs-psych-screen", "obs-pregnancy", "obs-pregnancy-status", "local#therapy-benefit",
    }
)  # fmt: skip
AGE_AT_ONSET = "birth date, where an onset is recorded as an age"


@dataclass(frozen=True, slots=True)
class Use:
    """Whether a rule uses one kind of data, and where it reads it."""

    data: str
    read_from: tuple[str, ...]

    @property
    def used(self) -> bool:
        """Whether the rule reads such data at all."""
        return bool(self.read_from)


@dataclass(frozen=True, slots=True)
class SourceAttributes:
    """The 13 source attributes of one rule; *released* and *revised* are one of them."""

    citation: str
    developer: str
    funding: str
    released: str
    revised: str
    uses: tuple[Use, ...]


def source_attributes(book: Rulebook) -> dict[str, SourceAttributes]:
    """Return the source attributes of every rule of *book* by its id."""
    reader = Reader(book)
    return {rule.id: _attributes(book, rule, reader.of(rule)) for rule in book.rules.values()}


def _attributes(book: Rulebook, rule: Rule, reads: RuleReads) -> SourceAttributes:
    known = book.knowledge
    return SourceAttributes(
        citation=f"{rule.source} [{rule.confidence}]; {known.label}, {known.url}",
        developer=known.developer,
        funding=known.funding,
        released=known.released,
        revised=rule.reviewed,
        uses=tuple(Use(data, tuple(_places(book, data, reads))) for data in ELEMENTS),
    )


def _places(book: Rulebook, data: str, reads: RuleReads) -> Iterator[str]:
    """Give the places in which a rule reads one kind of data."""
    yield from (f"patient.{one}" for one in ELEMENTS[data] if one in reads.elements)
    if data == "date of birth" and "onset" in reads.names:
        yield AGE_AT_ONSET
    sets = [book.terminology.value_sets[name] for name in sorted(reads.value_sets)]
    if data == HEALTH_STATUS:
        yield from (one.id for one in sets if one.id in ASSESSMENTS)
    elif data == SDOH:
        yield from (one.id for one in sets if _is_social(one))
    else:
        yield from (one.id for one in sets if data in _observed(book, one))


def _is_social(value_set: ValueSet) -> bool:
    """Say whether a value set holds codes or branches of ICD-10-CM Z55 to Z65."""
    codes = [one.code for one in value_set.codes if one.system == "icd-10-cm"]
    return any(one.startswith(_SDOH_BRANCHES) for one in (*value_set.is_a, *codes))


def _observed(book: Rulebook, value_set: ValueSet) -> set[str]:
    codes = book.terminology.members(value_set.id)
    return {OBSERVED[one.code] for one in codes if one.code in OBSERVED}
