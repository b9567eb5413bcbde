"""Medication orders written as an EHR would send them, and read with the shipped terminology."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from rules.chart import resources as fhir
from rules.chart.medications import Medication, read_medication
from rules.chart.mistakes import Mistakes
from rules.chart.records import Condition, Observation, Records
from rules.chart.spans import Clock
from rules.chart.terminology import Terminology, load_terminology

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rules.chart.issues import Issue
    from rules.chart.records import Interval, Record

# Whatever JSON may hold.
Json: TypeAlias = Any
CLOCK = Clock(datetime(2026, 11, 22, 12, tzinfo=UTC))
TODAY = date(2026, 11, 22)
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
NDC = "http://hl7.org/fhir/sid/ndc"
SNOMED = "http://snomed.info/sct"
V3 = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"
UCUM = "http://unitsofmeasure.org"
GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
REASONS = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
LOCAL = "urn:intrathecal-cds:codes"
STATUS_CHANGED = (
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.statusChanged"
)
ROUTES = {
    "oral": "26643006", "intrathecal": "72607000", "epidural": "404820008", "iv": "47625008",
    "sc": "34206005", "im": "78421000", "transdermal": "45890007", "topical": "6064005",
    "neuraxial": "420719007",
}  # fmt: skip
# Ingredients.
MORPHINE, HYDROMORPHONE, OXYCODONE, FENTANYL = "7052", "3423", "7804", "4337"
BUPIVACAINE, ZICONOTIDE, BACLOFEN, CLONIDINE = "1815", "68503", "1292", "2599"
TRAMADOL, METHADONE, BUPRENORPHINE, GABAPENTIN = "10689", "6813", "1819", "25480"
# Products.
OXYCODONE_20_TABLET = "1049686"
FENTANYL_50_PATCH, FENTANYL_IONTOPHORETIC = "245135", "1666831"
INFUMORPH_10, MORPHINE_25_INJECTION, INFUMORPH_BRAND = "1731999", "1731522", "203358"
POLICY: dict[str, object] = {
    "pain.threshold": Decimal(4), "pain.lookback_days": Decimal(90),
    "opioid.min_course_days": Decimal(14), "opioid.gap_days": Decimal(14),
    "opioid.lookback_months": Decimal(24), "opioid.trend_days": Decimal(365),
    "opioid.peak_days": Decimal(90), "opioid.escalation_ratio": Decimal("1.25"),
    "opioid.flat_days": Decimal(60), "opioid.flat_band": Decimal("0.10"),
}  # fmt: skip
VALUE_SETS = Path(__file__).parents[3] / "rules" / "value_sets"


@cache
def terminology() -> Terminology:
    """Load the shipped terminology once."""
    return load_terminology(
        VALUE_SETS, frozenset({"core", "optional-snomed", "optional-cpt"}), Mistakes()
    )


def ago(days: int) -> str:
    """Return the date so many days before the day of the call."""
    return (TODAY - timedelta(days=days)).isoformat()


def day(text: str) -> int:
    """Return the day number of a date."""
    span = CLOCK.read(text)
    assert span is not None
    return CLOCK.day(span.low)


def concept(code: str, system: str = RXNORM, display: str | None = None) -> dict[str, Any]:
    """Return a CodeableConcept of one coding."""
    coding = {"system": system, "code": code}
    return {"coding": [coding | ({"display": display} if display else {})]}


def quantity(value: object, code: str | None) -> dict[str, Any]:
    """Return a Quantity of a UCUM unit."""
    return {"value": value} | ({"system": UCUM, "code": code} if code else {})


def dosage(  # noqa: PLR0913 - one instruction, its parts
    dose: tuple[object, str | None] | None = None,
    per_day: object = None,
    *,
    rate: tuple[object, str] | None = None,
    route: str | None = "oral",
    prn: bool = False,
    bounds: tuple[str | None, str | None] | None = None,
    **more: Json,
) -> dict[str, Any]:
    """Return a dosage instruction: a dose so often a day, or a rate, by a route."""
    given: dict[str, Any] = {}
    if dose is not None:
        given["doseQuantity"] = quantity(*dose)
    if rate is not None:
        given["rateQuantity"] = quantity(*rate)
    repeat: dict[str, Any] = {}
    if per_day is not None:
        repeat |= {"frequency": per_day, "period": 1, "periodUnit": "d"}
    if bounds is not None:
        start, end = bounds
        repeat["boundsPeriod"] = {
            key: value for key, value in (("start", start), ("end", end)) if value is not None
        }
    made: dict[str, Any] = {}
    if given:
        made["doseAndRate"] = [given]
    if repeat:
        made["timing"] = {"repeat": repeat}
    if route is not None:
        made["route"] = concept(ROUTES[route], SNOMED)
    if prn:
        made["asNeededBoolean"] = True
    return made | more


def mixture(*parts: tuple[str, object, str]) -> dict[str, Any]:
    """Return a contained Medication of ingredients, each so much of a unit in one mL."""
    return {
        "resourceType": "Medication", "id": "mix",
        "ingredient": [
            {
                "itemCodeableConcept": concept(code),
                "strength": {"numerator": quantity(value, unit), "denominator": quantity(1, "mL")},
            }
            for code, value, unit in parts
        ],
    }  # fmt: skip


def request(
    drug: str | dict[str, Any] | None, *dosages: dict[str, Any], **more: Json
) -> dict[str, Any]:
    """Return a MedicationRequest of a RxNorm code, a concept or a contained Medication."""
    made: dict[str, Any] = {
        "resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
    }  # fmt: skip
    if isinstance(drug, str):
        made["medicationCodeableConcept"] = concept(drug)
    elif drug is not None and drug.get("resourceType") == "Medication":
        made |= {"contained": [drug], "medicationReference": {"reference": "#mix"}}
    elif drug is not None:
        made["medicationCodeableConcept"] = drug
    if dosages:
        made["dosageInstruction"] = list(dosages)
    return made | more


def typed(resource: dict[str, Any]) -> Json:
    """Return the typed resource that a decoder of the service makes of it."""
    text = json.dumps(resource, default=str)
    return msgspec.json.decode(text.encode(), type=fhir.AnyResource, strict=False)


def read(
    resource: dict[str, Any],
    *,
    issues: list[Issue] | None = None,
    resolve: Callable[[str], fhir.Medication | None] = lambda _: None,
    key: str = "medicationRequests",
) -> Medication:
    """Read an order with the shipped terminology."""
    medication = read_medication(
        typed(resource), key=key, ref=f"MedicationRequest/{resource['id']}", resolve=resolve,
        clock=CLOCK, terminology=terminology(), issues=[] if issues is None else issues,
    )  # fmt: skip
    assert medication is not None
    return medication


def taken(  # noqa: PLR0913 - a course in one line
    drug: str,
    start: str | None,
    end: str | None = None,
    *,
    name: str | None = None,
    mg: object = 20,
    per_day: int = 3,
    route: str = "oral",
    status: str | None = None,
    reason: str | None = None,
    **more: Json,
) -> Medication:
    """Read an order of some mg so often a day from one date to another, continuing without."""
    bounds = (start, end) if start or end else None
    if reason is not None:
        system = LOCAL if reason.startswith("stopped-") else REASONS
        more["statusReason"] = concept(reason, system)
    return read(
        request(
            drug,
            dosage((mg, "mg"), per_day, route=route, bounds=bounds),
            id=name or f"{drug}-{route}-{start}-{end}-{mg}",
            status=status or ("completed" if end is not None else "active"),
            **more,
        )
    )


def score(
    value: Decimal | int | Interval | None, when: str | None, *, counts: bool | None = True
) -> Observation:
    """Return a pain score of a date."""
    one = Observation(
        key="observations", ref=f"Observation/{value}-{when}", resource=fhir.Observation(),
        groups=frozenset({"obs-pain-score"}), coded=True, counts=counts, text="pain",
        when=CLOCK.read(when),
    )  # fmt: skip
    one.value = Decimal(value) if isinstance(value, int) else value
    return one


def chart(
    medications: Iterable[Medication] = (),
    scores: Iterable[Observation] = (),
    conditions: Iterable[Condition] = (),
    *,
    complete: bool = True,
    observed: bool = True,
) -> Json:
    """Return a chart of these orders and pain scores, each key complete or not."""
    kept = [one for one in medications if one.counts is not False]
    pains = list(scores)
    return SimpleNamespace(
        clock=CLOCK,
        terminology=terminology(),
        medications=_records(
            [m for m in kept if m.counts and m.coded],
            [m for m in kept if not (m.counts and m.coded)],
            () if complete else ("medicationRequests",),
        ),
        observations=_records(
            [s for s in pains if s.counts],
            [s for s in pains if s.counts is None],
            () if observed else ("observations",),
        ),
        conditions=_records(list(conditions), [], ()),
    )


def _records(sure: list[Any], maybe: list[Any], gaps: tuple[str, ...]) -> Records:
    def ref(record: Record) -> str:
        return record.ref

    return Records(
        tuple(sorted(sure, key=ref)), tuple(sorted(maybe, key=ref)), complete=not gaps, gaps=gaps
    )
