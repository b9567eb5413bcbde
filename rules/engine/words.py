"""The registry of what expressions may say: words (`|within(90, 'days')`) and nouns (`conditions`).

A word is a function of the frame, its subject and its arguments, with a docstring for clinicians:

    @word(args=("number", "text"), cql="R where R.onset on or after Now() - n units")
    def within(frame, records, count, unit): ...

(`frame` may be left out.) It is called only with a subject and arguments of the types it declares;
where one is not, or is unknown, the result is unknown and it is not called, unless it says
`unknown=True`. Arguments are declared by type, in short:

- `"number"`, `"number|date"`: a value of that type, of one of these types
- `"text?"`: may be left out
- `"text", "..."`: one or more of them
- `"value-set"`: any other name is a collection of the vocabulary (`Vocabulary(choices=...)`); the
  argument is one of its texts and has to be written out
- `Argument("unit", choices=("days", "months"))`: one of these texts, written out

A noun is a function of the frame, read once per frame:

    @noun("records", keys=("conditions",), attributes={"onset": "date"}, cql="[Condition]")
    def conditions(frame): ...

A computed noun (type `any` with attributes) is an object whose Python attributes of the same names
are read; it may carry `evidence` (a tuple of records) and `strength`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from rules.chart.records import Records
from rules.engine.budget import RECORDS_PER_STEP_BITS
from rules.engine.checking import Finding, Scope, check
from rules.engine.kinds import TYPES, Attributes, Kind, classes, kind

if TYPE_CHECKING:
    from types import ModuleType

    from rules.engine.frame import Frame
    from rules.engine.syntax import Node

SUBJECT = "subject"  # a result of the same kind as the subject


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a word.

    *choices* are the texts that may be written there (then it has to be written out), or the name
    of a collection that the vocabulary knows (`value-set`). *many* takes any number of them.
    """

    name: str
    types: tuple[str, ...] = ("text",)
    choices: tuple[str, ...] | str | None = None
    optional: bool = False
    many: bool = False

    def show(self) -> str:
        """Write the argument for a listing."""
        if isinstance(self.choices, tuple):
            shown = " or ".join(f"'{choice}'" for choice in self.choices)
        else:
            shown = f"{self.name}: {' or '.join(self.types)}"
        return f"[{shown}]" if self.optional else shown + (", ..." if self.many else "")


@dataclass(frozen=True, slots=True)
class Word:
    """A registered word; calling it calls its function."""

    name: str
    function: Callable[..., object]
    subject: tuple[str, ...]
    args: tuple[Argument, ...]
    result: Kind | None  # None: of the subject's kind
    cql: str
    keys: tuple[str, ...] = ()
    unknown: bool = False
    takes_frame: bool = True
    _subject_classes: frozenset[type] | None = field(init=False, repr=False)
    _args_classes: tuple[frozenset[type] | None, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out the guards once."""
        subject = classes(self.subject, unknown=self.unknown)
        object.__setattr__(self, "_subject_classes", subject)
        args = tuple(classes(argument.types, unknown=self.unknown) for argument in self.args)
        object.__setattr__(self, "_args_classes", args)

    def __call__(self, *args: object, **named: object) -> object:
        """Call the function as it is, without guards."""
        return self.function(*args, **named)

    @property
    def meaning(self) -> str:
        """The docstring."""
        return inspect.getdoc(self.function) or ""

    def show(self) -> str:
        """Write how the word is used: `records|within(count: number, 'days' or 'months')`."""
        args = ", ".join(argument.show() for argument in self.args)
        return f"{' or '.join(self.subject)}|{self.name}" + (f"({args})" if args else "")

    def argument(self, index: int) -> Argument:
        """Return the declaration of the argument at a position."""
        return self.args[min(index, len(self.args) - 1)]

    def guards(self, count: int) -> tuple[frozenset[type] | None, ...]:
        """Return the classes that the subject and each of *count* arguments must have."""
        last = len(self.args) - 1
        given = (self._args_classes[min(index, last)] for index in range(count))
        return (self._subject_classes, *given)

    def apply(self, subject: object, args: tuple[object, ...], frame: Frame) -> object:
        """Apply the word behind its guards: unknown where a value is not of its type."""
        for value, admitted in zip((subject, *args), self.guards(len(args)), strict=True):
            if admitted is None:
                if value is None and not self.unknown:
                    return None
            elif type(value) not in admitted:
                return None
        if isinstance(subject, Records):
            frame.spend(len(subject.sure) >> RECORDS_PER_STEP_BITS)
        if self.takes_frame:
            return self.function(frame, subject, *args)
        return self.function(subject, *args)


@dataclass(frozen=True, slots=True)
class Noun:
    """A registered name. *strength* is that of a plain value (`age`), which carries none itself."""

    name: str
    read: Callable[[Frame], object]
    kind: Kind
    cql: str
    keys: tuple[str, ...] = ()
    strength: str | None = None

    @property
    def meaning(self) -> str:
        """The docstring."""
        return inspect.getdoc(self.read) or ""


_Function: TypeAlias = Callable[..., object]


def word(  # noqa: PLR0913 - what a word declares
    *,
    cql: str,
    subject: str | tuple[str, ...] = "records",
    result: str | Kind = "records",
    args: tuple[str | Argument, ...] = (),
    keys: tuple[str, ...] = (),
    unknown: bool = False,
    name: str | None = None,
    attributes: Attributes | None = None,
) -> Callable[[_Function], Word]:
    """Register a function as a word.

    *subject* is a type or several; *args* as the module says; *result* is a type, or `subject` for
    that of the subject; *keys* are the prefetch keys it reads beyond those of its subject;
    *attributes* those of the items it gives. The word is called like its function, without a
    trailing underscore.
    """

    def register(function: _Function) -> Word:
        called = name or function.__name__.rstrip("_")
        if not inspect.getdoc(function):
            msg = f"the word `{called}` needs a docstring"
            raise ValueError(msg)
        names = list(inspect.signature(function).parameters)
        takes_frame = names[0] == "frame"
        return Word(
            name=called,
            function=function,
            subject=_types(subject),
            args=_arguments(args, names[2:] if takes_frame else names[1:]),
            result=None if result == SUBJECT else kind(result, attributes),
            cql=cql,
            keys=keys,
            unknown=unknown,
            takes_frame=takes_frame,
        )

    return register


def _arguments(given: tuple[str | Argument, ...], names: list[str]) -> tuple[Argument, ...]:
    declared: list[Argument] = []
    for one in given:
        if isinstance(one, Argument):
            declared.append(one)
        elif one == "...":
            declared[-1] = replace(declared[-1], many=True)
        else:
            called = names[len(declared)] if len(declared) < len(names) else one
            plain, optional = one.removesuffix("?"), one.endswith("?")
            types = tuple(plain.split("|"))
            if set(types) <= set(TYPES):
                declared.append(Argument(called, types, optional=optional))
            else:
                declared.append(Argument(called, choices=plain, optional=optional))
    return tuple(declared)


def noun(  # noqa: PLR0913 - what a noun declares
    type_: str | Kind,
    *,
    cql: str,
    keys: tuple[str, ...] = (),
    attributes: Attributes | None = None,
    strength: str | None = None,
    name: str | None = None,
) -> Callable[[Callable[[Frame], object]], Noun]:
    """Register a function of the frame as a noun."""

    def register(function: Callable[[Frame], object]) -> Noun:
        if not inspect.getdoc(function):
            msg = f"the noun `{function.__name__}` needs a docstring"
            raise ValueError(msg)
        called = name or function.__name__.rstrip("_")
        return Noun(called, function, kind(type_, attributes), cql, keys, strength)

    return register


def _types(given: str | tuple[str, ...]) -> tuple[str, ...]:
    types = (given,) if isinstance(given, str) else given
    for type_ in types:
        if type_ not in TYPES:
            msg = f"unknown type `{type_}`; the types are {', '.join(TYPES)}"
            raise ValueError(msg)
    return types


class Vocabulary:
    """All words and nouns, and the named collections that arguments choose from."""

    def __init__(
        self,
        entries: Iterable[Word | Noun],
        choices: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Collect *entries*; raises ValueError for two of one name."""
        self.words: dict[str, Word] = {}
        self.nouns: dict[str, Noun] = {}
        self.choices: Mapping[str, Collection[str]] = {} if choices is None else choices
        for entry in entries:
            table: dict[str, Word] | dict[str, Noun]
            table = self.words if isinstance(entry, Word) else self.nouns
            if table.get(entry.name, entry) is not entry:
                msg = f"two entries are called `{entry.name}`"
                raise ValueError(msg)
            table[entry.name] = entry  # type: ignore[assignment]  # each in its own table
        for entry in self.words.values():
            for argument in entry.args:
                if isinstance(argument.choices, str) and argument.choices not in self.choices:
                    msg = f"`{entry.name}` chooses from `{argument.choices}`, which is not given"
                    raise ValueError(msg)

    @classmethod
    def of(
        cls, *modules: ModuleType, choices: Mapping[str, Collection[str]] | None = None
    ) -> Vocabulary:
        """Collect every word and noun that modules hold."""
        found = (entry for module in modules for entry in vars(module).values())
        return cls((entry for entry in found if isinstance(entry, (Word, Noun))), choices)

    def listing(self) -> tuple[Noun | Word, ...]:
        """Return nouns, then words, each in alphabetical order."""
        nouns = sorted(self.nouns.values(), key=lambda entry: entry.name)
        words = sorted(self.words.values(), key=lambda entry: entry.name)
        return (*nouns, *words)

    def check(self, node: Node, scope: Scope | None = None) -> Finding:
        """Return the kind of an expression, what it reads, and every mistake in it."""
        return check(node, self, scope or Scope())
