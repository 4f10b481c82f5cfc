"""Are the wrapped keys there that the bodies need? Each has its own, unless its month was destroyed by a recorded act.

Deleting one wrapped key makes one entry unreadable and changes no hash; it shows here. That a wrapped key is the right
one, `beside` sees by its digest; for entries of version 2, which have none, opening the body tells.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from gateway.audit.entries.entry import Entry, Phase
from gateway.audit.retention.rules import SHRED
from gateway.audit.storage.reader import LogReader
from gateway.audit.verification.fault import VerificationFailed


class Wraps:
    """Compares the wrapped keys of a log with its entries; `take` each entry in order, then `check`."""

    def __init__(self, reader: LogReader, start: int) -> None:
        self._rows: Iterator[tuple[int, str]] = reader.wraps(start)
        self._next: tuple[int, str] | None = (-1, "")
        self._advance()
        self._missing: dict[str, int] = {}
        self._shredded: set[str] = set()

    def take(self, index: int, entry: Entry) -> None:
        """Compare one entry with the next row.

        Raises:
            VerificationFailed: a key is wrapped for an entry that has no body, or under another month than its own.
        """
        if entry.phase is Phase.ADMIN and entry.text("action") == SHRED:
            self._shredded.add(entry.text("subject"))
        self._skip(index)
        if self._next is not None and self._next[0] == index:
            if not entry.has_body or self._next[1] != entry.text("key_epoch"):
                raise VerificationFailed(
                    f"wrap {index}", "a key is wrapped for an entry without a body, or of another month", index
                )
            self._advance()
        elif entry.has_body:
            self._missing.setdefault(entry.text("key_epoch"), index)

    def check(self) -> None:
        """Close the comparison.

        Raises:
            VerificationFailed: the wrapped key of a body is missing, and no act records that its month was destroyed.
        """
        for epoch, index in self._missing.items():
            if epoch not in self._shredded:
                raise VerificationFailed(
                    f"wrap {index}", f"the wrapped key is missing, but {epoch} was never destroyed", index
                )

    def _skip(self, index: int) -> None:
        """Pass over the keys of entries that are not walked over: those that were pruned keep theirs."""
        while self._next is not None and self._next[0] < index:
            self._advance()

    def _advance(self) -> None:
        try:
            self._next = next(self._rows, None)
        except sqlite3.OperationalError as error:
            raise VerificationFailed("wrap", f"the month of a wrapped key cannot be read: {error}") from error
