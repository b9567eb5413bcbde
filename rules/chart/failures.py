"""Whether a course of an opioid failed (recording.md 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.spans import EARLIEST, Span

if TYPE_CHECKING:
    from rules.chart.courses import Course
    from rules.chart.medication_order import Medication
    from rules.chart.pain import PainScores
    from rules.chart.records import Truth

# Reasons of the FHIR status-reason system that speak against a failure.
_NOT_FAILED = frozenset({
    "surg", "hospadm", "clarif", "labint", "non-avail", "preg", "washout", "sddi", "sdupther",
    "drughigh",
})  # fmt: skip
_INEFFECTIVE = "local#stopped-ineffective"


def read_failure(
    course: Course, last: list[Medication], lasted: bool, pain: PainScores
) -> tuple[Truth, str]:
    """Say whether a course failed, and what decided.

    *last* are the orders with which it may have ended; *lasted* says that it certainly lasted long
    enough to count.
    """
    if course.qualifies is False:
        return False, "too short to count"
    verdict, why = _ended(course, last, pain) if course.ended else _continuing(course, pain)
    if verdict and (course.qualifies is None or not (course.ended or lasted)):
        return None, "how long it lasted is not certain"
    return verdict, why


def _ended(course: Course, last: list[Medication], pain: PainScores) -> tuple[Truth, str]:
    if course.stopped_for_intolerance:
        return True, "stopped for intolerance"
    if any(order.stopped_for_allergy for order in last):
        return True, "stopped for an allergy"
    reasons = {_reason(order) for order in last}
    if reasons == {False}:
        return False, "ended for another reason"
    if reasons != {True}:
        return None, "why it ended is not clear"
    low = pain.low_around(course.end or Span(EARLIEST, pain.clock.now))
    if low:
        return False, "pain was below the threshold around its end"
    if low is None:
        return None, "pain around its end is not known"
    return True, "ended without another reason"


def _continuing(course: Course, pain: PainScores) -> tuple[Truth, str]:
    if not course.continuing:
        return None, "whether it has ended is not certain"
    high = pain.high_now()
    if high is None:
        return None, "the current pain score is not known"
    if high:
        return True, "continues with pain at or above the threshold"
    return False, "continues with pain below the threshold"


def _reason(order: Medication) -> Truth:
    """Say whether the reason for which an order ended means failure: none, or ineffective."""
    if order.status_reason_uncoded:
        return None
    codes = order.status_reason
    ineffective = _INEFFECTIVE in order.status_reason_groups
    if codes & _NOT_FAILED:
        return None if ineffective or codes - _NOT_FAILED else False
    if codes - {"altchoice"}:
        return None
    return True if ineffective or codes or not order.status_reason_groups else None
