"""Policies: named, versioned sets of thresholds. One is the base, others change some of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rules.chart import knowledge_file
from rules.chart.knowledge_file import DAY, SEMVER
from rules.chart.mistakes import choices
from rules.engine.parameter import Parameter, change, declare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.chart.knowledge_file import KnowledgeFile
    from rules.chart.mistakes import Mistakes

DEFAULT = "default"
_HEAD = ("id", "title", "version", "reviewed")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with every parameter it has, its own and inherited."""

    id: str
    title: str
    version: str
    parameters: Mapping[str, Parameter]
    # The values alone, by the same names: what rules read.
    values: Mapping[str, object]
    based_on: str = ""
    reviewed: str = ""
    note: str = ""
    # The parameters that this policy itself states.
    own: tuple[str, ...] = ()


def load_policies(folders: Path | Iterable[Path], mistakes: Mistakes) -> dict[str, Policy]:
    """Load the policies of *folders* by id; a later file of the same name replaces an earlier.

    A policy without `based_on` declares its parameters, with title, type and unit. One that is
    based on another states new values for parameters of that one and no others; of a table it may
    state some rows alone. Every mistake of
    every file is added to *mistakes*; a policy with a mistake is still returned where it can be.
    """
    places = (folders,) if isinstance(folders, Path) else tuple(folders)
    paths = {path.stem: path for folder in places for path in sorted(folder.glob("*.yaml"))}
    files: dict[str, KnowledgeFile] = {}
    for name, path in paths.items():
        file = knowledge_file.read(path, mistakes)
        if file is not None:
            _check_head(file)
            files[name] = file
    policies: dict[str, Policy] = {}
    for name in files:
        _load(name, files, policies, ())
    return policies


def _check_head(file: KnowledgeFile) -> None:
    file.keys(required=_HEAD, optional=("based_on", "note", "parameters"))
    name = file.text("id")
    if name and name != file.path.stem:
        file.wrong(f"`id` must be the name of the file, `{file.path.stem}`", "id")
    file.like("version", "1.0.0", SEMVER)
    file.like("reviewed", "2026-11-22", DAY)


def _load(
    name: str,
    files: Mapping[str, KnowledgeFile],
    policies: dict[str, Policy],
    above: tuple[str, ...],
) -> Policy | None:
    """Load a policy after the one it is based on; None where there is no such policy."""
    if name in policies or name not in files:
        return policies.get(name)
    file = files[name]
    base: Policy | None = None
    based_on = file.text("based_on")
    if based_on in (*above, name):
        file.wrong(f"`{name}` is based on itself", "based_on")
    elif based_on:
        base = _load(based_on, files, policies, (*above, name))
        if base is None:
            text = f"unknown policy `{based_on}`; {choices(set(files) - {name}, based_on)}"
            file.wrong(text, "based_on")
    elif name != DEFAULT and DEFAULT in files:
        file.wrong(f"`based_on` is missing; every policy but `{DEFAULT}` is based on another")
    parameters = dict(base.parameters) if base else {}
    own = file.names("parameters")
    for key in own:
        parameter = _parameter(file, key, base, declares=not based_on)
        if parameter is not None:
            parameters[key] = parameter
    if not parameters and not based_on:
        file.wrong("the policy has no parameters")
    policies[name] = Policy(
        name, file.text("title"), file.text("version"), MappingProxyType(parameters),
        MappingProxyType({key: one.value for key, one in parameters.items()}), based_on,
        file.text("reviewed"), file.text("note"), own,
    )  # fmt: skip
    return policies[name]


def _parameter(
    file: KnowledgeFile, key: str, base: Policy | None, *, declares: bool
) -> Parameter | None:
    if declares:
        return declare(file, key)
    if base is None:
        return None
    inherited = base.parameters.get(key)
    if inherited is None:
        text = f"unknown parameter `{key}`; {choices(base.parameters, key)}"
        file.wrong(text, "parameters", key)
        return None
    return change(file, key, inherited)
