"""Procedures: what was done, is being done, was stopped or not done (recording.md 1.3, 5, 10.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.codings import codes, words
from rules.chart.records import Procedure

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.context import Context

KEY = "procedures"
# Each of these has its own meaning to a rule; any other status does not count.
COUNTED = frozenset(("completed", "in-progress", "stopped", "not-done"))
# What earlier FHIR versions called them.
_OLDER = {"aborted": "stopped", "suspended": "on-hold"}


def read_procedure(
    resource: fhir.Procedure, ref: str, groups: frozenset[str], coded: bool, context: Context
) -> Procedure | None:
    """Read one Procedure; None where its status does not let it count, or it is in the future."""
    status = _OLDER.get(resource.status or "", resource.status or "")
    if status and status not in COUNTED:
        context.ignore(f"its status is `{status[:30]}`", ref, KEY, groups)
        return None
    if resource.performed_date_time is not None:
        start, end = context.date(resource.performed_date_time), None
    else:
        start, end = context.period(resource.performed_period)
    if context.future(start):
        context.ignore_future(ref, KEY, groups)
        return None
    record = Procedure(
        key=KEY, ref=ref, resource=resource, groups=groups, coded=coded,
        counts=True if status else None, text=words(resource.code), when=start or end,
    )  # fmt: skip
    read = context.codings
    record.status = status
    record.start = start
    record.end = end
    record.outcome = codes(resource.outcome)
    record.reason_groups = read.groups(resource.reason_code)
    if resource.category is not None:
        record.reason_groups |= read.concept(resource.category)[0]
    record.status_reason_groups = read.concept(resource.status_reason)[0]
    record.complication_groups = read.groups(resource.complication)
    if not status:
        context.tell("invalid", "it has no status", record)
    context.modified(record)
    return record
