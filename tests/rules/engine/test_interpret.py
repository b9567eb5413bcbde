from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from rules.chart.records import Record, Records, unknown
from rules.engine import strength
from tests.rules.engine.toys import Chest, Toy, frame_of, program, thing

if TYPE_CHECKING:
    from rules.engine.interpret import Traced

MEASURED, ASSERTED, INFERRED = strength.MEASURED, strength.ASSERTED, strength.INFERRED
ABSENT, PRESUMED = strength.ABSENT, strength.PRESUMED

SAID = Toy("Toy/said", "balls", size=Decimal(1))
READ = Toy("Toy/read", "balls", size=Decimal(9), value=Decimal(5))
GUESSED = Toy("Toy/guessed", "balls", size=Decimal(3), notes=("inferred",))


def trace(text: str, chest: Chest, **named: str) -> Traced:
    """Trace one expression, after and without its evaluation, and insist that both agree."""
    one = program(it=text, **named)
    frame = frame_of(one, chest, {"size.inclusive": True})
    fresh = one.trace("it", frame_of(one, chest, {"size.inclusive": True}))
    one.evaluate("it", frame)
    traced = one.trace("it", frame)
    assert (traced.value, traced.strength, traced.evidence) == (
        fresh.value, fresh.strength, fresh.evidence,
    )  # fmt: skip
    return traced


def sure(*records: Record) -> Records:
    """Make a complete set."""
    return Records(records)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (sure(SAID), (True, ASSERTED, ("Toy/said",))),
        (sure(READ), (True, MEASURED, ("Toy/read",))),
        (sure(GUESSED), (True, INFERRED, ("Toy/guessed",))),
        (sure(GUESSED, SAID), (True, ASSERTED, ("Toy/guessed", "Toy/said"))),
        (sure(SAID, READ), (True, MEASURED, ("Toy/said", "Toy/read"))),
        (Records((SAID,), (READ,), complete=False), (True, ASSERTED, ("Toy/said",))),
        (Records((), (), (SAID,)), (False, ASSERTED, ("Toy/said",))),
        (Records((), (), (READ, SAID)), (False, MEASURED, ("Toy/read", "Toy/said"))),
        (Records(), (False, ABSENT, ())),
        (Records((), (SAID,)), (None, None, ("Toy/said",))),
        (Records((), (SAID,), (READ,)), (None, None, ("Toy/said",))),
        (unknown(["toys"]), (None, None, ())),
    ],
)
def test_exists(records: Records, expected: tuple[object, str | None, tuple[str, ...]]) -> None:
    """What a set of records lends to `|exists`, for every way it can be known."""
    traced = trace("toys|exists", Chest(toys=records))
    assert (traced.value, traced.strength, traced.evidence) == expected
    assert traced.gaps == (("toys",) if records.gaps else ())


def test_numbers_and_lists_read_off_records() -> None:
    """A count or a list of facts rests on the records; none of them is absence."""
    assert trace("toys|count > 0", Chest(toys=sure(SAID))).strength == ASSERTED
    assert trace("toys|count > 0", Chest()).strength == ABSENT
    assert trace("'red' in toys|colours", Chest(toys=sure(GUESSED))).evidence == ("Toy/guessed",)


def test_denials_decide_a_narrowed_set() -> None:
    """A measurement that is too low is the evidence of the answer no."""
    traced = trace("toys|bigger(10)|exists", Chest(toys=sure(READ, SAID)))
    assert (traced.value, traced.strength) == (False, MEASURED)
    assert traced.evidence == ("Toy/read", "Toy/said")


CHEST = Chest(
    toys=sure(READ), lent=sure(GUESSED), open=None, price=Decimal(3),
    box=thing(round=True, evidence=(SAID,)),
)  # fmt: skip
YES_MEASURED, YES_INFERRED = "toys|exists", "lent|exists"
NO_MEASURED, NO_ABSENT = "toys|bigger(99)|exists", "lent|in('trains')|exists"
YES_ASSERTED, OPEN = "box.round", "toys[.made == today]|exists"


@pytest.mark.parametrize(
    ("text", "value", "firm"),
    [
        (f"{YES_MEASURED} && {YES_INFERRED}", True, INFERRED),
        (f"{YES_MEASURED} && {YES_ASSERTED}", True, MEASURED),
        (f"{YES_ASSERTED} && {YES_MEASURED}", True, MEASURED),
        (f"{YES_ASSERTED} && !{NO_ABSENT}", True, ABSENT),
        (f"{NO_MEASURED} && {NO_ABSENT}", False, MEASURED),
        (f"{NO_ABSENT} && {NO_MEASURED} && {OPEN}", False, MEASURED),
        (f"{NO_ABSENT} && {YES_MEASURED}", False, ABSENT),
        (f"{NO_ABSENT} && {OPEN}", False, ABSENT),
        (f"{YES_MEASURED} && {OPEN}", None, None),
        (f"{YES_INFERRED} || {YES_ASSERTED}", True, ASSERTED),
        (f"{YES_INFERRED} || {OPEN}", True, INFERRED),
        (f"{NO_ABSENT} || {YES_INFERRED}", True, INFERRED),
        (f"{NO_ABSENT} || {NO_MEASURED}", False, MEASURED),
        (f"{NO_ABSENT} || !{YES_INFERRED}", False, INFERRED),
        (f"{NO_ABSENT} || {OPEN}", None, None),
        (f"!{YES_INFERRED}", False, INFERRED),
        ("toys|count > lent|count", False, INFERRED),
        ("toys|count > 0", True, MEASURED),
        ("price > 1", True, ASSERTED),
        ("policy.size.inclusive && toys|exists", True, MEASURED),
        ("policy.size.inclusive", True, None),
        ("true || false", True, None),
        (f"{YES_INFERRED} ? {YES_MEASURED} : {OPEN}", True, MEASURED),
        (f"{YES_INFERRED} ? true : unknown", True, INFERRED),
        (f"{YES_INFERRED} ? {OPEN} : true", None, None),
        (f"{OPEN} ? false : true", True, PRESUMED),
        (f"{OPEN}|is_unknown", True, PRESUMED),
        (f"{OPEN}|or_else(false)", False, PRESUMED),
        (f"{YES_INFERRED}|or_else(false)", True, INFERRED),
        (f"({YES_INFERRED})|is_true", True, INFERRED),
        (f"{YES_INFERRED}|raises_doubt", None, None),
        (f"{NO_ABSENT}|raises_doubt", False, ABSENT),
    ],
)
def test_strength_composes(text: str, value: object, firm: str | None) -> None:
    """How firm an answer is follows from what decided it."""
    traced = trace(text, CHEST)
    assert traced.value is value
    assert traced.strength == firm


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (f"{YES_MEASURED} && {YES_INFERRED}", ("Toy/read", "Toy/guessed")),
        (f"{YES_MEASURED} && {NO_ABSENT}", ()),
        (f"{NO_MEASURED} && {YES_INFERRED}", ("Toy/read",)),
        (f"{YES_INFERRED} || {NO_MEASURED}", ("Toy/guessed",)),
        (f"{YES_INFERRED} && {OPEN}", ("Toy/read",)),
        (f"{YES_INFERRED} ? {YES_ASSERTED} : {OPEN}", ("Toy/said", "Toy/guessed")),
        ("toys|count > lent|count", ("Toy/read", "Toy/guessed")),
        (f"[{YES_INFERRED}, {YES_ASSERTED}]", ("Toy/guessed", "Toy/said")),
    ],
)
def test_evidence_is_what_decided(text: str, evidence: tuple[str, ...]) -> None:
    """Evidence names the deciding records, each once, in the order they are met."""
    assert trace(text, CHEST).evidence == evidence


def test_computed_nouns() -> None:
    """An attribute of a computed noun has its evidence, and its own strength where it gives one."""
    plain = trace("box.round", Chest(box=thing(round=True, evidence=(GUESSED, READ))))
    assert (plain.strength, plain.evidence) == (MEASURED, ("Toy/guessed", "Toy/read"))
    firm = trace("box.round", Chest(box=thing(round=True, evidence=(READ,), strength=INFERRED)))
    assert firm.strength == INFERRED
    none = trace("box.round", Chest(box=thing(round=False, evidence=())))
    assert (none.strength, none.evidence) == (ABSENT, ())
    left_open = trace("box.round", Chest(box=thing(evidence=(READ,))))
    assert (left_open.value, left_open.strength, left_open.evidence) == (None, None, ("Toy/read",))


def test_definitions_are_traced_once() -> None:
    """Every use of a definition, in any expression, gives the one trace of it."""
    one = program(A="D && toys|exists", B="!D", D="lent|exists")
    frame = frame_of(one, CHEST)
    first = one.trace("A", frame).parts[0]
    second = one.trace("B", frame).parts[0]
    assert first.parts[0] is second.parts[0]
    assert first.strength == INFERRED


def test_parts_are_all_there() -> None:
    """Every operand has its own trace, also where an earlier one settled the answer."""
    traced = trace(f"{NO_ABSENT} && {YES_MEASURED}", CHEST)
    assert [part.value for part in traced.parts] == [False, True]
    assert traced.parts[1].parts[0].evidence == ("Toy/read",)


def test_gaps_say_what_would_settle() -> None:
    """An unknown names the keys whose data were not had."""
    chest = Chest(toys=unknown(["observations"]), lent=unknown(["conditions"]), open=True)
    assert trace("toys|exists && lent|exists", chest).gaps == ("observations", "conditions")
    assert trace("open || toys|exists", chest).gaps == ()
    assert trace("toys|exists ? 1 : unknown", chest).gaps == ("observations",)


def test_order_of_strengths() -> None:
    """Measured and asserted are alike and measured is kept; what has none does not count."""
    order = [MEASURED, INFERRED, ABSENT, PRESUMED]
    for place, one in enumerate(order):
        for other in order[place:]:
            assert strength.strongest([other, None, one]) == one
            assert strength.weakest([other, None, one]) == other
    assert (
        strength.weakest([ASSERTED, MEASURED]) == strength.weakest([MEASURED, ASSERTED]) == MEASURED
    )
    assert strength.strongest([ASSERTED, MEASURED]) == MEASURED
    assert strength.weakest([None]) is None
