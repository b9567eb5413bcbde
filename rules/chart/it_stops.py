"""The agents that a call stops: their order is ended, replaced without them, or set to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.it_agents import ItAgent, stored_agents
from rules.chart.records import Records

if TYPE_CHECKING:
    from rules.chart.chart import Chart
    from rules.chart.fills import Fill
    from rules.chart.it_orders import ItOrders
    from rules.chart.medications import Medication
    from rules.chart.records import Record


def read_stopped(chart: Chart, orders: ItOrders, drafted: Records, fill: Fill) -> Records:
    """Return agents of orders that drafts end or replace and that no draft or order goes on with.

    An agent that a draft sets to zero is stopped too. Where a draft is not fully coded, it may go
    on with any of them.
    """
    zero = [one for one in drafted.sure if isinstance(one, ItAgent) and one.stops]
    going_on = {one.text for one in drafted.sure if one not in zero}
    kept = [one for one in orders.stored if one.on_board and not _ended(one, orders)]
    going_on |= {one.text for one in stored_agents(chart, kept, fill).sure}
    ended = [one for one in orders.running if one in orders.replaced or _ended(one, orders)]
    held = stored_agents(chart, ended, fill)
    named = stored_agents(
        chart, [one.medication for one in orders.ended if one.medication is not None], fill
    )
    found: list[Record] = [*zero]
    found += [one for one in held.sure + named.possible() if one.text not in going_on]
    unsure = tuple(one for one in held.maybe if one.text not in going_on)
    if drafted.maybe:
        return Records(tuple(zero), (*found[len(zero) :], *unsure))
    return Records(tuple(dict.fromkeys(found)), unsure)


def _ended(order: Medication, orders: ItOrders) -> bool:
    """Say whether a draft of the call ends a stored order."""
    return any(
        order.ref in {one.ref, one.medication.prior}
        for one in orders.ended
        if one.medication is not None
    )
