"""Which intrathecal orders share one reservoir, and which stored orders a draft replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart.medication_order import Medication


def reservoirs(medications: Iterable[Medication]) -> tuple[tuple[Medication, ...], ...]:
    """Group intrathecal orders by reservoir.

    They are one reservoir unless their `groupIdentifier` differs (recording.md 3.1). Where there
    are several, an order without the identifier may be in any of them and is listed in each.
    """
    orders = [one for one in medications if one.route == "intrathecal"]
    names = dict.fromkeys(one.group_identifier for one in orders if one.group_identifier)
    if not orders:
        return ()
    if len(names) < 2:
        return (tuple(orders),)
    return tuple(
        tuple(one for one in orders if one.group_identifier in {name, None}) for name in names
    )


def without_replaced(
    stored: Iterable[Medication], drafts: Iterable[Medication]
) -> tuple[Medication, ...]:
    """Leave out the stored orders that a draft replaces.

    A draft replaces the order that has its id, and the one its `priorPrescription` names
    (recording.md 3.1, 13.4).
    """
    replaced = {ref for draft in drafts for ref in (draft.ref, draft.prior) if ref}
    return tuple(one for one in stored if one.ref not in replaced)
