"""Criterion C3: another opioid or another route failed (recording.md 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.rotation import Rotation, read_rotation
from tests.rules.chart.pharmacy import (
    FENTANYL_50_PATCH,
    HYDROMORPHONE,
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
    score,
    taken,
)

if TYPE_CHECKING:
    from rules.chart.medications import Medication

HIGH = score(8, ago(3))


def rotation(*orders: Medication, **more: Json) -> Rotation:
    """Read C3 of these orders, with pain of 8."""
    return read_rotation(chart(orders, [HIGH], **more), POLICY)


def test_two_failed_opioids_are_a_failed_rotation() -> None:
    """V02: oxycodone, then morphine and hydromorphone, failed."""
    first, second = taken(OXYCODONE, ago(200), ago(100)), taken(HYDROMORPHONE, ago(100), ago(20))
    found = rotation(first, second)
    assert found.value is True
    assert found.failed_ingredients == frozenset({OXYCODONE, HYDROMORPHONE})
    assert set(found.evidence) == {first, second}


@pytest.mark.parametrize(
    ("route", "value"), [("sc", True), ("iv", True), ("oral", False), ("im", False)]
)
def test_one_failed_course_by_another_route_is_enough(route: str, value: bool) -> None:
    """Subcutaneous, intravenous or transdermal; by mouth or into a muscle it is not."""
    found = rotation(taken(MORPHINE, ago(200), ago(100), route=route))
    assert found.value is value
    assert found.alternative_route_failed is value


def test_a_failed_patch_is_enough() -> None:
    """Transdermal fentanyl that continues with pain at 8."""
    given = dosage((1, "{patch}"), route="transdermal", bounds=(ago(60), None))
    found = rotation(read(request(FENTANYL_50_PATCH, given)))
    assert [found.value, found.routes] == [True, {"transdermal"}]


def test_one_opioid_by_one_route_is_false() -> None:
    """V01 and V39: a complete history of one drug by mouth."""
    first, now = taken(OXYCODONE, ago(300), ago(100), mg=10), taken(OXYCODONE, ago(100))
    found = rotation(first, now)
    assert found.value is False
    assert set(found.evidence) == {first, now}
    assert [found.ingredients, found.routes] == [{OXYCODONE}, {"oral"}]


def test_a_cancelled_order_is_no_rotation() -> None:
    """V36: cancelled is not exposure."""
    cancelled = taken(MORPHINE, ago(90), status="cancelled")
    assert rotation(taken(OXYCODONE, ago(200), ago(100)), cancelled).value is False


def test_no_opioid_is_unknown() -> None:
    """No history is not the same as one drug only."""
    found = rotation()
    assert [found.value, found.why] == [None, "no opioid course on record"]


def test_a_prohibition_and_an_undated_hold_are_unknown() -> None:
    """V68: doNotPerform is no exposure, the hold only a possible one."""
    assert (
        rotation(
            taken(OXYCODONE, ago(90), doNotPerform=True),
            taken(TRAMADOL, ago(60), status="on-hold"),
        ).value
        is None
    )


@pytest.mark.parametrize(
    "doubt",
    [
        lambda: read(request({"text": "blue pills"}, authoredOn=ago(50))),
        lambda: read(request(concept("99999999", display="morphine"), authoredOn=ago(50))),
        lambda: read(request(MORPHINE, authoredOn=ago(50))),
        lambda: taken(TRAMADOL, ago(60), status="on-hold"),
        lambda: taken(TRAMADOL, ago(60), status="stopped"),
    ],
)
def test_doubt_turns_false_into_unknown_and_leaves_true(doubt: Json) -> None:
    """What may be another opioid refutes "only one"; two that failed stay two."""
    one, two = taken(OXYCODONE, ago(200), ago(100)), taken(HYDROMORPHONE, ago(100), ago(20))
    assert rotation(one).value is False
    assert rotation(one, doubt()).value is None
    assert rotation(one, two, doubt()).value is True


def test_a_missing_list_is_unknown_unless_true() -> None:
    """Found is found; what is missing may hold another opioid."""
    one, two = taken(OXYCODONE, ago(200), ago(100)), taken(HYDROMORPHONE, ago(100), ago(20))
    assert rotation(one, complete=False).value is None
    assert rotation(one, two, complete=False).value is True


def test_several_tried_with_too_few_failed_are_unknown() -> None:
    """Two drugs of which one ended for surgery."""
    found = rotation(
        taken(OXYCODONE, ago(200), ago(100)),
        taken(HYDROMORPHONE, ago(100), ago(20), reason="surg"),
    )
    assert found.value is None
    assert found.failed_ingredients == frozenset({OXYCODONE})


def test_a_short_course_is_no_trial_of_another_opioid() -> None:
    """Five days of morphine beside oxycodone leave one opioid by one route."""
    found = rotation(taken(OXYCODONE, ago(200), ago(100)), taken(MORPHINE, ago(50), ago(45)))
    assert found.value is False


def test_an_unclear_failure_is_named_as_possible() -> None:
    """The ingredient whose failure is not certain is told."""
    order = taken(OXYCODONE, ago(200), ago(100), statusReason={"text": "moved"})
    assert rotation(order).possible_failed == frozenset({OXYCODONE})


ORDERS = st.builds(
    lambda drug, route, start, reason: taken(
        drug, ago(start), ago(start - 30), route=route, reason=reason
    ),
    st.sampled_from([OXYCODONE, MORPHINE, HYDROMORPHONE]), st.sampled_from(["oral", "sc", "iv"]),
    st.integers(40, 300), st.sampled_from([None, "sintol", "surg"]),
)  # fmt: skip


@given(st.lists(ORDERS, max_size=5), ORDERS)
def test_more_history_never_makes_it_false_again(
    orders: list[Medication], more: Medication
) -> None:
    """One more order of another drug or time never turns a failed rotation into none tried."""
    if rotation(*orders).value is True and not any(
        one.ingredients == more.ingredients and one.route == more.route for one in orders
    ):
        assert rotation(*orders, more).value is True


@given(st.lists(ORDERS, min_size=1, max_size=5))
def test_false_needs_exactly_one_drug_by_one_route(orders: list[Medication]) -> None:
    """Whatever else is on record."""
    found = rotation(*orders)
    if found.value is False:
        assert len({(frozenset(o.ingredients or ()), o.route) for o in orders}) == 1
