"""The engine in this process: from request bytes to response bytes, against `orjson.loads`."""

from __future__ import annotations

import gc
import time
from statistics import median
from typing import TYPE_CHECKING

import orjson

from bench.bodies import NOW, body
from hooks.app import load_rulebook
from hooks.context import read_context
from hooks.envelope import read_envelope
from hooks.evaluation import evaluation_id
from hooks.invocation import answer
from hooks.prefetch import complete
from hooks.settings import load_settings
from rules import evaluate
from rules.chart import validation

if TYPE_CHECKING:
    from collections.abc import Callable

# resources -> rounds
ROUNDS = {10: 400, 100: 150, 1_000: 25, 10_000: 7}


class Engine:
    """The way of one call, without the server around it."""

    def __init__(self) -> None:
        """Load the shipped rulebook."""
        self._settings = load_settings(now=NOW.isoformat())
        self._book = load_rulebook(self._settings)

    def __call__(self, request: bytes) -> bytes:
        """Return the response to *request*."""
        envelope = read_envelope(request)
        call = complete(envelope, read_context(envelope), NOW)
        outcome = evaluate(self._book, call, self._settings.policy)
        identity = evaluation_id(
            client="bench",
            service="intrathecal-order-sign",
            hook_instance=envelope.hook_instance,
            body="",
            knowledge=outcome.knowledge.hash,
            policy=outcome.policy.id,
        )
        return answer(outcome, identity, limit=self._settings.card_limit, call=call)


def measure() -> list[dict[str, float]]:
    """Return, per size, medians in ms and ratios; the three subjects take turns in every round."""
    engine = Engine()
    engine(body(100))
    gc.collect()
    gc.freeze()
    rows = []
    for resources, rounds in ROUNDS.items():
        request = body(resources)
        times: dict[str, list[float]] = {"orjson": [], "cold": [], "warm": []}
        for _ in range(rounds):
            times["orjson"].append(_timed(orjson.loads, request))
            validation.forget()
            times["cold"].append(_timed(engine, request))
            times["warm"].append(_timed(engine, request))
        row = {name: median(found) * 1e3 for name, found in times.items()}
        rows.append(
            {
                "resources": resources,
                "kB": len(request) / 1e3,
                **row,
                "ratio cold": row["cold"] / row["orjson"],
                "ratio warm": row["warm"] / row["orjson"],
            }
        )
    return rows


def _timed(work: Callable[[bytes], object], request: bytes) -> float:
    began = time.perf_counter()
    result = work(request)
    took = time.perf_counter() - began
    del result
    return took
