from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from rules.chart.contents import decode_quickly
from tests.rules.chart.bundles import PLAIN, bundle, chart_of, concept, encode, resource

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

COUNT = 10_000


def _many(share: int) -> dict[str, bytes]:
    """Return 10,000 resources of three types, one of *share* in a value set."""
    shapes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("conditions", "Condition", {
            "clinicalStatus": concept("active"), "verificationStatus": concept("confirmed"),
            "onsetDateTime": "2024-03-01",
        }),
        ("observations", "Observation", {
            "status": "final", "effectiveDateTime": "2026-03-01T10:00:00-05:00",
            "valueQuantity": {"value": 7, "code": "{score}"},
        }),
        ("procedures", "Procedure", {
            "status": "completed", "performedDateTime": "2026-03-01T10:00:00-05:00",
        }),
    )  # fmt: skip
    made: dict[str, list[Any]] = {key: [] for key, _, _ in shapes}
    for n in range(COUNT):
        key, kind, more = shapes[n % 3]
        code = concept("obs-pain-score") if n % share == 0 else concept(str(n % 90), system=PLAIN)
        made[key].append(resource(kind, f"r{n}", code=code, **more))
    return {key: encode(bundle(*some, total=len(some))) for key, some in made.items()}


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def test_ten_thousand_resources(capsys: pytest.CaptureFixture[str]) -> None:
    """A large chart is read; what it costs beside plain JSON is printed, not judged."""
    lines = []
    for share in (10, 3):
        prefetch = _many(share)
        chart = chart_of(prefetch)
        found = chart.conditions.sure + chart.observations.sure + chart.procedures.sure
        assert len(found) == -(-COUNT // share)
        plain = _best(lambda sent=prefetch: [json.loads(one) for one in sent.values()])  # type: ignore[misc]
        quick = _best(lambda sent=prefetch: [decode_quickly(one) for one in sent.values()])  # type: ignore[misc]
        whole = _best(lambda sent=prefetch: chart_of(sent))  # type: ignore[misc]
        lines.append(
            f"{COUNT} resources, 1 of {share} in a value set: json.loads {plain:.0f} ms,"
            f" typed decode {quick:.0f} ms, whole chart {whole:.0f} ms"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - the figure is what this test is for


def test_one_bad_resource_among_ten_thousand() -> None:
    """The slow pass is the price of one bad resource, and stays in proportion."""
    prefetch = _many(10)
    bad = encode(resource("Condition", "bad", code=7))
    prefetch["conditions"] = prefetch["conditions"].replace(
        b'"entry": [', b'"entry": [{"resource": ' + bad + b"}, ", 1
    )
    chart = chart_of(prefetch)
    assert [issue.kind for issue in chart.issues] == ["unreadable"]
    assert len(chart.conditions.sure) == 334
    assert chart.keys["conditions"].state == "incomplete"
