"""The knowledge as a whole: its version, its source, and a hash over every file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.chart import knowledge_file
from rules.engine.switches import SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rules.chart.mistakes import Mistakes

MANIFEST = "knowledge.yaml"
FOLDERS = ("clinical", "definitions", "policies", "value_sets")
_KINDS = frozenset({".yaml", ".csv"})
_TEXTS = ("version", "released", "developer", "funding")


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """Version of the knowledge, what cards name as their source, and who stands behind it."""

    version: str
    label: str
    url: str
    hash: str
    released: str = ""
    developer: str = ""
    funding: str = ""


def read_source(
    roots: Iterable[Path], modules: Iterable[str], mistakes: Mistakes
) -> KnowledgeSource:
    """Read the manifest (the last root that has one) and hash every knowledge file of all roots."""
    digest = hashlib.sha256()
    said = dict.fromkeys(_TEXTS, "")
    label = url = ""
    for module in sorted(modules):
        digest.update(f"module {module}\n".encode())
    for root in roots:
        path = root / MANIFEST
        if path.is_file():
            file = knowledge_file.read(path, mistakes)
            if file is not None and file.keys(required=(*_TEXTS, "source")):
                said = {key: file.text(key) for key in _TEXTS}
                label, url = file.text("source", "label"), file.text("source", "url")
        for name, content in sorted(_contents(root).items()):
            digest.update(f"{name}\n{len(content)}\n".encode())
            digest.update(content)
    return KnowledgeSource(
        said["version"], label, url, f"sha256:{digest.hexdigest()}", said["released"],
        said["developer"], said["funding"],
    )  # fmt: skip


def _contents(root: Path) -> Mapping[str, bytes]:
    paths = [root / name for name in (MANIFEST, SWITCHES) if (root / name).is_file()]
    for folder in FOLDERS:
        paths += [one for one in (root / folder).rglob("*") if one.suffix in _KINDS]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
