"""The context of order-dispatch in every shape that clients send, and what of it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.dispatch import ORDERS, TASKS
from hooks.errors import BadRequest, OtherPatient
from tests.hooks.test_context import read, refused

if TYPE_CHECKING:
    from tests.hooks.conftest import Json

NOW = {
    "patientId": "p1",
    "dispatchedOrders": ["ServiceRequest/1", "MedicationRequest/2"],
    "performer": "Organization/1",
}
BEFORE = {"patientId": "p1", "order": "ServiceRequest/1", "performer": "Organization/1"}
TASK = {"resourceType": "Task", "for": {"reference": "Patient/p1"}}


def dispatched(context: dict[str, Any]) -> object:
    """Return the references that are read from a context."""
    return read(context, "order-dispatch").said["dispatchedOrders"]


def test_version_1_1_names_several_orders() -> None:
    """3.4: stored orders by reference; nobody and no encounter is named, and none is missed."""
    found = read(NOW, "order-dispatch")

    assert found.said["dispatchedOrders"] == NOW["dispatchedOrders"]
    assert found.drafts == ()
    assert found.tolerated == ()


def test_version_1_0_names_one_order() -> None:
    """3.4: `order` and `task` are read, and their age is logged."""
    found = read({**BEFORE, "task": TASK}, "order-dispatch")

    assert found.said["dispatchedOrders"] == ["ServiceRequest/1"]
    assert "order" not in found.said
    assert found.tolerated == ("dispatch-order",)


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize(
    "value",
    [
        "ServiceRequest/1",
        ["ServiceRequest/1"],
        ["ServiceRequest/1", "ServiceRequest/1"],
        {"reference": "ServiceRequest/1"},
        [{"reference": " ServiceRequest/1 "}],
    ],
)
def test_every_name_and_shape_is_the_same_order(name: str, value: Json) -> None:
    """A text or a list, a reference or a Reference, under any of the three names."""
    assert dispatched({**BEFORE, "order": None, name: value}) == ["ServiceRequest/1"]


@given(
    st.dictionaries(
        st.sampled_from(ORDERS), st.lists(st.sampled_from(["a/1", "b/2", "c/3"]), min_size=1),
        min_size=1,
    )
)  # fmt: skip
def test_no_order_is_lost_between_the_names(said: dict[str, list[str]]) -> None:
    """Where a client sends several names, every order of each is looked at, once."""
    context = {"patientId": "p1", "performer": "Organization/1", **said}
    found = dispatched(context)

    assert isinstance(found, list)
    assert len(found) == len(set(found))
    assert set(found) == {one for several in said.values() for one in several}


@pytest.mark.parametrize("value", [None, "", [], {}])
@pytest.mark.parametrize("name", ["dispatchedOrders", "performer"])
def test_what_is_required_is_missed(name: str, value: Json) -> None:
    """R-07: without orders or without whoever carries them out the call is a 400."""
    error = refused({**NOW, name: value}, "order-dispatch")

    assert (error.status, error.place) == (400, f"/context/{name}")


@pytest.mark.parametrize("value", [5, True, [5], [None], ["ServiceRequest/1", ""], [[]], {"a": 1}])
def test_an_order_that_cannot_be_read_is_no_silence(value: Json) -> None:
    """An order we cannot see may be the one that harms."""
    error = refused({**NOW, "dispatchedOrders": value}, "order-dispatch")

    assert isinstance(error, BadRequest)
    assert error.place.startswith("/context/dispatchedOrders")


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: [one], lambda one: {"resource": one}]
)
def test_a_task_for_another_patient_refuses_the_call(name: str, wrap: Any) -> None:  # noqa: ANN401 - a function of any JSON
    """C9: mixed patients are never evaluated, wherever the other one stands."""
    ours = wrap(TASK)
    theirs = wrap({**TASK, "for": {"reference": "https://ehr.example.org/fhir/Patient/p2"}})

    assert dispatched({**NOW, name: ours}) == NOW["dispatchedOrders"]
    error = refused({**NOW, name: theirs}, "order-dispatch")
    assert isinstance(error, OtherPatient)
    assert "p2" not in error.text + error.place


@pytest.mark.parametrize("value", [5, "Task/1", [5], ["Task/1"]])
def test_tasks_are_resources_or_absent(value: Json) -> None:
    """C7: another type is a 400 with its place; null is absent."""
    assert dispatched({**NOW, "fulfillmentTasks": None}) == NOW["dispatchedOrders"]
    assert refused({**NOW, "fulfillmentTasks": value}, "order-dispatch").status == 400
