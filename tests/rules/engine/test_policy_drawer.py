from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rules.chart.mistakes import Mistakes
from rules.engine.policy import load_policies

SHIPPED = Path(__file__).parents[3] / "rules" / "policies"
BROKEN = sorted((Path(__file__).parents[1] / "broken" / "policies").glob("*.yaml"))


def test_drawer_is_not_empty() -> None:
    """The drawer of broken policies is found."""
    assert len(BROKEN) > 5


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_policy_is_refused_with_its_line(path: Path, tmp_path: Path) -> None:
    """Every mistake of a policy is told with its line and the valid choices."""
    for one in (SHIPPED / "default.yaml", path):
        shutil.copy(one, tmp_path)
    mistakes = Mistakes()
    load_policies(tmp_path, mistakes)
    said = [f"{mistake.line}: {mistake.text}" for mistake in mistakes]
    assert said == path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
