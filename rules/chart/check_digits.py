"""Check digits of codes: SNOMED CT (Verhoeff) and LOINC (mod 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _dihedral(left: int, right: int) -> int:
    """Multiply in the dihedral group of the pentagon, on which Verhoeff's check rests."""
    turn = (left + right) % 5 if left < 5 else (left - right) % 5
    return turn if (left < 5) == (right < 5) else turn + 5


_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
# The permutation of a digit by its place from the right: applied once more at each place.
_POWERS = [list(range(10))]
for _ in range(7):
    _POWERS.append([_STEP[digit] for digit in _POWERS[-1]])


def verhoeff(code: str) -> bool:
    """Say whether the last digit of *code* is its Verhoeff check digit."""
    if not (code.isascii() and code.isdigit()):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _dihedral(check, _POWERS[place % 8][int(digit)])
    return check == 0


def loinc(code: str) -> bool:
    """Say whether the digit after the hyphen of *code* is its mod 10 check digit."""
    number, hyphen, check = code.partition("-")
    if not (hyphen and code.isascii() and number.isdigit() and check.isdigit() and len(check) == 1):
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10) % 10 == int(check)


CHECKS: Mapping[str, Callable[[str], bool]] = {"verhoeff": verhoeff, "mod-10": loinc}
