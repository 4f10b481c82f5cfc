"""Values held to shapes (gateway.ground.shapes): what fits passes, whatever it is; the first cell that does not is
found by its row."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.item import Field, Key, Kind, Label, Range
from gateway.ground.shapes import CellShape, in_range, key_fault
from tests.samples import field

KEY = Key("k", Label("键", "key"), Kind.STRING, required=True, subject=False, max_len=9, pattern="[0-9A-Z][0-9]{8}")
CARD = replace(field("card_no"), pattern="[0-9A-Z][0-9]{8}", max_len=0)
MONEY = Range("0", "99999999.99", 2)


@given(st.lists(st.none() | st.from_regex("[0-9A-Z][0-9]{8}", fullmatch=True), max_size=20))
def test_cells_of_the_form_pass(cells: list[str | None]) -> None:
    """With nulls among them, and in any number."""
    assert CellShape(CARD).fault(cells) is None


@given(
    st.lists(st.none() | st.from_regex("[0-9A-Z][0-9]{8}", fullmatch=True), max_size=5),
    st.text(max_size=12).filter(lambda text: not re.fullmatch("[0-9A-Z][0-9]{8}", text)),
    st.lists(st.none() | st.text(max_size=12), max_size=5),
)
def test_the_first_cell_of_another_form_is_found(before: list[str | None], bad: str, after: list[str | None]) -> None:
    """Line feeds and look-alike digits included."""
    assert len(before) == CellShape(CARD).fault([*before, bad, *after])


@given(st.lists(st.text(max_size=8), max_size=6), st.integers(1, 8))
def test_a_text_is_no_longer_than_its_field_says(cells: list[str], longest: int) -> None:
    """In characters."""
    first = next((row for row, cell in enumerate(cells) if len(cell) > longest), None)
    assert first == CellShape(replace(field("name"), max_len=longest)).fault(cells)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-100, max_value=10**9))
def test_a_number_is_in_range_where_arithmetic_says_so(number: Decimal) -> None:
    """Decimal places count as they are written."""
    shape = CellShape(replace(field("amount", Kind.DECIMAL), range=MONEY))
    assert (None if 0 <= number.quantize(Decimal("0.01")) <= Decimal("99999999.99") else 0) == shape.fault(
        [str(number.quantize(Decimal("0.01")))]
    )
    assert 0 == shape.fault([f"{number:f}"])  # three places


@given(st.integers(-10, 10), st.integers(-10, 10), st.integers(-20, 20))
def test_an_integer_is_in_range_where_arithmetic_says_so(low: int, high: int, number: int) -> None:
    """Either end may be open."""
    assert (low <= number <= high) is in_range(Range(str(low), str(high)))(number)
    assert (number <= high) is in_range(Range(most=str(high)))(number)
    assert in_range(Range())(number)


@pytest.mark.parametrize("text", ["1e3", "NaN", "Infinity", "1_000", " 1", "1.", ".5", "", "１", "0x1", "1,000", "--1"])
def test_what_is_no_number_is_in_no_range(text: str) -> None:
    """Python would read some of these."""
    assert not in_range(Range(scale=2))(text)


@pytest.mark.parametrize("cell", ["51010", "5101000", "010100", "51010A", "５１０１００", "510100\n", ""])
def test_a_region_has_the_form_of_its_standard(cell: str) -> None:
    """GB/T 2260: six digits, of which the first is none."""
    shape = CellShape(replace(field("region_code"), region=True))
    assert shape.fault(["510100", None]) is None
    assert 1 == shape.fault(["510100", cell])


def test_a_code_outside_its_set_is_found_by_its_row() -> None:
    """Names of codes are none."""
    shape = CellShape(replace(field("status"), codes=("active", "lost")))
    assert shape.fault([None, "active", "lost"]) is None
    assert 1 == shape.fault(["active", "正常", "lost"])


def _plain(of: Field) -> Field:
    return replace(of, max_len=0)


def test_a_text_without_any_shape_has_the_bound_of_the_contract() -> None:
    """Whatever an item of old says."""
    assert CellShape(_plain(field("name"))).fault(["x" * 4096]) is None
    assert 0 == CellShape(_plain(field("name"))).fault(["x" * 4097])


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (KEY, "T00000001", None),
        (KEY, "T0000000", "the form"),
        (KEY, "t00000001", "the form"),
        (KEY, "", "1 to 9 characters"),
        (KEY, "T000000012", "1 to 9 characters"),
        (replace(KEY, min_len=9), "T0000000", "9 characters"),
        (replace(KEY, kind=Kind.INTEGER, range=Range("1", "360")), 360, None),
        (replace(KEY, kind=Kind.INTEGER, range=Range("1", "360")), 361, "a number from 1 to 360"),
        (replace(KEY, kind=Kind.INTEGER, range=Range("1", "")), 0, "a number from 1 to …"),
        (replace(KEY, kind=Kind.DECIMAL, range=MONEY), "0.001", "a number from 0 to"),
    ],
)
def test_a_key_is_held_to_length_form_and_range(key: Key, value: str | int, expected: str | None) -> None:
    """What is told holds no value."""
    fault = key_fault(key, value)
    assert (fault is None) is (expected is None)
    if fault is not None:
        assert fault[0].en.startswith(str(expected))
        assert str(value) not in fault[1].en or not value
