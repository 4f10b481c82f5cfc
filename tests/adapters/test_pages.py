"""Columns on the wire: what is written is read again, and what does not fit is refused at both ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Cell
from adapters.pages import PageInvalid, kind_of, read_page, write_page
from gateway.wire.v1 import page_pb2

CELLS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "date": st.dates(),
    "decimal": st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,18})?", fullmatch=True).filter(str.isascii),
}


def _column(kind: str, rows: int) -> st.SearchStrategy[list[Cell]]:
    return st.lists(CELLS[kind] | st.none(), min_size=rows, max_size=rows)


@settings(deadline=None)
@given(st.data(), st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=4), st.integers(0, 20))
def test_a_page_is_read_as_it_was_written(data: st.DataObject, kinds: list[str], rows: int) -> None:
    """Every kind, every null, every length."""
    named = {f"column_{place}": kind for place, kind in enumerate(kinds)}
    columns = {name: tuple(data.draw(_column(kind, rows))) for name, kind in named.items()}
    page = page_pb2.Page()
    write_page(columns, named, page)
    assert columns == read_page(page_pb2.Page.FromString(page.SerializeToString()))


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"a": ["x"], "b": []}, "string"),
        ({"a": [1]}, "string"),
        ({"a": ["1"]}, "integer"),
        ({"a": [True]}, "integer"),
        ({"a": [1]}, "boolean"),
        ({"a": ["2020-01-01"]}, "date"),
        ({"a": [1.5]}, "decimal"),
        ({"a": [2**63]}, "integer"),
        ({"a": ["\ud800"]}, "string"),
        ({"a": [None] * 10_001}, "string"),
        ({f"a{number}": [] for number in range(257)}, "string"),
    ],
)
def test_columns_that_do_not_fit_are_not_written(columns: dict[str, list[Cell]], kind: str) -> None:
    """An adapter's mistake stays with the adapter."""
    with pytest.raises(PageInvalid, match="expected"):
        write_page(columns, dict.fromkeys(columns, kind), page_pb2.Page())


def test_a_column_that_is_not_declared_is_not_written() -> None:
    """Its kind is unknown, and so is its right to leave."""
    with pytest.raises(PageInvalid, match="declares"):
        write_page({"surprise": ["x"]}, {"a": "string"}, page_pb2.Page())


def _page() -> page_pb2.Page:
    page = page_pb2.Page()
    write_page({"a": ["x", None], "d": [date(2020, 1, 1), None]}, {"a": "string", "d": "date"}, page)
    return page


def _longer(page: page_pb2.Page) -> None:
    page.columns[0].strings.values.append("y")


def _twice(page: page_pb2.Page) -> None:
    page.columns[1].name = "a"


def _nameless(page: page_pb2.Page) -> None:
    page.columns[0].name = "A b"


def _untyped(page: page_pb2.Page) -> None:
    page.columns[0].ClearField("strings")


def _sealed(page: page_pb2.Page) -> None:
    page.columns[0].sealed.values.extend([b"1", b"2"])


def _wide_nulls(page: page_pb2.Page) -> None:
    page.columns[0].nulls = b"\x01\x00"


def _stray_nulls(page: page_pb2.Page) -> None:
    page.columns[0].nulls = b"\x80"


def _late(page: page_pb2.Page) -> None:
    page.columns[1].dates.values[0] = 2**31 - 1


def _early(page: page_pb2.Page) -> None:
    page.columns[1].dates.values[0] = -(2**31)


def _rows(page: page_pb2.Page) -> None:
    page.rows = 10_001


def _fraction(page: page_pb2.Page) -> None:
    page.columns[0].nulls = b""
    page.columns[0].decimals.values.extend(["1e5", "1"])


@pytest.mark.parametrize(
    "spoil",
    [_longer, _twice, _nameless, _untyped, _sealed, _wide_nulls, _stray_nulls, _late, _early, _rows, _fraction],
    ids=lambda spoil: spoil.__name__.strip("_"),
)
def test_a_page_that_does_not_fit_is_not_read(spoil: Callable[[page_pb2.Page], None]) -> None:
    """Refused, never mended."""
    page = _page()
    assert {"a": ("x", None), "d": (date(2020, 1, 1), None)} == read_page(page)
    spoil(page)
    with pytest.raises(PageInvalid):
        read_page(page)


@pytest.mark.parametrize(
    ("kind", "values"),
    [("string", []), ("string", [None]), ("integer", [None, 1]), ("boolean", [True]), ("date", [date(2020, 1, 1)])],
)
def test_the_kind_of_a_key_is_that_of_its_first_value(kind: str, values: list[Cell]) -> None:
    """A boolean is not taken for a number."""
    assert kind == kind_of(values)
