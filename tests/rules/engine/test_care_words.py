"""Words about prescriptions, special populations and complications."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.records import Interval
from rules.engine.compile import compile_expressions
from rules.engine.expression import parse
from tests.rules.chart.calls import call
from tests.rules.chart.care_records import (
    LOINC,
    ago,
    concept,
    condition,
    drug,
    request,
    resource,
)

if TYPE_CHECKING:
    from rules import Rulebook

MORPHINE, OXYCODONE, NALOXONE, NALTREXONE = "7052", "7804", "7242", "7243"
ALPRAZOLAM, LORAZEPAM, BUPRENORPHINE = "596", "6470", "1819"
SUBOXONE = "351266"
ORAL = "26643006"


@pytest.fixture(name="ask")
def _ask(rulebook: Rulebook) -> Any:  # noqa: ANN401 - a function
    """Give a function that evaluates an expression over a chart."""

    def ask(text: str, *drafts: Any, stored: Any = ()) -> object:  # noqa: ANN401 - resources
        program = compile_expressions({"asked": parse(text)}, rulebook.vocabulary, {})
        frame = program.frame(
            call(*drafts, stored=tuple(stored)), rulebook.policy("default").values
        )
        return program.evaluate("asked", frame)

    return ask


def dose(per_day: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any element
    """Return a dosage of 10 mg by mouth."""
    return {
        "route": concept("http://snomed.info/sct", ORAL),
        "timing": {"repeat": {"frequency": per_day, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [
            {"doseQuantity": {"value": 10, "system": "http://unitsofmeasure.org", "code": "mg"}}
        ],
        **more,
    }


@pytest.mark.parametrize(
    ("one", "known"),
    [
        (drug(NALOXONE), True), (drug(NALOXONE, BUPRENORPHINE), False), (drug(SUBOXONE), False),
        (drug(NALTREXONE), False), (drug(NALOXONE, route="72607000"), False),
        (drug(NALOXONE, route=None), None),
    ],
)  # fmt: skip
def test_naloxone_alone_is_a_rescue_drug(ask: Any, one: Any, known: object) -> None:  # noqa: ANN401 - resources and answers
    """A combination product, another antagonist, or another route is no take-home naloxone."""
    text = "medications|in('med-naloxone')|single_ingredient|systemic|exists"

    assert ask(text, stored=[one]) is known


@pytest.mark.parametrize(
    ("written", "known"),
    [("2024-11-22", True), ("2024-11-21", False), ("2024", None), ("2026-11-22", True)],
)
def test_an_order_counts_from_the_day_it_was_written(ask: Any, written: str, known: object) -> None:  # noqa: ANN401 - resources and answers
    """24 months include their first day; an order that still runs may be too old."""
    one = drug(NALOXONE, authoredOn=written)

    assert ask("medications|ordered_within(24, 'months')|exists", stored=[one]) is known


def test_a_draft_begins_now_and_a_renewal_begins_nothing(ask: Any) -> None:  # noqa: ANN401 - resources and answers
    """A new drug of this call is new; one that renews a stored order is not."""
    text = "draft_medications|started_within(72)|exists"
    new = drug(ALPRAZOLAM, id="new", status="draft")
    renewed = new | {"priorPrescription": {"reference": f"MedicationRequest/drug-{ALPRAZOLAM}"}}
    same = drug(ALPRAZOLAM, status="draft")

    assert ask(text, new) is True
    assert ask(text, renewed, stored=[drug(ALPRAZOLAM)]) is False
    assert ask(text, same, stored=[drug(ALPRAZOLAM)]) is False


@pytest.mark.parametrize(
    ("start", "known"),
    [
        (ago(0), True), (ago(2), True), (ago(3), None), (ago(4), False),
        ("2026-11-19T12:00:00Z", True), ("2026-11-19T11:59:00Z", False), ("2026", None),
    ],
)  # fmt: skip
def test_a_stored_drug_is_new_for_hours(ask: Any, start: str, known: object) -> None:  # noqa: ANN401 - resources and answers
    """Hours are compared as instants; a date that straddles the limit leaves it open."""
    one = drug(ALPRAZOLAM, authoredOn=start)

    assert ask("medications|started_within(72)|exists", stored=[one]) is known


def test_what_is_on_demand_or_falling_is_told_apart(ask: Any) -> None:  # noqa: ANN401 - resources and answers
    """PRN orders are not scheduled; falling steps are a taper."""
    prn = drug(OXYCODONE, id="prn", dosageInstruction=[dose(1, asNeededBoolean=True)])
    flat = drug(OXYCODONE, id="flat", dosageInstruction=[dose(2)])
    falling = drug(
        OXYCODONE, id="falling",
        dosageInstruction=[dose(4, sequence=1), dose(2, sequence=2)],
    )  # fmt: skip

    assert ask("medications|scheduled|exists", stored=[prn]) is False
    assert ask("medications|scheduled|exists", stored=[prn, flat]) is True
    assert ask("medications|scheduled|exists", stored=[drug(OXYCODONE)]) is True
    assert ask("medications|not_tapering|exists", stored=[falling]) is False
    assert ask("medications|not_tapering|exists", stored=[falling, flat]) is True


def test_mme_add_up_or_are_unknown(ask: Any) -> None:  # noqa: ANN401 - resources and answers
    """10 mg of oxycodone twice a day are 30; what cannot be computed makes the sum unknown."""
    flat = drug(OXYCODONE, id="flat", dosageInstruction=[dose(2)])
    prn = drug(OXYCODONE, id="prn", dosageInstruction=[dose(1, asNeededBoolean=True)])

    assert ask("medications|mme", stored=[flat]) == Decimal(30)
    assert ask("medications|mme", stored=[flat, prn]) == Decimal(45)
    assert ask("medications|mme", stored=[flat, drug(OXYCODONE)]) is None
    assert ask("medications|mme") == Decimal(0)


def test_drugs_are_counted_by_ingredient(ask: Any) -> None:  # noqa: ANN401 - resources and answers
    """Two orders of one drug are one; a doubtful record leaves a range."""
    two = [drug(ALPRAZOLAM), drug(ALPRAZOLAM, id="again"), drug(LORAZEPAM)]
    text_only = resource(
        "MedicationRequest", "text", status="active", intent="order",
        medicationCodeableConcept={"text": "sleeping pill"},
    )  # fmt: skip
    counted = "medications|in('med-benzodiazepine')|distinct_drugs"

    assert ask(counted, stored=two) == 2
    assert ask("medications|drug_names", stored=two) == "alprazolam, lorazepam"
    assert ask(counted, stored=[drug(ALPRAZOLAM), text_only]) == Interval(Decimal(1), None)


def test_plans_and_ended_drafts_order_nothing(ask: Any) -> None:  # noqa: ANN401 - resources and answers
    """A proposal is no prescription, and a draft that stops a drug does not order it."""
    plan = drug(NALOXONE, status="draft", intent="plan")

    assert ask("draft_medications|not_planned|exists", plan) is False
    assert ask("draft_medications|not_planned|exists", plan | {"intent": "order"}) is True
    assert ask("draft_medications|exists", drug(ALPRAZOLAM, status="stopped")) is False
    stopped = request("mri", status="revoked")
    assert ask("orders|kind('imaging')|going_ahead|exists", stopped) is False
    assert ask("orders|kind('imaging')|going_ahead|exists", request("mri", status="draft")) is True


@pytest.mark.parametrize(
    ("onset", "since", "after"),
    [
        ({"onsetDateTime": "2026-11-09"}, True, True),
        ({"onsetDateTime": "2026-11-08"}, True, False),
        ({"onsetDateTime": "2026-11-07"}, False, False),
        ({"onsetDateTime": "2026-11"}, None, None),
        ({"recordedDate": "2026-11-20"}, None, None),
        ({"recordedDate": "2026-11-07"}, False, False),
        ({}, None, None),
    ],
)
def test_onset_against_a_day(ask: Any, onset: Any, since: object, after: object) -> None:  # noqa: ANN401 - resources and answers
    """A recorded date is the latest possible onset, so one after the day leaves it open."""
    stored = [condition("R33.9", **onset), resource(
        "Procedure", "implant", status="completed", performedDateTime="2026-11-08",
        code=concept("urn:intrathecal-cds:codes", "it-pump-implant"),
    )]  # fmt: skip

    assert ask("conditions|began_since(pump.implant_date)|exists", stored=stored) is since
    assert ask("conditions|began_after(pump.implant_date)|exists", stored=stored) is after


@pytest.mark.parametrize(("days", "known"), [(90, True), (91, False)])
def test_onset_within_days(ask: Any, days: int, *, known: bool) -> None:  # noqa: ANN401 - resources and answers
    """Both ends are included."""
    stored = [condition("G83.10", onsetDateTime=ago(days))]

    assert ask("conditions|began_within(90, 'days')|exists", stored=stored) is known


@pytest.mark.parametrize(
    ("codes", "known"), [(["POS"], True), (["NEG"], False), (["POS", "NEG"], None), ([], None)]
)
def test_interpretation_of_a_test(ask: Any, codes: list[str], known: object) -> None:  # noqa: ANN401 - resources and answers
    """Only the interpretation decides; both at once settle nothing."""
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    one = resource(
        "Observation", "hcg", status="final", code=concept(LOINC, "2106-3"),
        effectiveDateTime=ago(1), interpretation=[concept(system, code) for code in codes],
        valueCodeableConcept=concept("http://snomed.info/sct", "260385009"),
    )  # fmt: skip

    assert ask("observations|in('obs-hcg')|interpreted('POS')|exists", stored=[one]) is known


def test_devices_by_model(ask: Any) -> None:  # noqa: ANN401 - resources and answers
    """A model is read from its number or its name, in any case; none is unknown."""
    kind = concept("urn:intrathecal-cds:codes", "it-pump")
    pump = resource("Device", "pump", status="active", type=kind)

    assert ask("devices|of_model('prometra')|exists", stored=[pump]) is None
    named = pump | {"modelNumber": "PROMETRA II"}
    assert ask("devices|of_model('prometra')|exists", stored=[named]) is True
    assert ask("devices|models", stored=[named]) == "PROMETRA II"
    assert ask("devices|models", stored=[pump]) == "unknown"


def test_items_that_lack_are_named(ask: Any) -> None:  # noqa: ANN401 - resources and answers
    """False and unknown items are both not documented."""
    assert ask("[true, false, unknown, true]|lacking('a', 'b', 'c', 'd')") == "b, c"
    assert ask("[true, false, unknown]|count_all") == 3


@pytest.mark.parametrize(
    ("value", "known"), [("12", True), ("55", True), ("11", False), ("56", False)]
)
def test_between_includes_both_ends(ask: Any, value: str, *, known: bool) -> None:  # noqa: ANN401 - resources and answers
    """12 and 55 lie between 12 and 55."""
    assert ask(f"{value}|between([12, 55])") is known
    assert ask(f"{value}|between([12])") is None


def born(rulebook: Rulebook, text: str) -> object:
    """Return the age of a patient born then, on 22 November 2026."""
    from rules.chart.spans import Clock

    clock = Clock(datetime(2026, 11, 22, 12, tzinfo=UTC))
    frame = type("Frame", (), {"chart": type("Chart", (), {"clock": clock})})
    return rulebook.vocabulary.words["age"](frame, clock.read(text))


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2008-11-22", Decimal(18)), ("2008-11-23", Decimal(17)), ("2008-11-21", Decimal(18)),
        ("2008", Interval(Decimal(17), Decimal(18))), ("2008-02-29", Decimal(18)),
        ("2008-11", Interval(Decimal(17), Decimal(18))),
    ],
)  # fmt: skip
def test_age_is_counted_by_the_calendar(rulebook: Rulebook, text: str, years: object) -> None:
    """18 on the birthday itself, 17 on the day before; a partial date gives a range."""
    assert born(rulebook, text) == years


@given(st.dates(max_value=datetime(2026, 11, 22, tzinfo=UTC).date()))
def test_an_age_never_falls_with_an_earlier_birth(rulebook: Rulebook, day: Any) -> None:  # noqa: ANN401 - resources and answers
    """Every birth gives a whole number of years within a day of the quotient."""
    years = born(rulebook, day.isoformat())

    assert isinstance(years, Decimal)
    days = (datetime(2026, 11, 22, tzinfo=UTC).date() - day).days
    assert years * 365 <= days <= (years + 1) * 366
