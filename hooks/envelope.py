"""The CDS Hooks request: its envelope and context parsed strictly, its prefetch left as bytes.

A prefetch is large and read once, by the chart. Here it is only cut out: msgspec finds its members,
the rest of the body is small and read by the strict reader, which also proves that the cut was
right. Inside prefetch the last of two equal keys wins; anywhere else they are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from hooks.errors import BadRequest
from hooks.strict_json import check_bytes, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hooks.strict_json import Json


@dataclass(frozen=True, slots=True)
class Envelope:
    """One request as sent: what we need of it, and what we had to forgive."""

    hook: str
    hook_instance: str
    context: dict[str, Json]
    prefetch: Mapping[str, bytes]  # key -> the JSON text sent
    prefetched: bool  # whether a prefetch object was sent at all
    fhir_server: str | None
    authorization: dict[str, Json] | None
    extension: dict[str, Json]
    tolerated: tuple[str, ...] = field(default=())  # names of habits, for the log


class _Prefetch(msgspec.Struct):
    prefetch: dict[str, msgspec.Raw] | None = None


_PREFETCH = msgspec.json.Decoder(_Prefetch)
_KEY = re.compile(rb'"prefetch"[ \t\r\n]*:[ \t\r\n]*')
_MEMBER = re.compile(rb'[ \t\r\n]*"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*')
_NEXT = re.compile(rb"[ \t\r\n]*([,}])")
MAX_KEYS = 1000
# Places tried before the whole body is read by the strict reader instead.
_TRIES = 4
_UUID = re.compile(r"(urn:uuid:)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KNOWN = frozenset(
    ("hook", "hookInstance", "fhirServer", "fhirAuthorization", "context", "prefetch", "extension")
)


def read_envelope(body: bytes) -> Envelope:
    """Parse a request body, or raise BadRequest with the place of the first mistake."""
    check_bytes(body)
    members, rest = _cut(body)
    if not isinstance(rest, dict):
        raise BadRequest("the body is not a JSON object", reason="structure")
    tolerated: list[str] = []
    hook = _text(rest, "hook")
    instance = _text(rest, "hookInstance")
    if not _UUID.fullmatch(instance):
        tolerated.append("hook-instance-no-uuid")
    context = rest.get("context")
    if not isinstance(context, dict):
        raise _wrong("context", "an object", context)
    server = rest.get("fhirServer") or None
    if server is not None and not isinstance(server, str):
        raise _wrong("fhirServer", "a URL", server)
    authorization = _object(rest, "fhirAuthorization", tolerated)
    if authorization and server is None:
        raise BadRequest(
            "`fhirAuthorization` needs `fhirServer`", place="/fhirServer", reason="no-server"
        )
    extension = _object(rest, "extension", tolerated)
    if rest.keys() - _KNOWN:
        tolerated.append("extra-keys")
    return Envelope(
        hook=hook,
        hook_instance=instance,
        context=context,
        prefetch=members or {},
        prefetched=members is not None,
        fhir_server=server,
        authorization=authorization or None,
        extension=extension,
        tolerated=tuple(tolerated),
    )


def _cut(body: bytes) -> tuple[dict[str, bytes] | None, Json]:
    """Split a body into the members of its prefetch and everything else, read strictly."""
    try:
        found = _PREFETCH.decode(body).prefetch
    except msgspec.ValidationError:
        # Not an object, or a prefetch that is none: the strict reader says which comes first.
        rest = loads(body.decode())
        if isinstance(rest, dict):
            raise _wrong("prefetch", "an object", rest.get("prefetch")) from None
        return None, rest
    except RecursionError:
        raise BadRequest("the body is nested too deeply", reason="depth") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadRequest("the body is not JSON", reason="syntax") from None
    if found and len(found) > MAX_KEYS:
        raise BadRequest("`prefetch` has too many keys", place="/prefetch", reason="members")
    members = None if found is None else {key: bytes(raw) for key, raw in found.items()}
    return members, _rest(body, members) if members else loads(body.decode())


def _rest(body: bytes, members: dict[str, bytes]) -> Json:
    """Read strictly what is left of *body* when its prefetch is cut out."""
    for match in islice(_KEY.finditer(body), _TRIES):
        end = _end_of(members, body, match.end())
        if end is not None:
            rest = loads((body[: match.end()] + b"null" + body[end:]).decode())
            # Only the prefetch of the root can have become null there: the cut was right.
            if isinstance(rest, dict) and rest.get("prefetch", 0) is None:
                return rest
    return loads(body.decode(), lenient="prefetch")


def _end_of(members: dict[str, bytes], body: bytes, start: int) -> int | None:
    """Return where the object at *start* ends if it is exactly *members*, in order, else None."""
    if body[start : start + 1] != b"{":
        return None
    at = start + 1
    for key, value in members.items():
        match = _MEMBER.match(body, at)
        if match is None or match[1] != key.encode() or not body.startswith(value, match.end()):
            return None
        following = _NEXT.match(body, match.end() + len(value))
        if following is None:
            return None
        at = following.end()
    return at if body[at - 1 : at] == b"}" else None


def _text(rest: dict[str, Json], name: str) -> str:
    value = rest.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, "a text", value)
    return value


def _object(rest: dict[str, Json], name: str, tolerated: list[str]) -> dict[str, Json]:
    """Return an optional object; anything else counts as absent (R-06, R-09)."""
    value = rest.get(name)
    if isinstance(value, dict):
        return value
    if value is not None:
        tolerated.append(f"{name}-no-object")
    return {}


def _wrong(name: str, wanted: str, value: Json) -> BadRequest:
    text = f"`{name}` is missing" if value is None else f"`{name}` must be {wanted}"
    return BadRequest(text, place=f"/{name}", reason=f"wrong-{name}")
