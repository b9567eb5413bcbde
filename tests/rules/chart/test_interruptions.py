"""Whether delivery was interrupted, and for how long (recording.md 7 and 13.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.chart.pumps import Json, ago, at, event, refilled, running, told

# 60 days after the fill the reservoir counts as empty.
FULL, EMPTY = (*refilled(ago(20)), running()), (*refilled(ago(72)), running())


def residual(value: Any, when: str = ago(0), **more: Any) -> Json:  # noqa: ANN401 - any number
    """Make a measured residual volume."""
    return told("reservoir-residual-volume", when, value, **more)


@pytest.mark.parametrize(
    ("stored", "interrupted"),
    [
        ((*FULL, residual(0)), True),
        ((*FULL, residual(0, ago(1))), True),
        ((*FULL, residual(0, ago(9))), True),  # found empty, and not filled since
        ((*FULL, residual(0, ago(20))), False),  # found empty at the fill itself
        ((*FULL, event("reservoir-empty", ago(3))), True),
        ((*FULL, event("motor-stall", ago(3))), True),
        ((*FULL, event("motor-stall", ago(3)), residual(9)), True),
        ((*FULL, event("alarm", ago(3))), False),
        ((*FULL, event("catheter-fault", ago(3))), False),
        ((*FULL, event("motor-stall", ago(21))), False),  # before the fill
        ((*FULL, event("reservoir-empty", ago(20))), False),  # found at the fill itself
        ((*FULL, event("motor-stall", ago(9)), event("interrogation-normal", ago(8))), False),
        ((*FULL, event("reservoir-empty", ago(9)), event("interrogation-normal", ago(8))), True),
        (FULL, False),  # 13.5: predicted empty lies ahead
        ((*FULL, residual(3)), False),
        ((*EMPTY, residual(3)), False),
        ((*EMPTY, residual(0)), True),
        ((*EMPTY, event("reservoir-empty", ago(30))), True),
    ],
)
def test_a_zero_residual_or_an_event_is_an_interruption(
    stored: tuple[Json, ...], interrupted: bool
) -> None:
    """False only where a residual above zero was measured or the empty date lies ahead."""
    assert at(stored=stored).delivery.interrupted is interrupted


@pytest.mark.parametrize(
    "stored",
    [
        EMPTY,
        (),
        refilled(ago(20)),
        (*refilled(ago(20)), running(rate=0)),
        (*EMPTY, residual(3, ago(2))),
        (*EMPTY, residual(-1)),
        (*FULL, residual(-1)),
        (*EMPTY, residual(1e308)),
        (*EMPTY, residual(0, unit="mg")),
        (*FULL, residual(0), residual(4, ref="other")),
        (*FULL, residual(0, status="preliminary")),
        (*FULL, event("motor-stall", ago(3), status="preliminary")),
        (*FULL, event("motor-stall", "2026-11")),
        (*FULL, event("motor-stall", ago(20))),
        (residual(0, ago(9)),),
        (*FULL, told("reservoir-residual-volume", ago(0), ref="c", valueQuantity={
            "value": 1, "comparator": "<", "unit": "mL", "code": "mL",
            "system": "http://unitsofmeasure.org"})),
    ],
    ids=["reached", "nothing", "no flow", "zero flow", "old residual", "negative", "ahead",
         "absurd", "unit", "two", "preliminary", "preliminary event", "month", "stall at the fill",
         "no fill", "bound"],
)  # fmt: skip
def test_everything_else_is_to_be_measured(stored: tuple[Json, ...]) -> None:
    """Unknown, with the reason, and as if tolerance were lost unless the time is known."""
    found = at(stored=stored).delivery
    assert found.interrupted is None
    assert found.why


def test_without_observations_it_is_unknown_and_tolerance_may_be_lost() -> None:
    """The most dangerous reading is not excluded."""
    found = at(stored=FULL, missing={"observations": "refused"}).delivery
    assert (found.interrupted, found.days, found.tolerance_lost) == (None, None, True)


@pytest.mark.parametrize(
    ("stored", "days", "lost"),
    [
        ((*refilled(ago(66)), running(), residual(0)), 6, False),
        ((*refilled(ago(67)), running(), residual(0)), 7, True),  # exactly 7 days
        ((*EMPTY, residual(0)), 12, True),
        ((*FULL, event("motor-stall", ago(6))), 6, False),
        ((*FULL, event("motor-stall", ago(7))), 7, True),
        # The earlier of event and predicted empty date (13.5).
        ((*EMPTY, event("reservoir-empty", ago(3))), 12, True),
        ((*refilled(ago(66)), running(), event("motor-stall", ago(9))), 9, True),
        ((*FULL, residual(0)), None, True),  # how long is not known
    ],
)
def test_the_days_count_from_the_earlier_of_event_and_prediction(
    stored: tuple[Json, ...], days: int | None, lost: bool
) -> None:
    """From 7 days on, or where the time is not known, tolerance is lost."""
    found = at(stored=stored).delivery
    assert (found.interrupted, found.days, found.tolerance_lost) == (True, days, lost)


def test_what_decided_is_shown() -> None:
    """The residual, the event and the fill are the evidence."""
    found = at(stored=(*EMPTY, residual(0), event("motor-stall", ago(3)))).delivery
    shown = {one.ref for one in found.evidence}
    assert f"Observation/reservoir-residual-volume-{ago(0)}" in shown
    assert f"Observation/event-motor-stall-{ago(3)}" in shown
