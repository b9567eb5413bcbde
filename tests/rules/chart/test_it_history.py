"""First order, start and presence of intrathecal therapy (recording.md 4.6)."""

from __future__ import annotations

import pytest

from tests.rules.chart.pumps import (
    BACLOFEN,
    CLONIDINE,
    MORPHINE,
    Json,
    ago,
    at,
    device,
    diagnosis,
    done,
    dose,
    order,
    running,
)

DRAFT = order((MORPHINE, 20))
TRIAL = done("it-trial", None, performedPeriod={"start": ago(30), "end": ago(27)})


@pytest.mark.parametrize(
    ("stored", "first"),
    [
        ((), True),
        ((running(),), False),
        ((running(status="stopped"),), False),
        ((dose(ago(500), 4),), False),
        ((device(),), False),
        ((done("it-pump-implant", ago(5)),), False),
        ((TRIAL, running(start=ago(29), status="completed")), True),  # a trial is no therapy
        ((running(status="cancelled"),), True),
        ((running(status="draft"),), True),
        ((running(status="on-hold"),), None),  # possible only
        ((diagnosis("Z45.1"),), None),  # a pump may be in place
    ],
)
def test_the_first_order_has_nothing_before_it(
    stored: tuple[Json, ...], first: bool | None
) -> None:
    """No counted order, no programmed dose, no pump."""
    assert at(DRAFT, stored=stored).first.value is first


def test_the_order_that_a_draft_replaces_was_before_it() -> None:
    """A renewal is no first order."""
    assert at(order((MORPHINE, 20), prior="it-1"), stored=(running(),)).first.value is False


@pytest.mark.parametrize("key", ["medicationRequests", "procedures", "devices", "observations"])
def test_without_one_of_its_keys_the_first_order_is_unknown(key: str) -> None:
    """What could not be had may hold an earlier one; what is found stays found."""
    found = at(DRAFT, missing={key: "refused"}).first
    assert found.value is None
    assert found.why
    known = at(DRAFT, stored=(device(), dose(ago(5), 4), running()), missing={key: "refused"})
    assert known.first.value is False


def test_therapy_began_with_the_earliest_of_pump_order_and_dose() -> None:
    """Trials apart."""
    clock = at().chart.clock
    stored = [done("it-pump-implant", ago(100)), running(start=ago(90)), dose(ago(120), 4)]
    assert at(stored=tuple(stored)).start.date == clock.read(ago(120))
    assert at(stored=tuple(stored[:2])).start.date == clock.read(ago(100))
    trial = (TRIAL, running(start=ago(29)), running(ref="b", start=ago(20)))
    assert at(stored=trial).start.date == clock.read(ago(20))
    assert at(order((MORPHINE, 20), prior="it-1"), stored=(running(),)).start.date is not None
    assert (at().start.date, bool(at().start.why)) == (None, True)


def test_a_year_stays_a_year() -> None:
    """The start is as vague as what is recorded."""
    clock = at().chart.clock
    assert at(stored=(done("it-pump-implant", "2024"),)).start.date == clock.read("2024")


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ((), False),
        ((running(),), True),
        ((running(status="stopped"),), False),
        ((device(), dose(ago(180), 4)), True),
        ((device(), dose(ago(181), 4)), False),
        ((device(), dose(ago(5), 4), dose(ago(2), 0)), False),  # stopped
        ((dose(ago(5), 4),), False),  # without a pump a dose shows no infusion
        ((diagnosis("Z45.1"), dose(ago(5), 4)), None),
        ((running(text="pump mixture"),), None),
        ((running(status="on-hold"),), False),
    ],
)
def test_an_infusion_runs_by_order_or_by_programmed_dose(
    stored: tuple[Json, ...], value: bool | None
) -> None:
    """An order on board, or a pump with a dose above zero in the last 180 days."""
    assert at(stored=stored).therapy.value is value


def test_what_it_holds() -> None:
    """Opioid, baclofen and clonidine, each on its own."""
    mixed = at(stored=(running((BACLOFEN, 0.5), (CLONIDINE, 0.2)),)).therapy
    assert (mixed.opioid, mixed.baclofen, mixed.clonidine) == (False, True, True)
    assert mixed.names == "baclofen, clonidine"
    programmed = at(stored=(device(), dose(ago(5), 4))).therapy
    assert (programmed.opioid, programmed.baclofen) == (True, False)
    nameless = at(stored=(device(), dose(ago(5), 4, None))).therapy
    assert (nameless.value, nameless.opioid, nameless.baclofen) == (True, None, None)
    uncoded = at(stored=(running(text="pump mixture"),)).therapy
    assert (uncoded.opioid, uncoded.baclofen) == (None, None)
    replaced = at(order((MORPHINE, 20), prior="it-1"), stored=(running((BACLOFEN, 0.5)),)).therapy
    assert replaced.baclofen is True


@pytest.mark.parametrize("key", ["medicationRequests", "observations"])
def test_without_one_of_its_keys_absence_is_unknown(key: str) -> None:
    """Presence that was found stays."""
    assert at(missing={key: "refused"}).therapy.value is None
    found = at(stored=(running(), device(), dose(ago(5), 4)), missing={key: "refused"}).therapy
    assert (found.value, found.baclofen) == (True, None)
