"""The sources of a comparison: a log on disk, or the entries of an evidence bundle, as they were verified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.audit.entries.entry import Entry, EntryInvalid, decode
from gateway.audit.review.offline_verifier.members import Bundle
from gateway.audit.review.offline_verifier.verdict import Wish, judge
from gateway.audit.review.shown import decode_shown, shown_rows
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.tree import leaf_hash

MAX_LINE: Final = 1 << 17
"""Longest line of a bundle's entries, in bytes."""


class LogSource:
    """A whole log on disk; entries that were pruned to an archive are not shown."""

    def __init__(self, reader: LogReader) -> None:
        self.origin = reader.origin
        self._reader = reader
        self._size = reader.count()
        self._start = reader.pruned()

    def __len__(self) -> int:
        return self._size - self._start

    def entries(self) -> Iterator[tuple[int, bytes, Entry]]:
        """Yield index, leaf hash and entry, in order.

        Raises:
            EntryUnreadable: an entry does not have its leaf hash, or cannot be read.
        """
        for rows in shown_rows(self._reader, self._start, self._size, self._reader.pruned()):
            for row in rows:
                yield row[0], row[1], decode_shown(row[0], row[2])

    def covers(self, index: int) -> bool:
        """Tell whether an index is shown."""
        return index >= self._start

    def whole(self) -> bool:
        """Tell whether nothing is left out."""
        return not self._start


class BundleSource:
    """The ranges of an evidence bundle, after it was verified under the keys in `policy_file`, or its own."""

    def __init__(self, path: Path, policy_file: Path | None = None) -> None:
        """Verify a bundle.

        Raises:
            StoreInvalid: it does not hold.
        """
        found = judge(Wish(path, policy_file))
        if found.why is not None:
            raise StoreInvalid(f"the evidence bundle does not hold: {found.why.en}")
        half = found.halves[0]
        self.origin = half.note.origin
        self._bundle = Bundle(path)
        self._size = half.note.size
        self._ranges = [(start, end) for start, end in half.spans]

    def __len__(self) -> int:
        return sum(end - start for start, end in self._ranges)

    def entries(self) -> Iterator[tuple[int, bytes, Entry]]:
        """Yield index, leaf hash and entry, in order; raises StoreInvalid where an entry cannot be read."""
        with self._bundle.open("entries.jsonl") as file:
            for start, end in self._ranges:
                for index in range(start, end):
                    octets = file.readline(MAX_LINE).rstrip(b"\n")
                    try:
                        yield index, leaf_hash(octets), decode(octets)
                    except EntryInvalid as error:
                        raise StoreInvalid(f"entry {index} of the bundle: {error}") from error

    def covers(self, index: int) -> bool:
        """Tell whether an index is shown."""
        return any(start <= index < end for start, end in self._ranges)

    def whole(self) -> bool:
        """Tell whether nothing is left out of the checkpoint's tree."""
        return self._ranges == [(0, self._size)]
