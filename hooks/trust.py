"""Who calls.

So far the service runs open: no caller is authenticated, so only this machine may reach it unless
the operator says in so many words that it stands in a closed network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.errors import StartError

if TYPE_CHECKING:
    from hooks.settings import Settings

BANNER = """\
********************************************************************************
*  OPEN: every caller is answered, without authentication, on {host}
*  Anyone who reaches this address can send patient data and read the answer.
*  Use it in a closed test network only.
********************************************************************************"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that may call, and the name under which the log knows it."""

    client: str
    policy: str | None = None  # the client's own policy outranks that of the service


OPEN = Caller("open")


def refuse_exposure(settings: Settings) -> str:
    """Return the banner of an open service, or raise StartError where it would be exposed."""
    if settings.loopback:
        return f"open: callers are not authenticated; only this machine reaches {settings.host}"
    if not settings.open:
        raise StartError(
            f"no clients are configured, so `{settings.host}` would answer everyone; listen on "
            "`127.0.0.1`, or set `INTRATHECAL_OPEN=true` in a closed test network"
        )
    return BANNER.format(host=settings.host)
