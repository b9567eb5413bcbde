"""What a medication is made of (recording.md 3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.rules.chart.pharmacy import (
    BACLOFEN,
    BUPIVACAINE,
    CLONIDINE,
    HCPCS,
    INFUMORPH_BRAND,
    MORPHINE,
    NDC,
    OXYCODONE,
    OXYCODONE_20_TABLET,
    RXNORM,
    ZICONOTIDE,
    Json,
    concept,
    dosage,
    mixture,
    read,
    request,
    terminology,
    typed,
)

if TYPE_CHECKING:
    from rules.chart.issues import Issue

NOWHERE = "99999999"
COMBINATION = "1049635"  # acetaminophen 325 MG / oxycodone hydrochloride 2.5 MG Oral Tablet


@pytest.mark.parametrize(
    ("code", "system", "ingredient"),
    [
        (MORPHINE, RXNORM, MORPHINE),
        ("30236", RXNORM, MORPHINE),  # morphine sulfate
        (OXYCODONE_20_TABLET, RXNORM, OXYCODONE),
        (INFUMORPH_BRAND, RXNORM, MORPHINE),
        ("497062", RXNORM, ZICONOTIDE),
        ("216778", RXNORM, CLONIDINE),
        ("J2274", HCPCS, MORPHINE),
        ("J0475", HCPCS, BACLOFEN),
        ("J2278", "urn:oid:2.16.840.1.113883.6.285", ZICONOTIDE),
    ],
)
def test_codes_lead_to_ingredients(code: str, system: str, ingredient: str) -> None:
    """Ingredient, salt, product, brand and a billing code that names one drug are all read."""
    found = read(request(concept(code, system)))
    assert found.ingredients == frozenset({ingredient})
    assert found.coded
    assert [agent.rxcui for agent in found.agents] == [ingredient]


def test_groups_are_those_of_the_ingredient_and_of_the_code() -> None:
    """A product belongs to the value sets of its ingredient and to its own."""
    found = read(request(OXYCODONE_20_TABLET))
    assert {"med-opioid-ingredient", "med-opioid-systemic-product"} <= found.groups


def test_a_product_has_every_ingredient_of_its_rows() -> None:
    """A combination product is all of its ingredients."""
    found = read(request(COMBINATION))
    assert found.ingredients == frozenset({"161", OXYCODONE})
    assert found.possible_ingredients == frozenset()


def test_no_product_of_the_tables_hides_an_opioid() -> None:
    """Every opioid that a product's own RxNorm name holds is one of its ingredients."""
    codes = terminology()
    opioids = {one.code for one in codes.members("med-opioid-ingredient")}
    hidden = {}
    for rxcui, rows in codes._products.strengths.items():
        named = codes.named_in(re.sub(r"\[[^\]]*\]", "", rows[0].product)) & opioids
        if not named <= {one.ingredient for one in rows}:
            hidden[rxcui] = rows[0].product
    assert not hidden


def test_a_billing_code_that_names_no_drug_is_uncoded_but_kept() -> None:
    """J7999 (compounded drug) says nothing of the ingredient; its code can still be asked for."""
    found = read(request(concept("J7999", HCPCS)))
    assert found.ingredients is None
    assert not found.coded
    assert "J7999" in found.codes


def test_a_known_code_of_no_table_is_no_member() -> None:
    """A product that is listed as known belongs to none of our sets, for certain."""
    found = read(request(concept("44", display="anything")))
    assert found.ingredients == frozenset()
    assert found.coded
    assert not found.possible_ingredients


def test_an_unlisted_code_whose_text_names_nothing_is_no_member() -> None:
    """A code of no table is no member where its text names no ingredient and no brand."""
    found = read(request(concept(NOWHERE, display="lisinopril 10 MG Oral Tablet")))
    assert [found.ingredients, found.coded] == [frozenset(), True]


@pytest.mark.parametrize("text", ["Oxycodone 5 mg tabs", "OXYCONTIN 10"])
def test_an_unlisted_code_whose_text_names_a_drug_is_a_possible_member(text: str) -> None:
    """It supports nothing, but the ingredient that it names is doubtful."""
    found = read(request(concept(NOWHERE, display=text)))
    assert found.ingredients is None
    assert found.possible_ingredients == frozenset({OXYCODONE})
    assert "med-opioid-ingredient" in found.possible_groups
    assert "med-opioid-ingredient" not in found.groups
    assert found.coded


def test_the_concept_text_decides_where_no_display_does() -> None:
    """The text of the concept is looked at as well."""
    given = concept(NOWHERE) | {"text": "morphine elixir"}
    assert read(request(given)).possible_ingredients == frozenset({MORPHINE})


@pytest.mark.parametrize(
    "drug",
    [
        {"text": "lisinopril"},
        concept(NOWHERE),
        concept("00406-0552-01", NDC, "lisinopril"),
        concept("x1", "http://example.org/formulary", "lisinopril"),
        None,
        {},
    ],
)
def test_text_alone_an_ndc_or_nothing_is_uncoded(drug: dict[str, Json] | None) -> None:
    """Such a record supports nothing and refutes nothing."""
    found = read(request(drug))
    assert found.ingredients is None
    assert not found.coded
    assert not found.groups


def test_codings_of_the_same_ingredient_agree() -> None:
    """Ingredient and product of it side by side are one drug; an NDC beside them is ignored."""
    given = {
        "coding": [
            {"system": RXNORM, "code": OXYCODONE},
            {"system": RXNORM, "code": OXYCODONE_20_TABLET},
            {"system": NDC, "code": "00406-0552-01"},
        ]
    }
    assert read(request(given)).ingredients == frozenset({OXYCODONE})


def test_codings_of_different_ingredients_are_uncoded_and_told() -> None:
    """Codings that contradict each other leave the drug unknown, with an issue."""
    issues: list[Issue] = []
    given = {
        "coding": [{"system": RXNORM, "code": OXYCODONE}, {"system": RXNORM, "code": MORPHINE}]
    }
    found = read(request(given), issues=issues)
    assert [found.ingredients, found.coded] == [None, False]
    assert found.possible_ingredients == frozenset({OXYCODONE, MORPHINE})
    assert [one.kind for one in issues] == ["contradictory"]


def test_contained_ingredients_are_read_in_their_order() -> None:
    """An admixture has every active ingredient, in the author's order."""
    mix = mixture((BUPIVACAINE, 20, "mg"), (MORPHINE, 10, "mg"))
    found = read(request(mix))
    assert found.ingredients == frozenset({MORPHINE, BUPIVACAINE})
    assert [agent.rxcui for agent in found.agents] == [BUPIVACAINE, MORPHINE]
    assert [str(agent.concentration) for agent in found.agents] == ["20", "10"]


def test_inactive_ingredients_do_not_count() -> None:
    """An ingredient that is not active is not in it; with none left the code decides."""
    mix = mixture((MORPHINE, 10, "mg"), (BUPIVACAINE, 20, "mg"))
    mix["ingredient"][1]["isActive"] = False
    assert read(request(mix)).ingredients == frozenset({MORPHINE})
    mix["ingredient"] = [mix["ingredient"][1]]
    assert read(request(mix | {"code": concept(ZICONOTIDE)})).ingredients == frozenset({ZICONOTIDE})


def test_a_medication_without_ingredients_is_its_code() -> None:
    """Medication.code is read where no ingredient is listed."""
    found = read(request({"resourceType": "Medication", "id": "mix", "code": concept(MORPHINE)}))
    assert found.ingredients == frozenset({MORPHINE})


def test_an_ingredient_that_is_not_coded_leaves_the_whole_unknown() -> None:
    """What is known is kept: its value sets for certain, the rest as unknown."""
    mix = mixture((MORPHINE, 10, "mg"))
    mix["ingredient"].append({"itemCodeableConcept": {"text": "secret ingredient"}})
    found = read(request(mix))
    assert found.ingredients is None
    assert not found.coded
    assert found.possible_ingredients == frozenset({MORPHINE})
    assert "med-opioid-ingredient" in found.groups


def test_a_stranger_in_an_admixture_is_an_agent_too() -> None:
    """An ingredient of none of our tables counts as an agent of the reservoir."""
    mix = mixture((MORPHINE, 10, "mg"), ("44", 1, "mg"))
    found = read(request(mix))
    assert found.ingredients == frozenset({MORPHINE})
    assert [agent.member for agent in found.agents] == [True, False]


def test_a_reference_is_resolved() -> None:
    """A Medication elsewhere in the data is asked for; one that is not found is uncoded."""
    medication = typed({"resourceType": "Medication", "id": "x", "code": concept(MORPHINE)})
    given = request(None, medicationReference={"reference": "Medication/x", "display": "oxycodone"})
    asked: list[str] = []

    def resolve(reference: str) -> Json:
        asked.append(reference)
        return medication

    assert read(given, resolve=resolve).ingredients == frozenset({MORPHINE})
    assert asked == ["Medication/x"]
    lost = read(given)
    assert [lost.ingredients, lost.coded] == [None, False]
    assert lost.possible_ingredients == frozenset({OXYCODONE})


def test_the_strength_of_the_ingredient_outranks_that_of_the_product() -> None:
    """A dilution has the strength that its Medication states; one that is unreadable has none."""
    mix = mixture(("1731999", 5, "mg"))
    assert str(read(request(mix)).concentration) == "5"
    del mix["ingredient"][0]["strength"]
    assert str(read(request(mix)).concentration) == "10"
    mix["ingredient"][0]["strength"] = {"numerator": {"value": 5}, "denominator": {"value": 1}}
    assert read(request(mix)).concentration is None


def test_salt_and_base_are_not_converted() -> None:
    """10 mg of morphine sulfate are read as 10 mg of morphine."""
    found = read(request("30236", dosage((10, "mg"), 1)))
    assert found.daily_dose(MORPHINE) == 10
