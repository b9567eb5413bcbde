"""The orders of the call: each draft, read once, with the kind of order it is (recording.md 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rules.chart import resources as fhir
from rules.chart.issues import Issue
from rules.chart.medications import read_medication
from rules.chart.order_kinds import TRIAL_REASON, kind_of, settle_kinds
from rules.chart.reading import Unreadable, typed
from rules.chart.records import Record
from rules.chart.references import tail
from rules.chart.selections import dispatched, selected_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rules.chart.chart import Call
    from rules.chart.medications import Medication
    from rules.chart.records import Truth
    from rules.chart.spans import Clock, Span
    from rules.chart.terminology import Terminology

_ENDED = frozenset({"stopped", "on-hold", "revoked", "cancelled", "completed"})


class Order(Record):
    """One order of the call: a draft, or the stored order that is being dispatched.

    `groups` are the value sets of its code; of a medication order, those of its ingredients.
    """

    __slots__ = (
        "discontinue", "draft", "ended", "has_id", "kind", "medication", "occurrence",
        "occurrence_end", "prohibits", "reason_groups", "reason_refs", "replacement", "selected",
        "sites", "status", "stored",
    )  # fmt: skip
    kind: str  # explant implant trial possible-trial refill it-medication systemic-medication ...
    status: str
    selected: bool  # named by the selections of order-select; elsewhere always
    stored: bool  # a dispatched order of the record, not a draft
    draft: Mapping[str, object]  # the resource as it was received; empty where stored
    has_id: bool
    prohibits: bool  # doNotPerform
    ended: bool  # it stops, holds or forbids what it names
    discontinue: bool  # it ends an intrathecal therapy
    replacement: bool  # its code says that it replaces a pump
    medication: Medication | None
    reason_groups: frozenset[str]
    reason_refs: tuple[str, ...]  # `Condition/x`
    sites: frozenset[str]
    occurrence: Span | None  # when it is planned to begin
    occurrence_end: Span | None

    @property
    def intrathecal(self) -> Truth:
        """Say whether this orders a drug by the intrathecal route; unknown if no route is."""
        if self.medication is None:
            return False
        route = self.medication.route
        return None if route == "unknown" else route == "intrathecal"

    @property
    def for_trial(self) -> bool:
        """Say whether a coded reason names an intrathecal trial."""
        return TRIAL_REASON in self.reason_groups


def read_orders(  # noqa: PLR0913 - the call, and what reading a resource needs
    call: Call,
    *,
    clock: Clock,
    terminology: Terminology,
    issues: list[Issue],
    resolve: Callable[[str, fhir.MedicationRequest], fhir.Medication | None],
    lookup: Callable[[str], fhir.Resource | None] | None = None,
) -> tuple[Order, ...]:
    """Read the orders of *call*, in the order in which they came.

    *resolve* finds the Medication behind a reference of an order. *lookup* finds a stored
    ServiceRequest or MedicationRequest by `Type/id`: on order-dispatch the orders are those that
    the context names. What cannot be read or found becomes one of *issues*, never an exception.
    """
    reader = _Reader(clock, terminology, issues, resolve)
    if call.hook == "order-dispatch":
        orders = list(reader.stored(dispatched(call.context), lookup))
    else:
        orders = list(reader.drafts(call))
    settle_kinds(orders)
    return tuple(orders)


class _Reader:
    """Reads single resources into orders."""

    def __init__(
        self,
        clock: Clock,
        terminology: Terminology,
        issues: list[Issue],
        resolve: Callable[[str, fhir.MedicationRequest], fhir.Medication | None],
    ) -> None:
        self.clock = clock
        self.terminology = terminology
        self.issues = issues
        self.resolve = resolve

    def drafts(self, call: Call) -> Iterator[Order]:
        """Read every draft that is an order."""
        chosen = selected_places(call, self.issues)
        for place, draft in enumerate(call.drafts):
            kind = draft.get("resourceType")
            if not isinstance(kind, str) or kind not in _ORDERED:
                continue
            if draft.get("status") == "entered-in-error":
                continue
            resource = self._typed(draft, f"{kind}#{place}")
            if resource is None:
                continue
            order = self._order(resource, place)
            order.draft = draft
            order.selected = chosen is None or place in chosen
            yield order

    def stored(
        self, references: Iterable[str], lookup: Callable[[str], fhir.Resource | None] | None
    ) -> Iterator[Order]:
        """Read every dispatched order that is on record."""
        for place, reference in enumerate(references):
            resource = lookup(reference) if lookup else None
            gone = getattr(resource, "status", None) == "entered-in-error"
            if resource is None or gone or resource.__class__ not in _CODE_OF:
                text = f"the dispatched order `{reference}` is not on record"
                self.issues.append(Issue("dispatch", text, ref=reference))
                continue
            yield self._order(resource, place, stored=True)

    def _typed(self, draft: Mapping[str, object], place: str) -> fhir.Resource | None:
        try:
            return cast("fhir.Resource", typed(dict(draft)))
        except Unreadable as fault:
            text = f"unreadable part of a draft order: {fault}"
            self.issues.append(Issue("unreadable", text, ref=place, key="draftOrders"))
        # What can be read of an order still says what is ordered.
        whole: dict[str, object] = {"resourceType": draft["resourceType"]}
        for name, value in draft.items():
            try:
                typed({**whole, name: value})
            except Unreadable:
                continue
            whole[name] = value
        try:
            return cast("fhir.Resource", typed(whole))
        except Unreadable:
            return None

    def _order(self, resource: fhir.Resource, place: int, *, stored: bool = False) -> Order:
        kind = resource.__class__.__name__
        ref = f"{kind}/{resource.id}" if resource.id else f"{kind}#{place}"
        key = "medicationRequests" if stored else "draftOrders"
        medication = self._medication(resource, ref, key)
        concept = _CODE_OF[resource.__class__](resource)
        if medication is not None:
            groups, coded = medication.groups, medication.coded
        else:
            groups, coded = self.terminology.concept(concept)
        order = Order(
            key="draftOrders", ref=ref, resource=resource, groups=groups, coded=coded, counts=True,
            text=medication.text if medication is not None else _text(concept), when=None,
        )  # fmt: skip
        order.medication = medication
        order.possible_groups = medication.possible_groups if medication else frozenset()
        order.status = getattr(resource, "status", None) or ""
        order.prohibits = bool(getattr(resource, "do_not_perform", None))
        order.counts = not order.prohibits
        order.ended = order.prohibits or order.status in _ENDED
        order.discontinue = order.ended and order.intrathecal is True
        order.replacement = "order-replacement" in groups
        order.stored, order.selected, order.draft = stored, True, {}
        order.has_id = bool(resource.id)
        order.reason_groups = self._groups(getattr(resource, "reason_code", None))
        order.reason_refs = tuple(
            tail(one.reference)
            for one in getattr(resource, "reason_reference", None) or ()
            if one.reference
        )
        order.sites = self._groups(getattr(resource, "body_site", None))
        order.occurrence, order.occurrence_end = self._occurrence(resource)
        order.when = self.clock.read(getattr(resource, "authored_on", None))
        order.kind = kind_of(order)
        return order

    def _medication(self, resource: fhir.Resource, ref: str, key: str) -> Medication | None:
        if not isinstance(resource, fhir.MedicationRequest):
            return None
        return read_medication(
            resource, key=key, ref=ref, clock=self.clock, issues=self.issues,
            resolve=lambda reference: self.resolve(reference, resource),
            terminology=self.terminology,
        )  # fmt: skip

    def _groups(self, concepts: list[fhir.Concept] | None) -> frozenset[str]:
        return frozenset().union(*(self.terminology.concept(one)[0] for one in concepts or ()))

    def _occurrence(self, resource: fhir.Resource) -> tuple[Span | None, Span | None]:
        moment = getattr(resource, "occurrence_date_time", None)
        period = getattr(resource, "occurrence_period", None)
        timing = getattr(resource, "occurrence_timing", None)
        if timing is not None:
            moment = moment or next(iter(timing.event or ()), None)
            period = period or (timing.repeat.bounds_period if timing.repeat else None)
        if moment is None and period is not None:
            return self.clock.read(period.start), self.clock.read(period.end)
        return self.clock.read(moment), None


_CODE_OF: dict[type[object], Callable[[object], fhir.Concept | None]] = {
    fhir.ServiceRequest: lambda one: getattr(one, "code", None),
    fhir.DeviceRequest: lambda one: getattr(one, "code_codeable_concept", None),
    fhir.MedicationRequest: lambda one: getattr(one, "medication_codeable_concept", None),
}
_ORDERED = frozenset(one.__name__ for one in _CODE_OF)


def _text(concept: fhir.Concept | None) -> str:
    if concept is None:
        return ""
    shown = (coding.display for coding in concept.coding or () if coding.display)
    return concept.text or next(shown, "")
