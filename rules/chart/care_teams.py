"""Care teams: those at work now, and the roles in them (recording.md 1.3, 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.records import CareTeam, Truth
from rules.chart.spans import DAY, EARLIEST, LATEST, Span

if TYPE_CHECKING:
    from rules.chart import resources as fhir
    from rules.chart.context import Context

KEY = "careTeams"


def read_care_team(resource: fhir.CareTeam, ref: str, context: Context) -> CareTeam | None:
    """Read one CareTeam; None where it is not active or its period is over or to come."""
    roles: frozenset[str] = frozenset()
    coded = False
    for participant in resource.participant or ():
        for role in participant.role or ():
            found, known = context.codings.concept(role)
            roles |= found
            coded = coded or known
    if resource.status not in (None, "active"):
        context.ignore(f"its status is `{resource.status[:30]}`", ref, KEY, roles)
        return None
    start, end = context.period(resource.period)
    current = _covers(start, end, context)
    if current is False:
        return None
    record = CareTeam(
        key=KEY, ref=ref, resource=resource, groups=roles, coded=coded, counts=current,
        text="care team", when=Span(start.low if start else EARLIEST, end.high if end else LATEST),
    )  # fmt: skip
    record.roles = roles
    context.modified(record)
    return record


def _covers(start: Span | None, end: Span | None, context: Context) -> Truth:
    """Say whether today lies in a period; a missing side is open, the last day belongs to it."""
    today = Span(context.end_of_today - DAY + 1, context.end_of_today - DAY + 1)
    begun = True if start is None else context.past(start)
    over = False if end is None else end.before(today)
    if begun is False or over:
        return False
    return None if begun is None or over is None else True
