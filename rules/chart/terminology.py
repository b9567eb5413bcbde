"""What codes mean here: value sets of a code, ingredients of a drug, factors of an opioid."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rules.chart.code_systems import MODULES
from rules.chart.conversion_factors import TABLE as MME_TABLE
from rules.chart.conversion_factors import read_factors
from rules.chart.drug_names import DrugNames
from rules.chart.membership_index import MembershipIndex, members
from rules.chart.mistakes import choices
from rules.chart.products import RXNORM, Products, Strength
from rules.chart.value_set_files import ValueSetFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from rules.chart.local_codes import LocalCode
    from rules.chart.mistakes import Mistakes
    from rules.chart.resources import Concept
    from rules.chart.value_set import Code, ValueSet

__all__ = ["MODULES", "Strength", "Terminology", "load_terminology"]

_CACHED = 50_000
_NONE: frozenset[str] = frozenset()


class Terminology:
    """Value sets, code systems and drug tables, loaded once and then only read."""

    def __init__(
        self,
        files: ValueSetFiles,
        products: Products,
        mme_factors: Mapping[str, Decimal],
        modules: frozenset[str],
    ) -> None:
        self.systems = files.systems
        # By id, with the implicit `local#x` of every local code.
        self.value_sets: Mapping[str, ValueSet] = files.value_sets
        self.local_codes: Mapping[str, LocalCode] = files.local_codes
        # Opioid ingredient (RxNorm IN) -> mg of oral morphine per mg, CDC 2022. Fentanyl is per
        # microgram an hour of a patch.
        self.mme_factors = mme_factors
        self.modules = modules
        self._products = products
        self._index = MembershipIndex(files.value_sets, files.systems, modules)
        self._groups: dict[tuple[str | None, str | None], frozenset[str]] = {}

    def groups(self, system: str | None, code: str | None) -> frozenset[str]:
        """Return the ids of the value sets that a code belongs to."""
        try:
            return self._groups[system, code]
        except KeyError:
            found = self._find(system, code)
        if len(self._groups) >= _CACHED:
            self._groups.clear()
        self._groups[system, code] = found
        return found

    def _find(self, system: str | None, code: str | None) -> frozenset[str]:
        known = self.systems.find(system)
        if known is None or not code:
            return _NONE
        return self._index.find(known.name, known.normal(code), branches=known.compare == "prefix")

    def concept(self, concept: Concept | None) -> tuple[frozenset[str], bool]:
        """Return the value sets of a concept's codings, and whether any of them can be read."""
        if concept is None or not concept.coding:
            return _NONE, False
        groups = _NONE
        coded = False
        for coding in concept.coding:
            if coding.system and coding.code and not coding.code.isspace():
                groups |= self.groups(coding.system, coding.code)
                coded = coded or self.usable_system(coding.system)
        return groups, coded

    def known_system(self, system: str | None) -> bool:
        """Say whether an address or alias is of a code system that we know at all."""
        return self.systems.find(system) is not None

    def usable_system(self, system: str | None) -> bool:
        """Say whether value sets use the codes of a system; not NDC, not a module left out."""
        known = self.systems.find(system)
        return known is not None and known.usable and known.module in self.modules

    def canonical(self, system: str) -> str:
        """Return the address of a system from an address or alias; an unknown one as it is."""
        known = self.systems.find(system)
        return known.uri if known is not None else system.strip()

    def members(self, *value_sets: str) -> tuple[Code, ...]:
        """Return the single codes of value sets and of those they include, of enabled modules.

        ICD-10-CM branches are no single codes: see `ValueSet.is_a`.
        """
        return members(value_sets, self.value_sets, self.modules)

    def ingredients(self, rxcui: str, text: str = "") -> tuple[Strength, ...] | None:
        """Return the ingredients of an RxNorm code with their strengths.

        An ingredient gives itself, a PIN or brand its ingredient, a product every row of its
        table. `()`: a known code with none of our ingredients. None: in no table, so that the
        text decides. Part of the known codes was gathered without a look at their ingredients;
        give the *text* of the code, and one of these that names an ingredient is None as well.
        """
        rxcui = rxcui.strip()
        found = self._products.find(rxcui)
        if found == () and text and rxcui in self._products.unsorted and self.named_in(text):
            return None
        return found

    def ingredients_of(
        self, system: str | None, code: str | None, text: str = ""
    ) -> tuple[Strength, ...] | None:
        """Do as `ingredients` for any system; a HCPCS code that names one drug gives that."""
        known = self.systems.find(system)
        if known is None or not code:
            return None
        if known.name == RXNORM:
            return self.ingredients(code, text)
        return self._products.others.get((known.name, known.normal(code)))

    def ingredient_groups(self, rxcui_in: str) -> frozenset[str]:
        """Return the ids of the value sets that an ingredient (RxNorm IN) belongs to."""
        return self.groups(self.systems.by_name[RXNORM].uri, rxcui_in)

    def name(self, rxcui: str) -> str:
        """Return the name of an ingredient or product, in lower case; empty where unknown."""
        rxcui = rxcui.strip()
        name = self._products.ingredients.get(rxcui)
        if name is None:
            found = self._products.find(rxcui)
            name = found[0].product if found else ""
        return name.lower()

    def named_in(self, text: str) -> frozenset[str]:
        """Return the ingredients (RxNorm IN) that a text names, by generic or brand name."""
        return self._names.find(text) if text else _NONE

    @cached_property
    def _names(self) -> DrugNames:
        return DrugNames(self._products.spoken())


def load_terminology(
    folders: Path | Iterable[Path], modules: frozenset[str], mistakes: Mistakes
) -> Terminology:
    """Load the value sets and tables of *folders*; what a later folder has replaces the same.

    *modules* are those of `MODULES` whose codes are used (`core` always). Every mistake of every
    file is added to *mistakes*; a terminology loaded with mistakes is not fit for use.
    """
    places = (folders,) if isinstance(folders, Path) else tuple(folders)
    for place in places:
        if not place.is_dir():
            mistakes.add(place, 1, "there is no such folder of value sets")
    for name in sorted(modules - MODULES):
        mistakes.add(places[-1], 1, f"unknown module `{name}`; {choices(MODULES, name)}")
    files = ValueSetFiles()
    files.read(places, mistakes)
    products = Products()
    factors: dict[str, Decimal] = {}
    for place in places:
        products.read(place / "tables", mistakes)
        factors.update(read_factors(place / "tables" / MME_TABLE, mistakes))
    for value_set in files.value_sets.values():
        products.name(value_set.codes)
    return Terminology(files, products, factors, modules | {"core"})
