"""Morphine milligram equivalents (knowledge.md 3, recording.md 3.2)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.mme import systemic_mme
from tests.rules.chart.pharmacy import (
    BUPRENORPHINE,
    CLOCK,
    FENTANYL,
    FENTANYL_50_PATCH,
    FENTANYL_IONTOPHORETIC,
    GABAPENTIN,
    HYDROMORPHONE,
    METHADONE,
    MORPHINE,
    OXYCODONE,
    OXYCODONE_20_TABLET,
    TRAMADOL,
    Json,
    ago,
    chart,
    concept,
    dosage,
    mixture,
    read,
    request,
    taken,
    terminology,
)

if TYPE_CHECKING:
    from rules.chart.medications import Medication

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ORAL = [MORPHINE, HYDROMORPHONE, OXYCODONE, METHADONE, TRAMADOL, "2670", "5489", "7814", "787390"]


def mme(drug: str | dict[str, Json], *dosages: dict[str, Json]) -> Decimal | None:
    """Return the total MME of one order."""
    return read(request(drug, *dosages)).mme_total


@pytest.mark.parametrize(
    ("drug", "mg", "per_day", "expected"),
    [
        (OXYCODONE, 20, 4, "120"),
        (HYDROMORPHONE, 4, 6, "120"),
        (METHADONE, 10, 3, "141"),
        (TRAMADOL, 50, 4, "40"),
        (MORPHINE, 30, 2, "60"),
        (OXYCODONE, 20, 3, "90"),  # V62
    ],
)
def test_worked_examples(drug: str, mg: int, per_day: int, expected: str) -> None:
    """The sums of knowledge.md 3 and of the scenarios."""
    assert mme(drug, dosage((mg, "mg"), per_day)) == Decimal(expected)


def test_worked_example_of_the_patch() -> None:
    """Fentanyl 50 ug/h is 120 MME, whatever the interval at which it is changed."""
    for period in (2, 3):
        every = {"repeat": {"frequency": 1, "period": period, "periodUnit": "d"}}
        given = dosage((1, "1"), route="transdermal", timing=every)
        assert mme(FENTANYL_50_PATCH, given) == 120
    assert mme(FENTANYL_50_PATCH, dosage((2, "{patch}"))) is None  # by mouth
    assert mme(FENTANYL_50_PATCH, dosage((2, "{patch}"), route=None)) == 240


def test_a_rate_stated_in_micrograms_an_hour() -> None:
    """The factor is per microgram an hour: 50 of them are 120 MME."""
    given = dosage(rate=(50, "ug/h"), route="transdermal")
    assert mme(FENTANYL, given) == 120
    assert mme(FENTANYL_IONTOPHORETIC, given) is None


@pytest.mark.parametrize(
    ("drug", "given"),
    [
        (FENTANYL, dosage((100, "ug"), 4)),  # buccal and the like
        (FENTANYL, dosage((100, "ug"), 4, route="transdermal")),
        (FENTANYL_IONTOPHORETIC, dosage((1, "1"), 1, route="transdermal")),
        (BUPRENORPHINE, dosage((2, "mg"), 2)),
        ("6378", dosage((2, "mg"), 2)),  # levorphanol
        (MORPHINE, dosage((2, "mg"), 2, route="iv")),
        (MORPHINE, dosage((2, "mg"), 2, route="sc")),
        (MORPHINE, dosage((2, "mg"), 2, route="im")),
        (MORPHINE, dosage((2, "mg"), 2, route=None)),
    ],
)
def test_what_has_no_factor_is_not_computable(drug: str, given: dict[str, Json]) -> None:
    """Never zero: an opioid without a factor, by a route without one, or by an unknown route."""
    found = read(request(drug, given, authoredOn=ago(5)))
    assert [found.mme_scheduled, found.mme_total] == [None, None]
    assert found.mme_why
    other = taken(OXYCODONE, ago(5))
    assert systemic_mme(chart([other])).total == 90
    assert systemic_mme(chart([found, other])).total is None


@pytest.mark.parametrize("route", ["intrathecal", "epidural", "neuraxial"])
@pytest.mark.parametrize("drug", [*ORAL, FENTANYL, BUPRENORPHINE])
def test_neuraxial_drugs_never_enter(drug: str, route: str) -> None:
    """Neither as a number nor as an unknown."""
    found = read(request(drug, dosage(rate=(5, "mg/d"), route=route), authoredOn=ago(5)))
    assert found.mme_total == 0
    sums = systemic_mme(chart([found, taken(OXYCODONE, ago(5))]))
    assert sums.total == 90
    assert found not in sums.evidence


def test_a_drug_that_is_no_opioid_has_none() -> None:
    """Gabapentin is 0, not unknown."""
    assert read(request(GABAPENTIN)).mme_total == 0
    assert systemic_mme(chart([taken(GABAPENTIN, ago(5))])).total == 0


def test_prn_counts_only_in_the_total() -> None:
    """Scheduled without, total with what may be taken on demand."""
    found = read(
        request(
            OXYCODONE,
            dosage((20, "mg"), 2),
            dosage((5, "mg"), 4, prn=True),
            authoredOn=ago(5),
        )
    )
    assert [found.mme_scheduled, found.mme_total] == [60, 90]
    sums = systemic_mme(chart([found]))
    assert [sums.scheduled, sums.total] == [60, 90]


def test_prn_without_a_limit_leaves_the_scheduled_sum() -> None:
    """What is taken on demand is unknown; what is scheduled is not."""
    found = read(request(OXYCODONE, dosage((20, "mg"), 2), dosage((5, "mg"), prn=True)))
    assert [found.mme_scheduled, found.mme_total] == [60, None]


def test_a_possible_opioid_is_not_computable() -> None:
    """An order whose text alone names an opioid makes the sum unknown."""
    found = read(request(concept("99999999", display="oxycodone 5 mg"), authoredOn=ago(5)))
    assert found.mme_total is None
    assert systemic_mme(chart([found])).total is None


def test_an_uncoded_order_leaves_the_sum_incomplete() -> None:
    """The sum is then what is known, and says that it may be more."""
    found = read(request({"text": "blue pills"}, authoredOn=ago(5)))
    sums = systemic_mme(chart([found, taken(OXYCODONE, ago(5))]))
    assert sums.total == 90
    assert not sums.complete
    assert systemic_mme(chart([taken(OXYCODONE, ago(5))])).complete


def test_an_incomplete_list_is_told() -> None:
    """A medication list that was not had in full leaves the sum incomplete."""
    assert not systemic_mme(chart([], complete=False)).complete


def test_an_order_for_use_disorder_is_not_computable() -> None:
    """The factors are not for the treatment of opioid use disorder."""
    reason: Json = {"reasonCode": [concept("F11.20", ICD)]}
    assert systemic_mme(chart([taken(METHADONE, ago(5), **reason)])).total is None
    assert systemic_mme(chart([taken(METHADONE, ago(5))])).total == 282


def test_a_switch_on_one_day_is_no_peak() -> None:
    """The day on which one order ends and the next begins has only the next."""
    orders = [taken(OXYCODONE, ago(40), ago(10)), taken(MORPHINE, ago(10), mg=30, per_day=3)]
    totals = [systemic_mme(chart(orders), CLOCK.today - days).total for days in (11, 10, 9)]
    assert totals == [90, 90, 90]


def test_a_day_that_is_not_certain_is_not_computable() -> None:
    """An undated order may or may not have been taken then."""
    undated = taken(OXYCODONE, None)
    assert systemic_mme(chart([undated])).total == 90
    assert systemic_mme(chart([undated]), CLOCK.today - 30).total is None


def test_the_step_of_the_day_counts() -> None:
    """A titration plan has the dose of the step that was due."""
    steps = [
        dosage((mg, "mg"), 1, sequence=at, bounds=(ago(days), None))
        for at, mg, days in ((1, 10, 30), (2, 20, 20), (3, 40, 10))
    ]
    orders = chart([read(request(MORPHINE, *steps))])
    days = (31, 30, 21, 20, 11, 10, 0)
    totals = [systemic_mme(orders, CLOCK.today - one).total for one in days]
    assert totals == [0, 10, 10, 20, 20, 40, 40]


def test_mixed_routes_split() -> None:
    """Of an order by mouth and by catheter only what is swallowed counts."""
    spinal = dosage(rate=(5, "mg/d"), route="intrathecal")
    found = read(request(MORPHINE, dosage((30, "mg"), 2), spinal))
    assert found.mme_total == 60
    assert found.daily_dose(MORPHINE) == 5


def test_an_admixture_by_the_intrathecal_route_without_instruction() -> None:
    """Without an instruction the product's route keeps it out."""
    assert read(request(mixture(("1731999", 10, "mg")))).mme_total == 0
    assert read(request(OXYCODONE_20_TABLET)).mme_total is None


@given(
    drug=st.sampled_from(ORAL),
    mg=st.decimals(min_value="0.5", max_value=100, places=2),
    often=st.integers(1, 6),
    every=st.integers(1, 7),
)
def test_mme_is_dose_times_frequency_times_factor(
    drug: str, mg: Decimal, often: int, every: int
) -> None:
    """Exactly, for every opioid by mouth."""
    timing = {"repeat": {"frequency": often, "period": every, "periodUnit": "d"}}
    found = read(request(drug, dosage((mg, "mg"), timing=timing)))
    factor = Fraction(terminology().mme_factors[drug])
    assert found.mme_at(CLOCK.today).total == Fraction(mg) * often / every * factor


ORDERS = st.builds(
    lambda drug, start, length, mg, prn: read(
        request(
            drug,
            dosage((mg, "mg"), 2, prn=prn, bounds=(ago(start), ago(start - length))),
            id=f"{drug}-{start}-{length}-{mg}-{prn}",
        )
    ),
    st.sampled_from(ORAL),
    st.integers(0, 60),
    st.integers(1, 30),
    st.integers(1, 40),
    st.booleans(),
)


@given(st.lists(ORDERS, max_size=5), st.integers(0, 60), st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_requests(
    orders: list[Medication], days: int, random: Json
) -> None:
    """The same orders in any order have the same sum."""
    at = CLOCK.today - days
    turned = list(orders)
    random.shuffle(turned)
    before, after = (systemic_mme(chart(one), at) for one in (orders, turned))
    assert [before.scheduled, before.total] == [after.scheduled, after.total]


@given(st.lists(ORDERS, max_size=5), st.integers(0, 60))
def test_prn_never_raises_the_scheduled_sum(orders: list[Medication], days: int) -> None:
    """Leaving out what is taken on demand leaves the scheduled sum as it is."""
    at = CLOCK.today - days
    scheduled = [one for one in orders if not any(entry.prn for entry in one.entries)]
    sums = systemic_mme(chart(orders), at)
    assert sums.scheduled == systemic_mme(chart(scheduled), at).total
    assert sums.total is not None
    assert sums.scheduled is not None
    assert sums.total >= sums.scheduled
