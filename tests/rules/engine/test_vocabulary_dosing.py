"""Words about the agents of intrathecal orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine.vocabulary import dosing
from tests.rules.chart.calls import policy
from tests.rules.chart.pumps import (
    BACLOFEN,
    BUPIVACAINE,
    FENTANYL,
    HYDROMORPHONE,
    MORPHINE,
    ZICONOTIDE,
    Json,
    ago,
    at,
    device,
    dose,
    order,
    refilled,
    running,
)
from tests.rules.engine.shelf import frame, span

if TYPE_CHECKING:
    from rules.chart.records import Records, Truth

POLICY = policy()
ROPIVACAINE = "35780"


def agents(*drafts: Json, stored: tuple[Json, ...] = (), **more: Any) -> Records:  # noqa: ANN401
    """Return the agents of drafts."""
    found: Records = at(*drafts, stored=stored, **more).drafted
    return found


def kept(records: Any) -> list[str]:  # noqa: ANN401 - what a word gives
    """Return the names of what is certainly kept."""
    return [one.text for one in records.sure]


def answer(records: Any) -> Truth:  # noqa: ANN401 - what a word gives
    """Say whether anything is kept."""
    found: Truth = records.exists()
    return found


# ------------------------------------------------------------------------------------- ceilings


@pytest.mark.parametrize(
    ("agent", "unit", "limit"),
    [(MORPHINE, "mg/d", 15), (HYDROMORPHONE, "mg/d", 10), (FENTANYL, "ug/d", 1000),
     (BUPIVACAINE, "mg/d", 15), (ZICONOTIDE, "ug/d", Decimal("19.2")), (BACLOFEN, "ug/d", 1000)],
)  # fmt: skip
def test_above_the_ceiling_of_each_agent(agent: str, unit: str, limit: Decimal) -> None:
    """Exactly the ceiling is not above it, in the unit of the agent."""
    table = POLICY["it.dose_max"]

    def above(rate: object, times: int = 1) -> Truth:
        return answer(dosing.above_dose(agents(order((agent, 1), rate=rate, unit=unit)), table,
                                        Decimal(times)))  # fmt: skip

    assert above(limit) is False
    assert above(Decimal(limit) + Decimal("0.0001")) is True
    assert above(2 * Decimal(limit), 2) is False
    assert above(2 * Decimal(limit) + Decimal("0.0001"), 2) is True


def test_an_agent_without_a_limit_is_dropped_and_one_without_a_dose_is_not() -> None:
    """The first is not accepted at all, the second is not known."""
    table = POLICY["it.dose_max"]
    found = dosing.above_dose(agents(order((ROPIVACAINE, 10), rate=9)), table)
    assert (kept(found), answer(found)) == ([], False)
    assert answer(dosing.above_dose(agents(order((MORPHINE, 10), rate=None)), table)) is None
    assert answer(dosing.above_dose(agents(order(text="mixture")), table)) is None
    assert answer(dosing.above_dose(agents(order((MORPHINE, 10))), None)) is False


def test_every_accepted_agent_has_a_limit_in_every_table() -> None:
    """Else its dose would be compared with nothing."""
    accepted = POLICY["it.accepted"]
    assert isinstance(accepted, (list, tuple))
    for name in ("it.dose_max", "it.conc_max", "it.start_max.naive", "it.start_max.tolerant",
                 "it.plausible.bolus_max", "it.plausible.daily_max", "it.unit"):  # fmt: skip
        table = POLICY[name]
        assert isinstance(table, dict)
        assert set(accepted) <= set(table), name


def test_of_a_mixture_each_agent_is_judged() -> None:
    """6 and 16 mg: one of two is above its ceiling."""
    mixed = agents(order((MORPHINE, 10), (BUPIVACAINE, Decimal("26.7")), rate=0.6))
    assert kept(dosing.above_dose(mixed, POLICY["it.dose_max"])) == ["bupivacaine"]


@pytest.mark.parametrize(("strength", "above"), [(20, False), (Decimal("20.01"), True)])
def test_above_a_concentration(strength: Decimal, above: bool) -> None:
    """Exactly the limit is not above it."""
    found = dosing.above_concentration(agents(order((MORPHINE, strength))), POLICY["it.conc_max"])
    assert answer(found) is above
    unknown = agents(order(product=MORPHINE, rate=1, unit="mg/d"))
    assert answer(dosing.above_concentration(unknown, POLICY["it.conc_max"])) is None


def test_starting_above_reads_the_first_step() -> None:
    """Not the highest."""
    table = POLICY["it.start_max.naive"]
    assert answer(dosing.starting_above(agents(order((MORPHINE, 10), steps=(0.1, 1))), table)) is (
        False
    )
    assert answer(dosing.starting_above(agents(order((MORPHINE, 10), steps=(0.2, 0.1))), table))


# ---------------------------------------------------------------------------------------- steps


def step(agent: str, before: object, now: object, unit: str, cerebral: Truth = False) -> Truth:
    """Say whether a step from one dose to another is too large."""
    stored = (device(), *refilled(ago(5)), dose(ago(5), before, agent, unit))
    drafted = agents(order((agent, 1), rate=now, unit=unit), stored=stored)
    return answer(dosing.stepping_above(drafted, POLICY["it.step_max"], cerebral))


@pytest.mark.parametrize(
    ("agent", "unit", "edge"),
    [(MORPHINE, "mg/d", "1.25"), (FENTANYL, "ug/d", "1.25"), (BACLOFEN, "ug/d", "1.4")],
)
def test_a_step_in_per_cent(agent: str, unit: str, edge: str) -> None:
    """Exactly the limit is not too large."""
    limit = 100 * Decimal(edge)
    assert step(agent, 100, limit, unit) is False
    assert step(agent, 100, limit + Decimal("0.001"), unit) is True
    assert step(agent, 100, 50, unit) is False


def test_a_step_of_ziconotide_is_absolute() -> None:
    """2.4 micrograms a day, whatever the dose."""
    assert step(ZICONOTIDE, 1, Decimal("3.4"), "ug/d") is False
    assert step(ZICONOTIDE, 1, Decimal("3.41"), "ug/d") is True
    assert step(ZICONOTIDE, 18, Decimal("20.41"), "ug/d") is True


@pytest.mark.parametrize(
    ("now", "cerebral", "too_large"),
    [(120, True, False), (121, True, True), (121, False, False), (121, None, None),
     (120, None, False), (141, None, True)],
)  # fmt: skip
def test_cerebral_spasticity_has_a_smaller_step(
    now: int, cerebral: Truth, too_large: Truth
) -> None:
    """20 per cent; not knowing matters only between the two."""
    assert step(BACLOFEN, 100, now, "ug/d", cerebral) is too_large


def test_from_a_stop_any_dose_is_a_step() -> None:
    """The dose before was zero."""
    assert step(MORPHINE, 0, 1, "mg/d") is True


def test_agents_without_a_step_or_an_earlier_dose_are_dropped() -> None:
    """Bupivacaine has no limit; a new agent has nothing to rise from."""
    assert step(BUPIVACAINE, 5, 10, "mg/d") is False
    drafted = agents(order((MORPHINE, 10)), stored=(device(),))
    assert answer(dosing.stepping_above(drafted, POLICY["it.step_max"], False)) is False
    assert kept(dosing.new_to_record(drafted)) == ["morphine"]


def test_an_unusable_dose_before_leaves_the_step_open() -> None:
    """It is on record and cannot be compared."""
    assert step(MORPHINE, -5, 10, "mg/d") is None


# ------------------------------------------------------------------------------------ plausible


@pytest.mark.parametrize(
    ("draft", "strange"),
    [
        (order(bolus=(5, "mg"), product=MORPHINE), False),
        (order(bolus=(Decimal("5.01"), "mg"), product=MORPHINE), True),
        (order((MORPHINE, 10), rate=50, unit="mg/d"), False),
        (order((MORPHINE, 10), rate=51, unit="mg/d"), True),
        (order((FENTANYL, 10), rate=5, unit="mg/d"), False),
        (order((FENTANYL, 10), rate=6, unit="mg/d"), True),  # milligrams for micrograms
        (order((ZICONOTIDE, 0.1), rate=2.4, unit="mg/d"), True),
        (order((ROPIVACAINE, 10), rate=900, unit="mg/d"), False),
        (order((MORPHINE, 10), rate=None), None),
        (order((MORPHINE, 10), rate=0), None),
    ],
)
def test_implausible_doses(draft: Json, strange: Truth) -> None:
    """A bolus or a daily dose above the window of the agent."""
    boluses, days = POLICY["it.plausible.bolus_max"], POLICY["it.plausible.daily_max"]
    assert answer(dosing.implausible(agents(draft), boluses, days)) is strange


def test_products_for_infusion_only() -> None:
    """Infumorph as a bolus; by rate it is what it is for."""
    assert kept(dosing.infusion_only_as_bolus(agents(order(bolus=(1, "mg"), product="1731999"))))
    assert not kept(dosing.infusion_only_as_bolus(agents(order(product="1731999"))))
    assert not kept(dosing.infusion_only_as_bolus(agents(order(bolus=(1, "mg"), product=MORPHINE))))


# ---------------------------------------------------------------------------------------- restart


def restart(
    before: object, now: object, *, lost: bool, agent: str = MORPHINE, unit: str = "mg/d",
    **more: Any,  # noqa: ANN401 - an order
) -> Truth:  # fmt: skip
    """Say whether a draft is not certainly a reduced restart."""
    stored: tuple[Json, ...] = (device(), *refilled(ago(5)))
    if before is not None:
        stored = (*stored, dose(ago(5), before, agent, unit))
    drafted = agents(order((agent, 1), rate=now, unit=unit, **more), stored=stored)
    table = POLICY["it.start_max.naive"]
    return answer(dosing.not_reduced(drafted, Decimal("0.5"), table, lost))


@pytest.mark.parametrize(
    ("before", "now", "lost", "kept_"),
    [
        (8, 4, False, False),  # exactly half
        (8, Decimal("4.001"), False, True),
        (8, 8, False, True),
        (8, 4, True, True),  # half, above the first dose of 1 mg
        (8, 1, True, False),
        (8, Decimal("1.001"), True, True),
        (1, Decimal("0.6"), True, True),  # below the first dose, above half
        (1, Decimal("0.5"), True, False),
        (None, 1, False, False),  # no dose before: the first dose alone
        (None, Decimal("1.001"), False, True),
        (0, 1, False, False),  # stopped before: the first dose alone
        (0, 2, False, True),
        (-5, 1, False, False),  # not usable: as none
        (-5, 2, False, True),
        (8, None, False, True),  # nothing certain
        (8, 0, False, True),
    ],
)
def test_a_reduced_restart(before: object, now: object, lost: bool, kept_: bool) -> None:
    """At most half of before; and a first dose where tolerance is lost or nothing is known."""
    assert restart(before, now, lost=lost) is kept_


def test_an_agent_without_a_first_dose_is_never_certainly_reduced() -> None:
    """Nor is one that nothing codes."""
    assert restart(None, 1, lost=True, agent=ROPIVACAINE) is True
    table = POLICY["it.start_max.naive"]
    found = dosing.not_reduced(agents(order(text="mixture")), Decimal("0.5"), table, True)
    assert answer(found) is None


@given(
    st.decimals("0.01", 40, places=2), st.decimals("0.01", 40, places=2), st.booleans()
)  # fmt: skip
def test_the_old_dose_is_never_a_reduced_restart(before: Decimal, now: Decimal, lost: bool) -> None:
    """Whatever the doses: above half of before it is kept, and above 1 mg where it stood long."""
    expected = now > before / 2 or (lost and now > 1)
    assert restart(before, now, lost=lost) is expected


# ----------------------------------------------------------------------------------------- words


def test_which_agents() -> None:
    """By name, by list, by kind."""
    mixed = agents(order((MORPHINE, 10), (BUPIVACAINE, 5), (ROPIVACAINE, 2)))
    assert kept(dosing.of_agent(mixed, "morphine")) == ["morphine"]
    assert kept(dosing.opioids(mixed)) == ["morphine"]
    assert kept(dosing.not_among(mixed, POLICY["it.accepted"])) == ["ropivacaine"]
    assert answer(dosing.not_among(agents(order(text="mixture")), POLICY["it.accepted"])) is None
    assert answer(dosing.opioids(agents(order(text="mixture")))) is None


def test_doses_as_people_write_them() -> None:
    """Every agent by name, with its dose, unit and limit; none is left out."""
    mixed = agents(order((MORPHINE, 10), (BUPIVACAINE, 20), (FENTANYL, Decimal("0.1")), rate=0.6))
    limits = POLICY["it.dose_max"]
    assert dosing.with_doses(mixed, "highest", limits) == (
        "morphine 6 mg/day (max 15), bupivacaine 12 mg/day (max 15), fentanyl 60 mcg/day (max 1000)"
    )
    assert str(dosing.with_doses(mixed, "concentration")).startswith("morphine 10 mg/mL, ")
    bolus = agents(order(bolus=(10, "mg"), product=MORPHINE))
    assert dosing.with_doses(bolus, "bolus") == "morphine 10 mg"
    assert dosing.agent_names(mixed) == "morphine, bupivacaine, fentanyl"


def test_what_is_not_known_is_said() -> None:
    """A dose that cannot be worked out, and why."""
    unknown = agents(order((MORPHINE, 10), rate=None))
    assert dosing.with_doses(unknown, "first") == "morphine dose not computable"
    assert str(dosing.reasons_why(unknown)).startswith("morphine: ")
    assert kept(dosing.not_computable(unknown)) == ["morphine"]
    assert dosing.with_previous(unknown) == "morphine dose not computable (previous unknown)"
    zero = agents(order((MORPHINE, 10), rate=0))
    assert kept(dosing.stopping(zero)) == ["morphine"]
    assert dosing.reasons_why(zero) == "morphine: the dose is zero"


def test_a_step_as_people_write_it() -> None:
    """In per cent and with both doses."""
    stored = (device(), *refilled(ago(5)), running())
    grown = agents(order((MORPHINE, 20), rate=0.4, prior="it-1"), stored=stored)
    assert dosing.with_increase(grown) == "morphine +33.3% (6 mg to 8 mg)"
    assert dosing.with_previous(grown) == "morphine 8 mg/day (previous 6 mg)"


def test_rows_of_a_table() -> None:
    """Name and value."""
    assert dosing.rows({"opioid": Decimal(25), "unit": "mg"}) == "opioid 25, unit mg"


@pytest.mark.parametrize(
    ("date", "older", "days"),
    [("2024-11-22", False, -730), ("2024-11-21", True, -731), ("2024", None, None),
     ("2023", True, None), ("2026-11-30", True, 8)],
)  # fmt: skip
def test_older_than(date: str, older: Truth, days: int | None) -> None:
    """Strictly more than 24 calendar months; a year may leave it open."""
    if date != "2026-11-30":
        assert dosing.older_than(frame(), span(date), Decimal(24), "months") is older
    assert dosing.days_until(frame(), span(date)) == days
