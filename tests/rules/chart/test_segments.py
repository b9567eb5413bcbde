"""The time that one order covers (recording.md 3.3, 10, 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.chart.pharmacy import (
    CLOCK,
    OXYCODONE,
    STATUS_CHANGED,
    Json,
    ago,
    day,
    dosage,
    quantity,
    read,
    request,
)

if TYPE_CHECKING:
    from rules.chart.medications import Medication
    from rules.chart.spans import Span

BOUNDS, VALID, AUTHORED = "2026-03-01", "2026-02-01", "2026-01-01"


def order(*, start: str | None = None, end: str | None = None, **more: Json) -> Medication:
    """Read an oxycodone order with these bounds."""
    given = dosage((10, "mg"), 2, bounds=(start, end) if start or end else None)
    return read(request(OXYCODONE, given, **more))


def changed(when: str) -> dict[str, Json]:
    """Return the extension that dates a change of status."""
    return {"extension": [{"url": STATUS_CHANGED, "valueDateTime": when}]}


def valid(start: str | None = None, end: str | None = None, **more: Json) -> dict[str, Json]:
    """Return a dispenseRequest with a validity period."""
    period = {key: value for key, value in (("start", start), ("end", end)) if value}
    return {"dispenseRequest": {"validityPeriod": period} | more}


def on(span: Span | None) -> str:
    """Show a span as its date."""
    assert span is not None
    return CLOCK.show(span)


def test_the_start_is_that_of_the_bounds_then_validity_then_authoring() -> None:
    """The first that is there counts; none leaves the order undated."""
    assert on(order(start=BOUNDS, **valid(VALID), authoredOn=AUTHORED).start) == BOUNDS
    assert on(order(**valid(VALID), authoredOn=AUTHORED).start) == VALID
    assert on(order(authoredOn=AUTHORED).start) == AUTHORED
    assert order().start is None


def test_the_earliest_of_several_bounds_is_the_start() -> None:
    """An order of several instructions starts with the first and ends with the last."""
    found = read(
        request(
            OXYCODONE,
            dosage((10, "mg"), 2, bounds=(ago(20), ago(10))),
            dosage((10, "mg"), 2, bounds=(ago(40), ago(30))),
        )
    )
    assert on(found.start) == ago(40)
    assert on(found.end) == ago(10)


def test_the_end_of_the_bounds_period() -> None:
    """`boundsPeriod.end` is the end, before what the supply says."""
    found = order(start=AUTHORED, end=BOUNDS, **valid(end="2026-12-01"))
    assert on(found.end) == BOUNDS
    assert found.ended
    assert not found.continuing


def test_the_end_of_a_bounds_duration() -> None:
    """Start plus `boundsDuration`."""
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    timing["repeat"]["boundsDuration"] = quantity(2, "wk")
    found = read(request(OXYCODONE, dosage((10, "mg"), timing=timing), authoredOn=ago(30)))
    assert on(found.end) == ago(16)


@pytest.mark.parametrize("status", ["stopped", "completed", "on-hold"])
def test_the_change_of_status_ends_an_order(status: str) -> None:
    """The extension dates the end of what was stopped, completed or held."""
    found = order(start=AUTHORED, status=status, **changed(BOUNDS), **valid(end="2026-10-01"))
    assert on(found.end) == BOUNDS
    assert found.end_known
    assert found.ended


def test_a_change_of_status_of_an_active_order_is_no_end() -> None:
    """It became active then."""
    assert order(start=AUTHORED, **changed(BOUNDS)).end is None


def test_a_planned_end_is_cut_by_an_earlier_change_of_status() -> None:
    """What was planned to last longer ended when its status changed, and not after its bounds."""
    assert on(order(start=AUTHORED, end=ago(5), status="stopped", **changed(ago(50))).end) == ago(
        50
    )
    assert on(order(start=AUTHORED, end=ago(50), status="completed", **changed(ago(5))).end) == (
        ago(50)
    )


def test_the_supply_is_counted_with_its_repeats() -> None:
    """Start plus supply times one more than the repeats; before the validity period's end."""
    found = order(
        start=AUTHORED,
        **valid(
            end="2026-12-01", expectedSupplyDuration=quantity(30, "d"), numberOfRepeatsAllowed=2
        ),
    )
    assert on(found.end) == "2026-04-01"
    assert on(order(start=AUTHORED, **valid(end=BOUNDS)).end) == BOUNDS


def test_active_without_any_end_continues() -> None:
    """It is taken until now; so is one whose end lies ahead."""
    assert order(start=AUTHORED).continuing
    assert order(start=AUTHORED, end="2027-01-01").continuing
    assert not order(start=AUTHORED, end=ago(1)).continuing


@pytest.mark.parametrize("end", [None, "2027-01-01"])
def test_ended_without_a_date_has_ended(end: str | None) -> None:
    """Its length lies between nothing and the time since its start; a planned end is not it."""
    found = order(start=ago(40), end=end, status="stopped")
    assert found.ended
    assert not found.end_known
    assert found.segment.length(CLOCK) == (0, 40)
    assert found.covers(CLOCK.today, CLOCK) is False
    assert found.covers(CLOCK.today - 10, CLOCK) is None
    assert found.covers(CLOCK.today - 41, CLOCK) is False


def test_on_hold_without_a_date_is_possible_exposure_only() -> None:
    """It is not history, and its absence from history is not known (V68)."""
    found = order(start=ago(60), status="on-hold")
    assert found.exposure is None
    assert found.counts is None
    assert found.covers(CLOCK.today - 10, CLOCK) is None
    supplied = order(
        start=ago(60), status="on-hold", **valid(expectedSupplyDuration=quantity(20, "d"))
    )
    assert supplied.exposure is None


def test_on_hold_with_a_date_counts_before_the_hold() -> None:
    """The period before the hold is exposure."""
    found = order(start=ago(60), status="on-hold", **changed(ago(4)))
    assert found.exposure is True
    assert found.covers(CLOCK.today - 5, CLOCK) is True
    assert found.covers(CLOCK.today - 4, CLOCK) is False
    assert on(found.held_from) == ago(4)


def test_held_from_is_the_change_of_status_then_the_bounds_then_the_validity() -> None:
    """For held, stopped and completed orders; an active one is not held."""
    every = {"start": AUTHORED, "end": ago(9), "status": "stopped"} | valid(end=ago(8))
    assert on(order(**every, **changed(ago(7))).held_from) == ago(7)
    assert on(order(**every).held_from) == ago(9)
    assert on(order(start=AUTHORED, status="on-hold", **valid(end=ago(8))).held_from) == ago(8)
    assert order(start=AUTHORED, status="on-hold").held_from is None
    assert order(start=AUTHORED, end="2027-01-01", status="on-hold").held_from is None
    assert order(start=AUTHORED, end=ago(9)).held_from is None


def test_segments_are_half_open() -> None:
    """The first day is in the segment, the last is not."""
    found = order(start=ago(20), end=ago(10))
    covered = [days for days in range(30) if found.covers(CLOCK.today - days, CLOCK)]
    assert covered == list(range(11, 21))


def test_partial_dates_leave_days_uncertain() -> None:
    """An order of March was certainly taken from April on, and perhaps in March."""
    found = order(start="2026-03", end="2026-06")
    assert found.covers(day("2026-02-28"), CLOCK) is False
    assert found.covers(day("2026-03-15"), CLOCK) is None
    assert found.covers(day("2026-04-01"), CLOCK) is True
    assert found.covers(day("2026-06-15"), CLOCK) is None
    assert found.covers(day("2026-06-30"), CLOCK) is False


def test_an_undated_order_covers_today_only_for_certain() -> None:
    """When it began is not known; that it is active is."""
    assert order().covers(CLOCK.today, CLOCK) is True
    assert order().covers(CLOCK.today - 1, CLOCK) is None


@pytest.mark.parametrize(
    ("status", "end", "on_board"),
    [
        ("active", None, True),
        ("active", "2027-01-01", True),
        ("active", ago(0), True),
        ("active", ago(30), True),
        ("active", ago(31), None),
        ("completed", ago(1), False),
        ("stopped", None, False),
        ("on-hold", None, False),
    ],
)
def test_on_board(status: str, end: str | None, on_board: bool | None) -> None:
    """Active and not ended, or ended at most 30 days ago: on board; longer ago: unknown."""
    assert order(start=AUTHORED, end=end, status=status).on_board is on_board


def test_a_start_in_the_future_is_not_on_board() -> None:
    """An order that begins tomorrow is not taken today."""
    assert order(start="2026-11-23").on_board is False


@given(st.integers(0, 400), st.integers(0, 400), st.integers(-10, 410))
def test_a_segment_covers_exactly_the_days_between(start: int, length: int, at: int) -> None:
    """Over any two dates."""
    found = order(start=ago(start), end=ago(start - length))
    assert found.covers(CLOCK.today - at, CLOCK) is (start - length < at <= start and start >= 0)
