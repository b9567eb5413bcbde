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

# Between `measured` and `asserted`, which are alike, measured is kept whichever is looked for.
_WEAK = {ASSERTED: 9, MEASURED: 8, INFERRED: 6, ABSENT: 4, PRESUMED: 2}
_STRONG = {MEASURED: 9, ASSERTED: 8, INFERRED: 6, ABSENT: 4, PRESUMED: 2}


def weakest(strengths: Iterable[str | None]) -> str | None:
    """Return the weakest; between equals `measured`."""
    found, least = None, 10
    for one in strengths:
        if one is not None and _WEAK[one] < least:
            found, least = one, _WEAK[one]
    return found


def strongest(strengths: Iterable[str | None]) -> str | None:
    """Return the strongest; between equals `measured`."""
    found, most = None, 0
    for one in strengths:
        if one is not None and _STRONG[one] > most:
            found, most = one, _STRONG[one]
    return found


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
    return strongest(map(of_record, deciding)), refs(deciding)


def refs(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the references of records, each once."""
    found = [record.ref for record in records]
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)
