"""What the code behind a word or a noun names: policy parameters, value sets, elements of a record.

Expressions say what they read; a computed noun reads in Python. Its functions are followed, from
their byte code, through everything of this package that they name. What is found may be more than
one call reads, and is never less than what is written out; names put together from parts are found
where both parts are written out.
"""

from __future__ import annotations

import dis
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from rules.engine.words import Noun, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
# What an interpreter may put between a method and its first argument.
_BETWEEN = frozenset({"PUSH_NULL", "CACHE", "EXTENDED_ARG"})


@dataclass(frozen=True, slots=True)
class Reach:
    """The texts that code holds, the attributes and functions it names, the nouns it asks for."""

    texts: frozenset[str]
    names: frozenset[str]
    nouns: frozenset[str]

    def of(self, known: Iterable[str]) -> frozenset[str]:
        """Return which of the *known* dotted names are read, also as `group.` and `name` apart."""
        return frozenset(one for one in known if self._holds(one))

    def _holds(self, name: str) -> bool:
        group, dot, rest = name.partition(".")
        return name in self.texts or (f"{group}{dot}" in self.texts and rest in self.texts)


def reach(entry: Word | Noun) -> Reach:
    """Follow the code of a word or noun, as far as the nouns that it asks the frame for."""
    start = entry.function if isinstance(entry, Word) else entry.read
    walk = _Walk(start.__module__.partition(".")[0])
    walk.follow(start)
    return Reach(frozenset(walk.texts), frozenset(walk.names), frozenset(walk.nouns))


class _Walk:
    """Everything that one function names, directly or through what it names in its package."""

    def __init__(self, package: str) -> None:
        self._within = f"{package}."
        self.texts: set[str] = set()
        self.names: set[str] = set()
        self.nouns: set[str] = set()
        self._seen: set[int] = set()
        self._open: list[object] = []

    def follow(self, start: object) -> None:
        """Visit *start* and all that it leads to."""
        self._open.append(start)
        while self._open:
            found = self._open.pop()
            if isinstance(found, str):
                self.texts.add(found)
            elif id(found) not in self._seen:
                self._seen.add(id(found))
                self._open.extend(self._below(found))

    def _below(self, found: object) -> Iterable[object]:
        if isinstance(found, (tuple, list, set, frozenset)):
            return found
        if isinstance(found, Mapping):
            return (*found.keys(), *found.values())
        if isinstance(found, (Word, Noun)):
            return (found.function if isinstance(found, Word) else found.read,)
        if isinstance(found, FunctionType):
            return self._of_function(found)
        if isinstance(found, type) and found.__module__.startswith(self._within):
            return (*found.__bases__, *filter(_is_code, vars(found).values()))
        return _inner_functions(found)

    def _of_function(self, function: FunctionType) -> Iterator[object]:
        if not function.__module__.startswith(self._within):
            return
        for cell in function.__closure__ or ():
            yield cell.cell_contents
        modules: list[ModuleType] = []
        codes = tuple(_codes(function.__code__))
        self.nouns.update(_asked(codes))
        for code in codes:
            yield from (one for one in code.co_consts if not isinstance(one, CodeType))
            self.names.update(code.co_names)
            named = [function.__globals__.get(name) for name in code.co_names]
            yield from (one for one in named if not isinstance(one, ModuleType))
            modules += [one for one in named if isinstance(one, ModuleType)]
        for module in modules:
            if module.__name__.startswith(self._within):
                yield from (vars(module).get(name) for name in self.names)


def _codes(code: CodeType) -> Iterator[CodeType]:
    pending = [code]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(one for one in current.co_consts if isinstance(one, CodeType))


def _asked(codes: tuple[CodeType, ...]) -> set[str]:
    """Return the nouns that a function asks for: what stands in `frame.noun("pump")`.

    Where it hands `frame.noun` on, each text that it holds may be one.
    """
    found: set[str] = set()
    handed_on = False
    for code in codes:
        pending = False
        for step in dis.get_instructions(code):
            if step.opname in _BETWEEN:
                continue
            if pending:
                named = step.opname == "LOAD_CONST" and isinstance(step.argval, str)
                found |= {step.argval} if named else set()
                handed_on |= not named
            pending = step.opname in _ATTRIBUTES and step.argval == "noun"
    if handed_on:
        found.update(one for code in codes for one in code.co_consts if isinstance(one, str))
    return found


def _is_code(member: object) -> bool:
    return isinstance(member, FunctionType) or bool(_inner_functions(member))


def _inner_functions(member: object) -> tuple[object, ...]:
    """Return the functions inside a property, a static or class method, a cached function."""
    if isinstance(member, property):
        inner: tuple[object, ...] = (member.fget,)
    elif isinstance(member, cached_property):
        inner = (member.func,)
    elif isinstance(member, (staticmethod, classmethod)):
        inner = (member.__func__,)
    else:
        inner = (getattr(member, "__wrapped__", None),)
    return tuple(one for one in inner if isinstance(one, FunctionType))
