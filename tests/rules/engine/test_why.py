"""Why the shipped rules answer as they do: the fast reasons against the readable traces."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hooks.discovery import load_services
from hooks.ehr import fill
from rules import AnotherPatient, Call
from rules.chart.chart import read_chart

if TYPE_CHECKING:
    from rules import Rulebook

FIXTURES = Path(__file__).parents[3] / "fhir_fixtures"
CASES = sorted((FIXTURES / "expected").glob("*/*.json"))


def read(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def call_of(case: Path, rulebook: Rulebook) -> Call:
    """Make the call of a fixture, with the prefetch that an EHR fills."""
    expected, hook = read(case), case.parent.name
    request = read(FIXTURES / "requests" / hook / case.name)
    context = request["context"]
    patient = read(FIXTURES / "patients" / f"{context['patientId']}.json")
    services = load_services(rulebook.observation_codes, rulebook.hooks)
    offered = next(one for one in services if one.hook == hook)
    filled = fill(offered.prefetch, patient, context)
    lacking = dict.fromkeys(expected.get("missing", ()), "not sent")
    selections = context.get("selections")
    return Call(
        hook=hook,
        patient_id=context["patientId"],
        now=datetime.fromisoformat(expected["now"]),
        prefetch={key: json.dumps(one).encode() for key, one in filled.items()
                  if key not in lacking},
        drafts=tuple(
            entry["resource"] for entry in context.get("draftOrders", {}).get("entry", ())
        ),
        selections=None if selections is None else tuple(selections),
        context=context,
        missing=lacking,
    )  # fmt: skip


@pytest.mark.parametrize("hook", sorted({case.parent.name for case in CASES}))
def test_fast_reasons_are_those_of_the_trace(hook: str, rulebook: Rulebook) -> None:
    """Every expression of every rule, on every fixture: strength, evidence and gaps are alike."""
    program = rulebook.program
    compared = 0
    for case in CASES:
        if case.parent.name != hook:
            continue
        policy = rulebook.policy(read(case)["policy"]).values
        try:
            chart = read_chart(call_of(case, rulebook), rulebook.terminology, policy)
        except AnotherPatient:
            continue
        frame = program.frame(chart, policy)
        for name in program.nodes:
            traced, reason = program.trace(name, frame), program.why(name, frame)
            assert reason == (traced.value, traced.strength, traced.evidence, traced.gaps), (
                case.stem, name
            )  # fmt: skip
            compared += 1
    assert compared >= len(program.nodes)
