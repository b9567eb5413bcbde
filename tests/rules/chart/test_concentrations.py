"""The concentrations of a reservoir (recording.md 3.2)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules.chart import resources as fhir
from rules.chart.concentrations import reservoir_concentrations
from rules.chart.records import Observation
from tests.rules.chart.pharmacy import BUPIVACAINE, CLOCK, MORPHINE, ago, chart

FILLED = CLOCK.read(ago(20))


def filled(value: Decimal | None, when: str | None, agent: str | None = None) -> Observation:
    """Return a record of a concentration, of an agent where one is named."""
    one = Observation(
        key="observations", ref=f"Observation/{value}-{when}-{agent}", resource=fhir.Observation(),
        groups=frozenset({"local#reservoir-concentration"}), coded=True, counts=True,
        text="concentration", when=CLOCK.read(when),
    )  # fmt: skip
    one.value = value
    named = ((frozenset({"local#it-agent"}), agent, frozenset[str]()),)
    one.components = named if agent is not None else ()
    return one


TEN, TWENTY = Decimal(10), Decimal(20)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([filled(TEN, ago(20))], TEN),
        ([filled(TEN, ago(19)), filled(TWENTY, ago(5))], TWENTY),
        ([filled(TEN, ago(21))], None),
        ([filled(TEN, None)], None),
        ([filled(None, ago(5))], None),
        ([filled(TEN, ago(5)), filled(TWENTY, ago(5))], None),
        ([filled(TEN, ago(5), MORPHINE), filled(TWENTY, ago(5), BUPIVACAINE)], TEN),
        ([filled(TEN, ago(5), BUPIVACAINE)], None),
        ([], None),
    ],
)
def test_the_newest_record_since_the_last_fill_counts(
    records: list[Observation], expected: Decimal | None
) -> None:
    """Of the agent, on or after the day of the fill; records that contradict give none."""
    found = reservoir_concentrations(chart([], records), [MORPHINE], FILLED)
    assert found.get(MORPHINE) == expected


def test_several_agents_have_one_value_each() -> None:
    """A record that names no agent cannot be given to one of several."""
    agents = [MORPHINE, BUPIVACAINE]
    named = [filled(TEN, ago(5), MORPHINE), filled(TWENTY, ago(5), BUPIVACAINE)]
    assert reservoir_concentrations(chart([], named), agents, FILLED) == {
        MORPHINE: TEN, BUPIVACAINE: TWENTY,
    }  # fmt: skip
    assert reservoir_concentrations(chart([], [filled(TEN, ago(5))]), agents, FILLED) == {}


def test_without_a_known_fill_there_is_none() -> None:
    """What was in the reservoir before may be gone."""
    assert reservoir_concentrations(chart([], [filled(TEN, ago(5))]), [MORPHINE], None) == {}
