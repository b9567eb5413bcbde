"""From the prefetch of a call to the resources of its patient, by type.

Decodes each key, refuses other patients, keeps one version of each resource, and leaves out the
stored orders that a draft of the call replaces.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rules.chart import resources as fhir
from rules.chart.contents import Contents, addresses
from rules.chart.issues import Issue
from rules.chart.keys import TYPES, KeyState, Shelf, read_shelves
from rules.chart.reading import Unreadable, typed
from rules.chart.references import AnotherPatient, Subjects, bare_id, tail
from rules.chart.scan import keep_about, reference, without_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.chart.call import Call
    from rules.chart.context import Context

DRAFTS = "draftOrders"
_REPLACEABLE = ("medicationRequests", "serviceRequests")


class Gathering:
    """The resources of one call. `found` holds them by canonical key, `states` what each key is."""

    def __init__(self, call: Call, context: Context) -> None:
        """Read the whole prefetch; raises AnotherPatient as `read_chart` says."""
        self.call = call
        self.context = context
        self.issues = context.issues
        self.shelves, self.sent = read_shelves(
            call.prefetch, call.missing, call.sources, self.issues
        )
        self.subjects = Subjects(bare_id(call.patient_id), partial(_identities, self.sent))
        self._check_drafts()
        for name, contents in self.sent:
            self._check_side_data(name, contents)
        self.found: dict[str, list[Any]] = {key: self._gather(key) for key in TYPES}
        self.states: Mapping[str, KeyState] = {
            key: shelf.state for key, shelf in self.shelves.items()
        }
        # Every stored order can still be looked up, also one that a draft replaces.
        self.stored = {key: self.found[key] for key in _REPLACEABLE}
        replaced = self._replaced()
        if replaced:
            for key in _REPLACEABLE:
                self.found[key] = [
                    one for one in self.found[key] if reference(one, 0) not in replaced
                ]

    def medications(self) -> dict[str, fhir.Medication]:
        """Return every Medication that was sent, by `Medication/id` and by `fullUrl`."""
        known: dict[str, fhir.Medication] = {}
        for _, contents in self.sent:
            if fhir.Medication in contents.kinds:
                for url, resource in addresses(contents):
                    if isinstance(resource, fhir.Medication):
                        known.setdefault(url, resource)
                for resource in contents.resources:
                    if isinstance(resource, fhir.Medication) and resource.id:
                        known.setdefault(f"Medication/{resource.id}", resource)
        known.update(self._drafted_medications())
        return known

    def _drafted_medications(self) -> Iterator[tuple[str, fhir.Medication]]:
        bundle = self.call.context.get("draftOrders")
        entries = bundle.get("entry") if isinstance(bundle, dict) else None
        drafts = [(one.get("id") and f"Medication/{one['id']}", one) for one in self.call.drafts]
        drafts += [
            (entry.get("fullUrl"), entry["resource"])
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
        ]
        for place, (address, draft) in enumerate(drafts):
            if draft.get("resourceType") != "Medication" or not isinstance(address, str):
                continue
            try:
                yield address, typed(dict(draft))
            except Unreadable as why:
                ref = f"Medication#{place}"
                self.issues.append(Issue("unreadable", f"a draft Medication: {why}", ref, DRAFTS))

    # ------------------------------------------------------------------- whose data these are

    def _check_drafts(self) -> None:
        for place, draft in enumerate(self.call.drafts):
            for name in ("subject", "patient"):
                about = draft.get(name)
                given = about.get("reference") if isinstance(about, dict) else None
                if isinstance(given, str) and given:
                    self.subjects.check(given, DRAFTS, f"{draft.get('resourceType')}#{place}")

    def _check_side_data(self, name: str, contents: Contents) -> None:
        """Refuse other patients also among what lies beside the resources of a key."""
        main = TYPES.get(name)
        for kind in sorted(contents.kinds - {main}, key=lambda one: one.__name__):
            others = [one for one in contents.resources if type(one) is kind]
            try:
                keep_about(others, kind, self.subjects, name, lambda *_: None)
            except AnotherPatient as found:
                self._refuse(name, found)
                return

    def _refuse(self, key: str, found: AnotherPatient) -> None:
        """Refuse the call for data it came with; drop a key that we fetched ourselves."""
        if self.call.sources.get(key, "prefetch") == "prefetch" or key not in self.shelves:
            raise found
        text = "it holds data of another patient"
        self.issues.append(Issue("another-patient", text, found.ref, key))
        self.shelves[key] = Shelf(key, KeyState(key, "missing", text, self.call.sources[key]))

    def _gather(self, key: str) -> list[Any]:
        if not self.shelves[key].contents:
            return []
        kind = TYPES[key]
        try:
            resources = self._about_patient(key, kind)
        except AnotherPatient as found:
            self._refuse(key, found)
            return []
        return without_duplicates(
            resources, self.context,
            lambda one, at: self._tell(
                "duplicate", "it was sent twice with different content and no version", one, at, key
            ),
        )  # fmt: skip

    def _about_patient(self, key: str, kind: type[Any]) -> list[Any]:
        gathered: list[Any] = []
        for _, contents in self.shelves[key].contents:
            mine = contents.resources
            if len(contents.kinds) > 1:
                mine = [one for one in mine if type(one) is kind]
            if kind in contents.kinds:
                gathered += keep_about(
                    mine, kind, self.subjects, key,
                    lambda one, at, why: self._lose(one, at, why, key),
                )  # fmt: skip
        return gathered

    def _lose(self, resource: Any, place: int, why: str, key: str) -> None:  # noqa: ANN401 - any structure
        """Report a resource that is not read for its subject; what is unresolved is a gap."""
        unresolved = why.endswith("resolved")
        self._tell("unreadable" if unresolved else "ignored", why, resource, place, key)
        shelf = self.shelves[key]
        if unresolved and shelf.state.known:
            shelf.state = KeyState(key, "incomplete", why, shelf.state.source)

    def _tell(self, kind: str, text: str, resource: Any, place: int, key: str) -> None:  # noqa: ANN401 - any structure
        self.issues.append(Issue(kind, text, reference(resource, place), key))

    def _replaced(self) -> frozenset[str]:
        """Return the stored orders that drafts of this call replace (recording.md 13.4)."""
        replaced: set[str] = set()
        for draft in self.call.drafts:
            if draft.get("status") == "entered-in-error":
                continue
            if draft.get("id"):
                replaced.add(f"{draft.get('resourceType')}/{draft['id']}")
            prior = draft.get("priorPrescription")
            given = prior.get("reference") if isinstance(prior, dict) else None
            if isinstance(given, str):
                replaced.add(tail(given))
        return frozenset(replaced)


def _identities(sent: list[tuple[str, Contents]]) -> dict[str, str]:
    return {
        url: reference(resource, 0)
        for _, contents in sent
        for url, resource in addresses(contents)
        if getattr(resource, "id", None)
    }
