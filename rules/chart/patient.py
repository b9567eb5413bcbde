"""The patient: birth, gender, whether deceased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.issues import Issue

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.context import Context
    from rules.chart.records import Truth
    from rules.chart.spans import Span

_OLDEST = 150  # years; a birth before that is an error of the record
KEY = "patient"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is on record of the patient. *deceased* is unknown only without a Patient."""

    birth: Span | None = None
    gender: str | None = None
    deceased: Truth = None
    ref: str = ""


def read_patient(resource: fhir.Patient | None, context: Context) -> PatientFacts:
    """Read the Patient; a birth in the future or 150 years ago is reported and not used."""
    if resource is None:
        return PatientFacts()
    ref = f"Patient/{resource.id}" if resource.id else "Patient#1"
    birth = context.date(resource.birth_date)
    oldest = context.clock.months_before(_OLDEST * 12)
    if birth is not None and (context.future(birth) or context.clock.date(birth.high) < oldest):
        birth = None
    if birth is None and resource.birth_date is not None:
        context.issues.append(Issue("invalid", "its birth date is impossible", ref, KEY))
    deceased = bool(resource.deceased_boolean) or resource.deceased_date_time is not None
    return PatientFacts(birth, resource.gender, deceased, ref)
