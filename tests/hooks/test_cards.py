from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import rules
from hooks.cards import LABEL, SUMMARY, cards
from hooks.wire import Response, encode

if TYPE_CHECKING:
    from hooks.wire import Card
    from tests.hooks.conftest import Advices, Check, Outcomes


ID = UUID("d1577c69-dfbe-54ad-ba6d-3e05e953b2ea")
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shown(outcome: rules.Outcome, drafts: frozenset[str] = frozenset()) -> tuple[Card, ...]:
    """Return the cards of an outcome."""
    return cards(outcome, ID, limit=10, drafts=drafts)[0]


def sent(outcome: rules.Outcome, drafts: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return the cards of an outcome as a client reads them."""
    found: list[dict[str, Any]] = json.loads(encode(Response(shown(outcome, drafts))))["cards"]
    return found


def suggestion(*actions: rules.Action, label: str = "Do it") -> rules.SuggestedAction:
    """Build a suggestion."""
    return rules.SuggestedAction(label, list(actions))


CREATE = rules.Action("create", "Order it", {"resourceType": "ServiceRequest", "status": "draft"})


def test_a_card_has_what_the_specification_asks_for(
    outcome: Outcomes, advice: Advices, no_empties: Check
) -> None:
    """C-01..C-09, SO-01, SO-02, SO-04, SU-01, SU-02, A-01..A-03: every member, none empty."""
    one = advice(
        "ELG-01",
        indicator="warning",
        suggestions=[suggestion(CREATE)],
        override_reasons=[("judgement", "Clinical judgement")],
    )
    (card,) = sent(outcome(one))

    no_empties(card)
    assert UUID(card["uuid"]).version == 5
    assert card["indicator"] == "warning"
    assert card["source"] == {
        "label": "Toy source",
        "url": "https://toys.example.org/",
        "topic": {"system": "urn:intrathecal-cds:rules", "code": "ELG-01", "display": "Toy rule"},
    }
    assert card["overrideReasons"] == [
        {
            "code": "judgement",
            "system": "urn:intrathecal-cds:override-reasons",
            "display": "Clinical judgement",
        }
    ]
    assert card["selectionBehavior"] == "any"
    assert UUID(card["suggestions"][0].pop("uuid")).version == 5
    assert card["suggestions"] == [
        {
            "label": "Do it",
            "actions": [{"type": "create", "description": "Order it", "resource": CREATE.resource}],
        }
    ]


def test_no_suggestions_means_no_selection_behaviour(outcome: Outcomes, advice: Advices) -> None:
    """C-06, C-07, G-03: neither member without suggestions; systemActions never."""
    (card,) = sent(outcome(advice()))

    assert card.keys() == {"uuid", "summary", "indicator", "source", "detail"}


def test_uuids_follow_the_evaluation_and_the_rule(outcome: Outcomes, advice: Advices) -> None:
    """D14, S7: the same decision has the same cards; another rule or a second card another uuid."""
    said = outcome(advice("TOY-01"), advice("TOY-01", indicator="warning"), advice("TOY-02"))
    first = [card.uuid for card in shown(said)]

    assert first == [card.uuid for card in shown(said)]
    assert len(set(first)) == 3


@given(st.text() | st.text(alphabet="ab 漢👍\u0301\u202e\n", min_size=100, max_size=400))
def test_every_summary_is_short_and_says_something(
    outcome: Outcomes, advice: Advices, summary: str
) -> None:
    """C-02, matrix 22: 1 to 139 code points, one line, never blank."""
    (card,) = shown(outcome(advice(summary=summary, name=summary)))

    assert 1 <= len(card.summary) <= SUMMARY
    assert card.summary.strip()
    assert "\n" not in card.summary


@given(st.text(max_size=300))
def test_every_label_says_something(outcome: Outcomes, advice: Advices, text: str) -> None:
    """SU-01, SO-01, A-02: labels and descriptions are never blank."""
    blank = rules.Action("create", text, {"resourceType": "ServiceRequest"})
    (card,) = shown(outcome(advice(source_label=text, suggestions=[suggestion(blank, label=text)])))

    assert card.source.label.strip()
    assert 1 <= len(card.suggestions[0].label) <= LABEL
    assert card.suggestions[0].actions[0].description.strip()


@given(st.text(max_size=80), st.sampled_from(["<img src=x>", "[a](http://b)", "www.b.c", ""]))
def test_no_detail_holds_an_element_or_a_foreign_link(
    outcome: Outcomes, advice: Advices, text: str, hostile: str
) -> None:
    """C-03, D11: a detail is Markdown that does only what we wrote."""
    (card,) = shown(outcome(advice(detail=f"Drug {hostile}{text}")))
    inline = [t for token in READER.parse(card.detail or "") for t in token.children or []]
    blocks = [token.type for token in READER.parse(card.detail or "")]

    assert {t.type for t in inline} & {"html_inline", "image", "link_open"} == set()
    assert "html_block" not in blocks


def test_critical_comes_first_then_warning_then_info_then_the_rule_id(
    outcome: Outcomes, advice: Advices
) -> None:
    """Cards are ordered by urgency; ties by rule id, whatever the order of evaluation was."""
    said = [("B-2", "info"), ("A-1", "info"), ("Z-9", "critical"), ("M-5", "warning")]
    built = outcome(*(advice(rule, indicator=indicator) for rule, indicator in said))

    assert [card.source.topic.code for card in shown(built) if card.source.topic] == [
        "Z-9", "M-5", "A-1", "B-2",
    ]  # fmt: skip


def test_the_limit_cuts_the_least_urgent_and_never_a_critical_one(
    outcome: Outcomes, advice: Advices
) -> None:
    """S12: at most so many cards; a cut one is recorded as suppressed."""
    said = [advice(f"C-{n}", indicator="critical") for n in range(3)]
    said += [advice("W-1", indicator="warning"), advice("I-1")]
    found, fates = cards(outcome(*said), ID, limit=4)
    few, _ = cards(outcome(*said), ID, limit=2)

    assert len(found) == 4
    assert fates == {
        "C-0": "shown", "C-1": "shown", "C-2": "shown", "W-1": "shown", "I-1": "suppressed",
    }  # fmt: skip
    assert [card.indicator for card in few] == ["critical"] * 3


def test_the_gap_card_is_never_cut(outcome: Outcomes, advice: Advices) -> None:
    """S1, S2: what was not checked is said, however much else there is to say."""
    said = [
        advice("A-1", indicator="warning"),
        advice("B-1", indicator="warning"),
        advice("DAT-01"),
    ]
    found, fates = cards(outcome(*said), ID, limit=2)

    assert [card.source.topic.code for card in found if card.source.topic] == ["A-1", "DAT-01"]
    assert fates["B-1"] == "suppressed"


def test_one_card_speaks_for_a_merged_one(outcome: Outcomes, advice: Advices) -> None:
    """S12: what another card already says is merged and recorded."""
    found, fates = cards(outcome(advice("A-1"), advice("B-1", merge="A-1")), ID, limit=10)

    assert len(found) == 1
    assert fates == {"A-1": "shown", "B-1": "merged"}


def test_nothing_is_merged_into_what_is_not_shown_or_less_urgent(
    outcome: Outcomes, advice: Advices
) -> None:
    """S1: merging never hides the more urgent word, nor both."""
    urgent = outcome(advice("A-1"), advice("B-1", merge="A-1", indicator="warning"))
    cut = outcome(advice("A-0", indicator="critical"), advice("A-1"), advice("B-1", merge="A-1"))
    circle = outcome(advice("A-1", merge="B-1"), advice("B-1", merge="A-1"))

    assert cards(urgent, ID, limit=10)[1] == {"A-1": "shown", "B-1": "shown"}
    assert cards(cut, ID, limit=1)[1] == {"A-0": "shown", "A-1": "suppressed", "B-1": "suppressed"}
    assert cards(circle, ID, limit=10)[1] == {"A-1": "shown", "B-1": "shown"}


def test_what_was_not_checked_is_said_even_if_the_rule_that_says_so_failed(
    outcome: Outcomes, no_empties: Check
) -> None:
    """S1, S2: no silence where a rule was not checked."""
    failed = rules.RuleResult("CTR-01", "1.0.0", "not-checked", "none", "budget <b>spent</b>")
    said = outcome()
    said.rules.append(failed)
    (card,) = sent(said)

    no_empties(card)
    assert (card["indicator"], card["source"]["topic"]["code"]) == ("warning", "DAT-01")
    assert "CTR" in card["detail"]
    assert "<b>" not in card["detail"]


def test_suggestions_touch_drafts_of_the_call_only(outcome: Outcomes, advice: Advices) -> None:
    """S10, A-04, A-05, A-06: update and delete only what is drafted; a delete names its id only."""
    draft = {"resourceType": "ServiceRequest", "id": "o1", "x": {"vendor": [1]}, "note": []}
    kept = [
        suggestion(rules.Action("update", "Change it", draft), label="kept"),
        suggestion(rules.Action("delete", "Drop it", None, "ServiceRequest/o1"), label="kept too"),
    ]
    stored = {"resourceType": "MedicationRequest", "id": "m1"}
    refused = [
        suggestion(rules.Action("update", "Change it", stored)),
        suggestion(rules.Action("delete", "Drop it", None, "MedicationRequest/m1")),
        suggestion(CREATE, rules.Action("delete", "Drop it", None, "MedicationRequest/m1")),
        suggestion(rules.Action("update", "Change it", {"resourceType": "ServiceRequest"})),
        suggestion(rules.Action("create", "Order it")),
        suggestion(),
    ]
    (card,) = sent(
        outcome(advice(suggestions=refused + kept)), drafts=frozenset(("ServiceRequest/o1",))
    )

    assert [one["label"] for one in card["suggestions"]] == ["kept", "kept too"]
    assert card["suggestions"][0]["actions"][0]["resource"] == {
        "resourceType": "ServiceRequest", "id": "o1", "x": {"vendor": [1]},
    }  # fmt: skip
    assert card["suggestions"][1]["actions"] == [
        {"type": "delete", "description": "Drop it", "resourceId": "ServiceRequest/o1"}
    ]


# --- whatever fired: ordered by danger, at most so many, every card accounted for

RANK = {"critical": 0, "warning": 1, "info": 2}
NAMES = [f"T-{number:02}" for number in range(16)]


def fired(advice: Advices) -> st.SearchStrategy[list[rules.Advice]]:
    """Draw what fired: a rule each, of any urgency, some silent, some said by another's card."""
    one = st.builds(
        lambda indicator, silent, merge: {"indicator": indicator, "silent": silent, "merge": merge},
        st.sampled_from(sorted(RANK)),
        st.booleans(),
        st.none() | st.sampled_from(NAMES),
    )
    several = st.dictionaries(st.sampled_from([*NAMES, "DAT-01"]), one)
    return several.flatmap(
        lambda said: st.permutations([advice(name, **how) for name, how in said.items()])
    )


@given(data=st.data(), limit=st.integers(1, 12))
def test_cards_are_ordered_by_danger_limited_and_accounted_for(
    outcome: Outcomes, advice: Advices, data: st.DataObject, limit: int
) -> None:
    """S11, S12: for any set of fired rules, in any order of evaluation."""
    said = data.draw(fired(advice))
    found, fates = cards(outcome(*said), ID, limit=limit)
    by_rule = {one.rule: one for one in said}
    order = [card.source.topic.code for card in found if card.source.topic]
    kept = [name for name in order if by_rule[name].indicator == "critical" or name == "DAT-01"]

    assert order == sorted(order, key=lambda name: (RANK[by_rule[name].indicator], name))
    assert len(order) <= max(limit, len(kept))
    assert fates.keys() == by_rule.keys()
    assert {name for name, fate in fates.items() if fate == "shown"} == set(order)
    for name, one in by_rule.items():
        if one.silent:
            assert fates[name] == "suppressed"
        elif fates[name] == "merged":
            target = by_rule[one.merge or ""]
            assert fates[target.rule] == "shown"
            assert RANK[target.indicator] <= RANK[one.indicator]
        elif fates[name] == "suppressed":
            assert one.indicator != "critical"
            assert name != "DAT-01"
            assert len(order) >= limit
            # Nothing less urgent took its place.
            others = [by_rule[other] for other in order if other not in kept]
            assert all(
                (RANK[other.indicator], other.rule) < (RANK[one.indicator], name)
                for other in others
            )


@given(data=st.data())
def test_the_order_of_evaluation_changes_no_card(
    outcome: Outcomes, advice: Advices, data: st.DataObject
) -> None:
    """D14: the same rules fired, whatever came first, give the same bytes."""
    said = data.draw(fired(advice))
    other = data.draw(st.permutations(said))

    assert cards(outcome(*said), ID, limit=5) == cards(outcome(*other), ID, limit=5)


def test_a_suppressed_card_is_recorded_with_its_reason(outcome: Outcomes, advice: Advices) -> None:
    """S12: cut by the limit, or silenced by the site: the evaluation says which."""
    built = outcome(advice("A-1"), advice("B-1"), advice("C-1", silent=True))
    built.rules[2] = rules.RuleResult("C-1", "1.0.0", "fired", "none", "silent: on trial")
    _, fates = cards(built, ID, limit=1)
    settled = {one.id: (one.card, one.reason) for one in built.settle(fates)}

    assert settled["A-1"] == ("shown", None)
    assert settled["B-1"] == ("suppressed", "beyond the card limit")
    assert settled["C-1"] == ("suppressed", "silent: on trial")
