"""The route of a dosage instruction (recording.md 3.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.chart import resources as fhir
    from rules.chart.records import Truth
    from rules.chart.terminology import Terminology

NEURAXIAL = frozenset({"intrathecal", "epidural", "neuraxial"})
SYSTEMIC = frozenset({"oral", "transdermal", "sc", "iv", "im"})
_SNOMED = "http://snomed.info/sct"
_V3 = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"

# The codes of route-neuraxial and route-systemic, with the class that recording.md 3.1 gives them.
_CODES = {
    "intrathecal": (
        (_SNOMED, "72607000 418418000 445756007 445767008"), (_V3, "IT ITINJ"),
    ),
    "epidural": ((_SNOMED, "404820008 447080003 417070009"), (_V3, "EPI EPIDURINJ")),
    "neuraxial": ((_SNOMED, "420719007"),),
    # Oral, sublingual, buccal, rectal, nasal, transmucosal.
    "oral": ((_SNOMED, "26643006 37839007 54471007 37161004 46713006 404815008"),),
    "transdermal": ((_SNOMED, "45890007"),),
    "sc": ((_SNOMED, "34206005"),),
    "iv": ((_SNOMED, "47625008"),),
    "im": ((_SNOMED, "78421000"),),
    "topical": ((_SNOMED, "6064005"),),
}  # fmt: skip
_ROUTE_OF = {
    (system, code): route
    for route, systems in _CODES.items()
    for system, codes in systems
    for code in codes.split()
}
# A warning against the route ("not for intrathecal use") is no mention of it.
_WORD = re.compile(
    r"(?<!non-)(?<!not )(?<!not for )(?<!not for use in )(?<!never )\b(intrathecal|epidural)\b",
    re.IGNORECASE,
)
_FORMS = (
    (re.compile(r"\bTransdermal System\b", re.IGNORECASE), "transdermal"),
    (re.compile(r"\b(?:Oral|Sublingual|Buccal|Rectal|Nasal)\b", re.IGNORECASE), "oral"),
    (re.compile(r"\b(?:Topical|Ophthalmic|Otic|Vaginal|Medicated (?:Patch|Pad))\b", re.IGNORECASE),
     "topical"),
)  # fmt: skip
_LABELLED = re.compile(r"\b(?:Infumorph|Mitigo|Prialt|Gablofen)\b", re.IGNORECASE)
# Lioresal was also the brand of a tablet: only its injection is labelled for the spine.
_LIORESAL = re.compile(r"\b(?:Injection|Prefilled Syringe)\b.*\[Lioresal\]", re.IGNORECASE)
_EPIDURAL_LABEL = re.compile(r"\bDuraclon\b", re.IGNORECASE)


class Route(NamedTuple):
    """A route class, and whether only a word in a text says so."""

    name: str
    inferred: bool = False


def read_route(
    dosage: fhir.Dosage | None, products: Iterable[str], terminology: Terminology
) -> Route:
    """Read the route of one dosage instruction of a medication.

    *products* are RxNorm names and brands of the medication. The first that answers decides: the
    route code, the word intrathecal or epidural in a text, the dose form, the labelled brand.
    """
    coded = False
    if dosage is not None:
        for coding in (dosage.route.coding if dosage.route is not None else None) or ():
            coded = coded or coding.code is not None
            system = terminology.canonical(coding.system) if coding.system else ""
            found = _ROUTE_OF.get((system, coding.code or ""))
            if found is not None:
                return Route(found)
        said = mentioned(dosage)
        if said is not None:
            return Route(said, inferred=True)
    labelled = _of_products(tuple(products))
    return Route(labelled or ("other" if coded else "unknown"))


def mentioned(dosage: fhir.Dosage) -> str | None:
    """Return the neuraxial route that the texts of a dosage instruction name, if any."""
    route = dosage.route.text if dosage.route is not None else None
    words = {word.lower() for text in (route, dosage.text) if text for word in _spoken(text)}
    return "intrathecal" if "intrathecal" in words else "epidural" if words else None


def _spoken(text: str) -> Iterable[str]:
    """Return each mention of a neuraxial route; most texts hold none, and that is soon seen."""
    if text.isascii():
        small = text.lower()
        if "intrathecal" not in small and "epidural" not in small:
            return ()
    return _WORD.findall(text)


@lru_cache(maxsize=2048)
def _of_products(names: tuple[str, ...]) -> str | None:
    for pattern, route in _FORMS:
        if any(pattern.search(name) for name in names):
            return route
    if any(_LABELLED.search(name) or _LIORESAL.search(name) for name in names):
        return "intrathecal"
    return "epidural" if any(_EPIDURAL_LABEL.search(name) for name in names) else None


def joint(routes: Iterable[Route]) -> Route:
    """Return the one route of a medication from those of its dosage instructions.

    A neuraxial one prevails; systemic ones that differ leave the class unknown.
    """
    known = dict.fromkeys(routes)
    for name in ("intrathecal", "epidural", "neuraxial"):
        said = [route for route in known if route.name == name]
        if said:
            return Route(name, inferred=all(route.inferred for route in said))
    names = {route.name for route in known}
    return next(iter(known)) if len(names) == 1 else Route("unknown")


def is_systemic(route: str) -> Truth:
    """Say whether a route class is systemic; unknown where the route is."""
    if route in SYSTEMIC:
        return True
    return False if route in NEURAXIAL or route == "topical" else None
