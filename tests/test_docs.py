"""The documentation is complete: every setting, option, word and link is there and true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from hooks.__main__ import app
from hooks.commands.words import page, vocabulary
from hooks.settings import PREFIX, Settings

if TYPE_CHECKING:
    from rules import Rulebook

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
COMMANDS = typer.main.get_group(app).commands
PAGES = sorted(
    path.relative_to(ROOT)
    for folder in (ROOT, DOCS, ROOT / "rules", ROOT / "hooks", ROOT / "fhir_fixtures")
    for path in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
)


def settings_rows() -> dict[str, str]:
    """Return the documented default of each setting."""
    text = (DOCS / "settings.md").read_text()
    return dict(re.findall(r"(?m)^\| `(\w+)` \| (.+?) \| .+ \|$", text))


def shown(value: object) -> str:
    """Write a default as the page does."""
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return f"`{', '.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_is_documented() -> None:
    """docs/settings.md lists each setting with its default, and no other."""
    expected = {name: shown(field.default) for name, field in Settings.model_fields.items()}

    assert settings_rows() == expected


def test_prefix_of_the_environment_is_documented() -> None:
    """The page says how an environment variable is called."""
    assert f"`{PREFIX}<NAME>`" in (DOCS / "settings.md").read_text()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_is_documented(command: str) -> None:
    """docs/commands.md has a section per command that names each of its options."""
    text = (DOCS / "commands.md").read_text()
    section = re.search(rf"(?ms)^## {command}$(.*?)(?=^## |\Z)", text)
    options = [
        option
        for parameter in COMMANDS[command].params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    ]

    assert section, f"no section for `{command}`"
    assert [one for one in options if f"{one}" not in section[1]] == []


def test_every_documented_option_exists() -> None:
    """docs/commands.md promises no option that is not there."""
    known = {
        option
        for command in COMMANDS.values()
        for parameter in command.params
        for option in parameter.opts
    }
    promised = set(re.findall(r"`(--[a-z-]+)", (DOCS / "commands.md").read_text()))

    assert promised - known == set()


def test_words_page_is_current(rulebook: Rulebook) -> None:
    """docs/words.md is what `intrathecal words --markdown` writes."""
    assert (DOCS / "words.md").read_text() == page(vocabulary(rulebook))


def test_every_word_says_what_it_means(rulebook: Rulebook) -> None:
    """Each name and word has a meaning and, where CQL has one, its counterpart."""
    entries = vocabulary(rulebook)

    assert len(entries) > 10
    assert [one["name"] for one in entries if not one["meaning"]] == []


@pytest.mark.parametrize("page_path", PAGES, ids=str)
def test_links_lead_somewhere(page_path: Path) -> None:
    """A link to a file of this repository leads to one."""
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", (ROOT / page_path).read_text())
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    broken = [one for one in targets if not (ROOT / page_path).parent.joinpath(one).exists()]

    assert broken == []


def test_decisions_are_numbered() -> None:
    """Decisions are numbered without a gap, and each has its three parts."""
    decisions = sorted((DOCS / "decisions").glob("[0-9]*.md"))

    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text()
        assert re.match(rf"# {int(path.name[:4])}\. ", text), path.name
        assert all(f"\n## {part}\n" in text for part in ("Context", "Options", "Outcome")), (
            path.name
        )


def test_readme_commands_name_files_that_exist() -> None:
    """What the README tells a newcomer to type can be typed."""
    named = re.findall(r"fhir_fixtures/[\w./-]+\.json", (ROOT / "README.md").read_text())

    assert named
    assert [one for one in named if not (ROOT / one).is_file()] == []


def test_readme_explains_every_verdict() -> None:
    """A newcomer learns what each verdict means, and what it does not."""
    text = (ROOT / "README.md").read_text()
    verdicts = ("MEETS", "DOES_NOT_MEET", "CONTRAINDICATED", "INSUFFICIENT_DATA", "NOT_APPLICABLE")

    assert [one for one in verdicts if f"`{one}`" not in text] == []
    assert "Not a medical device and not clinical advice" in text
