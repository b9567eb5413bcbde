"""A Bundle in a hook's context: its resources, wherever clients put them, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.errors import BadRequest, OtherPatient

if TYPE_CHECKING:
    from hooks.strict_json import Json


@dataclass(frozen=True, slots=True)
class SentBundle:
    """A member of the context that must be a Bundle.

    *habit* begins the names of what is tolerated, *thing* is what one resource is called.
    """

    member: str
    habit: str
    thing: str

    @property
    def place(self) -> str:
        """Where the member stands in the request."""
        return f"/context/{self.member}"

    def resources(self, value: Json, tolerated: list[str]) -> tuple[dict[str, Json], ...]:
        """Return the resources of the Bundle in order; raise BadRequest where one is unreadable."""
        if not value:
            reason = f"no-{self.habit}s"
            raise BadRequest(f"`{self.member}` is missing", place=self.place, reason=reason)
        if not isinstance(value, dict):
            raise self._wrong(f"`{self.member}` must be a Bundle", "")
        found = []
        for index, entry in enumerate(self._entries(value, tolerated)):
            if not isinstance(entry, dict):
                raise self._no_resource(index)
            resource = entry.get("resource") or (entry if "resourceType" in entry else None)
            if resource is None:
                tolerated.append(f"{self.habit}-entry-empty")
            elif isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
                found.append(resource)
            else:
                raise self._no_resource(index)
        return tuple(found)

    def refuse_others(self, resources: tuple[dict[str, Json], ...], patient: str) -> None:
        """Raise OtherPatient where a resource is about another patient than *patient*."""
        for index, resource in enumerate(resources):
            if is_of_another(resource, patient):
                place = f"{self.place}/entry/{index}/resource"
                raise OtherPatient(f"{self.thing} is for another patient", place=place)

    def _entries(self, bundle: dict[str, Json], tolerated: list[str]) -> list[Json]:
        """Return the entries of a Bundle; a bare or wrapped resource counts as a Bundle of one."""
        if isinstance(bundle.get("resource"), dict) and "entry" not in bundle:
            tolerated.append(f"{self.habit}-wrapper")
            return [bundle]
        if bundle.get("resourceType") not in {"Bundle", None}:
            tolerated.append(f"{self.habit}-no-bundle")
            return [{"resource": bundle}]
        entries = bundle.get("entry") or []
        if isinstance(entries, dict):
            tolerated.append(f"{self.habit}-entry-object")
            return [entries]
        if not isinstance(entries, list):
            raise self._wrong("`entry` must be a list", "/entry")
        return entries

    def _no_resource(self, index: int) -> BadRequest:
        text = f"an entry of `{self.member}` holds no resource"
        return self._wrong(text, f"/entry/{index}/resource")

    def _wrong(self, text: str, below: str) -> BadRequest:
        return BadRequest(text, place=self.place + below, reason=f"wrong-{self.habit}s")


def is_of_another(resource: dict[str, Json], patient: str) -> bool:
    """Say whether a resource names another patient.

    A contained or `urn:` reference names none here. An appointment names its patients among its
    participants: it is another's where none of them is ours.
    """
    about = [resource.get(name) for name in ("subject", "patient", "for")]
    if any(name not in {None, patient} for name in map(_patient_of, about)):
        return True
    participants = resource.get("participant")
    actors = {
        _patient_of(one.get("actor"))
        for one in (participants if isinstance(participants, list) else [participants])
        if isinstance(one, dict)
    } - {None}
    return bool(actors) and patient not in actors


def _patient_of(reference: Json) -> str | None:
    """Return the id of the patient that a Reference names."""
    given = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(given, str):
        return None
    parts = given.partition("/_history/")[0].split("/")
    return parts[-1] if len(parts) >= 2 and parts[-2] == "Patient" else None
