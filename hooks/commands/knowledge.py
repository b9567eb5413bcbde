"""The knowledge that a command works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hooks.commands.terminal import stop

if TYPE_CHECKING:
    from hooks.settings import Settings
    from rules import Rulebook


def load_knowledge(settings: Settings) -> Rulebook:
    """Return the rulebook that *settings* ask for; stop where it has no such policy."""
    from hooks.app import load_rulebook

    book = load_rulebook(settings)
    try:
        book.policy(settings.policy)
    except KeyError as error:
        stop(str(error.args[0]))
    return book


def near(text: str) -> str:
    """Return a message about a file with its path as seen from the working folder."""
    return text.removeprefix(f"{Path.cwd()}/")
