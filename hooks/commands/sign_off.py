"""The page of what awaits clinical sign-off, docs/safety/sign-off.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rules import Rulebook

HEAD = """\
# What awaits clinical sign-off

Written by `intrathecal rules --sign-off` from the rule and policy files; `make format` writes it
anew.

`G` is general knowledge that nobody here has seen in a source, `D` was decided in this project.
Until a clinician has signed a line, it must not be used on patients. `Article` and `S` (seen in a
source) are not listed. A rule *reads* a threshold in its own expressions, in those it shares with
others, or in a fact that is computed for it; of a computed fact every threshold counts, also where
one call needs only some of them.
"""
NO_RULE = "no rule"


def page(book: Rulebook) -> str:
    """Write the page."""
    return "\n".join([HEAD, *_rules(book), *_thresholds(book)]) + "\n"


def _rules(book: Rulebook) -> Iterator[str]:
    import rules

    found = rules.open_rules(book)
    yield f"## Rules ({len(found)} of {len(book.rules)})"
    yield ""
    rows = ((one.id, one.version, one.title, one.confidence, one.source) for one in found)
    yield from _table(("rule", "version", "title", "tag", "source"), rows)
    yield ""


def _thresholds(book: Rulebook) -> Iterator[str]:
    import rules

    found = rules.open_thresholds(book)
    for policy in dict.fromkeys(one.policy for one in found):
        own = [one for one in found if one.policy == policy]
        known = book.policies[policy]
        yield f"## Thresholds of policy `{policy}` {known.version} ({len(own)} of {len(known.own)})"
        yield ""
        if known.based_on:
            yield f"Only what it states itself; the rest is that of `{known.based_on}`."
            yield ""
        rows = (
            (
                f"`{one.name}`", one.title, one.value, "" if one.unit == "-" else one.unit,
                one.confidence, one.source, ", ".join(one.rules) or NO_RULE,
            )
            for one in own
        )  # fmt: skip
        heads = ("threshold", "meaning", "value", "unit", "tag", "source", "read by")
        yield from _table(heads, rows)
        yield ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(_cell(one) for one in row)} |"


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")
