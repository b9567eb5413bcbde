"""The bytes of a request body: of the right kind, in time, and never more than the limit."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from hooks.errors import BadRequest, TooLarge, TooSlow, WrongMedia

if TYPE_CHECKING:
    from starlette.requests import Request

    from hooks.settings import Settings

_JSON = frozenset(("application/json", "application/fhir+json", "application/json+fhir"))
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s";]+)"?', re.IGNORECASE)


async def read_body(request: Request, settings: Settings) -> bytes:
    """Read the body, or raise WrongMedia, TooLarge, TooSlow or BadRequest."""
    _check_media(request)
    _check_length(request.headers.get("content-length", "0"), settings.max_body_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_seconds):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise BadRequest("the body ended early", reason="disconnect")
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > settings.max_body_bytes:
                    raise _too_large(settings.max_body_bytes)
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except TimeoutError:
        raise TooSlow("the body did not arrive in time", reason="slow-body") from None


def _check_media(request: Request) -> None:
    """Refuse what is not JSON in UTF-8; a missing Content-Type is read as JSON."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise WrongMedia("send the body without Content-Encoding", reason="content-encoding")
    said = request.headers.get("content-type", "").strip()
    kind = said.partition(";")[0].strip().lower()
    if kind and kind not in _JSON:
        raise WrongMedia(
            "send `application/json` or `application/fhir+json`", reason="content-type"
        )
    charset = _CHARSET.search(said)
    if charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise WrongMedia("send JSON in UTF-8", reason="charset")


def _check_length(said: str, limit: int) -> None:
    # The server has checked its form; an absurdly long number is too large as well.
    if len(said) > 18 or (said.isascii() and said.isdigit() and int(said) > limit):
        raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit} bytes", reason="too-large")
