from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rules.chart.knowledge_file import read
from rules.chart.mistakes import Mistakes
from rules.chart.terminology import MODULES, load_terminology

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "rules" / "value_sets"
DRAWER = Path(__file__).parents[1] / "broken"


def broken(drawer: str) -> list[Path]:
    """Return the broken files of a drawer; there is at least one."""
    found = sorted((DRAWER / drawer).glob("*.yaml"))
    assert found, drawer
    return found


def said(mistakes: Mistakes) -> list[str]:
    """Write mistakes as an `.expected` file does: line and text."""
    return [f"{mistake.line}: {mistake.text}" for mistake in mistakes]


def expected(path: Path) -> list[str]:
    """Return what the sibling `.expected` file of a broken file says."""
    return path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", broken("knowledge"), ids=lambda path: path.stem)
def test_broken_knowledge_file_is_refused_with_its_line(path: Path) -> None:
    """A file that is no clean YAML is refused, and every message says the line."""
    mistakes = Mistakes()
    read(path, mistakes)
    assert said(mistakes) == expected(path)


@pytest.mark.parametrize(
    ("drawer", "path"),
    [(drawer, path) for drawer in ("value_sets", "systems", "local_codes") for path in broken(drawer)],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_broken_value_set_file_is_refused_with_its_line(
    drawer: str, path: Path, tmp_path: Path
) -> None:
    """Every mistake of a value set, system or local code is told with line and valid choices."""
    base, site = tmp_path / "base", tmp_path / "site"
    base.mkdir()
    site.mkdir()
    for name in ("systems.yaml", "local-codes.yaml", "cond-crps.yaml"):
        shutil.copy(SHIPPED / name, base)
    names = {"systems": "systems.yaml", "local_codes": "local-codes.yaml"}
    shutil.copy(path, site / names.get(drawer, path.name))
    mistakes = Mistakes()
    load_terminology([base, site], MODULES, mistakes)
    assert said(mistakes) == expected(path)
