"""Nouns that retrieve records: one per prefetch key, and the draft orders of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.courses import opioid_courses as read_courses
from rules.chart.holds import antithrombotic_holds
from rules.chart.medications import Medication
from rules.chart.opioid_orders import systemic_opioids as read_systemic_opioids
from rules.chart.reasons import read_reasons
from rules.chart.records import Records
from rules.engine.words import noun

if TYPE_CHECKING:
    from rules.engine.frame import Frame


@noun("records", keys=("conditions",), cql="[Condition]")
def conditions(frame: Frame) -> Records:
    """Give the patient's conditions."""
    return frame.chart.conditions


@noun("records", keys=("observations",), attributes={"value": "any"}, cql="[Observation]")
def observations(frame: Frame) -> Records:
    """Give the patient's observations that count (final, amended, corrected)."""
    return frame.chart.observations


@noun("records", keys=("procedures",), cql="[Procedure]")
def procedures(frame: Frame) -> Records:
    """Give the patient's procedures."""
    return frame.chart.procedures


@noun("records", keys=("medicationRequests",), cql="[MedicationRequest]")
def medications(frame: Frame) -> Records:
    """Give the patient's stored medication orders that count as exposure."""
    return frame.chart.medications


@noun("records", keys=("allergies",), cql="[AllergyIntolerance]")
def allergies(frame: Frame) -> Records:
    """Give the patient's allergies and intolerances."""
    return frame.chart.allergies


@noun("records", keys=("devices",), cql="[Device]")
def devices(frame: Frame) -> Records:
    """Give the patient's active devices."""
    return frame.chart.devices


@noun("records", keys=("careTeams",), cql="[CareTeam]")
def care_teams(frame: Frame) -> Records:
    """Give the patient's active care teams."""
    return frame.chart.care_teams


@noun("records", keys=("serviceRequests",), cql="[ServiceRequest]")
def service_requests(frame: Frame) -> Records:
    """Give the patient's stored orders for procedures: intentions, never evidence."""
    return frame.chart.service_requests


@noun(
    "records",
    keys=("medicationRequests",),
    attributes={"ended": "truth"},
    cql="[MedicationRequest: antithrombotics] union those of the draft orders",
)
def antithrombotics(frame: Frame) -> Records:
    """Give antithrombotic orders: those on record, and those of the call that bear on a procedure.

    An uncoded order that may still be taken stays doubtful.
    """
    chart = frame.chart
    found = antithrombotic_holds(chart, frame.policy)
    uncoded = tuple(
        one
        for one in chart.medications.maybe
        if isinstance(one, Medication)
        and not one.coded
        and not one.possible_groups
        and one.on_board is not False
    )
    return Records(
        tuple(dict.fromkeys(hold.record for hold in found.holds)), uncoded,
        complete=chart.medications.complete, gaps=chart.medications.gaps,
    )  # fmt: skip


@noun(
    "records",
    attributes={"intrathecal": "truth", "ended": "truth"},
    cql="context.draftOrders.entry.resource",
)
def orders(frame: Frame) -> Records:
    """Give the draft orders of this call."""
    return Records(frame.chart.orders)


@noun("records", keys=("conditions",), cql="reasonReference and reasonCode of the draft orders")
def reasons(frame: Frame) -> Records:
    """Give the coded reasons of the procedure orders of this call."""
    return read_reasons(frame.chart)


@noun("records", keys=("medicationRequests",), cql="[MedicationRequest] where systemic opioid")
def systemic_opioids(frame: Frame) -> Records:
    """Give every counted systemic opioid order in the lookback window, of any length."""
    return read_systemic_opioids(frame.chart, frame.policy)


@noun(
    "records",
    keys=("medicationRequests", "observations"),
    cql="opioid orders joined into courses (computed)",
)
def opioid_courses(frame: Frame) -> Records:
    """Give courses: runs of orders of one systemic opioid by one route (recording.md 3.3)."""
    return read_courses(frame.chart, frame.policy)
