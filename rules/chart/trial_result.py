"""What the newest trial of a chart is and showed (recording.md 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart.records import NONE

if TYPE_CHECKING:
    from decimal import Decimal

    from rules.chart.records import Interval, Procedure, Record, Records, Truth
    from rules.chart.spans import Span


@dataclass(frozen=True, slots=True)
class Trial:
    """The newest trial on record, and what it showed.

    *status* is completed, stopped, in-progress, not-done or none. *value* answers C5 (a waiver is
    the verdict's matter). *relief* is in per cent, unrounded, an Interval where a comparator was
    recorded. *conflict*: records of the trial contradict each other. *failed* answers TRL-02.
    *unusable* lists why the evidence of a trial cannot be used, for TRL-04. *complete*: every
    procedure could be read, so that no trial means none recorded.
    """

    status: str
    value: Truth = None
    strength: str | None = None
    relief: Decimal | Interval | None = None
    relief_method: str | None = None
    outcome: str | None = None
    conflict: bool = False
    conflict_text: str = ""
    harm: bool = False
    unusable: tuple[str, ...] = ()
    procedure: Procedure | None = None
    start: Span | None = None
    end: Span | None = None
    within_valid_months: Truth = None
    agent_route_match: Truth = None
    complete: bool = True
    possible: Records = NONE
    earlier: tuple[Procedure, ...] = ()
    evidence: tuple[Record, ...] = ()
    why: str = ""
    gaps: tuple[str, ...] = ()

    @property
    def failed(self) -> Truth:
        """Say whether the trial was stopped for harm or completed without enough relief."""
        if self.harm:
            return True
        return not self.value if self.status == "completed" and self.value is not None else None

    @property
    def usable(self) -> Truth:
        """Say whether the evidence of the trial can be used; unknown where there is no trial."""
        if self.unusable:
            return False
        return None if self.status == "none" else True

    @property
    def date(self) -> Span | None:
        """Return when the trial ran, for display."""
        if self.start is None or self.status != "completed" or self.procedure is None:
            return self.start
        return self.start.until(self.procedure.end) if self.procedure.end else self.start

    @property
    def on_record(self) -> bool:
        """Say whether a trial is on record, whatever became of it."""
        return self.status != "none"
