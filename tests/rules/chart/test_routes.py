"""The route of a dosage instruction (recording.md 3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.chart.pharmacy import (
    INFUMORPH_10,
    INFUMORPH_BRAND,
    MORPHINE,
    MORPHINE_25_INJECTION,
    OXYCODONE_20_TABLET,
    SNOMED,
    V3,
    concept,
    dosage,
    read,
    request,
)


def route_of(code: str, system: str) -> str:
    """Return the route of a morphine order with this route code."""
    given = dosage((1, "mg"), 1, route=None, route_=None)
    given.pop("route_")
    return read(request(MORPHINE, given | {"route": concept(code, system)})).route


@pytest.mark.parametrize(
    ("route", "system", "codes"),
    [
        ("intrathecal", SNOMED, "72607000 418418000 445756007 445767008"),
        ("intrathecal", V3, "IT ITINJ"),
        ("epidural", SNOMED, "404820008 447080003 417070009"),
        ("epidural", V3, "EPI EPIDURINJ"),
        ("neuraxial", SNOMED, "420719007"),
        ("oral", SNOMED, "26643006 37839007 54471007 404815008 37161004 46713006"),
        ("transdermal", SNOMED, "45890007"),
        ("sc", SNOMED, "34206005"),
        ("iv", SNOMED, "47625008"),
        ("im", SNOMED, "78421000"),
        ("topical", SNOMED, "6064005"),
        ("other", SNOMED, "447694001"),
    ],
)
def test_route_codes(route: str, system: str, codes: str) -> None:
    """Each code of the two route value sets has its class; another coded route is `other`."""
    for code in codes.split():
        assert route_of(code, system) == route


def test_a_code_counts_only_in_its_own_system() -> None:
    """A code of the right digits in another system is no route."""
    assert route_of("72607000", "http://example.org/routes") == "other"


@pytest.mark.parametrize("where", ["route", "text"])
@pytest.mark.parametrize("word", ["intrathecal", "epidural"])
def test_the_word_in_a_text_is_an_inferred_route(where: str, word: str) -> None:
    """The word in `route.text` or in the instruction's text gives the route, as inferred."""
    text = f"continuous {word.upper()} infusion"
    given = {"route": {"text": text}} if where == "route" else {"text": text}
    found = read(request(MORPHINE, given))
    assert [found.route, found.route_inferred] == [word, True]


def test_a_coded_route_is_not_inferred() -> None:
    """A coded intrathecal route is as sure as any code."""
    assert not read(request(MORPHINE, dosage((1, "mg"), 1, route="intrathecal"))).route_inferred


def test_text_never_lowers_a_coded_intrathecal_route() -> None:
    """The word "oral" in the text leaves a coded intrathecal route as it is."""
    given = dosage((10, "mg"), route="intrathecal", text="10 mg oral once")
    assert read(request(MORPHINE, given)).route == "intrathecal"


def test_text_that_contradicts_a_coded_route_is_told() -> None:
    """A systemic route code with "intrathecal" in the text is read as coded, and told."""
    issues: list[object] = []
    given = dosage((10, "mg"), 1, route="oral", text="via intrathecal pump")
    found = read(request(MORPHINE, given), issues=issues)  # type: ignore[arg-type]
    assert found.route == "oral"
    assert [one.kind for one in issues] == ["contradictory"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["Not for intrathecal use", "oral solution, not epidural"])
def test_a_warning_against_a_route_is_no_route(text: str) -> None:
    """A text that forbids the route does not name it."""
    found = read(request(OXYCODONE_20_TABLET, {"text": text}))
    assert [found.route, found.route_inferred] == ["oral", False]


@pytest.mark.parametrize(
    ("product", "route"),
    [
        (OXYCODONE_20_TABLET, "oral"),
        ("245135", "transdermal"),
        (INFUMORPH_10, "intrathecal"),
        (INFUMORPH_BRAND, "intrathecal"),
        ("2055307", "intrathecal"),  # Mitigo
        ("583453", "intrathecal"),  # Prialt
        ("1047444", "intrathecal"),  # Gablofen
        ("805678", "intrathecal"),  # Lioresal injection
        ("884223", "epidural"),  # Duraclon
        ("892489", "unknown"),  # Duramorph
        (MORPHINE_25_INJECTION, "unknown"),
        ("202996", "unknown"),  # Lioresal, a brand of tablets as well
        (MORPHINE, "unknown"),
    ],
)
def test_the_product_gives_the_route_where_the_order_does_not(product: str, route: str) -> None:
    """Dose form first, then a labelled brand; any other injection is of unknown route."""
    assert read(request(product, {"text": "as directed"})).route == route
    assert read(request(product)).route == route


def test_a_route_code_outranks_the_product() -> None:
    """Infumorph given by another coded route is read as coded."""
    assert read(request(INFUMORPH_10, dosage((1, "mg"), 1, route="iv"))).route == "iv"


@pytest.mark.parametrize(
    ("route", "systemic"),
    [
        ("oral", True), ("transdermal", True), ("sc", True), ("iv", True), ("im", True),
        ("topical", False), ("intrathecal", False), ("epidural", False), ("neuraxial", False),
        (None, None),
    ],
)  # fmt: skip
def test_which_routes_are_systemic(route: str | None, systemic: bool | None) -> None:
    """Neuraxial and topical are never systemic; an unknown route is unknown."""
    assert read(request(MORPHINE, dosage((1, "mg"), 1, route=route))).systemic is systemic


def test_instructions_by_several_routes() -> None:
    """One neuraxial instruction makes it neuraxial; systemic routes that differ are unknown."""
    oral, iv = dosage((10, "mg"), 1), dosage((10, "mg"), 1, route="iv")
    spinal = dosage((1, "mg"), 1, route="intrathecal")
    assert read(request(MORPHINE, oral, spinal)).route == "intrathecal"
    assert read(request(MORPHINE, oral, spinal)).systemic is True
    assert read(request(MORPHINE, oral, iv)).route == "unknown"
    assert read(request(MORPHINE, oral, oral)).route == "oral"


@given(st.text())
def test_no_text_makes_a_coded_neuraxial_route_systemic(text: str) -> None:
    """Whatever the text says, a coded intrathecal route stays."""
    given = dosage((1, "mg"), 1, route="intrathecal", text=text.replace("\ud800", ""))
    assert read(request(MORPHINE, given)).route == "intrathecal"
