"""The implanted pump (recording.md 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart.pump import implant_date, implanted_pump, read_pump
from tests.rules.chart.calls import call
from tests.rules.chart.handmade import chart, condition, date, device, procedure

if TYPE_CHECKING:
    from rules.chart.records import Procedure, Record, Truth

PUMP = device("local#it-pump")


def implant(when: str | None, ref: str = "Procedure/in") -> Procedure:
    """Make a completed implantation."""
    return procedure("proc-it-pump-implant", ref=ref, start=when)


def removal(when: str | None, ref: str = "Procedure/out") -> Procedure:
    """Make a completed removal of the pump."""
    return procedure("proc-it-pump-removal-revision", "order-explant", ref=ref, start=when)


@pytest.mark.parametrize(
    ("found", "present", "strength"),
    [
        ([], False, "absent-in-record"),
        ([PUMP], True, "asserted"),
        ([implant("2024-02-01")], True, "asserted"),
        ([implant("2024-02-01"), removal("2025-02-01")], False, "asserted"),
        ([removal("2025-02-01")], False, "asserted"),
        (
            [implant("2024-02-01"), removal("2025-02-01"), implant("2025-03-01", "Procedure/b")],
            True,
            "asserted",
        ),
        ([implant("2024-02-01"), removal("2024-02-01")], True, "asserted"),  # an exchange
        ([implant("2024-02-01"), removal("2025-02-01"), PUMP], None, None),
        ([implant("2024-02"), removal("2024")], None, None),
        ([implant(None), removal("2025-02-01")], None, None),
        ([procedure("proc-it-pump-implant", status="not-done")], False, "absent-in-record"),
        ([condition("cond-pump-status")], None, None),
        ([condition("cond-pump-status", active=False)], False, "absent-in-record"),
    ],
)
def test_devices_implantations_and_removals_give_one_answer(
    found: list[Record], present: Truth, strength: str | None
) -> None:
    """A pump is in place unless a later removal says otherwise; a device after it is a doubt."""
    read = read_pump(chart(*found))

    assert (read.present, read.strength) == (present, strength)
    assert implanted_pump(chart(*found)) is present
    assert read.why


def test_a_device_that_is_active_after_its_removal_is_a_contradiction() -> None:
    """The contradiction is said, with both records as evidence."""
    out = removal("2025-02-01")

    read = read_pump(chart(implant("2024-02-01"), out, PUMP))

    assert read.contradictory
    assert {PUMP, out} <= set(read.evidence)


@pytest.mark.parametrize(
    "only",
    [
        procedure("order-explant", start="2025-02-01"),  # a catheter was removed
        procedure("proc-it-pump-removal-revision", start="2025-02-01"),  # the pump was revised
    ],
    ids=["catheter", "revision"],
)
def test_catheter_removal_and_revision_leave_the_pump(only: Record) -> None:
    """Only the removal of the pump itself takes it away."""
    assert implanted_pump(chart(implant("2024-02-01"), only)) is True


@pytest.mark.parametrize("key", ["devices", "procedures", "conditions"])
def test_a_missing_key_leaves_absence_unknown_and_presence_known(key: str) -> None:
    """No pump is concluded only from keys that were read; a pump that was found stays found."""
    read = read_pump(chart(missing=[key]))

    assert (read.present, read.gaps) == (None, (key,))
    assert implanted_pump(chart(PUMP, implant("2024-02-01"), missing=[key])) is True


def test_uncoded_devices_and_procedures_leave_absence_unknown() -> None:
    """An uncoded record refutes nothing."""
    assert implanted_pump(chart(maybe=[device(coded=False)])) is None
    uncoded = procedure("x", coded=False)

    assert implanted_pump(chart(maybe=[uncoded])) is None
    assert implanted_pump(chart(maybe=[condition(coded=False)])) is False


def test_the_implant_date_is_the_earliest_still_in_place() -> None:
    """A removed pump's date is none; a replacement without a removal keeps the first."""
    first, second = implant("2019-05-01", "Procedure/1"), implant("2024-02", "Procedure/2")

    assert implant_date(chart(first, second)) == date("2019-05-01")
    assert implant_date(chart(first, second, removal("2024-01-15"))) == date("2024-02")
    assert implant_date(chart(first, removal("2024-01-15"))) is None
    assert implant_date(chart(PUMP)) is None


DAYS = st.integers(1, 28).map(lambda day: f"2024-02-{day:02d}")


@given(st.lists(DAYS, max_size=3), st.lists(DAYS, max_size=3))
def test_exact_dates_always_decide(ins: list[str], outs: list[str]) -> None:
    """With days known, a pump is in place if none was removed after the last implantation."""
    found = [implant(day, f"Procedure/i{n}") for n, day in enumerate(ins)]
    found += [removal(day, f"Procedure/o{n}") for n, day in enumerate(outs)]

    expected = bool(ins) and max(ins) >= max(outs, default="")

    assert implanted_pump(chart(*found)) is expected
    assert implanted_pump(chart(*reversed(found))) is expected


def test_a_pump_is_read_from_fhir() -> None:
    """A device, an implantation and its removal, as an EHR sends them."""
    local = "urn:intrathecal-cds:codes"

    def done(code: str, when: str) -> dict[str, Any]:
        concept = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}]}
        base = {"resourceType": "Procedure", "id": code, "status": "completed", "code": concept}
        return {**base, "performedDateTime": when}

    concept = {"coding": [{"system": local, "code": "it-pump"}]}
    in_place = {"resourceType": "Device", "id": "d", "status": "active", "type": concept}
    status = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z45.1"}]}
    looked_after = {"resourceType": "Condition", "id": "c", "code": status}

    assert implanted_pump(call(stored=(in_place,))) is True
    assert implant_date(call(stored=(done("62362", "2024-05-01"),))) == date("2024-05-01")
    removed = call(stored=(done("62362", "2024-05-01"), done("62365", "2025-05-01")))
    assert implanted_pump(removed) is False
    assert (
        implanted_pump(call(stored=(done("62362", "2024-05-01"), done("62355", "2025-05-01"))))
        is True
    )
    assert implanted_pump(call(stored=(looked_after,))) is None
    assert implanted_pump(call()) is False
