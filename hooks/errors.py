# ruff: noqa: N818 - a refusal is named by what is wrong, as in `raise TooLarge`
"""What can go wrong at the edge, and what a caller is told.

    StartError                the service refuses to start
    HooksError                one request is refused; status and OperationOutcome follow
    ├── BadRequest       400  not JSON, or not a CDS Hooks request
    │   └── OtherPatient 400  data of another patient: a security event
    ├── NotTrusted       401  empty body, no reason
    ├── NotFound         404
    ├── WrongMethod      405  with Allow
    ├── TooSlow          408
    ├── DataMissing      412  FHIR data that is needed could not be had
    ├── TooLarge         413
    ├── WrongMedia       415
    ├── Unsupported      422  a FHIR version that is not read
    └── Unexpected       500

Texts are ours alone: nothing of a request is ever repeated, only the place (a JSON pointer made of
names that the specification gives) and the correlation id under which the log has the rest.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class StartError(Exception):
    """The service refuses to start; the message says what to change."""


class HooksError(Exception):
    """One request is refused."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "exception"
    close: ClassVar[bool] = False  # whether the rest of the connection cannot be trusted or read

    def __init__(self, text: str, *, place: str = "", reason: str = "") -> None:
        """Keep the *text* for the caller, the *place* in the body, the *reason* for the log."""
        super().__init__(text)
        self.text = text
        self.place = place
        self.reason = reason or type(self).__name__
        self.headers: dict[str, str] = {}


class BadRequest(HooksError):
    """Not JSON, or not a CDS Hooks request."""

    status = 400
    code = "invalid"


class OtherPatient(BadRequest):
    """The request mixes patients; it is never evaluated."""

    code = "security"


class NotTrusted(HooksError):
    """The caller is not known."""

    status = 401
    code = "login"

    def __init__(self, reason: str) -> None:
        """Keep the *reason* for the log; the caller gets none."""
        super().__init__("", reason=reason)
        self.headers["WWW-Authenticate"] = "Bearer"


class NotFound(HooksError):
    """There is nothing at this address."""

    status = 404
    code = "not-found"


class WrongMethod(HooksError):
    """The address exists, the method does not."""

    status = 405
    code = "not-supported"

    def __init__(self, allow: str) -> None:
        """Name the methods that are allowed here."""
        super().__init__(f"this address answers {allow}")
        self.headers["Allow"] = allow


class TooSlow(HooksError):
    """The body did not arrive in time."""

    status = 408
    code = "timeout"
    close = True


class DataMissing(HooksError):
    """FHIR data that is needed was neither prefetched nor retrievable."""

    status = 412
    code = "processing"


class TooLarge(HooksError):
    """The body is larger than the limit."""

    status = 413
    code = "too-long"
    close = True


class WrongMedia(HooksError):
    """The body is not the JSON that we read."""

    status = 415
    code = "not-supported"


class Unsupported(HooksError):
    """The data are of a FHIR version that is not read."""

    status = 422
    code = "not-supported"


class Unexpected(HooksError):
    """A fault of ours."""


class _Text(msgspec.Struct):
    text: str


class _Issue(msgspec.Struct):
    code: str
    details: _Text
    diagnostics: str
    severity: str = "error"


class OperationOutcome(msgspec.Struct, tag_field="resourceType", tag="OperationOutcome"):
    """The FHIR resource that says why a request failed: always one issue."""

    issue: tuple[_Issue, ...]


def outcome_body(error: HooksError, correlation: str) -> bytes:
    """Write the OperationOutcome of *error*; a 401 has no body."""
    if error.status == 401:
        return b""
    place = f"at {error.place}; " if error.place else ""
    issue = _Issue(
        code=error.code,
        details=_Text(text=error.text),
        diagnostics=f"{place}correlation id {correlation}",
    )
    return msgspec.json.encode(OperationOutcome(issue=(issue,)))
