"""From a code to the value sets it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.chart.value_set import ICD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.code_systems import CodeSystems
    from rules.chart.value_set import Code, ValueSet


class MembershipIndex:
    """Finds value sets by code: exact, or by the branches of ICD-10-CM that hold the code."""

    __slots__ = ("_branches", "_exact", "_holders", "_longest")

    def __init__(
        self, value_sets: Mapping[str, ValueSet], systems: CodeSystems, modules: frozenset[str]
    ) -> None:
        """Index every code of *value_sets* whose module is one of *modules*."""
        self._exact: dict[tuple[str, str], set[str]] = {}
        # branch -> value sets with what each excepts of it
        self._branches: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = {}
        self._holders = _holders(value_sets)
        for value_set in value_sets.values():
            for branch in value_set.is_a:
                self._branch(ICD, branch, value_set.id, value_set.excluded)
            for code in value_set.codes:
                system = systems.by_name.get(code.system)
                if system is None or code.module not in modules:
                    continue
                normal = system.normal(code.code)
                if system.compare == "prefix":
                    self._branch(system.name, normal, value_set.id, ())
                else:
                    self._exact.setdefault((system.name, normal), set()).add(value_set.id)
        self._longest = max((len(branch) for _, branch in self._branches), default=0)

    def _branch(self, system: str, branch: str, value_set: str, excluded: tuple[str, ...]) -> None:
        self._branches.setdefault((system, branch), []).append((value_set, excluded))

    def find(self, system: str, code: str, *, branches: bool) -> frozenset[str]:
        """Return the ids of the value sets of a normal *code*, with those that include them."""
        direct = set(self._exact.get((system, code), ()))
        if branches:
            for length in range(1, min(len(code), self._longest) + 1):
                for value_set, excluded in self._branches.get((system, code[:length]), ()):
                    if not (excluded and code.startswith(excluded)):
                        direct.add(value_set)
        return frozenset().union(*(self._holders[one] for one in direct))


def _holders(value_sets: Mapping[str, ValueSet]) -> dict[str, frozenset[str]]:
    """Return, per value set, itself and every value set that includes it, however indirectly."""
    parents: dict[str, list[str]] = {}
    for value_set in value_sets.values():
        for part in value_set.include:
            parents.setdefault(part, []).append(value_set.id)
    holders: dict[str, frozenset[str]] = {}
    for name in value_sets:
        found = {name}
        waiting = [name]
        while waiting:
            new = set(parents.get(waiting.pop(), ())) - found
            found |= new
            waiting.extend(new)
        holders[name] = frozenset(found)
    return holders


def members(
    names: Iterable[str], value_sets: Mapping[str, ValueSet], modules: frozenset[str]
) -> tuple[Code, ...]:
    """Return the single codes of value sets, with those they include; no ICD-10-CM branches."""
    found: dict[Code, None] = {}
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in value_sets:
            continue
        seen.add(name)
        found.update(dict.fromkeys(c for c in value_sets[name].codes if c.module in modules))
        waiting.extend(value_sets[name].include)
    return tuple(found)
