from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hooks.context import read_context
from hooks.envelope import read_envelope
from hooks.errors import BadRequest, HooksError, OtherPatient, Unsupported

if TYPE_CHECKING:
    from hooks.context import Context
    from tests.hooks.conftest import Json

ORDER = {"resourceType": "ServiceRequest", "id": "o1", "subject": {"reference": "Patient/p1"}}
DRAFTS = {"resourceType": "Bundle", "entry": [{"resource": ORDER}]}


def read(context: dict[str, Any], hook: str = "order-sign", **more: Json) -> Context:
    """Read a context within a request."""
    said = {"hook": hook, "hookInstance": "i", "context": context} | more
    return read_context(read_envelope(json.dumps(said).encode()))


def refused(context: dict[str, Any], hook: str = "order-sign", **more: Json) -> HooksError:
    """Return why a context is refused."""
    with pytest.raises(HooksError) as caught:
        read(context, hook, **more)
    return caught.value


def test_drafts_come_as_received() -> None:
    """R-07: the resources of draftOrders, in order, with their unknown elements."""
    other = ORDER | {"id": "o2", "x-vendor": {"a": [1]}}
    entries = [{"resource": ORDER}, {"fullUrl": "urn:uuid:1", "resource": other}]
    found = read({"patientId": "p1", "userId": "u", "draftOrders": DRAFTS | {"entry": entries}})

    assert found.drafts == (ORDER, other)
    assert found.tolerated == ()


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("p1", "p1"),
        ("Patient/p1", "p1"),
        ("https://ehr.example.org/fhir/Patient/p1", "p1"),
        (" p1 ", "p1"),
        ("e" * 200, "e" * 200),
        ("eq081-VQEgP8drUUqCWzHfw3.1_x", "eq081-VQEgP8drUUqCWzHfw3.1_x"),
    ],
)
def test_a_patient_id_loses_its_prefix(sent: str, read_as: str) -> None:
    """`Patient/` prefixes and long ids are what real clients send."""
    assert read({"patientId": sent}, "patient-view").patient_id == read_as


@pytest.mark.parametrize(
    "value", [None, "", "  ", 1, [], {}, True, "{{context.patientId}}", "Patient/", "a b", "a?b"]
)
def test_a_call_needs_a_patient(value: object) -> None:
    """R-07, C7: no patient, no call."""
    assert refused({"patientId": value}, "patient-view").place == "/context/patientId"


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
@pytest.mark.parametrize("value", [None, "", [], {}, 1, "x", [ORDER]])
def test_an_order_hook_needs_drafts(hook: str, value: object) -> None:
    """Epic leaves draftOrders out where the app lacks the right: a 400, never a 5xx."""
    error = refused({"patientId": "p1", "draftOrders": value}, hook)

    assert (error.status, error.place) == (400, "/context/draftOrders")


@pytest.mark.parametrize(
    ("drafts", "habit"),
    [
        (ORDER, "draft-no-bundle"),
        ({"resource": ORDER}, "draft-wrapper"),
        ({"entry": {"resource": ORDER}}, "draft-entry-object"),
        ({"entry": [{"resource": ORDER}, {"fullUrl": "x"}]}, "draft-entry-empty"),
        ({"entry": [ORDER]}, ""),
    ],
)
def test_drafts_are_found_where_their_meaning_is_certain(drafts: Json, habit: str) -> None:
    """Objects where FHIR wants lists, wrappers, bare resources."""
    found = read({"patientId": "p1", "userId": "u", "draftOrders": drafts})

    assert found.drafts == (ORDER,)
    assert found.tolerated == ((habit,) if habit else ())


@pytest.mark.parametrize(
    "entry", [1, "x", [1], [None], [{"resource": 1}], [{"resource": {"id": "no-type"}}]]
)
def test_a_draft_that_cannot_be_read_is_no_silence(entry: object) -> None:
    """An order we cannot see may be the one that harms: 400 with its place."""
    error = refused({"patientId": "p1", "draftOrders": {"entry": entry}})

    assert error.status == 400
    assert error.place.startswith("/context/draftOrders/entry")


def test_an_empty_bundle_is_a_call_without_orders() -> None:
    """Matrix 16: an empty `entry` is an answer, not a mistake."""
    assert read({"patientId": "p1", "draftOrders": {"resourceType": "Bundle"}}).drafts == ()


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("subject", "Patient/p2"),
        ("patient", "Patient/p2"),
        ("subject", "https://ehr.example.org/Patient/p2"),
        ("subject", "Patient/p2/_history/1"),
    ],
)
def test_an_order_for_another_patient_is_never_evaluated(name: str, reference: str) -> None:
    """C9: mixed patients are a 400 and a security event."""
    order = {"resourceType": "ServiceRequest", name: {"reference": reference}}
    error = refused({"patientId": "p1", "draftOrders": {"entry": [{"resource": order}]}})

    assert isinstance(error, OtherPatient)
    assert error.status == 400
    assert "p2" not in error.text + error.place


@pytest.mark.parametrize(
    "reference", ["Patient/p1", "https://x/Patient/p1/_history/2", "urn:uuid:1", "#me", "", None, 5]
)
def test_an_order_of_the_patient_or_of_nobody_passes(reference: object) -> None:
    """Only a reference that names another patient is one."""
    order = {"resourceType": "ServiceRequest", "subject": {"reference": reference}}
    drafts = {"entry": [{"resource": order}]}

    assert len(read({"patientId": "p1", "draftOrders": drafts}).drafts) == 1


def test_a_token_for_another_patient_is_refused() -> None:
    """F-04, C9: fhirAuthorization.patient differs from context.patientId."""
    more = {"fhirServer": "https://x", "fhirAuthorization": {"patient": "p2"}}

    assert isinstance(refused({"patientId": "p1"}, "patient-view", **more), OtherPatient)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        ([], None),
        ("", None),
        (["ServiceRequest/o1"], ("ServiceRequest/o1",)),
        ("ServiceRequest/o1", ("ServiceRequest/o1",)),
    ],
)
def test_missing_selections_mean_every_draft(value: object, found: object) -> None:
    """Matrix 18: without selections all drafts are meant."""
    context = {"patientId": "p1", "draftOrders": DRAFTS, "selections": value}

    assert read(context, "order-select").selections == found


@pytest.mark.parametrize("value", [1, {"a": 1}, [1], [None], [["x"]]])
def test_selections_of_another_type_are_refused(value: object) -> None:
    """C7: 400 with the place."""
    context = {"patientId": "p1", "draftOrders": DRAFTS, "selections": value}

    assert refused(context, "order-select").place == "/context/selections"


@pytest.mark.parametrize("name", ["userId", "encounterId"])
def test_other_members_of_the_context_are_texts_or_absent(name: str) -> None:
    """C7: null and absent are the same, another type is a 400."""
    assert read({"patientId": "p1", name: None}, "patient-view").patient_id == "p1"
    assert isinstance(refused({"patientId": "p1", name: 5}, "patient-view"), BadRequest)


def test_dstu2_is_refused_in_clear_words() -> None:
    """R-10: a FHIR version that is not read gets a 422 that says so."""
    order = {"resourceType": "MedicationOrder", "id": "1"}
    by_type = refused({"patientId": "p1", "draftOrders": {"entry": [{"resource": order}]}})
    extension = {"com.epic.cdshooks.request.fhir-version": "DSTU2"}
    by_name = refused({"patientId": "p1"}, "patient-view", extension=extension)

    assert [type(by_type), type(by_name)] == [Unsupported, Unsupported]
    assert "DSTU2" in by_type.text


# --- appointment-book and encounter-discharge


def appointment(*patients: str) -> dict[str, Any]:
    """Build an appointment of these patients and a room."""
    actors = [f"Patient/{one}" for one in patients] + ["Location/room"]
    return {
        "resourceType": "Appointment",
        "status": "proposed",
        "participant": [{"actor": {"reference": one}} for one in actors],
    }


def booked(*appointments: Json) -> dict[str, Any]:
    """Build the context of appointment-book."""
    entry = [{"resource": one} for one in appointments]
    return {"patientId": "p1", "userId": "u", "appointments": {"entry": entry}}


@pytest.mark.parametrize("appointments", [(), (appointment("p1"),), (appointment(),)])
def test_appointments_are_read_as_one_bundle(appointments: tuple[Json, ...]) -> None:
    """3.5: the appointments that are being booked, none among them too."""
    found = read(booked(*appointments), "appointment-book")
    bundle = found.said["appointments"]

    assert isinstance(bundle, dict)
    assert bundle["entry"] == [{"resource": one} for one in appointments]
    assert found.tolerated == ()


@pytest.mark.parametrize(
    ("sent", "habit"),
    [
        (appointment("p1"), "appointment-no-bundle"),
        ({"resource": appointment("p1")}, "appointment-wrapper"),
        ({"entry": {"resource": appointment("p1")}}, "appointment-entry-object"),
    ],
)
def test_appointments_are_found_where_their_meaning_is_certain(sent: Json, habit: str) -> None:
    """Whatever the shape, rules see one Bundle: a booking is never overlooked."""
    context = {"patientId": "p1", "userId": "u", "appointments": sent}
    found = read(context, "appointment-book")

    assert found.said["appointments"] == {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": appointment("p1")}],
    }
    assert found.tolerated == (habit,)


@pytest.mark.parametrize("value", [None, "", [], {}, 1, "x", [appointment("p1")]])
def test_a_booking_needs_appointments(value: object) -> None:
    """R-07: `appointments` is required and a Bundle."""
    context = {"patientId": "p1", "appointments": value}
    error = refused(context, "appointment-book")

    assert (error.status, error.place) == (400, "/context/appointments")


@pytest.mark.parametrize("entry", [1, [1], [{"resource": 1}], [{"resource": {"id": "no-type"}}]])
def test_an_appointment_that_cannot_be_read_is_no_silence(entry: object) -> None:
    """A 400 with its place, as for a draft order."""
    context = {"patientId": "p1", "appointments": {"entry": entry}}
    error = refused(context, "appointment-book")

    assert error.status == 400
    assert error.place.startswith("/context/appointments/entry")


@pytest.mark.parametrize(
    "stranger",
    [
        appointment("p2"),
        appointment("p2", "p3"),
        {**appointment(), "participant": {"actor": {"reference": "Patient/p2/_history/1"}}},
        {**appointment(), "subject": {"reference": "Patient/p2"}},
    ],
)
def test_another_patients_appointment_is_refused(stranger: Json) -> None:
    """C9: an appointment that names patients, and not ours, is a 400 and a security event."""
    error = refused(booked(appointment("p1"), stranger), "appointment-book")

    assert isinstance(error, OtherPatient)
    assert error.place == "/context/appointments/entry/1/resource"
    assert "p2" not in error.text


def test_an_appointment_of_a_group_is_ours_too() -> None:
    """Where our patient takes part among others, the appointment is ours."""
    assert read(booked(appointment("p2", "p1")), "appointment-book").patient_id == "p1"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_discharge_needs_its_encounter(value: object) -> None:
    """3.7: `encounterId` is required where an encounter ends, and nowhere else."""
    context = {"patientId": "p1", "userId": "u", "encounterId": value}
    error = refused(context, "encounter-discharge")

    assert (error.status, error.place) == (400, "/context/encounterId")
    assert read(context, "patient-view").patient_id == "p1"
    assert read({**context, "encounterId": "e1"}, "encounter-discharge").tolerated == ()
