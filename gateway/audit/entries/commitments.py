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
from gateway.ground.evidence import Page, Value
from gateway.ground.item import Kind

SALT_SIZE: Final = 16
"""Bytes of a salt."""
_REQUEST: Final = b"chuanyu request v1\x00"


def request_hash(salt: bytes, ask: bytes) -> bytes:
    """Return the blinded hash of a question in its canonical bytes, 32 bytes.

    Raises:
        ValueError: when the salt does not have 16 bytes.
    """
    _check(salt)
    return sha256(_REQUEST + salt + ask).digest()


def rows_root(salt: bytes, page: Page) -> bytes:
    """Return the root (RFC 6962) over a page's rows; a leaf is SHA-256 of 0x00, the salt and the row.

    A row is the JSON array of its cells in the order of the columns, without spaces: dates as `YYYY-MM-DD`, sealed
    cells in base64. A page without rows has the empty root.

    Raises:
        ValueError: when the salt does not have 16 bytes, or a column another number of values than the page rows.
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
    for row in zip(*columns, strict=True):
        leaf = prefix.copy()
        leaf.update(orjson.dumps(row))
        leaves.append(leaf.digest())
    return root_of(leaves)


def _check(salt: bytes) -> None:
    if len(salt) != SALT_SIZE:
        raise ValueError(f"expected a salt of {SALT_SIZE} bytes, found {len(salt)}")
