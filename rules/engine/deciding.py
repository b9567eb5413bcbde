"""Validation of the records that decide: an invalid one cannot settle a criterion.

Only records that a criterion rests on are validated against FHIR R4B. A fault matters only in an
element that the criterion reads; any other is reported and changes nothing (recording.md 13.15).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rules.engine import syntax

if TYPE_CHECKING:
    from rules.chart.chart import Chart
    from rules.chart.records import Record, Records
    from rules.engine.compile import Program
    from rules.engine.evaluate import Evaluation

# Elements that decide what a record is and whether it counts.
IDENTITY = frozenset(
    {
        "code", "status", "clinicalStatus", "verificationStatus", "medicationCodeableConcept",
        "medicationReference", "intent", "doNotPerform", "statusReason", "type",
        "abatementDateTime", "abatementPeriod", "abatementAge", "abatementString", "outcome",
        "dosageInstruction",
    }
)  # fmt: skip
DATES = frozenset(
    {
        "onsetDateTime", "onsetPeriod", "onsetAge", "recordedDate", "authoredOn",
        "performedDateTime", "performedPeriod", "effectiveDateTime", "effectivePeriod",
        "effectiveInstant", "issued", "dispenseRequest",
    }
)  # fmt: skip
VALUES = frozenset({"value", "component", "interpretation", "dataAbsentReason"})
# Prefetch key -> the chart's set of its records.
SETS = {
    "conditions": "conditions", "observations": "observations", "procedures": "procedures",
    "serviceRequests": "service_requests", "allergies": "allergies", "devices": "devices",
    "careTeams": "care_teams", "medicationRequests": "medications",
}  # fmt: skip
DATING_WORDS = frozenset(
    {
        "within", "newest", "newest_of_each", "during", "outside_trials", "on_systemic_opioid",
        "not_overtaken_by", "cancelled_by", "lasted", "held_within", "not_held",
    }
)  # fmt: skip
DATED_NOUNS = frozenset({"opioid_trend", "opioid_courses", "trial", "systemic_opioids"})


def doubt_invalid(evaluation: Evaluation) -> bool:
    """Validate the deciding records; make doubtful those that fail where it matters.

    Says whether any was made doubtful, so that the evaluation has to be done again.
    """
    chart = evaluation.chart
    found = evaluation.by_reference
    doubted = False
    for criterion in evaluation.criteria:
        if criterion.value == "unknown":
            continue
        dated = criterion.id in evaluation.book.dated
        for reference in criterion.evidence:
            record = found.get(reference)
            if record is None:
                continue
            if any(
                not one.extra and _matters(one.path, dated=dated) for one in chart.faults(record)
            ):
                doubted = _doubt(chart, record) or doubted
    return doubted


def _matters(path: str, *, dated: bool) -> bool:
    element = path.split(".")[1].partition("[")[0] if "." in path else ""
    if element in IDENTITY or element.startswith(tuple(VALUES)):
        return True
    return dated and element in DATES


def reads_dates(program: Program, name: str) -> bool:
    """Say whether an expression reads when something was, itself or through definitions."""
    for used in program.checked.closure(name):
        for part in syntax.walk(program.nodes[used]):
            if isinstance(part, syntax.Word) and part.name in DATING_WORDS:
                return True
            if isinstance(part, syntax.Name) and part.name in DATED_NOUNS:
                return True
    return False


def records(evaluation: Evaluation, references: list[str]) -> list[Record]:
    """Return the records behind references, in order, those that the chart has."""
    known = evaluation.by_reference
    return [known[one] for one in dict.fromkeys(references) if one in known]


def by_reference(chart: Chart) -> dict[str, Record]:
    """Return every record of the chart, orders included, by its reference."""
    found: dict[str, Record] = {order.ref: order for order in chart.orders}
    for name in SETS.values():
        of_key: Records = getattr(chart, name)
        found.update((record.ref, record) for record in of_key.possible())
    return found


def _doubt(chart: Chart, record: Record) -> bool:
    """Make a record doubtful in its set; say whether it was certain before."""
    name = SETS.get(record.key)
    if name is None:
        return False
    of_key: Records = getattr(chart, name)
    if record not in of_key.sure:
        return False
    kept = tuple(one for one in of_key.sure if one is not record)
    setattr(chart, name, replace(of_key, sure=kept, maybe=(*of_key.maybe, record)))
    return True
