"""The last fill of the reservoir: when, and with how much (recording.md 7, last_fill)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.records import Observation, Procedure
from rules.chart.telemetry import NOT_READ

if TYPE_CHECKING:
    from rules.chart.chart import Chart
    from rules.chart.records import Record
    from rules.chart.spans import Clock, Span

VOLUME = "local#reservoir-fill-volume"
REFILLED = "proc-refill"


@dataclass(frozen=True, slots=True)
class Fill:
    """The last fill: its date and its volume in mL; None where unknown, and *why* says why.

    *conflict*: volumes of one day differ.
    """

    date: Span | None
    volume: Decimal | None
    why: str
    evidence: tuple[Record, ...] = ()
    conflict: bool = False


def read_fill(chart: Chart, *, before_today: bool = False) -> Fill:
    """Read fill volumes (their date is that of the fill) and refills done; the newest is the last.

    A refill done later than the newest volume gives a date and no volume. *before_today* leaves
    out what was filled today.
    """
    records = _records(chart)
    if before_today:
        day, today = chart.clock.day, chart.clock.today
        records = tuple(one for one in records if day(_when(one).low) < today)
    counted = [one for one in records if _counts(one)]
    doubts = [one for one in records if not _counts(one)]
    evidence, why = _last(counted, doubts, chart.clock)
    if why:
        return Fill(None, None, why, evidence)
    if not chart.observations.complete:
        return Fill(None, None, NOT_READ, evidence)
    if not chart.procedures.complete:
        return Fill(None, None, "the procedures could not be read completely", evidence)
    date = min((_when(one) for one in evidence), key=lambda span: span.high - span.low)
    volumes = [one.value for one in evidence if isinstance(one, Observation)]
    if not volumes:
        return Fill(date, None, "the volume of the last fill is not recorded", evidence)
    if len(set(map(str, volumes))) > 1:
        return Fill(date, None, "volumes of the last fill differ", evidence, conflict=True)
    volume = volumes[0]
    if not isinstance(volume, Decimal):
        return Fill(date, None, "the volume of the last fill cannot be used", evidence)
    return Fill(date, volume, "", evidence)


def _records(chart: Chart) -> tuple[Record, ...]:
    observed = (one for one in chart.observations.possible() if VOLUME in one.groups)
    done = (
        one
        for one in chart.procedures.possible()
        if REFILLED in one.groups and getattr(one, "status", "") == "completed"
    )
    return tuple(one for one in (*observed, *done) if _dated(one))


def _dated(record: Record) -> bool:
    if isinstance(record, Procedure):
        return (record.start or record.when) is not None
    return record.when is not None


def _when(record: Record) -> Span:
    when = (record.start or record.when) if isinstance(record, Procedure) else record.when
    if when is None:
        msg = "an undated record is no fill"
        raise ValueError(msg)
    return when


def _counts(record: Record) -> bool:
    return bool(record.counts) and record.coded


def _last(
    counted: list[Record], doubts: list[Record], clock: Clock
) -> tuple[tuple[Record, ...], str]:
    """Return the records of the last day on which it was filled, and why that is not known."""
    if not counted:
        return tuple(doubts), "a fill is not certain" if doubts else "no fill is recorded"
    latest = max(clock.day(_when(one).low) for one in counted)
    newer = [one for one in doubts if clock.day(_when(one).high) > latest]
    if newer:
        return tuple(newer), "a newer fill is not certain"
    top = tuple(one for one in counted if clock.day(_when(one).high) >= latest)
    if any(clock.day(_when(one).high) > clock.day(_when(one).low) for one in top):
        return top, "the day of the last fill is not recorded"
    return top, ""
