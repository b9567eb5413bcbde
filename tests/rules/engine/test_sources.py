"""The knowledge as a whole: its manifest, and a hash over every byte that can change an answer."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.chart.code_systems import MODULES
from rules.chart.mistakes import Mistakes
from rules.engine.rulebook import SHIPPED
from rules.engine.sources import FOLDERS, MANIFEST, read_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules import Rulebook

WHOLE = ("core",)
MADE = {
    MANIFEST: b"version: 2.1.0\nsource: {label: A label, url: https://example.org}\n",
    "clinical/ELG/ELG-01.yaml": b"title: one\n",
    "clinical/override-reasons.yaml": b"a: b\n",
    "definitions/pain.yaml": b"x: 1\n",
    "policies/default.yaml": b"y: 2\n",
    "value_sets/cond-a.yaml": b"z: 3\n",
    "value_sets/tables/table.csv": b"code,name\n1,one\n",
}


def write(root: Path, contents: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def digest(contents: Mapping[str, bytes], modules: tuple[str, ...] = WHOLE) -> str:
    """Return the hash of knowledge files, written to a folder of their own."""
    with TemporaryDirectory() as place:
        return read_source([write(Path(place), contents)], modules, Mistakes()).hash


MADE_HASH = digest(MADE)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that holds the files; who changes one puts it back."""
    return write(tmp_path_factory.mktemp("knowledge"), MADE)


def test_the_manifest_says_version_and_source(tmp_path: Path) -> None:
    """What cards name as their source comes from the manifest."""
    mistakes = Mistakes()
    source = read_source([write(tmp_path, MADE)], WHOLE, mistakes)
    assert not mistakes
    assert (source.version, source.label, source.url) == (
        "2.1.0", "A label", "https://example.org",
    )  # fmt: skip


def test_the_manifest_of_a_site_goes_before_the_shipped_one(tmp_path: Path) -> None:
    """The last root that has a manifest says what the whole is called."""
    site = MADE[MANIFEST].replace(b"2.1.0", b"9.0.0").replace(b"A label", b"Our rules")
    first = write(tmp_path / "first", MADE)
    second = write(tmp_path / "second", {MANIFEST: site})
    bare = write(tmp_path / "bare", {"clinical/ELG/ELG-01.yaml": b"title: two\n"})
    source = read_source([first, second, bare], WHOLE, Mistakes())
    assert (source.version, source.label) == ("9.0.0", "Our rules")


@pytest.mark.parametrize(
    "manifest",
    [b"version: 1.0.0\n", b"source: {}\n", b"version: 1.0.0\nsource: {}\nwhat: 1\n", b"["],
)
def test_a_broken_manifest_is_a_mistake(tmp_path: Path, manifest: bytes) -> None:
    """A key that is missing or unknown is reported with its file; it is never a crash."""
    mistakes = Mistakes()
    source = read_source([write(tmp_path, {MANIFEST: manifest})], WHOLE, mistakes)
    assert mistakes
    assert source.hash.startswith("sha256:")


# ------------------------------------------------------------------------------------ hash


def test_the_same_files_have_the_same_hash_everywhere(tmp_path: Path) -> None:
    """Where the folder lies, and when its files were written, is no knowledge."""
    first = write(tmp_path / "here", MADE)
    second = write(tmp_path / "some" / "where else", dict(reversed(MADE.items())))
    hashes = {read_source([root], WHOLE, Mistakes()).hash for root in (first, second)}
    assert hashes == {MADE_HASH}


@settings(max_examples=60)
@given(name=st.sampled_from(sorted(MADE)), at=st.integers(0, 200), bit=st.integers(0, 7))
def test_one_bit_of_any_file_changes_the_hash(base: Path, name: str, at: int, bit: int) -> None:
    """Nothing that is read is left out of the hash."""
    content = bytearray(MADE[name])
    content[at % len(content)] ^= 1 << bit
    (base / name).write_bytes(content)
    changed = read_source([base], WHOLE, Mistakes()).hash
    (base / name).write_bytes(MADE[name])
    assert changed != MADE_HASH
    assert read_source([base], WHOLE, Mistakes()).hash == MADE_HASH


@settings(max_examples=15)
@given(name=st.sampled_from(sorted(MADE)), draw=st.data())
def test_a_file_that_is_new_gone_or_renamed_changes_the_hash(
    name: str, draw: st.DataObject
) -> None:
    """The name is a part of what a rule or a value set is."""
    rest = {one: content for one, content in MADE.items() if one != name}
    assert digest(rest) != MADE_HASH
    folder = draw.draw(st.sampled_from(FOLDERS))
    other = f"{folder}/other{Path(name).suffix}"
    assert digest({**rest, other: MADE[name]}) != MADE_HASH
    assert digest({**MADE, other: b""}) != MADE_HASH


@given(cut=st.integers(0, 20))
@settings(max_examples=10)
def test_moving_a_line_to_the_next_file_changes_the_hash(cut: int) -> None:
    """The same bytes, shared out differently, are other knowledge."""
    first, second = "definitions/pain.yaml", "policies/default.yaml"
    both = MADE[first] + MADE[second]
    cut = cut % len(both)
    shared = {**MADE, first: both[:cut], second: both[cut:]}
    assert (digest(shared) == MADE_HASH) == (cut == len(MADE[first]))


@pytest.mark.parametrize(
    "name", ["clinical/README.md", "value_sets/notes.txt", "engine/words.yaml", "other.yaml"]
)
def test_what_is_no_knowledge_changes_nothing(name: str) -> None:
    """A page for people, or a file outside of the folders of knowledge, decides nothing."""
    assert digest({**MADE, name: b"anything"}) == MADE_HASH


def test_the_code_systems_that_are_enabled_change_the_hash() -> None:
    """The same files answer differently without CPT; the order of the modules says nothing."""
    subsets = [
        (), ("core",), ("core", "optional-cpt"), ("core", "optional-snomed"), tuple(MODULES),
    ]  # fmt: skip
    assert len({digest(MADE, one) for one in subsets}) == len(subsets)
    assert digest(MADE, tuple(sorted(MODULES))) == digest(MADE, tuple(sorted(MODULES)[::-1]))


def test_the_knowledge_of_a_site_changes_the_hash(tmp_path: Path) -> None:
    """A second root counts, even if it repeats a file of the first."""
    first = write(tmp_path / "first", MADE)
    again = write(tmp_path / "second", {"definitions/pain.yaml": MADE["definitions/pain.yaml"]})
    empty = write(tmp_path / "third", {"README.md": b"nothing"})
    alone = read_source([first], WHOLE, Mistakes()).hash
    assert read_source([first, again], WHOLE, Mistakes()).hash != alone
    assert read_source([first, empty], WHOLE, Mistakes()).hash == alone


def test_every_shipped_file_counts(rulebook: Rulebook, tmp_path: Path) -> None:
    """The hash of the shipped knowledge is over these files, and each of them is in it."""
    copy = tmp_path / "rules"
    for folder in FOLDERS:
        shutil.copytree(SHIPPED / folder, copy / folder)
    shutil.copy(SHIPPED / MANIFEST, copy)
    modules = tuple(MODULES)
    assert read_source([copy], modules, Mistakes()).hash == rulebook.knowledge.hash
    paths = [path for path in copy.rglob("*") if path.suffix in {".yaml", ".csv"}]
    assert len(paths) > 100
    for path in paths[::9]:
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert read_source([copy], modules, Mistakes()).hash != rulebook.knowledge.hash
        path.write_bytes(content)
    assert read_source([copy], modules, Mistakes()).hash == rulebook.knowledge.hash
