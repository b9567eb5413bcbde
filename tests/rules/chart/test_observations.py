from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pytest

from rules.chart.records import Interval, Observation
from tests.rules.chart.bundles import SET, Json, bundle, chart_of, concept, kinds, resource

LOINC_VAS = {"coding": [
    {"system": SET, "code": "obs-pain-score"}, {"system": "http://loinc.org", "code": "38214-3"},
]}  # fmt: skip
MONTHS = "obs-prognosis"


def _observation(code: str | Json = "obs-pain-score", **elements: Any) -> Json:  # noqa: ANN401 - any element
    whole = resource(
        "Observation", "o1", status="final", effectiveDateTime="2026-11-01",
        code=concept(code) if isinstance(code, str) else code,
    ) | elements  # fmt: skip
    return {name: value for name, value in whole.items() if value is not None}


def _read(code: str | Json = "obs-pain-score", **elements: Any) -> Observation:  # noqa: ANN401 - any element
    chart = chart_of({"observations": bundle(_observation(code, **elements))})
    assert not chart.issues
    return cast("Observation", chart.observations.possible()[0])


def _quantity(value: float, code: str | None, comparator: str | None = None) -> dict[str, Any]:
    whole = {"value": value, "system": "http://unitsofmeasure.org", "code": code,
             "comparator": comparator}  # fmt: skip
    return {name: one for name, one in whole.items() if one is not None}


@pytest.mark.parametrize(
    ("code", "given", "value", "unit"),
    [
        ("obs-pain-score", {"valueQuantity": _quantity(7, "{score}")}, 7, "{score}"),
        ("obs-pain-score", {"valueInteger": 7}, 7, "{score}"),
        (LOINC_VAS, {"valueQuantity": _quantity(64, "mm")}, Decimal("6.4"), "{score}"),
        ("obs-inr", {"valueQuantity": _quantity(2.4, None)}, Decimal("2.4"), "1"),
        ("obs-platelet-count", {"valueQuantity": _quantity(95000, "/uL")}, 95, "10*9/L"),
        ("obs-temperature", {"valueQuantity": _quantity(100.4, "[degF]")}, 38, "Cel"),
        ("obs-spo2", {"valueQuantity": _quantity(88, "%")}, 88, "%"),
        (MONTHS, {"valueQuantity": _quantity(2, "a")}, 24, "mo"),
        ("local#percent-pain-relief", {"valueQuantity": _quantity(50, "%")}, 50, "%"),
        ("local#it-daily-dose", {"valueQuantity": _quantity(100, "ug/d")}, Decimal("0.1"), "mg/d"),
        ("local#reservoir-concentration", {"valueQuantity": _quantity(2, "mg/mL")}, 2, "mg/mL"),
        ("local#pump-flow-rate", {"valueQuantity": _quantity(0.5, "mL/d")}, Decimal("0.5"), "mL/d"),
        ("local#reservoir-fill-volume", {"valueQuantity": _quantity(40, "mL")}, 40, "mL"),
        ("obs-other", {"valueQuantity": _quantity(312, "ng/dL")}, 312, "ng/dL"),
        ("obs-other", {"valueBoolean": False}, False, ""),
        ("obs-other", {"valueString": "clear"}, "clear", ""),
        (MONTHS, {"valueString": "a year or so"}, "a year or so", ""),
    ],
)  # fmt: skip
def test_each_kind_has_one_unit(
    code: str | dict[str, Any], given: dict[str, Any], value: object, unit: str
) -> None:
    """A number is given in the unit of its kind, whatever unit it was sent in."""
    record = _read(code, **given)
    assert (record.value, record.unit) == (value, unit)


def test_ranges_and_comparators_are_intervals() -> None:
    """What is known only between bounds stays that."""
    low, high = _quantity(12, "mo"), _quantity(24, "mo")
    assert _read(MONTHS, valueRange={"low": low, "high": high}).value == Interval(
        Decimal(12), Decimal(24)
    )
    assert _read(MONTHS, valueRange={"high": high}).value == Interval(Decimal(0), Decimal(24))
    assert _read(MONTHS, valueQuantity=_quantity(5, "a", ">")).value == Interval(
        Decimal(60), None, low_open=True
    )


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("obs-pain-score", {"valueQuantity": _quantity(11, "{score}")}),
        ("obs-pain-score", {"valueQuantity": _quantity(-1, "{score}")}),
        ("obs-pain-score", {"valueQuantity": _quantity(7, None)}),
        ("obs-pain-score", {"valueQuantity": _quantity(64, "mm")}),
        ("obs-pain-score", {"valueInteger": 11}),
        (LOINC_VAS, {"valueQuantity": _quantity(101, "mm")}),
        ("obs-platelet-count", {"valueQuantity": _quantity(220, "g")}),
        ("obs-platelet-count", {"valueInteger": 220}),
        (MONTHS, {"valueRange": {"low": _quantity(24, "mo"), "high": _quantity(12, "mo")}}),
        (MONTHS, {"valueQuantity": {"unit": "mo"}}),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_compared_are_told(
    code: str | dict[str, Any], given: dict[str, Any]
) -> None:
    """No unit, a wrong one, a negative number or a score above 10: unknown, and named."""
    chart = chart_of({"observations": bundle(_observation(code, **given))})
    (record,) = cast("tuple[Observation]", chart.observations.sure)
    assert record.value is None
    assert kinds(chart) == ["unusable-quantity"]


@pytest.mark.parametrize(
    ("status", "counts"),
    [("final", True), ("amended", True), ("corrected", True), ("preliminary", None)],
)
def test_statuses_that_count(status: str, counts: bool | None) -> None:
    """A preliminary result is a doubt."""
    assert _read(status=status).counts is counts


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error", "unknown"])
def test_statuses_that_do_not_count_are_ignored_and_told(status: str) -> None:
    """Any other status leaves the record out; its reason is named."""
    chart = chart_of({"observations": bundle(_observation(status=status))})
    assert not chart.observations.possible()
    assert kinds(chart) == ["ignored"]
    assert status in chart.issues[0].text


def test_a_reason_for_absence_is_unknown() -> None:
    """A value that is absent for a reason says nothing, even if a value is there, too."""
    record = _read(dataAbsentReason=concept("masked"), valueQuantity=_quantity(7, "{score}"))
    assert (record.counts, record.value) == (None, None)


def test_no_status_is_a_doubt() -> None:
    """FHIR wants a status: without one, nobody knows whether the result stands."""
    chart = chart_of({"observations": bundle(_observation(status=None))})
    assert chart.observations.maybe
    assert kinds(chart) == ["invalid"]


@pytest.mark.parametrize(
    ("elements", "shown"),
    [
        ({"effectiveDateTime": "2026-11-01"}, "2026-11-01"),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026-10", "end": "2026-11-02"}},
         "2026-11-02"),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026-11-20"}},
         "2026-11-20 to 2026-11-22"),
        ({"effectiveDateTime": None, "effectiveInstant": "2026-11-03T10:00:00Z"}, "2026-11-03"),
        ({"effectiveDateTime": None, "issued": "2026-11-04T10:00:00Z"}, "2026-11-04"),
        ({"effectiveDateTime": "2026-02-30", "issued": "2026-11-04T10:00:00Z"}, "2026-11-04"),
    ],
)  # fmt: skip
def test_when_it_was_observed(elements: dict[str, Any], shown: str) -> None:
    """The effective date, of a period its end; only then when it was issued."""
    record = _read(**elements)
    assert record.when is not None
    assert chart_of({}).clock.show(record.when) == shown


def test_the_future_is_ignored() -> None:
    """A measurement of tomorrow is none."""
    chart = chart_of({"observations": bundle(_observation(effectiveDateTime="2026-11-23"))})
    assert not chart.observations.possible()
    assert kinds(chart) == ["future"]


def test_answers_links_and_components() -> None:
    """Coded answers, what it is part of, and what its parts say."""
    record = _read(
        "local#opioid-tolerance-statement",
        valueCodeableConcept=concept("local#tolerated"), interpretation=[concept("POS", "H")],
        partOf=[{"reference": "https://x.example/fhir/Procedure/t1"}],
        focus=[{"reference": "Procedure/t2"}],
        component=[{"code": concept("local#it-agent"), "valueCodeableConcept": concept("m")}],
    )  # fmt: skip
    assert record.value == "local#tolerated"
    assert record.value_groups == {"local#tolerated"}
    assert record.interpretation == {"POS", "H"}
    assert (record.part_of, record.focus) == (("Procedure/t1",), ("Procedure/t2",))
    assert record.components == ((frozenset({"local#it-agent"}), "m", frozenset({"m"})),)


def test_a_date_as_value_is_a_span() -> None:
    """A refill date is compared as every other date."""
    record = _read("local#refill-due-date", valueDateTime="2027-01-05")
    assert record.when is not None
    assert chart_of({}).clock.show(cast("Any", record.value)) == "2027-01-05"


def test_uncoded_values_are_not_read() -> None:
    """An observation that nobody can tell is kept as a doubt, without a value."""
    record = _read({"text": "pain"}, valueQuantity=_quantity(7, "{score}"))
    assert (record.coded, record.value) == (False, None)


def test_about_a_relative_is_left_out() -> None:
    """An observation whose focus is another person is not the patient's."""
    given = _observation(focus=[{"reference": "RelatedPerson/child"}])
    chart = chart_of({"observations": bundle(given)})
    assert not chart.observations.possible()
    assert kinds(chart) == ["ignored"]
