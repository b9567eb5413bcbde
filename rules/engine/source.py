"""The text of one expression, looked over before the grammar sees it.

The grammar allows signs that the language does not have and gives poor reasons where it stops.
This pass goes over the text once, refuses what is no part of the language with a reason and a
column, bounds length and nesting, and joins what a line break tore apart before `|` and `.`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NoReturn

from rules.engine.errors import ExpressionError
from rules.engine.syntax import OPERATORS

MAX_CHARACTERS = 4000
# Open brackets, `?` and `!` at one point of the text; the parser's own recursion is bounded by it.
MAX_NESTING = 25
MAX_DIGITS = 30

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<text>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<refused>//|\*\*|===|!==|[%^{}@\#;`~\\])
  | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/<>!?:()\[\],.|])
    """,
    re.VERBOSE,
)
_CLOSING = {"(": ")", "[": "]"}
_LISTED = " ".join(OPERATORS)
# What a dot after it continues: a name, a text or something bracketed.
_ENDS_VALUE = (")", "]")


class Source:
    """The joined text (`joined`) of an expression and the way back to its columns (`place`)."""

    def __init__(self, text: str) -> None:
        """Look over *text*; raises ExpressionError where it cannot be an expression."""
        self.text = text
        self._pieces: list[str] = []
        self._starts: list[int] = []  # in the joined text
        self._shifts: list[int] = []  # from there to the column in the text
        self._length = 0
        if len(text) > MAX_CHARACTERS:
            self.refuse(
                f"the expression has {len(text)} characters, at most {MAX_CHARACTERS} are read; "
                "give a part of it a name in a definition",
                MAX_CHARACTERS,
            )
        self._read()
        self.joined = "".join(self._pieces)
        if not self.joined.strip():
            self.refuse("the expression is empty", None)

    def refuse(self, reason: str, column: int | None) -> NoReturn:
        """Raise an ExpressionError at a column of the text."""
        raise ExpressionError(self.text, column, reason)

    def place(self, position: int) -> int:
        """Return the column in the text of a position in the joined text."""
        index = bisect_right(self._starts, position) - 1
        return position + (self._shifts[index] if index >= 0 else 0)

    def _keep(self, token: str, column: int) -> None:
        shift = column - self._length
        if not self._shifts or self._shifts[-1] != shift:
            self._starts.append(self._length)
            self._shifts.append(shift)
        self._pieces.append(token)
        self._length += len(token)

    def _read(self) -> None:
        nesting = _Nesting(self)
        column, before, space = 0, "", ""
        while column < len(self.text):
            match = _TOKEN.match(self.text, column)
            if match is None:
                self._refuse_character(column)
            kind, token = match.lastgroup, match.group()
            if kind == "space":
                space = token
            else:
                self._check(kind, token, before, column)
                nesting.see(token, column)
                if space and not _joins(before, token):
                    self._keep(space, column - len(space))
                self._keep(token, column)
                before, space = token, ""
            column = match.end()
        nesting.end()

    def _check(self, kind: str | None, token: str, before: str, column: int) -> None:
        if kind == "refused":
            self.refuse(
                f"`{token}` is no part of the language; its operators are {_LISTED}", column
            )
        if kind == "name" and (token.startswith(("_", "$")) or "__" in token or "$" in token):
            self.refuse(f"`{token}` cannot be a name: names are letters, digits and `_`", column)
        if kind == "number" and len(token) > MAX_DIGITS:
            self.refuse(f"a number has at most {MAX_DIGITS} digits", column)
        if (before, token) == ("(", ")"):
            self.refuse("empty parentheses; a word without arguments is written without", column)

    def _refuse_character(self, column: int) -> NoReturn:
        character = self.text[column]
        if character in "\"'":
            self.refuse("this text is not closed by its quotation mark on the same line", column)
        if character in "=&":
            self.refuse(f"`{character}` alone is no operator; write `{character * 2}`", column)
        if character.isspace() or not character.isprintable():
            self.refuse(f"U+{ord(character):04X} is not a plain space, tab or line break", column)
        self.refuse(f"`{character}` may only stand inside quotation marks", column)


class _Nesting:
    """How deep the text is nested at each point."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._open: list[tuple[str, int]] = []
        self._choices = [0]  # `?` seen at each open level
        self._unanswered: list[list[int]] = [[]]  # columns of `?` still without `:`
        self._nots = 0
        self._before = ""

    def see(self, sign: str, column: int) -> None:
        """Take one sign into account; refuse what is nested too deeply or does not match."""
        self._nots = self._nots + 1 if sign == "!" else 0
        if sign == "?":
            self._choices[-1] += 1
            self._unanswered[-1].append(column)
        elif sign == ":":
            if not self._unanswered[-1]:
                self._source.refuse("`:` without its `?`", column)
            self._unanswered[-1].pop()
        elif sign in _CLOSING:
            self._refuse_call(sign, column)
            self._open.append((sign, column))
            self._choices.append(0)
            self._unanswered.append([])
        elif sign in _CLOSING.values():
            if not self._open or _CLOSING[self._open[-1][0]] != sign:
                self._source.refuse(f"`{sign}` closes nothing", column)
            self._open.pop()
            self._choices.pop()
            self._close()
        if len(self._open) + sum(self._choices) + self._nots > MAX_NESTING:
            self._source.refuse(
                f"nested more than {MAX_NESTING} deep; give a part of it a name in a definition",
                column,
            )
        self._before = f"{self._before[-1:]}{sign}" if self._before.endswith("|") else sign

    def _refuse_call(self, sign: str, column: int) -> None:
        name = self._before
        if sign == "(" and name[:1].isalpha() and name != "in":
            self._source.refuse(
                f"`{name}` is not called; a word follows its subject, `subject|{name}(...)`",
                column - len(name),
            )

    def end(self) -> None:
        """Refuse brackets and `?` that are still open at the end of the text."""
        if self._open:
            sign, column = self._open[-1]
            self._source.refuse(f"`{sign}` is not closed", column)
        self._close()

    def _close(self) -> None:
        for column in self._unanswered.pop():
            self._source.refuse("`?` without its `:`; write `a ? b : c`", column)


def _joins(before: str, sign: str) -> bool:
    if "|" in (before, sign) or before == ".":
        return True
    return (
        sign == "."
        and before != "in"
        and (before in _ENDS_VALUE or before[-1:].isalnum() or before[-1:] in "_\"'")
    )
