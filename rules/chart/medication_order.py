"""One order for a medication as rules see it: what, by which route, how much, when."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rules.chart.agents import Agent, Amount, falling, read_agents, steps_of, total
from rules.chart.equivalents import OPIOID, equivalents, is_opioid
from rules.chart.measures import Unusable, decimal, exact
from rules.chart.records import Record, Truth
from rules.chart.references import tail
from rules.chart.routes import NEURAXIAL, is_systemic
from rules.chart.segments import ENDED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from fractions import Fraction

    from rules.chart import resources as fhir
    from rules.chart.chart import Chart
    from rules.chart.composition import Composition
    from rules.chart.doses import Entry
    from rules.chart.routes import Route
    from rules.chart.segments import Segment
    from rules.chart.spans import Clock, Span
    from rules.chart.terminology import Terminology

_REASONS = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
_INTOLERANCE = frozenset({"cond-opioid-adverse-effect", "local#stopped-adverse-effect"})
_OUD_TREATMENT = "med-oud-treatment"
_OUD = frozenset({"cond-opioid-use-disorder", "cond-opioid-use-disorder-remission"})


class Facts(NamedTuple):
    """What was read of an order before it is put together."""

    composition: Composition
    entries: tuple[Entry, ...]
    route: Route
    segment: Segment
    exposure: Truth
    on_board: Truth


class Medication(Record):
    """A MedicationRequest, stored or draft. `counts` is its exposure, `when` its start.

    `coded` is False where nothing says what it is, or where its codings contradict each other.
    `groups` are the value sets of its ingredients and codes; `possible_groups` of what only its
    text names. Doses and MME are worked out when first asked for.
    """

    def __init__(  # noqa: PLR0913 - one order, what was read of it
        self,
        resource: fhir.MedicationRequest,
        facts: Facts,
        *,
        key: str,
        ref: str,
        terminology: Terminology,
        clock: Clock,
    ) -> None:
        composition, segment = facts.composition, facts.segment
        super().__init__(
            key=key, ref=ref, resource=resource, groups=composition.groups,
            coded=composition.coded, counts=facts.exposure, text=composition.text,
            when=segment.start,
        )  # fmt: skip
        self.possible_groups = composition.possible_groups
        self.composition = composition
        self.entries = facts.entries
        self.segment = segment
        self.status = resource.status or ""
        self.intent = resource.intent or ""
        self.prohibits = bool(resource.do_not_perform)
        # RxNorm IN of our tables; empty: a certain non-member; None: not known.
        self.ingredients = composition.ingredients
        self.possible_ingredients = composition.possible
        self.codes = composition.codes
        self.names = composition.names
        self.route = facts.route.name
        self.route_inferred = facts.route.inferred
        self.exposure: Truth = facts.exposure
        self.on_board: Truth = facts.on_board
        self.start: Span | None = segment.start
        self.end: Span | None = segment.end
        self.end_known = segment.end_known
        self.ended = segment.ended
        self.continuing = segment.continuing
        self.held_from: Span | None = segment.held_from
        self._terminology = terminology
        self._today = clock.today

    # ------------------------------------------------------------------------------ what it is

    @property
    def neuraxial(self) -> bool:
        """Say whether it is given into or around the spinal canal."""
        return self.route in NEURAXIAL

    @cached_property
    def systemic(self) -> Truth:
        """Say whether any part of it is given by a systemic route; unknown where a route is."""
        answers = {is_systemic(entry.route) for entry in self.entries} or {is_systemic(self.route)}
        return True if True in answers else None if None in answers else False

    @cached_property
    def holds_opioid(self) -> bool:
        """Say whether one of its coded ingredients is an opioid analgesic."""
        return OPIOID in self.groups

    @property
    def may_hold_opioid(self) -> bool:
        """Say whether its text alone names an opioid, or codings that contradict each other do."""
        return OPIOID in self.possible_groups or any(
            is_opioid(one, self._terminology) for one in self.possible_ingredients
        )

    @property
    def doubtful(self) -> bool:
        """Say whether it may be something that nobody can tell."""
        return not self.coded and not self.neuraxial

    @cached_property
    def reason_groups(self) -> frozenset[str]:
        """Return the value sets of its coded reasons."""
        reasons = self._request.reason_code or ()
        return frozenset().union(*(self._terminology.concept(one)[0] for one in reasons))

    @cached_property
    def reason_refs(self) -> tuple[str, ...]:
        """Return its reasons by reference, as `Type/id`."""
        return tuple(
            tail(one.reference) for one in self._request.reason_reference or () if one.reference
        )

    @property
    def prior(self) -> str | None:
        """Return the order that this one replaces, as `Type/id`."""
        prior = self._request.prior_prescription
        return tail(prior.reference) if prior is not None and prior.reference else None

    @property
    def group_identifier(self) -> str | None:
        """Return the identifier of the group of orders that it belongs to."""
        group = self._request.group_identifier
        return None if group is None else f"{group.system or ''}|{group.value or ''}"

    @property
    def _request(self) -> fhir.MedicationRequest:
        return self.resource  # type: ignore[return-value]

    # ------------------------------------------------------------------------------ why it ended

    @cached_property
    def status_reason(self) -> frozenset[str]:
        """Return the FHIR codes of its status reason."""
        codings = self._request.status_reason.coding if self._request.status_reason else None
        return frozenset(
            one.code
            for one in codings or ()
            if one.code and one.system and self._terminology.canonical(one.system) == _REASONS
        )

    @cached_property
    def status_reason_groups(self) -> frozenset[str]:
        """Return the value sets of its status reason."""
        return self._terminology.concept(self._request.status_reason)[0]

    @property
    def status_reason_uncoded(self) -> bool:
        """Say whether a status reason is there that no known code gives."""
        given = self._request.status_reason is not None
        return given and not self.status_reason and not self.status_reason_groups

    @property
    def stopped_for_intolerance(self) -> bool:
        """Say whether it was stopped because it was not tolerated (recording.md 3.3)."""
        return self.status in ENDED and (
            "sintol" in self.status_reason or bool(self.status_reason_groups & _INTOLERANCE)
        )

    @property
    def stopped_for_allergy(self) -> bool:
        """Say whether it was stopped for an allergy."""
        return self.status in ENDED and "salg" in self.status_reason

    def treats_use_disorder(self, chart: Chart) -> bool:
        """Say whether it treats opioid use disorder: the drug of one, and that reason."""
        if _OUD_TREATMENT not in self.groups:
            return False
        if self.reason_groups & _OUD:
            return True
        return bool(self.reason_refs) and any(
            record.ref in self.reason_refs and record.groups & _OUD
            for record in chart.conditions.possible()
        )

    # ------------------------------------------------------------------------------ how much

    @cached_property
    def dose_steps(self) -> tuple[tuple[Entry, ...], ...]:
        """Return its dosage instructions, grouped into steps."""
        return steps_of(self.entries)

    @property
    def titration(self) -> bool:
        """Say whether its dose has two or more steps."""
        return len(self.dose_steps) > 1

    def step_at(self, day: int) -> int | None:
        """Return which step is due on a calendar day; None where the steps have no dates."""
        count = len(self.dose_steps)
        if count < 2:
            return 0 if count else None
        days = self.segment.steps
        dated = [one for one in days if one is not None]
        if len(dated) < len(days) or len(days) != count:
            return None
        return max(0, sum(1 for one in dated if one <= day) - 1)

    @cached_property
    def agents(self) -> tuple[Agent, ...]:
        """Return every ingredient with its doses, in the order of the composition."""
        return self._agents(self.composition)

    def with_concentrations(self, concentrations: Mapping[str, Decimal]) -> tuple[Agent, ...]:
        """Return the ingredients with mg/mL taken from elsewhere where the order gives none.

        *concentrations* are by RxNorm IN: what the reservoir was filled with.
        """
        return self._agents(self._filled(concentrations))

    def _filled(self, concentrations: Mapping[str, Decimal]) -> Composition:
        parts = []
        for part in self.composition.parts:
            given = concentrations.get(part.rxcui) if part.per_ml is None else None
            try:
                parts.append(replace(part, per_ml=exact(given)) if given is not None else part)
            except Unusable:
                parts.append(part)
        return replace(self.composition, parts=tuple(parts))

    def _agents(self, composition: Composition) -> tuple[Agent, ...]:
        return read_agents(
            composition.parts, self.dose_steps, self.step_at(self._today),
            route=self.route, authored=composition.authored,
        )  # fmt: skip

    @cached_property
    def taper(self) -> Truth:
        """Say whether its steps fall: a taper plan."""
        return falling(self.agents)

    @property
    def bolus(self) -> bool:
        """Say whether all that it orders is given once."""
        return bool(self.entries) and all(entry.once for entry in self.entries)

    @property
    def single(self) -> bool:
        """Say whether it is one single administration (`count` 1)."""
        return self.bolus and len(self.entries) == 1

    @property
    def bolus_dose(self) -> Decimal | None:
        """Return the largest single dose of its first ingredient, in the unit of that agent."""
        return self.agents[0].bolus if self.agents else None

    @property
    def concentration(self) -> Decimal | None:
        """Return mg/mL of its first ingredient."""
        return self.agents[0].concentration if self.agents else None

    @property
    def volume_per_day(self) -> Decimal | None:
        """Return mL a day of the current step, scheduled, where the order states a volume."""
        at = self.step_at(self._today)
        if at is None:
            return None
        volumes: list[Fraction | None] = []
        for entry in self.dose_steps[at]:
            amount = entry.amount
            if entry.prn:
                continue
            if amount is None or not amount.dimension.startswith("volume"):
                return None
            per_day = 1 if entry.is_rate else entry.per_day
            volumes.append(None if per_day is None else amount.value * per_day)
        return decimal(total(volumes)) if volumes else None

    def daily_dose(self, rxcui: str, which: str = "current") -> Decimal | None:
        """Return the `first`, `current` or `highest` daily dose of one ingredient, in its unit."""
        found = next((agent for agent in self.agents if agent.rxcui == rxcui), None)
        if found is None:
            return None
        return {"first": found.first, "highest": found.highest}.get(which, found.current)

    # ------------------------------------------------------------------------------ MME

    @cached_property
    def _mme(self) -> tuple[tuple[Amount, ...], str]:
        return equivalents(self.composition, self.dose_steps, self.route, self._terminology)

    @property
    def mme_steps(self) -> tuple[Amount, ...]:
        """Return the MME a day of each step; empty where it is no systemic opioid."""
        return self._mme[0]

    @property
    def mme_why(self) -> str:
        """Return why an MME cannot be computed; empty where it can."""
        return self._mme[1]

    def mme_at(self, day: int) -> Amount:
        """Return the MME a day of the step that is due on a calendar day."""
        steps = self.mme_steps
        if len(set(steps)) == 1:
            return steps[0]
        at = self.step_at(day)
        return Amount(None, None) if at is None or at >= len(steps) else steps[at]

    @property
    def mme_scheduled(self) -> Decimal | None:
        """Return the MME a day of the current step without PRN; 0 where it is no opioid."""
        return decimal(self.mme_at(self._today).scheduled if self.mme_steps else total(()))

    @property
    def mme_total(self) -> Decimal | None:
        """Return the MME a day of the current step with PRN at its maximum."""
        return decimal(self.mme_at(self._today).total if self.mme_steps else total(()))

    @cached_property
    def why(self) -> str:
        """Return, in a few words, why a dose or an MME cannot be computed; empty where all can."""
        if self.ingredients is None:
            return self.composition.fault or "what it contains is not fully coded"
        if not self.entries:
            return "no dosage instruction"
        for entry in self.entries:
            if entry.why and (entry.amount is None or not self._is_patch(entry)):
                return entry.why
        if self.titration and self.step_at(self._today) is None:
            return "when its dose steps begin is not said"
        for agent in self.agents:
            if agent.exact() is None:
                return f"the strength of {agent.name} is not known"
        return self.mme_why

    def _is_patch(self, entry: Entry) -> bool:
        parts = self.composition.parts
        return all(
            entry.daily(parts, at, authored=self.composition.authored) is not None
            for at in range(len(parts))
        )

    def covers(self, day: int, clock: Clock) -> Truth:
        """Say whether it was taken on a calendar day; half-open, so its last day is not in it."""
        if self.exposure is False:
            return False
        covered = self.segment.covers(day, clock)
        return covered if self.exposure or covered is False else None
