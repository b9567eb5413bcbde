"""A pump patient: resources as an EHR sends them, and all that the chart works out of them."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rules.chart.dose_changes import Comparison, compare, read_change
from rules.chart.dose_conversion import read_conversion
from rules.chart.dose_trend import MORPHINE as TREND_AGENT
from rules.chart.dose_trend import read_dose_trend
from rules.chart.emptying import read_emptying
from rules.chart.fills import read_fill
from rules.chart.flows import read_flow
from rules.chart.interruptions import read_interruption
from rules.chart.it_agents import drafted_agents, stored_agents
from rules.chart.it_doses import Doses
from rules.chart.it_history import read_first_order, read_start, read_therapy
from rules.chart.it_orders import read_it_orders
from rules.chart.it_stops import read_stopped
from rules.chart.mixtures import read_mixture
from rules.chart.opioid_tolerance import read_tolerance
from rules.chart.pump import read_pump
from rules.chart.pump_events import read_event
from rules.chart.refill_dates import read_due, read_planned
from rules.chart.residuals import read_discrepancy, read_expected, read_residual
from tests.rules.chart.calls import call, policy

if TYPE_CHECKING:
    from rules.chart.chart import Chart

Json = dict[str, Any]
TODAY = date(2026, 11, 22)
LOCAL = "urn:intrathecal-cds:codes"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
CPT = "http://www.ama-assn.org/go/cpt"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM = "http://unitsofmeasure.org"
MORPHINE, HYDROMORPHONE, FENTANYL, OXYCODONE = "7052", "3423", "4337", "7804"
BUPIVACAINE, ZICONOTIDE, BACLOFEN, CLONIDINE = "1815", "68503", "1292", "2599"
INTRATHECAL, EPIDURAL, ORAL = "72607000", "404820008", "26643006"


def ago(days: int) -> str:
    """Return a date so many days before the call."""
    return (TODAY - timedelta(days=days)).isoformat()


def code(value: str, system: str = LOCAL) -> Json:
    """Make a CodeableConcept."""
    return {"coding": [{"system": system, "code": value}]}


def amount(value: Any, unit: str) -> Json:  # noqa: ANN401 - any number, also an absurd one
    """Make a Quantity."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def about(kind: str, ref: str, **elements: Any) -> Json:  # noqa: ANN401 - any element
    """Make a resource about the patient."""
    subject = "patient" if kind == "Device" else "subject"
    return {"resourceType": kind, "id": ref, subject: {"reference": "Patient/p1"}, **elements}


def told(  # noqa: PLR0913 - one Observation
    what: str,
    when: str | None,
    value: object = None,
    unit: str = "mL",
    *,
    ref: str = "",
    status: str = "final",
    **more: Any,  # noqa: ANN401 - any element
) -> Json:
    """Make a record of the pump: a volume, a rate, a date."""
    whole = about("Observation", ref or f"{what}-{when}", status=status, code=code(what), **more)
    if when is not None:
        whole["effectiveDateTime"] = when
    if value is not None:
        whole["valueQuantity"] = amount(value, unit)
    return whole


def event(kind: str, when: str | None, **more: Any) -> Json:  # noqa: ANN401 - any element
    """Make a finding at interrogation."""
    return told("pump-event", when, ref=f"event-{kind}-{when}", valueCodeableConcept=code(kind),
                **more)  # fmt: skip


def dose(
    when: str | None,
    value: object,
    agent: str | None = MORPHINE,
    unit: str = "mg/d",
    **more: Any,  # noqa: ANN401 - any element
) -> Json:
    """Make a programmed daily dose."""
    named = [{"code": code("it-agent"), "valueCodeableConcept": code(agent or "", RXNORM)}]
    if agent is not None:
        more["component"] = named
    return told("it-daily-dose", when, value, unit, ref=f"dose-{when}-{agent}-{value}", **more)


def mix(*parts: tuple[str, Any]) -> Json:
    """Make a Medication of ingredients and their mg/mL."""
    return {
        "resourceType": "Medication", "id": "mix",
        "ingredient": [
            {"itemCodeableConcept": code(agent, RXNORM),
             "strength": {"numerator": amount(strength, "mg"), "denominator": amount(1, "mL")}}
            for agent, strength in parts
        ],
    }  # fmt: skip


def order(  # noqa: PLR0913 - one MedicationRequest
    *parts: tuple[str, Any],
    ref: str = "order-it",
    status: str = "draft",
    rate: Any = 0.3,  # noqa: ANN401 - any number
    unit: str = "mL/d",
    start: str | None = None,
    prior: str | None = None,
    route: str | None = INTRATHECAL,
    bolus: tuple[Any, str] | None = None,
    product: str | None = None,
    text: str | None = None,
    steps: tuple[Any, ...] = (),
    **more: Any,  # noqa: ANN401 - any element
) -> Json:
    """Make an order for a pump: a mixture at a rate, or a product, or a text."""
    amounts = (bolus,) if bolus else tuple(None if one is None else (one, unit)
                                           for one in steps or (rate,))  # fmt: skip
    dosages = [
        _dosage(given, once=bolus is not None, route=route, start=start) for given in amounts
    ]
    for place, one in enumerate(dosages if steps else ()):
        one["sequence"] = place + 1
    whole = about("MedicationRequest", ref, status=status, intent="order",
                  dosageInstruction=dosages, **more)  # fmt: skip
    if product is not None:
        whole["medicationCodeableConcept"] = code(product, RXNORM)
    elif text is not None:
        whole["medicationCodeableConcept"] = {"text": text}
    else:
        whole |= {"contained": [mix(*parts)], "medicationReference": {"reference": "#mix"}}
    if start is not None:
        whole["authoredOn"] = start
    if prior is not None:
        whole["priorPrescription"] = {"reference": f"MedicationRequest/{prior}"}
    return whole


def _dosage(
    given: tuple[Any, str] | None, *, once: bool, route: str | None, start: str | None
) -> Json:
    """Make one dosage instruction: a rate, or a dose given once."""
    one: Json = {} if route is None else {"route": code(route, SNOMED)}
    if once or start is not None:
        one["timing"] = {"repeat": {}}
    if start is not None:
        one["timing"]["repeat"]["boundsPeriod"] = {"start": start}
    if once:
        one["timing"]["repeat"]["count"] = 1
    if given is not None:
        one["doseAndRate"] = [{"doseQuantity" if once else "rateQuantity": amount(*given)}]
    return one


def running(*parts: tuple[str, Any], ref: str = "it-1", **more: Any) -> Json:  # noqa: ANN401
    """Make an active order for a pump; morphine 20 mg/mL at 0.3 mL/d where nothing is said."""
    return order(*(parts or ((MORPHINE, 20),)), ref=ref, **{
        "status": "active", "start": "2026-03-02", **more,
    })  # fmt: skip


def oral(drug: str, mg: object, per_day: int, start: str, ref: str = "oral") -> Json:
    """Make an active oral order."""
    dosage = {
        "timing": {"repeat": {"boundsPeriod": {"start": start}, "frequency": per_day,
                              "period": 1, "periodUnit": "d"}},
        "route": code(ORAL, SNOMED), "doseAndRate": [{"doseQuantity": amount(mg, "mg")}],
    }  # fmt: skip
    return about(
        "MedicationRequest", ref, status="active", intent="order", authoredOn=start,
        medicationCodeableConcept=code(drug, RXNORM), dosageInstruction=[dosage],
    )  # fmt: skip


def done(what: str, when: str | None, system: str = LOCAL, **more: Any) -> Json:  # noqa: ANN401
    """Make a Procedure."""
    dated = {} if when is None else {"performedDateTime": when}
    ref = more.pop("ref", f"done-{what}-{when}")
    return about("Procedure", ref, **{"status": "completed", "code": code(what, system), **dated,
                                      **more})  # fmt: skip


def refilled(when: str, volume: Any = 20) -> tuple[Json, ...]:  # noqa: ANN401 - any number
    """Make a refill and its volume."""
    procedure = done("it-pump-refill", when)
    return (procedure, told("reservoir-fill-volume", when, volume))


def request(what: str = "it-pump-refill", status: str = "draft", ref: str = "refill-order",
            **more: Any) -> Json:  # noqa: ANN401  # fmt: skip
    """Make an order for a procedure."""
    return about("ServiceRequest", ref, status=status, intent="order", code=code(what), **more)


def device() -> Json:
    """Make a pump in place."""
    return about("Device", "pump-1", status="active", type=code("it-pump"))


def diagnosis(icd: str, **more: Any) -> Json:  # noqa: ANN401 - any element
    """Make an active condition."""
    return about("Condition", f"condition-{icd}", **{"code": code(icd, ICD), **more})


def at(*drafts: Json, stored: tuple[Json, ...] = (), **more: Any) -> Any:  # noqa: ANN401
    """Read a call, and give all that is worked out of it, each under its own name."""
    chart: Chart = call(*drafts, stored=stored, **more)
    rules = policy()
    found = SimpleNamespace(chart=chart, policy=rules, fill=read_fill(chart))
    found.orders = read_it_orders(chart, rules)
    found.flow = read_flow(chart, found.orders, found.fill)
    found.residual = read_residual(chart, rules, found.fill)
    found.empty = read_emptying(chart, rules, found.fill, found.flow)
    found.expected = read_expected(chart, found.fill, found.flow, found.residual)
    found.discrepancy = read_discrepancy(rules, found.residual, found.expected)
    found.due = read_due(chart, rules, found.fill, found.empty)
    found.planned = read_planned(chart, found.fill, found.empty)
    found.event = read_event(chart, rules, found.fill)
    found.delivery = read_interruption(chart, rules, found.fill, found.residual, found.empty)
    found.pump = read_pump(chart)
    found.doses = Doses(chart, rules, found.orders, found.fill)
    found.first = read_first_order(chart, found.orders, found.doses, found.pump)
    found.start = read_start(found.orders, found.doses, found.pump)
    comparison = Comparison(lambda: found.doses, lambda: found.first, lambda: found.delivery)
    found.drafted = compare(
        drafted_agents(chart, found.orders, found.fill, selected=True), comparison
    )
    found.ordered = drafted_agents(chart, found.orders, found.fill)
    found.current = stored_agents(chart, found.orders.running, found.fill)
    kept = [one for one in found.orders.stored if one.on_board is not False]
    found.reservoir = found.ordered.union(stored_agents(chart, kept, found.fill))
    found.stopped = read_stopped(chart, found.orders, found.ordered, found.fill)
    found.mixture = read_mixture(found.reservoir, chart.terminology)
    refill = any(one.kind == "refill" and one.selected for one in chart.orders)
    found.change = read_change(found.drafted, found.current, found.delivery, refill=refill)
    found.therapy = read_therapy(chart, rules, found.current, found.doses, found.pump)
    found.trend = read_dose_trend(chart, rules, found.doses.of(TREND_AGENT))
    found.tolerance = read_tolerance(chart, rules, found.orders, found.doses)
    found.conversion = read_conversion(chart, rules, found.drafted, found.first)
    return found
