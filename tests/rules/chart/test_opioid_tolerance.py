"""Opioid tolerance (recording.md 4.6)."""

from __future__ import annotations

import pytest

from tests.rules.chart.pumps import (
    BACLOFEN,
    MORPHINE,
    OXYCODONE,
    Json,
    ago,
    at,
    dose,
    oral,
    order,
    running,
)


def morphine(mg: float, start: str, **more: str) -> Json:
    """Make oral morphine, so many MME a day."""
    return oral(MORPHINE, mg, 1, start, **more)


@pytest.mark.parametrize(
    ("stored", "status"),
    [
        ((), "naive"),
        ((morphine(60, ago(7)),), "tolerant"),  # exactly 60 MME for exactly 7 days
        ((morphine(60, ago(6)),), None),
        ((morphine(59.9, ago(90)),), None),
        ((oral(OXYCODONE, 40, 1, ago(30)),), "tolerant"),  # 40 x 1.5
        ((morphine(30, ago(30)), morphine(30, ago(7), ref="b")), "tolerant"),
        ((morphine(30, ago(30)), morphine(30, ago(6), ref="b")), None),
        ((running(),), None),  # an intrathecal opioid never adds MME
        ((running((BACLOFEN, 0.5)),), "naive"),
        ((dose(ago(30), 4),), None),
        ((dose(ago(31), 4),), "naive"),
        ((dose(ago(5), 0),), "naive"),
        ((oral(BACLOFEN, 10, 3, ago(30)),), "naive"),
    ],
)
def test_tolerant_naive_or_neither(stored: tuple[Json, ...], status: str | None) -> None:
    """60 MME on each of the last 7 days; no opioid in 30 days."""
    found = at(stored=stored).tolerance
    assert found.status == status
    assert (found.tolerant, found.naive) == (
        (None, None) if status is None else (status == "tolerant", status == "naive")
    )
    assert bool(found.why) is (status is None)


@pytest.mark.parametrize(("days", "status"), [(31, "naive"), (30, None), (29, None)])
def test_an_opioid_that_ended_counts_for_30_days(days: int, status: str | None) -> None:
    """Both ends included."""
    ended = morphine(60, ago(100))
    bounds = ended["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]
    bounds["end"] = ago(days)
    assert at(stored=(ended | {"status": "completed"},)).tolerance.status == status


def test_what_is_taken_as_needed_does_not_make_tolerant() -> None:
    """Only scheduled doses count."""
    needed = morphine(90, ago(30))
    needed["dosageInstruction"][0]["asNeededBoolean"] = True
    assert at(stored=(needed,)).tolerance.status is None


def test_an_opioid_whose_dose_cannot_be_computed_leaves_it_open() -> None:
    """Neither tolerant nor naive."""
    text = morphine(60, ago(30))
    text["dosageInstruction"][0] = {"text": "as before", "route": {"coding": [
        {"system": "http://snomed.info/sct", "code": "26643006"}]}}  # fmt: skip
    assert at(stored=(text,)).tolerance.status is None


def test_an_uncoded_order_may_be_an_opioid() -> None:
    """Naive is concluded from absence; tolerant is not."""
    uncoded = morphine(60, ago(30)) | {"id": "u", "medicationCodeableConcept": {"text": "tablets"}}
    assert at(stored=(uncoded,)).tolerance.status is None
    assert at(stored=(uncoded, morphine(60, ago(30)))).tolerance.status == "tolerant"


def test_a_renewal_does_not_hide_what_it_replaces() -> None:
    """The patient had an intrathecal opioid."""
    found = at(order((MORPHINE, 20), prior="it-1"), stored=(running(),)).tolerance
    assert found.status is None


@pytest.mark.parametrize("key", ["medicationRequests", "observations"])
def test_without_one_of_its_keys_nobody_is_naive(key: str) -> None:
    """What could not be had may hold an opioid."""
    assert at(missing={key: "refused"}).tolerance.status is None
