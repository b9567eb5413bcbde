"""The check of an expression before it is used: its kind, what it reads, every mistake in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from rules.engine import kinds, syntax
from rules.engine.errors import Mistake
from rules.engine.kinds import ANY, THING, UNKNOWN, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from rules.engine.words import Argument, Vocabulary

_LISTED = 24
_ORDERED = ("number", "date", "text")
_COMPARED = ("number", "date", "text", "truth", "list")
_EMPTY: Mapping[str, str] = MappingProxyType({})
_NO_KINDS: Mapping[str, Kind] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may name besides the vocabulary.

    *definitions* are named expressions with their kinds, *parameters* the policy's keys
    (`trial.relief_min`) with their types, *item* the kind of a filter's items.
    """

    definitions: Mapping[str, Kind] = field(default_factory=lambda: _NO_KINDS)
    parameters: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    item: Kind | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `keys` are those that the expression reads without its definitions."""

    kind: Kind
    mistakes: tuple[Mistake, ...] = ()
    keys: frozenset[str] = frozenset()
    definitions: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()

    @property
    def type(self) -> str:
        """The name of the kind's type."""
        return self.kind.type


def check(node: syntax.Node, vocabulary: Vocabulary, scope: Scope) -> Finding:
    """Check one expression."""
    checker = _Check(vocabulary)
    kind = checker.kind(node, scope)
    return Finding(
        kind,
        tuple(sorted(checker.mistakes, key=lambda mistake: mistake.place or 0)),
        frozenset(checker.keys),
        frozenset(checker.definitions),
        frozenset(checker.parameters),
    )


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which known names come close to *name*, or all of them where they are few."""
    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return "; did you mean " + " or ".join(f"`{match}`" for match in close) + "?"
    if len(names) <= _LISTED:
        return f"; known: {', '.join(names)}" if names else ""
    return f"; {len(names)} are known"


class _Check:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.mistakes: list[Mistake] = []
        self.keys: set[str] = set()
        self.definitions: set[str] = set()
        self.parameters: set[str] = set()

    def _mistake(self, node: syntax.Node, reason: str) -> Kind:
        self.mistakes.append(Mistake("", node.place, reason))
        return ANY

    def kind(self, node: syntax.Node, scope: Scope) -> Kind:  # noqa: C901, PLR0912 - a case per node
        match node:
            case syntax.Literal(value=value):
                return _literal(value)
            case syntax.Unknown():
                return Kind(UNKNOWN)
            case syntax.Name():
                return self._name(node, scope)
            case syntax.Relative(name=name):
                if scope.item is None:
                    return self._mistake(node, f"`.{name}` may only stand in a filter")
                return self._attribute_of(node, scope.item, name, "these items")
            case syntax.Attribute():
                return self._attribute(node, scope)
            case syntax.Word():
                return self._word(node, scope)
            case syntax.Not(operand=operand):
                self._truth(operand, scope, "`!`")
                return kinds.TRUTH
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                sign = "`&&`" if isinstance(node, syntax.And) else "`||`"
                for operand in operands:
                    self._truth(operand, scope, sign)
                return kinds.TRUTH
            case syntax.Binary():
                return self._binary(node, scope)
            case syntax.Choice(condition=condition, then=then, otherwise=otherwise):
                self._truth(condition, scope, "the condition before `?`")
                return kinds.unify(self.kind(then, scope), self.kind(otherwise, scope))
            case syntax.ListOf(items=items):
                for item in items:
                    if self.kind(item, scope).type in {"list", "records", THING}:
                        self._mistake(item, "a list holds plain values, not lists or records")
                return kinds.LIST
            case syntax.Filter(subject=subject, predicate=predicate):
                of = self.kind(subject, scope)
                if not of.fits(("records", "list")):
                    self._mistake(node, f"a filter is said of records or a list, not of {_a(of)}")
                inner = replace(scope, item=Kind(THING, of.attributes))
                self._truth(predicate, inner, "a filter")
                return of

    def _truth(self, node: syntax.Node, scope: Scope, what: str) -> None:
        kind = self.kind(node, scope)
        if not kind.fits(("truth",)):
            hint = "; write `|exists`" if kind.type == "records" else ""
            self._mistake(node, f"{what} needs a truth, not {_a(kind)}{hint}")

    def _name(self, node: syntax.Name, scope: Scope) -> Kind:
        if node.name in scope.definitions:
            self.definitions.add(node.name)
            return scope.definitions[node.name]
        noun = self._vocabulary.nouns.get(node.name)
        if noun is not None:
            self.keys.update(noun.keys)
            return noun.kind
        if node.name == "policy":
            return self._mistake(node, "`policy` alone says nothing; write `policy.group.name`")
        known = [
            *self._vocabulary.nouns,
            *filter(str.isidentifier, scope.definitions),
            "policy",
            "unknown",
        ]
        if node.name in self._vocabulary.words:
            return self._mistake(
                node, f"`{node.name}` is a word and follows a subject, `subject|{node.name}`"
            )
        return self._mistake(node, f"unknown name `{node.name}`{suggest(node.name, known)}")

    def _attribute(self, node: syntax.Attribute, scope: Scope) -> Kind:
        key = syntax.parameter(node)
        if key is not None:
            return self._parameter(node, key, scope)
        subject = self.kind(node.subject, scope)
        return self._attribute_of(node, subject, node.name, f"`{syntax.show(node.subject)}`")

    def _parameter(self, node: syntax.Attribute, key: str, scope: Scope) -> Kind:
        if key not in scope.parameters:
            return self._mistake(
                node, f"unknown policy parameter `{key}`{suggest(key, scope.parameters)}"
            )
        self.parameters.add(key)
        return Kind(scope.parameters[key])

    def _attribute_of(self, node: syntax.Node, kind: Kind, name: str, what: str) -> Kind:
        if kind.type in {"records", "list"}:
            return self._mistake(
                node, f"{what} may be many; read `.{name}` in a filter or use a word"
            )
        if name in kind.attributes:
            return kind.attributes[name]
        if kind.type == THING:
            return self._mistake(
                node, f"{what} has no attribute `{name}`{suggest(name, kind.attributes)}"
            )
        # An unknown name was reported already; an `any` of the vocabulary has no attributes.
        known_mistake = any(mistake.place is not None for mistake in self.mistakes)
        if kind.type == "any" and known_mistake:
            return ANY
        return self._mistake(node, f"{_a(kind)} has no attributes")

    def _word(self, node: syntax.Word, scope: Scope) -> Kind:
        subject = self.kind(node.subject, scope)
        args = [self.kind(arg, scope) for arg in node.args]
        word = self._vocabulary.words.get(node.name)
        if word is None:
            known = self._vocabulary.words
            return self._mistake(node, f"unknown word `{node.name}`{suggest(node.name, known)}")
        self.keys.update(word.keys)
        if not subject.fits(word.subject):
            self._mistake(
                node, f"`{word.name}` is said of {_either(word.subject)}, not of {_a(subject)}"
            )
        least = sum(not argument.optional for argument in word.args)
        most = None if any(argument.many for argument in word.args) else len(word.args)
        if len(args) < least or (most is not None and len(args) > most):
            self._mistake(node, f"`{word.name}` is written `{word.show()}`")
        else:
            for index, (arg, kind) in enumerate(zip(node.args, args, strict=True)):
                self._argument(word.name, word.argument(index), arg, kind)
        if word.result is None:
            return ANY if subject.type == UNKNOWN else subject
        if word.result.type == "records" and not word.result.attributes:
            return Kind("records", subject.attributes if subject.type == "records" else _NO_KINDS)
        return word.result

    def _argument(self, word: str, argument: Argument, node: syntax.Node, kind: Kind) -> None:
        if not kind.fits(argument.types):
            self._mistake(
                node,
                f"`{argument.name}` of `{word}` is {_either(argument.types)}, not {_a(kind)}",
            )
            return
        if argument.choices is None:
            return
        if isinstance(argument.choices, str):
            what = argument.choices
            choices: Collection[str] = self._vocabulary.choices.get(what, ())
        else:
            what, choices = f"`{argument.name}` of `{word}`", argument.choices
        if not isinstance(node, syntax.Literal) or not isinstance(node.value, str):
            self._mistake(node, f"`{argument.name}` of `{word}` has to be written out as a text")
        elif node.value not in choices:
            self._mistake(node, f"`{node.value}` is none of {what}{suggest(node.value, choices)}")

    def _binary(self, node: syntax.Binary, scope: Scope) -> Kind:
        left, right = self.kind(node.left, scope), self.kind(node.right, scope)
        if node.op == "in":
            if not right.fits(("list",)):
                self._mistake(node, f"`in` looks in a list, not in {_a(right)}")
            if left.type in {"records", "list", THING}:
                self._mistake(node, f"`in` looks for one value, not for {_a(left)}")
            return kinds.TRUTH
        if node.op in syntax.ARITHMETIC:
            types = ("number", "text") if node.op == "+" else ("number",)
            self._same(node, left, right, types)
            return kinds.unify(left, right) if node.op == "+" else kinds.NUMBER
        self._same(node, left, right, _COMPARED if node.op in {"==", "!="} else _ORDERED)
        return kinds.TRUTH

    def _same(self, node: syntax.Binary, left: Kind, right: Kind, types: tuple[str, ...]) -> None:
        for kind in (left, right):
            if not kind.fits(types):
                self._mistake(node, f"`{node.op}` takes {_either(types)}, not {_a(kind)}")
                return
        loose = {"any", UNKNOWN}
        if left.type != right.type and not {left.type, right.type} & loose:
            self._mistake(node, f"`{node.op}` between {_a(left)} and {_a(right)} is always unknown")
        elif UNKNOWN in {left.type, right.type}:
            hint = "write `|is_unknown`" if node.op in {"==", "!="} else "leave it out"
            self._mistake(node, f"`{node.op}` with `unknown` is always unknown; {hint}")


def _literal(value: object) -> Kind:
    if isinstance(value, bool):
        return kinds.TRUTH
    return kinds.TEXT if isinstance(value, str) else kinds.NUMBER


def _a(kind: Kind) -> str:
    return {
        "records": "records",
        "any": "a value of any type",
        THING: "a noun with attributes",
        UNKNOWN: "`unknown`",
    }.get(kind.type, f"a {kind.type}")


def _either(types: tuple[str, ...]) -> str:
    shown = ["records" if type_ == "records" else f"a {type_}" for type_ in types]
    if "any" in types:
        return "anything"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
