"""Dispatched orders: those on record are checked, one that is not is a gap and never a silence."""

from __future__ import annotations

import pytest

from tests.rules.engine.scenes import Scene, basic, book, coded, condition, fixture

ORDER = {
    "resourceType": "ServiceRequest", "id": "r1", "status": "active", "intent": "order",
    "code": coded("cpt", "62362"),
}  # fmt: skip
INFECTION = condition("pneumonia", coded("icd", "J18.9", "Pneumonia, unspecified organism"))
SPEAKING = sorted(
    one.id for one in book().rules.values() if "order-dispatch" in one.hooks and not one.gaps
)


def dispatch(*references: str, scene: Scene | None = None) -> Scene:
    """Dispatch these orders of a chart that holds one for an implant, and an infection."""
    found = (scene or basic().ordering().add(ORDER, INFECTION)).on("order-dispatch")
    return Scene(
        found.stored, hook=found.hook, missing=found.missing,
        context={"dispatchedOrders": list(references)},
    )  # fmt: skip


def test_a_dispatched_order_is_checked_as_a_signed_one() -> None:
    """What was drafted at signing is looked up at dispatch, with the same alarm."""
    found = dispatch("ServiceRequest/r1").ask()

    assert found.outcome.phase == "implant"
    assert found.says("CTR-01")[0] == "critical"


def test_nothing_of_a_stored_order_is_changed() -> None:
    """recording.md 13.13: where signing suggests to hold the draft, dispatch suggests nothing."""
    assert dispatch("ServiceRequest/r1").ask().labels("CTR-01") == []
    assert fixture("ctr-01-fires-when-pneumonia-is-active").ask().labels("CTR-01") != []


@pytest.mark.parametrize("reference", ["ServiceRequest/x", "DeviceRequest/r1", "r1", "Group/r1"])
def test_an_order_that_is_not_on_record_is_a_gap(reference: str) -> None:
    """recording.md 2: a gap, phase review; every rule of the hook says why it was not run."""
    found = dispatch(reference, scene=basic().ordering()).ask()
    indicator, summary = found.says("DAT-01")

    assert found.outcome.phase == "review"
    assert indicator == "warning"
    assert reference in summary
    assert f"{reference}: the dispatched order" in found.advice("DAT-01").detail.replace("\\", "")
    assert {found.result(one) for one in SPEAKING} == {"not-checked"}
    assert all(reference in (found.rule(one).reason or "") for one in SPEAKING)


def test_one_found_order_does_not_speak_for_one_that_was_not() -> None:
    """The alarm of the order on record stands, and the rest is not called clear."""
    found = dispatch("ServiceRequest/r1", "ServiceRequest/x").ask()

    assert found.result("CTR-01") == "fired"
    assert "clear" not in {found.result(one) for one in SPEAKING}
    assert found.says("DAT-01")[0] == "warning"


def test_a_record_without_its_orders_is_a_gap_too() -> None:
    """Where the stored orders could not be had, nobody knows what is dispatched."""
    found = dispatch("ServiceRequest/r1", scene=dispatch().add(ORDER, INFECTION)).lacking(
        "serviceRequests"
    )

    assert found.ask().says("DAT-01")[0] == "warning"


def test_other_hooks_know_no_dispatched_orders() -> None:
    """A stray member of another hook's context is no gap."""
    context = {"dispatchedOrders": ["ServiceRequest/x"]}
    scene = Scene(basic().stored, hook="patient-view", context=context)

    assert scene.ask().result("DAT-01") == "clear"
