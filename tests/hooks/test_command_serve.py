"""`intrathecal serve` as a process: it answers, says so, refuses what is unsafe, and stops."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
SERVE = (sys.executable, "-m", "hooks", "serve", "--port", "0")
PATIENCE = 30


@pytest.fixture
def serve() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a service; whatever is left of it is ended."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*SERVE, *words],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


def port_of(process: subprocess.Popen[str]) -> int:
    """Wait until the service says where it answers."""
    for line in process.stdout or ():
        if found := re.search(r"answers on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    pytest.fail(f"it did not start: {process.communicate()[1]}")


def services(port: int) -> list[str]:
    """Ask discovery; worker processes may take a moment."""
    until = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", "/cds-services")
            said = json.loads(connection.getresponse().read())
            return [one["id"] for one in said["services"]]
        except ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


def test_it_answers_and_stops(serve: Callable[..., subprocess.Popen[str]]) -> None:
    """It says where it answers, answers there, and ends at once and cleanly when told to."""
    process = serve()

    assert "intrathecal-order-sign" in services(port_of(process))

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode in {0, -signal.SIGTERM}


def test_two_workers_answer(serve: Callable[..., subprocess.Popen[str]]) -> None:
    """Worker processes find the settings of the command line."""
    process = serve("--workers", "2", "--now", "2026-11-22T12:00:00Z")

    assert "intrathecal-order-sign" in services(port_of(process))

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_taken_port_is_one_line(serve: Callable[..., subprocess.Popen[str]]) -> None:
    """A port that somebody else has is said, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = serve("--port", str(port))
        _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert f"cannot listen on `127.0.0.1` port {port}: address already in use" in err
    assert "Traceback" not in err


def test_it_is_not_exposed_by_accident(serve: Callable[..., subprocess.Popen[str]]) -> None:
    """Without clients it refuses any address but loopback."""
    process = serve("--host", "0.0.0.0")  # noqa: S104 - what is refused
    out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 2
    assert "INTRATHECAL_OPEN=true" in err
    assert "answers on" not in out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("--policy", "nobody"), "unknown policy `nobody`"),
        (("--config", "nowhere.toml"), "`nowhere.toml` does not exist"),
        (("--now", "yesterday"), "setting `now`"),
    ],
)
def test_a_wrong_setting_is_told_before_it_listens(
    serve: Callable[..., subprocess.Popen[str]], words: tuple[str, str], answer: str
) -> None:
    """A mistake in the settings ends the start, with its name."""
    process = serve(*words)
    out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 2
    assert answer in err
    assert "Traceback" not in err
    assert "answers on" not in out
