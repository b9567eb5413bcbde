"""What code reads is found in it: parameters, value sets and nouns, also through what it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rules.chart.chart import read_chart
from rules.engine.reach import Reach, reach
from rules.engine.rule_reads import Reader, expressions
from rules.engine.vocabulary import medicating
from rules.engine.words import noun
from tests.rules.engine.scenes import book, cases

if TYPE_CHECKING:
    from rules.engine.frame import Frame

GROUP = "toy"
SETS = frozenset({"cond-of-a-constant"})


class Shelf:
    """A class of another package: what it names is not followed."""

    name = "cond-of-a-stranger"


@noun("any", cql="-")
def toy(frame: Frame) -> object:
    """Read a parameter, another noun and a set in every way that code has."""
    inner = [frame.policy["toy.limit"] for _ in range(3)]
    return frame.noun("pump"), frame.noun("other"), inner, SETS, Shelf, frame.policy[f"toy.{GROUP}"]


def test_what_is_written_out_is_found() -> None:
    """Texts of the function and of what is nested in it; nouns that it asks for, and only those."""
    found = reach(toy)

    assert "toy.limit" in found.texts
    assert found.nouns == {"pump", "other"}


def test_a_name_of_two_parts_is_found_where_both_stand() -> None:
    """`policy[f"opioid.{name}"]` reads each name of the group that the code writes out."""
    found = Reach(frozenset({"opioid.", "flat_days"}), frozenset(), frozenset())

    assert found.of(["opioid.flat_days", "opioid.peak_days", "pain.flat_days"]) == {
        "opioid.flat_days"
    }


def test_words_are_followed_into_the_chart() -> None:
    """A word whose code reads the hold table in another module reads it."""
    parameters = book().policy("default").parameters

    assert "antithrombotic.hold_days" in reach(medicating.not_held).of(parameters)
    assert reach(medicating.repeated).of(parameters) == frozenset()


@pytest.mark.parametrize("name", sorted(book().vocabulary.nouns))
def test_a_noun_reads_no_parameter_that_its_code_does_not_show(name: str) -> None:
    """Evaluated on the shipped cases, a noun reads what was found in its code and nothing else."""
    nouns = book().vocabulary.nouns
    pending, known = [name], set()
    allowed: set[str] = set()
    while pending:
        current = pending.pop()
        if current not in known:
            known.add(current)
            found = reach(nouns[current])
            allowed |= found.of(book().policy("default").parameters)
            pending += found.nouns & nouns.keys()
    read: set[str] = set()

    class Watched(dict[str, object]):
        def __getitem__(self, key: str) -> object:
            read.add(key)
            return super().__getitem__(key)

    for scene in CASES:
        policy = Watched(book().policy(scene.policy).values)
        chart = read_chart(scene.call(), book().terminology, policy)
        read.clear()  # what reading the chart itself takes is nobody's
        book().program.frame(chart, policy).noun(name)
        assert read <= allowed, (scene.hook, read - allowed)


CASES = tuple(cases())[::23]


def test_a_rule_reads_what_it_decides_and_shows() -> None:
    """Conditions, words of the card and suggestions all count; so do definitions and words."""
    rule = book().rules["CTR-03"]
    names = [one.name for one in expressions(rule)]
    reads = Reader(book()).of(rule)

    assert any("summary" in one for one in names)
    assert {"antithrombotic.hold_days", "labs.inr_max"} <= reads.parameters
    assert {"med-anticoagulant", "med-antiplatelet", "med-warfarin"} <= reads.value_sets


@pytest.mark.parametrize("rule", sorted(book().rules))
def test_what_a_rule_declares_is_among_what_it_reads(rule: str) -> None:
    """The parameters that its expressions name are never lost on the way."""
    own = book().rules[rule]

    assert set(own.parameters) <= Reader(book()).of(own).parameters
