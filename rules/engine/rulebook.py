"""The rulebook: every knowledge file read, checked and compiled, or refused with every mistake."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rules.chart.code_systems import MODULES
from rules.chart.mistakes import Mistakes, choices
from rules.chart.terminology import Terminology, load_terminology
from rules.engine import logical_words, syntax
from rules.engine.advice import prepare
from rules.engine.compile import Program, compile_checked
from rules.engine.deciding import reads_dates
from rules.engine.definition_files import read_definitions
from rules.engine.definitions import check_expressions
from rules.engine.errors import KnowledgeError, Mistake
from rules.engine.model import CRITERIA, HOOKS
from rules.engine.places import Places
from rules.engine.policy import Policy, load_policies
from rules.engine.rule_files import read_rules
from rules.engine.sources import FOLDERS, KnowledgeSource, read_source
from rules.engine.switches import read_switches
from rules.engine.usage import used_value_sets
from rules.engine.vocabulary import (
    caring,
    data,
    dating,
    dosing,
    intrathecal,
    measuring,
    medicating,
    prescribing,
    pump,
    readings,
    retrieves,
    selecting,
    showing,
    therapy,
)
from rules.engine.words import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.engine.definitions import Checked
    from rules.engine.model import Definition, Rule
    from rules.engine.switches import Switch

SHIPPED = Path(__file__).parents[1]
DEFAULT_POLICY = "default"
# Names that the evaluation itself reads; without them a rulebook cannot answer.
NEEDED = (*CRITERIA, "verdict")
# Observations that computed nouns read besides those that expressions name.
COMPUTED_OBSERVATIONS = (
    "obs-pain-score", "local#percent-pain-relief", "local#it-daily-dose", "local#it-agent",
    "local#reservoir-concentration", "obs-pain-function", "local#pump-flow-rate",
    "local#reservoir-fill-volume", "local#reservoir-residual-volume",
    "local#reservoir-expected-volume", "local#predicted-empty-date", "local#refill-due-date",
    "local#pump-event",
)  # fmt: skip


@dataclass(frozen=True)
class Rulebook:
    """Knowledge that was accepted, compiled and never changes."""

    rules: Mapping[str, Rule]
    definitions: Mapping[str, Definition]
    policies: Mapping[str, Policy]
    override_reasons: Mapping[str, str]
    terminology: Terminology
    vocabulary: Vocabulary
    program: Program
    knowledge: KnowledgeSource
    observation_codes: tuple[str, ...]
    # What a site switched off or silenced, by rule id.
    switches: Mapping[str, Switch] = field(default_factory=dict)
    # Words of cards that depend on no call: by rule and `statement` or the id of a policy.
    texts: dict[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def used_value_sets(self) -> frozenset[str]:
        """The value sets that any expression names, or that the chart itself reads."""
        return used_value_sets(self.program.nodes.values(), self.terminology.value_sets)

    @cached_property
    def dated(self) -> frozenset[str]:
        """The criteria that read when something was."""
        return frozenset(name for name in CRITERIA if reads_dates(self.program, name))

    @property
    def hooks(self) -> frozenset[str]:
        """The hooks that any rule speaks on."""
        return frozenset(hook for rule in self.rules.values() for hook in rule.hooks)

    def policy(self, policy_id: str) -> Policy:
        """Return a policy; KeyError names the valid ones."""
        try:
            return self.policies[policy_id]
        except KeyError:
            msg = f"unknown policy `{policy_id}`; {choices(self.policies, policy_id)}"
            raise KeyError(msg) from None


def vocabulary_of(terminology: Terminology) -> Vocabulary:
    """Return all words and nouns; arguments choose from the value sets of *terminology*."""
    return Vocabulary.of(
        logical_words, retrieves, readings, data, selecting, dating, measuring, medicating,
        showing, therapy, caring, prescribing, pump, intrathecal, dosing,
        choices={"value-set": frozenset(terminology.value_sets)},
    )  # fmt: skip


def load_rulebook(
    *, modules: Iterable[str] = tuple(sorted(MODULES)), knowledge_dir: Path | None = None
) -> Rulebook:
    """Read, check and compile all knowledge; *knowledge_dir* adds to it or overrides it.

    Raises KnowledgeError with every mistake of every file at once.
    """
    mistakes = Mistakes()
    roots = [SHIPPED] if knowledge_dir is None else [SHIPPED, knowledge_dir]
    enabled = frozenset(modules)
    folders = {name: _existing(roots, name) for name in FOLDERS}
    terminology = load_terminology(folders["value_sets"], enabled, mistakes)
    policies = load_policies(folders["policies"], mistakes)
    places = Places()
    definitions = read_definitions(folders["definitions"], mistakes, places)
    systems = {system.name: system.uri for system in terminology.systems.by_name.values()}
    rules, reasons = read_rules(folders["clinical"], mistakes, places, systems)
    switches = read_switches(roots, rules, mistakes)
    source = read_source(roots, enabled, mistakes)
    vocabulary = vocabulary_of(terminology)
    parameters = _parameter_types(policies)
    nodes = places.nodes()
    checked = check_expressions(nodes, vocabulary, parameters)
    _report(checked, places)
    for name in NEEDED:
        if name not in definitions:
            mistakes.add(folders["definitions"][0], 1, f"definition `{name}` is missing")
    if mistakes:
        raise KnowledgeError(Mistake(f"{one.file}:{one.line}", None, one.text) for one in mistakes)
    program = compile_checked(nodes, checked, vocabulary)
    book = Rulebook(
        rules={rule.id: _with_uses(rule, checked) for rule in rules.values()},
        definitions=definitions,
        policies=policies,
        override_reasons=reasons,
        terminology=terminology,
        vocabulary=vocabulary,
        program=program,
        knowledge=source,
        observation_codes=_observation_codes(places, terminology),
        switches=switches,
    )
    prepare(book)
    for kept in ("used_value_sets", "dated"):  # worked out now, not in the first call
        getattr(book, kept)
    return book


def _existing(roots: Iterable[Path], name: str) -> list[Path]:
    return [root / name for root in roots if (root / name).is_dir()]


def _parameter_types(policies: Mapping[str, Policy]) -> dict[str, str]:
    default = policies.get(DEFAULT_POLICY)
    if default is None:
        return {}
    return {name: one.kind for name, one in default.parameters.items()}


def _report(checked: Checked, places: Places) -> None:
    for mistake in checked.mistakes:
        places[mistake.where].wrong(mistake.reason)
    for place in places:
        finding = checked.findings.get(place.expression.name)
        if finding is None or place.needs is None or finding.kind.fits((place.needs,)):
            continue
        place.wrong(f"this must be a {place.needs}, not a {finding.type}")


def _with_uses(rule: Rule, checked: Checked) -> Rule:
    """Fill in what a rule rests on: definitions, parameters and prefetch keys."""
    own = [
        rule.applies, *(case.when for case in rule.cases),
        *([rule.unknown_when] if rule.unknown_when else []),
    ]  # fmt: skip
    names = [expression.name for expression in own]
    closure = frozenset().union(*(checked.closure(name) for name in names))
    known = {rule.about} if rule.about else set()
    return replace(
        rule,
        definitions=tuple(sorted((closure - set(names)) | known)),
        parameters=tuple(sorted(frozenset().union(*(checked.parameters(n) for n in names)))),
        keys=frozenset().union(*(checked.keys(name) for name in names)),
    )


def _observation_codes(places: Places, terminology: Terminology) -> tuple[str, ...]:
    """Return the codes of every observation that an expression or a computed noun reads."""
    used = set(COMPUTED_OBSERVATIONS)
    for place in places:
        for node in syntax.walk(place.expression.node):
            if isinstance(node, syntax.Word) and node.name == "in" and _reads(node):
                used |= {arg.value for arg in node.args if isinstance(arg, syntax.Literal)
                         and isinstance(arg.value, str)}  # fmt: skip
    codes = terminology.members(*sorted(used & terminology.value_sets.keys()))
    return tuple(dict.fromkeys(code.code for code in codes))


def _reads(node: syntax.Node) -> bool:
    while isinstance(node, (syntax.Word, syntax.Filter)):
        node = node.subject
    return isinstance(node, syntax.Name) and node.name == "observations"


__all__ = ["HOOKS", "Rulebook", "load_rulebook", "vocabulary_of"]
