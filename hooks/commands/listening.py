"""The service on a socket of its own: in the foreground, or beside a command that needs one."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from hooks.commands.terminal import stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

# How uvicorn serves: no banner of its own, no request lines that would name patients.
OPTIONS: dict[str, Any] = {
    "access_log": False,
    "http": "httptools",
    "log_config": None,
    "server_header": False,
    "timeout_graceful_shutdown": 10,
    "ws": "none",
}
PATIENCE = 20.0


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, or stop and say why it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or str(error)
        stop(f"cannot listen on `{host}` port {port}: {why.lower()}; choose another with --port", 1)
    listener.set_inheritable(True)
    return listener


def address(listener: socket.socket) -> str:
    """Return the base address under which *listener* is reached from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Announcing(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        """Call *ready* once requests are answered."""
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._ready()


class Beside:
    """The service in a thread of this process, on a free port of loopback, while it is used."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - any ASGI application
        """Serve *app*."""
        self._listener = bound("127.0.0.1", 0)
        self.url = address(self._listener)
        self._started = threading.Event()
        config = uvicorn.Config(app, log_level="error", **OPTIONS)
        self._server = Announcing(config, self._started.set)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],), name="service", daemon=True
        )

    def __enter__(self) -> Self:
        """Start and wait until it answers."""
        self._thread.start()
        until = time.monotonic() + PATIENCE
        while not self._started.wait(0.05):
            if not self._thread.is_alive() or time.monotonic() > until:
                stop("the service did not start", 1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish what is in flight and stop."""
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        self._listener.close()
