"""The intrathecal dose series and the previous dose (recording.md 7)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rules.chart.it_doses import previous_dose
from tests.rules.chart.pumps import (
    BUPIVACAINE,
    FENTANYL,
    HYDROMORPHONE,
    MORPHINE,
    Json,
    ago,
    at,
    done,
    dose,
    order,
    running,
)


def series(found: Any, agent: str = MORPHINE) -> list[Fraction | None]:  # noqa: ANN401 - `at`
    """Return the doses of an agent in mg, the oldest first."""
    return [point.dose for point in found.doses.of(agent).points]


def before(found: Any, agent: str = MORPHINE) -> Fraction | None:  # noqa: ANN401 - `at`
    """Return the previous dose of an agent in mg."""
    answer: Fraction | None = previous_dose(found.doses.of(agent), found.chart, found.policy).dose
    return answer


def test_programmed_and_ordered_doses_are_joined_by_date() -> None:
    """An observation at its date, an order at its start."""
    stored = (dose(ago(200), 4), running(start=ago(100)), dose(ago(50), 8))
    assert series(at(stored=stored)) == [4, 6, 8]


def test_each_agent_has_its_own_series() -> None:
    """Of an admixture each ingredient; micrograms are thousandths of a milligram."""
    stored = (running((MORPHINE, 10), (BUPIVACAINE, 20), rate=0.6),
              dose(ago(5), 50, FENTANYL, "ug/d"))  # fmt: skip
    found = at(stored=stored)
    assert series(found) == [6]
    assert series(found, BUPIVACAINE) == [12]
    assert series(found, FENTANYL) == [Fraction(1, 20)]
    assert series(found, HYDROMORPHONE) == []


def test_a_dose_without_an_agent_is_that_of_the_only_one() -> None:
    """With several active agents, or none, it is nobody's and leaves the series open."""
    assert series(at(stored=(running(start=ago(100)), dose(ago(5), 8, None)))) == [6, 8]
    mixed = running((MORPHINE, 10), (BUPIVACAINE, 20), start=ago(100))
    assert series(at(stored=(mixed, dose(ago(5), 8, None)))) == [3, None]
    assert series(at(stored=(dose(ago(5), 8, None),))) == [None]


@pytest.mark.parametrize(("told", "conflict"), [(6, False), (6.06, False), (6.07, True), (8, True)])
def test_of_one_date_the_programmed_dose_stands(told: float, conflict: bool) -> None:
    """A difference of more than 1 per cent is a contradiction."""
    found = at(stored=(running(start=ago(50)), dose(ago(50), told)))
    assert series(found) == [Fraction(str(told))]
    assert bool(found.doses.of(MORPHINE).conflicts) is conflict
    assert found.doses.conflicting == ("morphine" if conflict else None)


def test_two_programmed_doses_of_one_day() -> None:
    """The later time counts; without times neither does."""
    timed = (dose(f"{ago(5)}T08:00:00Z", 6), dose(f"{ago(5)}T16:00:00Z", 8))
    assert series(at(stored=timed)) == [8]
    assert series(at(stored=(dose(ago(5), 6), dose(ago(5), 8)))) == [None]


def test_boluses_and_trials_are_left_out() -> None:
    """Neither is a dose of the infusion."""
    trial = done("it-trial", None, performedPeriod={"start": ago(90), "end": ago(87)})
    stored = (trial, running(ref="trial", start=ago(89)), dose(ago(88), 3),
              running(ref="bolus", start=ago(60), bolus=(1, "mg"), product=MORPHINE))  # fmt: skip
    assert series(at(stored=stored)) == []


def test_zero_is_a_stop() -> None:
    """It is a dose, and the previous one."""
    found = at(stored=(dose(ago(50), 8), dose(ago(5), 0)))
    assert series(found) == [8, 0]
    assert before(found) == 0


def test_the_steps_of_an_order_are_points_once_they_began() -> None:
    """Dated by their bounds; steps without dates leave the dose open."""

    def step(sequence: int, rate: float, start: str) -> Json:
        one: Json = order((MORPHINE, 20), rate=rate, start=start)["dosageInstruction"][0]
        return {**one, "sequence": sequence}

    dated = running() | {"dosageInstruction": [
        step(1, 0.1, ago(40)), step(2, 0.2, ago(20)), step(3, 0.3, ago(-10)),
    ]}  # fmt: skip
    assert series(at(stored=(dated,))) == [2, 4]
    undated = running((MORPHINE, 20), steps=(0.1, 0.2), start=None, authoredOn=ago(40))
    assert series(at(stored=(undated,))) == [None]


def test_a_draft_is_no_point() -> None:
    """The order that it replaces is (13.4, 13.7)."""
    found = at(order((MORPHINE, 20), rate=0.5, prior="it-1"), stored=(running(),))
    assert series(found) == [6]


@pytest.mark.parametrize(
    "newest",
    [
        dose(ago(5), 9, unit="mL"),
        dose(ago(5), -9),
        dose(ago(5), 1e308),
        dose(ago(5), 9, unit="puffs/d"),
        dose(ago(5), 9, status="preliminary"),
        dose("2026", 9),
    ],
    ids=["unit", "negative", "absurd", "unknown unit", "preliminary", "year"],
)
def test_a_newest_dose_that_cannot_be_used_leaves_the_previous_one_open(newest: Json) -> None:
    """An older dose is not taken for it."""
    assert before(at(stored=(running(start=ago(100)), newest))) is None


@pytest.mark.parametrize(("days", "dose_before"), [(365, 8), (366, None)])
def test_the_previous_dose_is_not_older_than_a_year(days: int, dose_before: int | None) -> None:
    """Both ends included."""
    assert before(at(stored=(dose(ago(days), 8),))) == dose_before


@pytest.mark.parametrize("key", ["observations", "medicationRequests"])
def test_without_one_of_its_keys_the_previous_dose_is_unknown(key: str) -> None:
    """A newer dose may be among what could not be had."""
    assert before(at(stored=(running(), dose(ago(5), 8)), missing={key: "refused"})) is None
