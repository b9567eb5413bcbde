from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.plain_text import cut, plain

regex = pytest.importorskip("regex")
CLUSTERS = [
    "e\u0301", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "क्षि", "각", "\u1100\u1161\u11a8", "❤️", "1️⃣",
    "a", " ", "ß", "漢",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a b c"),
        ("  a  ", "a"),
        ("a\u202eb\u2066c\u200ed", "abcd"),
        ("a\x00\x07b\x9f", "ab"),
        ("a\ud800b", "ab"),
        ("e\u0301", "é"),
        ("\u2028a\u2029", "a"),
        ("\ufeff\u200b", ""),
    ],
)
def test_what_a_reader_cannot_see_is_gone(text: str, shown: str) -> None:
    """C6, D11: control, bidi and format characters never reach a screen."""
    assert plain(text) == shown


def test_lines_stay_where_they_are_wanted() -> None:
    """A detail has lines, a summary has one."""
    assert plain("\na\r\nb\u202e\n", lines=True) == "a \nb"


@given(st.text(), st.integers(2, 200))
def test_a_cut_text_fits_and_begins_like_the_whole(text: str, limit: int) -> None:
    """C-02: at most so many code points, and nothing invented."""
    shown = cut(plain(text), limit)

    assert len(shown) <= limit
    assert plain(text).startswith(shown.removesuffix("…"))


@given(st.lists(st.sampled_from(CLUSTERS), max_size=60), st.integers(2, 60))
def test_a_cut_never_goes_through_what_looks_like_one_character(
    clusters: list[str], limit: int
) -> None:
    """D11: cut on graphemes; an oracle of Unicode's segmentation agrees."""
    text = plain("".join(clusters))
    shown = cut(text, limit).removesuffix("…")
    ends = {0}
    for cluster in regex.findall(r"\X", text):
        ends.add(max(ends) + len(cluster))

    assert len(shown) in ends or text[len(shown)] == " "


@given(st.text())
def test_plain_text_is_plain(text: str) -> None:
    """Nothing but visible characters, joiners and single blanks; doing it twice changes nothing."""
    shown = plain(text)

    assert plain(shown) == shown
    assert {unicodedata.category(c) for c in shown} & {"Cc", "Cs", "Zl", "Zp"} == set()
    assert shown.encode().decode() == shown
