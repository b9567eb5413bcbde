"""How firmly an answer rests on the record, and on which records (recording.md, knowledge.md 0).

Strengths, the strongest first: `measured` and `asserted` alike, `inferred`, `absent-in-record`,
`presumed`. An answer that is unknown has none; neither has a constant or a policy parameter.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.chart.records import Interval, Observation, Record, Records

if TYPE_CHECKING:
    from collections.abc import Iterable

MEASURED, ASSERTED, INFERRED = "measured", "asserted", "inferred"
ABSENT, PRESUMED = "absent-in-record", "presumed"

_RANKS = {MEASURED: 4, ASSERTED: 4, INFERRED: 3, ABSENT: 2, PRESUMED: 1}


def weakest(strengths: Iterable[str | None]) -> str | None:
    """Return the weakest; between equals `measured`."""
    found = [one for one in strengths if one is not None]
    return min(found, key=lambda one: (_RANKS[one], one != MEASURED), default=None)


def strongest(strengths: Iterable[str | None]) -> str | None:
    """Return the strongest; between equals `measured`."""
    found = [one for one in strengths if one is not None]
    return max(found, key=lambda one: (_RANKS[one], one == MEASURED), default=None)


def of_record(record: Record) -> str:
    """Return what one record lends: a number is measured, a reading of text inferred."""
    if "inferred" in record.notes:
        return INFERRED
    if isinstance(record, Observation) and isinstance(
        getattr(record, "value", None), (Decimal, int, Interval)
    ):
        return ASSERTED if isinstance(record.value, bool) else MEASURED
    return ASSERTED


def of_records(records: Records, value: object) -> tuple[str | None, tuple[str, ...]]:
    """Return strength and evidence of a value that was read off a set of records.

    Unknown: the doubtful records. Else those that certainly belong; where none does, those that
    say the contrary; where there is none either, absent in the record.
    """
    if value is None:
        return None, refs(records.maybe or records.sure)
    deciding = records.sure or records.denied
    if not deciding:
        return ABSENT, ()
    return strongest(of_record(record) for record in deciding), refs(deciding)


def refs(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the references of records, each once."""
    return tuple(dict.fromkeys(record.ref for record in records))
