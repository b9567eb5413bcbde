"""Factors from opioid doses to oral morphine equivalents (MME)."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rules.chart.mistakes import Mistakes

TABLE = "mme-conversion-factors.csv"


def read_factors(path: Path, mistakes: Mistakes) -> dict[str, Decimal]:
    """Return ingredient (RxNorm IN) -> factor; empty where there is no such table."""
    factors: dict[str, Decimal] = {}
    if not path.is_file():
        return factors
    with path.open(encoding="utf-8", newline="") as stream:
        table = csv.DictReader(stream)
        for row in table:
            text = row.get("factor_cdc_2022") or ""
            try:
                factor = Decimal(text)
            except InvalidOperation:
                factor = Decimal(0)
            if not (factor.is_finite() and factor > 0):
                mistakes.add(path, table.line_num, f"`{text}` is no factor; give a number above 0")
                continue
            factors[row["code"]] = factor
    return factors
