from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.drug_names import DrugNames
from rules.chart.mistakes import Mistakes
from rules.chart.products import Products
from rules.chart.terminology import MODULES, Terminology, load_terminology

SHIPPED = Path(__file__).parents[3] / "rules" / "value_sets"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
HCPCS = "urn:oid:2.16.840.1.113883.6.285"


@cache
def loaded() -> Terminology:
    """Load the shipped terminology."""
    return load_terminology(SHIPPED, MODULES, Mistakes())


def names(rxcui: str, text: str = "") -> list[str] | None:
    """Return the ingredient names of a code."""
    found = loaded().ingredients(rxcui, text)
    return None if found is None else sorted(one.name for one in found)


def test_a_product_gives_its_ingredient_and_strength() -> None:
    """A product code gives ingredient, strength and name as RxNorm prints them."""
    (one,) = loaded().ingredients("1049686") or ()
    assert (one.ingredient, one.name, one.strength, one.tty) == (
        "7804",
        "oxycodone",
        "20 MG",
        "SCD",
    )
    assert one.product == "oxycodone hydrochloride 20 MG Oral Tablet"


def test_a_product_of_two_ingredients_gives_both() -> None:
    """Every row of a combination product is given."""
    assert names("1491832") == ["acetaminophen", "oxycodone"]


@pytest.mark.parametrize(
    ("rxcui", "wanted"),
    [
        ("7052", ["morphine"]),
        (" 7052 ", ["morphine"]),
        ("30236", ["morphine"]),
        ("497062", ["ziconotide"]),
        ("1101333", ["gabapentin"]),
        ("9899", ["sodium oxybate"]),
        ("723", ["amoxicillin"]),
    ],
)
def test_ingredients_salts_and_brands_give_the_ingredient(rxcui: str, wanted: list[str]) -> None:
    """IN, PIN and BN lead to the ingredient; one without products leads to itself."""
    assert names(rxcui) == wanted


def test_known_and_unknown_codes_differ() -> None:
    """A code known to be none of ours gives (), one in no table gives None."""
    assert loaded().ingredients("44") == ()
    assert loaded().ingredients("999999999") is None
    assert loaded().ingredients("") is None


def test_a_known_code_whose_text_names_an_ingredient_is_not_excluded() -> None:
    """A known code that was never sorted by ingredient cannot refute what its own text says."""
    assert names("308460") == []
    assert names("308460", "metformin 500 MG Oral Tablet") == []
    assert names("308460", "azithromycin 250 MG Oral Tablet") is None


def test_a_hcpcs_code_that_names_one_drug_gives_it() -> None:
    """J-codes of one drug are read; unclassified ones and other systems give None."""
    terminology = loaded()
    (one,) = terminology.ingredients_of(HCPCS, "J2274") or ()
    assert one.name == "morphine"
    assert terminology.ingredients_of(HCPCS, "J7999") is None
    assert terminology.ingredients_of("http://snomed.info/sct", "7052") is None
    assert terminology.ingredients_of(RXNORM, "7052") == terminology.ingredients("7052")
    assert terminology.ingredients_of(None, "7052") is None


def test_every_ingredient_of_a_medication_set_is_known() -> None:
    """Each RxNorm code of each med-* set leads to ingredients, and an ingredient to its set."""
    terminology = loaded()
    for name, one in terminology.value_sets.items():
        if not name.startswith("med-") or name == "med-dose-form":
            continue
        for code in one.codes:
            found = terminology.ingredients(code.code)
            assert found, (name, code)
            if code.display.endswith("[IN]"):
                assert [part.ingredient for part in found] == [code.code]
                assert name in terminology.ingredient_groups(code.code)


def test_products_of_product_sets_belong_by_their_own_code() -> None:
    """A med-*-product set holds products by code, not by ingredient."""
    terminology = loaded()
    assert "med-intrathecal-labelled-product" in terminology.groups(RXNORM, "892652")
    assert "med-intrathecal-labelled-product" not in terminology.ingredient_groups("7052")


def test_names_are_in_lower_case() -> None:
    """An ingredient, a product and nothing have a name in lower case, or an empty one."""
    assert loaded().name("704") == "amitriptyline"
    assert loaded().name("1049686") == "oxycodone hydrochloride 20 mg oral tablet"
    assert loaded().name("999999999") == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("MORPHINE 10 mg/ml", {"morphine"}),
        ("hydromorphone", {"hydromorphone"}),
        ("Percocet 5/325", {"oxycodone", "acetaminophen"}),
        ("MS Contin", {"morphine"}),
        ("ms-contin 15", {"morphine"}),
        ("oxycodone/acetaminophen", {"oxycodone", "acetaminophen"}),
        ("dabigatran 150", {"dabigatran etexilate"}),
        ("penicillin", {"penicillin g", "penicillin v"}),
        ("Panlor", {"acetaminophen", "dihydrocodeine"}),
        ("morphinelike", set()),
        ("physiological saline", set()),
        ("", set()),
    ],
)
def test_drug_names_are_found_as_words(text: str, wanted: set[str]) -> None:
    """Generic and brand names are found in any case, as whole words only."""
    terminology = loaded()
    found = {terminology.name(rxcui) for rxcui in terminology.named_in(text)}
    assert wanted <= found
    assert bool(found) == bool(wanted)


@given(st.text(max_size=60))
def test_any_text_may_be_searched(text: str) -> None:
    """Searching never fails, and what is found is an ingredient whose name or brand is there."""
    terminology = loaded()
    assert terminology.named_in(text + " morphine") >= {"7052"} | terminology.named_in(text)


def test_strengths_are_numbers_with_a_known_unit() -> None:
    """Every strength is empty or a number with one of the units that RxNorm uses."""
    form = re.compile(r"(\d+(\.\d+)?|\.\d+) (MG|UNT)(/(ML|MG|HR|ACTUAT))?\Z")
    products = loaded()._products
    strange = {
        one.strength
        for found in products.strengths.values()
        for one in found
        if one.strength and not form.match(one.strength)
    }
    assert strange == set()


def test_rows_of_a_product_are_the_ingredients_that_its_name_says() -> None:
    """No product lacks an ingredient that its name states, and none has one that it does not."""
    products = loaded()._products
    names = DrugNames({name: frozenset({rxcui}) for rxcui, name in products.ingredients.items()})
    for code, found in products.strengths.items():
        stated = names.find(re.sub(r"\[[^\]]*\]", "", found[0].product))
        assert {one.ingredient for one in found} == stated, code


def test_a_broken_table_is_told_with_its_line(tmp_path: Path) -> None:
    """A row of another width and a missing column are mistakes."""
    (tmp_path / "rxnorm-known.csv").write_text("rxcui,source\n1,a\n2\n", encoding="utf-8")
    (tmp_path / "rxnorm-products.csv").write_text("rxcui,name\n1,a\n", encoding="utf-8")
    mistakes = Mistakes()
    Products().read(tmp_path, mistakes)
    assert [(one.file.name, one.line, one.text) for one in mistakes] == [
        ("rxnorm-known.csv", 3, "a row has 1 cells, the head has 2"),
        ("rxnorm-products.csv", 1, "column `tty` is missing"),
    ]


def test_a_site_table_adds_products(tmp_path: Path) -> None:
    """Rows of a later folder replace those of the same code and add others."""
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "rxnorm-products.csv").write_text(
        "rxcui,tty,name,ingredient_rxcui,ingredient,strength,verified_from\n"
        "308460,SCD,azithromycin 250 MG Oral Tablet,18631,azithromycin,250 MG,site\n",
        encoding="utf-8",
    )
    terminology = load_terminology([SHIPPED, tmp_path], MODULES, Mistakes())
    (one,) = terminology.ingredients("308460") or ()
    assert (one.ingredient, one.strength) == ("18631", "250 MG")
    assert terminology.ingredients("1049686")
