"""Allergy to an ordered drug (recording.md section 6, CTR-05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.allergy import LEVELS, agent_allergy
from tests.rules.chart.calls import call
from tests.rules.chart.handmade import allergy, chart, condition, drug, order

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth

MORPHINE = [order("it-medication", medication=drug("7052", route="intrathecal"))]
ZICONOTIDE = [order("it-medication", medication=drug("68503", route="intrathecal"))]
PENICILLIN = allergy(ref="AllergyIntolerance/p")


@pytest.mark.parametrize(
    ("entry", "level", "truth"),
    [
        (allergy("7052"), "alarm", True),
        (allergy("7052", kind="intolerance"), "none", False),
        (allergy("7052", kind="intolerance", criticality="high"), "alarm", True),
        (allergy("7052", kind="intolerance", severe=True), "alarm", True),
        (allergy("7052", kind="intolerance", criticality="low"), "none", False),
        (allergy("7052", kind=""), "warning", True),
        (allergy("7052", kind="", severe=True), "alarm", True),
        (allergy("7052", confirmed=None), "warning", True),
        (allergy("7052", active=None), "warning", True),
        (allergy("3423"), "class", False),
        (allergy("3423", kind="intolerance"), "none", False),
        (allergy(groups=["allergy-opioid-class"]), "class", False),
        (allergy("68503"), "none", False),
        (PENICILLIN, "none", False),
    ],
)
def test_one_entry_is_graded(entry: Record, level: str, truth: Truth) -> None:
    """An allergy alarms, a possible one warns, the class informs, an intolerance is C2's (V59)."""
    read = agent_allergy(chart(entry, orders=MORPHINE))

    assert (read.level, read.truth) == (level, truth)
    assert read.names == (entry.text if level == "class" else "morphine")
    assert level == "none" or entry in read.graded(level).sure
    assert read.why


@pytest.mark.parametrize(
    "entry",
    [allergy("7052", confirmed=False), allergy("7052", active=False)],
    ids=["refuted", "resolved"],
)
def test_a_refuted_or_resolved_entry_is_none(entry: Record) -> None:
    """It neither alarms nor shows that the list was reviewed."""
    read = agent_allergy(chart(entry, orders=MORPHINE))

    assert (read.level, read.complete) == ("unknown", False)
    assert agent_allergy(chart(entry, PENICILLIN, orders=MORPHINE)).level == "none"


def test_an_empty_list_is_unknown_and_no_known_allergy_is_an_answer() -> None:
    """An empty complete list was not reviewed; a no-known-allergy entry says that it was."""
    none_known = allergy(groups=["allergy-none-known"])

    assert agent_allergy(chart(orders=MORPHINE)).truth is None
    assert agent_allergy(chart(none_known, orders=MORPHINE)).truth is False


def test_a_missing_list_is_unknown_but_what_arrived_still_alarms() -> None:
    """The gap is named."""
    missing = agent_allergy(chart(PENICILLIN, missing=["allergies"], orders=MORPHINE))

    assert (missing.level, missing.truth, missing.gaps) == ("unknown", None, ("allergies",))
    found = chart(allergy("7052"), missing=["allergies"], orders=MORPHINE)
    assert agent_allergy(found).level == "alarm"


def test_an_uncoded_entry_leaves_absence_unknown() -> None:
    """Text supports nothing and refutes nothing."""
    uncoded = allergy(coded=False, ref="AllergyIntolerance/u")

    assert agent_allergy(chart(PENICILLIN, maybe=[uncoded], orders=MORPHINE)).truth is None


def test_a_class_statement_on_the_problem_list_informs_for_opioids_only() -> None:
    """Z88.5 concerns opioids: ziconotide is none."""
    statement = condition("allergy-opioid-class")

    assert agent_allergy(chart(statement, PENICILLIN, orders=MORPHINE)).level == "class"
    assert agent_allergy(chart(statement, PENICILLIN, orders=ZICONOTIDE)).level == "none"
    inactive = condition("allergy-opioid-class", active=False)
    assert agent_allergy(chart(inactive, PENICILLIN, orders=MORPHINE)).level == "none"


def test_an_order_stopped_for_allergy_warns() -> None:
    """A stop reason of allergy is evidence, though no list entry."""
    stopped = drug("7052", status="stopped")
    stopped.stopped_for_allergy = True

    read = agent_allergy(chart(stopped, PENICILLIN, orders=MORPHINE))

    assert (read.level, read.evidence) == ("warning", (stopped,))


def test_every_drug_of_an_admixture_is_matched() -> None:
    """The gravest match is the answer; each drug keeps its own."""
    mixture = [order("it-medication", medication=drug("7052", "1815", route="intrathecal"))]

    read = agent_allergy(chart(allergy("1815"), orders=mixture))

    assert read.level == "alarm"
    assert {match.name: match.level for match in read.matches} == {
        "bupivacaine": "alarm",
        "morphine": "none",
    }


@pytest.mark.parametrize(
    ("one", "asked"),
    [
        (order("systemic-medication", medication=drug("7052")), False),
        (order("systemic-medication", medication=drug("7052", route="unknown")), True),
        (order("systemic-medication", medication=drug("7052", route="epidural")), True),
        (order("it-medication", medication=drug("7052", route="intrathecal"), ended=True), False),
        (order("implant"), False),
    ],
)
def test_drugs_that_may_reach_the_spinal_canal_are_asked_about(one: object, asked: bool) -> None:
    """Certainly systemic orders, and orders that end a therapy, are not."""
    read = agent_allergy(chart(allergy("7052"), orders=[one]))

    assert (read.level == "alarm") is asked
    assert (read.truth is True) is asked


def test_an_uncoded_drug_is_unknown() -> None:
    """Nothing can be matched with a drug that has no code."""
    one = order("it-medication", medication=drug(route="intrathecal", coded=False))

    read = agent_allergy(chart(PENICILLIN, orders=[one]))

    assert (read.level, read.truth) == ("unknown", None)


ENTRY = st.builds(
    allergy,
    st.sampled_from(["7052", "3423", "68503"]),
    kind=st.sampled_from(["allergy", "intolerance", ""]),
    confirmed=st.sampled_from([True, None, False]),
    active=st.sampled_from([True, None, False]),
    severe=st.booleans(),
)


@given(st.lists(ENTRY, max_size=4), ENTRY)
def test_another_entry_never_lowers_an_alarm(entries: list[Any], more: Any) -> None:  # noqa: ANN401 - built above
    """Adding an entry to the list keeps an alarm, and the order of the entries never matters."""
    before = agent_allergy(chart(*entries, orders=MORPHINE)).level
    after = agent_allergy(chart(*entries, more, orders=MORPHINE)).level

    assert agent_allergy(chart(*reversed(entries), orders=MORPHINE)).level == before
    if before in ("alarm", "warning", "class"):
        assert LEVELS.index(after) <= LEVELS.index(before)


RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def entry_json(system: str, code: str, **more: object) -> dict[str, Any]:
    """Make the JSON of an active, confirmed allergy."""
    state = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
    return {
        "resourceType": "AllergyIntolerance",
        "id": code,
        "clinicalStatus": {"coding": [{"system": f"{state}clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{state}verification", "code": "confirmed"}]},
        "code": {"coding": [{"system": system, "code": code}]},
        **more,
    }


@pytest.mark.parametrize(
    ("entry", "level"),
    [
        (entry_json(RXNORM, "7052", type="allergy"), "alarm"),
        (entry_json(RXNORM, "894807", type="allergy"), "alarm"),  # a morphine product
        (entry_json(RXNORM, "7052", type="intolerance"), "none"),
        (entry_json(RXNORM, "3423", type="allergy"), "class"),
        (entry_json(RXNORM, "7980", type="allergy"), "none"),  # penicillin, in no value set
        (entry_json("http://snomed.info/sct", "409137002"), "none"),
    ],
)
def test_an_allergy_is_read_from_fhir(entry: dict[str, Any], level: str) -> None:
    """Morphine by the intrathecal route against one entry of the list (V59)."""
    route = {"coding": [{"system": "http://snomed.info/sct", "code": "72607000"}]}
    draft = {
        "resourceType": "MedicationRequest",
        "id": "it",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "7052"}]},
        "dosageInstruction": [{"route": route}],
    }

    read = agent_allergy(call(draft, stored=(entry,)))

    assert read.level == level
    assert agent_allergy(call(draft)).level == "unknown"
