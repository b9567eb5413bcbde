"""Times of day as instants, for windows in hours."""

from __future__ import annotations

from rules.chart.spans import SECOND, Span

_MINUTE = 60 * SECOND


def point(span: Span) -> Span:
    """Read a time that is given to the minute or finer as the instant at which it begins.

    A date stays the whole day that it may mean. So a score taken exactly 72 hours after a trial
    lies within 72 hours, whatever the precision of the two clocks.
    """
    return Span(span.low, span.low) if span.high - span.low < _MINUTE else span
