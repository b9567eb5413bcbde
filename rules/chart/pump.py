"""Whether an intrathecal pump is in place, and since when (recording.md 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rules.chart.membership import belongs
from rules.chart.records import Procedure

if TYPE_CHECKING:
    from rules.chart.chart import Chart
    from rules.chart.records import Record, Records, Truth
    from rules.chart.spans import Clock, Span

Dated: TypeAlias = tuple[Procedure, "Span | None"]

IMPLANT = frozenset({"proc-it-pump-implant", "local#it-pump-implant", "local#it-pump-replacement"})
_PUMP = frozenset({"local#it-pump"})
# `order-explant` also holds catheter removals, the other set also revisions: both are no removal
# of the pump.
_REMOVAL_CODE = frozenset({"proc-it-pump-removal-revision", "order-explant"})
_REMOVAL_LOCAL = "local#it-pump-explant"
_STATUS = frozenset({"cond-pump-status"})


@dataclass(frozen=True, slots=True)
class Pump:
    """An implanted pump: present, absent or unknown, and the records that say so.

    *strength* is asserted, measured or absent-in-record, None where unknown. *implant_date* is the
    earliest implantation still in place. *contradictory*: a device is active after its removal.
    """

    present: Truth
    strength: str | None
    implant_date: Span | None
    contradictory: bool
    evidence: tuple[Record, ...]
    why: str
    gaps: tuple[str, ...] = ()


def implanted_pump(chart: Chart) -> Truth:
    """Say whether an intrathecal pump is in place."""
    return read_pump(chart).present


def implant_date(chart: Chart) -> Span | None:
    """Return the date of the earliest implantation still in place, None where it is unknown."""
    return read_pump(chart).implant_date


def is_implantation(record: Record) -> bool:
    """Say whether a record is a completed implantation of a pump."""
    return (
        isinstance(record, Procedure)
        and record.status == "completed"
        and bool(record.groups & IMPLANT)
    )


def read_pump(chart: Chart) -> Pump:
    """Read devices, implantations and removals into one answer."""
    devices = tuple(one for one in chart.devices.sure if one.groups & _PUMP)
    done = [one for one in chart.procedures.sure if isinstance(one, Procedure)]
    implants: list[Dated] = [(one, one.start or one.when) for one in done if is_implantation(one)]
    removals: list[Dated] = [(one, one.start or one.when) for one in done if _is_removal(one)]
    fates = [(one, when, _removed(when, removals, chart.clock)) for one, when in implants]
    standing = [(one, when) for one, when, removed in fates if removed is False]
    unsure = tuple(one for one, _, removed in fates if removed is None)
    taken_out = tuple(one for one, _ in removals)
    if standing:
        evidence = tuple(one for one, _ in standing) + devices
        return Pump(True, "asserted", _earliest(standing), False, evidence, "a pump was implanted")
    if devices and not removals:
        return Pump(True, "asserted", None, False, devices, "a pump is recorded as active")
    if devices or unsure:
        why = (
            "a pump is recorded as active after its removal"
            if devices
            else "implantation and removal cannot be put in order"
        )
        return Pump(None, None, None, bool(devices), devices + unsure + taken_out, why)
    if removals:
        return Pump(False, "asserted", None, False, taken_out, "the pump was removed")
    return _without(chart)


def _without(chart: Chart) -> Pump:
    """Answer where no device, implantation or removal is certain."""
    doubts = _doubts(chart.devices, _PUMP) + _doubts(chart.procedures, IMPLANT)
    status = tuple(
        one
        for one in chart.conditions.possible()
        if one.groups & _STATUS and getattr(one, "active", None) is not False
    )
    if doubts or status:
        why = (
            "a code says that an infusion pump was looked after, and no pump is recorded"
            if status
            else "a record that may be a pump is uncoded or uncertain"
        )
        return Pump(None, None, None, False, status + doubts, why)
    read = (chart.devices, chart.procedures, chart.conditions)
    gaps = tuple(dict.fromkeys(gap for records in read for gap in records.gaps))
    if gaps or not all(records.complete for records in read):
        return Pump(None, None, None, False, (), "devices or procedures could not be read", gaps)
    return Pump(False, "absent-in-record", None, False, (), "no pump is recorded")


def _doubts(records: Records, groups: frozenset[str]) -> tuple[Record, ...]:
    return tuple(one for one in records.maybe if belongs(one, groups) is not False)


def _is_removal(record: Procedure) -> bool:
    pump = record.groups >= _REMOVAL_CODE or _REMOVAL_LOCAL in record.groups
    return pump and record.status == "completed"


def _removed(when: Span | None, removals: list[Dated], clock: Clock) -> Truth:
    answers = {_later(removal, when, clock) for _, removal in removals}
    return True if True in answers else None if None in answers else False


def _later(removal: Span | None, implant: Span | None, clock: Clock) -> Truth:
    """Say whether a removal came after an implantation; on one day it made room for it."""
    if removal is None or implant is None:
        return None
    later = implant.before(removal)
    if later is not None:
        return later
    days = {clock.day(at) for at in (removal.low, removal.high, implant.low, implant.high)}
    return False if len(days) == 1 else None


def _earliest(standing: list[Dated]) -> Span | None:
    dates = [when for _, when in standing if when is not None]
    return min(dates, key=lambda span: (span.low, span.high), default=None)
