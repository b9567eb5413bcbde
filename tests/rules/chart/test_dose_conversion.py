"""Whether a first dose looks like one of another route (recording.md 7, conversion_ratio)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.rules.chart.pumps import (
    BUPIVACAINE,
    EPIDURAL,
    HYDROMORPHONE,
    MORPHINE,
    Json,
    ago,
    at,
    oral,
    order,
    running,
)

SIXTY = oral(MORPHINE, 60, 1, ago(30))


def epidural(mg: float, agent: str = MORPHINE, **more: Any) -> Json:  # noqa: ANN401 - an order
    """Make an epidural infusion of so many mg a day."""
    return order((agent, 1), ref="epi", status="active", route=EPIDURAL, start=ago(3), rate=mg,
                 **more)  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "ratio", "low"), [(0.06, 100, False), (0.0601, None, True), (1, 6, True)]
)
def test_a_ratio_below_100_is_low(rate: float, ratio: int | None, low: bool) -> None:
    """60 MME against 0.6, 0.601 and 10 mg (V54: 6 to 1)."""
    found = at(order((MORPHINE, 10), rate=rate), stored=(SIXTY,)).conversion
    assert found.low is low
    assert found.mme == Decimal(60)
    if ratio is not None:
        assert found.ratio == ratio


@pytest.mark.parametrize(
    ("draft", "stored"),
    [
        (order((MORPHINE, 10)), ()),
        (order((HYDROMORPHONE, 10)), (SIXTY,)),
        (order((MORPHINE, 10), rate=0), (SIXTY,)),
        (order((MORPHINE, 10), rate=None), (SIXTY,)),
        (order((MORPHINE, 10), rate=1), (SIXTY, SIXTY | {
            "id": "u", "medicationCodeableConcept": {"text": "tablets"}})),
    ],
    ids=["no systemic dose", "no morphine", "zero", "no dose", "another opioid may be on record"],
)  # fmt: skip
def test_no_ratio_is_unknown_with_its_reason(draft: Json, stored: tuple[Json, ...]) -> None:
    """A ratio is of morphine only, and never divides by zero."""
    found = at(draft, stored=stored).conversion
    assert found.low is None
    assert found.why


def test_it_concerns_a_first_order_only() -> None:
    """Established therapy is not converted; unknown whether it is, it stays unknown."""
    draft = order((MORPHINE, 10), rate=1, prior="it-1")
    assert at(draft, stored=(SIXTY, running())).conversion.low is False
    missing = at(draft, stored=(SIXTY,), missing={"devices": "refused"})
    assert missing.conversion.low is None


@pytest.mark.parametrize(
    ("rate", "stored", "sized"),
    [
        (0.4, (epidural(8),), True),  # exactly half
        (0.399, (epidural(8),), False),
        (0.4, (epidural(8, HYDROMORPHONE),), False),
    ],
)
def test_half_an_epidural_dose_is_epidural_sized(
    rate: float, stored: tuple[Json, ...], sized: bool
) -> None:
    """Of the same opioid."""
    assert at(order((MORPHINE, 10), rate=rate), stored=stored).conversion.epidural_sized is sized


def test_a_local_anaesthetic_is_not_compared() -> None:
    """The alarm is of opioids."""
    found = at(order((BUPIVACAINE, 10), rate=1), stored=(epidural(8, BUPIVACAINE),)).conversion
    assert found.epidural_sized is False


def test_an_epidural_dose_that_cannot_be_read_leaves_it_open() -> None:
    """And so does a medication list that could not be had."""
    unread = epidural(8, unit="{drop}/d")
    draft = order((MORPHINE, 10), rate=0.4)
    assert at(draft, stored=(unread,)).conversion.epidural_sized is None
    missing = at(draft, missing={"medicationRequests": "refused"}).conversion
    assert missing.epidural_sized is None
