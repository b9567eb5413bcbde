"""What holds for every call, whatever is on record: the safety invariants (knowledge.md 0.5).

The shipped cases are varied: keys and resources are taken away, irrelevant ones added, entries
shuffled, names made long, rules made to fail.
"""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.cards import cards
from tests.rules.engine.scenes import (
    FIXTURES,
    KEYS,
    Answer,
    Scene,
    basic,
    book,
    candidate,
    cases,
    coded,
    condition,
    drug,
    intrathecal,
    observation,
    quantity,
    refill,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from rules import Action, Outcome

RULES = sorted(
    path.stem for path in (FIXTURES.parent / "rules" / "clinical").glob("*/*.yaml")
    if path.stem != "DAT-01"
)  # fmt: skip
POLICIES = ("default", "cms-280.14", "anthem", "evicore", "pacc-2024")
IRRELEVANT = (
    condition("sinusitis", coded("sct", "444814009", "Viral sinusitis")),
    observation(
        "lipids", coded("loinc", "57698-3", "Lipid panel"), valueQuantity=quantity(180, "mg/dL")
    ),
    {"resourceType": "Procedure", "id": "cataract", "status": "completed",
     "code": coded("sct", "110473004", "Cataract surgery"), "performedDateTime": "2026-03-01"},
    drug("statin", "83367", dosageInstruction=[{"route": coded("sct", "26643006")}]),
    {"resourceType": "Encounter", "id": "visit", "status": "finished"},
)  # fmt: skip
SHAKEN = settings(max_examples=150)


@cache
def every_case() -> tuple[Scene, ...]:
    """Return the shipped cases, read once."""
    return tuple(cases())


@cache
def answer(place: int) -> Answer:
    """Return what a shipped case is told, worked out once."""
    return every_case()[place].ask()


def some_case() -> st.SearchStrategy[int]:
    """Draw the place of a shipped case."""
    return st.integers(0, len(every_case()) - 1)


def told(outcome: Outcome) -> tuple[object, ...]:
    """Return all that an outcome says, but for the texts that name where records stood."""
    return (
        outcome.phase, outcome.verdict, outcome.criteria, outcome.rules,
        [(one.rule, one.indicator, one.summary, one.suggestions) for one in outcome.advice],
    )  # fmt: skip


def results(found: Answer) -> dict[str, str]:
    """Return the result of every rule."""
    return {one.id: one.result for one in found.outcome.rules}


def alarms(found: Answer) -> Iterator[str]:
    """Return the rules that speak with more than information; the gap card is no alarm."""
    return (
        one.rule for one in found.outcome.advice if one.indicator != "info" and one.rule != "DAT-01"
    )


def actions(found: Answer) -> Iterator[Action]:
    """Return every action of every suggestion."""
    for advice in found.outcome.advice:
        for suggestion in advice.suggestions:
            yield from suggestion.actions


# ------------------------------------------------------------------------------ the same answer


def test_no_rule_fails_on_any_case() -> None:
    """A rule that breaks down would be silent: none does, under any policy."""
    for place, scene in enumerate(every_case()):
        for policy in POLICIES:
            found = answer(place) if policy == scene.policy else scene.under(policy).ask()
            reasons = [one.reason or "" for one in found.outcome.rules]
            assert not [one for one in reasons if "failed" in one or "steps" in one]


@SHAKEN
@given(place=some_case())
def test_the_same_call_gives_the_same_answer(place: int) -> None:
    """Nothing but the call and the knowledge decides."""
    assert every_case()[place].ask().outcome == answer(place).outcome


@SHAKEN
@given(place=some_case(), seed=st.integers(0, 2**32))
def test_the_order_of_entries_is_irrelevant(place: int, seed: int) -> None:
    """Servers give entries in any order."""
    scene = every_case()[place]
    stored = list(scene.stored)
    random.Random(seed).shuffle(stored)
    assert told(replace(scene, stored=tuple(stored)).ask().outcome) == told(answer(place).outcome)


@SHAKEN
@given(place=some_case(), extra=st.sets(st.sampled_from(range(len(IRRELEVANT))), min_size=1))
def test_what_has_nothing_to_do_with_it_changes_nothing(place: int, extra: set[int]) -> None:
    """A sinusitis, a lipid panel, a cataract: the same verdict, criteria and cards."""
    more = every_case()[place].add(*(IRRELEVANT[at] for at in sorted(extra))).ask()
    assert told(more.outcome)[:4] == told(answer(place).outcome)[:4]


# ---------------------------------------------------------------------------- what is not there


@pytest.mark.parametrize("key", [key for key in KEYS.values() if key != "patient"])
def test_a_missing_key_silences_no_alarm_unsaid(key: str) -> None:
    """Without a key an alarm stays, or is not checked and the gap card speaks."""
    for place, scene in enumerate(every_case()):
        if key in scene.missing:
            continue
        before = answer(place)
        after = replace(scene, missing=(*scene.missing, key)).ask()
        now = results(after)
        for rule in alarms(before):
            if now[rule] in {"fired", "not-checked"}:
                continue
            # Without a request or a trial on record, nothing asks whether a pump is considered.
            assert now[rule] == "not-applicable", (place, rule, now[rule])
            assert key in {"procedures", "serviceRequests"}, (place, rule)
            assert after.outcome.phase == "review", (place, rule)
        if now != results(before):
            assert now["DAT-01"] == "fired", place


@pytest.mark.parametrize("key", [key for key in KEYS.values() if key != "patient"])
def test_a_missing_key_settles_nothing(key: str) -> None:
    """A criterion without one of its keys keeps its value or becomes unknown; none turns over."""
    for place, scene in enumerate(every_case()):
        if key in scene.missing:
            continue
        before = answer(place)
        after = replace(scene, missing=(*scene.missing, key)).ask()
        for one, now in zip(before.outcome.criteria, after.outcome.criteria, strict=True):
            if (one.id, key) == ("X2", "observations") and now.value == "true":
                continue  # a normal count had cancelled the diagnosis: the alarm is back
            if (one.id, key) == ("C2", "observations") and now.value == "true":
                continue  # a statement that opioids are tolerated had contradicted it
            if one.value != "unknown":
                assert now.value in {one.value, "unknown"}, (place, one.id)
            elif now.value != "unknown":
                # A pump that is not known is read as none: then candidacy is asked after all.
                assert "NOT_APPLICABLE" in before.verdict, (place, one.id)
        if after.verdict == "MEETS":
            assert before.verdict in {"MEETS", "NOT_APPLICABLE"}, place


def test_nothing_at_all_gives_no_verdict_of_fitness() -> None:
    """With every key missing no criterion is known and the gap card warns."""
    for scene in every_case():
        found = replace(scene, missing=tuple(KEYS.values())).ask()
        assert found.verdict in {"INSUFFICIENT_DATA", "NOT_APPLICABLE"}
        assert {one.value for one in found.outcome.criteria} == {"unknown"}
        if found.rule("DAT-01").card != "suppressed":  # nothing that applies needs the data
            assert found.says("DAT-01")[0] == ("warning" if asks_for_safety(found) else "info")


def asks_for_safety(found: Answer) -> bool:
    """Say whether a safety rule could not be checked."""
    safety = {one.id for one in book().rules.values() if one.safety}
    return any(found.result(one) == "not-checked" for one in safety)


@SHAKEN
@given(place=some_case(), draw=st.data())
def test_an_alarm_ends_only_with_the_record_it_rests_on(place: int, draw: st.DataObject) -> None:
    """Taking a record away silences a rule only where the card of the rule showed that record."""
    scene, before = every_case()[place], answer(place)
    others = [one for one in scene.stored if one["resourceType"] != "Patient"]
    if not others:
        return
    gone = draw.draw(st.sampled_from(others))
    reference = f"{gone['resourceType']}/{gone['id']}"
    after = scene.without(gone["id"]).ask()
    criteria = {one.id: one.evidence for one in before.outcome.criteria}
    for rule in alarms(before):
        if after.result(rule) in {"fired", "not-checked"}:
            continue
        cited = before.advice(rule).detail
        every = [one for cited_by in criteria.values() for one in cited_by]
        about = every if rule == "ELG-01" else []
        assert reference in cited or reference in about, (place, rule, reference)


# --------------------------------------------------------------------------------- what is proposed


def test_suggestions_touch_drafts_only_and_hold_no_dose() -> None:
    """A refill or an infusion is never stopped, a record never changed, a dose never written."""
    changed = 0
    for place, scene in enumerate(every_case()):
        drafts = {f"{one['resourceType']}/{one['id']}": one for one in scene.drafts}
        for action in actions(answer(place)):
            if action.type == "delete":
                assert action.resource_id in drafts
                assert drafts[str(action.resource_id)]["resourceType"] != "MedicationRequest"
                continue
            resource = action.resource or {}
            get_fhir_model_class(resource["resourceType"]).model_validate(plain(resource))
            if action.type == "update":
                changed += 1
                draft = drafts[f"{resource['resourceType']}/{resource['id']}"]
                differing = {
                    name
                    for name in draft.keys() | resource.keys()
                    if draft.get(name) != resource.get(name)
                }
                assert differing <= {"status", "reasonReference"}
                assert differing
                assert resource.get("status") in {draft["status"], "on-hold"}
            else:
                assert action.type == "create"
                # The one drug that a card proposes is the rescue drug (MON-02).
                if resource["resourceType"] == "MedicationRequest":
                    drugs = resource["medicationCodeableConcept"]["coding"]
                    assert [one["code"] for one in drugs] == ["7242"]
                else:
                    assert resource["resourceType"] == "ServiceRequest"
                assert resource["status"] == "draft"
                assert not {"dosageInstruction", "quantityQuantity"} & resource.keys()
                assert resource["subject"] == {"reference": f"Patient/{scene.patient}"}
    assert changed


def plain(resource: object) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON without decimals."""
    return json.loads(json.dumps(resource, default=float))


def test_a_refill_is_never_blocked() -> None:
    """Hospice, infection, a bleeding disorder: no critical card and no action on a refill."""
    harms = (
        condition("hospice", coded("sct", "385763009", "Hospice care")),
        condition("infection", coded("icd", "G00.9", "Bacterial meningitis, unspecified")),
        condition("bleeding", coded("icd", "D66", "Hereditary factor VIII deficiency")),
    )
    for harm in harms:
        found = basic().add(harm).ordering(refill("basic")).ask()
        assert found.verdict == "NOT_APPLICABLE"
        assert "critical" not in {one.indicator for one in found.outcome.advice}
        assert {one.type for one in actions(found)} <= {"create"}


# ---------------------------------------------------------------------------------- what is shown


def test_unknown_is_never_shown_as_met_or_excluded() -> None:
    """The checklist says of every criterion what it is, and counts only what is true."""
    for place in range(len(every_case())):
        found = answer(place)
        for advice in found.outcome.advice:
            text = f"{advice.summary} {advice.detail}".lower()
            assert "excluded" not in text
            assert "ruled out" not in text
            assert "safe to" not in text
        if found.result("ELG-01") != "fired":
            continue
        detail, summary = found.advice("ELG-01").detail, found.advice("ELG-01").summary
        asked = [one for one in found.outcome.criteria if one.id[0] == "C"]
        asked = asked if "candidacy" in summary else asked[:3]
        met = sum(one.value == "true" for one in asked)
        assert f"{met}/{len(asked)} " in summary
        for one in found.outcome.criteria:
            line = next(each for each in detail.splitlines() if f" {one.id} " in each)
            assert ("**unknown**" in line) == (one.value == "unknown")
            assert ("**met**" in line) == (one.value == "true" and one.id[0] == "C")


def test_every_threshold_stands_on_the_card() -> None:
    """Whatever number decided is printed with its policy (also one that a noun reads)."""
    shown = 0
    for place in range(len(every_case())):
        found = answer(place)
        policy = book().policy(found.outcome.policy.id)
        for advice in found.outcome.advice:
            for name in book().rules[advice.rule].parameters:
                title = policy.parameters[name].title
                assert title.split("`")[0].split("(")[0][:20] in advice.detail, (advice.rule, name)
                shown += 1
            assert f"{policy.id} {policy.version}".replace("-", "") in (
                advice.detail.replace("\\", "").replace("-", "")
            )
    assert shown > 1000


def test_a_noun_declares_the_parameters_that_it_reads() -> None:
    """A policy parameter that is read inside a noun is among those that cards print."""
    from rules.chart.chart import read_chart
    from rules.engine.usage import READ_BY

    for name, declared in READ_BY.items():
        if name not in book().vocabulary.nouns:
            continue
        read: set[str] = set()

        class Watched(dict[str, object]):
            def __getitem__(self, key: str) -> object:
                read.add(key)  # noqa: B023 - used within this turn only
                return super().__getitem__(key)

        for scene in every_case()[::5]:
            policy = Watched(book().policy(scene.policy).values)
            chart = read_chart(scene.call(), book().terminology, policy)
            frame = book().program.frame(chart, policy)
            frame.noun(name)
        assert read - PHASE_READS <= set(declared), name


PHASE_READS = {"pain.threshold", "pain.lookback_days"}


@SHAKEN
@given(place=some_case(), letter=st.sampled_from("ab[*ß日"))
def test_summaries_fit_whatever_names_are_long(place: int, letter: str) -> None:
    """Names of 3,000 characters are cut; the words of the card are not."""
    scene = every_case()[place]
    long = replace(
        scene,
        stored=tuple(renamed(one, letter * 3000) for one in scene.stored),
        drafts=tuple(renamed(one, letter * 3000) for one in scene.drafts),
    )
    outcome = long.ask().outcome
    shown, _ = cards(outcome, UUID(int=0), limit=100)
    for card in shown:
        assert 0 < len(card.summary) <= 139
    for advice in outcome.advice:
        assert len(advice.summary) <= 139 or advice.rule == "DAT-01"
        assert "()" not in advice.summary
        assert not set("{}") & set(advice.summary)


def renamed(value: Any, name: str) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON in which every display and every text of a code is *name*."""
    if isinstance(value, dict):
        return {
            key: name if key == "display" and isinstance(one, str) else renamed(one, name)
            for key, one in value.items()
        }
    return [renamed(one, name) for one in value] if isinstance(value, list) else value


def test_no_sentence_is_left_open() -> None:
    """No card shows an empty bracket, a brace or an internal name where words should stand."""
    for place in range(len(every_case())):
        for advice in answer(place).outcome.advice:
            assert len(advice.summary) <= 139
            for wrong in ("()", "( ", "{", "}", " ,", "  ", "not recorded%", "None", " : "):
                assert wrong not in advice.summary, (advice.rule, advice.summary)


# --------------------------------------------------------------------------------- boundaries


@settings(max_examples=60)
@given(relief=st.decimals(49, 51, places=4))
def test_relief_is_compared_unrounded(relief: Decimal) -> None:
    """50 is not more than 50, and 50.0001 is."""
    scored = candidate().without("pain-after").add(
        observation("relief", coded("local", "percent-pain-relief"), "2026-10-08",
                    valueQuantity=quantity(str(relief), "%"),
                    partOf=[{"reference": "Procedure/trial-1"}])
    )  # fmt: skip
    assert scored.ask().value("C5") == ("true" if relief > 50 else "false")
    assert scored.under("pacc-2024").ask().value("C5") == ("true" if relief >= 50 else "false")


@settings(max_examples=60)
@given(months=st.decimals(2, 7, places=3))
def test_life_expectancy_is_compared_unrounded(months: Decimal) -> None:
    """Exactly six months: neither enough for C4 nor short enough for X3."""
    scene = candidate().changed("prognosis-1", valueQuantity=quantity(str(months), "mo"))
    found = scene.ask()
    assert found.value("C4") == ("true" if months > 6 else "false")
    assert found.value("X3") == ("true" if months < 6 else "false")
    cms = scene.under("cms-280.14").ask()
    assert cms.value("C4") == ("true" if months >= 3 else "false")


def test_intrathecal_doses_never_enter_the_systemic_dose() -> None:
    """An intrathecal order on record leaves the escalation and the rotation as they were."""
    stored = intrathecal("it-stored", "v02", status="active", authoredOn="2026-05-01")
    for place, scene in enumerate(every_case()):
        if answer(place).value("C1") == "unknown" and answer(place).value("C3") == "unknown":
            continue
        more = scene.add(stored | {"subject": {"reference": f"Patient/{scene.patient}"}}).ask()
        for name in ("C1", "C3"):
            assert more.value(name) == answer(place).value(name), place


# ------------------------------------------------------------------------------ what breaks down


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_fails_silences_no_other(rule: str) -> None:
    """One rule raises: it is not checked, the others answer as before, the gap card says so."""
    whole = book()
    broken = whole.rules[rule]
    raising = replace(broken.applies, name="no such expression")
    hurt = replace(whole, rules={**whole.rules, rule: replace(broken, applies=raising)})
    scene = candidate()
    before, after = results(scene.ask()), scene.ask(hurt)
    now = results(after)
    assert now[rule] == ("not-checked" if scene.hook in broken.hooks else "not-applicable")
    assert {one: now[one] for one in now if one not in {rule, "DAT-01"}} == {
        one: before[one] for one in before if one not in {rule, "DAT-01"}
    }
    assert after.says("DAT-01")[0] == "warning"
    assert broken.title.lower() in after.advice("DAT-01").detail.lower().replace("\\", "")


def test_a_noun_that_fails_leaves_the_contraindications(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dose trend cannot be worked out: C1 is unknown, the infection is still an alarm."""
    from rules.engine.vocabulary import readings

    def fail(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(readings, "read_trend", fail)
    infection = condition("infection", coded("icd", "G00.9", "Bacterial meningitis"))
    found = candidate().add(infection).ask()
    assert found.value("C1") == "unknown"
    assert found.says("CTR-01")[0] == "critical"
    assert found.says("DAT-01")[0] == "warning"
    assert found.verdict != "MEETS"


def test_words_that_fail_still_raise_the_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card whose words cannot be written shows the title of its rule."""
    from rules.engine import detail

    def fail(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(detail, "evidence", fail)
    infection = condition("infection", coded("icd", "G00.9", "Bacterial meningitis"))
    found = candidate().add(infection).ask()
    assert found.says("CTR-01") == ("critical", "Active infection")


def test_an_evaluation_leaves_its_input_alone() -> None:
    """Suggestions are copies: the received drafts are as they were."""
    for scene in every_case()[::7]:
        kept = copy.deepcopy(scene.drafts)
        scene.ask()
        assert scene.drafts == kept
