"""The 13 source attributes are worked out from what a rule reads; no file can claim otherwise."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from rules.chart.resources import Patient, Resource
from rules.engine.source_attributes import ASSESSMENTS, ELEMENTS, source_attributes
from tests.rules.engine.scenes import book

if TYPE_CHECKING:
    from rules import SourceAttributes


@cache
def attributes() -> dict[str, SourceAttributes]:
    """Return the source attributes of the shipped rules, worked out once."""
    return source_attributes(book())


def uses(rule: str) -> dict[str, tuple[str, ...]]:
    """Return what a rule is said to read, by the kind of data."""
    return {one.data: one.read_from for one in attributes()[rule].uses if one.used}


@pytest.mark.parametrize("rule", sorted(book().rules))
def test_every_rule_has_all_thirteen(rule: str) -> None:
    """Citation, developer, funding and dates are said; nine kinds of data are each answered."""
    found = attributes()[rule]
    said = (found.citation, found.developer, found.funding, found.released, found.revised)

    assert all(said)
    assert book().rules[rule].source in found.citation
    assert 4 + len(found.uses) == 13
    assert [one.data for one in found.uses] == list(ELEMENTS)


def test_dates_and_funding_come_from_the_files() -> None:
    """The release is that of the knowledge, the revision that of the rule's own review."""
    found = attributes()["CTR-01"]

    assert found.released == book().knowledge.released
    assert found.revised == book().rules["CTR-01"].reviewed
    assert found.funding == "none; open project"


def test_a_rule_on_pregnancy_uses_sex_and_date_of_birth() -> None:
    """SPC-03 looks at who may be pregnant."""
    assert uses("SPC-03")["sex"] == ("patient.gender",)
    assert uses("SPC-03")["date of birth"] == ("patient.birth",)
    assert "obs-pregnancy-status" in uses("SPC-03")["health status assessments"]


def test_a_rule_on_minors_uses_the_date_of_birth_and_not_sex() -> None:
    """SPC-04 looks at age alone."""
    assert "date of birth" in uses("SPC-04")
    assert "sex" not in uses("SPC-04")


@pytest.mark.parametrize("rule", ["ELG-02", "ELG-04", "ELG-06", "TRL-02", "PAY-02"])
def test_pain_and_function_are_health_status_also_through_computed_facts(rule: str) -> None:
    """Courses that failed, the trial and the benefit rest on pain scores that their code reads."""
    assert set(uses(rule)["health status assessments"]) <= ASSESSMENTS
    assert "obs-pain-score" in uses(rule)["health status assessments"]


@pytest.mark.parametrize("rule", ["CTR-05", "CMP-03", "ELG-10"])
def test_a_rule_that_reads_none_of_these_says_so(rule: str) -> None:
    """An allergy, a pump event, a cancer: nothing of the nine."""
    assert uses(rule) == {}


def test_nothing_reads_race_ethnicity_language_orientation_identity_or_social_data() -> None:
    """No rule of ours uses them, and nothing else is read of the Patient than is accounted for."""
    never = set(ELEMENTS) - {"sex", "date of birth", "health status assessments"}
    noun = book().vocabulary.nouns["patient"]

    assert [rule for rule in book().rules if never & uses(rule).keys()] == []
    assert set(Patient.__struct_fields__) - set(Resource.__struct_fields__) == {
        "birth_date", "gender", "deceased_boolean", "deceased_date_time",
    }  # fmt: skip
    known = {name for names in ELEMENTS.values() for name in names} | {"deceased"}
    assert set(noun.kind.attributes or ()) <= known
