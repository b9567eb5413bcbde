from __future__ import annotations

import gc

from tests.rules.chart.bundles import bundle, chart_of, concept, encode, resource


def test_a_chart_is_freed_as_soon_as_nobody_holds_it() -> None:
    """Nothing of a chart refers back to itself: no bytes of a call wait for the collector."""
    sent = [
        resource("Condition", f"c{n}", code=concept("cond-crps"), onsetDateTime="2024-03-01")
        for n in range(3)
    ]
    order = resource(
        "MedicationRequest", "m", status="active", medicationReference={"reference": "Medication/x"}
    )
    prefetch = {"conditions": encode(bundle(*sent)), "medicationRequests": encode(bundle(order))}

    def read() -> None:
        chart = chart_of(prefetch)
        assert len(chart.conditions.possible()) == 3
        for record in chart.conditions.possible():
            chart.faults(record)

    read()
    gc.collect()
    gc.disable()
    try:
        read()
        assert gc.collect() == 0
    finally:
        gc.enable()
