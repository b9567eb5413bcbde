"""The service as its own process, and what the kernel says that it used."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PATH = "/cds-services/intrathecal-order-sign"
PATIENCE = 30.0


class Service:
    """`intrathecal serve` on a free port of loopback, while it is used."""

    def __init__(self) -> None:
        """Start it; it is not yet ready."""
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hooks", "serve", "--host", "127.0.0.1", "--port", "0"],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "INTRATHECAL_MAX_BODY_BYTES": "100000000"},
        )
        self.pid = self._process.pid
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        for line in self._process.stdout or ():
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                return http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=PATIENCE)
        raise RuntimeError("the service did not start")

    def call(self, body: bytes) -> bytes:
        """Post *body* on the open connection and return the answer."""
        self._connection.request("POST", PATH, body, {"Content-Type": "application/json"})
        said = self._connection.getresponse()
        answer = said.read()
        if said.status != 200:
            raise RuntimeError(f"status {said.status}: {answer[:500]!r}")
        return answer

    def cpu(self) -> float:
        """Return the seconds of user and system time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self) -> float:
        """Return the resident memory in MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE / 1e6

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it, by force if it has to be."""
        self._connection.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
