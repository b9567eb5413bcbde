from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rules.chart.knowledge_file import read
from rules.chart.mistakes import Mistakes
from rules.chart.terminology import MODULES, load_terminology

SHIPPED = Path(__file__).parents[3] / "rules" / "value_sets"
DRAWER = Path(__file__).parents[1] / "broken"
# A drawer of files that must carry a fixed name to be read.
NAMES = {"systems": "systems.yaml", "local_codes": "local-codes.yaml"}


def broken(*drawers: str) -> list[Path]:
    """Return the broken files of some drawers; none of them is empty."""
    found = [sorted((DRAWER / drawer).glob("*.yaml")) for drawer in drawers]
    assert all(found), drawers
    return [path for drawer in found for path in drawer]


def check(mistakes: Mistakes, path: Path) -> None:
    """Compare with the sibling `.expected` file; a line that ends in `*` tells only a beginning."""
    said = [f"{mistake.line}: {mistake.text}" for mistake in mistakes]
    wanted = path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    for line, one in zip(wanted, said, strict=False):
        if line.endswith("*"):
            assert one.startswith(line[:-1])
        else:
            assert one == line
    assert len(said) == len(wanted), said


def name(path: Path) -> str:
    """Name a case by its drawer and file."""
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", broken("knowledge"), ids=name)
def test_broken_knowledge_file_is_refused_with_its_line(path: Path) -> None:
    """A file that is no clean YAML is refused, and every message says the line."""
    mistakes = Mistakes()
    read(path, mistakes)
    check(mistakes, path)


@pytest.mark.parametrize("path", broken("value_sets", *NAMES), ids=name)
def test_broken_value_set_file_is_refused_with_its_line(path: Path, tmp_path: Path) -> None:
    """Every mistake of a value set, system or local code is told with line and valid choices."""
    base, site = tmp_path / "base", tmp_path / "site"
    base.mkdir()
    site.mkdir()
    for shipped in (*NAMES.values(), "cond-crps.yaml"):
        shutil.copy(SHIPPED / shipped, base)
    shutil.copy(path, site / NAMES.get(path.parent.name, path.name))
    mistakes = Mistakes()
    load_terminology([base, site], MODULES, mistakes)
    check(mistakes, path)
