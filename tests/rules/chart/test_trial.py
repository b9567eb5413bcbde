"""The temporary trial (recording.md section 5)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart import resources as fhir
from rules.chart.records import Interval
from rules.chart.trial import read_trial, trial_windows
from tests.rules.chart.calls import call
from tests.rules.chart.calls import policy as shipped
from tests.rules.chart.handmade import (
    CLOCK,
    POLICY,
    chart,
    concept,
    drug,
    order,
    percent,
    procedure,
    score,
)

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth

SUCCESSFUL, UNSUCCESSFUL, PARTIAL = "385669000", "385671000", "385670004"
LINK = "Procedure/trial-1"
BEFORE, DURING = "2026-09-29T08:00:00Z", "2026-10-03T09:00:00Z"


def coded(system: str, code: str) -> fhir.ConceptOnly:
    """Make the concept of a complication."""
    return fhir.ConceptOnly(coding=[fhir.Coding(system=system, code=code)])


def policy(**changed: object) -> dict[str, object]:
    """Return the default policy with changed trial parameters."""
    return {**POLICY, **{f"trial.{name}": value for name, value in changed.items()}}


def pair(before: object, after: object) -> tuple[Record, ...]:
    """Return a trial with a score before and one after."""
    return procedure(), score(before, BEFORE), score(after, DURING)


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ("8", "2.4", True),
        ("8", "4", False),
        ("8", "3.9", True),
        ("8", "4.4", False),
        ("3", "1.5", False),
    ],
)
def test_relief_must_exceed_half_of_the_baseline(before: str, after: str, value: Truth) -> None:
    """Relief is compared unrounded, and exactly 50 % is not more than 50 % (V02, V10)."""
    read = read_trial(chart(*pair(before, after)), POLICY)

    assert (read.status, read.value, read.strength) == ("completed", value, "measured")
    assert read.failed is (not value)
    assert read.relief == 100 * (Decimal(before) - Decimal(after)) / Decimal(before)


def test_an_inclusive_policy_accepts_exactly_the_limit() -> None:
    """Under `relief_inclusive` 50 % is enough."""
    assert read_trial(chart(*pair(8, 4)), policy(relief_inclusive=True)).value is True


SCORES = st.decimals(min_value="0", max_value="10", places=3)


@given(SCORES, SCORES)
def test_the_comparison_is_exact(before: Decimal, after: Decimal) -> None:
    """The answer is that of exact fractions, and the quoted number lies on the same side."""
    read = read_trial(chart(*pair(str(before), str(after))), POLICY)

    if not before:
        assert (read.value, read.relief) == (None, None)
        return
    exact = 100 * (1 - Fraction(after) / Fraction(before))
    assert read.value is (exact > 50)
    assert isinstance(read.relief, Decimal)
    assert (read.relief > 50) is (exact > 50)


@given(st.permutations(range(6)))
def test_the_order_of_records_never_matters(places: list[int]) -> None:
    """Any order of the same records gives the same reading."""
    found = [
        procedure(),
        procedure(ref="Procedure/old", start="2026-02-01T09:00:00Z"),
        score(8, BEFORE),
        score("2.5", DURING),
        percent(70, DURING, part_of=LINK),
        percent(20, "2026-02-02", part_of="Procedure/old"),
    ]

    read = read_trial(chart(*(found[place] for place in places)), POLICY)

    assert (read.value, read.relief, read.procedure) == (True, Decimal(70), found[0])
    assert read.earlier == (found[1],)


def test_no_trial_is_known_to_be_none_only_if_every_procedure_could_be_read() -> None:
    """Missing or uncoded procedures leave open whether there was a trial."""
    empty = read_trial(chart(), POLICY)
    missing = read_trial(chart(missing=["procedures"]), POLICY)
    uncoded = read_trial(chart(maybe=[procedure(ref="Procedure/u", coded=False)]), POLICY)
    text_only = procedure("nothing", coded=False)
    text_only.groups = frozenset()

    assert (empty.status, empty.value, empty.complete) == ("none", None, True)
    assert (missing.status, missing.complete, missing.gaps) == ("none", False, ("procedures",))
    assert not uncoded.complete
    assert not read_trial(chart(maybe=[text_only]), POLICY).complete


def test_a_trial_that_was_not_done_is_a_no() -> None:
    """`not-done` answers C5 with false, also without a date, and is no failed trial (V29)."""
    read = read_trial(chart(procedure(status="not-done", start=None)), POLICY)

    assert (read.status, read.value, read.strength, read.failed) == (
        "not-done",
        False,
        "asserted",
        None,
    )


def test_a_trial_in_progress_is_unknown_and_unusable() -> None:
    """A running trial answers nothing yet (V32)."""
    read = read_trial(
        chart(procedure(status="in-progress", start="2026-11-21"), score(8, "2026-11-20")), POLICY
    )

    assert (read.status, read.value, read.usable) == ("in-progress", None, False)


@pytest.mark.parametrize(
    "harm",
    [
        procedure(status="stopped", status_reasons=["local#stopped-adverse-effect"]),
        procedure(status="stopped", status_reasons=["cond-respiratory-failure"]),
        procedure(status="stopped", complication=coded("any", "code")),
    ],
    ids=["adverse effect", "respiratory failure", "complication"],
)
def test_a_trial_stopped_for_harm_failed_whatever_the_score(harm: Record) -> None:
    """Harm answers C5 with false; a relief that would be enough is named."""
    read = read_trial(chart(harm, percent(80, DURING, part_of=LINK)), POLICY)

    assert (read.value, read.harm, read.failed, read.conflict) == (False, True, True, False)
    assert "although its relief" in read.conflict_text
    assert not read_trial(chart(harm, percent(20, DURING, part_of=LINK)), POLICY).conflict_text


def test_a_trial_stopped_for_another_reason_is_unknown() -> None:
    """Without coded harm a stopped trial answers nothing, even with a score."""
    read = read_trial(chart(procedure(status="stopped"), percent(80, part_of=LINK)), POLICY)

    assert (read.value, read.harm, read.usable) == (None, False, False)


def test_the_newest_trial_decides() -> None:
    """A later failed trial outweighs an earlier success; the earlier one is mentioned."""
    old = procedure(ref="Procedure/old", start="2026-03-01T09:00:00Z")
    found = (old, percent(90, part_of="Procedure/old"), procedure(), percent(30, part_of=LINK))

    read = read_trial(chart(*found), POLICY)

    assert (read.value, read.relief, read.earlier) == (False, Decimal(30), (old,))


def test_codes_of_one_trial_on_one_day_are_one_trial() -> None:
    """Two procedures of one date do not contradict each other where one carries the relief."""
    other = procedure(ref="Procedure/other")

    read = read_trial(chart(other, procedure(), percent(70, part_of=LINK)), POLICY)

    assert (read.value, read.conflict) == (True, False)


def test_trials_of_unknown_order_that_differ_are_a_conflict() -> None:
    """An undated refusal and a success leave open which came last."""
    refused = procedure(ref="Procedure/none", status="not-done", start=None)

    read = read_trial(chart(refused, procedure(), percent(70, part_of=LINK)), POLICY)

    assert (read.value, read.conflict, read.usable) == (None, True, False)


def test_a_future_trial_is_no_trial() -> None:
    """A procedure that lies ahead is no history."""
    assert read_trial(chart(procedure(start="2026-12-24")), POLICY).status == "none"


def test_the_latest_linked_percentage_counts_at_any_time() -> None:
    """Of linked percentages the latest counts, even long after the trial or with no date."""
    late = percent(60, "2026-11-01", part_of=LINK)
    first = percent(40, DURING, part_of=LINK)

    assert read_trial(chart(procedure(), first, late), POLICY).relief == 60
    assert read_trial(chart(procedure(start=None), percent(70, part_of=LINK)), POLICY).value is True


@pytest.mark.parametrize(
    ("when", "value"),
    [
        ("2026-10-01", True),  # the day of the trial
        ("2026-10-05T09:00:00Z", True),  # 72 h after an end of start + 24 h
        ("2026-10-05T09:00:01Z", None),
        ("2026-09-30", None),
        (None, None),
    ],
)
def test_an_unlinked_percentage_must_lie_in_the_window(when: str | None, value: Truth) -> None:
    """Unlinked percentages count from the day of the trial to 72 hours after its end."""
    assert (
        read_trial(chart(procedure(), percent(70, when, ref="Observation/x")), POLICY).value
        is value
    )


def test_a_percentage_of_another_trial_is_not_borrowed() -> None:
    """A relief linked to one trial never counts for the other."""
    other = procedure(ref="Procedure/2", start="2026-10-02T09:00:00Z")

    read = read_trial(
        chart(procedure(), other, percent(70, "2026-10-02T10:00:00Z", part_of=LINK)), POLICY
    )

    assert (read.procedure, read.value) == (other, None)


@pytest.mark.parametrize("value", ["-3", "101"])
def test_an_impossible_percentage_is_no_relief(value: str) -> None:
    """Below 0 and above 100 nothing is read."""
    assert read_trial(chart(procedure(), percent(value, part_of=LINK)), POLICY).value is None


@pytest.mark.parametrize(
    ("low", "high", "opened", "value"),
    [
        ("50", None, True, True),
        ("40", "60", False, None),
        (None, "50", False, False),
        ("50", None, False, None),
    ],
)
def test_a_range_of_relief_must_lie_on_one_side(
    low: str | None, high: str | None, opened: bool, value: Truth
) -> None:
    """A comparator makes an interval; one that straddles the limit is unknown."""
    bounds = Interval(
        Decimal(low) if low else None, Decimal(high) if high else None, low_open=opened
    )

    assert read_trial(chart(procedure(), percent(bounds, part_of=LINK)), POLICY).value is value


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ("2026-09-24", True),  # seven days before
        ("2026-09-23", False),  # eight
        ("2026-10-01T08:59:00Z", True),
        ("2026-10-01T09:00:00Z", False),
        ("2026-10-01", False),  # before or after the trial cannot be told
        (None, False),
    ],
)
def test_the_baseline_lies_in_the_week_before(when: str | None, counts: bool) -> None:
    """An unlinked baseline is at most seven days old, and surely before the trial."""
    read = read_trial(
        chart(procedure(), score(8, when, ref="Observation/b"), score(2, DURING)), POLICY
    )

    assert (read.value is True) is counts
    assert read.usable is counts


def test_a_linked_baseline_may_be_older() -> None:
    """A score that names the trial is its baseline whenever it was taken before it."""
    found = score(8, "2026-08-01", part_of=LINK), score(2, DURING)

    assert read_trial(chart(procedure(), *found), POLICY).value is True


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ("2026-10-01T09:00:01Z", True),
        ("2026-10-05T09:00:00Z", True),
        ("2026-10-05T09:00:02Z", False),
    ],
)
def test_post_scores_end_72_hours_after_the_trial(when: str, counts: bool) -> None:
    """Without an end a trial lasts 24 hours."""
    read = read_trial(
        chart(procedure(), score(8, BEFORE), score(2, when, ref="Observation/p")), POLICY
    )

    assert (read.value is True) is counts


def test_an_end_given_as_a_date_includes_its_day() -> None:
    """A trial to 3 October has ended with that day; its hours end on 6 October."""
    trial = procedure(end="2026-10-03")

    for when, counts in (("2026-10-06T23:59:00Z", True), ("2026-10-07T00:30:00Z", False)):
        found = chart(trial, score(8, BEFORE), score(2, when))
        assert (read_trial(found, POLICY).value is True) is counts


def test_linked_post_scores_displace_others() -> None:
    """Where a post score names the trial, only such scores count."""
    found = score(8, BEFORE), score(2, DURING, part_of=LINK), score(7, "2026-10-03T20:00:00Z")

    assert read_trial(chart(procedure(), *found), POLICY).relief == 75


def test_scores_of_different_scales_are_no_pair() -> None:
    """Before and after must be the same LOINC."""
    read = read_trial(
        chart(procedure(), score(8, BEFORE), score(2, DURING, code="38214-3")), POLICY
    )

    assert (read.value, read.relief) == (None, None)


def test_the_newest_baseline_counts() -> None:
    """Of two baselines the later one is compared."""
    found = score(9, "2026-09-26"), score(5, "2026-09-30"), score(3, DURING)

    assert read_trial(chart(procedure(), *found), POLICY).relief == 40


def test_post_scores_on_one_side_quote_the_latest_and_on_both_sides_nothing() -> None:
    """Post scores that disagree about the limit give no value (TRL-04)."""
    one_side = score(8, BEFORE), score(2, DURING), score(3, "2026-10-04T09:00:00Z")
    both = score(8, BEFORE), score(2, DURING), score(6, "2026-10-04T09:00:00Z")

    assert read_trial(chart(procedure(), *one_side), POLICY).relief == Decimal("62.5")
    read = read_trial(chart(procedure(), *both), POLICY)
    assert (read.value, read.relief, read.conflict, read.usable) == (None, None, False, False)


def test_a_score_that_could_turn_the_answer_leaves_it_open() -> None:
    """A score of the trial's own day, with no time, might be the baseline or the result."""
    sure = score(8, BEFORE), score(2, DURING)

    assert read_trial(chart(procedure(), *sure, score(3, "2026-10-01")), POLICY).value is None
    assert read_trial(chart(procedure(), *sure, score(8, "2026-10-01")), POLICY).value is None
    assert (
        read_trial(
            chart(procedure(), score(9, BEFORE), score(2, DURING), score("4.4", "2026-10-01")),
            POLICY,
        ).value
        is True
    )


TIMES = ("2026-09-29", "2026-09-30", "2026-10-01", "2026-10-02", "2026-10-03")
SCORED = st.lists(st.tuples(st.integers(0, 10), st.sampled_from(TIMES)), max_size=8)


@given(SCORED)
def test_many_scores_are_judged_by_their_extremes(scored: list[tuple[int, str]]) -> None:
    """Looking at the lowest, highest and latest scores only gives the answer that all give."""
    scores = [score(value, when, ref=f"Observation/{n}") for n, (value, when) in enumerate(scored)]
    found = chart(procedure(), *scores)

    quick = read_trial(found, POLICY)
    with patch("rules.chart.trial_scores._few", lambda given, _: list(given)):
        full = read_trial(found, POLICY)

    assert (quick.value, quick.relief, quick.why) == (full.value, full.relief, full.why)


def test_recorded_and_computed_relief_on_different_sides_conflict() -> None:
    """Where a percentage and scores disagree, C5 is unknown; else the percentage is quoted."""
    trial = procedure(), percent(70, part_of=LINK), score(8, BEFORE)

    assert read_trial(chart(*trial, score(3, DURING)), POLICY).relief == 70
    read = read_trial(chart(*trial, score(6, DURING)), POLICY)
    assert (read.value, read.conflict, read.relief) == (None, True, Decimal(70))


@pytest.mark.parametrize(
    ("outcome", "relief", "value", "conflict"),
    [
        (SUCCESSFUL, "45", None, True),
        (UNSUCCESSFUL, "70", None, True),
        (SUCCESSFUL, "70", True, False),
        (UNSUCCESSFUL, "45", False, False),
        (PARTIAL, "70", True, False),
    ],
)
def test_an_outcome_that_contradicts_the_number_is_a_conflict(
    outcome: str, relief: str, value: Truth, conflict: bool
) -> None:
    """Successful with too little relief is unknown and reported (V34)."""
    read = read_trial(chart(procedure(outcome=[outcome]), percent(relief, part_of=LINK)), POLICY)

    assert (read.value, read.conflict) == (value, conflict)


def test_an_outcome_alone_is_no_percentage() -> None:
    """Under a policy with a number the outcome alone leaves C5 unknown and asks for scores."""
    read = read_trial(chart(procedure(outcome=[SUCCESSFUL])), POLICY)

    assert (read.value, read.outcome, read.usable) == (None, "successful", False)


@pytest.mark.parametrize(
    ("outcome", "relief", "value", "strength"),
    [
        (SUCCESSFUL, None, True, "asserted"),
        (UNSUCCESSFUL, None, False, "asserted"),
        (PARTIAL, "90", None, None),
        (SUCCESSFUL, "45", True, "asserted"),
        (None, "51", True, "measured"),
        (None, "50", False, "measured"),
        (None, None, None, None),
    ],
)
def test_a_policy_without_a_number_asks_the_outcome(
    outcome: str | None, relief: str | None, value: Truth, strength: str | None
) -> None:
    """Where no percentage is asked for, the outcome answers, else more than 50 %."""
    found: list[Record] = [procedure(outcome=[outcome] if outcome else ())]
    found += [percent(relief, part_of=LINK)] if relief else []

    read = read_trial(chart(*found), policy(relief_min=None))

    assert (read.value, read.strength, read.conflict) == (value, strength, False)


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        ([procedure("order-possible-trial")], False),
        ([procedure("order-possible-trial", reasons=["local#it-trial"])], True),
        ([procedure("order-possible-trial", category=concept(("set", "local#it-trial")))], True),
        ([procedure("order-possible-trial"), percent(70, part_of=LINK)], True),
        (
            [
                procedure("order-possible-trial"),
                drug("7052", route="intrathecal", start="2026-10-01"),
            ],
            True,
        ),
        (
            [
                procedure("order-possible-trial"),
                drug("7052", route="intrathecal", start="2026-10-02"),
            ],
            False,
        ),
        (
            [procedure("order-possible-trial"), drug("7052", route="oral", start="2026-10-01")],
            False,
        ),
        (
            [
                procedure("order-possible-trial"),
                drug("1815", route="intrathecal", start="2026-10-01"),
            ],
            False,
        ),
        (
            [
                procedure("order-possible-trial"),
                drug("68503", route="intrathecal", start="2026-10-01"),
            ],
            True,
        ),
        ([procedure("order-catheter")], False),
        ([procedure("order-catheter", reasons=["local#it-trial"])], True),
    ],
)
def test_an_injection_is_a_trial_only_where_something_says_so(
    found: list[Record], counts: bool
) -> None:
    """Plain injections are named as possible trials and not used; plain catheters are neither."""
    read = read_trial(chart(*found), POLICY)

    assert read.on_record is counts
    possible = not counts and "order-possible-trial" in found[0].groups
    assert read.possible.sure == ((found[0],) if possible else ())
    assert bool(read.unusable) is (possible or (counts and read.value is None))


@pytest.mark.parametrize(("day", "counts"), [("2026-10-02", False), ("2026-10-03", True)])
def test_a_catheter_laid_with_the_pump_is_the_implant(day: str, counts: bool) -> None:
    """A catheter within a day of the implantation is no trial, whatever its reason."""
    catheter = procedure("order-catheter", reasons=["local#it-trial"])
    pump = procedure("proc-it-pump-implant", ref="Procedure/pump", start=day)

    assert read_trial(chart(catheter, pump), POLICY).on_record is counts


@pytest.mark.parametrize(
    ("start", "valid"),
    [
        ("2025-11-21T09:00:00Z", True),
        ("2025-11-20T09:00:00Z", False),
        ("2026-11-22T09:00:00Z", True),
        (None, None),
    ],
)
def test_a_trial_is_valid_for_a_year(start: str | None, valid: Truth) -> None:
    """A trial that ended more than twelve months ago keeps its answer but is no longer valid."""
    read = read_trial(chart(procedure(start=start), percent(70, part_of=LINK)), POLICY)

    assert (read.value, read.within_valid_months) == (True, valid)


@pytest.mark.parametrize(
    ("given_drug", "route", "ordered", "matches"),
    [
        ("7052", "intrathecal", ["7052"], True),
        ("7052", "epidural", ["7052", "1815"], True),
        ("3423", "intrathecal", ["7052"], False),
        ("68503", "epidural", ["68503"], False),
        ("68503", "intrathecal", ["68503"], True),
        (None, "", ["7052"], None),
        ("7052", "intrathecal", [], None),
    ],
)
def test_drug_and_route_of_the_trial_are_compared_with_the_order(
    given_drug: str | None, route: str, ordered: list[str], matches: Truth
) -> None:
    """Another principal drug, or ziconotide by the epidural route, makes the evidence unusable."""
    found: list[Record] = [procedure(), percent(70, part_of=LINK)]
    found += [drug(given_drug, route=route, start="2026-10-01")] if given_drug else []
    orders = (
        [order("it-medication", medication=drug(*ordered, route="intrathecal"))] if ordered else []
    )

    read = read_trial(chart(*found, orders=orders), POLICY)

    assert (read.value, read.agent_route_match) == (True, matches)
    assert bool(read.unusable) is (matches is False)


def test_the_window_of_a_trial_covers_its_effect_but_not_its_baseline() -> None:
    """Scores from the start to 72 hours after, or linked as results, show the trial's effect."""
    baseline, post = score(8, "2026-08-01", part_of=LINK), score(2, "2026-11-20", part_of=LINK)
    found = chart(procedure(), procedure(ref="Procedure/n", status="not-done"), baseline, post)

    (window,) = trial_windows(found, POLICY)

    assert window.covers(baseline) is False
    assert window.covers(post) is True
    assert window.covers(score(5, DURING)) is True
    assert window.covers(score(5, "2026-10-01")) is None
    assert window.covers(score(5, "2026-10-20")) is False


def test_a_trial_carries_its_evidence_and_date() -> None:
    """Every answer names the records it rests on and says why."""
    trial, before, after = pair(8, 2)

    read = read_trial(chart(trial, before, after), POLICY)

    assert read.evidence == (trial, before, after)
    assert before.ref in read.why
    assert read.date is not None
    assert CLOCK.show(read.date) == "2026-10-01"


LOCAL = "urn:intrathecal-cds:codes"


def trial_json(**more: object) -> dict[str, Any]:
    """Make the JSON of a completed trial of 1 to 2 October."""
    code = {"coding": [{"system": LOCAL, "code": "it-trial"}]}
    period = {"start": "2026-10-01T09:00:00-05:00", "end": "2026-10-02T15:00:00-05:00"}
    base = {"resourceType": "Procedure", "id": "trial-1", "status": "completed", "code": code}
    return {**base, "performedPeriod": period, **more}


def pain_json(value: str, when: str) -> dict[str, Any]:
    """Make the JSON of a pain score."""
    return {
        "resourceType": "Observation",
        "id": f"pain-{value}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "effectiveDateTime": when,
        "valueQuantity": {
            "value": float(value),
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
    }


RELIEF: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "relief-1",
    "status": "final",
    "partOf": [{"reference": "Procedure/trial-1"}],
    "effectiveDateTime": "2026-10-03T09:00:00-05:00",
    "code": {"coding": [{"system": LOCAL, "code": "percent-pain-relief"}]},
    "valueQuantity": {"value": 70, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
}
WEEK = "2026-09-29T08:00:00-05:00", "2026-10-02T12:00:00-05:00"
OUTCOME = {"coding": [{"system": "http://snomed.info/sct", "code": SUCCESSFUL}]}


@pytest.mark.parametrize(
    ("stored", "value", "relief"),
    [
        ((trial_json(), RELIEF), True, "70"),
        ((trial_json(), pain_json("8", WEEK[0]), pain_json("2.4", WEEK[1])), True, "70"),
        ((trial_json(), pain_json("8", WEEK[0]), pain_json("4", WEEK[1])), False, "50"),
        (
            (trial_json(outcome=OUTCOME), pain_json("8", WEEK[0]), pain_json("4.4", WEEK[1])),
            None,
            "45",
        ),
        ((trial_json(status="not-done", performedPeriod=None),), False, None),
        ((trial_json(status="entered-in-error"), RELIEF), None, None),
        ((trial_json(status="preparation"), RELIEF), None, None),
    ],
)
def test_a_trial_is_read_from_fhir(
    stored: tuple[dict[str, Any], ...], value: Truth, relief: str | None
) -> None:
    """The typical records of recording.md 11 and the scenarios V02, V10, V29 and V34."""
    read = read_trial(call(stored=stored), shipped())

    assert (read.value, read.relief) == (value, Decimal(relief) if relief else None)


def test_a_trial_under_medicare_asks_for_its_outcome() -> None:
    """The CMS policy names no percentage."""
    read = read_trial(call(stored=(trial_json(outcome=OUTCOME),)), shipped("cms-280.14"))

    assert (read.value, read.strength) == (True, "asserted")


def test_a_cancelled_request_is_no_trial() -> None:
    """A ServiceRequest in any status is an intention (V31)."""
    code = {"coding": [{"system": LOCAL, "code": "it-trial"}]}
    asked = {"resourceType": "ServiceRequest", "id": "s", "status": "revoked", "code": code}

    read = read_trial(call(stored=(asked,)), shipped())

    assert (read.status, read.value, read.complete) == ("none", None, True)
