"""`intrathecal rules`: the catalogue of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from hooks.commands.terminal import Terminal, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules import Rulebook


def rules(
    rule: Annotated[str | None, typer.Argument(help="Show one rule only, such as TRL-01.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the catalogue as JSON.")] = False,
    sign_off: Annotated[
        bool, typer.Option("--sign-off", help="Write what awaits clinical sign-off, as a page.")
    ] = False,
) -> None:
    """List the rules: what each says, on which hooks, from which source."""
    from hooks.commands.knowledge import load_knowledge
    from hooks.commands.sign_off import page
    from hooks.settings import load_settings

    book = load_knowledge(load_settings())
    if sign_off:
        if rule is not None or as_json:
            stop("--sign-off writes one page of everything; leave the rule and --json out")
        Terminal().raw(page(book))
        return
    found = catalogue(book)
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


def catalogue(book: Rulebook) -> list[dict[str, Any]]:
    """Return every rule as plain data, with its source attributes and its switch."""
    from rules import source_attributes

    attributes = source_attributes(book)
    return [
        _plain(one)
        | {
            "switch": _switch(book, one.id),
            "source_attributes": _attributes(attributes[one.id]),
        }
        for one in book.rules.values()
    ]


def _switch(book: Rulebook, rule: str) -> dict[str, str] | None:
    switch = book.switches.get(rule)
    if switch is None:
        return None
    return {"mode": switch.mode, "reason": switch.reason, "since": switch.since}


def _attributes(one: Any) -> dict[str, Any]:  # noqa: ANN401 - the attributes of a rule
    """Return the 13 source attributes of ONC HTI-1 under their names."""
    said: dict[str, Any] = {
        "bibliographic_citation": one.citation,
        "developer": one.developer,
        "funding_source": one.funding,
        "release_and_revision_dates": {"released": one.released, "revised": one.revised},
    }
    for use in one.uses:
        name = f"use_of_{use.data.replace(' ', '_')}"
        said[name] = {"used": use.used, "read_from": list(use.read_from)}
    return said


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
        [
            (
                (one["id"], "bold"),
                one["version"],
                one["confidence"],
                one["title"],
                one["source"],
                ", ".join(one["parameters"]) or "no policy parameter",
            )
            for one in found
        ],
        indent=0,
    )
    terminal.gap()
    for line in switch_lines(book):
        terminal.line((line, "yellow"))
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
        ("switch", _switched(one)),
        ("reads", ", ".join(one["reads"])),
        ("rests on", ", ".join(one["definitions"])),
        ("parameters", ", ".join(one["parameters"])),
    ]
    terminal.rows([((name, "dim"), value) for name, value in rows if value])
    terminal.title("Source attributes (ONC HTI-1, evidence-based intervention)")
    terminal.rows([((name, "dim"), value) for name, value in _said(one["source_attributes"])])


def _switched(one: dict[str, Any]) -> str:
    switch = one["switch"]
    return f"{switch['mode']} since {switch['since']}: {switch['reason']}" if switch else ""


def _said(attributes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give each source attribute with its words."""
    for key, value in attributes.items():
        name = key.replace("_", " ")
        if key == "release_and_revision_dates":
            yield name, f"released {value['released']}, revised {value['revised']}"
        elif isinstance(value, str):
            yield name, value
        else:
            places = ", ".join(value["read_from"])
            yield name, f"used: {places}" if value["used"] else "not used"


def switch_lines(book: Rulebook) -> Iterator[str]:
    """Say which rules a site switched off or silenced, safety rules first and by that name."""
    found = sorted(book.switches.values(), key=lambda one: not book.rules[one.rule].safety)
    for one in found:
        kind = "SAFETY RULE" if book.rules[one.rule].safety else "rule"
        words = "switched off" if one.mode == "off" else "silent"
        yield f"{kind} {one.rule} is {words} since {one.since}: {one.reason}"
