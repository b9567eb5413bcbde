"""Words that keep records by what they are."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chart import resources as fhir
from rules.chart.records import Records
from rules.engine.vocabulary.selecting import (
    CONDITION_DUE_TO,
    active,
    coded,
    denials,
    doubtful,
    due_to,
    ever,
    exists,
    in_,
    kind,
    manifested,
    not_for,
    of_type,
    positive,
    says,
    selected,
    starting,
    status,
    successful,
    systemic,
    union,
    unsuccessful,
    valued,
    with_role,
)
from tests.rules.chart import handmade, pharmacy
from tests.rules.engine.shelf import (
    care_team,
    condition,
    course,
    drug,
    frame,
    observation,
    order,
    put,
    sets,
    taken,
)

if TYPE_CHECKING:
    from rules.chart.records import Record, Truth

KEPT, DENIED, DROPPED, DOUBTED = "kept", "denied", "dropped", "doubted"


def verdict(records: object, record: Record) -> str:
    """Say what a word made of a record that was sure before."""
    assert isinstance(records, Records)
    places = [(KEPT, records.sure), (DOUBTED, records.maybe), (DENIED, records.denied)]
    found = [name for name, place in places if record in place]
    assert len(found) < 2
    return found[0] if found else DROPPED


def of(word: Any, record: Record, *args: object) -> str:  # noqa: ANN401 - a word
    """Say what a word makes of a record."""
    return verdict(word(Records((record,)), *args), record)


# ------------------------------------------------------------------------------------ code


@pytest.mark.parametrize(
    ("groups", "is_coded", "possible", "expected"),
    [
        (["cond-a"], True, [], KEPT),
        (["cond-a", "cond-c"], True, [], KEPT),
        (["cond-c"], True, [], DROPPED),
        ([], True, [], DROPPED),
        ([], False, [], DOUBTED),
        ([], True, ["cond-b"], DOUBTED),
        ([], True, ["cond-c"], DROPPED),
        (["cond-b"], True, ["cond-a"], KEPT),
    ],
)
def test_in_keeps_members_and_doubts_what_nothing_codes(
    groups: list[str], is_coded: bool, possible: list[str], expected: str
) -> None:
    """A code of any of the sets is enough; text alone supports nothing and refutes nothing."""
    one = put(handmade.condition(*groups, coded=is_coded), possible_groups=frozenset(possible))
    assert of(in_, one, "cond-a", "cond-b") == expected


def test_in_never_makes_a_doubtful_record_sure() -> None:
    """A provisional member stays provisional; a provisional stranger goes."""
    member, stranger = condition("cond-a"), condition("cond-b")
    kept = in_(Records((), (member, stranger)), "cond-a")
    assert kept == Records((), (member,))


def test_coded_drops_what_has_text_only() -> None:
    """Only what is coded remains, sure or doubtful."""
    with_code, text = condition("cond-a"), condition()
    assert of(coded, with_code) == KEPT
    assert of(coded, text) == DROPPED
    assert coded(Records((), (with_code, text))) == Records((), (with_code,))


# ------------------------------------------------------------------------------------ status


@pytest.mark.parametrize(("truth", "expected"), [(True, KEPT), (False, DENIED), (None, DOUBTED)])
def test_active_and_ever_follow_the_record(truth: Truth, expected: str) -> None:
    """What is resolved or refuted is evidence of the contrary; what is provisional is doubtful."""
    assert of(active, condition("cond-a", active=truth, ever=True)) == expected
    assert of(ever, condition("cond-a", active=True, ever=truth)) == expected
    assert of(active, handmade.allergy(active=truth)) == expected


def test_what_is_over_was_still_so_once() -> None:
    """A resolved condition is not active and did exist."""
    resolved = condition("cond-a", active=False, ever=True)
    assert of(active, resolved) == DENIED
    assert of(ever, resolved) == KEPT


@pytest.mark.parametrize(("counts", "expected"), [(True, KEPT), (None, DOUBTED)])
def test_records_without_a_clinical_status_are_active_as_far_as_they_count(
    counts: Truth, expected: str
) -> None:
    """An observation or a care team has no clinical status: it stands as far as it counts."""
    assert of(active, care_team(counts=counts)) == expected
    assert of(ever, observation(Decimal(1), counts=counts)) == expected


@pytest.mark.parametrize("name", ["completed", "in-progress", "stopped", "not-done"])
def test_status_keeps_the_statuses_asked_for(name: str) -> None:
    """The FHIR status has to be one of those named; a record without one is dropped."""
    done = handmade.procedure(status=name)
    assert of(status, done, name) == KEPT
    assert of(status, done, "on-hold", name) == KEPT
    assert of(status, done, "on-hold") == DROPPED
    assert of(status, condition("cond-a"), name) == DROPPED


# ------------------------------------------------------------------------------------ allergies


@pytest.mark.parametrize(
    ("said", "asked", "confirmed", "expected"),
    [
        ("intolerance", "intolerance", True, KEPT),
        ("intolerance", "intolerance", None, DOUBTED),
        ("allergy", "intolerance", True, DROPPED),
        ("allergy", "intolerance", None, DROPPED),
        ("", "", True, KEPT),
        ("", "intolerance", True, DROPPED),
    ],
)
def test_an_allergy_is_of_the_type_that_is_recorded(
    said: str, asked: str, confirmed: Truth, expected: str
) -> None:
    """A type that is not said is none; an unconfirmed entry stays doubtful."""
    assert of(of_type, handmade.allergy(kind=said, confirmed=confirmed), asked) == expected


def test_an_allergy_shows_itself_by_its_reaction() -> None:
    """One of the manifestations has to belong to one of the sets."""
    seen = put(handmade.allergy(), manifestations=frozenset({"cond-a", "cond-b"}))
    assert of(manifested, seen, "cond-b", "cond-c") == KEPT
    assert of(manifested, seen, "cond-c") == DROPPED
    assert of(manifested, handmade.allergy(), "cond-a") == DROPPED


# ------------------------------------------------------------------------------------ causes


def caused(**value: Any) -> Record:  # noqa: ANN401 - value[x] of the extension
    """Make a condition with a recorded cause."""
    cause = fhir.Extension(url=CONDITION_DUE_TO, **value)
    return put(condition("cond-a"), resource=fhir.Condition(extension=[cause]))


def test_a_condition_is_due_to_an_order_it_names() -> None:
    """The cause may be a medication order on record; another order is no cause."""
    opioid = taken(pharmacy.MORPHINE, "2026-01-01", id="opioid")
    other = taken(pharmacy.GABAPENTIN, "2026-01-01", id="other")
    words = frame(opioid, other)
    for reference, expected in (
        ("MedicationRequest/opioid", KEPT),
        ("https://ehr.example.org/fhir/MedicationRequest/opioid", KEPT),
        ("MedicationRequest/opioid/_history/2", KEPT),
        ("MedicationRequest/other", DROPPED),
        ("MedicationRequest/gone", DROPPED),
    ):
        one = caused(value_reference=fhir.Reference(reference=reference))
        kept = due_to(words, Records((one,)), "med-opioid-ingredient")
        assert verdict(kept, one) == expected


@pytest.mark.parametrize(
    ("code", "expected"), [(pharmacy.MORPHINE, KEPT), (pharmacy.GABAPENTIN, DROPPED)]
)
def test_a_condition_is_due_to_a_coded_cause(code: str, expected: str) -> None:
    """The cause may be a code of one of the sets."""
    coding = fhir.Coding(system=pharmacy.RXNORM, code=code)
    one = caused(value_codeable_concept=fhir.Concept(coding=[coding]))
    kept = due_to(frame(), Records((one,)), "med-opioid-ingredient")
    assert verdict(kept, one) == expected


def test_without_that_extension_nothing_is_due_to_anything() -> None:
    """Another extension says nothing about the cause, nor does none."""
    other = caused(value_reference=fhir.Reference(reference="MedicationRequest/opioid"))
    other.resource = fhir.Condition(
        extension=[
            fhir.Extension(
                url="http://example.org/other",
                value_reference=fhir.Reference(reference="MedicationRequest/opioid"),
            )
        ]
    )
    plain = condition("cond-a")
    words = frame(taken(pharmacy.MORPHINE, "2026-01-01", id="opioid"))
    assert due_to(words, Records((other, plain)), "med-opioid-ingredient") == Records()


# ------------------------------------------------------------------------------------ answers


@pytest.mark.parametrize(
    ("groups", "value", "expected"),
    [
        (["local#favourable"], "favourable", KEPT),
        (["local#unfavourable"], "unfavourable", DENIED),
        ([], None, DOUBTED),
    ],
)
def test_says_reads_coded_answers(groups: list[str], value: object, expected: str) -> None:
    """Another answer is evidence of the contrary; no answer is none."""
    one = observation(value, value_groups=frozenset(groups))
    assert of(says, one, "local#favourable", "local#conditional") == expected


@pytest.mark.parametrize(
    ("value", "asked", "expected"),
    [
        (True, True, KEPT),
        (True, False, DENIED),
        (False, True, DENIED),
        (False, False, KEPT),
        (None, True, DOUBTED),
        (Decimal(1), True, DOUBTED),
        ("true", True, DOUBTED),
    ],
)
def test_valued_reads_booleans_only(value: object, asked: bool, expected: str) -> None:
    """A number or a text is neither true nor false."""
    assert of(valued, observation(value), asked) == expected


def test_two_contrary_statements_of_one_date_cancel_each_other() -> None:
    """The newest are tied: where they disagree, each is doubtful and none denies the other."""
    yes, no = observation(True, "2026-11-20"), observation(False, "2026-11-20")
    tied = Records((yes, no), tied=True)
    for asked in (True, False):
        assert valued(tied, asked) == Records((), (yes, no))
    agreeing = Records((yes, observation(True, "2026-11-20")), tied=True)
    assert valued(agreeing, True) == agreeing
    assert valued(agreeing, False) == Records((), (), agreeing.sure, tied=True)


@pytest.mark.parametrize(
    ("interpretation", "expected"),
    [(["POS"], KEPT), (["DET"], KEPT), (["NEG"], DROPPED), (["ND"], DROPPED), (["H"], DOUBTED),
     ([], DOUBTED)],
)  # fmt: skip
def test_positive_reads_the_interpretation(interpretation: list[str], expected: str) -> None:
    """POS and DET are positive, NEG and ND are not; anything else leaves it open."""
    one = observation(None, interpretation=frozenset(interpretation))
    assert of(positive, one) == expected


def test_a_named_organism_is_a_positive_result() -> None:
    """Staphylococcus aureus as the coded value is positive without an interpretation."""
    aureus = fhir.Coding(system="http://snomed.info/sct", code="3092008")
    concept = fhir.Concept(coding=[aureus])
    one = observation("3092008", resource=fhir.Observation(value_codeable_concept=concept))
    assert of(positive, one) == KEPT
    text = fhir.Observation(value_codeable_concept=fhir.Concept(text="seen by the laboratory"))
    assert of(positive, observation("seen", resource=text)) == DOUBTED


@pytest.mark.parametrize("said", ["No growth after 5 days", "Negative", "not detected"])
def test_a_code_that_says_nothing_was_found_leaves_a_culture_open(said: str) -> None:
    """A coded value without interpretation is no organism where its own words deny one."""
    none = fhir.Coding(system="http://snomed.info/sct", code="1", display=said)
    concept = fhir.Concept(coding=[none])
    one = observation("1", resource=fhir.Observation(value_codeable_concept=concept))
    assert of(positive, one) == DOUBTED


@pytest.mark.parametrize(
    ("code", "good", "bad"),
    [("385669000", KEPT, DENIED), ("385671000", DENIED, KEPT), ("385670004", DOUBTED, DOUBTED),
     (None, DOUBTED, DOUBTED)],
)  # fmt: skip
def test_an_outcome_is_successful_unsuccessful_or_open(
    code: str | None, good: str, bad: str
) -> None:
    """Only the two codes decide, each against the other; partially successful decides nothing."""
    done = handmade.procedure(outcome=[code] if code else [])
    assert of(successful, done) == good
    assert of(unsuccessful, done) == bad


def test_words_of_another_type_leave_a_record_open() -> None:
    """A condition has no value, no outcome and no route: nothing is said about it."""
    one = condition("cond-a")
    assert of(says, one, "local#favourable") == DOUBTED
    assert of(valued, one, True) == DOUBTED
    assert of(positive, one) == DOUBTED
    assert of(successful, one) == DOUBTED
    assert of(systemic, one) == DOUBTED


# ------------------------------------------------------------------------------------ roles, orders


def test_a_team_has_the_roles_of_its_participants() -> None:
    """One of the roles is enough; no other record has a role."""
    team = care_team("local#role-nurse", "local#role-implanter")
    assert of(with_role, team, "local#role-implanter", "local#role-psychologist") == KEPT
    assert of(with_role, team, "local#role-psychologist") == DROPPED
    assert of(with_role, condition("local#role-nurse"), "local#role-nurse") == DROPPED


def test_not_for_drops_what_has_a_barred_reason() -> None:
    """A record without a reason, or of a type that has none, stays."""
    barred = handmade.request("order-refill", reasons=["cond-a"])
    assert of(not_for, barred, "cond-a", "cond-b") == DROPPED
    assert of(not_for, barred, "cond-b") == KEPT
    assert of(not_for, condition("cond-a"), "cond-a") == KEPT


def test_orders_are_kept_by_kind_and_by_selection() -> None:
    """Only orders have a kind; those that order-select does not name are not asked about."""
    implant, refill = order("implant"), order("refill", selected=False)
    assert of(kind, implant, "implant", "trial") == KEPT
    assert of(kind, implant, "refill") == DROPPED
    assert of(kind, handmade.request("order-implant"), "implant") == DROPPED
    assert of(selected, implant) == KEPT
    assert of(selected, refill) == DROPPED
    assert of(selected, condition("cond-a")) == DROPPED


def test_an_order_starts_something_where_it_ends_and_renews_nothing() -> None:
    """A stop, a renewal of an earlier order and a stored order under change start nothing."""
    first = order("implant", ref="ServiceRequest/first")
    stop = order("it-medication", ref="MedicationRequest/stop", ended=True)
    changed = order("implant", ref="ServiceRequest/changed")
    dispatched = order("implant", ref="ServiceRequest/changed", stored=True)
    prior = fhir.Reference(reference="MedicationRequest/old")
    renewal = order("it-medication", ref="MedicationRequest/renewal")
    renewal.medication = taken(pharmacy.MORPHINE, "2026-01-01", id="renewal")
    renewal.medication.resource.prior_prescription = prior  # type: ignore[attr-defined]  # its type has it
    words = frame(put(handmade.request("order-implant"), ref="ServiceRequest/changed"))
    found = Records((first, stop, changed, dispatched, renewal, condition("cond-a")))
    assert starting(words, found) == Records((first, dispatched))


@pytest.mark.parametrize(
    ("route", "expected"),
    [("oral", KEPT), ("sc", KEPT), ("transdermal", KEPT), ("intrathecal", DROPPED),
     ("epidural", DROPPED), ("topical", DROPPED), (None, DOUBTED)],
)  # fmt: skip
def test_systemic_follows_the_route(route: str | None, expected: str) -> None:
    """Neuraxial and topical are never systemic; an unknown route is neither."""
    given_to = drug(pharmacy.request(pharmacy.MORPHINE, pharmacy.dosage((5, "mg"), 1, route=route)))
    assert of(systemic, given_to) == expected
    assert of(systemic, course()) == DOUBTED


# ------------------------------------------------------------------------------------ sets


@given(first=sets(), second=sets())
def test_a_union_holds_what_either_holds(first: Records, second: Records) -> None:
    """Nothing is lost, nothing is listed twice, and a gap of either is a gap of both."""
    both = union(first, second)
    assert isinstance(both, Records)
    assert {*both.sure} == {*first.sure, *second.sure}
    assert {*both.possible()} == {*first.possible(), *second.possible()}
    assert {*both.denied} == {*first.denied, *second.denied}
    assert len(both.sure) == len({*both.sure})
    assert both.complete == (first.complete and second.complete)
    assert {*both.gaps} == {*first.gaps, *second.gaps}


@given(records=sets())
def test_a_union_with_nothing_changes_nothing(records: Records) -> None:
    """The empty complete set is the neutral element."""
    assert union(records, Records()) == records
    assert union(Records(), records) == records


@given(records=sets())
def test_denials_are_the_records_that_say_the_contrary(records: Records) -> None:
    """They are sure of it; what was doubtful or kept is no denial, and a gap remains a gap."""
    found = denials(records)
    assert found == Records(records.denied, (), (), records.complete, records.gaps)
    assert exists(found) is (True if records.denied else False if records.complete else None)


@given(records=sets())
def test_only_coded_records_raise_a_doubt(records: Records) -> None:
    """An uncoded record keeps the answer open and is no hint of anything."""
    assert doubtful(records) is any(one.coded for one in records.maybe)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("has_maybe", [True, False])
@pytest.mark.parametrize("has_sure", [True, False])
def test_exists_in_every_combination(has_sure: bool, has_maybe: bool, complete: bool) -> None:
    """A sure record settles it; without one, a doubtful record or a gap leaves it open."""
    records = Records(
        (condition("cond-a"),) if has_sure else (), (condition("cond-a"),) if has_maybe else (),
        (condition("cond-a"),), complete,
    )  # fmt: skip
    expected = True if has_sure else None if has_maybe or not complete else False
    assert exists(records) is expected


@given(
    records=sets(), chosen=st.lists(st.sampled_from(("cond-a", "cond-b", "obs-inr")), min_size=1)
)
def test_asking_for_more_sets_keeps_more(records: Records, chosen: list[str]) -> None:
    """`in` of several sets is the union of `in` of each."""
    whole = in_(records, *chosen)
    assert isinstance(whole, Records)
    parts = [in_(records, one) for one in chosen]
    assert {*whole.sure} == {one for part in parts for one in part.sure}  # type: ignore[attr-defined]  # words are untyped
