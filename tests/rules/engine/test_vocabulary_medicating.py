"""Words about medications and opioid courses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.records import Interval, Records
from rules.engine.vocabulary.medicating import (
    by_route,
    failed,
    held_within,
    lasted,
    not_held,
    not_topical,
    on_board,
    qualifying,
    repeated,
    stopped_for_intolerance,
)
from tests.rules.chart import pharmacy
from tests.rules.engine.shelf import ago, condition, course, drug, ended, frame, order, put, taken

if TYPE_CHECKING:
    from rules.chart.medications import Medication
    from rules.chart.records import Record, Truth

KEPT, DENIED, DROPPED, DOUBTED = "kept", "denied", "dropped", "doubted"
FRAME = frame()
APIXABAN, WARFARIN = "1364430", "11289"


def verdict(records: object, record: Record) -> str:
    """Say what a word made of a record that was sure before."""
    assert isinstance(records, Records)
    places = [(KEPT, records.sure), (DOUBTED, records.maybe), (DENIED, records.denied)]
    return next((name for name, place in places if record in place), DROPPED)


def of(word: Any, record: Record, *args: object) -> str:  # noqa: ANN401 - a word
    """Say what a word makes of a record."""
    return verdict(word(Records((record,)), *args), record)


def timed(word: Any, record: Record, days: object) -> str:  # noqa: ANN401 - a word
    """Say what a word that reads the clock makes of a record."""
    return verdict(word(FRAME, Records((record,)), days), record)


def given_by(route: str | None, code: str = pharmacy.MORPHINE) -> Medication:
    """Read an order by a route."""
    return drug(pharmacy.request(code, pharmacy.dosage((5, "mg"), 1, route=route)))


# ------------------------------------------------------------------------------------ route


@pytest.mark.parametrize("route", ["oral", "iv", "sc", "transdermal", "intrathecal", "topical"])
def test_medications_and_courses_are_kept_by_route(route: str) -> None:
    """The route has to be one of those asked for."""
    for one in (given_by(route), course(route=route)):
        assert of(by_route, one, route) == KEPT
        assert of(by_route, one, "epidural", route) == KEPT
        assert of(by_route, one, "epidural") == DROPPED


def test_an_unknown_route_may_be_any() -> None:
    """An order without a route, and a record that has none, stay open."""
    assert of(by_route, given_by(None), "oral") == DOUBTED
    assert of(by_route, condition("cond-a"), "oral") == DOUBTED


def test_not_topical_drops_what_is_applied_to_the_skin() -> None:
    """Every other route that is known stays; what is no medication has no route."""
    assert of(not_topical, given_by("topical")) == DROPPED
    assert of(not_topical, given_by("oral")) == KEPT
    assert of(not_topical, given_by("intrathecal")) == KEPT
    assert of(not_topical, condition("cond-a")) == DOUBTED


# ------------------------------------------------------------------------------------ single, now


def counted(doses: int) -> Medication:
    """Read an order of so many doses in all."""
    dosage = {**pharmacy.dosage((5, "mg")), "timing": {"repeat": {"count": doses}}}
    return drug(pharmacy.request(pharmacy.MORPHINE, dosage))


def test_a_single_dose_is_no_treatment() -> None:
    """`count` 1 is one administration; without a count an order is repeated."""
    assert of(repeated, counted(1)) == DROPPED
    assert of(repeated, counted(2)) == KEPT
    assert of(repeated, given_by("oral")) == KEPT
    assert of(repeated, condition("cond-a")) == DOUBTED


@pytest.mark.parametrize(("doses", "expected"), [(1, DROPPED), (3, DROPPED), (4, KEPT)])
def test_a_few_doses_may_be_no_treatment_either(doses: int, expected: str) -> None:
    """Up to the number that is asked for, that number included."""
    assert of(repeated, counted(doses), Decimal(3)) == expected
    assert of(repeated, given_by("oral"), Decimal(3)) == KEPT


@pytest.mark.parametrize(
    ("end", "expected"),
    [(None, KEPT), (ago(-5), KEPT), (ago(0), KEPT), (ago(30), KEPT), (ago(31), DOUBTED)],
)
def test_an_active_order_is_taken_until_a_month_after_its_end(
    end: str | None, expected: str
) -> None:
    """An active order whose end has long passed may or may not be taken (recording.md 3.3)."""
    assert of(on_board, taken(pharmacy.MORPHINE, "2026-01-01", end, status="active")) == expected


@pytest.mark.parametrize("status", ["stopped", "completed", "on-hold"])
def test_what_is_over_is_not_taken(status: str) -> None:
    """Neither a stopped nor a held drug is on board; a condition is none."""
    assert of(on_board, taken(pharmacy.MORPHINE, "2026-01-01", status=status)) == DROPPED
    assert of(on_board, condition("cond-a")) == DOUBTED


# ------------------------------------------------------------------------------------ held, lasted


@pytest.mark.parametrize(
    ("end", "expected"),
    [(ago(0), KEPT), (ago(7), KEPT), (ago(8), DROPPED), ("2026-11", DOUBTED), ("2026-10", DROPPED)],
)
@pytest.mark.parametrize("status", ["completed", "stopped", "on-hold"])
def test_a_drug_was_held_in_the_last_days(end: str, status: str, expected: str) -> None:
    """The seventh day counts, the eighth does not; a month may hold both."""
    assert timed(held_within, taken(WARFARIN, "2026-01-01", end, status=status), 7) == expected
    one = taken(WARFARIN, "2026-01-01", end, status=status)
    assert timed(held_within, one, Decimal(7)) == expected


def test_a_drug_that_is_taken_was_not_held() -> None:
    """An active order is not held; one that ended nobody knows when may have been."""
    assert timed(held_within, taken(WARFARIN, "2026-01-01"), 7) == DROPPED
    assert timed(held_within, ended(WARFARIN, "2026-01-01"), 7) == DOUBTED
    assert timed(held_within, condition("cond-a"), 7) == DOUBTED


@given(length=st.integers(0, 60), days=st.integers(0, 60))
def test_an_order_lasted_from_its_start_to_its_end(length: int, days: int) -> None:
    """As many days as lie between the two dates."""
    one = taken(pharmacy.GABAPENTIN, ago(100), ago(100 - length))
    assert timed(lasted, one, days) == (KEPT if length >= days else DROPPED)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (ago(14), None, KEPT),
        (ago(13), None, DROPPED),
        ("2026-10", "2026-11-13", DOUBTED),  # 13 to 43 days
        ("2026-10", "2026-11-14", KEPT),
        ("2026-10-01", "2026-10", DOUBTED),
        ("2026-10-20", "2026-10", DROPPED),
        (ago(5), ago(-30), DROPPED),  # it runs until now, no longer
        (None, None, DOUBTED),
    ],
)
def test_how_long_an_order_lasted_may_be_open(
    start: str | None, end: str | None, expected: str
) -> None:
    """A vague date gives a least and a greatest length; a future end has not been reached."""
    one = taken(pharmacy.GABAPENTIN, start, end, status="active" if end is None else "completed")
    if end == ago(-30):
        one = taken(pharmacy.GABAPENTIN, start, end, status="active")
    assert timed(lasted, one, 14) == expected


def test_a_length_that_cannot_be_told_is_open() -> None:
    """Ended nobody knows when: at most until now. A range of days settles nothing."""
    assert timed(lasted, ended(pharmacy.GABAPENTIN, ago(100)), 14) == DOUBTED
    assert timed(lasted, ended(pharmacy.GABAPENTIN, ago(10)), 14) == DROPPED
    order_ = taken(pharmacy.GABAPENTIN, ago(100))
    assert timed(lasted, order_, Interval(Decimal(1), Decimal(2))) == DOUBTED
    assert timed(lasted, condition("cond-a"), 14) == DOUBTED


# ------------------------------------------------------------------------------------ courses


@pytest.mark.parametrize(("truth", "expected"), [(True, KEPT), (False, DROPPED), (None, DOUBTED)])
def test_courses_fail_and_qualify_as_they_were_read(truth: Truth, expected: str) -> None:
    """Whether a course failed or was long enough may be unknown."""
    assert of(failed, course(failed=truth)) == expected
    assert of(qualifying, course(qualifies=truth)) == expected


def test_only_courses_fail_or_qualify() -> None:
    """A single order is no course."""
    assert of(failed, given_by("oral")) == DOUBTED
    assert of(qualifying, given_by("oral")) == DOUBTED


def test_side_effects_as_the_reason_of_a_stop() -> None:
    """A stop for intolerance is coded; a stop for another reason, or none, is not one."""
    reason = pharmacy.concept("sintol", pharmacy.REASONS)
    other = pharmacy.concept("surg", pharmacy.REASONS)
    words: Any = stopped_for_intolerance
    for given_reason, expected in ((reason, KEPT), (other, DROPPED), (None, DROPPED)):
        more: dict[str, Any] = {"statusReason": given_reason} if given_reason else {}
        one = taken(pharmacy.MORPHINE, ago(90), ago(30), status="stopped", **more)
        assert of(words, one) == expected
    active = taken(pharmacy.MORPHINE, ago(90), statusReason=reason)
    assert of(words, active) == DROPPED
    assert of(words, course(stopped_for_intolerance=True)) == KEPT
    assert of(words, condition("cond-a")) == DROPPED


# ------------------------------------------------------------------------------------ holds


@pytest.mark.parametrize(
    ("order_", "expected"),
    [
        (taken(APIXABAN, "2026-01-01"), KEPT),
        (taken(APIXABAN, "2026-01-01", ago(2), status="on-hold"), KEPT),
        (taken(APIXABAN, "2026-01-01", ago(3), status="on-hold"), DENIED),
        (taken(APIXABAN, "2026-01-01", "2026-11", status="on-hold"), DOUBTED),
        (taken(APIXABAN, "2026-01-01", status="on-hold"), DOUBTED),
        (taken(APIXABAN, "2025-01-01", ago(90), status="completed"), DENIED),
        (taken(WARFARIN, "2026-01-01", ago(9), status="on-hold"), DOUBTED),
    ],
)
def test_a_drug_is_held_long_enough_or_not(order_: Medication, expected: str) -> None:
    """Three days for apixaban, the third included; warfarin also needs an INR (recording.md 6)."""
    assert verdict(not_held(FRAME, Records((order_,))), order_) == expected


def test_the_day_of_the_procedure_counts_not_today() -> None:
    """Held since two days, with the procedure in a week: long enough."""
    held = taken(APIXABAN, "2026-01-01", ago(2), status="on-hold")
    planned = put(order("implant"), occurrence=FRAME.chart.clock.read(ago(-7)))
    later = frame(orders=(planned,))
    assert verdict(not_held(later, Records((held,))), held) == DENIED


def test_only_antithrombotic_drugs_are_held() -> None:
    """Nothing is said about another drug or another record."""
    morphine, other = given_by("oral"), condition("cond-a")
    found = not_held(FRAME, Records((morphine, other)))
    assert verdict(found, morphine) == verdict(found, other) == DOUBTED
