"""Monitoring around an intrathecal dose (recording.md 4.6, monitoring_ordered)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules.chart.call import Call
from rules.chart.chart import read_chart
from rules.chart.monitoring import read_monitoring
from rules.chart.records import Interval
from tests.rules.chart.calls import NOW, call, policy, terminology
from tests.rules.chart.care_records import drug, request, resource

MONITORED = "respiratory-monitoring"
DAY_LONG = {"start": "2026-11-22T13:00:00Z", "end": "2026-11-23T13:00:00Z"}


def monitored(draft: bool = False, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any element
    """Return an order for monitoring, drafted or stored."""
    return request(MONITORED, **{"status": "draft" if draft else "active", **more})


@pytest.mark.parametrize("draft", [True, False])
def test_the_duration_is_that_of_the_occurrence(*, draft: bool) -> None:
    """An order of 24 hours lasts 24 hours, drafted with this call or stored as active."""
    one = monitored(draft, occurrencePeriod=DAY_LONG)
    chart = call(one) if draft else call(stored=(one,))

    read = read_monitoring(chart)

    assert (read.ordered, read.hours, read.possible) == (True, Decimal(24), False)
    assert [record.ref for record in read.evidence] == ["ServiceRequest/order-" + MONITORED]


@pytest.mark.parametrize(
    ("end", "hours"),
    [("2026-11-23T12:59:00Z", Decimal(24) - Decimal(1) / 60), ("2026-11-22T19:00:00Z", Decimal(6))],
)
def test_a_shorter_order_keeps_its_own_hours(end: str, hours: Decimal) -> None:
    """One minute less than a day is less than a day: nothing is rounded."""
    read = read_monitoring(call(monitored(True, occurrencePeriod={**DAY_LONG, "end": end})))

    assert isinstance(read.hours, Decimal)
    assert abs(read.hours - hours) < Decimal("1e-20")
    assert read.hours < 24


def test_dates_leave_a_range_of_hours() -> None:
    """A period of two dates lasts between nothing and two days."""
    period = {"start": "2026-11-22", "end": "2026-11-23"}

    assert read_monitoring(call(monitored(True, occurrencePeriod=period))).hours == Interval(
        Decimal(0), Decimal(48)
    )


@pytest.mark.parametrize(
    "more",
    [{}, {"occurrenceDateTime": "2026-11-22"}, {"occurrencePeriod": {"start": "2026-11-22"}}],
)
def test_an_order_without_duration_is_unknown(more: dict[str, Any]) -> None:
    """It is ordered, and how long it lasts is not said."""
    read = read_monitoring(call(monitored(True, **more)))

    assert (read.ordered, read.hours, read.possible) == (True, None, True)


@pytest.mark.parametrize(
    "one",
    [
        monitored(True, status="revoked"),
        monitored(True, doNotPerform=True),
        request("post-refill-observation", status="draft", occurrencePeriod=DAY_LONG),
        monitored(True, occurrencePeriod={"start": "2026-11-24", "end": "2026-11-26"}),
        monitored(True, occurrencePeriod={"start": "2026-11-18", "end": "2026-11-20"}),
    ],
)
def test_what_does_not_count_is_none(one: dict[str, Any]) -> None:
    """A cancelled or another order, and one for other days, is no monitoring of this dose."""
    read = read_monitoring(call(one))

    assert (read.ordered, read.hours, read.strength) == (False, None, "absent-in-record")


def test_stored_orders_that_ended_do_not_count() -> None:
    """Only an active stored order is monitoring to come."""
    one = monitored(occurrencePeriod=DAY_LONG, status="completed")

    assert read_monitoring(call(stored=(one,))).ordered is False


def test_monitoring_must_cover_the_start_of_the_dose() -> None:
    """A dose that begins in two days is not covered by today's monitoring."""
    later = drug(
        "7052", route="72607000", status="draft",
        dosageInstruction=[
            {
                "timing": {"repeat": {"boundsPeriod": {"start": "2026-11-25T08:00:00Z"}}},
                "route": {"coding": [{"system": "http://snomed.info/sct", "code": "72607000"}]},
            }
        ],
    )  # fmt: skip

    assert read_monitoring(call(later, monitored(True, occurrencePeriod=DAY_LONG))).ordered is False
    moved = {"start": "2026-11-25T08:00:00Z", "end": "2026-11-26T08:00:00Z"}
    assert read_monitoring(call(later, monitored(True, occurrencePeriod=moved))).hours == 24


def test_a_missing_or_uncoded_key_is_no_absence() -> None:
    """Orders that could not be had, or of text only, leave it open whether monitoring is there."""
    asked = Call("order-sign", "p1", NOW, {}, (), missing={"serviceRequests": "timeout"})
    gone = read_chart(asked, terminology(), policy())
    text_only = resource(
        "ServiceRequest", "sr", status="active", intent="order", code={"text": "monitoring"}
    )

    for chart in (gone, call(stored=(text_only,))):
        read = read_monitoring(chart)
        assert (read.ordered, read.hours, read.possible) == (None, None, True)
