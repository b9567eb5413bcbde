from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.envelope import read_envelope
from hooks.errors import BadRequest

START = b'{"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",'
CONTEXT = b'"context":{"patientId":"p1"}'


def body(context: bytes = CONTEXT, *, more: bytes = b"") -> bytes:
    """Write a request around a context."""
    return START + context + more + b"}"


def reason(data: bytes) -> str:
    """Return why a body is refused."""
    with pytest.raises(BadRequest) as refused:
        read_envelope(data)
    return refused.value.reason


def test_a_good_request_is_read() -> None:
    """R-02, R-03, R-04, R-07, R-08: hook, instance and context are read, prefetch stays bytes."""
    found = read_envelope(body(more=b',"prefetch":{"patient": {"id" : 1.10} ,"b":null}'))

    assert (found.hook, found.context) == ("patient-view", {"patientId": "p1"})
    assert found.prefetch == {"patient": b'{"id" : 1.10}', "b": b"null"}
    assert found.prefetched
    assert found.tolerated == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "syntax"),
        (b"hello", "syntax"),
        (b"[]", "structure"),
        (b"null", "structure"),
        (b'"x"', "structure"),
        (body() + b"x", "syntax"),
        (body(more=b","), "syntax"),
        (body(more=b'// note\n,"a":1'), "syntax"),
        (b"\xef\xbb\xbf" + body(), "byte-order-mark"),
        (body().decode().encode("utf-16"), "byte-order-mark"),
        (body().decode().encode("utf-16-le"), "nul"),
        (body(more=b',"a":"\xff"'), "encoding"),
        (body(more=b',"a":"\xc0\xaf"'), "encoding"),
        (body(more=b',"prefetch":{"a":"\xed\xa0\x80"}'), "encoding"),
        (body(more=b',"a":"\x00"'), "nul"),
        (body(more=b',"a":"\\u0000"'), "text"),
        (body(more=b',"a":"\\ud800"'), "syntax"),
        (body(more=b',"\\udc00":1'), "syntax"),
        (body(more=b',"prefetch":{"a":"\\ud800x"}'), "syntax"),
        (body(more=b',"a":"\x01"'), "syntax"),
    ],
)
def test_what_is_not_plain_json_is_refused(data: bytes, why: str) -> None:
    """C6, G-05: encodings, byte order marks, NUL, lone surrogates, comments, trailing commas."""
    assert reason(data) == why


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (b"NaN", "syntax"),
        (b"Infinity", "syntax"),
        (b"-Infinity", "syntax"),
        (b"1e400", "number"),
        (b"-1e400", "number"),
        (b"1" * 4301, "number"),
        (b"0." + b"1" * 4300, "number"),
        (b"01", "syntax"),
        (b"1.", "syntax"),
    ],
)
def test_numbers_that_no_one_can_hold_are_refused(number: bytes, why: str) -> None:
    """C4: not finite, more than 4300 digits."""
    assert reason(body(b'"context":{"patientId":"p1","n":' + number + b"}")) == why


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (b"1.10", "1.10"),
        (b"-0", "0"),
        (b"-0.0", "-0.0"),
        (b"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"),
        (
            b"0.1234567890123456789012345678901234567890",
            "0.1234567890123456789012345678901234567890",
        ),
        (b"1" * 4300, "1" * 4300),
    ],
)
def test_decimals_keep_their_digits(number: bytes, shown: str) -> None:
    """C4, G-04: a decimal keeps every digit it came with."""
    found = read_envelope(body(b'"context":{"patientId":"p1","n":' + number + b"}"))

    assert str(found.context["n"]) == shown


@pytest.mark.parametrize(
    "data",
    [
        body(more=b',"hook":"order-sign"'),
        body(more=b',"extension":{"a":1,"a":1}'),
        body(b'"context":{"patientId":"p1","patientId":"p2"}'),
        body(b'"context":{"patientId":"p1","patient\\u0049d":"p2"}'),
        body(b'"context":{"patientId":"p1","d":[{"a":{"b":1,"b":2}}]}'),
        body(more=b',"prefetch":{"a":1},"prefetch":{"a":1}'),
        body(more=b',"prefetch":null,"prefetch":{"a":1}'),
        body(more=b',"prefetch":{"a":1},"prefetch":null'),
        body(more=b',"prefetch":{"a":1},"pre\\u0066etch":{"a":1}'),
    ],
)
def test_a_key_that_occurs_twice_is_refused(data: bytes) -> None:
    """C5: two keys are two meanings; nothing decides between them."""
    assert reason(data) == "duplicate-key"


@pytest.mark.parametrize(
    ("prefetch", "found"),
    [
        (b'{"a":1,"a":2}', {"a": b"2"}),
        (b'{"a":{"b":1,"b":2}}', {"a": b'{"b":1,"b":2}'}),
        (b'{"a":{},"b":[],"a":{"x":{"prefetch":{}}}}', {"a": b'{"x":{"prefetch":{}}}', "b": b"[]"}),
    ],
)
def test_inside_prefetch_the_last_of_two_keys_wins(
    prefetch: bytes, found: dict[str, bytes]
) -> None:
    """C5: prefetch is FHIR JSON of many makers; there the last key wins, as the docs say."""
    assert read_envelope(body(more=b',"prefetch":' + prefetch)).prefetch == found


@pytest.mark.parametrize(
    "context",
    [
        b'"context":{"patientId":"p1","prefetch":{"a":1}}',
        b'"context":{"patientId":"p1","x":["\\"prefetch\\":{\\"a\\":1}", {"prefetch" : {"a":1}}]}',
        b'"context":{"patientId":"p1","x":[' + b'{"prefetch":{"a":1}},' * 50 + b"1]}",
    ],
)
def test_only_the_prefetch_of_the_root_is_cut_out(context: bytes) -> None:
    """A context that looks like a prefetch stays a context."""
    found = read_envelope(body(context, more=b' , "prefetch" : {"a":1} , "x" : "prefetch"'))

    assert found.prefetch == {"a": b"1"}
    assert found.context == json.loads(b"{" + context + b"}")["context"]


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        body(b'"context":{"patientId":"p1","d":' + b"[" * 65 + b"]" * 65 + b"}"),
        body(b'"context":{"patientId":"p1","d":' + b'{"a":' * 64 + b"1" + b"}" * 64 + b"}"),
        body(more=b',"prefetch":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ],
)
def test_what_is_nested_too_deeply_is_refused(data: bytes) -> None:
    """C3: at most 64 levels, and the decoder's own limit inside prefetch."""
    assert reason(data) in {"depth", "syntax"}


def test_brackets_in_texts_are_no_depth() -> None:
    """C3: only structure counts."""
    note = json.dumps({"patientId": "p1", "note": "[{" * 500 + '\\"['}).encode()

    assert read_envelope(body(b'"context":' + note)).context["patientId"] == "p1"


@pytest.mark.parametrize(
    "data",
    [
        body(b'"context":{"patientId":"p1","d":[' + b"1," * 1_000_000 + b"1]}"),
        body(more=b',"prefetch":{' + b",".join(b'"k%d":1' % n for n in range(1001)) + b"}"),
    ],
)
def test_too_many_members_are_refused(data: bytes) -> None:
    """C3: an envelope is small; a million members are no request."""
    assert reason(data) == "members"


@pytest.mark.parametrize("value", [None, 1, True, [], {}, "", "  "])
@pytest.mark.parametrize("name", ["hook", "hookInstance"])
def test_a_required_text_must_be_one(view: dict[str, Any], name: str, value: object) -> None:
    """R-03, R-04, C7: missing, blank or of another type is a 400 that names the place."""
    with pytest.raises(BadRequest) as refused:
        read_envelope(json.dumps(view | {name: value}).encode())

    assert refused.value.place == f"/{name}"


@pytest.mark.parametrize("value", [None, 1, True, [], "x"])
def test_a_context_must_be_an_object(view: dict[str, Any], value: object) -> None:
    """R-07, C7: no context, no call."""
    with pytest.raises(BadRequest) as refused:
        read_envelope(json.dumps(view | {"context": value}).encode())

    assert refused.value.place == "/context"


@pytest.mark.parametrize("value", [1, True, [], "x"])
def test_a_prefetch_must_be_an_object(view: dict[str, Any], value: object) -> None:
    """R-08, C7: a prefetch of another type is a mistake of the client, not missing data."""
    with pytest.raises(BadRequest) as refused:
        read_envelope(json.dumps(view | {"prefetch": value}).encode())

    assert refused.value.place == "/prefetch"


def test_optional_members_may_be_null(view: dict[str, Any]) -> None:
    """G-02, matrix 14: real clients send null for what they have not got."""
    nulls = {"fhirServer": None, "fhirAuthorization": None, "extension": None, "prefetch": None}
    found = read_envelope(json.dumps(view | nulls).encode())

    assert (found.fhir_server, found.authorization, found.prefetch) == (None, None, {})
    assert not found.prefetched


@pytest.mark.parametrize(
    ("change", "habit"),
    [
        ({"hookInstance": "epic-hookinstance-1"}, "hook-instance-no-uuid"),
        ({"user": "Practitioner/1"}, "extra-keys"),
        ({"extension": "x"}, "extension-no-object"),
        ({"fhirAuthorization": "x"}, "fhirAuthorization-no-object"),
    ],
)
def test_what_real_clients_do_is_tolerated_and_named(
    view: dict[str, Any], change: dict[str, Any], habit: str
) -> None:
    """R-04, R-06, R-09, G-06: accepted, and the log learns of it."""
    assert read_envelope(json.dumps(view | change).encode()).tolerated == (habit,)


def test_an_authorization_needs_a_server(view: dict[str, Any]) -> None:
    """R-05: a token without the server it is for is a mistake."""
    token = {"access_token": "t", "token_type": "Bearer", "expires_in": 1, "scope": "s"}
    with pytest.raises(BadRequest) as refused:
        read_envelope(json.dumps(view | {"fhirAuthorization": token}).encode())

    assert refused.value.place == "/fhirServer"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.sampled_from([None, 1]))
def test_every_prefetch_arrives_as_it_was_sent(sent: dict[str, Any], indent: int | None) -> None:
    """Cutting never changes a prefetch, whatever its keys and values are."""
    text = json.dumps(
        {
            "hook": "h",
            "hookInstance": "i",
            "context": {"patientId": "p", "prefetch": sent},
            "prefetch": sent,
        },
        indent=indent,
        ensure_ascii=True,
    ).encode()
    if b"\\u0000" in text:
        assert reason(text) == "text"
        return
    found = read_envelope(text)

    assert {key: json.loads(value) for key, value in found.prefetch.items()} == sent


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else(data: bytes) -> None:
    """C16: whatever the bytes are, the answer is a refusal."""
    with pytest.raises(BadRequest):
        read_envelope(data)
