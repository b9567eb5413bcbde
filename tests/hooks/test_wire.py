from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from hooks.wire import Response, encode, pruned

if TYPE_CHECKING:
    from tests.hooks.conftest import Check, Json

RESOURCE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "code", "text"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "code"]), RESOURCE, max_size=4))
def test_a_pruned_resource_has_nothing_empty(sent: dict[str, Any]) -> None:
    """G-02, G-03: no null, blank or empty member at any depth."""

    def check(value: Json) -> None:
        assert value not in (None, "", [], {})
        for inner in value.values() if isinstance(value, dict) else value:
            assert inner not in (None, "", [], {})
            if isinstance(inner, dict | list):
                check(inner)

    kept = pruned(sent)
    if kept:
        check(kept)


def test_false_and_zero_are_values() -> None:
    """Only emptiness is pruned."""
    assert pruned({"a": False, "b": 0, "c": Decimal("0.0"), "d": " "}) == {
        "a": False, "b": 0, "c": Decimal("0.0"),
    }  # fmt: skip


def test_lists_with_extensions_of_their_members_keep_their_places() -> None:
    """FHIR pads a list of primitives with null beside the list of their extensions."""
    names = {"given": [None, "B"], "_given": [{"extension": [{"url": "u"}]}, None], "x": [None]}

    assert pruned(names) == {"given": names["given"], "_given": names["_given"]}


def test_decimals_are_written_with_their_digits() -> None:
    """G-04: 1.10 stays 1.10, and a number."""
    assert encode({"dose": Decimal("1.10")}) == b'{"dose":1.10}'


def test_nothing_to_say_is_an_empty_list_of_cards(
    no_empties: Check,
) -> None:
    """S-02, matrix 4: `cards` is always there."""
    said = json.loads(encode(Response(cards=())))

    assert said == {"cards": []}
    no_empties(said)
