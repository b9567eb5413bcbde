"""When a refill is due and when it is planned (recording.md 7, refill_due)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.chart.pumps import Json, ago, at, code, refilled, request, running, told


def due(value: str, when: str = ago(40)) -> Json:
    """Make a recorded due date."""
    return told("refill-due-date", when, valueDateTime=value)


@pytest.mark.parametrize(
    ("days", "overdue", "count"), [(5, True, 5), (1, True, 1), (0, False, 0), (-1, False, 0)]
)
def test_overdue_is_more_than_zero_days(days: int, overdue: bool, count: int) -> None:
    """On the day itself a refill is not late."""
    found = at(stored=(*refilled(ago(40)), due(ago(days)))).due
    assert (found.overdue, found.days_overdue) == (overdue, count)


def test_the_recorded_date_the_order_then_the_prediction() -> None:
    """Each is used where the one before is missing."""
    stored = (*refilled(ago(40)), running())
    planned = request(status="active", ref="plan", occurrenceDateTime=ago(3))
    assert at(stored=(*stored, planned, due(ago(1)))).due.days_overdue == 1
    assert at(stored=(*stored, planned)).due.days_overdue == 3
    # Predicted empty in 20 days, less the margin of 7.
    clock = at().chart.clock
    assert clock.days_ago(at(stored=stored).due.date) == (-13, -13)


def test_what_was_due_before_the_last_fill_is_done_with() -> None:
    """Neither a date recorded before it nor an order planned up to it."""
    old = (due(ago(41), ago(80)), request(status="active", ref="p", occurrenceDateTime=ago(40)))
    assert at(stored=(*refilled(ago(40)), *old)).due.date is None


@pytest.mark.parametrize(
    "stored",
    [
        (),
        (due("2026"),),
        (told("refill-due-date", ago(40), valueString="soon"),),
        (due(ago(1)), due(ago(9)) | {"id": "other"}),
        (request(status="draft", ref="plan", occurrenceDateTime=ago(3)),),
        (request(status="completed", ref="plan", occurrenceDateTime=ago(3)),),
    ],
    ids=["none", "year", "text", "two", "draft", "completed"],
)
def test_what_cannot_be_told_is_unknown_with_its_reason(stored: tuple[Json, ...]) -> None:
    """No date is guessed."""
    found = at(stored=(*refilled(ago(40)), *stored)).due
    assert found.overdue is None
    assert found.why


def test_without_observations_the_due_date_is_unknown() -> None:
    """A recorded date would come before the order."""
    planned = request(status="active", ref="plan", occurrenceDateTime=ago(3))
    assert at(stored=(planned,), missing={"observations": "refused"}).due.overdue is None


def booking(day: str, service: str = "it-pump-refill", **more: Any) -> Json:  # noqa: ANN401
    """Make the context of appointment-book."""
    appointment = {
        "resourceType": "Appointment", "status": "proposed", "serviceType": [code(service)],
        "start": f"{day}T09:00:00Z", **more,
    }  # fmt: skip
    return {"appointments": {"resourceType": "Bundle", "entry": [{"resource": appointment}]}}


@pytest.mark.parametrize(("day", "late"), [(-20, False), (-21, True), (-19, False)])
def test_a_booking_after_the_empty_date_is_too_late(day: int, late: bool) -> None:
    """On the day on which the pump will be empty it is in time."""
    stored = (*refilled(ago(40)), running())
    found = at(stored=stored, hook="appointment-book", context=booking(ago(day))).planned
    assert found.after_empty is late


def test_the_booking_then_the_draft_then_the_order_on_record() -> None:
    """Each is the planned date where the one before is missing."""
    stored = (*refilled(ago(40)), running(),
              request(status="active", ref="p", occurrenceDateTime=ago(-30)))  # fmt: skip
    clock = at().chart.clock
    assert at(stored=stored).planned.date == clock.read(ago(-30))
    draft = request(occurrenceDateTime=ago(-5))
    assert at(draft, stored=stored).planned.date == clock.read(ago(-5))
    other = booking(ago(-2), "mri")
    assert at(stored=stored, hook="appointment-book", context=other).planned.after_empty is True


def test_nothing_planned_or_nothing_predicted_is_unknown() -> None:
    """With the reason."""
    assert at(stored=(*refilled(ago(40)), running())).planned.after_empty is None
    found = at(request(occurrenceDateTime=ago(-5))).planned
    assert (found.after_empty, found.why) == (None, "no fill is recorded")
