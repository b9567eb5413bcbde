"""A small EHR: it holds one patient's chart and fills prefetch templates from it.

It understands the reads and search parameters that the templates of our services use, and refuses
every other one: a template that an EHR might not understand is caught here first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TOKEN = re.compile(r"\{\{\s*context\.(\w+)\s*\}\}")
# Where each type names its patient.
_PATIENT = {
    "AllergyIntolerance": "patient",
    "CareTeam": "subject",
    "Condition": "subject",
    "Device": "patient",
    "MedicationRequest": "subject",
    "Observation": "subject",
    "Procedure": "subject",
    "ServiceRequest": "subject",
}
PARAMETERS = ("patient", "code")


class ChartError(Exception):
    """A file is not the chart of one patient."""


class UnknownQuery(Exception):  # noqa: N818 - what a server would call an unknown parameter
    """A template asks for something that this EHR does not understand."""


class Source(Protocol):
    """Whatever answers FHIR queries: a chart in memory, a FHIR server."""

    def get(self, query: str) -> Any:  # noqa: ANN401 - any FHIR JSON
        """Return the resource or searchset of a relative *query*; None where there is none."""


class Ehr:
    """The chart of one patient, as a FHIR server would hold it."""

    def __init__(self, chart: object) -> None:
        """Load a Bundle of any type, or a lone Patient.

        As on a server that takes a transaction in, `urn:uuid:` references become `Type/id`.
        """
        if not isinstance(chart, dict) or chart.get("resourceType") not in {"Bundle", "Patient"}:
            raise ChartError("expected a FHIR Bundle that holds the chart of one patient")
        entries = [chart] if chart["resourceType"] == "Patient" else list(_entries(chart))
        names = {
            url: f"{resource['resourceType']}/{resource['id']}"
            for url, resource in _addressed(chart)
            if resource.get("id") is not None
        }
        self.resources: list[dict[str, Any]] = [_renamed(entry, names) for entry in entries]
        patients = [one for one in self.resources if one.get("resourceType") == "Patient"]
        if len(patients) != 1:
            raise ChartError(f"expected one Patient in the bundle, found {len(patients)}")
        if not isinstance(patients[0].get("id"), str):
            raise ChartError("the Patient of the bundle has no id")
        self.patient_id: str = patients[0]["id"]

    def get(self, query: str) -> Any:  # noqa: ANN401 - any FHIR JSON
        """Answer a read (`Type/id`) or a search (`Type?parameter=value`)."""
        path, _, search = query.partition("?")
        if not search:
            kind, _, identity = path.partition("/")
            return next(iter(self._of(kind, identity)), None)
        found = list(self._search(path, parse_qsl(search, keep_blank_values=True)))
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [{"resource": one, "search": {"mode": "match"}} for one in found],
        }

    def medications(self) -> dict[str, Any] | None:
        """Return the Medication resources that orders may refer to, where there are any."""
        found = [one for one in self.resources if one.get("resourceType") == "Medication"]
        if not found:
            return None
        entry = [{"resource": one} for one in found]
        return {"resourceType": "Bundle", "type": "collection", "entry": entry}

    def _of(self, kind: str, identity: str) -> Iterable[dict[str, Any]]:
        return (
            one
            for one in self.resources
            if one.get("resourceType") == kind and one.get("id") == identity
        )

    def _search(self, kind: str, parameters: Iterable[tuple[str, str]]) -> Iterable[dict[str, Any]]:
        if kind not in _PATIENT:
            raise UnknownQuery(f"cannot search `{kind}`; searched are {_listed(_PATIENT)}")
        found = [one for one in self.resources if one.get("resourceType") == kind]
        for name, value in parameters:
            if name == "patient":
                found = [one for one in found if self._about(one.get(_PATIENT[kind]), value)]
            elif name == "code":
                wanted = [tuple(unquote(part).split("|")) for part in value.split(",")]
                found = [one for one in found if _coded(one.get("code"), wanted)]
            else:
                raise UnknownQuery(
                    f"unknown search parameter `{name}`; known are {_listed(PARAMETERS)}"
                )
        return found

    def _about(self, reference: object, patient: str) -> bool:
        """Say whether a resource belongs to the patient; one without a subject belongs to all."""
        if not isinstance(reference, dict) or not isinstance(reference.get("reference"), str):
            return patient.removeprefix("Patient/") == self.patient_id
        tail = reference["reference"].split("/_history/")[0].rsplit("/", 2)[-2:]
        return bool(tail == ["Patient", patient.removeprefix("Patient/")])


def substitute(template: str, context: Mapping[str, object]) -> str | None:
    """Return *template* with its `{{context.x}}` tokens replaced; None where one has no value."""
    missing = [name for name in _TOKEN.findall(template) if not isinstance(context.get(name), str)]
    if missing:
        return None
    query = _TOKEN.sub(lambda token: str(context[token[1]]), template)
    if "{{" in query:
        raise UnknownQuery(f"unknown token in template `{template}`; known are `{{{{context.…}}}}`")
    return query


def fill(
    templates: Mapping[str, str], chart: object, context: Mapping[str, object]
) -> dict[str, Any]:
    """Return the prefetch that an EHR with *chart* sends for *templates*.

    A read that finds nothing is null; a template whose token has no value is left out.
    """
    source = chart if isinstance(chart, Ehr) else Ehr(chart)
    return prefetch(source, templates, context)


def prefetch(
    source: Source, templates: Mapping[str, str], context: Mapping[str, object]
) -> dict[str, Any]:
    """Return what *source* answers to each template."""
    queries = {key: substitute(template, context) for key, template in templates.items()}
    return {key: source.get(query) for key, query in queries.items() if query is not None}


def _entries(bundle: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    return (resource for _, resource in _addressed(bundle))


def _addressed(bundle: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Give each entry's address and resource; a resource without id gets that of its address."""
    for entry in bundle.get("entry") or ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            continue
        url = str(entry.get("fullUrl") or "")
        if "id" not in resource and url.startswith("urn:uuid:"):
            resource = {**resource, "id": url.removeprefix("urn:uuid:")}
        yield url, resource


def _renamed(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {
            key: names.get(item, item)
            if key == "reference" and isinstance(item, str)
            else _renamed(item, names)
            for key, item in value.items()
        }
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value


def _coded(concept: object, wanted: Iterable[tuple[str, ...]]) -> bool:
    """Say whether a CodeableConcept holds one of the tokens `code` or `system|code`."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    if not isinstance(codings, list):
        return False
    pairs = {(one.get("system"), one.get("code")) for one in codings if isinstance(one, dict)}
    codes = {code for _, code in pairs}
    return any(
        (token[0], token[1]) in pairs if len(token) == 2 else token[0] in codes for token in wanted
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
