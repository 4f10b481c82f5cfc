"""The archives of a log in a directory: where the bytes of an entry lie, and their reading, some at a time.

Nothing of an archive is believed here beyond where to look: `review.whole` holds what is read to the log's own leaf
hashes. An archive that cannot be read is named and not passed over, since its entries would read as never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from gateway.audit.retention.archive import ArchiveInvalid, library_errors, open_archive, read_about

_PATTERN = "*.parquet"


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One archive of the log: its entries from `start` to before `end`."""

    start: int
    end: int
    path: Path


class Archives:
    """The archives of one log that lie in a directory; a context manager. Holds one group of entries in memory."""

    def __init__(self, directory: Path, origin: str) -> None:
        """Find them; those of other logs are passed over.

        Raises:
            ArchiveInvalid: there are some, and the library is not installed, or one cannot be read.
            OSError: the directory cannot be read.
        """
        found = []
        for path in sorted(directory.glob(_PATTERN)):
            with open_archive(path) as file:
                about = read_about(file)
            if about["origin"] == origin:
                found.append(ArchiveFile(about["start"], about["end"], path))
        self.files = tuple(sorted(found, key=lambda one: (one.start, one.end)))
        self._open: tuple[ArchiveFile, Any] | None = None
        self._group: tuple[ArchiveFile, int, dict[int, bytes]] | None = None

    def __enter__(self) -> Archives:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file that is open."""
        if self._open is not None:
            self._open[1].close()
        self._open = self._group = None

    def ranges(self) -> list[tuple[int, int]]:
        """Return the ranges that are at hand: the first entry, and one more than the last, in order."""
        return [(one.start, one.end) for one in self.files]

    def read(self, start: int, end: int) -> dict[int, bytes]:
        """Return the bytes of the entries from `start` to before `end` that are at hand, by index.

        Raises:
            ArchiveInvalid: an archive cannot be read, or lacks an entry of its range.
        """
        found: dict[int, bytes] = {}
        for one in self.files:
            low, high = max(start, one.start), min(end, one.end)
            at = low
            while at < high:
                group, last = self._locate(one, at)
                held = self._read_group(one, group)
                stop = min(high, last)
                for index in range(at, stop):
                    if index not in held:
                        raise ArchiveInvalid(f"{one.path.name}: expected the entry {index}, found none")
                    found[index] = held[index]
                at = stop
        return found

    def _locate(self, one: ArchiveFile, index: int) -> tuple[int, int]:
        """Return the number and the end of the group of rows in which an entry lies."""
        metadata = self._file(one).metadata
        last = one.start
        for group in range(metadata.num_row_groups):
            last += metadata.row_group(group).num_rows
            if index < last:
                return group, last
        raise ArchiveInvalid(f"{one.path.name}: expected the entry {index}, found none")

    def _read_group(self, one: ArchiveFile, group: int) -> dict[int, bytes]:
        if self._group is None or self._group[:2] != (one, group):
            with library_errors(one.path.name):
                table = self._file(one).read_row_group(group, columns=["index", "entry"])
                rows = dict(zip(table["index"].to_pylist(), table["entry"].to_pylist(), strict=True))
            if not all(type(index) is int and type(octets) is bytes for index, octets in rows.items()):
                raise ArchiveInvalid(f"{one.path.name}: expected entries as bytes with their index, found others")
            self._group = (one, group, rows)
        return self._group[2]

    def _file(self, one: ArchiveFile) -> Any:
        if self._open is None or self._open[0] != one:
            self.close()
            self._open = (one, open_archive(one.path))
        return self._open[1]
