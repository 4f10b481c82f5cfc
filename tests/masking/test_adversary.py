"""Claims against somebody who holds many masked columns and wants a value, a link, an order or a length back.

Each operator is met through a compiled plan, as a page meets it; nothing here knows how an operator works inside.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ground.item import Field, Kind, Level
from gateway.masking.context import Context
from tests.masking.attack import NASTY, OTHER, grams, masked, numbers_of, operator, rises
from tests.masking.pages import TODAY
from tests.samples import field

BLOCK = st.text("0123456789xX张·𠮷/=\x00 a", max_size=3)
"""Values that fit in one block whatever their characters."""
KEEPS = [(first, last) for first in range(5) for last in range(5) if 1 <= first + last <= 4]


def partial(first: int, last: int) -> Field:
    """Make a field that shows so many characters at its ends."""
    return field("note", Kind.STRING, Level.PARTIAL, keep_first=first, keep_last=last)


SURNAME = field("name", Kind.STRING, Level.PARTIAL, unit="surname")
TOKEN = field("phone", Kind.STRING, Level.PSEUDONYM)


@pytest.mark.parametrize("keeps", KEEPS)
@given(st.lists(NASTY, min_size=1, max_size=20))
def test_partial_shows_no_run_longer_than_it_declares(keeps: tuple[int, int], values: list[str]) -> None:
    """The stars stand between the ends, so no run of the value is longer than the longer end."""
    longest = max(keeps) + 1
    for value, cell in zip(values, masked(partial(*keeps), *values), strict=True):
        assert set() == {gram for gram in grams(value, longest) & grams(cell, longest) if set(gram) != {"*"}}


@pytest.mark.parametrize("keeps", KEEPS)
@given(st.lists(NASTY, min_size=1, max_size=20))
def test_partial_has_one_length_whatever_the_value(keeps: tuple[int, int], values: list[str]) -> None:
    """Length in code points does not tell the length of the value."""
    assert {sum(keeps) + 4} == {len(cell) for cell in masked(partial(*keeps), *values)}


@pytest.mark.parametrize("keeps", KEEPS)
@given(NASTY)
def test_partial_shows_at_most_half_of_a_value(keeps: tuple[int, int], value: str) -> None:
    """Of a short value nothing is shown."""
    (cell,) = masked(partial(*keeps), value)
    if len(value) < 2 * sum(keeps):
        assert {"*"} == set(cell)


@given(NASTY)
def test_a_surname_mask_shows_two_characters_at_most_and_never_a_whole_name(value: str) -> None:
    """Not even of a name of one character, nor of one that is a compound surname alone."""
    (cell,) = masked(SURNAME, value)
    shown = cell.rstrip("*")
    assert len(shown) <= 2
    assert not shown or len(shown) < len(value.strip())


@pytest.mark.parametrize(
    "gap", ["·", "•", "・", "‧", "．", ".", "･", "∙", "⋅", " ", "\u3000", "-", "‐", "—", "●", "ㆍ", "᛫"]
)
@pytest.mark.parametrize("name", ["司马义{}艾买提", "诸葛勒{}吐尔逊", "万俟古丽{}热合曼"])
def test_a_minority_name_that_begins_like_a_compound_surname_shows_one_character(name: str, gap: str) -> None:
    """Whatever mark parts the name: two characters of a given name are most of it."""
    (cell,) = masked(SURNAME, name.format(gap))
    assert name[0] + "**" == cell


@settings(max_examples=500)
@given(st.lists(BLOCK, min_size=2, max_size=40, unique=True))
def test_two_values_never_share_a_token(values: list[str]) -> None:
    """Injective over values that differ in case, width, padding, a trailing null or emptiness."""
    assert len(values) == len(set(masked(TOKEN, *values)))


@pytest.mark.parametrize(
    ("one", "other"),
    [("", "/"), ("", "\0"), ("1", "1\0"), ("1", "1 "), ("x", "X"), ("1", "１"), ("a" * 19, "a" * 20), ("0", "00")],
)
def test_values_that_padding_might_confuse_get_two_tokens(one: str, other: str) -> None:
    """The pairs that a packing without lengths would join."""
    assert 2 == len(set(masked(TOKEN, one, other)))


def _distance(one: str, other: str) -> int:
    """Return in how many letters two tokens differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("change", [{"recipient": OTHER}, {"scene": "batch-check"}])
def test_tokens_of_two_recipients_or_scenes_have_nothing_in_common(change: dict[str, str]) -> None:
    """2,000 numbers: no token occurs on both sides, and a person's two tokens agree as two random ones do."""
    numbers = numbers_of(2_000)
    here, there = masked(TOKEN, *numbers), masked(TOKEN, *numbers, **change)
    assert set() == set(here) & set(there)
    same = sum(_distance(a, b) for a, b in zip(here, there, strict=True)) / len(numbers)
    random = sum(_distance(a, b) for a, b in zip(here, there[1:] + there[:1], strict=True)) / len(numbers)
    assert abs(same - 30) < 0.2
    assert abs(random - 30) < 0.2


def test_numbers_that_differ_in_one_digit_get_tokens_that_differ_throughout() -> None:
    """1,000 neighbours: on average 30 of 32 letters differ, and never fewer than 20."""
    numbers = [f"100{k:08}" for k in range(1_001)]
    tokens = masked(TOKEN, *numbers)
    distances = [_distance(a, b) for a, b in pairwise(tokens)]
    assert abs(sum(distances) / len(distances) - 30) < 0.3
    assert 20 <= min(distances)


def test_the_order_of_tokens_tells_nothing_of_the_order_of_values() -> None:
    """4,000 sorted numbers: half of the neighbouring tokens rise, within four standard deviations."""
    assert abs(rises(masked(TOKEN, *sorted(numbers_of(4_000)))) - 0.5) < 4 * 0.5 / 4_000**0.5


@given(st.lists(st.sampled_from(["", "519999196207230011", "张岁安", " "]), min_size=1, max_size=40))
def test_equal_values_have_equal_tokens_and_nothing_else_is_told_by_a_place(values: list[str]) -> None:
    """A token depends on its value alone, not on row or neighbours; scalar and column agree."""
    column = masked(TOKEN, *values)
    assert [masked(TOKEN, value)[0] for value in values] == column


def test_a_page_of_nulls_and_a_page_of_values_have_equal_kinds_of_cells() -> None:
    """Null stays null and an empty text does not become null: the two are never joined, nor told apart by length."""
    none, empty = operator(partial(1, 1))((None, ""), Context(TODAY))
    assert none is None
    assert "*" * 6 == empty


@given(st.dates(date(1900, 1, 1), TODAY))
def test_an_age_band_holds_at_least_three_years(born: date) -> None:
    """No band is so narrow that it gives a year of birth."""
    of = field("birth_date", Kind.DATE, Level.GENERALISE, to="age_band")
    years = {
        masked(of, born + timedelta(366 * shift))[0]
        for shift in (-2, -1, 0, 1, 2)
        if born + timedelta(366 * shift) <= TODAY
    }
    assert len(years) <= 2
