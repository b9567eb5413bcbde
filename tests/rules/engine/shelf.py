"""Records of every type, made by hand, and a frame to try the words of the language on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from hypothesis import strategies as st

from rules.chart import resources as fhir
from rules.chart.courses import Course
from rules.chart.medications import Medication, read_medication
from rules.chart.orders import Order
from rules.chart.records import CareTeam, Condition, Interval, Observation, Record, Records
from rules.engine.frame import Frame
from rules.engine.vocabulary import (
    data,
    dating,
    measuring,
    medicating,
    readings,
    retrieves,
    selecting,
    showing,
)
from rules.engine.words import Vocabulary
from tests.rules.chart import handmade, pharmacy
from tests.rules.chart.calls import policy, terminology
from tests.rules.chart.handmade import CLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.records import Truth
    from rules.chart.spans import Span

Any_ = TypeVar("Any_", bound=Record)
TODAY = date(2026, 11, 22)
# Value sets that the records of the shelf belong to, and one that none does.
NAMES = (
    "cond-a", "cond-b", "obs-pain-score", "obs-inr", "proc-trial", "med-opioid-ingredient",
    "med-anticoagulant", "local#role-nurse", "cond-thrombocytopenia", "nothing",
)  # fmt: skip
VOCABULARY = Vocabulary.of(
    retrieves, readings, data, selecting, dating, measuring, medicating, showing,
    choices={"value-set": frozenset(NAMES)},
)  # fmt: skip


def day(text: str | None) -> Span | None:
    """Read a FHIR date as the chart does."""
    return CLOCK.read(text)


def span(text: str) -> Span:
    """Read a FHIR date that is one."""
    found = CLOCK.read(text)
    assert found is not None
    return found


def ago(days: int) -> str:
    """Write the date so many days before the day of the call."""
    return (TODAY - timedelta(days=days)).isoformat()


def put(record: Any_, **facts: object) -> Any_:
    """Set facts of a record."""
    for name, fact in facts.items():
        setattr(record, name, fact)
    return record


def condition(*groups: str, when: str | None = None, **facts: Any) -> Condition:  # noqa: ANN401 - facts
    """Make a Condition that is active and was recorded at *when*."""
    made = handmade.condition(*groups, coded=bool(groups))
    ref = f"Condition/{when or 'undated'}"
    return put(made, when=day(when), onset=day(when), ref=ref, **facts)


def observation(value: object, when: str | None = None, **facts: Any) -> Observation:  # noqa: ANN401 - facts
    """Make an Observation with a value; without *group* an INR."""
    group = facts.pop("group", "obs-inr")
    made = handmade.observation(group, None, when, ref=f"Observation/{group}-{when or 'undated'}")
    return put(made, value=value, unit="", **facts)


def care_team(*roles: str, ref: str = "CareTeam/t", counts: Truth = True) -> CareTeam:
    """Make a CareTeam of roles."""
    made = CareTeam(
        key="careTeams", ref=ref, resource=fhir.CareTeam(), groups=frozenset(), coded=True,
        counts=counts, text="team", when=None,
    )  # fmt: skip
    return put(made, roles=frozenset(roles))


def course(
    ingredient: str = "7052", route: str = "oral", start: str | None = None,
    end: str | None = None, **facts: Any,  # noqa: ANN401 - facts
) -> Course:  # fmt: skip
    """Make an opioid course; without an end it continues."""
    first, last = day(start), day(end)
    made = Course(
        key="medicationRequests", ref=f"MedicationRequest/{ingredient}-{route}{start or ''}",
        resource=fhir.MedicationRequest(), groups=frozenset({"med-opioid-ingredient"}), coded=True,
        counts=True, text=terminology().name(ingredient), when=first,
    )  # fmt: skip
    put(
        made, ingredient=ingredient, name=made.text, route_class=route, segments=(), start=first,
        end=last, ended=end is not None, continuing=end is None, qualifies=True, failed=False,
        failed_why="", stopped_for_intolerance=False,
    )  # fmt: skip
    return put(made, **facts)


def order(kind: str, ref: str = "ServiceRequest/d", **facts: Any) -> Order:  # noqa: ANN401 - facts
    """Make a draft order of a kind."""
    made = Order(
        key="draftOrders", ref=ref, resource=fhir.ServiceRequest(), groups=frozenset(), coded=True,
        counts=True, text=f"draft {kind}", when=None,
    )  # fmt: skip
    put(
        made, kind=kind, status="draft", selected=True, stored=False, draft={}, has_id=True,
        prohibits=False, ended=False, discontinue=False, replacement=False, medication=None,
        reason_groups=frozenset(), reason_refs=(), sites=frozenset(), occurrence=None,
        occurrence_end=None,
    )  # fmt: skip
    return put(made, **facts)


def drug(resource: dict[str, Any], key: str = "medicationRequests") -> Medication:
    """Read a MedicationRequest with the shipped value sets."""
    found = read_medication(
        pharmacy.typed(resource), key=key, ref=f"MedicationRequest/{resource['id']}",
        resolve=lambda _: None, clock=CLOCK, terminology=terminology(), issues=[],
    )  # fmt: skip
    assert found is not None
    return found


def taken(
    code: str, start: str | None = None, end: str | None = None, *, route: str | None = "oral",
    **more: Any,  # noqa: ANN401 - elements of a MedicationRequest
) -> Medication:  # fmt: skip
    """Read an order that ran from one date to another; without an end it continues."""
    bounds = (start, end) if start or end else None
    dosage = pharmacy.dosage((20, "mg"), 3, route=route, bounds=bounds)
    status = "active" if end is None else "completed"
    return drug(pharmacy.request(code, dosage, **{"status": status} | more))


def ended(code: str, start: str) -> Medication:
    """Read an order that was stopped, and nothing says when."""
    return taken(code, start, status="stopped")


def frame(
    *found: Record, policy_: Mapping[str, object] | None = None, **more: Any,  # noqa: ANN401 - parts
) -> Frame:  # fmt: skip
    """Give a frame over a chart of these records, under the shipped default policy.

    *more* are attributes of the chart; one that is called `memo` holds nouns worked out already.
    """
    memo = more.pop("memo", {})
    chosen = policy() if policy_ is None else policy_
    chart = SimpleNamespace(
        clock=CLOCK, policy=chosen, terminology=terminology(), orders=(),
        call=SimpleNamespace(hook="order-sign", context={}), faults=lambda _: (),
        lookup={one.ref: one.resource for one in found}.get,
        **{name: _of(found, kinds) for name, kinds in _SETS.items()},
    )  # fmt: skip
    for name, value in more.items():
        setattr(chart, name, value)
    made = Frame(cast("Any", chart), chosen, nouns=VOCABULARY.nouns)
    made.memo.update(memo)
    return made


def _of(found: Iterable[Record], kinds: str) -> Records:
    return Records(tuple(one for one in found if type(one).__name__ == kinds))


_SETS = {
    "conditions": "Condition", "observations": "Observation", "procedures": "Procedure",
    "allergies": "Allergy", "devices": "Device", "care_teams": "CareTeam",
    "service_requests": "ServiceRequest", "medications": "Medication",
}  # fmt: skip


def _everything() -> tuple[Record, ...]:
    uncoded = put(handmade.condition(coded=False), when=day("2026-10"))
    coded = frozenset({"385669000"})
    found: list[Record] = [
        condition("cond-a", when=ago(3)),
        condition("cond-b", when="2026", active=False),
        condition("cond-a", "cond-thrombocytopenia", when=None, active=None, ever=None),
        uncoded,
        *(
            observation(value, when)
            for value, when in (
                (Decimal("1.2"), ago(2)),
                (Decimal("1.9"), f"{ago(2)}T08:00:00Z"),
                (Interval(Decimal(1), None), "2026-11"),
                (None, ago(400)),
                (Decimal(2), None),
            )
        ),
        observation(True, ago(1), group="local#a"),
        observation("text", "2026", group="local#a"),
        observation(span("2026-12-01"), ago(5), group="local#refill-due-date"),
        observation(Decimal(7), ago(4), group="obs-pain-score"),
        put(observation("x", ago(9)), interpretation=frozenset({"POS"})),
        handmade.procedure(start=f"{ago(5)}T09:00:00Z", end=f"{ago(3)}T09:00:00Z"),
        handmade.procedure("cond-a", status="in-progress", start=None, outcome=coded),
        handmade.allergy("7052", kind="intolerance", groups=("med-opioid-ingredient",)),
        handmade.allergy(kind="", confirmed=None, active=False, coded=False),
        handmade.device("cond-a"),
        care_team("local#role-nurse"),
        care_team(),
        handmade.request("order-refill"),
        course(start="2026-01-01", end="2026-03-01", failed=True),
        course("7804", "transdermal", failed=None, qualifies=None),
        order("implant"),
        order("refill", selected=False, reason_groups=frozenset({"cond-a"})),
        taken(pharmacy.MORPHINE, "2026-01-01", id="continuing"),
        taken(pharmacy.OXYCODONE, "2025", "2026-06", route=None, id="partial"),
        taken(pharmacy.FENTANYL, ago(9), ago(2), route="intrathecal", id="neuraxial"),
        taken("11289", "2026-01-01", status="on-hold", id="undated-hold"),
        ended(pharmacy.HYDROMORPHONE, "2026-02-01"),
        drug(pharmacy.request(None)),
    ]
    return tuple(found)


# One record of every type, and of every way in which a fact may be open.
EVERYTHING = _everything()


@st.composite
def sets(draw: st.DrawFn, pool: tuple[Record, ...] = EVERYTHING) -> Records:
    """Draw a set of records, some sure, some doubtful, some denied, complete or not."""
    chosen = draw(st.lists(st.sampled_from(pool), unique_by=id, max_size=8))
    places = draw(st.lists(st.integers(0, 3), min_size=len(chosen), max_size=len(chosen)))
    dealt = [
        tuple(one for one, place in zip(chosen, places, strict=True) if place in wanted)
        for wanted in ((0, 1), (2,), (3,))
    ]
    complete = draw(st.booleans())
    gaps = () if complete else ("conditions",)
    return Records(dealt[0], dealt[1], dealt[2], complete, gaps)


NUMBERS = st.sampled_from(
    [0, 1, 14, 90, -3, 10**6, Decimal("0.5"), Decimal(24), Interval(Decimal(1), Decimal(3)),
     Interval(None, None)]
)  # fmt: skip
