"""The context of order-dispatch: stored orders, by reference, and who is to carry them out.

Version 1.1 of the hook has `dispatchedOrders`, `performer` and `fulfillmentTasks`, version 1.0
`order`, `performer` and `task`; the hyphenated names stand in published examples. All are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.errors import BadRequest, OtherPatient
from hooks.sent_bundle import is_of_another

if TYPE_CHECKING:
    from hooks.strict_json import Json

ORDERS = ("dispatchedOrders", "order", "dispatched-orders")
TASKS = ("fulfillmentTasks", "task", "fulfillment-tasks")


def read_dispatch(context: dict[str, Json], patient: str, tolerated: list[str]) -> dict[str, Json]:
    """Return *context* with every dispatched order under `dispatchedOrders`, as references.

    Raises BadRequest where orders or performer are missing or no references, OtherPatient where a
    task is for another patient. An order that cannot be read may be the one that harms.
    """
    found: list[str] = []
    for name in ORDERS:
        orders = context.get(name)
        if orders is None or orders in ("", [], {}):
            continue
        if name != ORDERS[0]:
            tolerated.append(f"dispatch-{name}")
        for index, one in enumerate(orders if isinstance(orders, list) else [orders]):
            place = f"/context/{name}/{index}" if isinstance(orders, list) else f"/context/{name}"
            found.append(_reference(one, name, place))
    if not found:
        place = f"/context/{ORDERS[0]}"
        raise BadRequest(f"`{ORDERS[0]}` is missing", place=place, reason="no-dispatched-orders")
    if not context.get("performer"):
        raise BadRequest(
            "`performer` is missing", place="/context/performer", reason="no-performer"
        )
    _reference(context["performer"], "performer", "/context/performer")
    _check_tasks(context, patient)
    references: list[Json] = list(dict.fromkeys(found))
    kept = {name: value for name, value in context.items() if name not in ORDERS}
    return {**kept, ORDERS[0]: references}


def _reference(value: Json, name: str, place: str) -> str:
    """Return a reference such as `ServiceRequest/1`, also from a FHIR Reference."""
    given = value.get("reference") if isinstance(value, dict) else value
    if not isinstance(given, str) or not given.strip():
        text = f"`{name}` must hold references such as `ServiceRequest/1`"
        raise BadRequest(text, place=place, reason="wrong-dispatch")
    return given.strip()


def _check_tasks(context: dict[str, Json], patient: str) -> None:
    for name in TASKS:
        tasks = context.get(name) or []
        place = f"/context/{name}"
        if not isinstance(tasks, list | dict):
            raise BadRequest(f"`{name}` must hold Tasks", place=place, reason="wrong-tasks")
        for task in tasks if isinstance(tasks, list) else [tasks]:
            if not isinstance(task, dict):
                raise BadRequest(f"`{name}` must hold Tasks", place=place, reason="wrong-tasks")
            held = task.get("resource")
            if is_of_another(held if isinstance(held, dict) else task, patient):
                raise OtherPatient("a task is for another patient", place=place)
