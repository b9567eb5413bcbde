"""Benefit of the therapy (recording.md 4.5, benefit_documented)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules.chart.benefit import Benefit, read_benefit
from tests.rules.chart.calls import call, policy
from tests.rules.chart.care_records import NRS, PEG, ago, implant, procedure, score

VAS = "38214-3"


def benefit(*stored: dict[str, Any], implanted: int | None = 400) -> Benefit:
    """Read the benefit of a chart with an implant so many days ago."""
    known = stored if implanted is None else (implant(ago(implanted)), *stored)
    return read_benefit(call(stored=known), policy())


@pytest.mark.parametrize(
    ("before", "after", "gain", "stable"),
    [
        (8, 4, "0.5", True), (10, 7, "0.3", True), (8, 8, "0", True), (6, 7, None, False),
        (0, 0, "0", True), (0, 3, "0", False),
    ],
)  # fmt: skip
def test_the_newest_score_stands_against_the_one_before_the_implant(
    before: int, after: int, gain: str | None, stable: object
) -> None:
    """A fall, or the same score, is benefit; a rise is none."""
    read = benefit(score(before, ago(430)), score(after, ago(20)))

    assert read.stable is stable
    assert (read.first, read.last) == (Decimal(before), Decimal(after))
    if gain is not None:
        assert read.gain == Decimal(gain)


@pytest.mark.parametrize(("days", "known"), [(180, True), (181, False)])
def test_the_newest_score_may_be_180_days_old(days: int, *, known: bool) -> None:
    """The lookback of the policy includes its last day."""
    read = benefit(score(8, ago(430)), score(4, ago(days)))

    assert (read.stable is not None) is known


@pytest.mark.parametrize(("days", "first"), [(580, Decimal(8)), (581, Decimal(6))])
def test_the_baseline_lies_180_days_before_the_implant(days: int, first: Decimal) -> None:
    """An older one does not count: then the earliest score after the implant is the baseline."""
    read = benefit(score(8, ago(days)), score(6, ago(390)), score(4, ago(20)))

    assert read.first == first


def test_the_newest_score_before_the_implant_is_the_baseline() -> None:
    """Not the highest, and not an older one."""
    read = benefit(score(9, ago(500)), score(5, ago(410)), score(4, ago(20)))

    assert (read.first, read.gain) == (Decimal(5), Decimal("0.2"))


def test_scales_are_never_mixed() -> None:
    """A score of another scale is no baseline."""
    assert benefit(score(8, ago(430), VAS), score(4, ago(20), NRS)).stable is None


def test_function_counts_as_pain_does() -> None:
    """Worse pain and better function are benefit, by the better of both."""
    read = benefit(
        score(5, ago(430)), score(6, ago(20)), score(8, ago(430), PEG), score(4, ago(20), PEG)
    )

    assert (read.stable, read.gain) == (True, Decimal("0.5"))


def test_scores_of_a_trial_are_no_baseline() -> None:
    """What a trial brought before the implant is not how the patient was."""
    trial = procedure("it-trial", ago(440))
    read = benefit(trial, score(8, ago(450)), score(2, ago(439)), score(4, ago(20)))

    assert read.first == 8


@pytest.mark.parametrize(
    "stored",
    [(), (score(4, ago(20)),), (score(8, ago(430)),), (score(8, ago(430)), score(4, "2026"))],
)
def test_without_two_scores_nothing_is_known(stored: tuple[dict[str, Any], ...]) -> None:
    """One score, none, or a date that leaves the order open, shows nothing."""
    assert benefit(*stored).stable is None


def test_without_a_dated_implant_nothing_is_known() -> None:
    """Before and after need a date."""
    assert benefit(score(8, ago(430)), score(4, ago(20)), implanted=None).stable is None


def test_two_scores_of_one_day_that_differ_settle_nothing() -> None:
    """Newest wins needs one newest."""
    assert benefit(score(5, ago(430)), score(4, ago(20)), score(6, ago(20))).stable is None


@pytest.mark.parametrize("value", [1e308, -3, 1e-30])
def test_absurd_scores_are_not_read(value: float) -> None:
    """A number that is no score decides nothing and breaks nothing."""
    assert benefit(score(8, ago(430)), score(value, ago(20))).stable is None
