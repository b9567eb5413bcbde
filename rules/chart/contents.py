"""What one prefetch key holds, decoded in one typed pass; and the bytes behind each resource.

Where one typed pass is not enough, rules/chart/reading.py looks at each resource on its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from rules.chart import resources as fhir

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bundles inside Bundles beyond this depth are not read.
MAX_DEPTH = 5
# Modes of entries that are no match of the search.
_BESIDE = frozenset(("include", "outcome"))
_NO_KINDS = frozenset((type(None), fhir.Bundle))
# What a decoder raises for JSON that is malformed, of another shape, not UTF-8 or too deep.
FAILURES = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

QUICK: msgspec.json.Decoder[Any] = msgspec.json.Decoder(fhir.AnyResource | None)


class RawEntry(msgspec.Struct, rename="camel", gc=False):
    """An entry whose resource stays bytes."""

    full_url: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"null")
    search: fhir.Search | None = None


class RawBundle(msgspec.Struct, rename="camel", gc=False):
    """A Bundle whose resources stay bytes."""

    resource_type: str
    total: int | None = None
    link: list[fhir.Link] | None = None
    entry: list[RawEntry] | None = None


SHELL = msgspec.json.Decoder(RawBundle)


class Failure(msgspec.Struct, frozen=True, gc=False):
    """A resource that could not be read: its place, its type as far as it can be told, and why."""

    place: str
    kind: str
    reason: str


class Slice(msgspec.Struct, frozen=True, gc=False):
    """A resource of the slow pass: the JSON received, and what was typed instead of it."""

    resource: Any
    raw: bytes
    repaired: bytes
    full_url: str | None


@dataclass(slots=True)
class Contents:
    """What one key holds. *failure* is set where the key as a whole is no data, and says why."""

    source: bytes
    resources: list[Any] = field(default_factory=list)  # typed, in order; stubs among them
    kinds: set[type] = field(default_factory=set)  # the types that occur in `resources`
    null: bool = False
    bundle: bool = False
    outcome: fhir.OperationOutcome | None = None  # the key itself is an OperationOutcome
    failure: str = ""
    truncated: str = ""  # why entries are missing: a further page, a larger total
    searched: str = ""  # the search that the sender says it made: the `self` link
    empty_entries: int = 0  # entries that carry no resource
    failures: list[Failure] = field(default_factory=list)
    quick: Any = None  # the decoded value, where the quick pass sufficed
    slices: list[Slice] = field(default_factory=list)  # filled by the slow pass only


def decode_quickly(source: bytes) -> Contents | None:
    """Decode the JSON of one key at once; None where the slow pass has to look at it."""
    try:
        value = QUICK.decode(source)
    except FAILURES:
        return None
    contents = Contents(source, quick=value)
    if value is None:
        contents.null = True
    elif isinstance(value, fhir.OperationOutcome):
        contents.outcome = value
    elif isinstance(value, fhir.Bundle):
        contents.bundle = True
        if not _open(contents, value, 1):
            return None
    else:
        contents.resources.append(value)
        contents.kinds.add(type(value))
    return contents


def _open(contents: Contents, bundle: fhir.Bundle, depth: int) -> bool:
    """Take the resources out of a Bundle; False where it is nested too deeply."""
    resources = [entry.resource for entry in bundle.entry] if bundle.entry else []
    kinds = set(map(type, resources))
    count_page(contents, bundle, resources)
    contents.kinds |= kinds - _NO_KINDS
    if kinds.isdisjoint(_NO_KINDS):
        contents.resources += resources
        return True
    for resource in resources:
        if resource is None:
            contents.empty_entries += 1
        elif not isinstance(resource, fhir.Bundle):
            contents.resources.append(resource)
        elif depth >= MAX_DEPTH or not _open(contents, resource, depth + 1):
            return False
    return True


def count_page(contents: Contents, bundle: fhir.Bundle | RawBundle, resources: list[Any]) -> None:
    """Note that a Bundle has a further page, or fewer matches than its total."""
    for link in bundle.link or ():
        if link.relation == "next":
            contents.truncated = "a further page was not sent"
        elif link.relation == "self":
            contents.searched = link.url or ""
    if bundle.total and not contents.truncated:
        matches = _matches(_searches(bundle), resources)
        if bundle.total > matches:
            contents.truncated = f"{matches} of {bundle.total} entries were sent"


def _matches(searches: list[fhir.Search | None], resources: list[Any]) -> int:
    """Count what a search found, without what only comes with it."""
    modes = {search.mode for search in searches if search is not None}
    if modes.isdisjoint(_BESIDE) and fhir.OperationOutcome not in set(map(type, resources)):
        return len(resources)
    return sum(
        (search is None or search.mode not in _BESIDE)
        and type(resource) is not fhir.OperationOutcome
        for search, resource in zip(searches, resources, strict=True)
    )


def _searches(bundle: fhir.Bundle | RawBundle) -> list[fhir.Search | None]:
    if isinstance(bundle, RawBundle):
        return [entry.search for entry in bundle.entry or ()]
    return [entry.search for entry in bundle.entry or ()]


def originals(contents: Contents) -> Iterator[tuple[Any, bytes, bytes]]:
    """Give each resource with its bytes as received and as repaired (b"" where not repaired).

    After the quick pass this decodes the key once more, into slices of bytes only.
    """
    if contents.slices:
        for one in contents.slices:
            yield one.resource, one.raw, one.repaired
    elif contents.quick is not None:
        yield from _pairs(contents.quick, contents.source)


def _pairs(value: Any, raw: bytes) -> Iterator[tuple[Any, bytes, bytes]]:  # noqa: ANN401 - any structure
    if not isinstance(value, fhir.Bundle):
        yield value, raw, b""
        return
    for entry, part in zip(value.entry or (), SHELL.decode(raw).entry or (), strict=True):
        if entry.resource is not None:
            yield from _pairs(entry.resource, bytes(part.resource))


def addresses(contents: Contents) -> Iterator[tuple[str, Any]]:
    """Give every `fullUrl` of the key with its resource."""
    for one in contents.slices:
        if one.full_url is not None:
            yield one.full_url, one.resource
    if isinstance(contents.quick, fhir.Bundle):
        yield from _addresses(contents.quick)


def _addresses(bundle: fhir.Bundle) -> Iterator[tuple[str, Any]]:
    for entry in bundle.entry or ():
        if isinstance(entry.resource, fhir.Bundle):
            yield from _addresses(entry.resource)
        elif entry.full_url is not None and entry.resource is not None:
            yield entry.full_url, entry.resource
