"""An evaluation as a checklist that one reads at a glance."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hooks.commands.terminal import Terminal

# verdict -> words, style, what it says and no more
VERDICTS = {
    "MEETS": (
        "MEETS THE CRITERIA",
        "bold green",
        "every criterion is met in the data received, and no contraindication is recorded",
    ),
    "DOES_NOT_MEET": ("DOES NOT MEET THE CRITERIA", "bold red", "a criterion is not met"),
    "CONTRAINDICATED": ("CONTRAINDICATED", "bold red", "a contraindication is present"),
    "INSUFFICIENT_DATA": (
        "INSUFFICIENT DATA",
        "bold yellow",
        "nothing known speaks against it, but not everything is known",
    ),
    "NOT_APPLICABLE": (
        "NOT APPLICABLE",
        "bold",
        "candidacy does not apply to this call; it says nothing about safety",
    ),
}
# value -> sign, word, style
CRITERION = {
    "true": ("✓", "met", "green"),
    "false": ("✗", "not met", "red"),
    "unknown": ("?", "unknown", "yellow"),
}
CONTRAINDICATION = {
    "true": ("✗", "present", "red"),
    "false": ("✓", "not present", "green"),
    "unknown": ("?", "unknown", "yellow"),
}
# An absence of records is no proof of absence.
NONE_RECORDED = ("–", "none recorded", "")
RESULTS = (
    ("fired", "fired"),
    ("clear", "clear"),
    ("not-checked", "not checked"),
    ("not-applicable", "not applicable"),
)
MOST_FAULTS = 20


def show_evaluation(terminal: Terminal, evaluation: Mapping[str, Any]) -> None:
    """Write verdict, criteria, what was not checked and which data were not had."""
    words, style, meaning = VERDICTS[evaluation["verdict"]]
    terminal.line((words, style), f" – {meaning}")
    policy, knowledge = evaluation["policy"], evaluation["knowledge"]
    terminal.line(
        f"phase {evaluation['phase']} · policy {policy['id']} {policy['version']}"
        f" · rules {knowledge['version']} · at {evaluation['evaluatedAt']}"
    )
    criteria = evaluation["criteria"]
    terminal.title("Criteria")
    _show_criteria(terminal, [one for one in criteria if one["id"].startswith("C")])
    terminal.title("Contraindications")
    _show_criteria(terminal, [one for one in criteria if one["id"].startswith("X")])
    _show_rules(terminal, evaluation["rules"])
    _show_data(terminal, evaluation)


def state(criterion: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return sign, word and style of one criterion or contraindication."""
    if criterion["id"].startswith("C"):
        return CRITERION[criterion["value"]]
    if criterion.get("strength") == "absent-in-record" and criterion["value"] == "false":
        return NONE_RECORDED
    return CONTRAINDICATION[criterion["value"]]


def _show_criteria(terminal: Terminal, criteria: Iterable[Mapping[str, Any]]) -> None:
    for one in criteria:
        sign, word, style = state(one)
        strength = one.get("strength", "")
        shown = "" if strength in {"", "absent-in-record"} else f" ({strength})"
        terminal.line(
            (f"{terminal.sign(sign)} {word:<13} ", style),
            (f"{one['id']}  ", "bold"),
            f"{one['title']}{shown}",
            indent=2,
        )
        if evidence := one.get("evidence"):
            terminal.line(("from " + ", ".join(evidence), "dim"), indent=22)
        for text in one.get("settledBy") or ():
            terminal.line(f"→ {text}", indent=22)


def _show_rules(terminal: Terminal, rules: Iterable[Mapping[str, Any]]) -> None:
    rules = list(rules)
    counts = Counter(one["result"] for one in rules)
    terminal.title("Rules")
    said = [f"{counts[result]} {words}" for result, words in RESULTS if counts[result]]
    terminal.line(" · ".join(said), indent=2)
    for one in rules:
        if one["result"] == "not-checked":
            why = one.get("reason") or "no reason given"
            terminal.line(("? not checked ", "yellow"), (f"{one['id']} ", "bold"), why, indent=2)
        elif one.get("card") in {"merged", "suppressed"}:
            terminal.line(f"  {one['card']:<12}", (f"{one['id']} ", "bold"), indent=2)


def _show_data(terminal: Terminal, evaluation: Mapping[str, Any]) -> None:
    lacking = [one for one in evaluation["data"] if one["state"] in {"missing", "incomplete"}]
    faults = evaluation.get("faults") or []
    terminal.title("Data")
    if not lacking:
        terminal.line("every prefetch key was had", indent=2)
    for one in lacking:
        why = f": {one['reason']}" if one.get("reason") else ""
        terminal.line((f"? {one['state']} ", "yellow"), f"{one['key']}{why}", indent=2)
    for fault in faults[:MOST_FAULTS]:
        terminal.line(f"! {fault['kind']}: {fault['record']} – {fault['text']}", indent=2)
    if len(faults) > MOST_FAULTS:
        terminal.line(f"! and {len(faults) - MOST_FAULTS} more; --json lists them all", indent=2)
