"""What this service offers: one file per service, read at start, answered as bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hooks import wire
from hooks.errors import BadRequest, NotFound, StartError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from importlib.resources.abc import Traversable

# Prefetch key -> the resource type that its template must ask for.
KEYS = {
    "patient": "Patient",
    "conditions": "Condition",
    "medicationRequests": "MedicationRequest",
    "procedures": "Procedure",
    "observations": "Observation",
    "allergies": "AllergyIntolerance",
    "devices": "Device",
    "careTeams": "CareTeam",
    "serviceRequests": "ServiceRequest",
}
CORE = ("conditions", "medicationRequests", "procedures")
_REQUIRED = ("hook", "title", "description", "prefetch")
_OPTIONAL = ("usageRequirements",)
_ID = re.compile(r"[A-Za-z0-9._-]+")
_TOKEN = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_CODES = re.compile(r"\{\{\s*codes\s*\}\}")
_TOKENS = frozenset(
    (
        "context.patientId", "context.encounterId", "context.userId", "userPractitionerId",
        "userPractitionerRoleId", "userPatientId", "userRelatedPersonId", "codes",
    )
)  # fmt: skip
_READ = re.compile(r"[A-Z][A-Za-z]+/\{\{\s*[\w.]+\s*\}\}")
_PARAMETER = re.compile(
    r"(_count=\d+|_sort=-?[a-z-]+|[a-z][a-z-]*(:in)?=(?!(?:ne|sa|eb|ap)\d)[^=&]+)"
)


@dataclass(frozen=True, slots=True)
class Service:
    """One service as its file says it, codes filled in."""

    id: str
    hook: str
    title: str
    description: str
    usage_requirements: str
    prefetch: Mapping[str, str]

    def entry(self) -> dict[str, Any]:
        """Return the discovery entry."""
        said: dict[str, Any] = {
            "hook": self.hook,
            "title": self.title,
            "description": self.description,
            "id": self.id,
            "prefetch": dict(self.prefetch),
            "usageRequirements": self.usage_requirements,
        }
        return {name: value for name, value in said.items() if value}


class Services:
    """All services; found by id and hook, as the same id may answer several hooks."""

    def __init__(self, services: Iterable[Service]) -> None:
        """Keep *services* in the order of their ids."""
        self._found = {(one.id, one.hook): one for one in services}
        self.ids = frozenset(identity for identity, _ in self._found)
        self.body = wire.encode({"services": [one.entry() for one in self]})

    def __iter__(self) -> Iterator[Service]:
        """Iterate over the services."""
        return iter(self._found.values())

    def known(self, identity: str) -> str:
        """Return *identity*, or raise NotFound."""
        if identity not in self.ids:
            raise NotFound("there is no such service; see GET /cds-services", reason="no-service")
        return identity

    def find(self, identity: str, hook: str) -> Service:
        """Return the service, or raise NotFound for its id and BadRequest for another hook."""
        service = self._found.get((self.known(identity), hook))
        if service is None:
            raise BadRequest("this service answers another hook", place="/hook", reason="hook")
        return service


def load_services(
    codes: Collection[str], hooks: Collection[str], folder: Traversable | None = None
) -> Services:
    """Read the service files, or raise StartError that names every mistake.

    *codes* are the Observation codes that the rulebook reads, *hooks* those that its rules name.
    """
    place = folder or files("hooks").joinpath("services")
    found, mistakes = [], []
    for file in sorted(place.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            try:
                said = YAML(typ="safe").load(StringIO(file.read_text("utf-8")))
            except YAMLError as error:
                mistakes.append(f"{file.name}: {' '.join(str(error).split())}")
                continue
            wrong = list(_mistakes(file.name.removesuffix(".yaml"), said, hooks))
            mistakes += [f"{file.name}: {one}" for one in wrong]
            if not wrong:
                found.append(_service(file.name.removesuffix(".yaml"), said, codes))
    if mistakes:
        raise StartError("\n".join(mistakes))
    return Services(found)


def _service(identity: str, said: dict[str, Any], codes: Collection[str]) -> Service:
    listed = ",".join(sorted(codes))
    return Service(
        id=identity,
        hook=said["hook"],
        title=said["title"],
        description=said["description"],
        usage_requirements=said.get("usageRequirements", ""),
        prefetch={key: _CODES.sub(listed, template) for key, template in said["prefetch"].items()},
    )


def _mistakes(identity: str, said: Any, hooks: Collection[str]) -> Iterable[str]:  # noqa: ANN401 - any YAML
    if not _ID.fullmatch(identity):
        yield f"`{identity}` cannot be a part of an address; use letters, digits, `.`, `_`, `-`"
    if not isinstance(said, dict):
        yield "is not a table of keys"
        return
    for name in said.keys() - {*_REQUIRED, *_OPTIONAL}:
        yield f"unknown key `{name}`; known: {', '.join((*_REQUIRED, *_OPTIONAL))}"
    for name in _REQUIRED:
        if not said.get(name):
            yield f"`{name}` is missing"
    for name in ("hook", "title", "description", "usageRequirements"):
        if not isinstance(said.get(name, ""), str):
            yield f"`{name}` must be a text"
    hook = said.get("hook")
    if hook and hook not in hooks:
        yield f"no rule speaks on hook `{hook}`; rules speak on: {', '.join(sorted(hooks))}"
    yield from _prefetch_mistakes(said.get("prefetch") or {})


def _prefetch_mistakes(prefetch: object) -> Iterable[str]:
    if not isinstance(prefetch, dict):
        yield "`prefetch` must be a table of templates"
        return
    for key, template in prefetch.items():
        yield from _template_mistakes(key, template)


def _template_mistakes(key: str, template: object) -> Iterable[str]:
    if key not in KEYS:
        yield f"unknown prefetch key `{key}`; known: {', '.join(KEYS)}"
        return
    if not isinstance(template, str) or not template.startswith((f"{KEYS[key]}/", f"{KEYS[key]}?")):
        yield f"the template of `{key}` must read or search {KEYS[key]}"
        return
    for token in _TOKEN.findall(template):
        if token not in _TOKENS:
            yield f"unknown token `{token}` in `{key}`; known: {', '.join(sorted(_TOKENS))}"
    if "?" not in template:
        if not _READ.fullmatch(template):
            yield f"the template of `{key}` is no read by id"
        return
    for parameter in template.partition("?")[2].split("&"):
        if not _PARAMETER.fullmatch(parameter):
            yield f"`{parameter}` in `{key}` is outside the recommended search"
