"""The state of one call: the chart, the policy, and what was worked out so far."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rules.engine.budget import MAX_STEPS, Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from rules.chart.chart import Chart
    from rules.engine.words import Noun


class Missing:
    """The class of MISSING, which stands where nothing was worked out yet (None is unknown)."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show the name."""
        return "MISSING"


MISSING = Missing()
_NO_NOUNS: Mapping[str, Noun] = MappingProxyType({})


class Frame(Budget):
    """One chart under one policy; made by `Program.frame`, used for one call by one thread.

    Words read `chart`, `policy` and `noun`; `once` keeps what a word works out for the whole call.
    `slots` hold shared values of compiled expressions, `memo` those of nouns and definitions,
    `reasons` why shared parts have their value, `traces` what was traced.
    """

    __slots__ = ("chart", "memo", "nouns", "policy", "reasons", "slots", "traces")

    def __init__(  # noqa: PLR0913 - what `Program.frame` knows
        self,
        chart: Chart,
        policy: Mapping[str, object],
        *,
        nouns: Mapping[str, Noun] = _NO_NOUNS,
        slots: int = 0,
        reasons: int = 0,
        limit: int = MAX_STEPS,
    ) -> None:
        """Begin with nothing worked out. *limit* is the number of steps of each expression."""
        super().__init__(limit)
        self.chart = chart
        self.policy = policy
        self.nouns = nouns
        self.slots: list[Any] = [MISSING] * slots
        self.reasons: list[Any] = [None] * reasons
        self.memo: dict[Hashable, Any] = {}
        self.traces: dict[int, Any] = {}

    def noun(self, name: str) -> Any:  # noqa: ANN401 - a noun may be any value
        """Return the value of a noun, read at its first use."""
        value = self.memo.get(name, MISSING)
        if value is MISSING:
            value = self.memo[name] = self.nouns[name].read(self)
        return value

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - any value
        """Return what *compute* gives, worked out once per call; *key* is the word's own tuple."""
        value = self.memo.get(key, MISSING)
        if value is MISSING:
            value = self.memo[key] = compute()
        return value
