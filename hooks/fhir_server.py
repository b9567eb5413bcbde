"""The only module that is an HTTP client: of a FHIR server, or of a CDS service under test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
MOST_PAGES = 100


class Unreachable(Exception):  # noqa: N818 - a state of the world, not a fault of the program
    """No answer could be had from an address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: the status and the body."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the body with its decimals as they were written."""
        return json.loads(self.body, parse_float=Decimal)


class Client:
    """A connection to one base address; redirects are not followed."""

    def __init__(self, base: str, *, token: str | None = None, seconds: float = 30.0) -> None:
        """Keep the *base* address and the bearer *token*; *seconds* limit each exchange."""
        if urlsplit(base).scheme not in {"http", "https"}:
            raise Unreachable(
                f"`{base}` is not an address; write one such as `http://127.0.0.1:8000`"
            )
        self.base = base.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(timeout=seconds, headers=headers, trust_env=False)

    def __enter__(self) -> Self:
        """Use the connection."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._http.close()

    def get(self, path: str, *, accept: str = JSON) -> Answer:
        """Read *path*, which is relative to the base or a full address."""
        return self._send("GET", path, headers={"Accept": accept})

    def post(self, path: str, body: bytes) -> Answer:
        """Send JSON to *path*."""
        return self._send(
            "POST", path, content=body, headers={"Content-Type": JSON, "Accept": JSON}
        )

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> Answer:
        url = path if "://" in path else f"{self.base}/{path.lstrip('/')}"
        try:
            said = self._http.request(method, url, headers=headers, content=content)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unreachable(f"no answer from `{url.split('?')[0]}`: {error}") from error
        return Answer(said.status_code, said.content)


class FhirServer:
    """A FHIR server, asked as an EHR asks its own."""

    def __init__(self, client: Client) -> None:
        """Use *client*, whose base is the address of the FHIR API."""
        self._client = client

    def get(self, query: str) -> Any:  # noqa: ANN401 - any FHIR JSON
        """Return the resource, or all pages of the searchset as one; None where nothing is found.

        A page that cannot be had leaves its link in place, so that the answer says it is
        incomplete. A refusal is returned as the OperationOutcome that it is.
        """
        first = self._page(query)
        if not isinstance(first, dict) or first.get("resourceType") != "Bundle":
            return first
        page, entries = first, list(first.get("entry") or [])
        for _ in range(MOST_PAGES):
            following = self._next(page)
            if following is None:
                break
            page = self._page(following)
            if not isinstance(page, dict) or page.get("resourceType") != "Bundle":
                return {**first, "entry": entries}
            entries += page.get("entry") or []
        links = [link for link in page.get("link") or [] if link.get("relation") == "next"]
        return {**first, "entry": entries, "link": links}

    def _page(self, query: str) -> Any:  # noqa: ANN401 - any FHIR JSON
        said = self._client.get(query, accept=FHIR_JSON)
        if said.status in {404, 410}:
            return None
        asked = query.partition("?")[0]
        try:
            page = said.json()
        except ValueError as error:
            raise Unreachable(f"`{asked}` was answered with no JSON") from error
        if not said.ok and (not isinstance(page, dict) or "resourceType" not in page):
            raise Unreachable(f"`{asked}` was answered with status {said.status}")
        return page

    def _next(self, page: Mapping[str, Any]) -> str | None:
        """Return the address of the next page, on the same server only."""
        base = self._client.base + "/"
        for link in page.get("link") or []:
            if link.get("relation") == "next":
                url = urljoin(base, str(link.get("url")))
                return url if url.startswith(base) else None
        return None
