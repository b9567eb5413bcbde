"""`make bench`: speed and memory, as medians. A benchmark is no test; nothing here can fail."""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING

from bench import engine, service

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 12


def main() -> None:
    """Measure and print."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {load}"
    print(f"Python {platform.python_version()} on {machine}")
    print("\nEngine: request bytes to response bytes, whole rulebook; ms and times `orjson.loads`")
    print("(cold and warm: nothing or everything that decides was validated before)")
    table(engine.measure())
    print("\nService: one worker on loopback, one connection, warm; CPU is user + system time")
    table(service.cpu_per_call())
    print("\nStart of the process to its first answer, and memory then")
    table([service.start()])


def table(rows: Sequence[dict[str, float]]) -> None:
    """Print *rows* under their names."""
    print("".join(name.rjust(WIDTH) for name in rows[0]))
    for row in rows:
        print("".join(_number(value).rjust(WIDTH) for value in row.values()))
    sys.stdout.flush()


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


if __name__ == "__main__":
    main()
