from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from rules.chart.spans import EARLIEST
from tests.rules.chart.bundles import PLAIN, bundle, chart_of, concept, condition, kinds, resource

if TYPE_CHECKING:
    from rules.chart.records import Condition

BORN = resource("Patient", "p1", birthDate="1970-05-10")


def _read(**elements: Any) -> Condition | None:  # noqa: ANN401 - any element
    """Return the one Condition of a chart."""
    chart = chart_of({"patient": BORN, "conditions": bundle(condition(**elements))})
    found = chart.conditions.possible()
    return cast("Condition", found[0]) if found else None


def _status(code: str | None) -> dict[str, Any] | None:
    return None if code is None else concept(code)


@pytest.mark.parametrize(
    ("clinical", "verified", "more", "expected"),
    [
        ("active", "confirmed", {}, (True, True, True)),
        ("recurrence", "confirmed", {}, (True, True, True)),
        ("relapse", "confirmed", {}, (True, True, True)),
        ("active", None, {}, (True, True, True)),
        (None, None, {}, (True, True, True)),
        (None, "confirmed", {}, (True, True, True)),
        ("resolved", "confirmed", {}, (False, True, True)),
        ("inactive", "confirmed", {}, (False, True, True)),
        ("remission", "confirmed", {}, (False, True, True)),
        ("resolved", None, {"abatementDateTime": "2026-02"}, (False, True, True)),
        (None, None, {"abatementDateTime": "2026-02"}, (False, True, True)),
        (None, None, {"abatementString": "last winter"}, (False, True, True)),
        (None, None, {"abatementPeriod": {"start": "2026-01", "end": "2026-02"}},
         (False, True, True)),
        (None, None, {"abatementAge": {"value": 50, "code": "a"}}, (False, True, True)),
        (None, None, {"abatementDateTime": "2027"}, (True, True, True)),
        (None, None, {"abatementDateTime": "2026"}, (None, True, True)),
        ("active", "confirmed", {"abatementDateTime": "2027"}, (True, True, True)),
        ("active", "refuted", {}, (False, False, True)),
        (None, "refuted", {}, (False, False, True)),
        ("active", "provisional", {}, (None, None, None)),
        ("active", "differential", {}, (None, None, None)),
        ("active", "unconfirmed", {}, (None, None, None)),
        ("resolved", "provisional", {}, (False, None, None)),
    ],
)  # fmt: skip
def test_statuses_say_whether_it_is_active_ever_was_and_counts(
    clinical: str | None, verified: str | None, more: dict[str, Any],
    expected: tuple[bool | None, bool | None, bool | None],
) -> None:  # fmt: skip
    """Refuted and resolved are answers; provisional is a doubt; no status means active."""
    given = condition(
        clinicalStatus=_status(clinical), verificationStatus=_status(verified), **more
    )
    chart = chart_of({"patient": BORN, "conditions": bundle(given)})
    (record,) = cast("tuple[Condition]", chart.conditions.possible())
    assert (record.active, record.ever, record.counts) == expected
    assert not chart.issues
    assert (record in chart.conditions.sure) == (record.counts is True)


@pytest.mark.parametrize("more", [
    {"abatementDateTime": "2026-02-01"}, {"abatementString": "gone"},
    {"abatementDateTime": "2026-11-22"},
])  # fmt: skip
def test_active_and_abated_contradict_each_other(more: dict[str, Any]) -> None:
    """Whether it is active is unknown, and reported; that it was, is not in doubt."""
    chart = chart_of({"conditions": bundle(condition(**more))})
    (record,) = cast("tuple[Condition]", chart.conditions.sure)
    assert (record.active, record.ever) == (None, True)
    assert kinds(chart) == ["contradictory"]


def test_both_statuses_at_once_contradict_each_other() -> None:
    """Two codings of one status that disagree are no answer."""
    chart = chart_of({
        "conditions": bundle(condition(clinicalStatus=concept("active", "resolved"))),
    })  # fmt: skip
    assert cast("Condition", chart.conditions.sure[0]).active is None
    assert kinds(chart) == ["contradictory"]


@pytest.mark.parametrize("status", [{"text": "Resolved"}, concept("banana"), {}])
def test_a_status_that_is_no_code_is_unknown(status: dict[str, Any]) -> None:
    """A status in words is there, so it is not "no status"; what it says is not guessed."""
    chart = chart_of({"conditions": bundle(condition(clinicalStatus=status))})
    assert cast("Condition", chart.conditions.sure[0]).active is None
    assert kinds(chart) == ["invalid"]
    chart = chart_of({"conditions": bundle(condition(verificationStatus=status))})
    assert cast("Condition", chart.conditions.maybe[0]).ever is None


def test_entered_in_error_is_as_if_not_there() -> None:
    """It is no record; that one was ignored is told only where a rule might have used it."""
    for elements in (
        {"verificationStatus": concept("entered-in-error")},
        {"verificationStatus": concept("entered-in-error"), "clinicalStatus": None},
    ):
        chart = chart_of({"conditions": bundle(condition(**elements))})
        assert not chart.conditions.possible()
        assert chart.conditions.complete
        assert kinds(chart) == ["ignored"]
        assert chart.issues[0].groups == {"cond-a"}
    plain = condition(verificationStatus=concept("entered-in-error"))
    plain["code"] = concept("z", system=PLAIN)
    assert not chart_of({"conditions": bundle(plain)}).issues


def test_what_belongs_to_no_value_set_is_no_record() -> None:
    """Coded and in no set: not kept. Uncoded: kept as a doubt that it may be anything."""
    known = condition(identity="c1") | {"code": concept("z", system=PLAIN)}
    assert not chart_of({"conditions": bundle(known)}).conditions.possible()
    for code in ({"text": "infection"}, concept("x", system="urn:site:codes"), {}, None):
        chart = chart_of({"conditions": bundle(condition() | {"code": code})})
        (record,) = chart.conditions.maybe
        assert (record.coded, record.groups, record.counts) == (False, frozenset(), True)
    both = {"coding": [*concept("x", system="urn:site:codes")["coding"], *concept("a")["coding"]]}
    (record,) = chart_of({"conditions": bundle(condition() | {"code": both})}).conditions.sure
    assert record.coded
    assert record.groups == {"a"}


@pytest.mark.parametrize(
    ("elements", "shown"),
    [
        ({"onsetDateTime": "2024-03"}, "2024-03"),
        ({"onsetPeriod": {"start": "2024-03-01", "end": "2024-04-01"}}, "2024-03-01"),
        ({"onsetAge": {"value": 40, "code": "a"}}, "2010-05-10 to 2011-05-09"),
        ({"onsetRange": {"low": {"value": 40, "code": "a"}, "high": {"value": 41, "code": "a"}}},
         "2010-05-10 to 2012-05-09"),
        ({"onsetString": "long ago", "recordedDate": "2026-01-05"}, "until 2026-01-05"),
        ({"recordedDate": "2026-01-05"}, "until 2026-01-05"),
    ],
)  # fmt: skip
def test_onset_is_read_from_what_there_is(elements: dict[str, Any], shown: str) -> None:
    """Onset, then age at onset, then the recorded date as the latest possible onset."""
    chart = chart_of({"patient": BORN, "conditions": bundle(condition(**elements))})
    (record,) = cast("tuple[Condition]", chart.conditions.sure)
    assert record.onset is not None
    assert chart.clock.show(record.onset) == shown


def test_without_any_date_onset_is_unknown() -> None:
    """`meta.lastUpdated` is never a clinical date, nor is an age without a birth date."""
    given = condition(recordedDate=None, meta={"lastUpdated": "2026-01-01T00:00:00Z"})
    chart = chart_of({"conditions": bundle(given)})
    record = cast("Condition", chart.conditions.sure[0])
    assert (record.onset, record.when) == (None, None)
    given = condition(onsetAge={"value": 40, "code": "a"})
    record = cast("Condition", chart_of({"conditions": bundle(given)}).conditions.sure[0])
    assert record.onset is not None
    assert record.onset.low == EARLIEST


def test_what_lies_in_the_future_is_ignored_and_told() -> None:
    """Tomorrow is no history; later today is."""
    chart = chart_of({"conditions": bundle(condition(onsetDateTime="2026-11-23"))})
    assert not chart.conditions.possible()
    assert kinds(chart) == ["future"]
    assert _read(onsetDateTime="2026-11-22T23:00:00Z") is not None
    assert _read(onsetDateTime="2026") is not None
    assert _read(recordedDate="2027-01-01") is None


def test_an_extension_that_is_not_understood_makes_it_doubtful() -> None:
    """A modifier extension may turn the meaning round: nothing is concluded."""
    chart = chart_of({"conditions": bundle(condition(modifierExtension=[{"url": "urn:not"}]))})
    (record,) = cast("tuple[Condition]", chart.conditions.maybe)
    assert (record.active, record.ever, record.counts) == (None, None, None)
    assert kinds(chart) == ["modifier"]


def test_body_sites_are_read() -> None:
    """Every site of a condition gives its value sets."""
    record = _read(bodySite=[concept("region-a"), concept("region-b")])
    assert record is not None
    assert record.sites == {"region-a", "region-b"}
