"""Nouns that the chart computes: what they hold, and that they say which data they read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from rules.chart.chart import read_chart
from rules.chart.pump import read_pump
from rules.chart.records import Records
from rules.chart.trial import read_trial
from rules.engine.frame import Frame
from rules.engine.kinds import THING, Kind, classes
from rules.engine.vocabulary.data import FINDINGS, DataFindings
from tests.rules.chart.calls import policy, terminology
from tests.rules.engine.scenes import FIXTURES, Scene, fixture
from tests.rules.engine.shelf import VOCABULARY, frame

if TYPE_CHECKING:
    from rules.engine.words import Noun

CASES = sorted(path.stem for path in (FIXTURES / "requests" / "order-sign").glob("*.json"))[::12]
NOUNS = sorted(VOCABULARY.nouns)
KEYS = (
    "conditions", "medicationRequests", "procedures", "observations", "allergies", "devices",
    "careTeams", "serviceRequests",
)  # fmt: skip


def read(scene: Scene) -> Frame:
    """Give a frame over the chart of a call."""
    chart = read_chart(scene.call(), terminology(), policy())
    return Frame(chart, policy(), nouns=VOCABULARY.nouns)


def said(value: object, kind: Kind) -> object:
    """Write a value by what an expression can see of it."""
    if kind.attributes and not isinstance(value, Records):
        return {name: said(getattr(value, name), one) for name, one in kind.attributes.items()}
    if isinstance(value, Records):
        return (*map(repr, value.sure), "?", *map(repr, value.maybe), value.complete, value.gaps)
    return value


@pytest.mark.parametrize("name", NOUNS)
def test_a_noun_is_what_it_declares(name: str) -> None:
    """Every attribute that an expression may name is there, and of its type or unknown."""
    noun: Noun = VOCABULARY.nouns[name]
    for case in CASES:
        value = read(fixture(case)).noun(name)
        kinds = noun.kind.attributes
        if noun.kind.type == "records":
            assert type(value) is Records
            found = [(getattr(one, at, None), kind) for one in value.sure[:5]
                     for at, kind in kinds.items()]  # fmt: skip
        elif kinds:
            found = [(getattr(value, at), kind) for at, kind in kinds.items()]
        else:
            found = [(value, noun.kind)]
        for one, kind in found:
            admitted = None if kind.type in {"any", THING} else classes((kind.type,), unknown=True)
            assert one is None or admitted is None or type(one) in admitted, (case, one)


@pytest.mark.parametrize("name", NOUNS)
def test_a_noun_reads_only_the_keys_that_it_declares(name: str) -> None:
    """A key that is missing changes what a noun says only if the noun names that key.

    From the keys an engine tells what would settle an unknown; one that is not named is never
    asked for.
    """
    noun = VOCABULARY.nouns[name]
    for case in CASES:
        scene = fixture(case)
        whole = said(read(scene).noun(name), noun.kind)
        for key in KEYS:
            if key not in noun.keys:
                lacking = scene.lacking(*scene.missing, key)
                assert said(read(lacking).noun(name), noun.kind) == whole, (case, key)


def test_nouns_are_what_the_chart_computes() -> None:
    """The language adds nothing to a reading and takes nothing from it."""
    words = read(fixture("v02-question-3-all-documented"))
    chart: Any = words.chart
    assert words.noun("trial") == read_trial(chart, words.policy)
    assert words.noun("pump") == read_pump(chart)
    assert words.noun("patient") is chart.patient
    assert words.noun("phase") == words.noun("call_phase").name == "implant"
    assert words.noun("hook") == "order-sign"


def test_a_noun_is_read_once() -> None:
    """Two expressions that name a noun share one reading."""
    words = read(fixture("v02-question-3-all-documented"))
    for name in NOUNS:
        assert words.noun(name) is words.noun(name)


def test_without_findings_the_data_are_in_order() -> None:
    """Before the rules have answered, nothing is known to be wrong with the data."""
    words = frame()
    assert words.noun("data") == DataFindings()
    told = frame(memo={FINDINGS: DataFindings(gap_count=1, gap_names="conditions")})
    assert told.noun("data").gap_names == "conditions"


@pytest.mark.parametrize("hook", ["patient-view", "order-select", "order-sign"])
def test_the_hook_is_that_of_the_call(hook: str) -> None:
    """Rules can tell hooks apart."""
    words = frame(call=SimpleNamespace(hook=hook, context={}))
    assert words.noun("hook") == hook
