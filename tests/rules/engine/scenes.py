"""A patient, the orders of one call and what the rules say about them."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules import Advice, Criterion, Outcome, Rulebook, RuleResult

FIXTURES = Path(__file__).parents[3] / "fhir_fixtures"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEYS = {
    "Patient": "patient", "Condition": "conditions", "MedicationRequest": "medicationRequests",
    "Procedure": "procedures", "Observation": "observations", "AllergyIntolerance": "allergies",
    "Device": "devices", "CareTeam": "careTeams", "ServiceRequest": "serviceRequests",
}  # fmt: skip
SYSTEMS = {
    "icd": "http://hl7.org/fhir/sid/icd-10-cm", "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org", "cpt": "http://www.ama-assn.org/go/cpt",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm", "local": "urn:intrathecal-cds:codes",
}  # fmt: skip
_HL7 = "http://terminology.hl7.org/CodeSystem/"

JSON = dict[str, Any]


@cache
def book() -> Rulebook:
    """Load the shipped rulebook, once."""
    return rules.load_rulebook()


@cache
def _read(path: Path) -> JSON:
    found: JSON = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    return found


@dataclass(frozen=True)
class Answer:
    """An outcome, by id."""

    outcome: Outcome

    @property
    def verdict(self) -> str:
        """Return the verdict."""
        return self.outcome.verdict

    def criterion(self, name: str) -> Criterion:
        """Return a criterion."""
        return next(one for one in self.outcome.criteria if one.id == name)

    def value(self, name: str) -> str:
        """Return the value of a criterion."""
        return self.criterion(name).value

    def rule(self, name: str) -> RuleResult:
        """Return the result of a rule."""
        return next(one for one in self.outcome.rules if one.id == name)

    def result(self, name: str) -> str:
        """Return `fired`, `clear`, `not-checked` or `not-applicable`."""
        return self.rule(name).result

    def advice(self, name: str) -> Advice:
        """Return what a rule that fired says."""
        return next(one for one in self.outcome.advice if one.rule == name)

    def says(self, name: str) -> tuple[str, str]:
        """Return indicator and summary of a rule that fired."""
        found = self.advice(name)
        return found.indicator, found.summary

    def labels(self, name: str) -> list[str]:
        """Return the labels of the suggestions of a rule that fired."""
        return [one.label for one in self.advice(name).suggestions]

    @property
    def faults(self) -> list[str]:
        """Return what DAT-01 names."""
        return [one.text for one in self.outcome.faults]


@dataclass(frozen=True)
class Scene:
    """A complete chart, the drafts of one call, and its hook."""

    stored: tuple[JSON, ...]
    drafts: tuple[JSON, ...] = ()
    hook: str = "order-sign"
    context: Mapping[str, object] = field(default_factory=dict)
    selections: tuple[str, ...] | None = None
    now: datetime = NOW
    missing: tuple[str, ...] = ()
    policy: str = "default"

    def add(self, *resources: JSON) -> Scene:
        """Put more resources on record."""
        return replace(self, stored=(*self.stored, *resources))

    def without(self, *names: str) -> Scene:
        """Take resources off the record, by id or by type."""
        kept = tuple(
            one
            for one in self.stored
            if one["resourceType"] == "Patient"
            or (one["id"] not in names and one["resourceType"] not in names)
        )
        return replace(self, stored=kept)

    def changed(self, name: str, **members: Any) -> Scene:  # noqa: ANN401 - any FHIR JSON
        """Change members of one resource or draft; None takes one away."""
        return replace(
            self,
            stored=tuple(_changed(one, name, members) for one in self.stored),
            drafts=tuple(_changed(one, name, members) for one in self.drafts),
        )

    def ordering(self, *drafts: JSON) -> Scene:
        """Order these instead."""
        return replace(self, drafts=drafts)

    def on(self, hook: str) -> Scene:
        """Ask on another hook."""
        return replace(self, hook=hook)

    def under(self, policy: str) -> Scene:
        """Ask under another policy."""
        return replace(self, policy=policy)

    def lacking(self, *keys: str) -> Scene:
        """Ask without some keys."""
        return replace(self, missing=keys)

    @property
    def patient(self) -> str:
        """Return the id of the patient."""
        found: str = next(one["id"] for one in self.stored if one["resourceType"] == "Patient")
        return found

    def call(self) -> rules.Call:
        """Return the call as the service would make it."""
        prefetch = {key: self._shelf(kind) for kind, key in KEYS.items() if key not in self.missing}
        return rules.Call(
            hook=self.hook, patient_id=self.patient, now=self.now, prefetch=prefetch,
            drafts=self.drafts, selections=self.selections,
            context={"patientId": self.patient, **self.context},
            missing=dict.fromkeys(self.missing, "not sent"),
        )  # fmt: skip

    def _shelf(self, kind: str) -> bytes:
        found = [one for one in self.stored if one["resourceType"] == kind]
        if kind == "Patient":
            return _json(found[0])
        entries = [{"resource": one} for one in found]
        return _json({"resourceType": "Bundle", "type": "searchset", "entry": entries})

    def ask(self, among: Rulebook | None = None) -> Answer:
        """Evaluate."""
        return Answer(rules.evaluate(among or book(), self.call(), self.policy))


def _json(value: object) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(value)


def _changed(resource: JSON, name: str, members: JSON) -> JSON:
    if resource.get("id") != name:
        return resource
    return {key: value for key, value in {**resource, **members}.items() if value is not None}


def fixture(case: str, hook: str = "order-sign") -> Scene:
    """Return a shipped fixture case: its chart and its call."""
    request = _read(FIXTURES / "requests" / hook / f"{case}.json")
    expected = _read(FIXTURES / "expected" / hook / f"{case}.json")
    context = request["context"]
    chart = _read(FIXTURES / "patients" / f"{context['patientId']}.json")
    drafts = context.get("draftOrders", {}).get("entry", ())
    return Scene(
        stored=tuple(copy.deepcopy(one["resource"]) for one in chart["entry"]),
        drafts=tuple(copy.deepcopy(one["resource"]) for one in drafts),
        hook=hook, context=context,
        selections=tuple(context["selections"]) if "selections" in context else None,
        now=datetime.fromisoformat(expected["now"]), policy=expected["policy"],
        missing=tuple(expected.get("missing", ())),
    )  # fmt: skip


def candidate() -> Scene:
    """Return the candidate who meets every criterion (V02), with an implant order."""
    return fixture("v02-question-3-all-documented")


def basic() -> Scene:
    """Return a patient with lumbar radiculopathy and nothing else, with an implant order."""
    chart = _read(FIXTURES / "patients" / "basic.json")
    stored = tuple(copy.deepcopy(one["resource"]) for one in chart["entry"])
    return Scene(stored, (implant("basic"),))


# ------------------------------------------------------------------------------------ resources


def coded(system: str, code: str, display: str | None = None) -> JSON:
    """Return a CodeableConcept."""
    coding = {"system": SYSTEMS[system], "code": code}
    return {"coding": [coding | ({"display": display} if display else {})]}


def condition(
    name: str, concept: JSON, *, clinical: str = "active", verified: str = "confirmed",
    **more: Any,  # noqa: ANN401 - any FHIR JSON
) -> JSON:  # fmt: skip
    """Return a Condition."""
    return {
        "resourceType": "Condition", "id": name, "code": concept,
        "clinicalStatus": {
            "coding": [{"system": f"{_HL7}condition-clinical", "code": clinical}]
        },
        "verificationStatus": {
            "coding": [{"system": f"{_HL7}condition-ver-status", "code": verified}]
        },
        "recordedDate": "2026-11-01", **more,
    }  # fmt: skip


def observation(name: str, concept: JSON, date: str = "2026-11-20", **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return an Observation; its value is one of *more*."""
    return {
        "resourceType": "Observation", "id": name, "status": "final", "code": concept,
        "effectiveDateTime": date, **more,
    }  # fmt: skip


def quantity(value: float | str, code: str) -> JSON:
    """Return a Quantity in UCUM."""
    return {
        "value": Decimal(str(value)), "unit": code, "code": code,
        "system": "http://unitsofmeasure.org",
    }  # fmt: skip


def drug(name: str, code: str, *, status: str = "active", **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return a stored MedicationRequest of an RxNorm code."""
    return {
        "resourceType": "MedicationRequest", "id": name, "status": status, "intent": "order",
        "medicationCodeableConcept": coded("rxnorm", code), "authoredOn": "2026-06-01", **more,
    }  # fmt: skip


def allergy(name: str, concept: JSON, **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return an active confirmed AllergyIntolerance."""
    return {
        "resourceType": "AllergyIntolerance", "id": name, "code": concept,
        "clinicalStatus": {
            "coding": [{"system": f"{_HL7}allergyintolerance-clinical", "code": "active"}]
        },
        "verificationStatus": {
            "coding": [{"system": f"{_HL7}allergyintolerance-verification", "code": "confirmed"}]
        },
        **more,
    }  # fmt: skip


def request(name: str, concept: JSON, patient: str, **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return a draft ServiceRequest."""
    return {
        "resourceType": "ServiceRequest", "id": name, "status": "draft", "intent": "order",
        "code": concept, "subject": {"reference": f"Patient/{patient}"}, **more,
    }  # fmt: skip


def implant(patient: str, **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return a draft order to implant a pump."""
    return request("order-implant", coded("cpt", "62362"), patient, **more)


def trial(patient: str, **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return a draft order of a temporary trial."""
    return request("order-trial", coded("local", "it-trial"), patient, **more)


def refill(patient: str, **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return a draft order to refill a pump."""
    return request("order-refill", coded("local", "it-pump-refill"), patient, **more)


def intrathecal(name: str, patient: str, code: str = "7052", **more: Any) -> JSON:  # noqa: ANN401 - any FHIR JSON
    """Return a draft order of an intrathecal drug: morphine, if nothing else is said."""
    return {
        "resourceType": "MedicationRequest", "id": name, "status": "draft", "intent": "order",
        "medicationCodeableConcept": coded("rxnorm", code),
        "subject": {"reference": f"Patient/{patient}"},
        "dosageInstruction": [
            {
                "route": coded("sct", "72607000"),
                "doseAndRate": [{"rateQuantity": quantity("0.5", "mg/d")}],
            }
        ],
        **more,
    }  # fmt: skip


def cases() -> list[Scene]:
    """Return every shipped case that is evaluated (a refused call is not)."""
    found = sorted((FIXTURES / "expected").glob("*/*.json"))
    return [fixture(path.stem, path.parent.name) for path in found if "status" not in _read(path)]
