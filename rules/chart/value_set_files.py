"""The YAML files of folders of value sets, read into one whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.chart.code_systems import CodeSystems, read_systems
from rules.chart.knowledge_file import read
from rules.chart.local_codes import LOCAL, LocalCode, read_local_codes
from rules.chart.mistakes import choices
from rules.chart.value_set import ValueSet, local_value_set, read_value_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rules.chart.knowledge_file import KnowledgeFile
    from rules.chart.mistakes import Mistakes

SYSTEMS = "systems.yaml"
LOCAL_CODES = "local-codes.yaml"
_RESERVED = frozenset({SYSTEMS, LOCAL_CODES})


@dataclass(slots=True)
class ValueSetFiles:
    """Code systems, local codes and value sets by id, with `local#x` for every local code."""

    systems: CodeSystems = field(default_factory=CodeSystems)
    local_codes: dict[str, LocalCode] = field(default_factory=dict)
    value_sets: dict[str, ValueSet] = field(default_factory=dict)

    def read(self, folders: Sequence[Path], mistakes: Mistakes) -> None:
        """Read the files of *folders*; what a later folder has replaces the same of an earlier."""
        for file in _named(folders, SYSTEMS, mistakes):
            read_systems(file, self.systems)
        for file in _named(folders, LOCAL_CODES, mistakes):
            before = dict(self.local_codes)
            read_local_codes(file, self.local_codes)
            for name, code in self.local_codes.items():
                if before.get(name) is not code:
                    implicit = local_value_set(code, file.text("version"), file.text("reviewed"))
                    self.value_sets[implicit.id] = implicit
        paths = {
            path.stem: path
            for folder in folders
            for path in sorted(folder.glob("*.yaml"))
            if path.name not in _RESERVED
        }
        files: list[KnowledgeFile] = []
        for name, path in paths.items():
            source = read(path, mistakes)
            if source is None:
                continue
            files.append(source)
            self.value_sets[name] = read_value_set(source, self.systems, self.local_codes)
        for file in files:
            self._check_included(file)

    def _check_included(self, file: KnowledgeFile) -> None:
        for part in self.value_sets[file.path.stem].include:
            if part not in self.value_sets:
                kind = "local code" if part.startswith(LOCAL + "#") else "value set"
                file.wrong(f"unknown {kind} `{part}`; {choices(self.value_sets, part)}", "include")
            elif part == file.path.stem:
                file.wrong("a value set cannot include itself", "include")


def _named(folders: Sequence[Path], name: str, mistakes: Mistakes) -> Iterator[KnowledgeFile]:
    for folder in folders:
        if (folder / name).is_file():
            file = read(folder / name, mistakes)
            if file is not None:
                yield file
