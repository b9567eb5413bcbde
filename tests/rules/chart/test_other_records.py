from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.rules.chart.bundles import RXNORM, bundle, chart_of, concept, kinds, resource

if TYPE_CHECKING:
    from rules.chart.chart import Chart
    from rules.chart.records import Allergy, CareTeam, Device, Procedure, ServiceRequest

CODE = concept("proc-a")


def _chart(key: str, kind: str, **elements: Any) -> Chart:  # noqa: ANN401 - any element
    whole = {name: one for name, one in resource(kind, **elements).items() if one is not None}
    return chart_of({key: bundle(whole)})


# ---------------------------------------------------------------------------------- Procedure


@pytest.mark.parametrize("status", ["completed", "in-progress", "stopped", "not-done"])
def test_procedures_with_a_meaning_are_kept_by_status(status: str) -> None:
    """Each of the four statuses means something to a rule."""
    chart = _chart("procedures", "Procedure", status=status, code=CODE)
    (record,) = cast("tuple[Procedure]", chart.procedures.sure)
    assert record.status == status
    assert not chart.issues


@pytest.mark.parametrize("status", ["preparation", "on-hold", "unknown", "entered-in-error"])
def test_other_procedures_are_ignored_and_told(status: str) -> None:
    """What is only prepared, or entered in error, is as if not there."""
    chart = _chart("procedures", "Procedure", status=status, code=CODE)
    assert not chart.procedures.possible()
    assert kinds(chart) == ["ignored"]


def test_a_procedure_says_when_how_it_ended_and_why() -> None:
    """Start and end, outcome, reasons, and what went wrong."""
    chart = _chart(
        "procedures", "Procedure", status="stopped", code=CODE,
        performedPeriod={"start": "2026-10-01", "end": "2026-10-03"},
        outcome=concept("385671000"), reasonCode=[concept("local#it-trial")],
        category=concept("cat"), statusReason=concept("local#stopped-adverse-effect"),
        complication=[concept("cond-opioid-poisoning")],
    )  # fmt: skip
    (record,) = cast("tuple[Procedure]", chart.procedures.sure)
    assert record.start is not None
    assert record.end is not None
    assert chart.clock.show(record.start) == "2026-10-01"
    assert chart.clock.show(record.end) == "2026-10-03"
    assert record.outcome == {"385671000"}
    assert record.reason_groups == {"local#it-trial", "cat"}
    assert record.status_reason_groups == {"local#stopped-adverse-effect"}
    assert record.complication_groups == {"cond-opioid-poisoning"}


def test_a_procedure_on_a_day_has_no_end() -> None:
    """A single date is the start; the end is for the reader of the fact to say."""
    chart = _chart(
        "procedures", "Procedure", status="completed", code=CODE, performedDateTime="2026-10"
    )
    (record,) = cast("tuple[Procedure]", chart.procedures.sure)
    assert (record.start, record.end) == (record.when, None)
    assert not _chart(
        "procedures", "Procedure", status="completed", code=CODE, performedDateTime="2027"
    ).procedures.possible()


def test_a_procedure_without_status_is_a_doubt() -> None:
    """FHIR wants a status; without one it may or may not have been done."""
    chart = _chart("procedures", "Procedure", code=CODE)
    assert chart.procedures.maybe
    assert kinds(chart) == ["invalid"]


# ---------------------------------------------------------------------------------- allergies


@pytest.mark.parametrize(
    ("clinical", "verified", "expected"),
    [
        ("active", "confirmed", (True, True, True)),
        (None, None, (True, True, True)),
        ("active", "unconfirmed", (True, None, None)),
        ("active", "presumed", (True, None, None)),
        ("banana", "confirmed", (None, True, None)),
        ("inactive", "confirmed", None),
        ("resolved", "confirmed", None),
        ("active", "refuted", None),
    ],
)
def test_allergies_that_count(
    clinical: str | None, verified: str | None, expected: tuple[object, ...] | None
) -> None:
    """Refuted and resolved entries are answers, no faults; unconfirmed ones are doubts."""
    chart = _chart(
        "allergies", "AllergyIntolerance", code=concept("med-x"),
        clinicalStatus=concept(clinical) if clinical else None,
        verificationStatus=concept(verified) if verified else None,
    )  # fmt: skip
    found = cast("tuple[Allergy, ...]", chart.allergies.possible())
    seen = (found[0].active, found[0].confirmed, found[0].counts) if found else None
    assert seen == expected
    assert not chart.issues


def test_allergy_entered_in_error_is_told() -> None:
    """It is no entry of the list; that it was ignored is named."""
    chart = _chart(
        "allergies", "AllergyIntolerance", code=concept("med-x"),
        verificationStatus=concept("entered-in-error"),
    )  # fmt: skip
    assert not chart.allergies.possible()
    assert kinds(chart) == ["ignored"]


def test_an_allergy_names_its_drugs() -> None:
    """The drug of the code and of each reaction, with the value sets of both."""
    chart = _chart(
        "allergies", "AllergyIntolerance", code=concept("7052", system=RXNORM), type="intolerance",
        criticality="high", reaction=[
            {"substance": concept("med-y"), "severity": "severe",
             "manifestation": [concept("cond-nausea")]},
        ],
    )  # fmt: skip
    (record,) = cast("tuple[Allergy]", chart.allergies.sure)
    assert record.ingredients == {"7052"}
    assert record.groups == {"med-opioid-ingredient", "med-y"}
    assert (record.kind, record.criticality, record.severe) == ("intolerance", "high", True)
    assert record.manifestations == {"cond-nausea"}


def test_every_entry_of_the_allergy_list_is_kept() -> None:
    """An entry in no value set still shows that the list was kept; an uncoded one is a doubt."""
    chart = _chart("allergies", "AllergyIntolerance", code=concept("1", system="urn:known"))
    assert len(chart.allergies.sure) == 1
    chart = _chart("allergies", "AllergyIntolerance", code={"text": "something white"})
    assert len(chart.allergies.maybe) == 1


# -------------------------------------------------------------------- devices, teams, requests


@pytest.mark.parametrize(
    ("status", "count", "told"),
    [
        ("active", 1, []), (None, 1, []), ("inactive", 0, ["ignored"]),
        ("entered-in-error", 0, ["ignored"]), ("unknown", 0, ["ignored"]),
    ],
)  # fmt: skip
def test_devices_that_are_active(status: str | None, count: int, told: list[str]) -> None:
    """No status is active; anything else is ignored and named."""
    chart = _chart("devices", "Device", status=status, type=concept("local#it-pump"))
    assert len(chart.devices.sure) == count
    assert kinds(chart) == told


def test_the_model_of_a_device() -> None:
    """The model number, else a name of the device."""
    names = [{"name": "Pump 7"}]
    chart = _chart("devices", "Device", type=concept("d"), deviceName=names, modelNumber="M7")
    assert cast("Device", chart.devices.sure[0]).model == "M7"
    chart = _chart("devices", "Device", type=concept("d"), deviceName=names)
    assert cast("Device", chart.devices.sure[0]).model == "Pump 7"


@pytest.mark.parametrize(
    ("period", "counts"),
    [
        (None, True), ({"start": "2026-01-01"}, True), ({"end": "2026-11-22"}, True),
        ({"end": "2026-11-21"}, False), ({"start": "2026-11-23"}, False),
        ({"end": "2026-11"}, None), ({"end": "2026"}, None), ({"start": "2026-11"}, None),
    ],
)  # fmt: skip
def test_a_care_team_works_in_its_period(
    period: dict[str, str] | None,
    counts: bool | None,
) -> None:
    """Both ends belong to it; a partial date that straddles today is a doubt."""
    chart = _chart(
        "careTeams", "CareTeam", status="active", period=period,
        participant=[{"role": [concept("local#role-nurse")]}],
    )  # fmt: skip
    found = cast("tuple[CareTeam, ...]", chart.care_teams.possible())
    assert (found[0].counts if found else False) is counts
    if found:
        assert found[0].roles == {"local#role-nurse"}


@pytest.mark.parametrize(
    ("elements", "count"),
    [
        ({"status": "active", "intent": "order"}, 1), ({"status": "completed"}, 1),
        ({"status": "on-hold", "intent": "plan"}, 1), ({"status": "revoked"}, 0),
        ({"status": "draft", "intent": "order"}, 0), ({"status": "active", "intent": "option"}, 0),
        ({"status": "active", "doNotPerform": True}, 0), ({"status": "entered-in-error"}, 0),
    ],
)  # fmt: skip
def test_stored_requests_are_intentions(elements: dict[str, Any], count: int) -> None:
    """Active, held and completed requests count; drafts are only those of the call."""
    chart = _chart("serviceRequests", "ServiceRequest", code=concept("order-a"), **elements)
    assert len(chart.service_requests.sure) == count
    assert kinds(chart) == ([] if count else ["ignored"])


@pytest.mark.parametrize(
    ("elements", "shown"),
    [
        ({"occurrenceDateTime": "2027-01-05"}, "2027-01-05"),
        ({"occurrencePeriod": {"start": "2027-01-05", "end": "2027-01-07"}},
         "2027-01-05 to 2027-01-07"),
        ({"occurrenceTiming": {"event": ["2027-01-09", "2027-01-05"]}}, "2027-01-05 to 2027-01-09"),
        ({"occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2027-01-05"}}}}, "2027-01-05"),
    ],
)  # fmt: skip
def test_a_planned_occurrence_may_lie_in_the_future(elements: dict[str, Any], shown: str) -> None:
    """What is planned is no history; when it is planned is read from any form."""
    chart = _chart(
        "serviceRequests", "ServiceRequest", status="active", code=concept("order-a"),
        reasonCode=[concept("cond-a")], bodySite=[concept("region-a")], **elements,
    )  # fmt: skip
    (record,) = cast("tuple[ServiceRequest]", chart.service_requests.sure)
    assert record.occurrence is not None
    assert chart.clock.show(record.occurrence) == shown
    assert record.reason_groups == {"cond-a"}
    assert record.sites == {"region-a"}


# ------------------------------------------------------------------------------------ patient


@pytest.mark.parametrize(
    ("elements", "deceased"),
    [
        ({}, False), ({"deceasedBoolean": False}, False), ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026-01-01"}, True), ({"deceasedDateTime": "soon"}, True),
    ],
)  # fmt: skip
def test_whether_the_patient_is_deceased(elements: dict[str, Any], *, deceased: bool) -> None:
    """True or any date is a death; nothing said is none; no Patient is unknown."""
    assert chart_of({"patient": resource("Patient", "p1", **elements)}).patient.deceased is deceased
    assert chart_of({}).patient.deceased is None


@pytest.mark.parametrize("birth", ["2027-01-01", "1850-01-01", "1970-02-30", "0000", "9999"])
def test_an_impossible_birth_date_is_told_and_not_used(birth: str) -> None:
    """Nobody is born tomorrow, or lives 150 years; no age is made of it."""
    chart = chart_of({"patient": resource("Patient", "p1", birthDate=birth)})
    assert chart.patient.birth is None
    assert kinds(chart) == ["invalid"]


def test_a_partial_birth_date_is_an_interval() -> None:
    """A year of birth is a year."""
    chart = chart_of({"patient": resource("Patient", "p1", birthDate="1970")})
    assert chart.patient.birth is not None
    assert chart.clock.show(chart.patient.birth) == "1970"
