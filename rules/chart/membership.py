"""Whether a record belongs to value sets: yes, no, or not to be told from what is coded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth


def belongs(record: Record, groups: frozenset[str]) -> Truth:
    """Say whether *record* is coded into one of the value sets *groups*.

    Unknown where nothing of it is coded, or where its text alone names a member: text supports
    nothing and refutes nothing (recording.md 1.1).
    """
    if record.groups & groups:
        return True
    if not record.coded or record.possible_groups & groups:
        return None
    return False
