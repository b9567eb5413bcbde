"""Words with holes: how they are read, and that what fills them never becomes markup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rules.chart.knowledge_file import KnowledgeFile
from rules.chart.mistakes import Mistakes
from rules.engine.places import Expression, Places
from rules.engine.syntax import show
from rules.engine.wording import escape, read_expression, read_template

if TYPE_CHECKING:
    from markdown_it.token import Token

    from rules.engine.model import Template

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# Where a card puts what it fills in, after words of its own.
PLACES = (
    "Drug {} ordered", "- Drug {}", "- INR {} \\[Condition/1\\]", "**Source**: {}.", "say {}",
    "| a |\n|---|\n| x {} |", "# About {}",
)  # fmt: skip
PIECES = [
    "<script>alert(1)</script>", "<b>", "<!-- x -->", "<https://evil.test>", "<a@evil.test>",
    "[x](javascript:alert(1))", "![x](https://evil.test)", "[x]: https://evil.test", "[x]", "](",
    "\\", "`", "```", "~~~", "~~", "**", "*", "_", "__", "|", "|---|", "# ", "> ", "+ ", "\n",
    "\n\n", "    ", "\t", "&lt;", "&#60;", "{x}", "!", "a", " ", "1", "2026-11-20", "\u2028", "\r",
]  # fmt: skip
# Control characters are another matter: whoever sends a card takes them out.
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"))
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(CHARACTERS, max_size=3), max_size=12).map(
    "".join
)


def file_of(**data: object) -> KnowledgeFile:
    """Make a knowledge file of these keys, each on the first line."""
    return KnowledgeFile(Path("ELG/ELG-99.yaml"), data, (1, {}), Mistakes())


def template(text: str) -> tuple[Template | None, list[str]]:
    """Read words with holes; return them and what is wrong with them."""
    file = file_of(summary=text)
    found = read_template(file, Places(), "summary")
    return found, [one.text for one in file.mistakes]


def pieces(found: Template | None) -> list[str]:
    """Write a template: words as they are, holes in braces."""
    assert found is not None
    return [one if isinstance(one, str) else "{" + show(one.node) + "}" for one in found.parts]


# ------------------------------------------------------------------------------------ holes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no hole", ["no hole"]),
        ("{a}", ["{a}"]),
        ("{a} and {b|names}", ["{a}", " and ", "{b|names}"]),
        ("{a}{b}", ["{a}", "{b}"]),
        ("at least {policy.labs.inr_max} here", ["at least ", "{policy.labs.inr_max}", " here"]),
        ("{ a  ==  1 }", ["{a == 1}"]),
        ("", []),
        ("50 % of {a} \\{", None),
        ("{a", None),
        ("a}", None),
        ("{}", None),
        ("{a b}", None),
        ("{{a}}", None),
        ("{a|}", None),
    ],
)
def test_words_and_holes_are_told_apart(text: str, expected: list[str] | None) -> None:
    """What stands in braces is an expression; anything wrong with it is reported, never shown."""
    found, mistakes = template(text)
    if expected is None:
        assert found is None
        assert mistakes
    else:
        assert pieces(found) == expected
        assert not mistakes


WORDS = st.text(st.characters(exclude_characters="{}", codec="utf-8"), max_size=10)


@given(texts=st.lists(WORDS, min_size=1, max_size=5))
def test_words_are_kept_to_the_letter(texts: list[str]) -> None:
    """Between two holes every character stays, and no hole is lost."""
    found, mistakes = template("{a}".join(texts))
    assert not mistakes
    assert found is not None
    assert "".join(pieces(found)) == "{a}".join(texts)
    assert sum(isinstance(one, Expression) for one in found.parts) == len(texts) - 1


@given(text=st.text("{}a|b '.", max_size=14))
def test_a_brace_that_nobody_closed_is_a_mistake(text: str) -> None:
    """A template either is whole or says what is wrong; its last words hold no brace."""
    found, mistakes = template(text)
    assert (found is None) == bool(mistakes)
    if found is not None and found.parts and isinstance(found.parts[-1], str):
        assert not {"{", "}"} & {*found.parts[-1]}


def test_every_hole_has_a_name_of_its_own() -> None:
    """Two holes of one text, and those of other texts, are different expressions."""
    file, places = file_of(summary="{a} {b}", detail="{a}"), Places()
    read_template(file, places, "summary")
    read_template(file, places, "detail")
    nodes = places.nodes()
    assert len(nodes) == 3
    assert sorted(show(one) for one in nodes.values()) == ["a", "a", "b"]
    assert not any(name.isidentifier() for name in nodes)


# ------------------------------------------------------------------------------------ expressions


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a && b", "a && b"), (True, "true"), (False, "false"), ("true", "true"), ("  a ", "a")],
)
def test_an_expression_may_be_written_as_truth(value: object, expected: str) -> None:
    """`when: true` is YAML's true and the language's too."""
    file, places = file_of(when=value), Places()
    found = read_expression(file, places, "when")
    assert found is not None
    assert show(found.node) == expected
    assert places[found.name].needs == "truth"


@pytest.mark.parametrize("value", [None, 1, [], {}, "", "  ", "a &&", "a && && b", "1 +"])
def test_what_is_no_expression_is_reported(value: object) -> None:
    """Whatever stands there, the mistake names the key or shows the expression."""
    file = file_of(when=value)
    assert read_expression(file, Places(), "when") is None
    (mistake,) = file.mistakes
    assert "`" in mistake.text


def test_an_expression_is_called_by_its_name() -> None:
    """A definition is known by its name; a later one of that name replaces it."""
    places = Places()
    first = read_expression(file_of(a="1"), places, "a", name="pain", needs=None)
    second = read_expression(file_of(a="2"), places, "a", name="pain", needs=None)
    assert first is not None
    assert second is not None
    assert first.name == second.name == "pain"
    assert [show(one) for one in places.nodes().values()] == ["2"]


# ------------------------------------------------------------------------------------ escaping


def tokens(text: str) -> list[Token]:
    """Return every token of rendered Markdown."""
    found: list[Token] = []
    for token in READER.parse(text):
        found.append(token)
        found += token.children or []
    return found


def kinds(text: str) -> list[str]:
    """Return what Markdown makes of a text, without the text."""
    return [one.type for one in tokens(text) if one.type not in {"text", "text_special"}]


def visible(text: str) -> str:
    """Return what a reader sees."""
    return "".join(one.content for one in tokens(text) if one.type in {"text", "text_special"})


@given(data=HOSTILE, place=st.sampled_from(PLACES))
@example("[x](https://evil.test)", "Drug {} ordered")
@example("<script>", "Drug {} ordered")
@example("a\n\n# b", "Drug {} ordered")
@example("\\<b>", "Drug {} ordered")
@example("&lt;b&gt;", "Drug {} ordered")
def test_what_is_filled_into_a_sentence_stays_text(data: str, place: str) -> None:
    """Whatever a chart says, a card makes of it exactly what it makes of a plain word."""
    shown = place.format(escape(data))
    assert kinds(shown) == kinds(place.format("word"))


@given(data=HOSTILE)
def test_escaped_text_is_read_as_it_was(data: str) -> None:
    """The reader sees every character, in one line."""
    expected = " ".join(f"Drug {data} ordered".split())
    assert " ".join(visible(f"Drug {escape(data)} ordered").split()) == expected


@given(data=HOSTILE)
def test_escaped_text_is_one_line(data: str) -> None:
    """No line break of a chart begins a paragraph, a list or a table of its own."""
    assert len(escape(data).splitlines()) <= 1


@pytest.mark.parametrize(
    "text", ["Failed back surgery syndrome", "INR 1.4 (2026-11-20)", "µg/h", "é"]
)
def test_ordinary_words_stay_readable(text: str) -> None:
    """What needs no protection is not cluttered with it, beyond brackets."""
    assert escape(text).replace("\\", "") == text
    assert visible(escape(text)) == text
