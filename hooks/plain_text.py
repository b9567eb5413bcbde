"""Text that is shown as it is: summaries, labels, descriptions."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
_UNUSUAL = re.compile(r"[^\n -~]")
_BLANKS = "\t\r\x0b\x0c\x85\u2028\u2029"
_JOINERS = "\u200c\u200d"  # part of words in some scripts and of many emoji
_REGIONAL = range(0x1F1E6, 0x1F200)
_EMOJI_MODIFIERS = range(0x1F3FB, 0x1F400)
_VIRAMA = 9  # canonical combining class: the next consonant belongs to the same cluster


def plain(text: str, *, lines: bool = False) -> str:
    """Return *text* without control, format and bidi characters, in one line or as *lines*."""
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    # What is printable holds nothing to take out, and no blank but the space.
    if lines:
        if not text.replace("\n", "").isprintable():
            text = _UNUSUAL.sub(_shown, text)
        return text.strip("\n")
    if not text.isprintable():
        text = _UNUSUAL.sub(_shown, text)
    elif "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return " ".join(text.split())


def _shown(match: re.Match[str]) -> str:
    """Return what stands for a character that is neither plain ASCII nor the end of a line."""
    character = match[0]
    if character in _JOINERS:
        return character
    if character in _BLANKS:
        return " "
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character


def cut(text: str, limit: int) -> str:
    """Return *text*, or its longest beginning with an ellipsis that fits *limit* code points.

    It is cut between words where one ends in the last quarter, and never inside what a reader
    sees as one character.
    """
    if len(text) <= limit:
        return text
    end = limit - 1
    space = text.rfind(" ", limit * 3 // 4, limit)
    if space > 0:
        end = space
    while end > 0 and _joined(text, end):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def _joined(text: str, at: int) -> bool:
    """Say whether the characters around a position belong together."""
    before, after = text[at - 1], text[at]
    if after in _JOINERS or before == "\u200d" or ord(after) in _EMOJI_MODIFIERS:
        return True
    if unicodedata.category(after).startswith("M") or unicodedata.combining(before) == _VIRAMA:
        return True
    if ord(before) in _REGIONAL and ord(after) in _REGIONAL:
        flags = 0
        while flags < at and ord(text[at - 1 - flags]) in _REGIONAL:
            flags += 1
        return flags % 2 == 1
    return _is_jamo(before) and _is_jamo(after)


def _is_jamo(character: str) -> bool:
    """Say whether a character may form a Hangul syllable with its neighbour."""
    return "\u1100" <= character <= "\u11ff" or "\ua960" <= character <= "\ud7ff"
