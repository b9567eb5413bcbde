"""`intrathecal check`: every mistake in the knowledge files, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from hooks.commands.rules import switch_lines
from hooks.commands.terminal import Terminal, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hooks.settings import Settings
    from rules import Rulebook

BESIDE = Path(__file__).parents[2] / "fhir_fixtures"


def check(
    fixtures: Annotated[
        Path | None,
        typer.Option(help="Folder of fixtures (that of the checkout, where there is one)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the mistakes as JSON.")] = False,
) -> None:
    """Check rules, value sets, policies, services and fixtures; exit 1 on a mistake."""
    from hooks.settings import load_settings

    if fixtures is not None and not fixtures.is_dir():
        stop(f"`{fixtures}` is not a folder")
    folder = fixtures or (BESIDE if BESIDE.is_dir() else None)
    book, mistakes = _load(load_settings())
    if book is not None:
        mistakes += _service_mistakes(book)
        if folder is not None:
            mistakes += fixture_mistakes(folder, set(book.rules))
    terminal = Terminal()
    if as_json:
        said = {
            "mistakes": mistakes,
            "rules": len(book.rules) if book else None,
            "switches": list(switch_lines(book)) if book else [],
        }
        terminal.raw(msgspec.json.format(msgspec.json.encode(said), indent=2).decode())
    else:
        _show(terminal, book, mistakes, folder)
    if mistakes:
        raise typer.Exit(1)


def fixture_mistakes(folder: Path, rules: set[str]) -> list[str]:
    """Return what is wrong with the fixtures in *folder*: pairs, ids, a rule without both cases."""
    found: list[str] = []
    fired: set[str] = set()
    silent: set[str] = set()
    expected = _cases(folder, "expected")
    requests = _cases(folder, "requests")
    found += [f"requests/{case}: has no expected answer" for case in sorted(requests - expected)]
    found += [f"expected/{case}: has no request" for case in sorted(expected - requests)]
    for case in sorted(expected):
        try:
            said = msgspec.json.decode((folder / "expected" / case).read_bytes())
            named = {*said.get("fired", ()), *said.get("silent", ())}
        except (msgspec.DecodeError, AttributeError, TypeError) as error:
            found.append(f"expected/{case}: cannot be read: {error}")
            continue
        fired.update(said.get("fired", ()))
        silent.update(said.get("silent", ()))
        found += [f"expected/{case}: unknown rule `{one}`" for one in sorted(named - rules)]
    found += [f"rule {one}: no fixture in which it fires" for one in sorted(rules - fired)]
    found += [f"rule {one}: no fixture in which it is silent" for one in sorted(rules - silent)]
    return found


def _cases(folder: Path, kind: str) -> set[str]:
    place = folder / kind
    return {path.relative_to(place).as_posix() for path in place.rglob("*.json")}


def _load(settings: Settings) -> tuple[Rulebook | None, list[str]]:
    from hooks.app import load_rulebook
    from hooks.commands.knowledge import near
    from rules import KnowledgeError

    try:
        return load_rulebook(settings), []
    except KnowledgeError as error:
        return None, [near(str(one)) for one in error.mistakes]


def _service_mistakes(book: Rulebook) -> list[str]:
    from hooks.discovery import load_services
    from hooks.errors import StartError

    try:
        load_services(book.observation_codes, book.hooks)
    except StartError as error:
        return [f"hooks/services/{line}" for line in str(error).splitlines()]
    return []


def _show(
    terminal: Terminal, book: Rulebook | None, mistakes: list[str], folder: Path | None
) -> None:
    for mistake in mistakes:
        terminal.line((f"{terminal.sign('✗')} ", "red"), mistake)
    for line in _counts(book):
        terminal.line(line)
    if folder is None:
        terminal.line("fixtures were not checked: no folder; name one with --fixtures")
    many = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    terminal.line((many, "bold red" if mistakes else "bold green"))


def _counts(book: Rulebook | None) -> Iterator[str]:
    if book is None:
        yield "nothing else was checked: the rulebook does not load"
        return
    yield (
        f"rulebook {book.knowledge.version} · {len(book.rules)} rules · "
        f"{len(book.definitions)} definitions · {len(book.policies)} policies · "
        f"{len(book.terminology.value_sets)} value sets"
    )
    yield from switch_lines(book)
