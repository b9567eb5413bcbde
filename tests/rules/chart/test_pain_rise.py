"""A rise of pain under therapy, and function and care before it (recording.md 4.5, 4.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.conservative_care import read_conservative_care
from rules.chart.function_gain import read_function_gain
from rules.chart.pain_rise import PainRise, read_pain_rise
from tests.rules.chart.calls import call, policy
from tests.rules.chart.care_records import (
    NRS,
    PEG,
    ago,
    changed,
    drug,
    implant,
    procedure,
    score,
)


def rise(*stored: dict[str, Any], since: str | None = None) -> PainRise:
    """Read the rise of pain of a chart, under therapy since a date."""
    chart = call(stored=stored)
    return read_pain_rise(chart, policy(), chart.clock.read(since))


@pytest.mark.parametrize(
    ("scores", "points"),
    [
        (((4, 60), (6, 5)), 2), (((4, 60), (5, 5)), 1), (((4, 90), (6, 5)), 2),
        (((4, 91), (6, 5)), None), (((4, 60),), None), ((), None), (((6, 60), (4, 5)), 0),
        (((2, 80), (7, 40), (5, 5)), 3), (((5, 80), (3, 40), (6, 5)), 3),
    ],
)  # fmt: skip
def test_the_newest_score_stands_against_the_lowest_before(
    scores: tuple[tuple[int, int], ...], points: int | None
) -> None:
    """Within 90 days, both ends included; one score alone shows no rise."""
    assert rise(*(score(value, ago(days)) for value, days in scores)).points == points


@given(
    st.lists(
        st.tuples(st.integers(0, 10), st.integers(0, 90)), max_size=5, unique_by=lambda s: s[1]
    )
)
def test_the_rise_is_never_negative_and_never_above_the_span(
    scores: list[tuple[int, int]],
) -> None:
    """Whatever the scores, the rise lies between 0 and their span."""
    points = rise(*(score(value, ago(days)) for value, days in scores)).points

    if points is not None:
        values = [value for value, _ in scores]
        assert 0 <= points <= max(values) - min(values)
    else:
        assert len(scores) < 2


def test_scores_before_the_therapy_say_nothing_about_its_effect() -> None:
    """A low score before the implant is no effect that was lost."""
    scores = (score(2, ago(60)), score(6, ago(5)))

    assert rise(*scores).points == 4
    assert rise(*scores, since=ago(30)).points is None


def test_scores_of_other_scales_and_of_a_trial_are_left_out() -> None:
    """Only the same scale is compared, and not with what a trial brought."""
    assert rise(score(4, ago(60), NRS), score(8, ago(5), "38208-5")).points is None
    trial = procedure("it-trial", ago(60))
    assert rise(trial, score(2, ago(59)), score(6, ago(5))).points is None


@pytest.mark.parametrize(("after", "part"), [(7, "0.3"), (8, "0.2"), (10, "0"), (11, "-0.1")])
def test_function_is_paired_around_the_trial(after: int, part: str) -> None:
    """The part of the score before by which the one after is lower, unrounded."""
    trial = procedure("it-trial", ago(30))
    stored = (trial, score(10, ago(33), PEG), score(after, ago(29), PEG))

    assert read_function_gain(call(stored=stored), policy()).part == Decimal(part)


def test_function_without_a_pair_is_unknown() -> None:
    """One score, another scale, or no trial: nothing to compare."""
    trial = procedure("it-trial", ago(30))
    for stored in (
        (score(10, ago(33), PEG), score(5, ago(29), PEG)),
        (trial, score(10, ago(33), PEG)),
        (trial, score(10, ago(33), PEG), score(5, ago(29), "77565-0")),
        (trial, score(10, ago(60), PEG), score(5, ago(29), PEG)),
    ):
        assert read_function_gain(call(stored=stored), policy()).part is None


def test_conservative_care_runs_from_the_first_to_the_last() -> None:
    """Analgesics, injections and surgery count, from the earliest to the latest."""
    injection = procedure("62281", ago(400), "http://www.ama-assn.org/go/cpt")
    ended = drug("7804", status="stopped", authoredOn=ago(300), extension=changed(ago(100)))

    read = read_conservative_care(call(stored=(injection, ended)), policy())

    assert read.months is not None
    assert abs(read.months - Decimal(300) / Decimal("30.4375")) < Decimal("1e-20")


@pytest.mark.parametrize("stored", [(), (implant(ago(30)),), (drug("7052", route="72607000"),)])
def test_no_conservative_care_is_unknown(stored: tuple[dict[str, Any], ...]) -> None:
    """What is not systemic and no such procedure is none of it."""
    assert read_conservative_care(call(stored=stored), policy()).months is None
