"""Commitments: what an entry says of a question and of rows without saying them.

Pure. Both are blinded by a salt that travels with the data and never stands in a log: who has the data and the salt
can open the commitment, who has only the log can guess nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import orjson

from gateway.audit.tlog.tree import root_of
from gateway.ground.evidence import CellReason, Page, Value
from gateway.ground.item import Kind, Outcome

SALT_SIZE: Final = 16
"""Bytes of a salt."""
_REQUEST: Final = b"chuanyu request v1\x00"
ROWS_SINCE: Final = 4
"""The version of entries since which the root over the rows covers what each row and each null says of itself."""


def request_hash(salt: bytes, ask: bytes) -> bytes:
    """Return the blinded hash of a question in its canonical bytes, 32 bytes.

    Raises:
        ValueError: when the salt does not have 16 bytes.
    """
    _check(salt)
    return sha256(_REQUEST + salt + ask).digest()


def rows_root(salt: bytes, page: Page, version: int) -> bytes:
    """Return the root (RFC 6962) over a page's rows; a leaf is SHA-256 of 0x00, the salt and the row.

    A row is a JSON array without spaces of four: its outcome, empty where it is no person's; the array of its cells in
    the order of the columns, dates as `YYYY-MM-DD`, sealed cells in base64; the array of the reasons of its null cells,
    in the same order; and from when on it can be asked again, in seconds since 1970, 0 unless its outcome is `later`.
    In entries of a `version` before 4 a row is the array of its cells alone: it never holds an array, so that no row of
    one form is one of the other. A page without rows has the empty root.

    Raises:
        ValueError: when the salt does not have 16 bytes, a column another number of values or reasons than the page has
            rows, or the page another number of outcomes; a page of an older entry with outcomes.
    """
    _check(salt)
    columns: list[Sequence[Value]] = [
        [
            None if cell is None else b64encode(cell).decode() if isinstance(cell, bytes) else cell
            for cell in column.values
        ]
        if column.kind is Kind.SEALED
        else column.values
        for column in page.columns
    ]
    if any(len(values) != page.rows for values in columns):
        raise ValueError(f"expected {page.rows} values in every column")
    prefix = sha256(b"\x00" + salt)
    leaves = []
    cells: list[tuple[Value, ...]] = list(zip(*columns, strict=True)) if columns else [()] * page.rows
    for row in _told(page, cells) if version >= ROWS_SINCE else _untold(page, cells):
        leaf = prefix.copy()
        leaf.update(orjson.dumps(row))
        leaves.append(leaf.digest())
    return root_of(leaves)


def _told(page: Page, cells: list[tuple[Value, ...]]) -> list[tuple[object, ...]]:
    if len(page.outcomes) not in (0, page.rows):
        raise ValueError(f"expected {page.rows} outcomes")
    if any(len(column.reasons) not in (0, page.rows) for column in page.columns):
        raise ValueError(f"expected {page.rows} reasons in every column that has any")
    said = page.outcomes or ("",) * page.rows
    later = [page.later_at_s if outcome is Outcome.LATER else 0 for outcome in said]
    columns = [column.reasons for column in page.columns if column.reasons]
    if not columns:
        return [(outcome, row, (), until) for outcome, row, until in zip(said, cells, later, strict=True)]
    reasons = [[reason for reason in row if reason is not CellReason.NONE] for row in zip(*columns, strict=True)]
    return list(zip(said, cells, reasons, later, strict=True))


def _untold(page: Page, cells: list[tuple[Value, ...]]) -> list[tuple[object, ...]]:
    if page.outcomes or any(column.reasons for column in page.columns):
        raise ValueError("expected a page without outcomes and reasons, as an older entry's is")
    return [*cells]


def _check(salt: bytes) -> None:
    if len(salt) != SALT_SIZE:
        raise ValueError(f"expected a salt of {SALT_SIZE} bytes, found {len(salt)}")
