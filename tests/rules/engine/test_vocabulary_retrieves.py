"""Nouns that retrieve records: one per prefetch key, the orders, and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rules.chart.records import Records
from tests.rules.chart import pharmacy
from tests.rules.engine.scenes import basic, candidate
from tests.rules.engine.shelf import VOCABULARY, condition, frame, order, taken
from tests.rules.engine.test_vocabulary_readings import KEYS, read

if TYPE_CHECKING:
    from tests.rules.engine.scenes import Scene

# Each key with the noun that gives its records, and the attribute of the chart behind it.
RETRIEVES = {
    "conditions": ("conditions", "conditions"),
    "observations": ("observations", "observations"),
    "procedures": ("procedures", "procedures"),
    "medicationRequests": ("medications", "medications"),
    "allergies": ("allergies", "allergies"),
    "devices": ("devices", "devices"),
    "careTeams": ("care_teams", "care_teams"),
    "serviceRequests": ("service_requests", "service_requests"),
}
RECORDS = sorted(name for name, one in VOCABULARY.nouns.items() if one.kind.type == "records")


def test_every_key_has_its_noun() -> None:
    """Nothing that is fetched is out of reach of the rules."""
    assert RETRIEVES.keys() == {*KEYS}
    for key, (name, _) in RETRIEVES.items():
        assert VOCABULARY.nouns[name].keys == (key,)


@pytest.mark.parametrize("key", KEYS)
def test_a_retrieve_gives_the_records_of_the_chart(key: str) -> None:
    """As the chart read them: sure, doubtful, complete."""
    words = read(candidate())
    name, attribute = RETRIEVES[key]
    assert words.noun(name) is getattr(words.chart, attribute)
    assert words.noun(name).complete
    assert {one.key for one in words.noun(name).possible()} <= {key}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("scene", [candidate(), basic()], ids=["candidate", "basic"])
def test_a_missing_key_is_a_gap_of_every_noun_that_rests_on_it(scene: Scene, key: str) -> None:
    """What could not be had is not complete and says what would settle it."""
    words = read(scene.lacking(key))
    name, _ = RETRIEVES[key]
    retrieved = words.noun(name)
    assert (retrieved.complete, retrieved.gaps, retrieved.possible()) == (False, (key,), ())
    for one in RECORDS:
        found: Records = words.noun(one)
        assert {*found.gaps} <= {key}
        assert found.complete or found.gaps
        assert not found.gaps or key in VOCABULARY.nouns[one].keys
        if key == "medicationRequests" and key in VOCABULARY.nouns[one].keys:
            assert not found.complete


def test_orders_are_the_drafts_of_the_call() -> None:
    """All of them, in their order, and none of the record."""
    first, second = order("implant"), order("refill")
    words = frame(condition("cond-a"), orders=(first, second))
    assert words.noun("orders") == Records((first, second))
    assert frame().noun("orders") == Records()


def test_systemic_opioids_are_of_any_length_and_never_intrathecal() -> None:
    """A single day counts; a neuraxial opioid and another drug do not; no route leaves it open."""
    one_day = taken(pharmacy.MORPHINE, "2026-06-01", "2026-06-02", id="one-day")
    spinal = taken(pharmacy.MORPHINE, "2026-06-01", route="intrathecal", id="spinal")
    other = taken(pharmacy.GABAPENTIN, "2026-06-01", id="other")
    somehow = taken(pharmacy.FENTANYL, "2026-06-01", route=None, id="somehow")
    found = frame(one_day, spinal, other, somehow).noun("systemic_opioids")
    assert {*found.sure} == {one_day}
    assert {*found.maybe} == {somehow}


def test_courses_join_the_orders_of_one_drug_and_route() -> None:
    """Two orders with a short gap are one course; another route is another course."""
    words: Any = frame(
        taken(pharmacy.MORPHINE, "2026-01-01", "2026-02-01", id="a"),
        taken(pharmacy.MORPHINE, "2026-02-05", "2026-04-01", id="b"),
        taken(pharmacy.FENTANYL, "2026-04-01", route="transdermal", id="c"),
    )
    courses = words.noun("opioid_courses").sure
    assert [(one.ingredient, one.route_class, len(one.segments)) for one in courses] == [
        (pharmacy.MORPHINE, "oral", 2), (pharmacy.FENTANYL, "transdermal", 1),
    ]  # fmt: skip


def test_reasons_are_those_of_the_procedure_that_is_ordered() -> None:
    """A code and a reference of the implant order are reasons; those of imaging are not."""
    pain = condition("cond-crps", when="2026-01-01")
    implant = order("implant", reason_refs=(pain.ref,), reason_groups=frozenset({"cond-b"}))
    imaging = order("imaging", reason_refs=(pain.ref,))
    found = frame(pain, orders=(implant, imaging)).noun("reasons")
    assert pain in found.sure
    assert {*found.sure[-1].groups} == {"cond-b"}
    assert frame(pain, orders=(imaging,)).noun("reasons") == Records()
