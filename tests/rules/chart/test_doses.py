"""Daily doses (recording.md 3.2)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.chart.pharmacy import (
    BACLOFEN,
    BUPIVACAINE,
    CLONIDINE,
    FENTANYL,
    FENTANYL_50_PATCH,
    GTS,
    HYDROMORPHONE,
    INFUMORPH_10,
    MORPHINE,
    OXYCODONE,
    OXYCODONE_20_TABLET,
    ZICONOTIDE,
    Json,
    ago,
    concept,
    dosage,
    mixture,
    quantity,
    read,
    request,
)

if TYPE_CHECKING:
    from rules.chart.issues import Issue
    from rules.chart.medications import Medication

ADMIXTURE = mixture((MORPHINE, 10, "mg"), (BUPIVACAINE, 20, "mg"))


def spinal(drug: str | dict[str, Json], *args: Json, **more: Json) -> Medication:
    """Read an intrathecal order of one instruction."""
    return read(request(drug, dosage(*args, route="intrathecal", **more)))


def test_the_published_admixture() -> None:
    """Morphine 10 mg/mL with bupivacaine 20 mg/mL at 0.6 mL/d gives 6 and 12 mg/d."""
    found = spinal(ADMIXTURE, rate=(0.6, "mL/d"))
    assert [agent.current for agent in found.agents] == [6, 12]
    assert [agent.concentration for agent in found.agents] == [10, 20]
    assert found.volume_per_day == Decimal("0.6")
    assert found.why == ""


def test_a_dose_in_mass() -> None:
    """Milligrams times doses a day."""
    assert read(request(OXYCODONE, dosage((20, "mg"), 4))).daily_dose(OXYCODONE) == 80


@pytest.mark.parametrize("unit", ["{tbl}", "1", "{tablet}", "{capsule}"])
def test_a_dose_in_pieces(unit: str) -> None:
    """Tablets times the strength of the product."""
    found = read(request(OXYCODONE_20_TABLET, dosage((1.5, unit), 4)))
    assert found.daily_dose(OXYCODONE) == 120


def test_a_dose_in_volume() -> None:
    """Millilitres times the concentration of the product."""
    assert spinal(INFUMORPH_10, (0.5, "mL"), 2).daily_dose(MORPHINE) == 10


def test_the_high_end_of_a_dose_range_counts() -> None:
    """One to two tablets are two."""
    both = {"low": quantity(1, "{tbl}"), "high": quantity(2, "{tbl}")}
    given = dosage(None, 4, doseAndRate=[{"doseRange": both}])
    assert read(request(OXYCODONE_20_TABLET, given)).daily_dose(OXYCODONE) == 160
    given["doseAndRate"] = [{"doseRange": {"low": quantity(1, "{tbl}")}}]
    assert read(request(OXYCODONE_20_TABLET, given)).daily_dose(OXYCODONE) is None


def test_a_timing_code_gives_the_frequency() -> None:
    """20 mg BID are 40 mg a day."""
    given = dosage((20, "mg"), timing={"code": concept("BID", GTS)})
    assert read(request(OXYCODONE, given)).daily_dose(OXYCODONE) == 40


@pytest.mark.parametrize("drug", [FENTANYL, CLONIDINE, ZICONOTIDE, BACLOFEN, "56795"])
def test_some_drugs_are_dosed_in_micrograms(drug: str) -> None:
    """Fentanyl, sufentanil, clonidine, ziconotide and baclofen are in ug/d, others in mg/d."""
    found = spinal(drug, rate=(0.1, "mg/d"))
    assert found.daily_dose(drug) == 100
    assert found.agents[0].unit == "ug"
    assert spinal(MORPHINE, rate=(0.1, "mg/d")).agents[0].unit == "mg"


@pytest.mark.parametrize(
    ("rate", "mg"),
    [((6, "mg/d"), 6), ((0.25, "mg/h"), 6), ((250, "ug/h"), 6), ((1, "mL/d"), 10)],
)
def test_a_rate_in_mass_or_volume(rate: tuple[float, str], mg: int) -> None:
    """A rate is read per day; a volume times the concentration."""
    assert spinal(INFUMORPH_10, rate=rate).daily_dose(MORPHINE) == mg


def test_rate_ratio_and_the_high_end_of_a_rate_range() -> None:
    """6 mg in 24 hours are 6 mg a day; of a range the high end counts."""
    ratio = {"numerator": quantity(6, "mg"), "denominator": quantity(24, "h")}
    given = dosage(route="intrathecal", doseAndRate=[{"rateRatio": ratio}])
    assert read(request(MORPHINE, given)).daily_dose(MORPHINE) == 6
    between = {"low": quantity(1, "mg/d"), "high": quantity(2, "mg/d")}
    given = dosage(route="intrathecal", doseAndRate=[{"rateRange": between}])
    assert read(request(MORPHINE, given)).daily_dose(MORPHINE) == 2


def test_a_mass_rate_of_an_admixture_means_its_first_ingredient() -> None:
    """The others follow in the ratio of their strengths."""
    found = spinal(ADMIXTURE, rate=(6, "mg/d"))
    assert [agent.current for agent in found.agents] == [6, 12]
    turned = mixture((BUPIVACAINE, 20, "mg"), (MORPHINE, 10, "mg"))
    assert [a.current for a in spinal(turned, rate=(6, "mg/d")).agents] == [6, 3]


def test_the_others_are_unknown_without_strengths() -> None:
    """Without strengths there is no ratio to follow."""
    mix = mixture((MORPHINE, 10, "mg"), (BUPIVACAINE, 20, "mg"))
    for part in mix["ingredient"]:
        del part["strength"]
    assert [agent.current for agent in spinal(mix, rate=(6, "mg/d")).agents] == [6, None]


def test_the_mass_of_a_combination_product_is_nobodys() -> None:
    """10 mg of a tablet with two ingredients does not say of which."""
    found = read(request("1049635", dosage((10, "mg"), 2)))
    assert [agent.current for agent in found.agents] == [None, None]
    assert found.mme_total is None


def test_prn_is_kept_apart() -> None:
    """Scheduled and on-demand doses are not added where they are systemic."""
    found = read(request(OXYCODONE, dosage((20, "mg"), 2), dosage((5, "mg"), 4, prn=True)))
    (agent,) = found.agents
    assert [agent.scheduled, agent.prn, agent.current] == [40, 20, 40]


def test_the_maximum_of_prn_counts_where_it_is_given() -> None:
    """`maxDosePerPeriod` limits what the frequency would allow; its count is one of pieces."""
    limit = {"numerator": quantity(3, "{tbl}"), "denominator": quantity(1, "d")}
    given = dosage((1, "{tbl}"), 12, prn=True, maxDosePerPeriod=limit)
    assert read(request(OXYCODONE_20_TABLET, given)).agents[0].prn == 60
    per_shift = {"numerator": quantity(10, "mg"), "denominator": quantity(8, "h")}
    given = dosage(None, prn=True, maxDosePerPeriod=per_shift)
    assert read(request(OXYCODONE, given)).agents[0].prn == 30


def test_prn_by_a_coded_indication() -> None:
    """`asNeededCodeableConcept` makes a dose one on demand."""
    given = dosage((5, "mg"), 4, asNeededCodeableConcept={"text": "pain"})
    (agent,) = read(request(OXYCODONE, given)).agents
    assert [agent.scheduled, agent.prn] == [0, 20]


def test_an_intrathecal_dose_includes_patient_boluses_at_their_maximum() -> None:
    """4 mg/d with four boluses of 0.5 mg on demand are 6 mg/d."""
    found = read(
        request(
            MORPHINE,
            dosage(rate=(4, "mg/d"), route="intrathecal"),
            dosage((0.5, "mg"), 4, route="intrathecal", prn=True),
        )
    )
    (agent,) = found.agents
    assert [agent.current, agent.scheduled, agent.prn] == [6, 4, 2]


def test_a_bolus_on_demand_without_limit_is_unknown() -> None:
    """On demand without a frequency may be any number of doses."""
    assert spinal(MORPHINE, (0.5, "mg"), prn=True).daily_dose(MORPHINE) is None


@pytest.mark.parametrize("sequences", [(None, None), (1, 1), (1, None)])
def test_instructions_without_rising_sequence_add(sequences: tuple[int | None, ...]) -> None:
    """Same or no `sequence`: what is taken together is added."""
    given = [
        dosage((mg, "mg"), 1) | ({"sequence": number} if number else {})
        for mg, number in zip((20, 30), sequences, strict=True)
    ]
    found = read(request(OXYCODONE, *given))
    assert found.daily_dose(OXYCODONE) == 50
    assert not found.titration


def titrated(*mg: int) -> Medication:
    """Read an intrathecal order of steps of a week, the first one 10 days ago."""
    steps = [
        dosage(
            rate=(dose, "mg/d"), route="intrathecal", sequence=place + 1,
            timing={"repeat": {"boundsDuration": quantity(1, "wk")}},
        )
        for place, dose in enumerate(mg)
    ]  # fmt: skip
    return read(request(MORPHINE, *reversed(steps), authoredOn=ago(10)))


def test_rising_sequence_is_steps() -> None:
    """First, current and highest step are told apart, whatever the order in the resource."""
    found = titrated(1, 3, 2)
    assert found.titration
    (agent,) = found.agents
    assert [agent.first, agent.current, agent.highest] == [1, 3, 3]
    assert list(agent.steps) == [1, 3, 2]
    assert found.taper is False


def test_an_instruction_without_sequence_belongs_to_every_step() -> None:
    """Rescue doses beside a titration plan are taken in each of its steps."""
    steps = [
        dosage(rate=(mg, "mg/d"), route="intrathecal", sequence=at)
        for at, mg in enumerate((1, 2), 1)
    ]
    rescue = dosage((0.5, "mg"), 4, route="intrathecal", prn=True)
    (agent,) = read(request(MORPHINE, *steps, rescue)).agents
    assert list(agent.steps) == [3, 4]


@pytest.mark.parametrize(
    ("mg", "taper"), [((3, 2, 1), True), ((3, 3, 1), False), ((1, 2), False), ((3,), False)]
)
def test_falling_steps_are_a_taper(mg: tuple[int, ...], taper: bool) -> None:
    """Every step of a taper is lower than the one before."""
    assert titrated(*mg).taper is taper


def test_a_taper_with_an_unknown_step_is_unknown() -> None:
    """A step without a dose leaves open whether the steps fall."""
    given = [dosage((3, "mg"), 1, sequence=1), dosage(None, 1, sequence=2)]
    assert read(request(OXYCODONE, *given)).taper is None


def test_steps_without_dates_have_no_current_one() -> None:
    """First and highest are known, the current one is not."""
    given = [dosage((mg, "mg"), 1, sequence=at) for at, mg in enumerate((10, 20), 1)]
    found = read(request(OXYCODONE, *given, authoredOn=ago(10)))
    (agent,) = found.agents
    assert [agent.first, agent.current, agent.highest] == [10, None, 20]
    assert found.why == "when its dose steps begin is not said"


def test_an_intrathecal_dose_without_timing_and_rate_is_a_bolus() -> None:
    """It counts as that day's daily dose (V54)."""
    found = spinal(MORPHINE, (10, "mg"))
    assert found.bolus
    assert [found.bolus_dose, found.daily_dose(MORPHINE)] == [10, 10]


def test_an_intrathecal_dose_with_bounds_but_no_frequency_is_no_bolus() -> None:
    """It has a timing, and that does not say how often."""
    found = spinal(MORPHINE, (10, "mg"), bounds=(ago(5), None))
    assert not found.bolus
    assert found.daily_dose(MORPHINE) is None


def test_a_count_of_one_is_a_bolus() -> None:
    """One administration, by whatever route."""
    once = {"repeat": {"count": 1}}
    found = read(request(MORPHINE, dosage((4, "mg"), route="iv", timing=once)))
    assert found.bolus
    assert found.single
    assert [found.bolus_dose, found.daily_dose(MORPHINE)] == [4, 4]


def test_a_systemic_dose_without_timing_is_unknown() -> None:
    """Only an intrathecal dose without timing is a bolus."""
    found = read(request(MORPHINE, dosage((10, "mg"))))
    assert not found.bolus
    assert found.daily_dose(MORPHINE) is None
    assert found.bolus_dose is None
    assert found.why == "how often it is given is not said"


def test_a_bolus_of_an_admixture() -> None:
    """A bolus in volume gives every ingredient."""
    found = spinal(ADMIXTURE, (0.1, "mL"))
    assert [agent.bolus for agent in found.agents] == [1, 2]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (dosage(None, 2, text="2 tablets twice a day"), 0),
        (dosage((2, None), 2), 1),
        (dosage((2, "[drp]"), 2), 1),
        (dosage((2, "mg/mL"), 2), 1),
        (dosage((-2, "mg"), 2), 1),
        (dosage((20, "mg"), None, rate=(1, "mg/mL")), 1),
    ],
)
def test_text_and_faulty_quantities_are_unknown_never_zero(
    given: dict[str, Json], told: int
) -> None:
    """They leave the dose unknown; a faulty quantity is told, text alone is not."""
    issues: list[Issue] = []
    found = read(request(OXYCODONE, given), issues=issues)
    assert found.daily_dose(OXYCODONE) is None
    assert found.mme_total is None
    assert found.why
    assert [one.kind for one in issues] == ["unusable-quantity"] * told


def test_a_missing_strength_is_unknown() -> None:
    """Tablets or millilitres of an ingredient without strength have no mass."""
    assert read(request(OXYCODONE, dosage((1, "{tbl}"), 4))).daily_dose(OXYCODONE) is None
    found = spinal(MORPHINE, rate=(0.6, "mL/d"))
    assert found.daily_dose(MORPHINE) is None
    assert found.why == "the strength of morphine is not known"
    assert found.concentration is None


def test_the_concentration_of_the_reservoir_may_stand_in() -> None:
    """What the reservoir holds gives the dose where the order has no strength of its own."""
    found = spinal(MORPHINE, rate=(0.6, "mL/d"))
    (agent,) = found.with_concentrations({MORPHINE: Decimal(20)})
    assert [agent.current, agent.concentration] == [12, 20]
    own = spinal(INFUMORPH_10, rate=(0.6, "mL/d"))
    assert own.with_concentrations({MORPHINE: Decimal(20)})[0].current == 6


def test_concentrations_in_other_units_and_of_products() -> None:
    """500 mg in 20 mL are 25 mg/mL; a labelled product has its printed strength."""
    mix = mixture((MORPHINE, 500, "mg"))
    mix["ingredient"][0]["strength"]["denominator"] = quantity(20, "mL")
    assert read(request(mix)).concentration == 25
    assert read(request("1738353")).concentration == Decimal("0.1")


def test_several_doses_that_differ_are_unknown() -> None:
    """Two doses in one instruction are one dose only where they are equal."""
    two = [{"doseQuantity": quantity(10, "mg")}, {"doseQuantity": quantity(20, "mg")}]
    assert read(request(OXYCODONE, dosage(None, 1, doseAndRate=two))).daily_dose(OXYCODONE) is None
    two[1] = two[0]
    assert read(request(OXYCODONE, dosage(None, 1, doseAndRate=two))).daily_dose(OXYCODONE) == 10


def test_a_patch_gives_its_rate_whatever_the_interval() -> None:
    """A patch of 0.05 MG/HR gives 1200 ug a day, two of them twice that."""
    for days in (1, 3):
        every = {"repeat": {"frequency": 1, "period": days, "periodUnit": "d"}}
        given = dosage((2, "{patch}"), route="transdermal", timing=every)
        assert read(request(FENTANYL_50_PATCH, given)).daily_dose(FENTANYL) == 2400


def test_no_instruction_is_no_dose() -> None:
    """An order without instruction has ingredients and no doses."""
    found = read(request(MORPHINE))
    assert found.daily_dose(MORPHINE) is None
    assert found.agents[0].highest is None
    assert found.why == "no dosage instruction"
    assert found.daily_dose(HYDROMORPHONE) is None


@given(
    mg=st.decimals(min_value=0, max_value=100, places=3),
    often=st.integers(1, 8),
    every=st.integers(1, 9),
)
def test_doses_are_exact(mg: Decimal, often: int, every: int) -> None:
    """A dose a day is a fraction of whole numbers; its parts add up without a remainder."""
    timing = {"repeat": {"frequency": often, "period": every, "periodUnit": "d"}}
    given = dosage((mg, "mg"), timing=timing)
    found = read(request(OXYCODONE, *([given] * every)))
    assert found.agents[0].exact() == Fraction(mg) * often


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5))
def test_the_highest_step_is_the_greatest_and_the_first_is_first(mg: list[int]) -> None:
    """Over any titration plan."""
    (agent,) = titrated(*mg).agents
    assert agent.highest == max(mg)
    assert agent.first == mg[0]
    assert agent.current == mg[min(1, len(mg) - 1)]
