"""Which orders a hook's context names: the selected drafts, the dispatched orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.issues import Issue
from rules.chart.references import tail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Call

# The specification's name, and those that real clients send (recording.md 2).
_DISPATCHED = ("dispatchedOrders", "order", "dispatched-orders")


def selected_places(call: Call, issues: list[Issue]) -> frozenset[int] | None:
    """Return the places of the drafts that order-select selects; None stands for all of them.

    Missing or empty selections select everything, and so do selections that name no draft: to
    check too much is the safe reading.
    """
    if call.hook != "order-select" or not call.selections:
        return None
    names = [_names(draft) for draft in call.drafts]
    for place, url in _full_urls(call).items():
        names[place].add(url)
    chosen: set[int] = set()
    for selection in call.selections:
        name = str(selection)
        wanted = {name, tail(name), name.rpartition(":")[2]}
        places = {place for place, known in enumerate(names) if known & wanted}
        chosen |= places
        if not places:
            text = f"the selection `{name}` names no draft order"
            issues.append(Issue("selection", text, ref=name, key="draftOrders"))
    return frozenset(chosen) or None


def dispatched(context: Mapping[str, object]) -> tuple[str, ...]:
    """Return the references of the dispatched orders, as `Type/id`, each once."""
    references: list[str] = []
    for name in _DISPATCHED:
        value = context.get(name)
        found = value if isinstance(value, list | tuple) else [value]
        references += [tail(text) for one in found if (text := _reference(one))]
    return tuple(dict.fromkeys(references))


def _reference(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("reference")
    return value if isinstance(value, str) and value else None


def _names(draft: Mapping[str, object]) -> set[str]:
    identity = draft.get("id")
    if not identity:
        return set()
    return {str(identity), f"{draft.get('resourceType')}/{identity}"}


def _full_urls(call: Call) -> dict[int, str]:
    """Return the fullUrl of each draft by its place, where the Bundle of the context has one."""
    bundle = call.context.get("draftOrders")
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    if not isinstance(entries, list):
        return {}
    held = [one for one in entries if isinstance(one, dict) and one.get("resource")]
    if len(held) != len(call.drafts):
        return {}
    urls = ((place, one.get("fullUrl")) for place, one in enumerate(held))
    return {place: url for place, url in urls if isinstance(url, str) and url}
