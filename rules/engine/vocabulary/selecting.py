"""Words that keep records by what they are: code, status, type, reason, role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules.chart import membership
from rules.chart.medications import Medication
from rules.chart.orders import Order
from rules.chart.records import (
    Allergy,
    CareTeam,
    Condition,
    Observation,
    Procedure,
    Record,
    Records,
    Truth,
)
from rules.chart.references import tail
from rules.engine.vocabulary.arguments import ORDER_KINDS, STATUSES, VALUE_SETS
from rules.engine.words import word

if TYPE_CHECKING:
    from rules.engine.frame import Frame

NOTHING_FOUND = re.compile(
    r"\b(no|not|negative|absent|none|sterile|without)\b", re.ASCII | re.IGNORECASE
)
CONDITION_DUE_TO = "http://hl7.org/fhir/StructureDefinition/condition-dueTo"


@word(name="in", args=(VALUE_SETS,), cql="X where X.code in VS")
def in_(records: Records, *names: str) -> Records:
    """Keep records coded in any of the value sets; an uncoded record stays doubtful."""
    wanted = frozenset(names)
    return records.where(lambda record: membership.belongs(record, wanted))


@word(cql="X where X.code is not null")
def coded(records: Records) -> Records:
    """Keep records that are coded at all."""
    return records.where(lambda record: record.coded)


@word(cql="X where clinicalStatus ~ active and verificationStatus ~ confirmed")
def active(records: Records) -> Records:
    """Keep what is active now; what is resolved or refuted counts as evidence of the contrary."""

    def test(record: Record) -> Truth:
        return record.active if isinstance(record, (Condition, Allergy)) else record.counts

    return records.where(test, denies=True)


@word(cql="X where verificationStatus !~ refuted")
def ever(records: Records) -> Records:
    """Keep what is or was so; only a refuted record is evidence of the contrary."""

    def test(record: Record) -> Truth:
        return record.ever if isinstance(record, Condition) else record.counts

    return records.where(test, denies=True)


@word(args=(STATUSES,), cql="X where X.status in {...}")
def status(records: Records, *names: str) -> Records:
    """Keep records of these FHIR statuses."""
    return records.where(lambda record: getattr(record, "status", None) in names)


@word(args=("text",), cql="X where X.type = type")
def of_type(records: Records, kind: str) -> Records:
    """Keep allergies of this type; `''` keeps those whose type is not said."""

    def test(record: Record) -> Truth:
        return isinstance(record, Allergy) and record.kind == kind and record.confirmed

    return records.where(test)


@word(args=(VALUE_SETS,), cql="X where exists (X.reaction.manifestation in VS)")
def manifested(records: Records, *names: str) -> Records:
    """Keep allergies with a reaction that belongs to one of the value sets."""
    wanted = frozenset(names)

    def test(record: Record) -> Truth:
        return isinstance(record, Allergy) and bool(record.manifestations & wanted)

    return records.where(test)


@word(args=(VALUE_SETS,), cql="X where X.extension(condition-dueTo) in VS")
def due_to(frame: Frame, records: Records, *names: str) -> Records:
    """Keep conditions whose recorded cause belongs to one of the value sets."""
    wanted = frozenset(names)
    causes = {record.ref for record in frame.chart.medications.possible() if record.groups & wanted}
    concept = frame.chart.terminology.concept

    def test(record: Record) -> Truth:
        for extension in getattr(record.resource, "extension", None) or ():
            if extension.url != CONDITION_DUE_TO:
                continue
            reference = extension.value_reference
            if reference is not None and tail(reference.reference or "") in causes:
                return True
            if concept(extension.value_codeable_concept)[0] & wanted:
                return True
        return False

    return records.where(test)


@word(args=(VALUE_SETS,), cql="X where X.value in VS")
def says(records: Records, *names: str) -> Records:
    """Keep observations whose coded value is one of these; another answer denies it."""
    wanted = frozenset(names)

    def test(record: Record) -> Truth:
        if not isinstance(record, Observation) or record.value is None:
            return None
        return bool(record.value_groups & wanted)

    return records.where(test, denies=True)


@word(args=("truth",), cql="X where X.value = value")
def valued(records: Records, value: object) -> Records:
    """Keep observations whose boolean value is this; the contrary denies it."""

    def test(record: Record) -> Truth:
        stated = record.value if isinstance(record, Observation) else None
        return stated is value if isinstance(stated, bool) else None

    return records.where(test, denies=True)


@word(cql="X where X.interpretation ~ POS or X.value is CodeableConcept")
def positive(records: Records) -> Records:
    """Keep results read as positive: interpretation POS, or an organism coded as the value.

    A negative result is no evidence that there is no infection: it is dropped, not a denial. A code
    whose own words say that nothing was found is doubtful: no code list tells it from an organism.
    """

    def test(record: Record) -> Truth:
        if not isinstance(record, Observation):
            return None
        if record.interpretation & {"POS", "DET"}:
            return True
        if record.interpretation & {"NEG", "ND"}:
            return False
        value = getattr(record.resource, "value_codeable_concept", None)
        codings = [one for one in (value.coding or ()) if one.code] if value is not None else []
        said = [one.display or "" for one in codings] + [value.text or "" if value else ""]
        return True if codings and not any(map(NOTHING_FOUND.search, said)) else None

    return records.where(test)


@word(cql="X where X.outcome ~ SNOMED 385669000")
def successful(records: Records) -> Records:
    """Keep procedures with a successful outcome; an unsuccessful one denies it."""
    return _outcome(records, "385669000", "385671000")


@word(cql="X where X.outcome ~ SNOMED 385671000")
def unsuccessful(records: Records) -> Records:
    """Keep procedures with an unsuccessful outcome; a successful one denies it."""
    return _outcome(records, "385671000", "385669000")


def _outcome(records: Records, wanted: str, contrary: str) -> Records:
    def test(record: Record) -> Truth:
        outcome = record.outcome if isinstance(record, Procedure) else frozenset()
        return True if wanted in outcome else False if contrary in outcome else None

    return records.where(test, denies=True)


@word(args=(VALUE_SETS,), cql="X where exists (X.participant.role in VS)")
def with_role(records: Records, *names: str) -> Records:
    """Keep care teams that have one of these roles."""
    wanted = frozenset(names)
    return records.where(
        lambda record: isinstance(record, CareTeam) and bool(record.roles & wanted)
    )


@word(args=(VALUE_SETS,), cql="X where not exists (X.reasonCode in VS)")
def not_for(records: Records, *names: str) -> Records:
    """Drop records whose reason belongs to one of the value sets."""
    barred = frozenset(names)
    return records.where(
        lambda record: not (getattr(record, "reason_groups", frozenset()) & barred)
    )


@word(args=(ORDER_KINDS,), cql="X where X.order_kind in {...}")
def kind(records: Records, *names: str) -> Records:
    """Keep orders of these kinds (`implant`, `trial`, `refill`, `it-medication` ...)."""
    return records.where(lambda record: isinstance(record, Order) and record.kind in names)


@word(cql="X where X.reference in context.selections")
def selected(records: Records) -> Records:
    """Keep orders that this call is about (order-select names them)."""
    return records.where(lambda record: isinstance(record, Order) and record.selected)


@word(cql="X where X.status is not ended and X.priorPrescription is null")
def starting(frame: Frame, records: Records) -> Records:
    """Keep orders that begin something: they end nothing and continue no earlier order."""

    def test(record: Record) -> Truth:
        if not isinstance(record, Order) or record.ended:
            return False
        earlier = record.medication.prior if record.medication is not None else None
        return earlier is None and (record.stored or frame.chart.lookup(record.ref) is None)

    return records.where(test)


@word(args=("records",), cql="X union Y")
def union(records: Records, other: Records) -> Records:
    """Join two sets of records."""
    return records.union(other)


@word(cql="records looked at that say the contrary")
def denials(records: Records) -> Records:
    """Give the records that were looked at and say the contrary (resolved, refuted, normal)."""
    return Records(records.denied, (), (), records.complete, records.gaps)


@word(result="truth", cql="exists (X where membership is null)")
def doubtful(records: Records) -> Truth:
    """Say whether a coded record leaves it open (provisional, contradictory, undated)."""
    return any(record.coded for record in records.maybe)


@word(result="truth", cql="exists X")
def exists(records: Records) -> Truth:
    """Say whether there is at least one; unknown where a doubtful one or a gap leaves it open."""
    return records.exists()


@word(cql="X where X is Medication and systemic")
def systemic(records: Records) -> Records:
    """Keep medications given systemically (never neuraxial, never topical)."""
    return records.where(lambda record: record.systemic if isinstance(record, Medication) else None)
