"""The clinical safety file: every control has a test, and the generated page is current."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hooks.commands.sign_off import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules import Rulebook

ROOT = Path(__file__).parents[1]
SAFETY = ROOT / "docs" / "safety"
REQUESTS = ROOT / "fhir_fixtures" / "requests"
PARTS = ("Hazard", "Cause", "Control", "Tests")
# Words of approval, and of ending a therapy. What warns of an abrupt stop may name it.
FORBIDDEN = re.compile(
    r"\b(is|are) safe\b|\bno (risk|danger|interaction|contraindication)s?\b|\bharmless\b"
    r"|\bnothing to (fear|worry)\b|\b(stop|discontinue|cease|end|turn off) (the|this) "
    r"(pump|infusion|therapy|opioid|drug)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(r"\b(never|do not|not to|no reason to|must not)\b[^.;]*\Z", re.IGNORECASE)


@cache
def hazards() -> dict[str, str]:
    """Return each hazard of the log by its number."""
    text = (SAFETY / "hazards.md").read_text("utf-8")
    parts = re.split(r"(?m)^### (H-\d\d) ", text)
    bodies = [re.split(r"(?m)^## ", body)[0] for body in parts[2::2]]
    return dict(zip(parts[1::2], bodies, strict=True))


@cache
def functions(path: str) -> frozenset[str]:
    """Return the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


def exists(test: str) -> bool:
    """Say whether a test is there: `path::function`, or `hook/case` of the fixtures."""
    path, colons, name = test.partition("::")
    if not colons:
        return (REQUESTS / f"{test}.json").is_file()
    return (ROOT / path).is_file() and name.startswith("test_") and name in functions(path)


def named_tests(body: str) -> list[str]:
    """Return the tests that a hazard names."""
    found = re.search(r"(?ms)^- Tests: (.*?)(?=^- |\Z)", body)
    return re.findall(r"`([^`]+)`", found[1]) if found else []


def said(rulebook: Rulebook) -> Iterator[tuple[str, str]]:
    """Give every text of a card that a rule may show, without what is filled in."""
    for rule in rulebook.rules.values():
        templates = [one for case in rule.cases for one in (case.summary, case.detail)]
        templates += [one.label for one in rule.suggestions]
        for template in templates:
            parts = template.parts if template is not None else ()
            yield rule.id, "…".join(one for one in parts if isinstance(one, str))


def test_hazards_are_numbered() -> None:
    """Each has its number, none is left out, none is used twice."""
    text = (SAFETY / "hazards.md").read_text("utf-8")
    numbers = re.findall(r"(?m)^### H-(\d\d) ", text)

    assert [int(one) for one in numbers] == list(range(1, len(numbers) + 1))
    assert len(numbers) > 20


@pytest.mark.parametrize("number", hazards())
def test_each_hazard_has_a_cause_a_control_and_tests_that_exist(number: str) -> None:
    """A control that no test holds is a hope; a test that was renamed is noticed."""
    body = hazards()[number]

    assert [one for one in PARTS if f"\n- {one}: " not in body] == []
    assert named_tests(body)
    assert [one for one in named_tests(body) if not exists(one)] == []


@pytest.mark.parametrize(
    "test", ["order-sign/nobody", "tests/nobody.py::test_x", "tests/test_safety.py::test_x"]
)
def test_a_test_that_is_not_there_is_noticed(test: str) -> None:
    """The check above can fail."""
    assert not exists(test)


def test_every_safety_rule_controls_a_hazard(rulebook: Rulebook) -> None:
    """A rule whose silence can harm stands in the log, by its id or in a span of ids."""
    text = (SAFETY / "hazards.md").read_text("utf-8")
    named = set(re.findall(r"\b[A-Z]{3}-\d\d\b", text))
    for first, last in re.findall(r"\b([A-Z]{3}-\d\d) to ([A-Z]{3}-\d\d)\b", text):
        group = first[:3]
        named |= {f"{group}-{n:02}" for n in range(int(first[4:]), int(last[4:]) + 1)}

    assert [one.id for one in rulebook.rules.values() if one.safety and one.id not in named] == []
    assert {one for one in named if one not in rulebook.rules} == set()


def test_no_card_tells_to_stop_or_reassures(rulebook: Rulebook) -> None:
    """S5, knowledge.md 0.5: no words of approval, no advice to end an infusion."""
    texts = list(said(rulebook))
    found = [
        (rule, text)
        for rule, text in texts
        for match in FORBIDDEN.finditer(text)
        if not NEGATED.search(text[: match.start()])
    ]

    assert len(texts) > 200
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["The refill is safe", "No interaction was found", "Stop the infusion", "turn off the pump"],
)
def test_words_that_would_reassure_or_stop_are_noticed(text: str) -> None:
    """The check above can fail."""
    assert FORBIDDEN.search(text)
    assert not NEGATED.search("")


def test_sign_off_page_is_current(rulebook: Rulebook) -> None:
    """docs/safety/sign-off.md is what `intrathecal rules --sign-off` writes (`make format`)."""
    assert (SAFETY / "sign-off.md").read_text("utf-8") == page(rulebook)


def test_intended_use_says_what_the_basis_is_and_what_it_is_not() -> None:
    """FDA criterion 4: users, patients, limits, and how the basis can be reviewed."""
    text = (SAFETY / "intended-use.md").read_text("utf-8")
    parts = ("What it is for", "What it is not", "How the basis can be reviewed", "Limits")

    assert [one for one in parts if f"\n## {one}" not in text] == []
    assert all(f"**{one}**" in text for one in ("Users", "Patients", "Setting"))
