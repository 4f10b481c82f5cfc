"""The spool of cleared pages: a file without a name, encrypted under a key that lives in memory alone, and bounded.

AES-256-GCM (NIST SP 800-38D); a key for each spool and the page's number as nonce, so that no nonce comes twice under a
key. A crash leaves nothing that anybody can read: the file has no name, and the key is gone. A write into the file
while it waits makes the page fail to open, and with it the request.
"""

from __future__ import annotations

import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import IO, Any, Final, Self

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ground.evidence import CellReason, Column, Page, Value
from gateway.ground.item import Kind, Outcome
from gateway.ground.refusals import Reason, Refusal

REQUEST_BYTES: Final = 128 << 20
"""Bytes that the pages of one request may take: 100,000 rows of some 1,300 bytes."""
NODE_BYTES: Final = 512 << 20
"""Bytes that all waiting pages of a node may take together."""
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class DiskBudget:
    """The bytes of a node's disk on which pages may wait, shared by all its requests."""

    __slots__ = ("_directory", "_free")

    def __init__(self, directory: Path, size: int = NODE_BYTES) -> None:
        self._directory = directory
        self._free = size

    def take(self, size: int) -> None:
        """Take bytes.

        Raises:
            Refusal: OVERLOADED when there are not so many left.
        """
        if size > self._free:
            raise Refusal(Reason.OVERLOADED, "too many pages wait for a gate", retry_after=1.0)
        self._free -= size

    def give_back(self, size: int) -> None:
        """Give bytes back."""
        self._free += size

    def open_file(self) -> IO[bytes]:
        """Open a file without a name; raises OSError."""
        return tempfile.TemporaryFile(dir=self._directory)


class Spool:
    """Pages of one request that wait, read back in their order. A context manager: what waits is gone at its end."""

    __slots__ = ("_budget", "_cipher", "_file", "_most", "_next", "_sizes")

    def __init__(self, budget: DiskBudget, random: Callable[[int], bytes], most: int = REQUEST_BYTES) -> None:
        self._budget = budget
        self._most = most
        self._cipher = AESGCM(random(_KEY_BYTES))
        self._sizes: list[int] = []
        self._next = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._budget.give_back(sum(self._sizes))
        self._sizes = []
        if self._file is not None:
            with suppress(OSError):  # what was not written is not wanted any more
                self._file.close()
            self._file = None

    def add(self, page: Page) -> None:
        """Put the next page away.

        Raises:
            Refusal: ANSWER_TOO_LARGE beyond the request's bytes; OVERLOADED beyond the node's, or when the disk fails.
        """
        number = len(self._sizes)
        sealed = self._cipher.encrypt(_nonce(number), _written(page), None)
        if sum(self._sizes) + len(sealed) > self._most:
            raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {self._most} bytes to wait for the gate")
        self._budget.take(len(sealed))
        self._sizes.append(len(sealed))
        try:
            if self._file is None:
                self._file = self._budget.open_file()
            self._file.write(sealed)
        except OSError as error:
            raise _disk(error) from error

    def rewind(self) -> None:
        """Go back to the first page.

        Raises:
            Refusal: OVERLOADED when the disk fails.
        """
        self._next = 0
        if self._file is not None:
            try:
                self._file.seek(0)
            except OSError as error:
                raise _disk(error) from error

    def take(self) -> Page:
        """Return the next page.

        Raises:
            Refusal: OVERLOADED when the disk fails; INTERNAL when what was read is not what was written.
        """
        number, self._next = self._next, self._next + 1
        if self._file is None or number >= len(self._sizes):
            raise RuntimeError("expected a page that was added, found none")
        try:
            sealed = self._file.read(self._sizes[number])
        except OSError as error:
            raise _disk(error) from error
        try:
            return _read(self._cipher.decrypt(_nonce(number), sealed, None))
        except InvalidTag:
            found = "a waiting page did not open: its file was changed"
        raise Refusal(Reason.INTERNAL, found)


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "big")


def _disk(error: OSError) -> Refusal:
    return Refusal(Reason.OVERLOADED, f"pages cannot wait on this disk: {error.strerror}", retry_after=5.0)


def _written(page: Page) -> bytes:
    columns = [[column.name, column.kind, _cells(column), column.reasons] for column in page.columns]
    return orjson.dumps([page.rows, columns, page.outcomes, page.later_at_s])


def _cells(column: Column) -> list[Value]:
    return [b64encode(cell).decode() if isinstance(cell, bytes) else cell for cell in column.values]


def _read(octets: bytes) -> Page:
    rows, columns, outcomes, later_at_s = orjson.loads(octets)
    made = tuple(
        Column(name, Kind(kind), _values(Kind(kind), cells), tuple(map(CellReason, reasons)))
        for name, kind, cells, reasons in columns
    )
    return Page(rows, made, tuple(map(Outcome, outcomes)), later_at_s)


def _values(kind: Kind, cells: list[Any]) -> tuple[Value, ...]:
    if kind is Kind.DATE:
        return tuple([None if cell is None else date.fromisoformat(cell) for cell in cells])
    if kind is Kind.SEALED:
        return tuple([None if cell is None else b64decode(cell) for cell in cells])
    return tuple(cells)
