"""Drug codes: from product, brand, salt or billing code to ingredients and their strengths."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rules.chart.mistakes import Mistakes
    from rules.chart.value_set import Code

RXNORM = "rxnorm"
PRODUCTS = "rxnorm-products.csv"
KNOWN = "rxnorm-known.csv"
OTHER = "other-drug-codes.csv"
# Where the list of known codes was gathered without looking at their ingredients.
_UNSORTED = "public value sets"
_COLUMNS = {
    PRODUCTS: ("rxcui", "tty", "name", "ingredient_rxcui", "ingredient", "strength"),
    KNOWN: ("rxcui", "source"),
    OTHER: ("system", "code", "kind", "name", "ingredient_rxcui", "ingredient"),
}
_INGREDIENT = " [IN]"
_BRAND = re.compile(r"\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Strength:
    """One ingredient of a product: RxNorm IN, and the strength as RxNorm prints it."""

    ingredient: str
    name: str
    # "10 MG/ML", "0.025 MG/HR", "325 MG"; empty where the product's name does not say it plainly
    strength: str
    product: str
    tty: str


@dataclass(slots=True)
class Products:
    """The tables of drug codes."""

    strengths: dict[str, tuple[Strength, ...]] = field(default_factory=dict)
    # (system, code) of what is neither ingredient nor product: PIN, BN, HCPCS
    others: dict[tuple[str, str], tuple[Strength, ...]] = field(default_factory=dict)
    ingredients: dict[str, str] = field(default_factory=dict)  # IN -> name
    known: set[str] = field(default_factory=set)
    unsorted: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)  # other names -> IN

    def read(self, folder: Path, mistakes: Mistakes) -> None:
        """Add the tables of *folder*, as far as it has them; its rows replace earlier ones."""
        fresh: dict[str, list[Strength]] = {}
        for code, tty, name, rxcui, ingredient, strength in _rows(folder / PRODUCTS, mistakes):
            one = Strength(rxcui, ingredient, strength, name, tty)
            fresh.setdefault(code, []).append(one)
            self.ingredients.setdefault(rxcui, ingredient)
        self.strengths.update((code, tuple(found)) for code, found in fresh.items())
        for code, source in _rows(folder / KNOWN, mistakes):
            (self.unsorted if source == _UNSORTED else self.known).add(code)
        others: dict[tuple[str, str], list[Strength]] = {}
        for system, code, kind, name, rxcui, ingredient in _rows(folder / OTHER, mistakes):
            self.ingredients.setdefault(rxcui, ingredient)
            if kind == "name":
                self.names.setdefault(name, set()).add(rxcui)
            else:
                one = Strength(rxcui, ingredient, "", name, kind)
                others.setdefault((system, code), []).append(one)
        self.others.update((code, tuple(found)) for code, found in others.items())

    def name(self, codes: Iterable[Code]) -> None:
        """Take the ingredients of value sets, which may have no product in the tables."""
        for code in codes:
            if code.system == RXNORM and code.display.endswith(_INGREDIENT):
                name = code.display.removesuffix(_INGREDIENT).lower()
                self.ingredients.setdefault(code.code, name)

    def find(self, rxcui: str) -> tuple[Strength, ...] | None:
        """Return the ingredients of an RxNorm code; () if it has none of ours, None if unknown."""
        found = self.strengths.get(rxcui) or self.others.get((RXNORM, rxcui))
        if found is None and rxcui in self.ingredients:
            name = self.ingredients[rxcui]
            return (Strength(rxcui, name, "", name, "IN"),)
        if found is None and (rxcui in self.known or rxcui in self.unsorted):
            return ()
        return found

    def spoken(self) -> dict[str, frozenset[str]]:
        """Return every name, in lower case, by which our ingredients are called."""
        found: dict[str, set[str]] = {}

        def add(name: str, rxcuis: Iterable[str]) -> None:
            found.setdefault(name.lower().partition(" reformulated")[0], set()).update(rxcuis)

        for rxcui, name in self.ingredients.items():
            add(name, (rxcui,))
        for name, rxcuis in self.names.items():
            add(name, rxcuis)
        for strengths in self.strengths.values():
            brand = _BRAND.search(strengths[0].product)
            if brand:
                add(brand[1], (one.ingredient for one in strengths))
        for strengths in self.others.values():
            if strengths[0].tty == "BN":
                add(strengths[0].product, (one.ingredient for one in strengths))
        return {name: frozenset(rxcuis) for name, rxcuis in found.items()}


def _rows(path: Path, mistakes: Mistakes) -> list[Sequence[str]]:
    """Return the rows of a table, with the columns that are read; none where it does not exist."""
    columns = _COLUMNS[path.name]
    if not path.is_file():
        return []
    rows: list[Sequence[str]] = []
    with path.open(encoding="utf-8", newline="") as stream:
        table = csv.reader(stream)
        head = next(table, [])
        missing = [column for column in columns if column not in head]
        if missing:
            mistakes.add(path, 1, f"column `{missing[0]}` is missing")
            return []
        places = [head.index(column) for column in columns]
        leading = places == list(range(len(columns)))
        width = len(head)
        for row in table:
            if len(row) == width:
                rows.append(row[: len(columns)] if leading else [row[place] for place in places])
            elif row:
                text = f"a row has {len(row)} cells, the head has {width}"
                mistakes.add(path, table.line_num, text)
    return rows
