"""Numbers in words against num2words, an independent implementation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from algorithms.synthesis import numbers


def plain(words: str) -> str:
    """Words without the commas and the British "and" of num2words."""
    return re.sub(r"\band ", "", words.replace(",", ""))


@given(st.integers(0, numbers.LARGEST - 1))
def test_cardinals(n):
    assert numbers.cardinal(n) == plain(num2words(n))


@given(st.integers(0, 10**7))
def test_ordinals(n):
    assert numbers.ordinal(n) == plain(num2words(n, to="ordinal"))


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1984, "nineteen eighty-four"),
        (1905, "nineteen oh five"),
        (1900, "nineteen hundred"),
        (2000, "two thousand"),
        (2005, "two thousand five"),
        (2026, "twenty twenty-six"),
        (1066, "ten sixty-six"),
        (476, "four hundred seventy-six"),
    ],
)
def test_years(n, said):
    assert numbers.year(n) == said


def test_what_has_no_words_is_read_figure_by_figure():
    assert numbers.number("007") == "zero zero seven"
    assert numbers.number("1" * 16) == " ".join(["one"] * 16)
    assert numbers.number("1,250") == "one thousand two hundred fifty"
    assert numbers.decimal("3", "14") == "three point one four"
    for n in (-1, numbers.LARGEST):
        with pytest.raises(ValueError, match="have words here"):
            numbers.cardinal(n)
