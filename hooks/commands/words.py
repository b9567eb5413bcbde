"""`intrathecal words`: what expressions may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from hooks.commands.terminal import Terminal, stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rules import Rulebook

HEAD = """\
# Words of the rule language

Written by `intrathecal words --markdown > docs/words.md`; the meaning of each is its docstring.
A *name* gives something to work with, a *word* after `|` narrows it or says something about it.
"""


def words(
    name: Annotated[str | None, typer.Argument(help="Show one name or word only.")] = None,
    markdown: Annotated[bool, typer.Option(help="Print the page docs/words.md.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the vocabulary as JSON.")] = False,
) -> None:
    """List the names and words of the rule language."""
    from hooks.commands.knowledge import load_knowledge
    from hooks.settings import load_settings

    found = vocabulary(load_knowledge(load_settings()))
    if name is not None:
        chosen = [one for one in found if one["name"] == name.lstrip("|")]
        if not chosen:
            stop(f"unknown word `{name}`; `intrathecal words` lists all {len(found)}")
        found = chosen
    terminal = Terminal()
    if as_json:
        terminal.raw(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    elif markdown:
        terminal.raw(page(found))
    else:
        for kind in ("name", "word"):
            entries = [one for one in found if one["kind"] == kind]
            if entries:
                terminal.title(f"{kind.title()}s")
            for one in entries:
                _show(terminal, one, whole=name is not None)


def vocabulary(book: Rulebook) -> list[dict[str, Any]]:
    """Return every name and word as plain data, names first."""
    return [_plain(one) for one in book.vocabulary.listing()]


def page(entries: Sequence[dict[str, Any]]) -> str:
    """Return the page that documents *entries*."""
    parts = [HEAD]
    for kind in ("name", "word"):
        parts.append(f"## {kind.title()}s\n")
        for one in entries:
            if one["kind"] == kind:
                parts.append(f"### {one['name']}\n\n`{one['use']}` → {one['result']}\n")
                parts.append(f"{one['meaning']}\n")
                parts += [f"- {label}: `{value}`" for label, value in _details(one)]
                parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _plain(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - a word or a name of the vocabulary
    is_word = hasattr(entry, "subject")
    kind = entry.result if is_word else entry.kind
    said: dict[str, Any] = {
        "kind": "word" if is_word else "name",
        "name": entry.name,
        "use": entry.show() if is_word else entry.name,
        "result": "as its subject" if kind is None else kind.type,
        "meaning": entry.meaning,
        "cql": entry.cql,
        "keys": list(entry.keys),
    }
    if kind is not None and kind.attributes:
        said["attributes"] = {name: one.type for name, one in kind.attributes.items()}
    return said


def _show(terminal: Terminal, one: dict[str, Any], *, whole: bool) -> None:
    terminal.line((one["use"], "bold"), f" → {one['result']}", indent=2)
    lines = one["meaning"].splitlines()
    for line in lines if whole else lines[:1]:
        terminal.line(line, indent=6)
    if whole:
        for label, value in _details(one):
            terminal.line((f"{label}: ", "dim"), value, indent=6)


def _details(one: dict[str, Any]) -> Iterable[tuple[str, str]]:
    if one["cql"]:
        yield "CQL", one["cql"]
    if one["keys"]:
        yield "reads", ", ".join(one["keys"])
    if attributes := one.get("attributes"):
        yield "has", ", ".join(f"{name} ({kind})" for name, kind in attributes.items())
