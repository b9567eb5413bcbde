"""Which intrathecal orders share a reservoir, and which a draft replaces (recording.md 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.reservoirs import reservoirs, without_replaced
from tests.rules.chart.pharmacy import BUPIVACAINE, MORPHINE, OXYCODONE, dosage, read, request

if TYPE_CHECKING:
    from rules.chart.medications import Medication


def spinal(name: str, drug: str, group: str | None = None, prior: str | None = None) -> Medication:
    """Read an intrathecal order."""
    more: dict[str, object] = {"id": name}
    if group:
        more["groupIdentifier"] = {"system": "urn:g", "value": group}
    if prior:
        more["priorPrescription"] = {"reference": prior}
    return read(request(drug, dosage(rate=(1, "mg/d"), route="intrathecal"), **more))


def test_all_intrathecal_orders_are_one_reservoir() -> None:
    """Drafts and active orders together; what is by mouth is in none."""
    one, two = spinal("a", MORPHINE), spinal("b", BUPIVACAINE, "g1")
    oral = read(request(OXYCODONE, dosage((5, "mg"), 2)))
    assert reservoirs([one, oral, two]) == ((one, two),)
    assert reservoirs([oral]) == ()


def test_group_identifiers_that_differ_are_several_reservoirs() -> None:
    """An order without the identifier may be in either."""
    one, two, three = (
        spinal("a", MORPHINE, "g1"),
        spinal("b", BUPIVACAINE, "g2"),
        spinal("c", MORPHINE),
    )
    assert reservoirs([one, two]) == ((one,), (two,))
    assert reservoirs([one, two, three]) == ((one, three), (two, three))


def test_a_draft_replaces_the_order_that_it_names_or_has_the_id_of() -> None:
    """Without the link old and new are two orders (INT-04)."""
    stored = [spinal("it-1", MORPHINE), spinal("it-2", BUPIVACAINE)]
    renewal = spinal("new", MORPHINE, prior="http://ehr/MedicationRequest/it-1")
    assert without_replaced(stored, [renewal]) == (stored[1],)
    assert without_replaced(stored, [spinal("it-2", MORPHINE)]) == (stored[0],)
    assert without_replaced(stored, [spinal("new", MORPHINE)]) == tuple(stored)
