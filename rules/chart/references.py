"""References between resources, and whom a resource is about (recording.md 13.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def tail(reference: str) -> str:
    """Return the last two path segments: `Type/id`, without server and version.

    A `urn:`, a contained `#id` and a bare id are returned as they are.
    """
    if reference.startswith(("urn:", "#")):
        return reference
    parts = reference.split("?", 1)[0].rstrip("/").split("/")
    if len(parts) > 3 and parts[-2] == "_history":
        parts = parts[:-2]
    return "/".join(parts[-2:])


def bare_id(patient: str) -> str:
    """Return the id of `Patient/x`, of a whole address, or of `x` itself."""
    return tail(patient).removeprefix("Patient/")


class AnotherPatient(Exception):  # noqa: N818 - an event of its own, named for what was found
    """The data hold a resource of another patient. Carries only where: *key* and *ref*."""

    def __init__(self, key: str, ref: str) -> None:
        super().__init__(f"`{ref}` in `{key}` is about another patient")
        self.key = key
        self.ref = ref


class Subjects:
    """Who the patient of the call is, in every way that the data refer to them."""

    __slots__ = ("_identities", "_urls", "accepted", "patient")

    def __init__(self, patient_id: str, identities: Callable[[], Mapping[str, str]]) -> None:
        """Keep the id; *identities* maps each `fullUrl` to `Type/id` when first needed."""
        self.patient = f"Patient/{patient_id}"
        # References already known to mean the patient: the quick test of the readers.
        self.accepted: set[str] = {self.patient}
        self._identities = identities
        self._urls: Mapping[str, str] | None = None

    def check(self, reference: str, key: str, ref: str) -> str:
        """Return "" where *reference* means the patient of the call, else why it cannot be read.

        Raises AnotherPatient where it means another patient.
        """
        if reference in self.accepted:
            return ""
        found = tail(reference)
        if found.startswith(("urn:", "#")):
            found = self._resolve(reference)
            if not found:
                return "whom it is about cannot be resolved"
        kind, slash, _ = found.rpartition("/")
        if slash and kind != "Patient":
            return f"it is about a {kind}, not about the patient"
        if found not in (self.patient, self.patient.removeprefix("Patient/")):
            raise AnotherPatient(key, ref)
        self.accepted.add(reference)
        return ""

    def _resolve(self, reference: str) -> str:
        if self._urls is None:
            self._urls = self._identities()
        found = self._urls.get(reference, "")
        own = self.patient.removeprefix("Patient/").lower()
        if not found and reference.lower().removeprefix("urn:uuid:") == own:
            return self.patient
        return found
