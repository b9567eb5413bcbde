"""Calls and charts from plain resources, and a terminology whose codes are their value sets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from rules.chart.chart import Call, Chart, read_chart
from rules.chart.products import Strength

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rules.chart import resources as fhir
    from rules.chart.terminology import Terminology

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PATIENT = "p1"
SET = "urn:set"  # a code of this system belongs to the value set of its own name
PLAIN = "urn:known"  # a system that is known, whose codes are in no value set
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
Json = dict[str, Any]


class Sets:
    """A terminology of two systems: one whose codes are value sets, one whose codes are none."""

    mme_factors: Mapping[str, Decimal] = {}

    def usable_system(self, system: str | None) -> bool:
        """Say whether it is one of the systems of these tests."""
        return system in (SET, PLAIN, RXNORM)

    known_system = usable_system

    def groups(self, system: str | None, code: str | None) -> frozenset[str]:
        """Return the value set that a code names."""
        return frozenset({code}) if system == SET and code else frozenset()

    def concept(self, concept: fhir.Concept | None) -> tuple[frozenset[str], bool]:
        """Return the value sets of a concept, and whether it is coded."""
        codings = (concept.coding if concept is not None else None) or []
        groups = [self.groups(one.system, one.code) for one in codings]
        return frozenset().union(*groups), any(self.usable_system(one.system) for one in codings)

    def canonical(self, system: str) -> str:
        """Return a system as it is."""
        return system

    def ingredients(self, rxcui: str, text: str = "") -> tuple[Strength, ...] | None:
        """Know one ingredient: morphine."""
        del text
        return (Strength("7052", "morphine", "", "morphine", "IN"),) if rxcui == "7052" else ()

    def ingredients_of(
        self, system: str | None, code: str | None, text: str = ""
    ) -> tuple[Strength, ...] | None:
        """Return the ingredients of an RxNorm code."""
        return self.ingredients(code or "", text) if system == RXNORM else None

    def ingredient_groups(self, rxcui: str) -> frozenset[str]:
        """Return the value sets of an ingredient."""
        return frozenset({"med-opioid-ingredient"}) if rxcui == "7052" else frozenset()

    def name(self, rxcui: str) -> str:
        """Return the name of an ingredient."""
        return "morphine" if rxcui == "7052" else ""

    def named_in(self, text: str) -> frozenset[str]:
        """Find no drug in any text."""
        del text
        return frozenset()


SETS = cast("Terminology", Sets())


def concept(*codes: str, system: str = SET) -> Json:
    """Make a CodeableConcept."""
    return {"coding": [{"system": system, "code": code} for code in codes]}


def resource(kind: str, identity: str = "x1", **elements: Any) -> Json:  # noqa: ANN401 - any element
    """Make a resource about the patient of these tests."""
    about = "patient" if kind in ("AllergyIntolerance", "Device") else "subject"
    base: Json = {"resourceType": kind, "id": identity}
    if kind not in ("Patient", "Medication", "Practitioner"):
        base[about] = {"reference": f"Patient/{PATIENT}"}
    return {**base, **elements}


def condition(code: Any = "cond-a", identity: str = "c1", **elements: Any) -> Json:  # noqa: ANN401 - any element
    """Make an active, confirmed Condition; an element None is left out."""
    whole = resource(
        "Condition", identity, code=concept(code), clinicalStatus=concept("active"),
        verificationStatus=concept("confirmed"), recordedDate="2026-01-05",
    ) | elements  # fmt: skip
    return {name: value for name, value in whole.items() if value is not None}


def bundle(*resources: object, **elements: object) -> Json:
    """Make a searchset."""
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **elements}


def outcome(severity: str, code: str = "processing", text: str = "it said so") -> Json:
    """Make an OperationOutcome with one issue."""
    issue = {"severity": severity, "code": code, "details": {"text": text}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def encode(value: object) -> bytes:
    """Write JSON; bytes stay as they are."""
    return value if isinstance(value, bytes) else json.dumps(value, default=float).encode()


def call_of(prefetch: Mapping[str, object], **options: Any) -> Call:  # noqa: ANN401 - fields of Call
    """Make an order-sign call."""
    return Call(
        hook=options.pop("hook", "order-sign"), patient_id=options.pop("patient_id", PATIENT),
        now=options.pop("now", NOW), prefetch={k: encode(v) for k, v in prefetch.items()},
        **options,
    )  # fmt: skip


def chart_of(prefetch: Mapping[str, object], **options: Any) -> Chart:  # noqa: ANN401 - fields of Call
    """Read the chart of a call."""
    return read_chart(call_of(prefetch, **options), SETS, {})


def kinds(chart: Chart) -> list[str]:
    """Return the kinds of issue of a chart."""
    return [issue.kind for issue in chart.issues]
