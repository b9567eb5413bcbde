"""The JSON of a prefetch key, read into typed resources.

The quick pass is one typed decode of the whole key (rules/chart/contents.py). Only where it fails,
the slow pass below takes each resource on its own, so that one bad one is one failure. Habits of
real senders are undone (repair.py), other FHIR versions are mapped or refused (versions.py); what
still cannot be read is a Failure with its place. A type is never guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec

from rules.chart import resources as fhir
from rules.chart.contents import (
    FAILURES,
    MAX_DEPTH,
    QUICK,
    SHELL,
    Contents,
    Failure,
    RawBundle,
    Slice,
    count_page,
    decode_quickly,
)  # fmt: skip
from rules.chart.repair import repair
from rules.chart.versions import Refused, to_r4

_PLAIN: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_ENCODE = msgspec.json.Encoder(decimal_format="number")
_PLACE = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_TYPES = {list: "array", str: "string", bool: "boolean", int: "number", Decimal: "number"}
_SAID = 20  # how much of a foreign status is repeated


class Unreadable(ValueError):  # noqa: N818 - named for what was found
    """A resource that cannot be typed: *path* is FHIRPath-like, *reason* repeats no content."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{reason} at `{path}`" if path else reason)
        self.path = path
        self.reason = reason


def typed(resource: dict[str, Any]) -> Any:  # noqa: ANN401 - one of the structures of resources.py
    """Turn a resource of plain JSON into its structure, habits undone and versions mapped.

    Raises Unreadable with the place of the first mistake; a refused version is one, too.
    """
    struct = fhir.BY_NAME.get(str(resource.get("resourceType")))
    try:
        if struct is not None:
            return msgspec.convert(resource, struct)
    except (msgspec.ValidationError, RecursionError):
        pass
    try:
        return _mend(resource)[0]
    except Refused as error:
        raise Unreadable("", str(error)) from None


def decode(source: bytes) -> Contents:
    """Decode the JSON of one key. Never raises: what is wrong is said in the result."""
    return decode_quickly(source) or decode_slowly(source)


def decode_slowly(source: bytes) -> Contents:
    """Decode one key resource by resource. Never raises: what is wrong is said in the result."""
    contents = Contents(source)
    try:
        _decode(contents, source)
    except Refused as error:
        contents.failure = str(error)
    except RecursionError:
        contents.failure = "its JSON is nested too deeply"
    except (msgspec.MsgspecError, UnicodeDecodeError):
        contents.failure = "it is not JSON"
    if contents.failure:
        contents.resources.clear()
        contents.slices.clear()
    contents.kinds = set(map(type, contents.resources))
    return contents


def _decode(contents: Contents, source: bytes) -> None:
    shell = _shell(source)
    if shell is None:
        tree = _unwrap(contents, _PLAIN.decode(source))
        if tree is None:
            return
        source = _ENCODE.encode(tree)
        shell = _shell(source)
    if shell is not None:
        contents.bundle = True
        _open(contents, shell, "", 1)
        return
    resource = _take(contents, source, "", None)
    if resource is None:
        failure = contents.failures.pop()
        contents.failure = failure.reason
    elif isinstance(resource, fhir.OperationOutcome):
        contents.outcome = resource


def _shell(source: bytes) -> RawBundle | None:
    try:
        shell = SHELL.decode(source)
    except FAILURES:
        return None
    return shell if shell.resource_type == "Bundle" else None


def _unwrap(contents: Contents, tree: object) -> dict[str, Any] | None:
    """Undo the habits around a resource: early CDS Hooks wrapped it, some send one entry bare."""
    if isinstance(tree, dict) and "resourceType" not in tree and "response" in tree:
        response = tree["response"]
        status = str(response.get("status", "")) if isinstance(response, dict) else ""
        tree = tree.get("resource")
        if tree is None and status and not status.startswith("2"):
            contents.failure = f"the sender's query gave status `{status[:_SAID]}`"
            return None
    if tree is None:
        contents.null = True
    elif not isinstance(tree, dict):
        contents.failure = f"it is a JSON {_TYPES.get(type(tree), 'value')}, not a resource"
    elif not isinstance(tree.get("resourceType"), str):
        contents.failure = "it has no `resourceType`"
    elif tree["resourceType"] == "Bundle":
        return _list_entries(contents, tree)
    else:
        return tree
    return None


def _list_entries(contents: Contents, bundle: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {"resourceType": "Bundle"}
    for name in ("entry", "link"):
        given = bundle.get(name)
        members = given if isinstance(given, list) else [given]
        tree[name] = [_shallow(one) for one in members if isinstance(one, dict)]
        if name == "entry":
            contents.empty_entries += sum(
                one is not None and not isinstance(one, dict) for one in members
            )
    if isinstance(bundle.get("total"), int) and not isinstance(bundle["total"], bool):
        tree["total"] = bundle["total"]
    return tree


def _shallow(member: dict[str, Any]) -> dict[str, Any]:
    """Keep of an entry or a link what is read, and only where it has the right type."""
    texts: dict[str, Any] = {
        k: v
        for k, v in member.items()
        if k in ("fullUrl", "relation", "url") and isinstance(v, str)
    }
    search = member.get("search")
    mode = search.get("mode") if isinstance(search, dict) else None
    if isinstance(mode, str):
        texts["search"] = {"mode": mode}
    return texts | ({"resource": member["resource"]} if "resource" in member else {})


def _open(contents: Contents, shell: RawBundle, place: str, depth: int) -> None:
    found: list[Any] = []
    for index, entry in enumerate(shell.entry or ()):
        raw = bytes(entry.resource)
        where = f"{place}entry[{index}].resource"
        inner = _shell(raw) if b"Bundle" in raw else None
        if raw == b"null":
            contents.empty_entries += 1
            found.append(None)
        elif inner is None:
            found.append(_take(contents, raw, where, entry.full_url))
        elif depth < MAX_DEPTH:
            _open(contents, inner, f"{where}.", depth + 1)
            found.append(None)
        else:
            contents.failures.append(Failure(where, "Bundle", "Bundles are nested too deeply"))
            found.append(None)
    count_page(contents, shell, found)


def _take(contents: Contents, raw: bytes, place: str, full_url: str | None) -> Any:  # noqa: ANN401 - any structure
    """Type one resource into the contents, or note why not and return None."""
    repaired = b""
    kind = ""
    try:
        resource = QUICK.decode(raw)
    except FAILURES:
        try:
            tree = _unnest(_PLAIN.decode(raw))
            kind = str(tree.get("resourceType", ""))[:40] if isinstance(tree, dict) else ""
            resource, mended = _mend(tree)
            repaired = _ENCODE.encode(mended)
        except Unreadable as error:
            contents.failures.append(Failure(place, kind, str(error)))
            return None
        except FAILURES:
            contents.failures.append(Failure(place, kind, "it is not readable JSON"))
            return None
    if isinstance(resource, fhir.Bundle):
        contents.failures.append(Failure(place, "Bundle", "it is a Bundle of unexpected shape"))
        return None
    contents.resources.append(resource)
    contents.slices.append(Slice(resource, raw, repaired, full_url))
    return resource


def _unnest(tree: object) -> object:
    """Take a resource out of `{response, resource}` inside an entry."""
    if isinstance(tree, dict) and "resourceType" not in tree and "response" in tree:
        return tree.get("resource")
    return tree


def _mend(tree: object) -> tuple[Any, dict[str, Any]]:
    """Type a resource after undoing habits. Raises Unreadable, or Refused for DSTU2."""
    if not isinstance(tree, dict):
        raise Unreadable("", f"it is a JSON {_TYPES.get(type(tree), 'value')}, not a resource")
    kind = tree.get("resourceType")
    if not isinstance(kind, str):
        raise Unreadable("", "it has no `resourceType`")
    try:
        mended = repair(to_r4(tree), kind)
        struct = fhir.BY_NAME.get(kind)
        if struct is None:
            raise Unreadable("", f"`{kind[:40]}` is not a resource type of FHIR R4")
        return msgspec.convert(mended, struct), mended
    except msgspec.ValidationError as error:
        raise Unreadable(*_explain(kind, str(error))) from None
    except RecursionError:
        raise Unreadable(kind[:40], "it is nested too deeply") from None
    except (AttributeError, TypeError, KeyError):
        raise Unreadable(kind[:40], "it has elements of unexpected shape") from None


def _explain(kind: str, message: str) -> tuple[str, str]:
    match = _PLACE.fullmatch(message)
    words, path = match.groups() if match else (message, "")
    words = words[:1].lower() + words[1:]
    return (f"{kind}.{path}" if path else kind), words.replace(" | null", "")
