"""Opioid courses, and whether they failed (recording.md 3.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.courses import Course, opioid_courses
from rules.chart.opioid_orders import systemic_opioids
from rules.chart.records import Interval
from tests.rules.chart.pharmacy import (
    FENTANYL,
    GABAPENTIN,
    HYDROMORPHONE,
    METHADONE,
    MORPHINE,
    OXYCODONE,
    POLICY,
    STATUS_CHANGED,
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
    from collections.abc import Iterable

    from rules.chart.medications import Medication
    from rules.chart.records import Observation

ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def courses(
    *orders: Medication, scores: Iterable[Observation] = (), **more: Json
) -> tuple[Course, ...]:
    """Return the certain courses of these orders."""
    found = opioid_courses(chart(orders, scores, **more), POLICY)
    return tuple(one for one in found.sure if isinstance(one, Course))


def only(*orders: Medication, scores: Iterable[Observation] = (), **more: Json) -> Course:
    """Return the one course of these orders."""
    (course,) = courses(*orders, scores=scores, **more)
    return course


# ------------------------------------------------------------------------------------ runs


@pytest.mark.parametrize(("gap", "count"), [(0, 1), (14, 1), (15, 2)])
def test_gaps_up_to_the_limit_do_not_split_a_course(gap: int, count: int) -> None:
    """14 days without the drug are within one course, 15 are not."""
    first, second = taken(OXYCODONE, ago(100), ago(60)), taken(OXYCODONE, ago(60 - gap), ago(10))
    assert len(courses(first, second)) == count


def test_another_formulation_is_the_same_course() -> None:
    """Tablets of another strength of the same drug by the same route do not split it."""
    first = taken(OXYCODONE, ago(100), ago(60))
    second = read(
        request(
            "1049686",
            dosage((1, "{tbl}"), 2, bounds=(ago(60), ago(20))),
            id="x",
            status="completed",
        )
    )
    course = only(first, second)
    assert course.ingredient == OXYCODONE
    assert course.segments == (first, second)


def test_another_drug_or_route_is_another_course() -> None:
    """Ingredient and route class make a course."""
    found = courses(
        taken(OXYCODONE, ago(100), ago(60)),
        taken(MORPHINE, ago(100), ago(60)),
        taken(MORPHINE, ago(100), ago(60), route="sc"),
    )
    assert {(one.ingredient, one.route_class) for one in found} == {
        (OXYCODONE, "oral"), (MORPHINE, "oral"), (MORPHINE, "sc"),
    }  # fmt: skip


@pytest.mark.parametrize("route", ["intrathecal", "epidural", "neuraxial", "topical"])
def test_what_is_not_systemic_is_no_course(route: str) -> None:
    """Neuraxial and topical opioids are no systemic courses."""
    found = opioid_courses(chart([taken(MORPHINE, ago(100), ago(60), route=route)]), POLICY)
    assert [found.sure, found.maybe, found.complete] == [(), (), True]


def test_what_is_no_opioid_is_no_course() -> None:
    """Gabapentin is none."""
    assert courses(taken(GABAPENTIN, ago(100), ago(60))) == ()


def test_treatment_of_use_disorder_is_no_analgesic_course() -> None:
    """Methadone with that reason; methadone without it is one."""
    reason: Json = {"reasonCode": [concept("F11.20", ICD)]}
    assert courses(taken(METHADONE, ago(100), ago(60), **reason)) == ()
    assert only(taken(METHADONE, ago(100), ago(60))).ingredient == METHADONE


def test_a_single_dose_is_no_course() -> None:
    """A dose given once around a procedure is none, and bridges no gap."""
    once = {"repeat": {"count": 1}}
    given = dosage((4, "mg"), route="iv", timing=once)
    assert courses(read(request(MORPHINE, given, status="completed", authoredOn=ago(50)))) == ()


@pytest.mark.parametrize(("days", "inside"), [(730, True), (731, False)])
def test_courses_that_reach_into_the_lookback(days: int, inside: bool) -> None:
    """24 calendar months before 2026-11-22 begin on 2024-11-22, 730 days ago."""
    assert bool(courses(taken(OXYCODONE, ago(900), ago(days)))) is inside


# ------------------------------------------------------------------------------------ length


@pytest.mark.parametrize(("days", "qualifies"), [(14, True), (13, False)])
def test_a_course_qualifies_by_its_length(days: int, qualifies: bool) -> None:
    """14 days count, 13 do not."""
    assert only(taken(OXYCODONE, ago(50), ago(50 - days))).qualifies is qualifies
    assert only(taken(OXYCODONE, ago(days))).qualifies is qualifies


def test_the_parts_of_a_course_count_together() -> None:
    """Two weeks in two orders with a short gap are long enough."""
    assert only(taken(OXYCODONE, ago(50), ago(45)), taken(OXYCODONE, ago(40), ago(36))).qualifies


def test_a_planned_end_in_the_future_does_not_lengthen_a_course() -> None:
    """What continues lasts until now."""
    found = only(taken(OXYCODONE, ago(5), "2027-06-01", status="active"))
    assert found.qualifies is False
    assert found.continuing


def test_a_short_course_stopped_for_intolerance_qualifies() -> None:
    """Whatever its length."""
    course = only(taken(OXYCODONE, ago(50), ago(48), status="stopped", reason="sintol"))
    assert course.qualifies
    assert course.stopped_for_intolerance


def test_an_end_without_a_date_leaves_the_length_open() -> None:
    """It may have lasted long enough, unless it began too recently."""
    assert only(taken(OXYCODONE, ago(50), status="stopped")).qualifies is None
    assert only(taken(OXYCODONE, ago(13), status="stopped")).qualifies is False


def test_partial_dates_leave_the_length_open() -> None:
    """A course from some day of March to some day of March may be a month or a day."""
    assert only(taken(OXYCODONE, "2026-03", "2026-03")).qualifies is None
    assert only(taken(OXYCODONE, "2026-03", "2026-05")).qualifies is True


def test_an_uncertain_gap_does_not_join_parts_for_certain() -> None:
    """Two short orders that may or may not touch may be long enough together."""
    first = taken(OXYCODONE, "2026-03-01", "2026-03-10")
    second = taken(OXYCODONE, "2026-03", "2026-04-05")
    assert only(first, second).qualifies is None


# ------------------------------------------------------------------------------------ doubt


def test_an_undated_hold_is_a_possible_course() -> None:
    """V68: it is no history, and history by its absence is unknown."""
    held = taken(TRAMADOL, ago(90), status="on-hold")
    found = opioid_courses(chart([held]), POLICY)
    assert found.sure == ()
    assert [one.qualifies for one in found.maybe if isinstance(one, Course)] == [None]
    assert found.exists() is None


def test_an_undated_order_is_a_possible_course() -> None:
    """Without a start its length cannot be told."""
    found = opioid_courses(chart([taken(OXYCODONE, None)]), POLICY)
    assert [found.sure, len(found.maybe)] == [(), 1]


@pytest.mark.parametrize(
    ("drug", "more", "complete"),
    [
        ({"text": "blue pills"}, {}, False),
        (concept("99999999", display="oxycodone"), {}, False),
        (concept("99999999", display="amitriptyline"), {}, True),
        (concept("44"), {}, True),
        ({"text": "blue pills"}, {"status": "cancelled"}, True),
        ({"text": "blue pills"}, {"route": "intrathecal"}, True),
        (MORPHINE, {"route": None}, False),
    ],
)
def test_what_leaves_the_history_incomplete(drug: Json, more: Json, complete: bool) -> None:
    """An uncoded order, a possible opioid, an opioid of unknown route in the window."""
    route = more.pop("route", "oral")
    for begin, end, expected in ((ago(50), ago(20), complete), (ago(1200), ago(1000), True)):
        given = dosage((5, "mg"), 2, route=route, bounds=(begin, end))
        order = read(request(drug, given, **({"status": "completed"} | more)))
        assert opioid_courses(chart([order]), POLICY).complete is expected


def test_a_missing_list_is_incomplete() -> None:
    """Its key is named as the gap."""
    found = opioid_courses(chart([], complete=False), POLICY)
    assert not found.complete
    assert found.gaps == ("medicationRequests",)


# ------------------------------------------------------------------------------------ failure

LASTED = (ago(100), ago(40))


@pytest.mark.parametrize(
    ("reason", "failed"),
    [
        (None, True), ("altchoice", True), ("stopped-ineffective", True), ("sintol", True),
        ("salg", True), ("stopped-adverse-effect", True),
        *((code, False) for code in
          ("surg", "hospadm", "clarif", "labint", "non-avail", "preg", "washout", "sddi",
           "sdupther", "drughigh")),
        ("other-code", None),
    ],
)  # fmt: skip
def test_why_a_course_ended_says_whether_it_failed(reason: str | None, failed: bool | None) -> None:
    """Every reason of section 3.3; one that is not known leaves it open."""
    assert only(taken(OXYCODONE, *LASTED, status="stopped", reason=reason)).failed is failed


def test_a_reason_in_words_leaves_it_open() -> None:
    """Nobody can tell whether that is a failure."""
    order = taken(OXYCODONE, *LASTED, statusReason={"text": "patient moved"})
    assert only(order).failed is None


def test_a_course_that_is_too_short_did_not_fail() -> None:
    """It must qualify first."""
    assert only(taken(OXYCODONE, ago(50), ago(45))).failed is False
    assert only(taken(OXYCODONE, ago(50), status="stopped")).failed is None


@pytest.mark.parametrize(
    ("value", "when", "failed"),
    [
        (3, ago(40), False),
        (3, ago(10), False),
        (3, ago(70), False),
        (3, ago(9), True),
        (3, ago(71), True),
        (4, ago(40), True),
        (3, "2026-09", None),
        (3, None, None),
        (Interval(Decimal(3), Decimal(5)), ago(40), None),
        (Interval(None, Decimal(4), high_open=True), ago(40), False),
        (None, ago(40), None),
    ],
)
def test_pain_below_the_threshold_around_the_end_is_no_failure(
    value: Json, when: str | None, failed: bool | None
) -> None:
    """Within 30 days on either side, both inclusive; doubtful scores leave it open."""
    assert only(taken(OXYCODONE, *LASTED), scores=[score(value, when)]).failed is failed


def test_a_preliminary_score_leaves_it_open() -> None:
    """It may be that pain was low."""
    low = score(2, ago(40), counts=None)
    assert only(taken(OXYCODONE, *LASTED), scores=[low]).failed is None


def test_missing_observations_leave_it_open_unless_the_reason_decides() -> None:
    """Without them nobody knows of a low score; intolerance needs none."""
    assert only(taken(OXYCODONE, *LASTED), observed=False).failed is None
    stopped = taken(OXYCODONE, *LASTED, status="stopped", reason="sintol")
    assert only(stopped, observed=False).failed is True


@pytest.mark.parametrize(
    ("scores", "failed"),
    [
        ([(7, ago(5))], True),
        ([(4, ago(90))], True),
        ([(3, ago(5))], False),
        ([(3, ago(5)), (8, ago(20))], False),
        ([(8, ago(5)), (3, ago(20))], True),
        ([(8, ago(5)), (3, ago(5))], None),
        ([(8, ago(91))], None),
        ([], None),
    ],
)
def test_a_continuing_course_fails_by_the_current_pain_score(
    scores: list[tuple[int, str]], failed: bool | None
) -> None:
    """The newest score of the last 90 days decides; none leaves it open."""
    given = [score(*one) for one in scores]
    assert only(taken(OXYCODONE, ago(50)), scores=given).failed is failed


def test_a_doubtful_newer_score_leaves_the_current_one_open() -> None:
    """A preliminary score may be the newest; it matters only where it says otherwise."""
    course = taken(OXYCODONE, ago(50))
    old = score(8, ago(20))
    assert only(course, scores=[old, score(2, ago(5), counts=None)]).failed is None
    assert only(course, scores=[old, score(7, ago(5), counts=None)]).failed is True


def test_a_short_continuing_course_has_not_failed_yet() -> None:
    """It must continue for the least length."""
    assert only(taken(OXYCODONE, ago(13)), scores=[score(8, ago(1))]).failed is False


def test_given_scores_stand_in_for_those_of_the_chart() -> None:
    """A caller may leave out the scores of a trial."""
    patient = chart([taken(OXYCODONE, ago(50))], [score(2, ago(1))])
    (course,) = opioid_courses(patient, POLICY, [score(8, ago(9))]).sure
    assert isinstance(course, Course)
    assert course.failed is True


def test_only_the_last_order_says_why_a_course_ended() -> None:
    """A strength stopped for intolerance and taken up again in another did not end the course."""
    first = taken(OXYCODONE, ago(100), ago(60), status="stopped", reason="sintol")
    again = taken(OXYCODONE, ago(58), ago(20), mg=10, reason="surg")
    course = only(first, again)
    assert not course.stopped_for_intolerance
    assert course.failed is False


def test_a_hold_with_a_date_ends_a_course() -> None:
    """Held for surgery it did not fail."""
    changed: Json = {"extension": [{"url": STATUS_CHANGED, "valueDateTime": ago(4)}]}
    held = taken(OXYCODONE, ago(60), status="on-hold", reason="surg", **changed)
    assert [only(held).qualifies, only(held).failed] == [True, False]


# ------------------------------------------------------------------------------------ any opioid


def test_any_systemic_opioid_of_any_length() -> None:
    """One day counts; what is neuraxial, cancelled or long ago does not."""
    single = dosage((4, "mg"), route="iv", timing={"repeat": {"count": 1}})
    once = read(request(MORPHINE, single, status="completed", authoredOn=ago(50)))
    patient = chart(
        [
            once,
            taken(HYDROMORPHONE, ago(90), route="intrathecal"),
            taken(TRAMADOL, ago(1000), ago(900)),
            taken(FENTANYL, ago(50), status="cancelled"),
        ]
    )
    found = systemic_opioids(patient, POLICY)
    assert [found.sure, found.maybe, found.exists()] == [(once,), (), True]


@pytest.mark.parametrize(
    "order",
    [
        lambda: taken(TRAMADOL, ago(90), status="on-hold"),
        lambda: read(request({"text": "blue pills"}, authoredOn=ago(5))),
        lambda: read(request(MORPHINE, authoredOn=ago(5))),
        lambda: read(request(concept("99999999", display="oxycodone"), authoredOn=ago(5))),
    ],
)
def test_what_may_be_a_systemic_opioid(order: Json) -> None:
    """An undated hold, an uncoded order, an unknown route: whether there is one is unknown."""
    found = systemic_opioids(chart([order()]), POLICY)
    assert found.exists() is None


def test_no_opioid_at_all() -> None:
    """Adjuvants are none (V06)."""
    assert systemic_opioids(chart([taken(GABAPENTIN, ago(90))]), POLICY).exists() is False


# ------------------------------------------------------------------------------------ properties

ORDERS = st.builds(
    lambda drug, route, start, length, reason: taken(
        drug, ago(start), ago(max(start - length, 0)) if reason != "active" else None,
        route=route, status="active" if reason == "active" else "stopped",
        reason=None if reason in {"active", "none"} else reason,
    ),
    st.sampled_from([OXYCODONE, MORPHINE]), st.sampled_from(["oral", "sc"]), st.integers(1, 200),
    st.integers(1, 60), st.sampled_from(["active", "none", "sintol", "surg", "altchoice"]),
)  # fmt: skip


def shape(found: Iterable[Course]) -> list[tuple[object, ...]]:
    """Return what is asked of courses."""
    return sorted(
        (one.ingredient, one.route_class, str(one.start), str(one.end), str(one.qualifies),
         str(one.failed), one.stopped_for_intolerance)
        for one in found
    )  # fmt: skip


@given(st.lists(ORDERS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_requests_does_not_matter(orders: list[Medication], random: Json) -> None:
    """The same orders in any order are the same courses."""
    turned = list(orders)
    random.shuffle(turned)
    pain = [score(6, ago(3))]
    assert shape(courses(*orders, scores=pain)) == shape(courses(*turned, scores=pain))


@given(st.lists(ORDERS, max_size=6))
def test_every_order_is_in_one_course_and_courses_keep_their_distance(
    orders: list[Medication],
) -> None:
    """Nothing is lost or counted twice; two courses of one drug and route never touch."""
    kept = list({one.ref: one for one in orders}.values())
    found = courses(*kept)
    assert sorted(o.ref for one in found for o in one.segments) == sorted(o.ref for o in kept)
    for one in found:
        assert one.failed is not True or one.qualifies is True
