"""Words that keep records by when they were so: windows, newest, before and after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.chart.records import Interval, Records, unknown
from rules.chart.spans import Clock, Span
from rules.engine.vocabulary.dating import (
    cancelled_by,
    during,
    newest,
    newest_of_each,
    not_overtaken_by,
    on_systemic_opioid,
    outside_trials,
    within,
)
from rules.engine.vocabulary.measuring import above, value
from rules.engine.vocabulary.selecting import exists, valued
from tests.rules.chart import handmade, pharmacy
from tests.rules.engine.shelf import (
    EVERYTHING,
    TODAY,
    ago,
    condition,
    course,
    day,
    ended,
    frame,
    observation,
    put,
    sets,
    taken,
)

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth

KEPT, DROPPED, DENIED, DOUBTED = "kept", "dropped", "denied", "doubted"
FRAME = frame()
DAYS = st.integers(0, 800)


def verdict(records: object, record: Record) -> str:
    """Say what a word made of a record."""
    assert isinstance(records, Records)
    places = [(KEPT, records.sure), (DOUBTED, records.maybe), (DENIED, records.denied)]
    return next((name for name, place in places if record in place), DROPPED)


def windowed(record: Record, amount: object, unit: str = "days") -> str:
    """Say whether a record lies in the last days, months or hours."""
    return verdict(within(FRAME, Records((record,)), amount, unit), record)


# ------------------------------------------------------------------------------------ within


@given(days=DAYS, width=st.integers(0, 400))
def test_a_window_of_days_includes_both_ends(days: int, width: int) -> None:
    """0 <= today - date <= n: today counts, the n-th day counts, the next does not."""
    expected = KEPT if days <= width else DROPPED
    assert windowed(observation(None, ago(days)), width) == expected
    assert windowed(observation(None, ago(days)), Decimal(width)) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-22", KEPT),
        ("2026-08-22", KEPT),
        ("2026-08-21", DROPPED),
        ("2026-08", DOUBTED),
        ("2026-09", KEPT),
        ("2026-07", DROPPED),
        ("2026", DOUBTED),
        ("2026-11", DOUBTED),  # it may be one of the days to come
        ("2026-11-23", DROPPED),
        ("2027", DROPPED),
        (None, DOUBTED),
    ],
)
def test_a_window_of_months_is_one_of_the_calendar(when: str | None, expected: str) -> None:
    """Three months before 22 November is 22 August; a date that straddles an end is doubtful."""
    assert windowed(observation(None, when), 3, "months") == expected
    assert windowed(condition("cond-a", when=when), Decimal(3), "months") == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-22T12:00:00.000Z", KEPT),
        ("2026-11-21T12:00:00Z", KEPT),
        ("2026-11-21T11:59:59Z", DROPPED),
        ("2026-11-21T07:00:00-05:00", KEPT),
        ("2026-11-21T12:00:00+02:00", DROPPED),
        ("2026-11-21", DOUBTED),
        ("2026-11-20", DROPPED),
    ],
)
def test_a_window_of_hours_compares_instants(when: str, expected: str) -> None:
    """24 hours are 24 hours, whatever the calendar says."""
    assert windowed(observation(None, when), 24, "hours") == expected


@pytest.mark.parametrize(("offset", "expected"), [(0, KEPT), (14, DROPPED), (-5, KEPT)])
def test_the_day_is_that_of_the_clock_of_the_call(offset: int, expected: str) -> None:
    """A moment is first moved to the offset of the call, then its calendar day counts."""
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC).astimezone(timezone(timedelta(hours=offset)))
    clock = Clock(moment)
    one = put(observation(None), when=clock.read("2026-11-22T09:59:00Z"))
    words = frame(clock=clock)
    assert verdict(within(words, Records((one,)), 0, "days"), one) == expected


def test_an_amount_that_is_no_number_leaves_every_record_open() -> None:
    """A range has no certain end: nothing is kept for sure, nothing is lost."""
    one = observation(None, ago(1))
    assert windowed(one, Interval(Decimal(1), Decimal(2))) == DOUBTED
    assert windowed(one, True) == DOUBTED


@given(
    when=st.sampled_from(["2025", "2026", "2026-11", "2026-08", "2025-02"]), n=DAYS, draw=st.data()
)
def test_a_vague_date_never_contradicts_the_precise_one(
    when: str, n: int, draw: st.DataObject
) -> None:
    """Kleene: what is said of a month or a year holds for every day of it."""
    vague = observation(None, when)
    assert vague.when is not None
    low, high = (date.fromordinal(TODAY.toordinal() - FRAME.chart.clock.days_ago(vague.when)[i])
                 for i in (1, 0))  # fmt: skip
    precise = observation(None, draw.draw(st.dates(low, high)).isoformat())
    unit = draw.draw(st.sampled_from(("days", "months", "hours")))
    said = windowed(vague, n, unit)
    assert said in {DOUBTED, windowed(precise, n, unit)}


@given(records=sets(), least=st.integers(0, 200), more=st.integers(0, 200))
def test_a_wider_window_keeps_more(records: Records, least: int, more: int) -> None:
    """What lies in the last days lies in the last days and some more."""
    near, far = (within(FRAME, records, n, "days") for n in (least, least + more))
    assert isinstance(near, Records)
    assert isinstance(far, Records)
    assert {*near.sure} <= {*far.sure}
    assert {*near.possible()} <= {*far.possible()}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2020-01-01", None, KEPT),  # continuing
        (None, None, KEPT),
        ("2020-01-01", ago(90), KEPT),  # its last day is the first of the window
        ("2020-01-01", ago(91), DROPPED),
        (ago(90), ago(89), KEPT),
        ("2020-01-01", ago(1), KEPT),
        ("2020", "2020", DROPPED),
        ("2020-01-01", "2026-08", DOUBTED),
        ("2020-01-01", "2026-09", KEPT),
        (ago(30), "2026-11", KEPT),
        (None, ago(10), KEPT),
        (None, ago(91), DROPPED),
    ],
)
def test_a_medication_is_in_the_window_where_any_part_of_it_is(
    start: str | None, end: str | None, expected: str
) -> None:
    """A course or an order that reaches into the last 90 days counts, whenever it began."""
    if start or end:
        assert windowed(taken(pharmacy.MORPHINE, start, end), 90) == expected
    assert windowed(course(start=start, end=end), 90) == expected


@pytest.mark.parametrize(("start", "expected"), [("2020-01-01", DOUBTED), (ago(30), KEPT)])
def test_an_order_that_ended_nobody_knows_when_may_reach_into_the_window(
    start: str, expected: str
) -> None:
    """It ended between its start and now: only a start inside the window settles it."""
    assert windowed(ended(pharmacy.MORPHINE, start), 90) == expected


# ------------------------------------------------------------------------------------ during


@pytest.mark.parametrize(
    ("onset", "expected"),
    [
        ("2026-01-10", KEPT),
        ("2026-02-15", KEPT),
        ("2026-03-01", KEPT),
        ("2026-01-09", DROPPED),
        ("2026-03-02", DROPPED),
        ("2025", DROPPED),
        ("2026-01", DOUBTED),
        ("2026-02", KEPT),
        ("2026-03", DOUBTED),
        (None, DOUBTED),
    ],
)
def test_a_symptom_begins_during_a_course(onset: str | None, expected: str) -> None:
    """First and last day of the course included; a date that straddles one is doubtful."""
    one = condition("cond-a", when=onset)
    courses = Records((course(start="2026-01-10T00:00:00.0Z", end="2026-03-01"),))
    assert verdict(during(FRAME, Records((one,)), courses), one) == expected
    other = course(start="2020-01-01", end="2020-02-01")
    both = Records((other, *courses.sure))
    assert verdict(during(FRAME, Records((one,)), both), one) == expected


def test_a_continuing_course_lasts_until_now() -> None:
    """A symptom of yesterday began during a course that goes on; one before it did not."""
    courses = Records((course(start="2026-01-10"),))
    for onset, expected in ((ago(1), KEPT), ("2026-01-09", DROPPED)):
        one = condition("cond-a", when=onset)
        assert verdict(during(FRAME, Records((one,)), courses), one) == expected


def test_the_onset_decides_not_the_day_of_the_record() -> None:
    """Recorded after the course, begun during it; recorded during it, begun at any time before."""
    courses = Records((course(start="2026-01-10", end="2026-03-01"),))
    begun = condition("cond-a", when="2026-05-01")
    begun.onset = day("2026-02-01")
    assert verdict(during(FRAME, Records((begun,)), courses), begun) == KEPT
    recorded = condition("cond-a", when="2026-02-01")
    assert recorded.onset is not None
    recorded.onset = Span(day("2019-01-01").low, recorded.onset.high)  # type: ignore[union-attr]  # a date
    assert verdict(during(FRAME, Records((recorded,)), courses), recorded) == DOUBTED


def test_without_courses_nothing_begins_during_one() -> None:
    """No course, and none that might be missing: dropped; one that might be: doubtful."""
    one = condition("cond-a", when="2026-02-01")
    known = during(FRAME, Records((one,)), Records())
    open_ = during(FRAME, Records((one,)), unknown(("medicationRequests",)))
    assert verdict(known, one) == DROPPED
    assert verdict(open_, one) == DOUBTED
    undated = Records((course(start=None, end="2026-03-01"),))
    assert verdict(during(FRAME, Records((one,)), undated), one) == DOUBTED


def test_a_course_that_may_not_have_been_leaves_a_symptom_open() -> None:
    """During a doubtful course, or one whose end nobody knows, it is doubtful; before it, never."""
    doubtful = Records((), (course(start="2026-01-10", end="2026-03-01"),))
    stopped = course(start="2026-01-10", end="2026-11-22", ended=True)
    assert stopped.start is not None
    stopped.end = Span(stopped.start.low, FRAME.chart.clock.now)
    for courses in (doubtful, Records((stopped,))):
        inside, before = (
            condition("cond-a", when="2026-02-01"),
            condition("cond-a", when="2026-01-09"),
        )
        kept = during(FRAME, Records((inside, before)), courses)
        assert verdict(kept, inside) == DOUBTED
        assert verdict(kept, before) == DROPPED


VAGUE = st.sampled_from(["2025", "2026", "2026-01", "2026-06", "2026-02-01", "2026-06-15"])


def precise(text: str, draw: st.DataObject) -> str:
    """Draw a day of a year, of a month or of a day."""
    vague = day(text)
    assert vague is not None
    clock = FRAME.chart.clock
    return draw.draw(st.dates(clock.date(vague.low), clock.date(vague.high))).isoformat()


@given(onset=VAGUE, start=VAGUE, end=VAGUE, draw=st.data())
def test_vague_dates_of_a_course_never_contradict_the_precise_ones(
    onset: str, start: str, end: str, draw: st.DataObject
) -> None:
    """Kleene: what is said of months and years holds for all days within them."""
    vague, exact = condition("cond-a", when=onset), condition("cond-a", when=precise(onset, draw))
    first, last = precise(start, draw), precise(end, draw)
    assume(first <= last)
    said = during(FRAME, Records((vague,)), Records((course(start=start, end=end),)))
    truth = during(FRAME, Records((exact,)), Records((course(start=first, end=last),)))
    assert verdict(said, vague) in {DOUBTED, verdict(truth, exact)}
    score, other = observation(None, onset), put(observation(None), when=exact.when)
    taken_then = frame(memo={"systemic_opioids": Records((course(start=start, end=end),))})
    taken_really = frame(memo={"systemic_opioids": Records((course(start=first, end=last),))})
    said = on_systemic_opioid(taken_then, Records((score,)), 7)
    truth = on_systemic_opioid(taken_really, Records((other,)), 7)
    assert verdict(said, score) in {DOUBTED, verdict(truth, other)}


# ------------------------------------------------------------------------------------ trials

TRIAL = handmade.procedure(start="2026-10-01T09:00:00Z", end="2026-10-03T09:00:00Z")


def out_of(score: Record, *chart: Record) -> str:
    """Say what is made of a score beside the trials of a chart."""
    return verdict(outside_trials(frame(*chart, score), Records((score,))), score)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-10-01T08:00:00Z", KEPT),
        ("2026-10-02T09:00:00Z", DROPPED),
        ("2026-10-06T09:00:00Z", DROPPED),  # exactly 72 hours after its end
        ("2026-10-06T09:01:00Z", KEPT),
        ("2026-10-02", DROPPED),
        ("2026-10-06", DOUBTED),
        ("2026-10-01", DOUBTED),
        ("2026-10-07", KEPT),
        (None, DOUBTED),
    ],
)
def test_scores_of_a_trial_are_left_out(when: str | None, expected: str) -> None:
    """From the start of a trial to 72 hours after its end a score shows the effect of the trial."""
    score = handmade.score(3, when)
    assert out_of(score, TRIAL) == expected
    assert out_of(score) == KEPT


def test_a_score_that_is_linked_to_a_trial_is_its_result_or_its_baseline() -> None:
    """Linked and later: a result, left out whenever it was; linked and earlier: a baseline."""
    link = {"part_of": TRIAL.ref}
    assert out_of(handmade.score(3, "2026-11-01", **link), TRIAL) == DROPPED
    assert out_of(handmade.score(8, "2026-09-20", **link), TRIAL) == KEPT


def test_without_the_procedures_any_score_may_be_one_of_a_trial() -> None:
    """A trial that could not be had may explain a low score: doubtful, and the gap is named."""
    score = handmade.score(3, "2026-10-02T09:00:00Z")
    words = frame(score, procedures=unknown(("procedures",)))
    found = outside_trials(words, Records((score,)))
    assert isinstance(found, Records)
    assert verdict(found, score) == DOUBTED
    assert found.gaps == ("procedures",)


def test_a_trial_that_was_not_done_hides_no_score() -> None:
    """Only trials that began have an effect."""
    score = handmade.score(3, "2026-10-02T09:00:00Z")
    assert out_of(score, handmade.procedure(status="not-done", start="2026-10-01")) == KEPT


# ------------------------------------------------------------------------------------ on an opioid


def on_opioid(
    when: str | None, *orders: Record, maybe: tuple[Record, ...] = (), complete: bool = True
) -> str:
    """Say whether a score was taken on a systemic opioid, with a grace of 7 days."""
    opioids = Records(orders, maybe, complete=complete)
    words = frame(memo={"systemic_opioids": opioids})
    score = handmade.score(8, when)
    return verdict(on_systemic_opioid(words, Records((score,)), Decimal(7)), score)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-06-01", KEPT),
        ("2026-06-15", KEPT),
        ("2026-07-01", KEPT),
        ("2026-07-08", KEPT),
        ("2026-07-09", DROPPED),
        ("2026-05-31", DROPPED),
        ("2026-07", DOUBTED),
        ("2026-05", DROPPED),
        (None, DOUBTED),
    ],
)
def test_a_score_is_on_treatment_until_some_days_after(when: str | None, expected: str) -> None:
    """The first day, the last day and the seventh day after it are included."""
    assert on_opioid(when, taken(pharmacy.MORPHINE, "2026-06-01", "2026-07-01")) == expected


def test_a_continuing_opioid_is_taken_now() -> None:
    """Without an end it is taken until now."""
    assert on_opioid(ago(0) + "T11:00:00Z", taken(pharmacy.MORPHINE, "2026-06-01")) == KEPT
    assert on_opioid("2026-05-31", taken(pharmacy.MORPHINE, "2026-06-01")) == DROPPED


def test_days_of_grace_are_days_of_the_calendar() -> None:
    """Ended at ten in the morning, a score of the afternoon seven days later still counts."""
    order = taken(pharmacy.MORPHINE, "2026-06-01T10:00:00Z", "2026-07-01T10:00:00Z")
    assert on_opioid("2026-07-08T15:00:00Z", order) == KEPT
    assert on_opioid("2026-07-09T01:00:00Z", order) == DROPPED
    assert on_opioid("2026-06-01", order) == KEPT


def test_an_opioid_that_ended_nobody_knows_when_leaves_a_score_open() -> None:
    """It ended between its start and now: a later score was or was not on treatment."""
    assert on_opioid(ago(3), ended(pharmacy.MORPHINE, "2026-01-01")) == DOUBTED
    assert on_opioid("2025-12-01", ended(pharmacy.MORPHINE, "2026-01-01")) == DROPPED
    assert on_opioid("2026-06-29", taken(pharmacy.MORPHINE, "2026-01-01", "2026-06")) == DOUBTED
    assert on_opioid("2026-01-05", taken(pharmacy.MORPHINE, "2026-01", "2026-06-01")) == DOUBTED


def test_whatever_is_not_known_of_opioids_leaves_a_score_open() -> None:
    """A doubtful order, an undated one, a list that is not complete: on treatment or not."""
    order = taken(pharmacy.MORPHINE, "2026-06-01")
    assert on_opioid(ago(1)) == DROPPED
    assert on_opioid(ago(1), maybe=(order,)) == DOUBTED
    assert on_opioid(ago(1), complete=False) == DOUBTED
    assert on_opioid(ago(1), taken(pharmacy.MORPHINE)) == DOUBTED
    assert on_opioid(ago(1), order, maybe=(taken(pharmacy.FENTANYL),), complete=False) == KEPT


# ------------------------------------------------------------------------------------ newest


def kept_of(*found: Record, maybe: tuple[Record, ...] = ()) -> tuple[set[Record], set[Record]]:
    """Return what the newest of a set is for sure, and what it may be."""
    answer = newest(FRAME, Records(found, maybe))
    assert isinstance(answer, Records)
    assert answer.tied == (len(answer.sure) > 1)
    return {*answer.sure}, {*answer.maybe}


def test_the_newest_replaces_what_is_older() -> None:
    """One of yesterday supersedes one of last week."""
    old, new = observation(Decimal(1), ago(7)), observation(Decimal(2), ago(1))
    assert kept_of(old, new) == ({new}, set())
    assert kept_of() == (set(), set())


@pytest.mark.parametrize(
    ("first", "second", "tie"),
    [
        ("2026-11-20", "2026-11-20", True),
        ("2026-11-20", "2026-11-20T08:00:00Z", True),
        ("2026-11", "2026-11-20", True),
        ("2026", "2026-11-20", True),
        ("2026-11-19", "2026-11-20", False),
        ("2026-10", "2026-11-20", False),
        ("2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z", False),
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z", True),
        ("2026-11-20T08:00:00-05:00", "2026-11-20T13:00:00Z", True),
        ("2026-11-19T23:30:00-05:00", "2026-11-20", True),
    ],
)
def test_two_of_one_date_stay_together(first: str, second: str, tie: bool) -> None:
    """The coarser precision decides; two times of day are told apart."""
    a, b = observation(Decimal(1), first), observation(Decimal(2), second)
    expected = {a, b} if tie else {b}
    assert kept_of(a, b) == (expected, set())
    assert kept_of(b, a) == (expected, set())


def test_the_tied_that_disagree_settle_nothing() -> None:
    """Two INR of one date on both sides of a limit: neither stands, neither denies."""
    high, low = observation(Decimal(2), ago(1)), observation(Decimal(1), ago(1))
    old = observation(Decimal(3), ago(9))
    both = newest(FRAME, Records((high, old, low)))
    split = above(both, Decimal("1.5"))
    assert exists(split) is None
    assert value(both) == Interval(Decimal(1), Decimal(2))
    agreed = above(both, Decimal("0.5"))
    assert isinstance(agreed, Records)
    assert {*agreed.sure} == {high, low}
    assert exists(above(both, Decimal(5))) is False


def test_undated_records_are_the_newest_of_nothing() -> None:
    """Where one has a date they are left aside; where none has, each may be the newest."""
    undated, dated = observation(Decimal(1)), observation(Decimal(2), ago(9))
    assert kept_of(undated, dated) == ({dated}, set())
    assert kept_of(undated) == (set(), {undated})
    doubted = observation(Decimal(3), ago(1))
    assert kept_of(undated, maybe=(doubted,)) == (set(), {undated, doubted})


def test_a_doubtful_record_may_be_the_newest() -> None:
    """A preliminary result that is newer stays doubtful; an older or an uncoded one goes."""
    sure = observation(Decimal(1), ago(5))
    newer, older = observation(Decimal(2), ago(1)), observation(Decimal(3), ago(9))
    uncoded = put(observation(None, ago(1)), coded=False)
    same = observation(Decimal(4), ago(5))
    undated = observation(Decimal(5))
    assert kept_of(sure, maybe=(newer, older, uncoded, same, undated)) == ({sure}, {newer, same})
    assert value(newest(FRAME, Records((sure,), (newer,)))) is None
    assert value(newest(FRAME, Records((sure,), (older, uncoded)))) == Decimal(1)


@given(records=sets(tuple(one for one in EVERYTHING if one.coded)))
def test_the_newest_is_never_certainly_older_than_another(records: Records) -> None:
    """Whatever is kept may be the last; whatever is sure, dated and may be the last is kept."""
    answer = newest(FRAME, records)
    assert isinstance(answer, Records)
    dated = [one for one in records.sure if one.when is not None]
    for kept in answer.sure:
        assert kept.when is not None
        assert not any(kept.when.high < other.when.low for other in dated if other.when)
    assert bool(answer.sure) == bool(dated)
    assert exists(answer) is exists(records) or not dated
    assert (answer.complete, answer.gaps, answer.denied) == (
        records.complete, records.gaps, records.denied,
    )  # fmt: skip


def test_the_newest_of_each_kind_is_found_apart() -> None:
    """Of several value sets each has its own newest; uncoded records stay doubtful."""
    inr = [observation(Decimal(n), ago(n)) for n in (1, 2)]
    pain = [observation(Decimal(n), ago(n), group="obs-pain-score") for n in (3, 4)]
    uncoded = put(observation(None, ago(1)), coded=False, groups=frozenset())
    answer = newest_of_each(FRAME, Records((*inr, *pain), (uncoded,)))
    assert isinstance(answer, Records)
    assert {*answer.sure} == {inr[0], pain[0]}
    assert answer.maybe == (uncoded,)
    assert newest_of_each(FRAME, Records()) == Records()


@given(records=sets())
def test_the_newest_of_each_keeps_one_of_every_dated_kind(records: Records) -> None:
    """No kind that has a dated sure record is lost (a tie may be doubtful); the gaps remain."""
    answer = newest_of_each(FRAME, records)
    assert isinstance(answer, Records)
    kinds = {one.groups for one in records.sure if one.when is not None}
    assert kinds <= {one.groups for one in answer.possible()}
    assert {one.groups for one in answer.sure} <= kinds
    assert (answer.complete, answer.gaps) == (records.complete, records.gaps)


# ------------------------------------------------------------------------------------ order in time


@pytest.mark.parametrize(
    ("recorded", "contrary", "expected"),
    [
        ("2026-03-01", "2026-03-02", DENIED),
        ("2026-03-01", "2026-03-01", KEPT),
        ("2026-03-02", "2026-03-01", KEPT),
        ("2026-03-01T08:00:00Z", "2026-03-01T20:00:00Z", KEPT),
        ("2026-03", "2026-04-01", DENIED),
        ("2026-03", "2026-03-10", DOUBTED),
        ("2026-03-10", "2026-03", DOUBTED),
        ("2026-03-10", "2026-02", KEPT),
        (None, "2026-03-10", DOUBTED),
        ("2026-03-10", None, KEPT),
    ],
)
def test_a_newer_contrary_overtakes(
    recorded: str | None, contrary: str | None, expected: str
) -> None:
    """What is older by calendar days is denied; a date that straddles leaves it open."""
    one, other = condition("cond-a", when=recorded), observation(False, contrary)
    assert verdict(not_overtaken_by(FRAME, Records((one,)), Records((other,))), one) == expected
    older = observation(False, "2020-01-01")
    both = Records((older, other))
    if contrary is not None:
        assert verdict(not_overtaken_by(FRAME, Records((one,)), both), one) == expected


def test_nothing_overtakes_where_nothing_is_contrary() -> None:
    """Without another record everything stays as it was."""
    records = Records((condition("cond-a", when="2020"),), (condition("cond-b"),))
    assert not_overtaken_by(FRAME, records, Records()) == records
    assert cancelled_by(FRAME, records, Records(), Decimal(30), "cond-a") == records


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("2026-10-21", KEPT),  # 30 days before the laboratory value
        ("2026-10-20", DENIED),
        ("2026-11-22", KEPT),
        ("2026-10", DOUBTED),
        ("2026-09", DENIED),
        ("2026-11", KEPT),
        (None, DOUBTED),
    ],
)
def test_a_normal_value_cancels_an_old_diagnosis(recorded: str | None, expected: str) -> None:
    """Recorded more than 30 days before, it is cancelled; on the 30th day it still stands."""
    one = condition("cond-thrombocytopenia", when=recorded)
    normal = Records((observation(Decimal(250), "2026-11-20"),))
    kept = cancelled_by(FRAME, Records((one,)), normal, Decimal(30), "cond-thrombocytopenia")
    assert verdict(kept, one) == expected


def test_only_members_of_that_set_are_cancelled() -> None:
    """A normal platelet count says nothing about haemophilia; an undated one about nothing."""
    one = condition("cond-a", when="2020-01-01")
    normal = Records((observation(Decimal(250), "2026-11-20"),))
    words: Any = cancelled_by
    assert verdict(words(FRAME, Records((one,)), normal, 30, "cond-b"), one) == KEPT
    undated = Records((observation(Decimal(250)),))
    assert verdict(words(FRAME, Records((one,)), undated, 30, "cond-a"), one) == KEPT


@pytest.mark.parametrize(("said", "expected"), [(True, True), (False, False)])
def test_the_newest_statement_is_read_by_its_value(said: bool, expected: Truth) -> None:
    """`newest|valued(true)`: an older contrary statement does not count."""
    older, newer = observation(not said, ago(9)), observation(said, ago(1))
    assert exists(valued(newest(FRAME, Records((older, newer))), True)) is expected


def test_newest_of_each_leaves_contrary_statements_of_one_date_open() -> None:
    """True and false on one date are both doubtful; alike they stay."""
    yes, no = observation(True, "2026-11-20"), observation(False, "2026-11-20")
    again = observation(True, "2026-11-20")

    contrary = newest_of_each(FRAME, Records((yes, no)))
    alike = newest_of_each(FRAME, Records((yes, again)))
    assert isinstance(contrary, Records)
    assert isinstance(alike, Records)
    assert (contrary.sure, set(contrary.maybe)) == ((), {yes, no})
    assert set(alike.sure) == {yes, again}
