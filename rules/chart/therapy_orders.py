"""The medications that a call orders, beside those on record (recording.md 2, 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.records import Records

if TYPE_CHECKING:
    from rules.chart.chart import Chart


def draft_medications(chart: Chart) -> Records:
    """Return the medications of the draft orders; one that stops or forbids its drug is none.

    Unselected drafts count: they are co-orders. What the call orders is taken from now on, so that
    no status or date of it matters.
    """
    return Records(
        tuple(
            one.medication for one in chart.orders if one.medication is not None and not one.ended
        )
    )
