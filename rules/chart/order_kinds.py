"""The kind of an order: explant, implant, trial, refill, medication, imaging (recording.md 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.chart.orders import Order

TRIAL_REASON = "local#it-trial"
# RxNorm ingredients of `med-intrathecal-agent-ingredient`.
ZICONOTIDE, BACLOFEN, CLONIDINE = "68503", "1292", "2599"
# In the order in which they are tried: the first that matches is the kind of the order.
_BY_CODE = (
    ("explant", frozenset({"order-explant"})),
    ("implant", frozenset({"order-implant", "order-replacement"})),
    ("catheter", frozenset({"order-catheter"})),
    ("trial", frozenset({"order-trial"})),
    ("possible-trial", frozenset({"order-possible-trial"})),
    ("refill", frozenset({"order-refill"})),
)
# What becomes of the first kind where a coded reason names an intrathecal trial, and otherwise.
_BY_REASON = {"catheter": ("trial", "implant"), "possible-trial": ("trial", "possible-trial")}
_AGENTS = frozenset({"med-intrathecal-agent-ingredient", "med-opioid-ingredient"})
_NEURAXIAL = frozenset({"intrathecal", "epidural"})
# Beside the opioids, what a neuraxial trial is done with.
_TRIAL_DRUGS = frozenset({ZICONOTIDE, BACLOFEN, CLONIDINE})


def kind_of(order: Order) -> str:
    """Return the kind that an order has by itself."""
    if order.prohibits and order.medication is None:
        return "other"
    for kind, groups in _BY_CODE:
        if order.groups & groups:
            for_trial, otherwise = _BY_REASON.get(kind, (kind, kind))
            return for_trial if order.for_trial else otherwise
    if order.medication is not None:
        return "it-medication" if order.intrathecal else "systemic-medication"
    return "imaging" if "order-imaging" in order.groups else "other"


def settle_kinds(orders: Sequence[Order]) -> None:
    """Read as trials what only the rest of the bundle shows to be one.

    An injection that may be a trial is one where a neuraxial trial drug is ordered with it, and an
    intraspinal catheter (HCPCS C1755) where an intrathecal agent is.
    """
    drugs = [one for one in orders if one.medication is not None and not one.ended]
    trial_drug = any(_is_trial_drug(one) for one in drugs)
    agent = any(one.intrathecal and one.groups & _AGENTS for one in drugs)
    for order in orders:
        injection = order.kind == "possible-trial" and trial_drug
        catheter = order.kind == "other" and "order-intraspinal-catheter" in order.groups and agent
        if injection or (catheter and not order.prohibits):
            order.kind = "trial"


def _is_trial_drug(order: Order) -> bool:
    medication = order.medication
    if medication is None or medication.route not in _NEURAXIAL:
        return False
    named = medication.ingredients or frozenset()
    return "med-opioid-ingredient" in order.groups or bool(named & _TRIAL_DRUGS)
