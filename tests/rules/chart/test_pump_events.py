"""Findings at interrogation and complications of the pump (recording.md 4.6, pump_event)."""

from __future__ import annotations

import pytest

from tests.rules.chart.pumps import Json, ago, at, diagnosis, done, event, refilled, told


@pytest.mark.parametrize(
    "kind", ["reservoir-empty", "motor-stall", "alarm", "battery-end", "catheter-fault"]
)
def test_each_finding_is_a_problem(kind: str) -> None:
    """It is named with its kind and date."""
    found = at(stored=(event(kind, ago(5)),)).event
    assert (found.problem, found.kind) == (True, kind)
    assert found.names == kind.replace("-", " ")
    assert found.evidence


def test_the_newest_finding_decides() -> None:
    """A normal interrogation afterwards says that all is well; before, it does not."""
    later = (event("alarm", ago(9)), event("interrogation-normal", ago(5)))
    assert at(stored=later).event.problem is False
    assert at(stored=(event("alarm", ago(2)), *later)).event.problem is True
    day = (event("alarm", f"{ago(5)}T08:00:00Z"),
           event("interrogation-normal", f"{ago(5)}T10:00:00Z"))  # fmt: skip
    assert at(stored=day).event.problem is False
    both = (event("alarm", ago(5)), event("interrogation-normal", ago(5)))
    assert at(stored=both).event.problem is True


@pytest.mark.parametrize(("days", "problem"), [(90, True), (91, None)])
def test_a_finding_counts_for_90_days(days: int, problem: bool | None) -> None:
    """Both ends included."""
    assert at(stored=(event("alarm", ago(days)),)).event.problem is problem


def test_a_finding_before_the_last_fill_is_done_with() -> None:
    """One of the day of the fill counts."""
    assert at(stored=(*refilled(ago(20)), event("alarm", ago(21)))).event.problem is None
    assert at(stored=(*refilled(ago(20)), event("alarm", ago(20)))).event.problem is True


def test_an_active_complication_is_a_problem_whatever_was_found() -> None:
    """T85.6 active; a resolved one is none, a provisional one leaves it open."""
    normal = event("interrogation-normal", ago(1))
    assert at(stored=(normal, diagnosis("T85.690A"))).event.problem is True
    unsure = diagnosis("T85.690A", verificationStatus={"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
        "code": "provisional"}]})  # fmt: skip
    assert at(stored=(normal, unsure)).event.problem is None
    over = diagnosis("T85.690A", clinicalStatus={"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
        "code": "resolved"}]})  # fmt: skip
    assert at(stored=(normal, over)).event.problem is False


@pytest.mark.parametrize(
    "stored",
    [(), (told("pump-event", ago(5), valueString="it beeped"),), (event("alarm", None),)],
    ids=["none", "text", "undated"],
)
def test_what_cannot_be_told_is_unknown_with_its_reason(stored: tuple[Json, ...]) -> None:
    """No finding is guessed."""
    found = at(stored=stored).event
    assert found.problem is None
    assert found.why


def test_missing_keys_leave_it_open() -> None:
    """Without conditions a normal interrogation does not settle it; a problem stays one."""
    normal, alarm = event("interrogation-normal", ago(1)), event("alarm", ago(1))
    assert at(stored=(normal,), missing={"conditions": "x"}).event.problem is None
    assert at(stored=(alarm,), missing={"conditions": "x"}).event.problem is True
    assert at(missing={"observations": "x"}).event.problem is None


@pytest.mark.parametrize(
    ("implanted", "due"),
    [("2019-11-22", False), ("2019-11-21", True), ("2019", None), ("2018", True), (None, None)],
)
def test_a_battery_is_due_after_7_years(implanted: str | None, due: bool | None) -> None:
    """Exactly 7 years are not more; a year alone may leave it open."""
    assert at(stored=(done("it-pump-implant", implanted),)).event.battery_due is due
