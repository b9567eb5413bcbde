"""JSON read strictly: what two readers could understand differently is refused, not guessed at.

No byte order mark, no invalid UTF-8, no duplicate keys, no NaN or infinities, no NUL, no lone
surrogates, at most 64 levels, 4300 digits and 100,000 members. Decimals stay decimals.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import NoReturn, TypeAlias

from hooks.errors import BadRequest

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 64
MAX_DIGITS = 4300
MAX_MEMBERS = 100_000
# What has no place in a text: NUL, and halves of a surrogate pair, which no UTF-8 can carry.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')


def check_bytes(body: bytes) -> None:
    """Refuse what is not plain UTF-8 text, without reading it as JSON."""
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise BadRequest(
            "the body starts with a byte order mark; send plain UTF-8", reason="byte-order-mark"
        )
    if b"\x00" in body:
        raise BadRequest("the body holds a NUL character", reason="nul")
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            raise BadRequest("the body is not UTF-8", reason="encoding") from None


def loads(text: str, *, lenient: str = "") -> Json:
    """Parse *text* strictly, or raise BadRequest that repeats nothing of it.

    Below the root member named *lenient* the last of two equal keys wins.
    """
    if text.count(",") > MAX_MEMBERS:
        raise BadRequest("the body has too many members", reason="members")
    if _deeper(text, MAX_DEPTH):
        raise BadRequest("the body is nested too deeply", reason="depth")
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_decimal,
            parse_int=_integer,
        )
    except (ValueError, RecursionError):  # JSONDecodeError is a ValueError
        raise BadRequest("the body is not JSON", reason="syntax") from None
    if isinstance(value, dict) and not isinstance(value, _Doubled):
        for name, member in value.items():
            if name != lenient:
                _refuse_doubled(member)
    else:
        _refuse_doubled(value)
    if "\\u" in text:
        _refuse_no_text(value)
    return value


def _deeper(text: str, limit: int) -> bool:
    if text.count("[") + text.count("{") <= limit:
        return False
    depth = 0
    for mark in re.finditer(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if mark[0] in "[{" else -1
        if depth > limit:
            return True
    return False


class _Doubled(dict[str, "Json"]):
    """An object in which a key occurred twice."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled(found)


def _refuse_doubled(value: Json) -> None:
    if isinstance(value, _Doubled):
        raise BadRequest("a key occurs twice in one object", reason="duplicate-key")
    if isinstance(value, dict):
        for member in value.values():
            _refuse_doubled(member)
    elif isinstance(value, list):
        for item in value:
            _refuse_doubled(item)


def _constant(_: str) -> NoReturn:
    raise BadRequest("NaN and infinities are not JSON", reason="not-a-number")


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_DIGITS or not math.isfinite(float(text)):
        raise BadRequest("a number is too large", reason="number")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise BadRequest("a number is too large", reason="number")
    return int(text)


def _refuse_no_text(value: Json) -> None:
    """Refuse NUL and lone surrogates, which only an escape can bring in."""
    if isinstance(value, str):
        if _NO_TEXT.search(value):
            raise BadRequest("a text holds NUL or half a character", reason="text")
    elif isinstance(value, list):
        for item in value:
            _refuse_no_text(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_no_text(key)
            _refuse_no_text(item)
