"""Charts and records made by hand, so that a test states exactly what is on record."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rules.chart import records
from rules.chart import resources as fhir
from rules.chart.records import Records
from rules.chart.spans import Clock, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.records import Record, Truth

CLOCK = Clock(datetime(2026, 11, 22, 12, tzinfo=UTC))
POLICY: dict[str, object] = {
    "trial.relief_min": Decimal(50),
    "trial.relief_inclusive": False,
    "trial.relief_without_minimum": Decimal(50),
    "trial.baseline_days": Decimal(7),
    "trial.post_hours": Decimal(72),
    "trial.valid_months": Decimal(12),
    "trial.default_hours": Decimal(24),
    "trial.implant_days": Decimal(1),
    "antithrombotic.hold_days": {
        "warfarin": Decimal(5), "apixaban": Decimal(3), "dabigatran": Decimal(5),
        "clopidogrel": Decimal(7), "aspirin": Decimal(6), "enoxaparin": Decimal(1),
        "other": Decimal(7),
    },
    "antithrombotic.aspirin_low_dose": "hold",
    "antithrombotic.aspirin_low_dose_max": Decimal(100),
    "antithrombotic.ended_days": Decimal(30),
    "labs.inr_max": Decimal("1.4"),
    "labs.warfarin_inr_hours": Decimal(24),
}  # fmt: skip
LOINC = "http://loinc.org"
OPIOIDS = {"7052": "morphine", "3423": "hydromorphone", "4337": "fentanyl", "7804": "oxycodone"}
OTHERS = {"68503": "ziconotide", "1292": "baclofen", "2599": "clonidine", "1815": "bupivacaine"}
ANTICOAGULANTS = {
    "11289": "warfarin", "1364430": "apixaban", "67108": "enoxaparin",
    "1037042": "dabigatran etexilate", "15202": "argatroban",
}  # fmt: skip
ANTIPLATELETS = {"1191": "aspirin", "32968": "clopidogrel"}
NAMES = {**OPIOIDS, **OTHERS, **ANTICOAGULANTS, **ANTIPLATELETS}
PAIN_SCALES = frozenset({"72514-3", "38214-3"})


class Codes:
    """A terminology of the few codes that these tests use."""

    def groups(self, system: str | None, code: str | None) -> frozenset[str]:
        """Return the value sets of a code; a code of system `set` names its value set."""
        if system == "set" and code:
            return frozenset({code})
        if system == LOINC and code in PAIN_SCALES:
            return frozenset({"obs-pain-score"})
        return frozenset()

    def concept(self, concept: fhir.Concept | None) -> tuple[frozenset[str], bool]:
        """Return the value sets of a concept and whether it is coded."""
        codings = (concept.coding if concept else None) or []
        groups = [self.groups(one.system, one.code) for one in codings]
        return frozenset().union(*groups), bool(codings)

    def name(self, rxcui: str) -> str:
        """Return the name of an ingredient."""
        return NAMES[rxcui]

    def ingredient_groups(self, rxcui: str) -> frozenset[str]:
        """Return the value sets of an ingredient."""
        found = {
            "med-opioid-ingredient": OPIOIDS,
            "med-anticoagulant": ANTICOAGULANTS,
            "med-antiplatelet": ANTIPLATELETS,
        }
        return frozenset(group for group, drugs in found.items() if rxcui in drugs)


def date(text: str | None) -> Span | None:
    """Read a date as the chart does."""
    return CLOCK.read(text)


def concept(*codings: tuple[str, str]) -> fhir.Concept:
    """Make a concept of (system, code) pairs."""
    return fhir.Concept(coding=[fhir.Coding(system=s, code=c) for s, c in codings])


def chart(
    *found: Record,
    maybe: Iterable[Record] = (),
    missing: Iterable[str] = (),
    orders: Iterable[Any] = (),
    hook: str = "order-sign",
    context: Mapping[str, object] | None = None,
) -> Any:  # noqa: ANN401 - stands in for a Chart
    """Make a chart of records; *missing* names the keys that could not be had."""
    doubtful, gone = tuple(maybe), frozenset(missing)

    def of(kind: type, key: str) -> Records:
        return Records(
            tuple(one for one in found if isinstance(one, kind)),
            tuple(one for one in doubtful if isinstance(one, kind)),
            complete=key not in gone,
            gaps=(key,) if key in gone else (),
        )

    return SimpleNamespace(
        clock=CLOCK,
        policy=POLICY,
        terminology=Codes(),
        conditions=of(records.Condition, "conditions"),
        observations=of(records.Observation, "observations"),
        procedures=of(records.Procedure, "procedures"),
        allergies=of(records.Allergy, "allergies"),
        devices=of(records.Device, "devices"),
        service_requests=of(records.ServiceRequest, "serviceRequests"),
        medications=of(Drug, "medicationRequests"),
        orders=tuple(orders),
        call=SimpleNamespace(hook=hook, context=context or {}),
    )


def _made(  # noqa: PLR0913 - what every record has
    record: Any,  # noqa: ANN401 - any subclass of Record
    resource: fhir.Resource,
    ref: str,
    groups: Iterable[str],
    when: str | None = None,
    *,
    coded: bool = True,
) -> Any:  # noqa: ANN401 - what was given
    return record(
        key="", ref=ref, resource=resource, groups=frozenset(groups), coded=coded, counts=True,
        text=ref, when=date(when),
    )  # fmt: skip


def procedure(  # noqa: PLR0913 - one Procedure
    *groups: str,
    ref: str = "Procedure/trial-1",
    status: str = "completed",
    start: str | None = "2026-10-01T09:00:00Z",
    end: str | None = None,
    outcome: Iterable[str] = (),
    reasons: Iterable[str] = (),
    status_reasons: Iterable[str] = (),
    complication: fhir.ConceptOnly | None = None,
    category: fhir.Concept | None = None,
    code: fhir.Concept | None = None,
    coded: bool = True,
) -> records.Procedure:
    """Make a Procedure; without groups it is a trial."""
    resource = fhir.Procedure(
        complication=[complication] if complication else None, category=category, code=code
    )
    one: records.Procedure = _made(
        records.Procedure,
        resource,
        ref,
        groups or ("order-trial", "proc-trial"),
        start,
        coded=coded,
    )
    one.status, one.start, one.end = status, date(start), date(end)
    one.outcome, one.reason_groups = frozenset(outcome), frozenset(reasons)
    one.status_reason_groups, one.complication_groups = frozenset(status_reasons), frozenset()
    return one


def observation(  # noqa: PLR0913 - one Observation
    group: str,
    value: object,
    when: str | None,
    *,
    ref: str = "",
    code: str = "",
    part_of: str = "",
) -> records.Observation:
    """Make an Observation of one value set; *part_of* links it to a procedure."""
    resource = fhir.Observation(code=concept((LOINC, code)) if code else None)
    one: records.Observation = _made(
        records.Observation,
        resource,
        ref or f"Observation/{group}-{value}-{when}-{part_of}",
        (group,),
        when,
    )
    one.value = Decimal(value) if isinstance(value, int | str) else value
    one.part_of, one.focus = (part_of,) if part_of else (), ()
    one.value_groups, one.interpretation, one.components = frozenset(), frozenset(), ()
    return one


def score(value: object, when: str | None, **more: str) -> records.Observation:
    """Make a pain score of the preferred scale."""
    return observation("obs-pain-score", value, when, **{"code": "72514-3", **more})


def percent(value: object, when: str | None = None, **more: str) -> records.Observation:
    """Make a recorded relief in per cent."""
    return observation("local#percent-pain-relief", value, when, **more)


def condition(
    *groups: str, active: Truth = True, ref: str = "Condition/c", coded: bool = True
) -> records.Condition:
    """Make a Condition."""
    one: records.Condition = _made(records.Condition, fhir.Condition(), ref, groups, coded=coded)
    one.active, one.ever, one.onset, one.sites = active, True, None, frozenset()
    return one


def device(*groups: str, ref: str = "Device/d", coded: bool = True) -> records.Device:
    """Make an active Device."""
    one: records.Device = _made(records.Device, fhir.Device(), ref, groups, coded=coded)
    one.model = ""
    return one


def request(
    *groups: str, status: str = "active", reasons: Iterable[str] = (), ref: str = "ServiceRequest/s"
) -> records.ServiceRequest:
    """Make a stored ServiceRequest."""
    one: records.ServiceRequest = _made(records.ServiceRequest, fhir.ServiceRequest(), ref, groups)
    one.status, one.occurrence = status, None
    one.reason_groups, one.sites = frozenset(reasons), frozenset()
    return one


def allergy(  # noqa: PLR0913 - one AllergyIntolerance
    *ingredients: str,
    kind: str = "allergy",
    confirmed: Truth = True,
    active: Truth = True,
    criticality: str = "",
    severe: bool = False,
    groups: Iterable[str] = (),
    coded: bool = True,
    ref: str = "AllergyIntolerance/a",
) -> records.Allergy:
    """Make an AllergyIntolerance to ingredients."""
    resource = fhir.AllergyIntolerance()
    one: records.Allergy = _made(records.Allergy, resource, ref, groups, coded=coded)
    one.active, one.confirmed, one.kind = active, confirmed, kind
    one.criticality, one.severe = criticality, severe
    one.ingredients, one.manifestations = frozenset(ingredients), frozenset()
    return one


class Drug(records.Record):
    """What the functions under test read of a Medication."""

    status: str
    route: str
    systemic: Truth
    ingredients: frozenset[str] | None
    possible_ingredients: frozenset[str]
    start: Span | None
    end: Span | None
    end_known: bool
    held_from: Span | None
    on_board: Truth
    prohibits: bool
    stopped_for_allergy: bool
    reason_groups: frozenset[str]
    dose: Decimal | None

    def daily_dose(self, rxcui: str, which: str = "current") -> Decimal | None:
        """Return the dose that the test set."""
        return self.dose if self.ingredients and rxcui in self.ingredients and which else None


def drug(  # noqa: PLR0913 - one MedicationRequest
    *ingredients: str,
    route: str = "oral",
    status: str = "active",
    start: str | None = "2026-01-01",
    end: str | None = None,
    held: str | None = None,
    on_board: Truth = True,
    dose: str | None = None,
    reasons: Iterable[str] = (),
    possible: Iterable[str] = (),
    coded: bool = True,
    ref: str = "MedicationRequest/m",
) -> Any:  # noqa: ANN401 - stands in for a Medication
    """Make a MedicationRequest of ingredients."""
    codes = Codes()
    groups: frozenset[str] = frozenset().union(*(codes.ingredient_groups(i) for i in ingredients))
    one: Drug = _made(Drug, fhir.MedicationRequest(), ref, groups, start, coded=coded)
    one.status, one.route, one.ingredients = status, route, frozenset(ingredients) or None
    one.systemic = {"oral": True, "iv": True, "sc": True, "unknown": None}.get(route, False)
    one.possible_ingredients = frozenset(possible)
    one.possible_groups = frozenset().union(*(codes.ingredient_groups(i) for i in possible))
    one.start, one.end, one.held_from = date(start), date(end), date(held)
    one.end_known, one.on_board, one.prohibits = end is not None, on_board, False
    one.stopped_for_allergy, one.reason_groups = False, frozenset(reasons)
    one.dose = Decimal(dose) if dose else None
    return one


def order(  # noqa: PLR0913 - one draft order
    kind: str,
    *,
    medication: Any = None,  # noqa: ANN401 - a Drug or nothing
    occurrence: str | None = None,
    selected: bool = True,
    ended: bool = False,
    replacement: bool = False,
    ref: str = "ServiceRequest/draft",
) -> Any:  # noqa: ANN401 - stands in for an Order
    """Make a draft order of a kind."""
    route = medication.route if medication is not None else "none"
    intrathecal = None if route == "unknown" else route == "intrathecal"
    return SimpleNamespace(
        kind=kind, medication=medication, occurrence=date(occurrence), selected=selected,
        ended=ended, replacement=replacement, prohibits=False, stored=False, ref=ref,
        intrathecal=intrathecal, discontinue=ended and intrathecal is True,
    )  # fmt: skip
