"""One person is known by every writing of an identity number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.identity_numbers import person_of

NUMBER = "51999919600101001X"
"""A synthetic number: its region is assigned to nobody."""
CORE = NUMBER[:17]
WRITINGS = (
    *(NUMBER, NUMBER.lower(), "519999600101001", "519999-19600101-001x", f"\u2007{NUMBER}\n"),
    *("５１９９９９１９６００１０１００１Ｘ", "５１９９９９６００１０１００１", "٥١٩٩٩٩١٩٦٠٠١٠١٠٠١X"),
    *(f"{CORE}0", f"{CORE}\u2169"),
)
OTHERS = ("519999196001010028", "519999186001010011", "5199991960010100", "", "X", "沪A12345")


@pytest.mark.parametrize("written", WRITINGS)
def test_every_writing_is_one_person(written: str) -> None:
    """F1: 15 digits and 18, small and capital, full width, other digits, signs, a wrong or roman check character."""
    assert CORE == person_of(written)


@pytest.mark.parametrize("other", OTHERS)
def test_another_number_is_another_person(other: str) -> None:
    """The next sequence number, another century, too few characters, none, and what is no number."""
    assert CORE != person_of(other)


@given(st.integers(0, 10**14 - 1), st.integers(0, 10**14 - 1))
def test_two_people_are_never_taken_for_one(one: int, other: int) -> None:
    """Whatever their digits: a gate that took them for one would withhold too much."""
    numbers = [f"5{digits:014}"[:6] + "19" + f"5{digits:014}"[6:] + "0" for digits in (one, other)]
    assert (one == other) is (person_of(numbers[0]) == person_of(numbers[1]))
