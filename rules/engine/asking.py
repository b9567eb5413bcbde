"""How each form of expression is asked why it has its value: one closure per node.

A closure is a function of the frame that gives value, strength, evidence and gaps as
`interpret.Traced` has them. `rules.engine.why` puts the closures of a program together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from rules.chart.records import Records
from rules.engine import logic, strength
from rules.engine.budget import RECORDS_PER_STEP_BITS
from rules.engine.emit import OPERATORS
from rules.engine.frame import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rules.engine.frame import Frame
    from rules.engine.words import Word

_Texts: TypeAlias = tuple[str, ...]
# Value, strength, evidence, gaps: a plain tuple is made in a tenth of a named one's time.
Found: TypeAlias = tuple[Any, str | None, _Texts, _Texts]


class Part(NamedTuple):
    """How a node is asked: *ask* for its reason, *peek* for its value alone where that is cheap."""

    ask: Callable[[Frame], Found]
    peek: Callable[[Frame], Any] | None = None
    silent: bool = False  # has neither strength nor evidence nor gaps
    settled: bool = False  # has gaps only where it is unknown
    unknown: bool = False  # the literal `unknown`


def once(ask: Callable[[Frame], Found], place: int, cost: int) -> Callable[[Frame], Found]:
    """Ask once per frame; the reason is kept at *place*, the first asking takes *cost* steps."""

    def asked(frame: Frame) -> Found:
        found: Found | None = frame.reasons[place]
        if found is None:
            frame.left -= cost
            if frame.left < 0:
                frame.exceed()
            found = frame.reasons[place] = ask(frame)
        return found

    return asked


def silent(peek: Callable[[Frame], Any]) -> Part:
    """Return the part of a constant or a parameter."""
    return Part(lambda frame: (peek(frame), None, (), ()), peek, silent=True)


def _take(part: Part, frame: Frame) -> tuple[Found | None, Any]:
    """Return a part's value, and its reason where the value was not to be had without."""
    if part.peek is not None:
        return None, part.peek(frame)
    found = part.ask(frame)
    return found, found[0]


def noun(peek: Callable[[Frame], Any], own: str | None) -> Callable[[Frame], Found]:
    """Ask a noun; *own* is its declared strength."""

    def ask(frame: Frame) -> Found:
        value = peek(frame)
        if isinstance(value, Records):
            return _of_set(value)
        records = getattr(value, "evidence", None)
        if records is None:
            return (value, None if value is None else own, (), ())
        firm = (
            getattr(value, "strength", None)
            or own
            or strength.strongest(map(strength.of_record, records))
        )
        return (value, firm or strength.ABSENT, strength.refs(records), ())

    return ask


def attribute(ask: Callable[[Frame], Found], name: str) -> Callable[[Frame], Found]:
    """Ask an attribute of a thing: it rests on what the thing rests on."""
    return lambda frame: _like(getattr((of := ask(frame))[0], name, None), of)


def member(peek: Callable[[Frame], Any] | None, name: str) -> Callable[[Frame], Any] | None:
    """Read an attribute off a thing that can be peeked at."""
    return None if peek is None else lambda frame: getattr(peek(frame), name, None)


def named(ask: Callable[[Frame], Found]) -> Callable[[Frame], Found]:
    """Ask a definition by its name: gaps are those of an unknown only."""

    def asked(frame: Frame) -> Found:
        found = ask(frame)
        value, firm, evidence, gaps = found
        return (value, firm, evidence, ()) if gaps and value is not None else found

    return asked


def filtered(
    peek: Callable[[Frame], Any], ask: Callable[[Frame], Found]
) -> Callable[[Frame], Found]:
    """Ask a filtered set or list."""

    def of_filter(frame: Frame) -> Found:
        value = peek(frame)
        return _of_set(value) if isinstance(value, Records) else _like(value, ask(frame))

    return of_filter


def negation(ask: Callable[[Frame], Found]) -> Callable[[Frame], Found]:
    """Ask `!`."""

    def negated(frame: Frame) -> Found:
        found = ask(frame)
        return _like(logic.negate(found[0]), found)

    return negated


def chain(parts: Sequence[Part], *, stop: bool) -> Callable[[Frame], Found]:
    """`&&` (*stop* False) or `||` (*stop* True): what decides is each *stop*, or all of them."""
    firm_of_all = strength.strongest if stop else strength.weakest
    steps = [(part.ask, part.peek) for part in parts]

    def asked(frame: Frame) -> Found:
        whole: Any = not stop
        unclear = False
        taken = []
        for ask, peek in steps:
            if peek is None:
                one: Found | None = ask(frame)
                value = one[0]  # type: ignore[index]  # it was just asked
            else:
                one, value = None, peek(frame)
            if value is stop:
                whole = stop
            elif value is not (not stop):
                unclear = True
            taken.append((value, one, ask))
        if unclear and whole is not stop:
            whole = None
        found = [one or ask(frame) for value, one, ask in taken if value is whole]
        if len(found) == 1:
            alone = found[0]
            return (None, None, alone[2], alone[3]) if whole is None else (whole, *alone[1:3], ())
        evidence = _evidence(found)
        if whole is None:
            return (None, None, evidence, _gaps(found))
        firm = strength.strongest if whole is stop else firm_of_all
        return (whole, firm([one[1] for one in found]), evidence, ())

    return asked


def choice(
    condition: Callable[[Frame], Found],
    then: Callable[[Frame], Found],
    otherwise: Callable[[Frame], Found],
) -> Callable[[Frame], Found]:
    """Ask `condition ? then : otherwise`: the condition is evidence too."""

    def asked(frame: Frame) -> Found:
        cond = condition(frame)
        chosen = then(frame) if cond[0] is True else otherwise(frame)
        evidence = _evidence((chosen, cond))
        value, firm = chosen[0], chosen[1]
        if value is None:
            gaps = _gaps((cond, chosen)) if cond[0] is None else chosen[3]
            return (None, None, evidence, gaps)
        if firm is None:
            firm = cond[1]
            if firm is None and cond[0] is None:
                firm = strength.PRESUMED
        return (value, firm, evidence, ())

    return asked


def list_of(items: Sequence[Callable[[Frame], Found]]) -> Callable[[Frame], Found]:
    """Ask a list: as weak as the weakest of its items."""

    def of_list(frame: Frame) -> Found:
        found = [ask(frame) for ask in items]
        return _joined(tuple(one[0] for one in found), found)

    return of_list


def binary(op: str, left: Part, right: Part) -> Callable[[Frame], Found]:
    """Ask a comparison, `in` or arithmetic: it rests on both sides, an unknown on the unknown."""
    function, takes_budget = OPERATORS[op]

    def asked(frame: Frame) -> Found:
        first, a = _take(left, frame)
        second, b = _take(right, frame)
        value = function(a, b, frame) if takes_budget else function(a, b)
        open_ones = value is None and (a is None or b is None)
        found = []
        if not left.silent and (a is None or not open_ones):
            found.append(first or left.ask(frame))
        if not right.silent and (b is None or not open_ones):
            found.append(second or right.ask(frame))
        if open_ones:
            return (None, None, _evidence(found), _gaps(found))
        return _joined(value, found)

    return asked


def word(
    word: Word, parts: Sequence[Part], known: Callable[[Frame], Any] | None
) -> Callable[[Frame], Found]:
    """Ask a word of its subject and arguments; *known* peeks at its value where it has a slot."""
    subject = parts[0]
    apply = _apply(word, len(parts) - 1)

    def asked(frame: Frame) -> Found:
        value = MISSING if known is None else known(frame)
        if isinstance(value, Records):
            return _of_set(value)
        taken = [_take(part, frame) for part in parts]
        of = taken[0][1]
        if value is MISSING:
            value = apply([one for _, one in taken], frame)
            if isinstance(value, Records):
                return _of_set(value)
        if isinstance(of, Records):
            return _read_off(of, value)
        found = [one or part.ask(frame) for (one, _), part in zip(taken, parts, strict=True)]
        return _said(value, found, parts)

    if len(parts) == 1 and known is None and subject.peek is not None and _admits_records(word):
        return _reading(word, subject.peek, asked)
    return asked


def _said(value: object, found: Sequence[Found], parts: Sequence[Part]) -> Found:
    """Return the reason of a word's value that was not read off records."""
    if value is None:
        unknown = [one for one in found if one[0] is None]
        return (None, None, _evidence(unknown or found), _gaps(unknown))
    firm = strength.weakest([one[1] for one in found])
    if firm is None and any(
        one[0] is None and not part.unknown for one, part in zip(found, parts, strict=True)
    ):
        # Known although nothing it rests on is: `|is_unknown`, `|or_else(...)`.
        firm = strength.PRESUMED
    return (value, firm, _evidence(found), ())


def _apply(word: Word, count: int) -> Callable[[Sequence[Any], Frame], Any]:
    """Return `Word.apply` for *count* arguments."""
    guards = word.guards(count)
    unknown, takes_frame, function = word.unknown, word.takes_frame, word.function

    def apply(values: Sequence[Any], frame: Frame) -> Any:  # noqa: ANN401 - any value
        for value, admitted in zip(values, guards):  # noqa: B905 - of one length
            if admitted is None:
                if value is None and not unknown:
                    return None
            elif type(value) not in admitted:
                return None
        if isinstance(values[0], Records):
            frame.spend(len(values[0].sure) >> RECORDS_PER_STEP_BITS)
        return function(frame, *values) if takes_frame else function(*values)

    return apply


def _admits_records(word: Word) -> bool:
    (admitted,) = word.guards(0)
    return admitted is None or Records in admitted


def _reading(
    word: Word, peek: Callable[[Frame], Any], otherwise: Callable[[Frame], Found]
) -> Callable[[Frame], Found]:
    """Ask a word without arguments of a set of records; *otherwise* answers for anything else."""
    function, takes_frame = word.function, word.takes_frame

    def reading(frame: Frame) -> Found:
        records = peek(frame)
        if type(records) is not Records:
            return otherwise(frame)
        steps = len(records.sure) >> RECORDS_PER_STEP_BITS
        if steps:
            frame.spend(steps)
        value = function(frame, records) if takes_frame else function(records)
        return _of_set(value) if isinstance(value, Records) else _read_off(records, value)

    return reading


# ------------------------------------------------------------------------------------ reasons


def _like(value: object, of: Found) -> Found:
    """Return the reason of what rests on one other."""
    return (None, None, of[2], of[3]) if value is None else (value, of[1], of[2], ())


def _of_set(records: Records) -> Found:
    return (records, None, strength.refs(records.possible()), records.gaps)


def _read_off(records: Records, value: object) -> Found:
    firm, evidence = strength.of_records(records, value)
    return (value, firm, evidence, records.gaps if value is None else ())


def _joined(value: object, parts: Sequence[Found]) -> Found:
    """Return the reason of a known value that rests on all its parts: as weak as the weakest."""
    firm = None if value is None else strength.weakest(part[1] for part in parts)
    return (value, firm, _evidence(parts), ())


def _evidence(parts: Sequence[Found]) -> _Texts:
    return _merged([part[2] for part in parts])


def _gaps(parts: Sequence[Found]) -> _Texts:
    return _merged([part[3] for part in parts])


def _merged(several: Sequence[_Texts]) -> _Texts:
    """Join texts, each once; those of one part alone are each once already."""
    only: _Texts = ()
    for texts in several:
        if texts and texts is not only:
            if only:
                return tuple(dict.fromkeys([text for one in several for text in one]))
            only = texts
    return only
