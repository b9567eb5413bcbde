"""What every test may ask for: the moment, the knowledge, the public samples."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from rules import Rulebook

ROOT = Path(__file__).parents[1]

# Two shared cores: a slow example is no failure, a slow suite is.
settings.register_profile(
    "house", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Give the folder of public samples beside the checkout, or skip with the reason."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder of public samples, `../shared`, is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def now() -> datetime:
    """Give the moment at which every fixture patient is looked at."""
    return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """Give the shipped rulebook, loaded once."""
    from rules import load_rulebook

    return load_rulebook()
