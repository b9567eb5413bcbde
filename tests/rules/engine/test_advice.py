"""What a fired rule says and proposes: summaries, details, and actions on drafts of the call."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.chart.chart import read_chart
from rules.chart.records import Records
from rules.engine import syntax
from rules.engine.advice import SUMMARY, advise, markdown, plain_text, shown, summary
from rules.engine.evaluate import Evaluation
from rules.engine.findings import Findings
from rules.engine.model import Case, Suggestion, Template
from rules.engine.places import Expression
from rules.engine.vocabulary.data import DataFindings
from tests.rules.engine.scenes import (
    Scene,
    basic,
    coded,
    condition,
    implant,
    intrathecal,
    refill,
    request,
    trial,
)
from tests.rules.engine.shelf import condition as record_of
from tests.rules.engine.shelf import put, span

if TYPE_CHECKING:
    from rules import Action, Advice, Rulebook

NOTHING = Findings(DataFindings(), (), (), idle=False)
LABEL = Template(("Do it",))
Json = dict[str, Any]


class Stage(Evaluation):
    """An evaluation in which some expressions have the value that a test gives them."""

    given: dict[str, object]

    def value(self, expression: Expression) -> object:
        """Return what was given, else what the chart says."""
        given = self.__dict__.get("given", {})
        return given[expression.name] if expression.name in given else super().value(expression)


def hole(name: str) -> Expression:
    """Make an expression whose value a test gives."""
    return Expression(name, syntax.Unknown())


TARGET, WHEN, VALUE = hole("the target"), hole("the condition"), hole("the value")


def stage(book: Rulebook, scene: Scene, **given: object) -> Stage:
    """Evaluate a scene; *given* are the values of `target`, `when` and `value`."""
    policy = book.policy(scene.policy)
    chart = read_chart(scene.call(), book.terminology, policy.values)
    made = Stage(book, policy, chart)
    orders = Records(chart.orders)
    expressions = {"target": TARGET, "when": WHEN, "value": VALUE}
    made.given = {TARGET.name: orders} | {expressions[k].name: v for k, v in given.items()}
    return made


def advice(evaluation: Evaluation, *suggestions: Suggestion, **changes: Any) -> Advice:  # noqa: ANN401 - of a Case
    """Let a rule speak that has these suggestions."""
    rule = replace(evaluation.book.rules["CTR-02"], suggestions=suggestions)
    case = replace(rule.cases[0], **changes) if changes else rule.cases[0]
    return advise(evaluation, rule, case, NOTHING)


def actions(evaluation: Evaluation, *suggestions: Suggestion) -> list[Action]:
    """Return every action that the suggestions of a rule come to."""
    given = advice(evaluation, *suggestions).suggestions
    assert all(one.actions for one in given)
    return [action for one in given for action in one.actions]


def on_hold(**change: Template) -> Suggestion:
    """Make the suggestion that puts the target on hold, or changes something else of it."""
    return Suggestion(
        LABEL, None, target=TARGET, change=change or {"status": Template(("on-hold",))}
    )


REMOVE = Suggestion(LABEL, None, target=TARGET, delete=True)


# ------------------------------------------------------------------------------------ update

KEYS = st.sampled_from(["x-unknown", "x-other", "vendor"])
LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.text(max_size=5)
    | st.decimals(-1000, 1000, allow_nan=False, places=3)
)  # fmt: skip
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=40)
@given(
    unknown=st.dictionaries(KEYS, TREES, max_size=3), amount=st.sampled_from(["1.50", "2", "0.10"])
)
def test_an_update_changes_what_it_names_and_nothing_else(
    rulebook: Rulebook, unknown: Json, amount: str
) -> None:
    """Unknown elements, their order of nesting and every digit of a number come back as sent."""
    extension = {"url": "http://example.org/amount", "valueDecimal": Decimal(amount)}
    draft = implant("basic", extension=[extension], **unknown)
    sent = copy.deepcopy(draft)
    found = actions(stage(rulebook, basic().ordering(draft)), on_hold())
    assert [(one.type, one.resource_id) for one in found] == [("update", None)]
    resource = found[0].resource
    assert resource == {**sent, "status": "on-hold"}
    assert str(resource["extension"][0]["valueDecimal"]) == amount
    assert draft == sent
    assert repr(resource) == repr({**sent, "status": "on-hold"})


def test_an_update_shares_nothing_with_the_draft(rulebook: Rulebook) -> None:
    """Whoever edits a suggestion does not edit what the EHR sent."""
    draft = implant("basic", note=[{"text": "a"}])
    sent = copy.deepcopy(draft)
    resource = actions(stage(rulebook, basic().ordering(draft)), on_hold())[0].resource
    assert resource is not None
    resource["note"][0]["text"] = "b"
    resource["code"]["coding"].clear()
    assert draft == sent


@pytest.mark.parametrize(
    "draft",
    [
        {**implant("basic"), "id": None},
        {**implant("basic"), "id": ""},
        implant("basic", intent=None),
        implant("basic", intent=["order"]),
        implant("basic", occurrenceDateTime="soon"),
        implant("basic", status="on-hold"),
        implant("basic", status="revoked"),
    ],
    ids=["no id", "empty id", "no intent", "wrong type", "no date", "held", "revoked"],
)
def test_what_cannot_be_named_or_sent_back_is_left_alone(rulebook: Rulebook, draft: Json) -> None:
    """Without an id, invalid, or ended already: neither an update nor a delete."""
    sent = {key: value for key, value in draft.items() if value is not None}
    assert actions(stage(rulebook, basic().ordering(sent)), on_hold(), REMOVE) == []


def test_an_unknown_element_makes_no_draft_invalid(rulebook: Rulebook) -> None:
    """What FHIR does not know is sent back as it came."""
    draft = implant("basic", vendorPriority={"level": 3})
    found = actions(stage(rulebook, basic().ordering(draft)), on_hold(), REMOVE)
    assert [one.type for one in found] == ["update", "delete"]


@pytest.mark.parametrize("value", [None, (), ""])
def test_nothing_to_set_is_no_update(rulebook: Rulebook, value: object) -> None:
    """A value that is unknown or empty would only take something away."""
    scene = basic().ordering(implant("basic"))
    change = on_hold(reasonReference=Template((VALUE,)))
    assert actions(stage(rulebook, scene, value=value), change) == []


def test_an_update_that_changes_nothing_is_none(rulebook: Rulebook) -> None:
    """The draft already says it."""
    reference = {"reference": "Condition/radiculopathy"}
    change = on_hold(reasonReference=Template((VALUE,)))
    for own, expected in ([reference], 0), ([], 1):
        draft = implant("basic", **({"reasonReference": own} if own else {}))
        found = stage(rulebook, basic().ordering(draft), value=(reference,))
        assert len(actions(found, change)) == expected


def test_references_are_set_as_a_list(rulebook: Rulebook) -> None:
    """FHIR wants an array; the rest of the draft stays."""
    references = ({"reference": "Condition/a"}, {"reference": "Condition/b"})
    scene = basic().ordering(implant("basic"))
    change = on_hold(reasonReference=Template((VALUE,)), status=Template(("on-", "hold")))
    (found,) = actions(stage(rulebook, scene, value=references), change)
    assert found.resource == {
        **implant("basic"), "reasonReference": list(references), "status": "on-hold",
    }  # fmt: skip


def test_every_draft_of_the_target_is_changed(rulebook: Rulebook) -> None:
    """One label, one action for each."""
    scene = basic().ordering(implant("basic"), trial("basic"))
    (found,) = advice(stage(rulebook, scene), on_hold()).suggestions
    assert found.label == "Do it"
    assert [one.resource["id"] for one in found.actions if one.resource] == [
        "order-implant", "order-trial",
    ]  # fmt: skip
    assert {one.description for one in found.actions} == {"Do it"}


@pytest.mark.parametrize("target", [None, Records(), Decimal(1), "text"])
def test_without_a_target_there_is_no_action(rulebook: Rulebook, target: object) -> None:
    """A target that is unknown or empty names no draft; nor do doubtful ones or other records."""
    scene = basic().ordering(implant("basic"))
    assert actions(stage(rulebook, scene, target=target), on_hold(), REMOVE) == []
    chart = stage(rulebook, scene).chart
    doubtful = Records((), tuple(chart.orders))
    others = Records(chart.conditions.sure)
    assert others.sure
    for one in (doubtful, others):
        assert actions(stage(rulebook, scene, target=one), on_hold(), REMOVE) == []


# ------------------------------------------------------------------------------------ delete


def test_a_delete_names_the_draft(rulebook: Rulebook) -> None:
    """`Type/id` of the draft and nothing else."""
    (found,) = actions(stage(rulebook, basic().ordering(implant("basic"))), REMOVE)
    assert (found.type, found.resource_id, found.resource) == (
        "delete", "ServiceRequest/order-implant", None,
    )  # fmt: skip


def test_only_implants_and_trials_are_ever_deleted(rulebook: Rulebook) -> None:
    """A refill, an infusion, an explantation or another order is never taken away (13.13)."""
    drafts = (
        refill("basic"), intrathecal("it", "basic"), implant("basic"), trial("basic"),
        request("explant", coded("cpt", "62365"), "basic"),
        request("mri", coded("cpt", "72148"), "basic"),
    )  # fmt: skip
    found = actions(stage(rulebook, basic().ordering(*drafts)), REMOVE)
    assert {one.resource_id for one in found} == {
        "ServiceRequest/order-implant", "ServiceRequest/order-trial",
    }  # fmt: skip


def test_a_stored_order_is_never_touched(rulebook: Rulebook) -> None:
    """On order-dispatch the orders are on record: nothing of the record is changed."""
    stored = {**implant("basic"), "status": "active"}
    context = {"order": "ServiceRequest/order-implant", "performer": "Practitioner/1"}
    scene = replace(basic().ordering().add(stored).on("order-dispatch"), context=context)
    evaluation = stage(rulebook, scene)
    assert [one.stored for one in evaluation.chart.orders] == [True]
    assert actions(evaluation, on_hold(), REMOVE) == []


# ------------------------------------------------------------------------------------ create


def test_a_create_is_about_the_patient_of_the_call(rulebook: Rulebook) -> None:
    """The resource of the rule, with the subject; the rule itself stays as it was."""
    resource = {"resourceType": "ServiceRequest", "code": {"coding": [{"code": "x"}]}}
    kept = copy.deepcopy(resource)
    suggestion = Suggestion(LABEL, None, create=resource)
    (found,) = actions(stage(rulebook, basic()), suggestion)
    assert found.type == "create"
    assert found.resource == {**kept, "subject": {"reference": "Patient/basic"}}
    found.resource["code"]["coding"].clear()
    assert resource == kept


@pytest.mark.parametrize(("when", "expected"), [(True, 1), (False, 0), (None, 0)])
def test_a_suggestion_is_made_where_its_condition_holds(
    rulebook: Rulebook, when: object, expected: int
) -> None:
    """Unknown is no yes; without a condition it is always made."""
    resource = {"resourceType": "ServiceRequest"}
    found = stage(rulebook, basic(), when=when)
    asked = actions(found, Suggestion(LABEL, WHEN, create=resource))
    assert len(asked) == expected
    assert len(actions(found, Suggestion(LABEL, None, create=resource))) == 1


def test_every_shipped_create_is_valid_and_writes_no_dose(rulebook: Rulebook) -> None:
    """Each resource that a rule may propose is valid FHIR, a draft, and holds no amount."""
    evaluation = stage(rulebook, basic())
    created = [
        one
        for rule in rulebook.rules.values()
        for one in rule.suggestions
        if one.create is not None
    ]
    assert len(created) > 10
    for suggestion in created:
        (found,) = actions(evaluation, replace(suggestion, when=None))
        assert found.resource is not None
        text = json.dumps(found.resource)
        kind = get_fhir_model_class(found.resource["resourceType"])
        kind.model_validate_json(text)
        assert found.resource["status"] in {"draft", "proposed"}
        assert not re.search(r"dosage|doseQuantity|rateQuantity|[Qq]uantity|\"value", text)


# ------------------------------------------------------------------------------------ words


@given(
    words=st.lists(st.text("abc ", max_size=30), min_size=1, max_size=4),
    names=st.lists(st.text(min_size=0, max_size=300), max_size=3),
)
@settings(max_examples=60)
def test_the_words_of_a_summary_fit_a_card_whatever_is_filled_in(
    rulebook: Rulebook, words: list[str], names: list[str]
) -> None:
    """Names from a chart are cut, the words of the rule never; what fits is not cut."""
    evaluation = STAGES.setdefault("one", stage(rulebook, basic()))
    holes = [hole(f"name {at}") for at in range(len(names))]
    evaluation.given |= dict(zip((one.name for one in holes), names, strict=True))
    parts: list[str | Expression] = []
    for at in range(max(len(words), len(holes))):
        parts += [*words[at : at + 1], *holes[at : at + 1]]
    text = summary(evaluation, Template(tuple(parts)))
    own = sum(map(len, words))
    if own + 12 * len(names) <= SUMMARY:
        assert len(text) <= SUMMARY
    whole = "".join(
        one if isinstance(one, str) else " ".join(str(evaluation.value(one)).split())
        for one in parts
    )
    if len(whole) <= SUMMARY:
        assert text == whole
    at = 0
    for word in words:
        assert word in text[at:]
        at = text.index(word, at) + len(word)


STAGES: dict[str, Stage] = {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "not recorded"),
        (True, "yes"),
        (Decimal("50.0"), "50"),
        (span("2026-11"), "2026-11"),
        (Records((put(record_of("cond-a"), text="Sepsis"),)), "Sepsis"),
        (Records(), ""),
        ("as it is", "as it is"),
    ],
)
def test_any_value_is_shown_as_people_read_it(
    rulebook: Rulebook, value: object, expected: str
) -> None:
    """A date as a date, records by their names, unknown in words."""
    evaluation = STAGES.setdefault("one", stage(rulebook, basic()))
    assert shown(evaluation, value) == expected


def test_only_markdown_is_escaped(rulebook: Rulebook) -> None:
    """The words of a rule stay as written; what fills a hole is escaped in markdown only."""
    template = Template(("**Found** ", VALUE, "."))
    evaluation = stage(rulebook, basic(), value="<b>*x*</b>")
    assert plain_text(evaluation, template) == "**Found** <b>*x*</b>."
    assert markdown(evaluation, template) == r"**Found** \<b\>\*x\*\</b\>."


def test_an_advice_says_which_rule_speaks_and_on_what_it_rests(rulebook: Rulebook) -> None:
    """Id, version, indicator, source, override reasons with their words."""
    rule = rulebook.rules["CTR-02"]
    found = advice(stage(rulebook, basic()), merge="ELG-01", indicator="warning")
    assert (found.rule, found.name, found.version) == (rule.id, rule.title, rule.version)
    assert (found.indicator, found.merge) == ("warning", "ELG-01")
    assert found.source_url == rulebook.knowledge.url
    assert found.source_label == f"{rulebook.knowledge.label}, policy default"
    assert found.override_reasons == [
        (code, rulebook.override_reasons[code]) for code in rule.override
    ]
    assert rule.version in found.detail
    assert "does not replace clinical judgement" in found.detail


def test_the_detail_of_a_case_is_filled_and_escaped(rulebook: Rulebook) -> None:
    """Words of the case, evidence with its reference, and no markup from the chart."""
    infection = condition(
        "infection", {**coded("icd", "G00.9"), "text": "<img src=x> [Meningitis](http://evil)"}
    )
    scene = basic().add(infection).ordering(implant("basic"))
    evaluation = stage(rulebook, scene)
    rule = rulebook.rules["CTR-01"]
    case = Case(rule.cases[0].when, "critical", Template(("x",)), Template(("Look: ", VALUE)))
    evaluation.given[VALUE.name] = "[a](b)"
    detail = advise(evaluation, rule, case, NOTHING).detail
    assert r"Look: \[a\]\(b\)" in detail
    assert r"\<img src=x\> \[Meningitis\]\(http://evil\)" in detail
    assert r"\[Condition/infection\]" in detail
    assert "[Meningitis](" not in detail
