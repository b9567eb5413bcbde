from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from rules.chart import resources as fhir
from rules.chart.contents import decode_quickly, originals
from rules.chart.reading import Unreadable, decode, decode_slowly, typed
from tests.rules.chart.bundles import bundle, chart_of, condition, encode, resource

BAD = condition(identity="bad") | {"code": 7}

HABITS: dict[str, tuple[dict[str, Any], str, object]] = {
    "an object for a list": (condition(bodySite={"text": "arm"}), "body_site", "arm"),
    "a list of one for an object": (condition() | {"code": [{"text": "pain"}]}, "code", "pain"),
    "null in a list": (condition(bodySite=[None, {"text": "arm"}]), "body_site", "arm"),
    "a number as id": (condition(identity="x") | {"id": 17}, "id", "17"),
    "a coding for a list": (condition() | {"code": {"coding": {"code": "c"}}}, "code", "c"),
    "a whole number with a point": (
        resource("Observation", valueInteger=Decimal("7.0")), "value_integer", 7,
    ),
}  # fmt: skip


def _seen(value: object) -> object:
    """Look into a concept or the first of a list."""
    value = value[0] if isinstance(value, list) else value
    if isinstance(value, fhir.Concept):
        return value.text or (value.coding or [fhir.Coding()])[0].code
    return value


@pytest.mark.parametrize("name", HABITS)
def test_habits_of_real_senders_are_undone(name: str) -> None:
    """Where only one meaning is possible, a resource of the wrong shape is read."""
    given, attribute, value = HABITS[name]
    before = copy.deepcopy(given)
    assert _seen(getattr(typed(given), attribute)) == value
    assert given == before, "the resource given must stay as it is"
    contents = decode(encode(bundle(given)))
    assert not contents.failures
    assert _seen(getattr(contents.resources[0], attribute)) == value


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (condition(recordedDate=20260105), "Condition.recordedDate"),
        (condition() | {"code": ["a", "b"]}, "Condition.code"),
        (condition() | {"code": {"coding": [{"code": {}}]}}, "Condition.code.coding[0].code"),
        (
            resource("Observation", valueQuantity={"value": "5,5"}),
            "Observation.valueQuantity.value",
        ),
        (resource("Observation", valueBoolean="yes"), "Observation.valueBoolean"),
        (resource("Procedure", status=True), "Procedure.status"),
        ({"resourceType": "Foo"}, ""),
        ({"resourceType": ["Condition"]}, ""),
        ({"id": "no type"}, ""),
    ],
)
def test_what_could_mean_two_things_is_not_guessed(given: dict[str, Any], path: str) -> None:
    """A resource that stays unreadable says where, in FHIRPath."""
    with pytest.raises(Unreadable) as caught:
        typed(given)
    assert caught.value.path == path
    assert caught.value.reason


def test_numbers_stay_decimal() -> None:
    """Neither pass turns a number into a binary fraction."""
    for given in (bundle(), bundle(BAD)):
        text = encode(given).replace(
            b'"entry": [',
            b'"entry": [{"resource": {"resourceType": "Observation", "id": "o", "subject": {},'
            b' "focus": {}, "valueQuantity": {"value": 1.10000000000000000000000000001}}}'
            + (b"," if given["entry"] else b""),
        )
        contents = decode(text)
        assert contents.resources[0].value_quantity.value == Decimal(
            "1.10000000000000000000000000001"
        )


def test_both_passes_read_the_same() -> None:
    """What the quick pass reads, the slow one reads alike; only one bad resource divides them."""
    good = [condition(identity=f"c{n}") for n in range(3)]
    source = encode(bundle(*good, resource("Practitioner", "d"), total=9))
    quick, slow = decode_quickly(source), decode_slowly(source)
    assert quick is not None
    assert quick.resources == slow.resources
    assert (quick.truncated, quick.kinds) == (slow.truncated, slow.kinds)
    with_bad = decode(encode(bundle(*good, BAD, total=9)))
    assert with_bad.resources == quick.resources[:3]
    assert [failure.place for failure in with_bad.failures] == ["entry[3].resource"]


def test_bytes_of_every_resource_can_be_had_again() -> None:
    """The JSON behind a resource is the very text that was sent, in either pass."""
    one = condition(identity="c1")
    for given in (one, bundle(one), bundle(bundle(one), BAD), bundle(one, BAD)):
        contents = decode(encode(given))
        ((found, raw, repaired),) = list(originals(contents))
        assert (found.id, raw, repaired) == ("c1", encode(one), b"")


def test_a_repaired_resource_keeps_both_texts() -> None:
    """The text as received is kept beside the one that was typed."""
    given = condition(identity="c1", bodySite={"text": "arm"})
    ((_, raw, repaired),) = list(originals(decode(encode(bundle(given)))))
    assert raw == encode(given)
    assert b'"bodySite":[{"text":"arm"}]' in repaired


def test_nested_bundles_end_somewhere() -> None:
    """Bundles in Bundles are opened to a depth, and then told, not followed."""
    deep: dict[str, Any] = bundle(condition())
    for _ in range(9):
        deep = bundle(deep)
    chart = chart_of({"conditions": deep})
    assert chart.keys["conditions"].state == "incomplete"
    assert [issue.kind for issue in chart.issues] == ["unreadable"]
