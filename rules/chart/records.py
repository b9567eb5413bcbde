"""Records as rules see them, and sets of records that know what they do not know.

A `Record` is one resource, read once: its value sets, its statuses as true, false or unknown, its
date as an interval. `Records` is what a retrieve gives and a word narrows: which records certainly
belong, which may belong, which were looked at and say the contrary, and whether the query behind
them was complete. From these four follow truth, strength and evidence of every answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from rules.chart import resources as fhir
    from rules.chart.spans import Span

Truth: TypeAlias = bool | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A number known only between two bounds; None is an open end. Open-ended bounds exclude.

    `low_open` and `high_open` say that the bound itself is excluded (a comparator `<` or `>`).
    """

    low: Decimal | None
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False


class Record:
    """One resource as rules see it. Subclasses add what their type has."""

    __slots__ = (
        "coded", "counts", "groups", "key", "notes", "possible_groups", "ref", "resource", "text",
        "when",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - one record, its eight facts
        self,
        *,
        key: str,
        ref: str,
        resource: fhir.Resource,
        groups: frozenset[str],
        coded: bool,
        counts: Truth,
        text: str,
        when: Span | None,
    ) -> None:
        """Keep what was read.

        *key* is the prefetch key whose completeness it depends on; *ref* is `Type/id`, or
        `Type#n` (its place) where it has no id; *groups* are ids of the value sets its codes
        belong to; *coded* is False where no coding is of a system that value sets use; *counts*
        says whether its status lets it count (unknown: provisional, preliminary, hold undated).
        """
        self.key = key
        self.ref = ref
        self.resource = resource
        self.groups = groups
        self.coded = coded
        self.counts: Truth = counts
        self.text = text
        self.when = when
        # Value sets it may belong to by its text alone (recording.md 3.1: a possible member).
        self.possible_groups: frozenset[str] = frozenset()
        self.notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show type and id, never content."""
        return f"<{self.ref}>"


class Condition(Record):
    """A Condition. `when` is the recorded date, the latest possible onset; `onset` the onset."""

    __slots__ = ("active", "ever", "onset", "sites")
    active: Truth  # active now; asserted False when resolved or refuted
    ever: Truth  # was ever so: False only when refuted
    onset: Span | None
    sites: frozenset[str]  # value sets of its bodySite codes


class Observation(Record):
    """An Observation. `when` is the effective date."""

    __slots__ = (
        "components", "focus", "interpretation", "part_of", "unit", "value", "value_groups",
    )  # fmt: skip
    value: object  # Decimal or Interval in canonical unit, bool, str (a code or a text), Span, None
    unit: str  # the canonical unit of a number (rules/chart/quantities.py), else the code as sent
    value_groups: frozenset[str]  # value sets of its valueCodeableConcept (`local#tolerated` ...)
    interpretation: frozenset[str]  # codes: POS, NEG, H ...
    part_of: tuple[str, ...]  # references, last two path segments
    focus: tuple[str, ...]
    components: tuple[
        tuple[frozenset[str], object, frozenset[str]], ...
    ]  # groups, value, value_groups


class Procedure(Record):
    """A Procedure. `when` spans its start (a Period keeps its own `start` and `end`)."""

    __slots__ = (
        "complication_groups",
        "end",
        "outcome",
        "reason_groups",
        "start",
        "status",
        "status_reason_groups",
    )
    status: str
    start: Span | None
    end: Span | None  # None: no Period.end
    outcome: frozenset[str]  # codes of outcome, SNOMED
    reason_groups: frozenset[str]
    status_reason_groups: frozenset[str]
    complication_groups: frozenset[str]


class Allergy(Record):
    """An AllergyIntolerance."""

    __slots__ = (
        "active",
        "confirmed",
        "criticality",
        "ingredients",
        "kind",
        "manifestations",
        "severe",
    )
    active: Truth
    confirmed: Truth  # None where unconfirmed
    kind: str  # allergy, intolerance or "" (not said)
    criticality: str
    severe: bool  # a reaction of severity `severe`
    ingredients: frozenset[str]  # RxNorm IN of code and reaction.substance
    manifestations: frozenset[str]  # value sets


class Device(Record):
    """A Device; `counts` is whether it is active."""

    __slots__ = ("model",)
    model: str


class CareTeam(Record):
    """A CareTeam; `counts` is whether it is active and its period covers now."""

    __slots__ = ("roles",)
    roles: frozenset[str]  # value sets of participant roles (`local#role-nurse` ...)


class ServiceRequest(Record):
    """A stored ServiceRequest: an intention, never evidence that something was done."""

    __slots__ = ("occurrence", "reason_groups", "sites", "status")
    status: str
    occurrence: Span | None
    reason_groups: frozenset[str]
    sites: frozenset[str]


@dataclass(frozen=True, slots=True)
class Records:
    """A set of records with what is not known about it."""

    sure: tuple[Record, ...] = ()
    maybe: tuple[Record, ...] = ()
    denied: tuple[Record, ...] = ()
    complete: bool = True
    # Keys whose data were missing or incomplete: what would settle the doubt is to have them.
    gaps: tuple[str, ...] = ()
    # The newest of one date, several and not alike: where they give different answers, none stands.
    tied: bool = False

    def where(self, test: Callable[[Record], Truth], *, denies: bool = False) -> Records:
        """Keep what passes; a test that gives unknown makes a record doubtful.

        With *denies* a record that certainly fails is kept as evidence of the contrary (a resolved
        infection, a normal laboratory value).
        """
        sure: list[Record] = []
        maybe: list[Record] = []
        denied: list[Record] = list(self.denied)
        for record in self.sure:
            verdict = test(record)
            if verdict:
                sure.append(record)
            elif verdict is None:
                maybe.append(record)
            elif denies:
                denied.append(record)
        if self.tied and sure and len(sure) < len(self.sure):
            return Records((), self.sure + self.maybe, self.denied, self.complete, self.gaps)
        for record in self.maybe:
            verdict = test(record)
            if verdict is not False:
                maybe.append(record)
        return Records(
            tuple(sure), tuple(maybe), tuple(denied), self.complete, self.gaps, self.tied
        )

    def exists(self) -> Truth:
        """Say whether at least one record belongs."""
        if self.sure:
            return True
        return None if self.maybe or not self.complete else False

    def union(self, other: Records) -> Records:
        """Join two sets; complete only where both are."""
        return Records(
            self.sure + tuple(r for r in other.sure if r not in self.sure),
            self.maybe + tuple(r for r in other.maybe if r not in self.maybe),
            self.denied + other.denied,
            self.complete and other.complete,
            tuple(dict.fromkeys(self.gaps + other.gaps)),
        )

    def possible(self) -> tuple[Record, ...]:
        """Return every record that belongs or may belong."""
        return self.sure + self.maybe


NONE = Records()


def unknown(gaps: Iterable[str]) -> Records:
    """Return an empty set of which nothing is known because *gaps* could not be had."""
    return Records(complete=False, gaps=tuple(gaps))
