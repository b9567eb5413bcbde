from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hooks.markdown import escape, guard
from hooks.plain_text import plain

if TYPE_CHECKING:
    from markdown_it.token import Token

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
SOURCE = "https://guideline.example.org/a?b=c"
PIECES = [
    "<script>alert(1)</script>", "<b>", "</b>", "<!-- x -->", "<?x?>", "<https://evil.test>",
    "<a@evil.test>", "[x](javascript:alert(1))", "[x](https://evil.test)", "![x](https://evil.test)",
    "[x]: https://evil.test", "[x]", "[x][y]", "](", ")", "\\", "`", "``", "```", "~~~", "|", "---",
    "# ", "> ", "* ", "1. ", "\n", "\n\n", "    ", "&lt;b&gt;", "&#60;b&#62;", "{{x}}", "*",
    "_", "~~",
    "https://evil.test", "www.evil.test", "a@evil.test", "\u202e", "\x00", SOURCE, f"[s]({SOURCE})",
    "<", ">", "!", "[", "]", "(", ":", "a", " ", "(<https://evil.test>)", '("x")', "\\<b>", "\\[",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


def tokens(text: str) -> list[Token]:
    """Return every token of rendered Markdown."""
    found: list[Token] = []
    for token in READER.parse(text):
        found.append(token)
        found += token.children or []
    return found


def visible(text: str) -> str:
    """Return what a reader sees."""
    return "".join(t.content for t in tokens(text) if t.type in {"text", "text_special"})


@given(HOSTILE)
@example("\\\\<b>")
@example("<b\n>")
@example("[a]:\n/x\n\n[a]")
@example("`\\`<b>`")
def test_no_element_and_no_foreign_link_survives(detail: str) -> None:
    """D11, C-03: no HTML, no image, and no link but to the source, whatever got into a detail."""
    found = tokens(guard(detail, (SOURCE,)))

    assert [t.content for t in found if t.type in {"html_block", "html_inline", "image"}] == []
    links = {t.attrs["href"] for t in found if t.type == "link_open"}
    assert links <= {SOURCE}


@given(HOSTILE)
def test_bare_addresses_are_no_links_either(detail: str) -> None:
    """D11: GitHub makes links of bare addresses; those of data are broken up invisibly."""
    shown = guard(detail, ()).lower()

    for start in ("http://", "https://", "ftp://", "www.evil", "mailto:", "a@evil"):
        assert start not in shown


@given(HOSTILE)
def test_escaped_data_is_shown_as_it_is(data: str) -> None:
    """D11: a name is text: what the reader sees is exactly its visible characters."""
    found = tokens(f"Drug {escape(data)} ordered")

    assert {t.type for t in found} <= {
        "paragraph_open", "paragraph_close", "inline", "text", "text_special", "softbreak",
    }  # fmt: skip
    assert " ".join(visible(f"Drug {escape(data)} ordered").split()) == " ".join(
        f"Drug {plain(data)} ordered".split()
    )


@given(HOSTILE)
def test_guarding_escaped_data_changes_nothing_visible(data: str) -> None:
    """The two protections do not show each other's marks."""
    shown = visible(guard(f"Drug {escape(data)} ordered"))

    assert " ".join(shown.replace("\u2060", "").split()) == " ".join(
        f"Drug {plain(data)} ordered".split()
    )


@pytest.mark.parametrize(
    "detail",
    [
        "**C1** met\n\n- NRS 8, 2026-11-01\n- below 4 is < 4 and > 3",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        f"[Guideline]({SOURCE})",
        f"See {SOURCE}.",
        "1. one\n2. two",
        "`policy.trial.relief_min` 50 %",
        "escaped \\<b\\> and \\[x\\](y)",
    ],
)
def test_what_an_author_writes_stays(detail: str) -> None:
    """Tables, lists, emphasis and the link to the source pass untouched."""
    assert guard(detail, (SOURCE,)) == detail
