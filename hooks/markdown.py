"""GitHub Flavored Markdown that carries patient data and still does only what we wrote.

`escape` turns data into text for a place in Markdown. `guard` is the last check on a whole detail:
whatever got into it, no HTML element, image or reference definition remains, and no link except
to the addresses that the rule itself names.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from hooks.plain_text import plain

if TYPE_CHECKING:
    from collections.abc import Collection

_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~&:@$=^\"']")
_WORD_JOINER = "\u2060"
_RISKS = r"""
      (?P<html><(?=[A-Za-z/!?]))                             # a tag, comment or <autolink>
    | (?P<image>!(?=\[))
    | (?P<bracket>\](?=[:(]))                                # a reference definition, a link
    | (?:https?|ftp|mailto|xmpp)(?=:)                        # GFM links these without any mark
    | www(?=\.)
    | @(?=[\w.\-])
"""
# Without one of these in it, a text holds none of the risks; most details are such texts. They are
# looked for in UTF-8, where ASCII letters become small without a look at any other.
_TAG = re.compile(rb"<[a-z/!?\x80-\xff]")
_SIGNS = (b"![", b"](", b"]:", b"@", b"http", b"ftp:", b"mailto:", b"xmpp:", b"www.")
_SAFE = {"html": "&lt;", "image": "&#33;", "bracket": "&#93;"}


def escape(data: str) -> str:
    """Return *data* so that Markdown shows exactly its visible characters, in one line."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", plain(data))


def guard(detail: str, addresses: Collection[str] = ()) -> str:
    """Return *detail* without HTML, images and definitions, and with links to *addresses* only."""
    text = plain(detail, lines=True)
    lowered = text.encode().lower()
    if _TAG.search(lowered) is None and not any(map(lowered.__contains__, _SIGNS)):
        return text

    def safe(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "ours" or (kind and _escaped(text, match.start())):
            return match[0]
        # What GFM would make a link of without any mark is broken up invisibly.
        return _SAFE[kind] if kind else match[0] + _WORD_JOINER

    return _risks(tuple(sorted(filter(None, addresses)))).sub(safe, text)


@lru_cache(maxsize=1000)
def _risks(addresses: tuple[str, ...]) -> re.Pattern[str]:
    """Return what to look for; the links to *addresses* come first and are ours."""
    ours = "|".join(
        rf"\]\({re.escape(one)}\)|{re.escape(one)}(?=[.,;]?(?:[\s)]|$))" for one in addresses
    )
    return re.compile(f"(?P<ours>{ours})|{_RISKS}" if ours else _RISKS, re.VERBOSE | re.IGNORECASE)


def _escaped(text: str, at: int) -> bool:
    """Say whether an odd number of backslashes stands before a position."""
    start = at
    while start > 0 and text[start - 1] == "\\":
        start -= 1
    return (at - start) % 2 == 1
