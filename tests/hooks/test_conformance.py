from __future__ import annotations

import ast
import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "conformance.csv"
STATUSES = {"met", "partly", "later", "measured", "not sent", "not asked", "operator"}


def rows() -> list[dict[str, str]]:
    """Read the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['source']} {row['id']}")
def test_each_requirement_names_tests_that_exist(row: dict[str, str]) -> None:
    """A row that says met is held by tests; a test that was renamed is noticed."""
    assert row["status"] in STATUSES
    assert row["requirement"]
    assert row["tests"] or row["status"] not in {"met", "partly"}
    for test in row["tests"].split():
        path, _, name = test.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, test


def test_each_requirement_has_one_row() -> None:
    """Two rows for one requirement would be two answers."""
    keys = [(row["source"], row["id"]) for row in rows()]

    assert len(keys) == len(set(keys))
