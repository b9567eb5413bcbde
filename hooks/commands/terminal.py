"""What a person sees: colour and frames on a terminal, plain lines anywhere else.

Colour is never the only signal: every state also has its sign and its word. Where the output is
not a terminal there are no frames, no colour and no wrapping; where it cannot carry the signs,
they become ASCII.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hooks.plain_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

ASCII = {
    "✓": "+",
    "✗": "x",
    "?": "?",
    "–": "-",
    "‼": "!!",
    "!": "!",
    "i": "i",
    "→": "->",
    "·": "|",
    "≠": "!=",
}
WIDEST = 110
_EMPHASIS = re.compile(r"(?<!\\)\*\*")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


class Stop(Exception):  # noqa: N818 - an orderly end of a command
    """The command cannot go on; the message says what to change."""

    def __init__(self, text: str, status: int = 2) -> None:
        """Keep the *text* and the exit *status*."""
        super().__init__(text)
        self.status = status


class Terminal:
    """Standard output for people."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to *stream*, or to standard output."""
        target = stream or sys.stdout
        self._console = Console(file=target, highlight=False, markup=False, emoji=False)
        if self._console.is_terminal and self._console.width > WIDEST:
            self._console.width = WIDEST
        self.rich = self._console.is_terminal
        self._signs = _carries_signs(target)

    def sign(self, sign: str) -> str:
        """Return *sign* as this output can show it."""
        return sign if self._signs else ASCII.get(sign, sign)

    def line(self, *parts: str | tuple[str, str], indent: int = 0) -> None:
        """Write one line of texts, each plain or with its style."""
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(self._written(words), style or None)
        if self.rich:
            self._console.print(Padding(text, (0, 0, 0, indent)))
        else:
            self._console.print(" " * indent + text.plain, soft_wrap=True)

    def gap(self) -> None:
        """Write an empty line."""
        self._console.print()

    def title(self, words: str) -> None:
        """Write the title of a section."""
        self.gap()
        self.line((words, "bold"))

    def rows(self, rows: Sequence[Sequence[str | tuple[str, str]]], indent: int = 2) -> None:
        """Write *rows* in columns; the last column wraps on a terminal."""
        if not rows:
            return
        if self.rich:
            table = Table.grid(padding=(0, 2))
            for row in rows:
                table.add_row(*(self._cell(cell) for cell in row))
            self._console.print(Padding(table, (0, 0, 0, indent)))
            return
        texts = [[self._cell(cell).plain for cell in row] for row in rows]
        widths = [
            max(len(row[at]) for row in texts if at < len(row))
            for at in range(max(map(len, texts)))
        ]
        for row in texts:
            cells = [cell.ljust(widths[at]) for at, cell in enumerate(row)]
            self._console.print(" " * indent + "  ".join(cells).rstrip(), soft_wrap=True)

    def card(self, title: str, style: str, summary: str, body: str, notes: Iterable[str]) -> None:
        """Write one card: a frame with formatted text, or the same as plain lines."""
        notes = [self._written(note) for note in notes]
        if not self.rich:
            self.gap()
            self.line(f"== {title}")
            self.line(summary)
            for part in unmarked(plain(body, lines=True)).splitlines():
                self.line(part, indent=2)
            for note in notes:
                self.line(note, indent=2)
            return
        inside = Table.grid()
        inside.add_row(Text(self._written(summary), "bold"))
        if body:
            inside.add_row(
                Padding(Markdown(plain(body, lines=True), hyperlinks=False), (1, 0, 0, 0))
            )
        if notes:
            inside.add_row(Padding(Text("\n".join(notes), "dim"), (1, 0, 0, 0)))
        heading = Text(f" {self._written(title)} ", style)
        self._console.print(Panel(inside, title=heading, title_align="left", border_style=style))

    def raw(self, text: str) -> None:
        """Write *text* as it is: JSON, markdown."""
        self._console.file.write(text if text.endswith("\n") else text + "\n")

    def _cell(self, cell: str | tuple[str, str]) -> Text:
        words, style = (cell, "") if isinstance(cell, str) else cell
        return Text(self._written(words), style)

    def _written(self, words: str) -> str:
        """Return *words* on one line, with nothing in them that a terminal would obey."""
        kept = plain(words.replace("\n", " "), lines=True)
        return kept if self._signs else "".join(ASCII.get(one, one) for one in kept)


def unmarked(markdown: str) -> str:
    """Return *markdown* as it reads without formatting: no emphasis, no escapes."""
    return _ESCAPE.sub(r"\1", _EMPHASIS.sub("", markdown))


def note(*words: str) -> None:
    """Say something beside the result, on standard error."""
    print(*(plain(word) for word in words), file=sys.stderr)  # noqa: T201 - a word to the person at the terminal


def stop(text: str, status: int = 2) -> NoReturn:
    """End the command with *text*."""
    raise Stop(text, status)


def _carries_signs(stream: TextIO) -> bool:
    try:
        "✓✗–‼→·≠".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
