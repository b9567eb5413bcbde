"""The whole service: CPU per call, start to first answer, resident memory."""

from __future__ import annotations

import time
from statistics import median

from bench.bodies import body, body_of
from bench.process import Service

# bytes -> calls in one turn; turns of the sizes alternate
CALLS = {2_000: 150, 50_000: 60, 1_000_000: 10}
TURNS = 5
STARTS = 5


def cpu_per_call() -> list[dict[str, float]]:
    """Return, per size, the median CPU of the server process per call, and its memory."""
    bodies = {size: body_of(size) for size in CALLS}
    used: dict[int, list[float]] = {size: [] for size in CALLS}
    took: dict[int, list[float]] = {size: [] for size in CALLS}
    memory = {}
    with Service() as service:
        for request in bodies.values():
            service.call(request)
        for _ in range(TURNS):
            for size, calls in CALLS.items():
                before = service.cpu()
                for _ in range(calls):
                    began = time.perf_counter()
                    service.call(bodies[size])
                    took[size].append(time.perf_counter() - began)
                used[size].append((service.cpu() - before) / calls)
                memory[size] = service.resident()
    return [
        {
            "kB": len(bodies[size]) / 1e3,
            "cpu ms": median(used[size]) * 1e3,
            "wall ms": median(took[size]) * 1e3,
            "resident MB": memory[size],
        }
        for size in CALLS
    ]


def start() -> dict[str, float]:
    """Return the median time from the start of the process to its first answer, and its memory."""
    request = body(10)
    first, memory = [], []
    for _ in range(STARTS):
        with Service() as service:
            service.call(request)
            first.append(time.perf_counter() - service.began)
            memory.append(service.resident())
    return {"first answer s": median(first), "resident MB": median(memory)}
