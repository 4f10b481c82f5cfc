"""A log and its archives read as one: the bytes of an entry that left are taken from an archive, and held to the log.

The log keeps the leaf hash of every entry, so nothing that an archive gives is trusted: bytes that do not have the leaf
hash of their index are refused like an altered entry of the log. Entries whose archive is not at hand are passed over,
and their ranges are named in `missing`: who shows an answer says with it what it does not cover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from gateway.audit.review.shown import EntryUnreadable, require_leaf, shown_rows
from gateway.audit.storage.reader import LogReader, StoredEntry
from gateway.audit.tlog.tree import leaf_hash

HashedRow = tuple[int, bytes, bytes]
"""Index, leaf hash as the log holds it, and the bytes that have it."""


class ArchivedBytes(Protocol):
    """Where the bytes of entries that left a log are looked for."""

    def read(self, start: int, end: int) -> Mapping[int, bytes]:
        """Return the bytes of the entries from `start` to before `end` that are at hand, by index."""
        ...

    def ranges(self) -> Sequence[tuple[int, int]]:
        """Return the ranges that are at hand: the first entry, and one more than the last, in order."""
        ...


class _Nothing:
    def read(self, start: int, end: int) -> Mapping[int, bytes]:
        return {}

    def ranges(self) -> Sequence[tuple[int, int]]:
        return ()


NO_ARCHIVES: Final[ArchivedBytes] = _Nothing()
"""No archive is at hand."""


class WholeLog:
    """A log with the archives at hand; belongs to the reader's thread. It sees the log as it was when it was made."""

    def __init__(self, reader: LogReader, archives: ArchivedBytes = NO_ARCHIVES) -> None:
        self.reader = reader
        self.origin = reader.origin
        self.size = reader.count()
        self.pruned = reader.pruned()
        """Entries, from the first on, that have left the log."""
        self._archives = archives
        self._missing: list[tuple[int, int]] = []

    @property
    def missing(self) -> tuple[tuple[int, int], ...]:
        """The ranges (first, last) of entries that were asked for, have left, and lie in no archive at hand."""
        joined: list[tuple[int, int]] = []
        for first, last in sorted(self._missing):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(joined[-1][1], last))
            else:
                joined.append((first, last))
        return tuple(joined)

    def gaps(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the ranges (first, last) within `start` to before `end` that left and lie in no archive at hand."""
        at, end = start, min(end, self.pruned)
        found = []
        for low, high in self._archives.ranges():
            if at < min(low, end):
                found.append((at, min(low, end) - 1))
            at = max(at, high)
        if at < end:
            found.append((at, end - 1))
        return found

    def rows(self, start: int, end: int) -> Iterator[list[HashedRow]]:
        """Yield the entries from `start` to before `end` in order, each held to its leaf hash, chunk by chunk.

        Raises:
            EntryUnreadable: one does not have its leaf hash.
        """
        end = min(end, self.size)
        for rows in self.reader.rows(start, min(end, self.pruned)):
            yield self._read_archived([(row[0], row[1]) for row in rows])
        for held in shown_rows(self.reader, max(start, self.pruned), end, self.pruned):
            yield [(row[0], row[1], row[2]) for row in held]

    def exchange(self, exchange_id: str) -> Iterator[HashedRow]:
        """Yield the entries of one exchange in order, each held to its leaf hash; raises EntryUnreadable."""
        for row in self.reader.exchange(exchange_id):
            yield from self.take(row)

    def take(self, row: StoredEntry) -> list[HashedRow]:
        """Return the entry of a row held to its leaf hash; none where it lies in no archive at hand."""
        if row.index < self.pruned:
            return self._read_archived([(row.index, row.leaf_hash)])
        require_leaf(row.index, row.leaf_hash, row.octets)
        return [(row.index, row.leaf_hash, row.octets)]

    def _read_archived(self, rows: list[tuple[int, bytes]]) -> list[HashedRow]:
        if not rows:
            return []
        held = self._archives.read(rows[0][0], rows[-1][0] + 1)
        found: list[HashedRow] = []
        for index, leaf in rows:
            octets = held.get(index)
            if octets is None:
                self._note_missing(index)
            elif leaf_hash(octets) != leaf:
                raise EntryUnreadable(index, "does not have the leaf hash of the log in its archive")
            else:
                found.append((index, leaf, octets))
        return found

    def _note_missing(self, index: int) -> None:
        if self._missing and self._missing[-1][1] in (index, index - 1):
            self._missing[-1] = (self._missing[-1][0], index)
        else:
            self._missing.append((index, index))
