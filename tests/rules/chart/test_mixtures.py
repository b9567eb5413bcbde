"""Admixtures, compounding and label conflicts of one reservoir (recording.md 7, 13.8)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rules.chart.mixtures import marketed
from tests.rules.chart.calls import terminology
from tests.rules.chart.pumps import (
    BACLOFEN,
    BUPIVACAINE,
    CLONIDINE,
    FENTANYL,
    HYDROMORPHONE,
    MORPHINE,
    ZICONOTIDE,
    Json,
    at,
    code,
    order,
    running,
)

HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
INFUMORPH, INFUMORPH_BRAND, MORPHINE_25 = "1731999", "203358", "1731522"


def test_the_marketed_strengths_are_those_of_labelled_products() -> None:
    """Morphine of 0.5, 1, 10 and 25 mg/mL; hydromorphone has none."""
    found = marketed(terminology())
    assert found[MORPHINE] == {Fraction(1, 2), Fraction(1), Fraction(10), Fraction(25)}
    assert HYDROMORPHONE not in found


@pytest.mark.parametrize(
    ("draft", "stored", "compounded"),
    [
        (order((MORPHINE, 10)), (), False),
        (order((MORPHINE, 25)), (), False),
        (order((MORPHINE, 12)), (), True),  # a dilution
        (order((MORPHINE, 10), (BUPIVACAINE, 20)), (), True),
        (order((HYDROMORPHONE, 10)), (), True),
        (order((MORPHINE, 10)), (running((CLONIDINE, 0.1)),), True),
        (order((MORPHINE, 10), prior="it-1"), (running((CLONIDINE, 0.1)),), False),
        (order((MORPHINE, 10)), (running((MORPHINE, 10)),), False),  # one agent twice
        (order(product=INFUMORPH), (), False),
        (order(product=INFUMORPH_BRAND), (), False),
        (order(product=MORPHINE), (), None),  # no strength
        (order(text="mixture"), (), None),
        (order((MORPHINE, 10)), (running(text="mixture"),), None),
        (order((MORPHINE, 10)), (running((CLONIDINE, 0.1), status="stopped"),), False),
    ],
)
def test_several_agents_or_an_unmarketed_strength_are_compounded(
    draft: Json, stored: tuple[Json, ...], compounded: bool | None
) -> None:
    """Draft and active agents of one reservoir together."""
    assert at(draft, stored=stored).mixture.compounded is compounded


def test_j7999_is_compounded() -> None:
    """The billing code of a compounded drug."""
    coded = order((MORPHINE, 10))
    coded["contained"][0]["code"] = code("J7999", HCPCS)
    assert at(coded).mixture.compounded is True


@pytest.mark.parametrize(
    ("draft", "stored", "pairs"),
    [
        (order((ZICONOTIDE, 0.025), (MORPHINE, 10)), (), "ziconotide + morphine"),
        (order((ZICONOTIDE, 0.025)), (running((FENTANYL, 0.5)),), "ziconotide + fentanyl"),
        (order((FENTANYL, 0.5)), (running((ZICONOTIDE, 0.025)),), "ziconotide + fentanyl"),
        (order((BACLOFEN, 0.5), (CLONIDINE, 0.1)), (), "baclofen + clonidine"),
        (order((ZICONOTIDE, 0.025), (BUPIVACAINE, 5)), (), ""),
        (order((ZICONOTIDE, 0.025), prior="it-1"), (running((MORPHINE, 10)),), ""),
        (order((MORPHINE, 10), (BUPIVACAINE, 5)), (), ""),
        (order((BACLOFEN, 0.5)), (running((BACLOFEN, 0.5)),), ""),
    ],
)
def test_labels_keep_ziconotide_from_opioids_and_baclofen_from_all(
    draft: Json, stored: tuple[Json, ...], pairs: str
) -> None:
    """Every pair is named."""
    found = at(draft, stored=stored).mixture
    assert (found.conflict, found.pairs) == (bool(pairs), pairs)


def test_every_pair_of_a_mixture_is_named() -> None:
    """Baclofen with each of two others."""
    found = at(order((BACLOFEN, 0.5), (MORPHINE, 10), (CLONIDINE, 0.1))).mixture
    assert found.pairs == "baclofen + morphine, baclofen + clonidine"


def test_reservoirs_apart_are_judged_apart() -> None:
    """A group identifier says that there are two."""

    def group(name: str) -> Json:
        return {"groupIdentifier": {"system": "urn:pump", "value": name}}

    draft = order((ZICONOTIDE, 0.025), **group("a"))
    other = running((MORPHINE, 10), **group("b"))
    found = at(draft, stored=(other,)).mixture
    assert (found.compounded, found.conflict) == (False, False)


@pytest.mark.parametrize(
    "stored", [(running(text="mixture"),), (running((MORPHINE, 10), status="on-hold"),)]
)
def test_what_is_not_certain_leaves_a_conflict_open(stored: tuple[Json, ...]) -> None:
    """An order that nothing codes may hold an opioid; one on hold no longer counts."""
    found = at(order((ZICONOTIDE, 0.025)), stored=stored).mixture
    assert found.conflict is (None if "text" in str(stored[0]) else False)


def test_without_the_medication_list_absence_is_unknown() -> None:
    """What is found stays found."""
    missing = {"medicationRequests": "refused"}
    assert at(order((ZICONOTIDE, 0.025)), missing=missing).mixture.conflict is None
    assert at(order((MORPHINE, 10)), missing=missing).mixture.compounded is None
    both = order((ZICONOTIDE, 0.025), (MORPHINE, 10))
    assert at(both, missing=missing).mixture.conflict is True
