"""Commitments bind a question and every cell of a page, and reveal neither."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.entries.commitments import request_hash, rows_root
from gateway.audit.tlog.tree import EMPTY_ROOT, root_of
from gateway.ground.evidence import CellReason, Column, Page, Value
from gateway.ground.item import Kind, Outcome

SALT = b"s" * 16
PAGE = Page(
    3,
    (
        Column("name", Kind.STRING, ("王*", None, "")),
        Column("months", Kind.INTEGER, (12, 0, None)),
        Column("active", Kind.BOOLEAN, (True, False, None)),
        Column("since", Kind.DATE, (date(2020, 1, 31), None, date(1999, 12, 31))),
        Column("amount", Kind.DECIMAL, ("12.50", "0.00", None)),
        Column("sealed", Kind.SEALED, (b"\x00\xff", None, b"")),
    ),
)


CELLS = [
    ["王*", 12, True, "2020-01-31", "12.50", "AP8="],
    [None, 0, False, None, "0.00", None],
    ["", None, None, "1999-12-31", None, ""],
]


def root_over(rows: Sequence[object]) -> bytes:
    """Build the root over rows from the description alone."""
    texts = [json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() for row in rows]
    return root_of([sha256(b"\x00" + SALT + text).digest() for text in texts])


def told(*outcomes: Outcome, reason: CellReason = CellReason.AS_DECLARED, later_at_s: int = 0) -> Page:
    """The page with outcomes, and this reason for each of its nulls."""
    columns = tuple(
        replace(column, reasons=tuple(CellReason.NONE if cell is not None else reason for cell in column.values))
        for column in PAGE.columns
    )
    return Page(3, columns, outcomes, later_at_s)


def test_a_row_is_committed_to_as_documented() -> None:
    """Its outcome, its cells, the reasons of its nulls, and from when on it can be asked again."""
    declared, until = "as_declared", 1_800_000_000
    rows: list[list[object]] = [
        ["found", CELLS[0], [], 0],
        ["later", CELLS[1], [declared] * 3, until],
        ["found", CELLS[2], [declared] * 3, 0],
    ]
    page = told(Outcome.FOUND, Outcome.LATER, Outcome.FOUND, later_at_s=until)
    assert root_over(rows) == rows_root(SALT, page, 4)
    plain: list[list[object]] = [["", cells, [], 0] for cells in CELLS]
    assert root_over(plain) == rows_root(SALT, PAGE, 4)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_entry_verifies_as_it_did(version: int) -> None:
    """A row was its cells alone; no page that says more can be one of an older entry's."""
    assert root_over(CELLS) == rows_root(SALT, PAGE, version)
    assert rows_root(SALT, PAGE, 4) != rows_root(SALT, PAGE, version)
    for page in (told(), Page(3, PAGE.columns, (Outcome.FOUND,) * 3)):
        with pytest.raises(ValueError, match="without outcomes and reasons"):
            rows_root(SALT, page, version)


def test_what_a_row_and_a_null_say_of_themselves_is_bound() -> None:
    """Another outcome, reason or time gives another root."""
    found, later = Outcome.FOUND, Outcome.LATER
    pages = [
        PAGE,
        told(),
        told(found, found, found),
        told(found, Outcome.NO_MATCH, found),
        told(found, Outcome.NOT_HELD, found),
        told(found, found, found, reason=CellReason.WITHHELD_MINOR),
        told(found, found, found, reason=CellReason.WITHHELD_GATE),
        told(later, found, found, later_at_s=1),
        told(later, found, found, later_at_s=2),
    ]
    assert len(pages) == len({rows_root(SALT, page, 4) for page in pages})


def test_a_page_that_says_of_fewer_rows_than_it_has_is_refused() -> None:
    """Nothing is committed to that cannot be opened."""
    for page in (
        replace(told(), outcomes=(Outcome.FOUND,)),
        Page(3, (replace(PAGE.columns[0], reasons=(CellReason.NONE,)),)),
    ):
        with pytest.raises(ValueError, match="expected 3"):
            rows_root(SALT, page, 4)


def test_a_page_without_rows_has_the_empty_root() -> None:
    """Its number of records says the same."""
    assert EMPTY_ROOT == rows_root(SALT, Page(0, (Column("name", Kind.STRING, ()),)), 4)


@given(st.integers(0, 2), st.integers(0, 5))
def test_every_cell_is_bound(row: int, at: int) -> None:
    """Another value in any cell gives another root; so do another order and another salt."""
    column = PAGE.columns[at]
    other: dict[Kind, Value] = {
        Kind.SEALED: b"other",
        Kind.INTEGER: 7,
        Kind.DATE: date(2000, 1, 1),
        Kind.STRING: "x",
        Kind.DECIMAL: "1",
    }
    cell = other.get(column.kind)
    changed = replace(column, values=(*column.values[:row], cell, *column.values[row + 1 :]))
    columns = (*PAGE.columns[:at], changed, *PAGE.columns[at + 1 :])
    assert (changed.values == column.values) == (rows_root(SALT, PAGE, 4) == rows_root(SALT, Page(3, columns), 4))
    assert rows_root(SALT, PAGE, 4) != rows_root(b"S" * 16, PAGE, 4)
    assert rows_root(SALT, PAGE, 4) != rows_root(SALT, Page(3, PAGE.columns[::-1]), 4)


def test_a_null_and_an_empty_text_differ() -> None:
    """So do a number and its text, a truth and its number."""
    cells = (None, "", 1, "1", True, "null", "true")
    assert len(cells) == len({rows_root(SALT, Page(1, (Column("x", Kind.STRING, (cell,)),)), 4) for cell in cells})


def test_a_page_whose_columns_do_not_fit_its_rows_is_refused() -> None:
    """Nothing is committed to that cannot be opened."""
    for rows in (2, 4):
        with pytest.raises(ValueError, match=f"expected {rows} values"):
            rows_root(SALT, Page(rows, PAGE.columns), 4)


@pytest.mark.parametrize("salt", [b"", b"s" * 15, b"s" * 17])
def test_a_salt_of_another_length_is_refused(salt: bytes) -> None:
    """A shorter one would blind less, a longer one could shift into the data."""
    with pytest.raises(ValueError, match="salt of 16 bytes"):
        rows_root(salt, PAGE, 4)
    with pytest.raises(ValueError, match="salt of 16 bytes"):
        request_hash(salt, b"ask")


def test_the_hash_of_a_question_depends_on_salt_and_bytes() -> None:
    """And on its context: it is no plain hash of them."""
    assert 4 == len({request_hash(salt, ask) for salt in (SALT, b"S" * 16) for ask in (b"a", b"b")})
    assert sha256(SALT + b"a").digest() != request_hash(SALT, b"a")
