"""What is wrong with the data of one evaluation: gaps, faults and conflicts, for DAT-01."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.engine.advice import plain_text
from rules.engine.model import CRITERIA
from rules.engine.vocabulary.data import DataFindings
from rules.engine.vocabulary.showing import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.engine.evaluate import Evaluation
    from rules.engine.outcome import RuleResult

LACKING = frozenset({"missing", "incomplete"})
# Issues that concern the sending, not the record: logged, not shown to a clinician.
TECHNICAL = frozenset({"ignored-key", "warning", "duplicate", "another-patient"})
# Said as a gap: a dispatched order that is not on record.
GAPS = frozenset({"dispatch"})
# Issues of records that matter only where a rule reads the value set they belong to.
OF_MEMBERS = frozenset({"ignored", "future", "contradictory", "unusable-quantity"})


@dataclass(frozen=True, slots=True)
class FaultFound:
    """One record, or one contradiction, and what is wrong with it."""

    kind: str
    ref: str
    text: str

    @property
    def label(self) -> str:
        """Name it for a clinician: a record or a criterion; else what is wrong, in words."""
        if self.kind == "conflict" and self.ref not in CRITERIA:
            return self.text
        return self.ref or self.text

    @property
    def line(self) -> str:
        """Say what is wrong with what."""
        return self.text if self.label == self.text else f"{self.label}: {self.text}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What DAT-01 reads and shows.

    *idle*: keys are missing, but no rule that applies reads them and nothing else is wrong.
    """

    data: DataFindings
    faults: tuple[FaultFound, ...]
    unchecked: tuple[str, ...]
    idle: bool


def gather(evaluation: Evaluation, results: Mapping[str, RuleResult]) -> Findings:
    """Gather gaps, faults and conflicts after every other rule has answered."""
    book, chart = evaluation.book, evaluation.chart
    gaps = [one.key for one in chart.keys.values() if one.state in LACKING]
    lacking, lost = frozenset(gaps), evaluation.lost
    # A silent rule shows nothing, and so asks for no card about what it lacks.
    heard = [one for one in results.values() if one.id not in book.switches]
    stopped = [
        book.rules[one.id]
        for one in heard
        if one.result == "not-checked" and (lost or book.rules[one.id].keys & lacking)
    ]
    reading = [
        one.id
        for one in heard
        if one.result != "not-applicable" and book.rules[one.id].keys & lacking
    ]
    failed = [book.rules[one.id] for one in heard if one.id in evaluation.failed]
    known = {rule.id for rule in (*stopped, *failed)}
    open_ones = [
        book.rules[one.id]
        for one in heard
        if one.result == "not-checked"
        and one.id in evaluation.unsettled - known
        and book.rules[one.id].doubts
    ]
    faults = (*_faults(evaluation), *_conflicts(evaluation))
    data = DataFindings(
        gap_count=len(gaps) + len(lost),
        gap_names=listed((*lost, *gaps)),
        fault_count=len(faults),
        fault_names=listed(one.label for one in faults),
        safety_unchecked=any(rule.safety for rule in stopped),
        failed_count=len(failed),
        failed_names=listed(rule.title for rule in failed),
        unchecked_count=len(open_ones),
        unchecked_names=listed(rule.title for rule in open_ones),
    )
    unchecked = tuple(f"{rule.id} {rule.title}" for rule in stopped) + tuple(
        f"{rule.id} {rule.title} ({results[rule.id].reason})" for rule in (*failed, *open_ones)
    )
    spoken = reading or faults or failed or open_ones
    return Findings(data, faults, unchecked, bool(gaps) and not (lost or spoken))


def _faults(evaluation: Evaluation) -> tuple[FaultFound, ...]:
    used = evaluation.book.used_value_sets
    return tuple(
        FaultFound(one.kind, one.ref, one.text)
        for one in evaluation.chart.issues
        if one.kind not in TECHNICAL | GAPS and (one.kind not in OF_MEMBERS or one.groups & used)
    )


def _conflicts(evaluation: Evaluation) -> tuple[FaultFound, ...]:
    found = []
    for definition in evaluation.book.definitions.values():
        for remark in definition.conflicts:
            try:
                if evaluation.value(remark.when) is True:
                    text = plain_text(evaluation, remark.text)
                    found.append(FaultFound("conflict", definition.name, text))
            except Exception:  # noqa: BLE001, S112 - the rules that need it say that they failed
                continue
    return tuple(found)
