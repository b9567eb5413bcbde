"""The outermost layer: every answer leaves here, errors as OperationOutcome, with its CORS headers.

It is plain ASGI, so that nothing stands between the server and a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hooks.errors import HooksError, NotFound, Unexpected, WrongMethod, outcome_body
from hooks.log import places

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET, HEAD, POST, OPTIONS"
_REQUEST_HEADERS = "Authorization, Content-Type, Accept"
_FHIR = "application/fhir+json"
_log = structlog.get_logger("hooks")


class Edge:
    """Wraps the application; *origins* are the exact origins of browser clients."""

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        """Keep the application and the origins."""
        self.app = app
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        allowed = origin if origin in self.origins else ""
        correlation = str(uuid4())
        scope.setdefault("state", {})["correlation"] = correlation
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._dress(MutableHeaders(scope=message), allowed, correlation)
            await send(message)

        if scope["method"] == "OPTIONS":
            preflight = allowed and "access-control-request-method" in headers
            await _options(preflight=bool(preflight))(scope, receive, sent)
            return
        try:
            await self.app(scope, receive, sent)
        except Exception as error:
            _log.error(
                "call.failed",
                correlation=correlation,
                error=type(error).__name__,
                places=places(error),
            )
            if started:  # nothing can be said any more; the server closes the connection
                raise
            await refusal(
                Unexpected("the service failed; nothing was decided", reason="fault"),
                correlation,
                headers,
            )(scope, receive, sent)

    def _dress(self, headers: MutableHeaders, allowed: str, correlation: str) -> None:
        headers["X-Correlation-ID"] = correlation
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Cache-Control", "no-store")
        if self.origins:
            headers.add_vary_header("Origin")
        if allowed:
            headers["Access-Control-Allow-Origin"] = allowed


def _options(*, preflight: bool) -> Response:
    """Answer OPTIONS anywhere without looking further: it needs no trust and reveals nothing."""
    headers = {"Allow": _METHODS}
    if preflight:
        headers |= {
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": "600",
        }
    return Response(status_code=204, headers=headers)


def refusal(error: HooksError, correlation: str, headers: Headers) -> Response:
    """Return the answer to a refused request."""
    media = _FHIR if _FHIR in headers.get("accept", "").lower() else "application/json"
    extra = dict(error.headers) | ({"Connection": "close"} if error.close else {})
    body = outcome_body(error, correlation)
    return Response(body, error.status, extra, media_type=media if body else None)


async def refuse(request: Request, error: Exception) -> Response:
    """Log a refusal and answer it: the exception handler for HooksError and for routing."""
    correlation = request.state.correlation
    if isinstance(error, HTTPException):
        allow = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        error = (
            WrongMethod(allow)
            if error.status_code == 405
            else NotFound("there is nothing at this address", reason="no-route")
        )
    if not isinstance(error, HooksError):
        raise error
    log = _log.warning if error.code == "security" else _log.info
    log("call.refused", correlation=correlation, status=error.status, reason=error.reason)
    return refusal(error, correlation, request.headers)
