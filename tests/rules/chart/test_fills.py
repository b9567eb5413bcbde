"""The last fill of the reservoir (recording.md 7, last_fill)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules.chart.fills import read_fill
from tests.rules.chart.calls import call
from tests.rules.chart.pumps import CPT, Json, ago, at, done, refilled, told

FILL = "reservoir-fill-volume"


def test_a_volume_dates_the_fill() -> None:
    """Its effective date is that of the fill."""
    fill = at(stored=(told(FILL, ago(20), 18),)).fill
    assert (fill.date, fill.volume, fill.why) == (at().chart.clock.read(ago(20)), Decimal(18), "")


@pytest.mark.parametrize("code", ["62369", "62370", "95990", "95991"])
def test_a_refill_gives_the_date_only(code: str) -> None:
    """Each of the codes of a refill done; without a volume of that day there is none."""
    fill = at(stored=(done(code, ago(3), CPT), told(FILL, ago(20), 18))).fill
    assert fill.date == at().chart.clock.read(ago(3))
    assert fill.volume is None
    assert fill.why == "the volume of the last fill is not recorded"


def test_an_interrogation_or_a_reprogramming_is_no_fill() -> None:
    """62367 and 62368 put nothing into the reservoir."""
    stored = (done("62367", ago(1), CPT), done("62368", ago(2), CPT), *refilled(ago(20)))
    assert at(stored=stored).fill.date == at().chart.clock.read(ago(20))


def test_the_newest_fill_is_the_last() -> None:
    """An older volume says nothing about a newer fill; of one day they belong together."""
    fill = at(stored=(*refilled(ago(60), 20), *refilled(ago(20), 15))).fill
    assert (fill.date, fill.volume) == (at().chart.clock.read(ago(20)), Decimal(15))


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ((), "no fill is recorded"),
        ((told(FILL, None, 20),), "no fill is recorded"),
        ((told(FILL, ago(20), 20, "mg"),), "the volume of the last fill cannot be used"),
        ((told(FILL, ago(20), -4),), "the volume of the last fill cannot be used"),
        ((told(FILL, ago(20), 1e308),), "the volume of the last fill cannot be used"),
        ((told(FILL, ago(20), 20, "cup"),), "the volume of the last fill cannot be used"),
        ((told(FILL, ago(20), 20), told(FILL, ago(20), 40, ref="b")),
         "volumes of the last fill differ"),
        ((told(FILL, "2026", 20),), "the day of the last fill is not recorded"),
        ((told(FILL, ago(20), 20), told(FILL, "2026-11", 20, ref="b")),
         "the day of the last fill is not recorded"),
        ((*refilled(ago(20)), told(FILL, ago(5), 20, status="preliminary")),
         "a newer fill is not certain"),
        ((told(FILL, ago(5), 20, status="preliminary"),), "a fill is not certain"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_unknown_with_its_reason(stored: tuple[Json, ...], why: str) -> None:
    """Absent, undated, unusable, contradictory, vague or preliminary: no volume, and why."""
    fill = at(stored=stored).fill
    assert (fill.volume, fill.why) == (None, why)


def test_records_entered_in_error_and_refills_not_done_do_not_count() -> None:
    """What was not done filled nothing."""
    wrong = (
        told(FILL, ago(3), 20, status="entered-in-error"),
        done("it-pump-refill", ago(2), status="not-done"),
        done("it-pump-refill", ago(1), status="in-progress"),
    )
    assert at(stored=(*refilled(ago(20)), *wrong)).fill.date == at().chart.clock.read(ago(20))


@pytest.mark.parametrize("key", ["observations", "procedures"])
def test_without_one_of_its_keys_the_fill_is_unknown(key: str) -> None:
    """A newer fill may be among what could not be had."""
    fill = at(stored=refilled(ago(20)), missing={key: "refused"}).fill
    assert (fill.date, fill.volume) == (None, None)
    assert "could not be read" in fill.why


def test_the_fill_of_today_can_be_left_out() -> None:
    """What was so before this visit is asked for where delivery is judged."""
    chart = call(stored=(*refilled(ago(60)), *refilled(ago(0), 19)))
    assert read_fill(chart).volume == Decimal(19)
    assert read_fill(chart, before_today=True).date == chart.clock.read(ago(60))
