"""What code reads is found in it: parameters, value sets and nouns, also through what it calls."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from rules.chart.chart import read_chart
from rules.engine.reach import Reach, reach
from rules.engine.rule_reads import Reader, expressions
from rules.engine.vocabulary import medicating
from rules.engine.words import noun
from tests.rules.engine.scenes import book, cases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.engine.frame import Frame

SETS = frozenset({"cond-of-a-constant"})


@noun("any", cql="-")
def lazy(frame: Frame) -> object:
    """Ask for a noun only when it is needed."""
    read = frame.noun
    return lambda: read("pump")


class Shelf:
    """What the methods of a class that is named read, its own code does."""

    @property
    def name(self) -> str:
        """Name a value set."""
        return "cond-of-a-property"


def _below() -> str:
    return dedent("cond-of-a-function")


@noun("any", cql="-")
def toy(frame: Frame) -> object:
    """Read a parameter, another noun and a set in every way that code has."""
    inner = [frame.policy["toy.limit"] for _ in range(3)]
    return frame.noun("pump"), frame.noun("other"), inner, SETS, Shelf(), _below()


def test_what_is_written_out_is_found() -> None:
    """Texts of the function and of what is nested in it; nouns that it asks for, and only those."""
    found = reach(toy)

    assert {
        "toy.limit", "cond-of-a-constant", "cond-of-a-property", "cond-of-a-function",
    } <= found.texts  # fmt: skip
    assert found.nouns == {"pump", "other"}
    assert len(found.texts) < 20, "other packages are not followed"


def test_a_noun_that_is_asked_for_later_is_found() -> None:
    """Where the asking is handed on, a noun that is named beside it counts as asked for."""
    assert "pump" in reach(lazy).nouns


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


class Watched(dict[str, object]):
    """A policy that keeps the names of the parameters that were read."""

    def __init__(self, values: Mapping[str, object]) -> None:
        """Watch *values*."""
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> object:
        """Keep the name and give the value."""
        self.read.add(key)
        return super().__getitem__(key)


def allowed(name: str) -> frozenset[str]:
    """Return the parameters that the code of a noun shows, with those of the nouns it asks for."""
    nouns = book().vocabulary.nouns
    pending, known, found = [name], set[str](), frozenset[str]()
    while pending:
        current = pending.pop()
        if current not in known:
            known.add(current)
            one = reach(nouns[current])
            found |= one.of(book().policy("default").parameters)
            pending += one.nouns & nouns.keys()
    return found


def test_a_noun_reads_no_parameter_that_its_code_does_not_show() -> None:
    """On shipped cases each noun reads what was found in its code and nothing else."""
    shown = {name: allowed(name) for name in book().vocabulary.nouns}
    hidden: set[tuple[str, str]] = set()
    read: set[str] = set()
    for scene in tuple(cases())[::17]:
        policy = Watched(book().policy(scene.policy).values)
        chart = read_chart(scene.call(), book().terminology, policy)
        for name, expected in shown.items():
            policy.read.clear()
            book().program.frame(chart, policy).noun(name)
            hidden |= {(name, one) for one in policy.read - expected}
            read |= policy.read

    assert hidden == set()
    assert len(read) > 30, "the check sees what is read"


READER = Reader(book())


def test_a_rule_reads_what_it_decides_and_shows() -> None:
    """Conditions, words of the card and suggestions all count; so do definitions and words."""
    rule = book().rules["CTR-03"]
    names = [one.name for one in expressions(rule)]
    reads = READER.of(rule)

    assert any("summary" in one for one in names)
    assert {"antithrombotic.hold_days", "labs.inr_max"} <= reads.parameters
    assert {"med-anticoagulant", "med-antiplatelet", "med-warfarin"} <= reads.value_sets


@pytest.mark.parametrize("rule", sorted(book().rules))
def test_what_a_rule_declares_is_among_what_it_reads(rule: str) -> None:
    """The parameters that its expressions name are never lost on the way."""
    own = book().rules[rule]

    assert set(own.parameters) <= READER.of(own).parameters
