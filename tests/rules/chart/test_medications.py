"""MedicationRequests as history (recording.md 1.3, 3.3, 10.4) and what is told of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from rules.chart.medications import read_medication
from rules.chart.records import Records
from tests.rules.chart.pharmacy import (
    CLOCK,
    GABAPENTIN,
    LOCAL,
    METHADONE,
    MORPHINE,
    OXYCODONE,
    OXYCODONE_20_TABLET,
    REASONS,
    SNOMED,
    Json,
    ago,
    concept,
    dosage,
    read,
    request,
    terminology,
    typed,
)

if TYPE_CHECKING:
    from rules.chart.issues import Issue

ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def test_the_published_oxycodone_order() -> None:
    """Section 11: scheduled oral opioid, 120 MME/d, stopped for intolerance."""
    found = read(
        request(
            concept(OXYCODONE_20_TABLET, display="oxycodone hydrochloride 20 MG Oral Tablet"),
            dosage((1, "{tbl}"), 4, bounds=("2026-02-20", "2026-11-01")),
            status="stopped",
            statusReason=concept("sintol", REASONS),
            authoredOn="2026-02-20",
        )
    )
    assert found.mme_scheduled == found.mme_total == 120
    assert found.route == "oral"
    assert found.systemic
    assert found.stopped_for_intolerance
    assert [found.exposure, found.on_board, found.ended] == [True, False, True]
    assert found.why == ""


@pytest.mark.parametrize(
    "intent", ["order", "original-order", "reflex-order", "filler-order", "instance-order"]
)
@pytest.mark.parametrize("status", ["active", "completed", "stopped"])
def test_orders_are_exposure(intent: str, status: str) -> None:
    """These intents and statuses count."""
    assert read(request(OXYCODONE, intent=intent, status=status, authoredOn=ago(9))).exposure


@pytest.mark.parametrize(
    "more",
    [
        {"status": "cancelled"},
        {"status": "entered-in-error"},
        {"status": "draft"},
        {"status": "unknown"},
        {"intent": "proposal"},
        {"intent": "plan"},
        {"intent": "option"},
        {"doNotPerform": True},
    ],
)
def test_what_is_never_exposure(more: dict[str, Json]) -> None:
    """A cancelled order was not taken (V36), a prohibition neither (V68); it is told why."""
    issues: list[Issue] = []
    found = read(request(OXYCODONE, authoredOn=ago(9)) | more, issues=issues)
    assert found.exposure is False
    assert found.counts is False
    assert found.on_board is False
    assert [one.kind for one in issues] == ["ignored"]
    assert "med-opioid-ingredient" in issues[0].groups
    assert found.prohibits is ("doNotPerform" in more)


def test_an_ignored_order_of_no_value_set_is_not_told() -> None:
    """Only what matches a value set in use is worth telling."""
    issues: list[Issue] = []
    read(request(concept("44"), status="cancelled"), issues=issues)
    assert issues == []


def test_a_draft_is_no_history_and_not_told() -> None:
    """A draft order is read in full, but nothing was taken."""
    issues: list[Issue] = []
    found = read(
        request(OXYCODONE, dosage((5, "mg"), 2), status="draft"), issues=issues, key="draftOrders"
    )
    assert found.exposure is False
    assert found.mme_total == 15
    assert issues == []


def test_an_order_that_starts_tomorrow_is_no_history() -> None:
    """Records wholly in the future are told and not counted."""
    issues: list[Issue] = []
    found = read(request(OXYCODONE, authoredOn="2026-11-23"), issues=issues)
    assert found.exposure is False
    assert [one.kind for one in issues] == ["future"]
    assert read(request(OXYCODONE, authoredOn="2026-11-22")).exposure is True


@pytest.mark.parametrize("lost", ["status", "intent"])
def test_a_missing_status_or_intent_is_doubtful(lost: str) -> None:
    """What FHIR requires and is not there leaves the exposure unknown."""
    given = request(OXYCODONE, authoredOn=ago(9))
    del given[lost]
    assert read(given).exposure is None


def test_an_unknown_modifier_makes_the_order_doubtful() -> None:
    """A modifier extension that nobody understands may change everything."""
    found = read(request(OXYCODONE, authoredOn=ago(9), modifierExtension=[{"url": "http://x"}]))
    assert [found.exposure, found.on_board] == [None, None]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (concept("sintol", REASONS), True),
        (concept("T40.2X5A", ICD), True),
        (concept("stopped-adverse-effect", LOCAL), True),
        (concept("stopped-ineffective", LOCAL), False),
        (concept("salg", REASONS), False),
        (concept("sintol", "http://example.org/reasons"), False),
        ({"text": "not tolerated"}, False),
        (None, False),
    ],
)
@pytest.mark.parametrize("status", ["stopped", "completed", "on-hold"])
def test_stopped_for_intolerance(reason: Json, expected: bool, status: str) -> None:
    """The coded reasons of section 3.3, in their systems; an allergy is not intolerance."""
    more = {"statusReason": reason} if reason else {}
    assert read(request(OXYCODONE, status=status, **more)).stopped_for_intolerance is expected
    assert not read(request(OXYCODONE, status="active", **more)).stopped_for_intolerance


def test_stopped_for_an_allergy_stands_apart() -> None:
    """`salg` is a reason of its own."""
    found = read(request(OXYCODONE, status="stopped", statusReason=concept("salg", REASONS)))
    assert found.stopped_for_allergy
    given = request(OXYCODONE, status="active", statusReason=concept("salg", REASONS))
    assert not read(given).stopped_for_allergy
    assert found.status_reason == {"salg"}


def test_a_reason_in_words_is_an_uncoded_reason() -> None:
    """It is a reason, but nobody can tell which."""
    given = request(OXYCODONE, status="stopped", statusReason={"text": "sleepy"})
    assert read(given).status_reason_uncoded
    assert not read(request(OXYCODONE, status="stopped")).status_reason_uncoded


def test_references_keep_their_last_two_segments() -> None:
    """Prior order and reasons are named as `Type/id`."""
    found = read(
        request(
            MORPHINE,
            priorPrescription={"reference": "http://ehr/fhir/MedicationRequest/it-1"},
            reasonReference=[{"reference": "Condition/c1"}],
            reasonCode=[concept("G89.4", ICD)],
            groupIdentifier={"system": "urn:g", "value": "7"},
        )
    )
    assert found.prior == "MedicationRequest/it-1"
    assert found.reason_refs == ("Condition/c1",)
    assert "cond-chronic-pain" in found.reason_groups
    assert found.group_identifier == "urn:g|7"


def test_methadone_for_use_disorder_is_told_from_methadone_for_pain() -> None:
    """By a coded reason, or by the condition that the order refers to."""
    nothing: Json = SimpleNamespace(conditions=Records())
    coded = read(request(METHADONE, reasonCode=[concept("F11.20", ICD)]))
    assert coded.treats_use_disorder(nothing)
    assert not read(request(METHADONE)).treats_use_disorder(nothing)
    assert not read(request(OXYCODONE, reasonCode=[concept("F11.20", ICD)])).treats_use_disorder(
        nothing
    )
    condition = SimpleNamespace(ref="Condition/c1", groups=frozenset({"cond-opioid-use-disorder"}))
    linked: Json = SimpleNamespace(conditions=Records(sure=(condition,)))  # type: ignore[arg-type]
    referring = read(request(METHADONE, reasonReference=[{"reference": "Condition/c1"}]))
    assert referring.treats_use_disorder(linked)
    assert not referring.treats_use_disorder(nothing)


def kept(resource: dict[str, Json]) -> bool:
    """Say whether an order is kept where others are dropped."""
    found = read_medication(
        typed(resource), key="medicationRequests", ref="x", resolve=lambda _: None, clock=CLOCK,
        terminology=terminology(), issues=[], keep_others=False,
    )  # fmt: skip
    return found is not None


@pytest.mark.parametrize(
    ("drug", "expected"),
    [
        (concept("44", display="x"), False),
        (concept("99999999", display="lisinopril"), False),
        ({"resourceType": "Medication", "id": "mix", "code": concept("44")}, False),
        (GABAPENTIN, True),
        (concept("99999999", display="morphine"), True),
        ({"text": "lisinopril"}, True),
        (None, True),
    ],
)
def test_certain_strangers_may_be_dropped(drug: Json, expected: bool) -> None:
    """What is coded and of no value set is dropped; what is uncoded never is."""
    assert kept(request(drug, dosage((1, "mg"), 1))) is expected


def test_a_stranger_by_the_intrathecal_route_is_kept() -> None:
    """Whatever goes into the spinal canal matters."""
    assert kept(request(concept("44", display="x"), dosage((1, "mg"), 1, route="intrathecal")))
    assert kept(request(concept("44", display="x"), {"route": {"text": "intrathecal"}}))


def test_a_faulty_dose_of_a_stranger_is_not_told() -> None:
    """Nobody uses it."""
    issues: list[Issue] = []
    read(request(concept("44"), dosage((1, None), 1)), issues=issues)
    assert issues == []


def test_snomed_drug_codes_are_not_read() -> None:
    """Only RxNorm and billing codes lead to ingredients; another code alone is uncoded."""
    assert read(request(concept("372687004", SNOMED, "amoxicillin"))).ingredients is None
