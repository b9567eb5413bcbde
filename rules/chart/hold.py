"""Whether one antithrombotic drug is held long enough before the procedure (recording.md 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from rules.chart.moments import point
from rules.chart.records import Interval
from rules.chart.spans import HOUR, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart
    from rules.chart.medications import Medication
    from rules.chart.records import Record, Truth

ANTITHROMBOTIC = frozenset({"med-anticoagulant", "med-antiplatelet"})
# The orders that say when the procedure is to be, the gravest first.
PROCEDURES = ("implant", "trial", "explant", "refill")
# RxNorm ingredients of these two sets that have a sentence of their own.
WARFARIN, ASPIRIN = "11289", "1191"


@dataclass(frozen=True, slots=True)
class Hold:
    """One antithrombotic drug of one order.

    *truth*: True is the alarm, not held long enough; False held or not taken; None unknown.
    *days_held* are the least and the most days between the hold and the procedure. *hours*: the
    times were compared as instants. *reason* is one of active, held, short, undated, inr, ended,
    low-dose, local, later, possible.
    """

    record: Medication
    name: str
    truth: Truth
    reason: str
    why: str
    days_required: Decimal
    days_held: tuple[Decimal, Decimal] | None = None
    held_from: Span | None = None
    hours: bool = False
    evidence: tuple[Record, ...] = ()


def procedure_date(chart: Chart) -> Span:
    """Return when the ordered procedure is planned to begin; now, where no date is given.

    A planned date that has passed is read as now.
    """
    now = Span(chart.clock.now, chart.clock.now)
    for kind in PROCEDURES:
        planned = [one.occurrence for one in chart.orders if one.kind == kind and one.selected]
        dates = [span for span in planned if span is not None]
        if dates:
            first = min(dates, key=lambda span: span.low)
            return first if first.high >= now.low else now
    return now


def read_holds(
    medication: Medication, chart: Chart, policy: Mapping[str, object]
) -> tuple[Hold, ...]:
    """Read the hold of each antithrombotic ingredient of one order; none where it has none."""
    if not _concerns(medication):
        return ()
    found = [
        one
        for one in sorted((medication.ingredients or frozenset()) | medication.possible_ingredients)
        if chart.terminology.ingredient_groups(one) & ANTITHROMBOTIC
    ]
    return tuple(_Reading(medication, one, chart, policy).hold() for one in found)


def read_hold(medication: Medication, chart: Chart, policy: Mapping[str, object]) -> Hold | None:
    """Read the gravest hold of one order, None where it names no antithrombotic drug."""
    holds = read_holds(medication, chart, policy)
    return min(holds, key=lambda hold: (True, None, False).index(hold.truth), default=None)


class _Reading:
    """One drug of one order, with what its hold is compared to."""

    def __init__(
        self, medication: Medication, drug: str, chart: Chart, policy: Mapping[str, object]
    ) -> None:
        self.medication, self.drug = medication, drug
        self.chart, self.policy = chart, policy
        self.name = chart.terminology.name(drug)
        self.required = _required(self.name, policy)
        self.date = procedure_date(chart)

    def hold(self) -> Hold:
        """Decide, in the order of recording.md 6."""
        order = self.medication
        if self.drug not in (order.ingredients or frozenset()):
            return self._said(None, "possible", f"an order may be for {self.name}: it is not coded")
        if order.systemic is False:
            return self._said(False, "local", f"{self.name} is not given systemically")
        if self._low_dose():
            return self._said(False, "low-dose", f"low-dose {self.name} need not be held")
        start = order.start
        if start is not None and start.low > max(self.date.high, self.chart.clock.now):
            return self._said(False, "later", f"{self.name} starts after the procedure")
        if order.status not in ("on-hold", "stopped", "completed") and not order.prohibits:
            return self._active()
        if order.status != "on-hold" and self._ended():
            return self._said(False, "ended", f"{self.name} ended long ago")
        if order.held_from is None:
            return self._said(
                None, "undated", f"{self.name} is held or ended, and no date says when"
            )
        return self._held(order.held_from)

    def _active(self) -> Hold:
        # A draft is no exposure yet and has no `on_board`; it is about to be taken.
        draft = self.medication.key == "draftOrders"
        on_board = True if draft else self.medication.on_board
        if on_board is False:
            return self._said(False, "ended", f"{self.name} is not taken")
        if on_board is None:
            why = f"{self.name} is recorded as active although its end has passed"
            return self._said(None, "undated", why)
        return self._said(True, "active", f"{self.name} is active and not held")

    def _held(self, held: Span) -> Hold:
        hours = self.required <= 1
        if hours:
            unit = 24 * HOUR
            start, end = point(held), point(self.date)
            least = Decimal(end.low - start.high) / unit
            most = Decimal(end.high - start.low) / unit
        else:
            day = self.chart.clock.day
            least = Decimal(day(self.date.low) - day(held.high))
            most = Decimal(day(self.date.high) - day(held.low))
        if most < self.required:
            said = self._said(True, "short", f"{self.name} is held too shortly")
        elif least < self.required:
            why = f"the date of the hold of {self.name} is not precise enough"
            said = self._said(None, "undated", why)
        elif self.drug == WARFARIN:
            said = self._normal_inr()
        else:
            said = self._said(False, "held", f"{self.name} is held long enough")
        return replace(said, days_held=(least, most), held_from=held, hours=hours)

    def _normal_inr(self) -> Hold:
        clock = self.chart.clock
        limit = cast("Decimal", self.policy["labs.inr_max"])
        hours = cast("Decimal", self.policy["labs.warfarin_inr_hours"])
        results = [one for one in self.chart.observations.sure if "obs-inr" in one.groups]
        dated = [(one, one.when) for one in results if one.when is not None]
        if not dated:
            return self._said(None, "inr", "warfarin is held; no INR is recorded")
        newest = max(when.low for _, when in dated)
        # Results that overlap the newest one are as new as it is.
        latest = [(one, when) for one, when in dated if when.high >= newest]
        # A result is of the past: what its date leaves open ends now.
        spans = [Span(min(when.low, clock.now), min(when.high, clock.now)) for _, when in latest]
        records = tuple(one for one, _ in latest)
        if not all(clock.within_hours(span, int(hours)) for span in spans):
            why = f"warfarin is held; no INR is known to be of the last {hours} hours"
            return self._said(None, "inr", why, records)
        if not all(_at_most(getattr(one, "value", None), limit) for one in records):
            return self._said(None, "inr", "warfarin is held; the INR is not normal", records)
        return self._said(False, "held", "warfarin is held long enough, the INR is normal", records)

    def _ended(self) -> bool:
        end = self.medication.end if self.medication.end_known else None
        days = cast("Decimal", self.policy["antithrombotic.ended_days"])
        return end is not None and self.chart.clock.days_ago(end)[0] > days

    def _low_dose(self) -> bool:
        if self.drug != ASPIRIN or self.policy["antithrombotic.aspirin_low_dose"] != "ignore":
            return False
        limit = cast("Decimal", self.policy["antithrombotic.aspirin_low_dose_max"])
        dose = self.medication.daily_dose(ASPIRIN, "highest")
        return dose is not None and dose <= limit

    def _said(self, truth: Truth, reason: str, why: str, also: tuple[Record, ...] = ()) -> Hold:
        evidence = (self.medication, *also)
        return Hold(
            self.medication, self.name, truth, reason, why, self.required, evidence=evidence
        )


def _concerns(medication: Medication) -> bool:
    return bool((medication.groups | medication.possible_groups) & ANTITHROMBOTIC)


def _required(name: str, policy: Mapping[str, object]) -> Decimal:
    table = cast("Mapping[str, Decimal]", policy["antithrombotic.hold_days"])
    # RxNorm names a salt or ester with its ingredient: dabigatran etexilate.
    return table.get(name, table.get(name.partition(" ")[0], table["other"]))


def _at_most(value: object, limit: Decimal) -> bool:
    if isinstance(value, Interval):
        return value.high is not None and value.high <= limit
    return isinstance(value, Decimal) and value <= limit
