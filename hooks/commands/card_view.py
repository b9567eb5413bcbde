"""Cards as a clinician would see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hooks.commands.terminal import Terminal

# indicator -> sign, word, style
INDICATORS = {
    "critical": ("‼", "CRITICAL", "bold red"),
    "warning": ("!", "WARNING", "yellow"),
    "info": ("i", "INFO", "blue"),
}


def show_cards(
    terminal: Terminal, cards: Sequence[Mapping[str, Any]], *, brief: bool = False
) -> None:
    """Write every card in the order in which it was sent; *brief* leaves out their details."""
    many = "no cards" if not cards else f"{len(cards)} card" + ("s" if len(cards) > 1 else "")
    terminal.title(f"Cards: {many}")
    for card in cards:
        sign, word, style = INDICATORS[card["indicator"]]
        topic = card["source"].get("topic") or {}
        name = f" · {topic['display']}" if topic.get("display") else ""
        terminal.card(
            f"{terminal.sign(sign)} {word} · {topic.get('code', '')}{name}",
            style,
            card["summary"],
            "" if brief else card.get("detail") or "",
            [] if brief else _notes(card),
        )


def _notes(card: Mapping[str, Any]) -> Iterator[str]:
    for suggestion in card.get("suggestions") or ():
        actions = ", ".join(_action(one) for one in suggestion.get("actions") or ())
        yield f"→ {suggestion['label']}" + (f" ({actions})" if actions else "")
    if reasons := card.get("overrideReasons"):
        yield "override: " + "; ".join(_words(reasons))
    for link in card.get("links") or ():
        yield f"link: {link['label']} {link['url']}"
    source = card["source"]
    yield f"source: {source['label']}" + (f" {source['url']}" if source.get("url") else "")


def _action(action: Mapping[str, Any]) -> str:
    target = action.get("resourceId") or (action.get("resource") or {}).get("resourceType", "")
    return f"{action['type']} {target}".strip()


def _words(codings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (one.get("display") or one["code"] for one in codings)
