"""What a site may switch off or silence, and that it is always said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from hooks.cards import cards
from rules import KnowledgeError, Switch, load_rulebook
from rules.chart.mistakes import Mistakes
from rules.engine.switches import read_switches
from tests.rules.engine.scenes import basic, book, coded, condition, fixture

if TYPE_CHECKING:
    from pathlib import Path

    from rules import Rulebook

REASON = "asked of the pain clinic by its own form"
GOOD = f"""\
off:
  - rule: ELG-08
    reason: {REASON}
    date: 2026-11-22
silent:
  - {{rule: CTR-01, reason: on trial until May, date: 2026-11-01}}
"""


def switched(mode: str, *rules: str) -> Rulebook:
    """Return the shipped rulebook with these rules off or silent."""
    return replace(book(), switches={one: Switch(one, mode, REASON, "2026-11-22") for one in rules})


def read(folder: Path, text: str) -> tuple[dict[str, Switch], list[str]]:
    """Read a file of switches; return also the mistakes as `line: text`."""
    (folder / "switches.yaml").write_text(text)
    mistakes = Mistakes()
    found = read_switches([folder], book().rules, mistakes)
    return found, [f"{one.line}: {one.text}" for one in mistakes]


# --- the file


def test_switches_are_read_with_reason_and_date(tmp_path: Path) -> None:
    """Each switch says which rule, how, why and since when."""
    assert read(tmp_path, GOOD) == (
        {
            "CTR-01": Switch("CTR-01", "silent", "on trial until May", "2026-11-01"),
            "ELG-08": Switch("ELG-08", "off", REASON, "2026-11-22"),
        },
        [],
    )


ENTRY = "off:\n  - {rule: ELG-08, reason: why, date: 2026-11-22}\n"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (ENTRY.replace("ELG-08", "ELG-99"), "2: unknown rule `ELG-99`; did you mean `ELG-0"),
        (ENTRY.replace(", reason: why", ""), "2: key `reason` is missing"),
        (ENTRY.replace("why", "' '"), "2: `reason` must say why"),
        (ENTRY.replace(", date: 2026-11-22", ""), "2: key `date` is missing"),
        (ENTRY.replace("2026-11-22", "2026-02-30"), "2: `date` must look like 2026-11-22"),
        (ENTRY.replace("2026-11-22", "yesterday"), "2: `date` must look like 2026-11-22"),
        (ENTRY.replace("reason", "raeson"), "2: unknown key `raeson`; choose from"),
        (ENTRY.replace("off", "of"), "1: unknown key `of`; choose from `off`, `silent`"),
        (ENTRY + ENTRY.replace("off", "silent"), "4: rule `ELG-08` is switched twice"),
        (ENTRY.replace("ELG-08", "DAT-01"), "2: `DAT-01` says what could not be checked"),
        ("off: [ELG-08]\n", "1: each entry must be a mapping of keys to values"),
        ("off: ELG-08\n", "1: `off` must be a list"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, mistake: str) -> None:
    """Unknown rule, missing reason, no date, a slip in a key: nothing is switched by accident."""
    found, mistakes = read(tmp_path, text)

    assert any(one.startswith(mistake) for one in mistakes), mistakes
    assert len(found) <= 1


def test_the_loader_reads_the_switches_of_the_site(tmp_path: Path) -> None:
    """They come with the site's knowledge, change its hash, and are refused with it."""
    (tmp_path / "switches.yaml").write_text(GOOD)
    site = load_rulebook(knowledge_dir=tmp_path)

    assert set(site.switches) == {"CTR-01", "ELG-08"}
    assert book().switches == {}
    assert site.knowledge.hash != book().knowledge.hash
    (tmp_path / "switches.yaml").write_text(ENTRY.replace("ELG-08", "XXX-01"))
    with pytest.raises(KnowledgeError, match=r"switches\.yaml:2: unknown rule `XXX-01`"):
        load_rulebook(knowledge_dir=tmp_path)


# --- what it does


INFECTED = fixture("ctr-01-fires-when-pneumonia-is-active")


def test_a_rule_that_is_off_is_not_evaluated_and_says_so() -> None:
    """Not applicable, with the reason, on every hook; no card; every other rule as before."""
    before, after = INFECTED.ask(), INFECTED.ask(switched("off", "CTR-01"))

    assert before.result("CTR-01") == "fired"
    assert after.result("CTR-01") == "not-applicable"
    assert after.rule("CTR-01").reason == f"switched off: {REASON}"
    assert [one.rule for one in after.outcome.advice] == [
        one.rule for one in before.outcome.advice if one.rule != "CTR-01"
    ]
    assert after.outcome.verdict == before.outcome.verdict
    elsewhere = INFECTED.on("patient-view").ask(switched("off", "CTR-01"))
    assert elsewhere.rule("CTR-01").reason == f"switched off: {REASON}"


def test_a_silent_rule_is_evaluated_recorded_and_not_shown() -> None:
    """It fires as before; its card is suppressed, and the reason says why."""
    outcome = INFECTED.ask(switched("silent", "CTR-01")).outcome
    shown, fates = cards(outcome, UUID(int=0), limit=10)
    settled = next(one for one in outcome.settle(fates) if one.id == "CTR-01")

    assert (settled.result, settled.card) == ("fired", "suppressed")
    assert settled.reason == f"silent: {REASON}"
    assert "CTR-01" not in [card.source.topic.code for card in shown if card.source.topic]


def test_a_silent_rule_takes_no_other_card_with_it() -> None:
    """A card that would merge into a silent one is shown itself."""
    scene = INFECTED
    merging = [
        (rule.id, case.merge) for rule in book().rules.values() for case in rule.cases if case.merge
    ]
    assert merging
    for _, target in merging:
        outcome = scene.ask(switched("silent", str(target))).outcome
        _, fates = cards(outcome, UUID(int=0), limit=100)
        spoken = {one.rule: one for one in outcome.advice}
        assert all(fates[name] == "shown" for name, one in spoken.items() if one.merge == target), (
            target
        )


def test_a_silent_rule_asks_for_no_gap_card() -> None:
    """What it could not check is recorded with it, and makes no noise."""
    scene = basic().lacking("conditions")
    reading = [one.id for one in book().rules.values() if one.keys & {"conditions"}]
    loud, quiet = scene.ask(), scene.ask(switched("silent", *reading))

    assert loud.says("DAT-01")[0] == "warning"
    assert quiet.result("CTR-01") == loud.result("CTR-01") == "not-checked"
    assert quiet.rule("DAT-01").card == "suppressed"


def test_a_switch_changes_nothing_for_a_rule_that_is_clear() -> None:
    """A silent rule without an alarm is clear like any other."""
    calm = basic().add(condition("cold", coded("icd", "J00", "Common cold"), clinical="resolved"))

    assert calm.ask(switched("silent", "CTR-02")).rule("CTR-02") == calm.ask().rule("CTR-02")
