"""The noun that says what is wrong with the data of the call; DAT-01 reads it last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.engine.words import noun

if TYPE_CHECKING:
    from rules.chart.records import Record
    from rules.engine.frame import Frame

FINDINGS = ("data findings",)


@dataclass(frozen=True, slots=True)
class DataFindings:
    """Keys that could not be had, records that do not count, and checks that could not be made.

    *failed* are rules that broke down; *unchecked* are safety rules that records
    leave open although every key they read was had.
    """

    gap_count: int = 0
    gap_names: str = ""
    fault_count: int = 0
    fault_names: str = ""
    safety_unchecked: bool = False
    failed_names: str = ""
    failed_count: int = 0
    unchecked_count: int = 0
    unchecked_names: str = ""
    evidence: tuple[Record, ...] = ()


@noun(
    "any",
    attributes={
        "gap_count": "number", "gap_names": "text", "fault_count": "number",
        "fault_names": "text", "safety_unchecked": "truth", "unchecked_count": "number",
        "failed_count": "number", "failed_names": "text",
        "unchecked_names": "text",
    },
    strength="asserted",
    cql="completeness of the data (computed)",
)  # fmt: skip
def data(frame: Frame) -> DataFindings:
    """Give what could not be had, and which records were ignored or contradict each other."""
    findings = frame.memo.get(FINDINGS)
    return findings if isinstance(findings, DataFindings) else DataFindings()
