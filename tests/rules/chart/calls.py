"""Charts read from JSON, with the shipped value sets and the shipped default policy."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from rules.chart.call import Call
from rules.chart.chart import read_chart
from rules.chart.code_systems import MODULES
from rules.chart.mistakes import Mistakes
from rules.chart.terminology import Terminology, load_terminology
from rules.engine.policy import load_policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.chart.chart import Chart

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULES = Path(__file__).parents[3] / "rules"
KEYS = {
    "Condition": "conditions", "MedicationRequest": "medicationRequests",
    "Procedure": "procedures", "Observation": "observations", "AllergyIntolerance": "allergies",
    "Device": "devices", "CareTeam": "careTeams", "ServiceRequest": "serviceRequests",
}  # fmt: skip


@cache
def terminology() -> Terminology:
    """Load the shipped value sets, once."""
    mistakes = Mistakes()
    loaded = load_terminology(RULES / "value_sets", MODULES, mistakes)
    assert not list(mistakes)
    return loaded


@cache
def policy(name: str = "default") -> Mapping[str, object]:
    """Load the values of a shipped policy, once."""
    mistakes = Mistakes()
    loaded = load_policies(RULES / "policies", mistakes)
    assert not list(mistakes)
    return loaded[name].values


def call(
    *drafts: dict[str, Any],
    hook: str = "order-sign",
    stored: tuple[dict[str, Any], ...] = (),
    **more: Any,  # noqa: ANN401 - what a Call takes
) -> Chart:
    """Read a call whose record holds *stored* and is complete, but for the `missing` keys."""
    prefetch = {}
    for kind, key in KEYS.items():
        if key in more.get("missing", ()):
            continue
        entries = [{"resource": one} for one in stored if one["resourceType"] == kind]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        prefetch[key] = msgspec.json.encode(bundle)
    asked = Call(hook, "p1", NOW, prefetch, drafts, **more)
    return read_chart(asked, terminology(), policy())
