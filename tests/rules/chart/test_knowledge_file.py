from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rules.chart.knowledge_file import KnowledgeFile, read
from rules.chart.mistakes import Mistake, Mistakes, choices

TEXT = """\
title: Some title
number: 4
negative: -2
decimal: 1.50
big: 12345678901234567890
version: 1.0.0
date: 2026-11-22
switch: off
zero: 007
code: E10.4
quoted: "4"
truth: true
nothing: ~
empty:
12: a number as key
inner:
  list:
    - one
    - {deep: 2,
       deeper: 3}
"""


def load(tmp_path: Path, text: str) -> KnowledgeFile:
    """Read a text as a knowledge file without mistakes."""
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    mistakes = Mistakes()
    file = read(path, mistakes)
    assert not mistakes, str(mistakes)
    assert file is not None
    return file


def test_values_are_read_as_their_plain_meaning(tmp_path: Path) -> None:
    """Whole numbers are int, numbers with a point Decimal; dates, versions and `off` are text."""
    assert load(tmp_path, TEXT).data == {
        "title": "Some title",
        "number": 4,
        "negative": -2,
        "decimal": Decimal("1.50"),
        "big": 12345678901234567890,
        "version": "1.0.0",
        "date": "2026-11-22",
        "switch": "off",
        "zero": "007",
        "code": "E10.4",
        "quoted": "4",
        "truth": True,
        "nothing": None,
        "empty": None,
        "12": "a number as key",
        "inner": {"list": ["one", {"deep": 2, "deeper": 3}]},
    }


def test_decimals_keep_every_digit(tmp_path: Path) -> None:
    """A decimal is read as written, never through a binary float."""
    assert str(load(tmp_path, "a: 0.10\n").data["a"]) == "0.10"


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Each key and each list entry knows its line; a path that ends early gives the last known."""
    file = load(tmp_path, TEXT)
    assert file.line_of("title") == 1
    assert file.line_of("inner", "list", 0) == 18
    assert file.line_of("inner", "list", 1, "deeper") == 20
    assert file.line_of("inner", "nowhere", 3) == 16
    assert file.line_of("nowhere") == 1


def test_unreadable_file_is_a_mistake_not_an_error(tmp_path: Path) -> None:
    """A file that does not exist gives None and one mistake."""
    mistakes = Mistakes()
    assert read(tmp_path / "absent.yaml", mistakes) is None
    assert [mistake.text for mistake in mistakes] == [
        "the file cannot be read: No such file or directory"
    ]


# Characters that mean something to YAML, and a few that do not.
WORDS = st.text("ab1.:#'\"{}[],&*!|>-?%@~ \n\té€", max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, PLAIN, max_size=4))
def test_json_is_read_as_json_reads_it(data: dict[str, object]) -> None:
    """JSON is YAML: any JSON object is read as it was written."""
    mistakes = Mistakes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.yaml"
        path.write_text(json.dumps(data), encoding="utf-8")
        file = read(path, mistakes)
    assert not mistakes, str(mistakes)
    assert file is not None
    assert file.data == data


def test_keys_reports_each_unknown_and_missing_key(tmp_path: Path) -> None:
    """Every unknown and every missing key is reported, at its line, with the valid choices."""
    file = load(tmp_path, "a: 1\nb: 2\nc: 3\n")
    assert not file.keys(required=("a", "d"), optional=("b",))
    assert [(mistake.line, mistake.text) for mistake in file.mistakes] == [
        (1, "key `d` is missing"),
        (3, "unknown key `c`; choose from `a`, `b`, `d`"),
    ]


def test_mistakes_are_sorted_and_told_once() -> None:
    """Mistakes come by file and line, and the same one twice is one."""
    mistakes = Mistakes()
    mistakes.add(Path("b"), 1, "later")
    mistakes.add(Path("a"), 9, "first")
    mistakes.add(Path("b"), 1, "later")
    assert list(mistakes) == [Mistake(Path("a"), 9, "first"), Mistake(Path("b"), 1, "later")]
    assert str(mistakes) == "a:9: first\nb:1: later"


def test_many_choices_are_narrowed_to_the_nearest() -> None:
    """Of many valid names only those like the wrong one are offered."""
    names = [f"name-{letter}" for letter in "abcdefghijklmnop"] + ["trial.relief_min"]
    assert choices(names, "trial.releif_min") == "did you mean `trial.relief_min`"
    assert choices(["b", "a"]) == "choose from `a`, `b`"
