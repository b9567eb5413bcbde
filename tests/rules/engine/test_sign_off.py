"""What awaits sign-off is complete: every open threshold of every policy, with its readers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules.engine.sign_off import is_open, open_rules, open_thresholds, shown
from tests.rules.engine.scenes import book


@pytest.mark.parametrize(
    ("tags", "found"),
    [("Article", False), ("S", False), ("Article, S", False), ("G", True), ("D", True),
     ("S, D", True), ("Article,G", True)],
)  # fmt: skip
def test_one_open_tag_leaves_the_whole_open(tags: str, found: bool) -> None:
    """A threshold that is partly decided here is not signed by its other source."""
    assert is_open(tags) is found


def test_every_open_threshold_is_listed_once() -> None:
    """Of the base policy each parameter, of another only what it states itself."""
    listed = [(one.policy, one.name) for one in open_thresholds(book())]
    expected = {
        (policy.id, name)
        for policy in book().policies.values()
        for name in policy.own
        if is_open(policy.parameters[name].confidence)
    }

    assert len(listed) == len(set(listed))
    assert set(listed) == expected
    assert {policy for policy, _ in listed} > {"default"}


def test_each_has_value_source_and_readers() -> None:
    """A clinician can see what is to be signed, where it comes from and what it moves."""
    found = {(one.policy, one.name): one for one in open_thresholds(book())}
    hold = found["default", "antithrombotic.hold_days"]

    assert all(one.value and one.source and one.confidence for one in found.values())
    assert "warfarin: 5" in hold.value
    assert "CTR-03" in hold.rules
    assert "ELG-02" in found["default", "pain.threshold"].rules
    assert all(set(one.rules) <= book().rules.keys() for one in found.values())


def test_rules_with_an_open_source_are_listed() -> None:
    """A rule that rests on general knowledge, or on our decision, is to be signed as a whole."""
    assert {one.id for one in open_rules(book())} == {
        one.id for one in book().rules.values() if one.confidence in {"G", "D"}
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (Decimal("1.50"), "1.5"),
        (True, "yes"),
        ([Decimal(12), Decimal(55)], "12, 55"),
        ({"morphine": Decimal(15), "fentanyl": Decimal(1000)}, "morphine: 15; fentanyl: 1000"),
        ("hold", "hold"),
    ],
)
def test_values_are_written_as_people_read_them(value: object, text: str) -> None:
    """Numbers without exponent, lists and tables in a line."""
    assert shown(value) == text
