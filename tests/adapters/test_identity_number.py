"""Identity numbers: the check digit and the two lengths."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.identity_number import check_digit, forms, is_same, modern

FIRST = st.text("0123456789", min_size=17, max_size=17)


@pytest.mark.parametrize(
    ("digit", "first"), [("3", "51999919600101001"), ("X", "50999919600101002"), ("X", "11010519491231002")]
)
def test_the_check_digit_is_that_of_gb_11643(digit: str, first: str) -> None:
    """The standard's own example and two synthetic numbers."""
    assert digit == check_digit(first)


@settings(deadline=None)
@given(FIRST, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_changes_the_check_digit(first: str, place: int, shift: int) -> None:
    """MOD 11-2 finds every single error."""
    other = str((int(first[place]) + shift) % 10)
    assert check_digit(first) != check_digit(first[:place] + other + first[place + 1 :])


@pytest.mark.parametrize("first", ["", "1234567890123456", "123456789012345678", "1234567890123456X", "１" * 17])
def test_what_is_not_17_digits_is_refused_without_being_repeated(first: str) -> None:
    """An error holds no part of a number."""
    with pytest.raises(ValueError, match="17 digits") as caught:
        check_digit(first)
    assert not first or first not in str(caught.value)


def test_a_legacy_number_is_asked_in_both_forms_as_given_first() -> None:
    """A platform may hold either."""
    assert ("519999491002021", modern("519999491002021")) == forms("519999491002021")
    assert (modern("519999491002021"), "519999491002021") == forms(modern("519999491002021"))


@pytest.mark.parametrize(
    "number", ["519999201303150012", "519999196001010010", "T10095028", "", "５１９９９９", "5199994910020２1"]
)
def test_other_texts_have_one_form(number: str) -> None:
    """Born after 1999, a wrong check digit, or no number at all."""
    assert 1 == len(forms(number))


def test_a_small_x_is_asked_as_a_capital() -> None:
    """Counters type both."""
    assert "50999919600101002X" == forms("50999919600101002x")[0]


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("519999199301010017", "519999199301010025"),
        ("519999931010017", "519999931010025"),
        ("519999931010017", "519999201301010017"),
        ("519999199301010017", ""),
        ("", "519999199301010017"),
        ("T10095028", "T10095029"),
        ("519999199301010017", "5199991993010100"),
    ],
)
def test_two_numbers_are_never_the_same(asked: str, held: str) -> None:
    """A1: neither by their beginning nor by a century."""
    assert not is_same(asked, held)


def test_one_number_is_the_same_in_each_of_its_forms() -> None:
    """A1: 15 and 18 characters, small x and capital, blanks that pad a column."""
    assert is_same("519999491002021", modern("519999491002021"))
    assert is_same(modern("519999491002021"), "519999491002021")
    assert is_same("50999919600101002X", " 50999919600101002x  ")
    assert is_same("519999201303150012", "519999201303150012")
