"""Real patients and resources written by others: all are read, and what is not is listed."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rules.chart.chart import AnotherPatient, Call, Chart, read_chart
from rules.chart.keys import KEY_OF, TYPES
from rules.chart.mistakes import Mistakes
from rules.chart.reading import decode
from rules.chart.references import bare_id
from rules.chart.terminology import MODULES, Terminology, load_terminology
from tests.rules.chart.bundles import NOW, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL = Path(__file__).parents[3].parent / "shared" / "real"
PATIENTS = sorted((REAL / "patients").glob("*.json"))
RESOURCES = sorted((REAL / "resources").glob("*.json"))
REQUESTS = sorted((REAL / "requests").glob("*.json"))
NAMES = {kind.__name__: key for kind, key in KEY_OF.items()}

pytestmark = pytest.mark.skipif(
    not PATIENTS, reason="the folder of public samples, `../shared`, is not beside this checkout"
)


@pytest.fixture(scope="module")
def real_terminology(root: Path) -> Terminology:
    """Give the shipped value sets."""
    return load_terminology(root / "rules" / "value_sets", frozenset(MODULES), Mistakes())


def _order(patient: str) -> dict[str, Any]:
    code = {"system": "urn:intrathecal-cds:codes", "code": "it-pump-implant"}
    return {
        "resourceType": "ServiceRequest", "id": "d1", "status": "draft", "intent": "order",
        "subject": {"reference": f"Patient/{patient}"}, "code": {"coding": [code]},
    }  # fmt: skip


def _read(prefetch: dict[str, bytes], patient: str, terminology: Terminology) -> Chart:
    call = Call("order-sign", patient, NOW, prefetch, drafts=(_order(patient),))
    return read_chart(call, terminology, {})


def _split(entries: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """Give a whole chart as the keys that an EHR would send."""
    for name, key in [*NAMES.items(), ("Medication", "medications")]:
        mine = [one for one in entries if one["resource"]["resourceType"] == name]
        yield key, encode({"resourceType": "Bundle", "type": "searchset", "entry": mine})


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem.split("_")[0])
def test_every_patient_is_read_wholly(path: Path, real_terminology: Terminology) -> None:
    """Nothing of a whole chart is unreadable; every key is complete; the order is an implant."""
    whole = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    patient = next(
        one["resource"]["id"]
        for one in whole["entry"]
        if one["resource"]["resourceType"] == "Patient"
    )
    prefetch = dict(_split(whole["entry"]))
    chart = _read(prefetch, patient, real_terminology)
    unreadable = [issue for issue in chart.issues if issue.kind in ("unreadable", "modifier")]
    assert unreadable == []
    assert {state.state for state in chart.keys.values()} <= {"complete", "empty"}
    assert [order.kind for order in chart.orders] == ["implant"]
    assert chart.patient.birth is not None
    for records in (chart.conditions, chart.observations, chart.procedures, chart.allergies):
        for record in records.possible():
            assert json.loads(chart.raw(record))["id"] == record.ref.split("/")[1]


def _resources(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give every resource of a file, whether a Bundle or a single one."""
    if value.get("resourceType") != "Bundle":
        yield value
        return
    for entry in value.get("entry", ()):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield entry["resource"]


def _patient_of(value: dict[str, Any]) -> str:
    for one in _resources(value):
        about = one.get("subject") or one.get("patient") or {}
        if "Patient/" in str(about.get("reference")):
            return bare_id(about["reference"])
        if one.get("resourceType") == "Patient":
            return str(one["id"])
    return "p1"


@pytest.mark.parametrize("path", RESOURCES, ids=lambda path: path.stem)
def test_every_resource_is_read(path: Path, real_terminology: Terminology) -> None:
    """Examples of HL7, US Core, mCODE, Epic and Cerner are read under their own keys."""
    source = path.read_bytes()
    value = json.loads(source)
    contents = decode(source)
    assert not contents.failures
    assert not contents.failure
    present = {str(one.get("resourceType")) for one in _resources(value)}
    keys = {NAMES[name] for name in present if name in NAMES}
    chart = _read(dict.fromkeys(keys, source), _patient_of(value), real_terminology)
    for key in keys:
        assert chart.keys[key].state in ("complete", "incomplete")
        assert any(type(one) is TYPES[key] for one in contents.resources)
    assert [order.kind for order in chart.orders] == ["implant"]
    assert not [issue for issue in chart.issues if issue.kind == "unreadable"]


def test_every_request_of_others_is_read(
    real_terminology: Terminology, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bodies that break the specification in many ways: each gives a chart or a refusal."""
    told: Counter[str] = Counter()
    for path in REQUESTS:
        body = json.loads(path.read_text(encoding="utf-8"))
        prefetch = body.get("prefetch")
        context = body.get("context")
        patient = context.get("patientId") if isinstance(context, dict) else None
        sent = prefetch if isinstance(prefetch, dict) else {}
        keys = {name: encode(value) for name, value in sent.items()}
        try:
            chart = _read(keys, str(patient or "p1"), real_terminology)
        except AnotherPatient as refused:
            told[f"{path.stem}: another patient in `{refused.key}`"] += 1
            continue
        assert set(chart.keys) == set(TYPES)
        for issue in chart.issues:
            told[f"{path.stem}: {issue.kind} `{issue.key}` {issue.text}"] += 1
    with capsys.disabled():
        print(f"\n{len(REQUESTS)} requests of others; what was not read as sent:")  # noqa: T201 - the list is the result
        for line in sorted(told):
            print(f"  {line[:150]}")  # noqa: T201 - the list is the result
