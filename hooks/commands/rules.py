"""`intrathecal rules`: the catalogue of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from hooks.commands.terminal import Terminal, stop

if TYPE_CHECKING:
    from rules import Rulebook


def rules(
    rule: Annotated[str | None, typer.Argument(help="Show one rule only, such as TRL-01.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the catalogue as JSON.")] = False,
) -> None:
    """List the rules: what each says, on which hooks, from which source."""
    from hooks.commands.knowledge import load_knowledge
    from hooks.settings import load_settings

    book = load_knowledge(load_settings())
    found = [_plain(one) for one in book.rules.values()]
    if rule is not None:
        found = [one for one in found if one["id"] == rule.upper()]
        if not found:
            stop(f"unknown rule `{rule}`; the rulebook has {', '.join(book.rules)}")
    terminal = Terminal()
    if as_json:
        terminal.raw(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    elif rule is not None:
        _show(terminal, found[0])
    else:
        _list(terminal, book, found)


def _plain(one: Any) -> dict[str, Any]:  # noqa: ANN401 - a rule of the rulebook
    return {
        "id": one.id,
        "title": one.title,
        "statement": one.statement,
        "version": one.version,
        "hooks": sorted(one.hooks),
        "source": one.source,
        "confidence": one.confidence,
        "reviewed": {"on": one.reviewed, "by": one.reviewer, "again": one.review_again},
        "safety": one.safety,
        "reads": sorted(one.keys),
        "definitions": list(one.definitions),
        "parameters": list(one.parameters),
    }


def _list(terminal: Terminal, book: Rulebook, found: list[dict[str, Any]]) -> None:
    known = book.knowledge
    terminal.line(("Rulebook ", "bold"), f"{known.version} · {len(found)} rules · {known.hash}")
    terminal.gap()
    terminal.rows(
        [((one["id"], "bold"), one["version"], one["confidence"], one["title"]) for one in found],
        indent=0,
    )
    terminal.gap()
    terminal.line(
        "Confidence: Article, S (seen in a public source), G (general knowledge) or D (default of "
        "this project). G and D need clinical sign-off."
    )


def _show(terminal: Terminal, one: dict[str, Any]) -> None:
    terminal.line((f"{one['id']} ", "bold"), f"{one['title']} · version {one['version']}")
    terminal.line(one["statement"], indent=2)
    terminal.gap()
    reviewed = one["reviewed"]
    rows = [
        ("hooks", ", ".join(one["hooks"])),
        ("source", f"{one['source']} [{one['confidence']}]"),
        ("reviewed", f"{reviewed['on']} by {reviewed['by']}, again {reviewed['again']}"),
        ("safety rule", "yes" if one["safety"] else "no"),
        ("reads", ", ".join(one["reads"])),
        ("rests on", ", ".join(one["definitions"])),
        ("parameters", ", ".join(one["parameters"])),
    ]
    terminal.rows([((name, "dim"), value) for name, value in rows if value])
