"""The trend of the systemic MME (recording.md 3.3)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.trend import Trend, opioid_trend
from tests.rules.chart.pharmacy import (
    BUPRENORPHINE,
    MORPHINE,
    OXYCODONE,
    POLICY,
    TRAMADOL,
    Json,
    ago,
    chart,
    concept,
    dosage,
    read,
    request,
    taken,
)

if TYPE_CHECKING:
    from rules.chart.medications import Medication


def trend(*orders: Medication, **more: Json) -> Trend:
    """Read the trend of these orders."""
    return opioid_trend(chart(orders, **more), POLICY)


def doses(*changes: tuple[int, object]) -> list[Medication]:
    """Return morphine of so many mg a day, each from so many days ago to the next; 0 is none."""
    orders = []
    ends: list[int | None] = [days for days, _ in changes[1:]]
    for (start, mg), end in zip(changes, [*ends, None], strict=True):
        if mg:
            until = None if end is None else ago(end)
            orders.append(taken(MORPHINE, ago(start), until, mg=mg, per_day=1))
    return orders


def steps(*changes: tuple[int, object]) -> bool | None:
    """Return the trend of such doses."""
    return trend(*doses(*changes)).escalating


def test_v01_from_40_to_120_in_nine_months() -> None:
    """Oxycodone 20 mg four times a day, up from 40 MME."""
    early = read(
        request(
            OXYCODONE,
            dosage(("6.6666", "mg"), 4, bounds=(ago(270), ago(60))),
            status="completed",
            id="early",
        )
    )
    now = taken(OXYCODONE, ago(60), mg=20, per_day=4)
    found = trend(early, now)
    assert found.escalating is True
    assert [found.peak, found.last] == [120, 120]
    assert set(found.evidence) == {early, now}
    assert next(step[1] for step in found.steps) == 0


def test_v38_from_60_to_180() -> None:
    """Escalation is seen without a pain score."""
    assert steps((200, 60), (80, 180)) is True


def test_v39_flat_for_eight_months() -> None:
    """30 MME all the time."""
    found = trend(*doses((243, 30)))
    assert [found.escalating, found.first, found.peak] == [False, 30, 30]


@pytest.mark.parametrize(("peak", "expected"), [(125, True), ("124.99", None), (111, None)])
def test_the_ratio_is_reached_exactly(peak: object, expected: bool | None) -> None:
    """1.25 times the first value counts, a hair less does not."""
    assert steps((200, 100), (80, peak)) is expected


def test_thirds_are_compared_unrounded() -> None:
    """A third of 100 mg and five twelfths of it are exactly 1 : 1.25."""

    def one_of(mg: int, every: int, bounds: tuple[str, str | None]) -> Medication:
        repeat = {"frequency": 1, "period": every, "periodUnit": "d"}
        start, end = bounds
        repeat["boundsPeriod"] = {"start": start} | ({"end": end} if end else {})
        given = dosage((mg, "mg"), timing={"repeat": repeat})
        return read(request(MORPHINE, given, id=start, status="completed" if end else "active"))

    first = one_of(100, 3, (ago(200), ago(80)))
    assert trend(first, one_of(500, 12, (ago(80), None))).escalating is True
    assert trend(first, one_of(499, 12, (ago(80), None))).escalating is None


def test_two_rises_in_succession_are_enough() -> None:
    """100, 110, 120 rise twice without reaching the ratio; a fall between undoes it."""
    assert steps((300, 100), (200, 110), (100, 120)) is True
    assert steps((300, 100), (200, 110)) is False  # within ten percent
    assert steps((300, 100), (200, 115), (150, 105), (100, 115)) is None


def test_the_peak_must_lie_in_the_last_days() -> None:
    """A peak that ended 91 days ago is no peak; one that ended 89 days ago is."""
    assert steps((300, 100), (200, 130), (91, 100)) is None
    assert steps((300, 100), (200, 130), (89, 100)) is True


def test_the_window_begins_365_days_ago() -> None:
    """What was taken before does not count as first."""
    assert steps((700, 50), (366, 100)) is False
    assert steps((700, 50), (364, 100)) is True


def test_the_first_value_is_the_first_above_zero() -> None:
    """Opioid-free days at the start of the window are no value."""
    found = trend(*doses((100, 60)))
    assert [found.first, found.escalating] == [60, False]


@pytest.mark.parametrize(
    ("values", "expected"), [((100, 110), False), ((100, 90), False), ((100, 111), None)]
)
def test_flat_is_within_ten_percent(values: tuple[int, int], expected: bool | None) -> None:
    """Both bounds belong to it."""
    assert steps((200, values[0]), (80, values[1])) is expected


@pytest.mark.parametrize(("days", "expected"), [(60, False), (59, None)])
def test_flat_needs_sixty_days(days: int, expected: bool | None) -> None:
    """A shorter span says nothing."""
    assert steps((days, 100)) is expected


@pytest.mark.parametrize(("last", "expected"), [(89, False), (90, False), (50, False), (0, False)])
def test_falling(last: int, expected: bool) -> None:
    """Below nine tenths of the first value it fell (at nine tenths it is flat)."""
    assert steps((200, 100), (80, last)) is expected


def test_true_is_tested_before_false() -> None:
    """What rose within the last days and then fell has escalated."""
    assert steps((300, 100), (80, 200), (10, 50)) is True


def test_short_gaps_between_supplies_are_no_fall() -> None:
    """Fourteen days without supply leave a flat line flat, and a restart is no rise."""
    assert steps((200, 100), (150, 0), (140, 100), (60, 0), (50, 100)) is False
    assert steps((200, 100), (150, 0), (140, 110), (60, 0), (50, 100)) is False


def test_an_interruption_is_a_fall_between_rises() -> None:
    """100, 110, a month without, 112, 115: never two rises in succession."""
    assert steps((300, 100), (200, 110), (150, 0), (100, 112), (50, 115)) is None


def test_a_switch_on_one_day_is_no_rise() -> None:
    """One opioid replaced by as much of another on the same day."""
    first = taken(OXYCODONE, ago(200), ago(80), mg=20, per_day=2)
    assert trend(first, taken(MORPHINE, ago(80), mg=30, per_day=2)).escalating is False


def test_no_opioid_is_unknown() -> None:
    """Nothing rose and nothing was flat."""
    found = trend()
    assert [found.escalating, found.why] == [None, "no systemic opioid on record"]


@pytest.mark.parametrize(
    "order",
    [
        lambda begin, end: taken(BUPRENORPHINE, begin, end, mg=1),
        lambda begin, end: taken(MORPHINE, begin, end, route="iv"),
        lambda begin, end: taken(MORPHINE, begin, end, mg=None),
        lambda begin, end: read(
            request(
                concept("99999999", display="oxycodone"),
                dosage(bounds=(begin, end)),
                status="completed",
            )
        ),
    ],
)
def test_an_mme_that_is_null_in_the_window_is_unknown(order: Json) -> None:
    """Even where the rest rises; out of the window it does not matter."""
    rising = doses((200, 60), (80, 180))
    found = trend(*rising, order(ago(100), ago(95)))
    assert found.escalating is None
    assert found.why
    assert trend(*rising, order(ago(500), ago(400))).escalating is True


def test_an_uncoded_order_refutes_only_what_rests_on_absence() -> None:
    """A rise stays a rise; a flat line may not have been flat."""
    uncoded = read(request({"text": "blue pills"}, authoredOn=ago(100)))
    assert trend(*doses((200, 60), (80, 180)), uncoded).escalating is True
    assert trend(*doses((200, 60)), uncoded).escalating is None


def test_a_missing_list_is_unknown() -> None:
    """A trend of part of the orders is no trend."""
    assert trend(*doses((200, 60), (80, 180)), complete=False).escalating is None


def test_an_undated_hold_in_the_window_is_unknown() -> None:
    """When it was taken is not known."""
    held = taken(TRAMADOL, ago(100), status="on-hold")
    found = trend(*doses((200, 60), (80, 180)), held)
    assert [found.escalating, found.why] == [None, "when an opioid was taken is not certain"]


def test_steps_within_one_order_are_followed() -> None:
    """A titration plan with dates is a rising dose."""
    plan = [
        dosage((mg, "mg"), 1, sequence=at, bounds=(ago(days), None))
        for at, mg, days in ((1, 20, 200), (2, 40, 100))
    ]
    assert trend(read(request(MORPHINE, *plan))).escalating is True


def test_intrathecal_doses_are_no_part_of_the_trend() -> None:
    """A rising intrathecal dose beside a flat oral one."""
    spinal = [
        read(
            request(
                MORPHINE,
                dosage(rate=(mg, "mg/d"), route="intrathecal", bounds=(ago(days), None)),
                id=f"i{mg}",
            )
        )
        for mg, days in ((1, 200), (9, 50))
    ]
    assert trend(*doses((200, 60)), *spinal).escalating is False


CHANGES = st.lists(
    st.tuples(st.integers(1, 400), st.sampled_from([0, 10, 20, 30, 60, 90])),
    min_size=1, max_size=6, unique_by=lambda one: one[0],
)  # fmt: skip


@given(CHANGES, st.randoms(use_true_random=False))
def test_the_order_of_requests_does_not_matter(
    changes: list[tuple[int, int]], random: Json
) -> None:
    """The same orders in any order have the same trend."""
    orders = doses(*sorted(changes, reverse=True))
    turned = list(orders)
    random.shuffle(turned)
    before, after = trend(*orders), trend(*turned)
    assert [before.escalating, before.steps] == [after.escalating, after.steps]


@given(CHANGES, st.sampled_from([2, 3, 5]))
def test_the_trend_has_no_unit(changes: list[tuple[int, int]], factor: int) -> None:
    """Twice the dose at every moment is the same trend."""
    ordered = sorted(changes, reverse=True)
    more = [(days, mg * factor) for days, mg in ordered]
    assert steps(*ordered) is steps(*more)


@given(CHANGES)
def test_the_steps_are_the_doses_of_their_days(changes: list[tuple[int, int]]) -> None:
    """The peak and the last value are among the steps, and steps follow each other."""
    found = trend(*doses(*sorted(changes, reverse=True)))
    values = [value for _, value in found.steps]
    assert all(before != after for before, after in itertools.pairwise(values))
    if found.peak is not None:
        assert {found.peak, found.last, found.first} <= set(values)
