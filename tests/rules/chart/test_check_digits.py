from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.chart.check_digits import loinc, verhoeff

SNOMED = ("72607000", "385763009", "448451000124101", "1891000124102")
LOINC = ("72514-3", "6301-6", "777-3", "75328-5", "600-7")


@pytest.mark.parametrize("code", SNOMED)
def test_published_snomed_codes_pass(code: str) -> None:
    """Published SNOMED CT identifiers have a right check digit."""
    assert verhoeff(code)


@pytest.mark.parametrize("code", LOINC)
def test_published_loinc_codes_pass(code: str) -> None:
    """Published LOINC codes have a right check digit."""
    assert loinc(code)


@given(st.sampled_from(SNOMED), st.integers(0, 14), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_snomed_code_is_found(code: str, place: int, digit: str) -> None:
    """Any single wrong digit breaks the Verhoeff check."""
    assume(place < len(code) and code[place] != digit)
    assert not verhoeff(code[:place] + digit + code[place + 1 :])


@given(st.sampled_from(SNOMED), st.integers(0, 13))
def test_two_swapped_digits_of_a_snomed_code_are_found(code: str, place: int) -> None:
    """Any two neighbours that are swapped break the Verhoeff check."""
    assume(place + 1 < len(code) and code[place] != code[place + 1])
    assert not verhoeff(code[:place] + code[place + 1] + code[place] + code[place + 2 :])


@given(st.sampled_from(LOINC), st.integers(0, 4), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_loinc_code_is_found(code: str, place: int, digit: str) -> None:
    """Any single wrong digit breaks the LOINC check."""
    assume(place < len(code) and code[place] not in {"-", digit})
    assert not loinc(code[:place] + digit + code[place + 1 :])


@pytest.mark.parametrize("text", ["", "-", "a-1", "12-", "12-34", "777", "٣-3"])
def test_what_is_no_loinc_code_fails(text: str) -> None:
    """Text of another shape is no LOINC code and raises nothing."""
    assert not loinc(text)


@pytest.mark.parametrize("text", ["", "x", "7260 7000", "٧٢٦٠٧٠٠٠"])
def test_what_is_no_snomed_code_fails(text: str) -> None:
    """Text that is not all digits is no SNOMED CT identifier and raises nothing."""
    assert not verhoeff(text)
