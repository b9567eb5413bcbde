"""One patient under several policies: verdict, criteria and rules beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hooks.commands.checklist import state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hooks.commands.terminal import Terminal

    Evaluation = Mapping[str, Any]

DIFFERS = "≠"


def show_side_by_side(terminal: Terminal, evaluations: Sequence[Evaluation]) -> None:
    """Write a column for each evaluation; what differs from the first column is marked."""
    first = evaluations[0]["policy"]["id"]
    heads = ("", *(f"{one['policy']['id']} {one['policy']['version']}" for one in evaluations))
    rules = list(_rules(evaluations))
    terminal.rows([_styled(heads), *(_row(terminal, *row) for row in _criteria(evaluations))])
    terminal.title("Rules that answer differently")
    if rules:
        terminal.rows([_styled(heads), *(_row(terminal, *row) for row in rules)])
    else:
        terminal.line("none", indent=2)
    terminal.gap()
    mark = terminal.sign(DIFFERS)
    terminal.line(f"{mark} differs from {first}; --policy ID shows one policy in full")


def _criteria(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, list[str]]]:
    """Give the verdict, the phase and each criterion with its value under every policy."""
    yield "verdict", [one["verdict"] for one in evaluations]
    yield "phase", [one["phase"] for one in evaluations]
    for place, criterion in enumerate(evaluations[0]["criteria"]):
        states = [state(one["criteria"][place]) for one in evaluations]
        said = [f"{sign} {word}" for sign, word, _ in states]
        yield f"{criterion['id']} {criterion['title']}", said


def _rules(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, list[str]]]:
    """Give each rule whose result is not the same under every policy."""
    for place, rule in enumerate(evaluations[0]["rules"]):
        results = [one["rules"][place]["result"] for one in evaluations]
        if len(set(results)) > 1:
            yield rule["id"], [result.replace("-", " ") for result in results]


def _row(terminal: Terminal, name: str, values: Sequence[str]) -> list[str | tuple[str, str]]:
    """Return a row whose values that differ from the first one are marked."""
    cells: list[str | tuple[str, str]] = [(name, "bold")]
    for value in values:
        if value == values[0]:
            cells.append(f"  {value}")
        else:
            cells.append((f"{terminal.sign(DIFFERS)} {value}", "yellow"))
    return cells


def _styled(heads: Sequence[str]) -> list[str | tuple[str, str]]:
    return [(f"  {head}" if head else "", "bold") for head in heads]
