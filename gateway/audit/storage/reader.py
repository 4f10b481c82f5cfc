"""Reads a log on disk without writing to it, while a node may be writing: for verification, proofs and reviewers.

Read-only and `query_only`, so that closing never checkpoints; short reads, so that the write-ahead log stays short.
What was committed does not change, so that several short reads see one log. Synchronous; not for the road.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.audit.storage.database import LogPlace, Readable
from gateway.audit.storage.held_files import find_holders
from gateway.audit.storage.objects import IN_POSTGRES, IN_SQLITE, Strange, describe_damage, find_strange
from gateway.audit.storage.schema import SCHEMA_VERSION
from gateway.audit.storage.sqlite import readable
from gateway.audit.tlog.proofs import inclusion_path
from gateway.audit.tlog.tiles import TILE_WIDTH, TileNodes, split_hashes
from gateway.audit.tlog.tree import root_of

CHUNK: Final = 1_024
"""Entries of one read."""
MAX_INDEX: Final = (1 << 63) - 1
"""No entry has this index."""
_ENDS: Final = {
    "body": (SCHEMA_VERSION, "SELECT (SELECT min(idx) FROM body), (SELECT max(idx) FROM body)"),
    "wrap": (2, "SELECT (SELECT min(idx) FROM wrap), (SELECT max(idx) FROM wrap)"),
}
"""The first and the last index of a table beside the entries, and the version from which it is there."""
FEW: Final = 32
"""Rows of one exchange that are read at a time, the newest first."""

StoredRow = tuple[int, bytes, bytes, str, str, int, int, bytes | None]
"""The columns of `StoredEntry`, in its order."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One row of the log, as it is stored; nothing is verified."""

    index: int
    leaf_hash: bytes
    octets: bytes
    phase: str
    exchange_id: str
    page: int
    time_us: int
    root: bytes | None


class LogReader:
    """A log, open for reading. A context manager; belongs to one thread."""

    def __init__(self, place: LogPlace) -> None:
        """Open a log that exists.

        Raises:
            StoreInvalid: when there is none, or it is not such a log.
        """
        self._nodes = TileNodes(self._read_hashes)
        self._connection: Readable
        self._place = place
        self.lies_in_file = isinstance(place, Path)
        if isinstance(place, Path):
            self._connection, self.origin, self.version = readable(place)
            return
        from gateway.audit.storage.postgres import PostgresReadable

        self._connection = opened = PostgresReadable(place)
        self.origin, self.version = opened.origin, opened.version

    def __enter__(self) -> LogReader:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the log."""
        self._connection.close()

    def name_writer(self) -> str:
        """Return which process writes the log now, as far as the machine or the server tells; empty for none."""
        if isinstance(self._place, Path):
            return ", ".join(f"{one}" for one in find_holders(self._place.with_name(self._place.name + ".lock")))
        from gateway.audit.storage.session import HOLDERS, lock_key

        found = self._connection.execute(HOLDERS, (lock_key(self._place.schema),)).fetchall()
        return ", ".join(f"{pid} ({name or 'unnamed'} from {client or 'here'})" for pid, name, client in found)

    def strange(self) -> Strange | None:
        """Return the first thing in the database that is not as the schema of its version has it; None for none."""
        if isinstance(self._place, Path):
            return find_strange(self.version, self._connection.execute(IN_SQLITE), in_file=True)
        stored = self._connection.execute(IN_POSTGRES, (self._place.schema,))
        return find_strange(self.version, stored, in_file=False)

    def damage(self) -> Strange | None:
        """Return what is wrong with the layout of the file, or with an index against its table.

        Reads the whole file once, and looks each row up in each index. None for nothing, and for a log on a server.
        """
        if not self.lies_in_file:
            return None
        (found,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        return None if found == "ok" else describe_damage(str(found), self._entry_in_row)

    def _entry_in_row(self, row: int) -> int:
        sql = "SELECT idx FROM entry ORDER BY idx LIMIT 1 OFFSET ?"
        found = self._connection.execute(sql, (row - 1,)).fetchone()
        return -1 if found is None else int(found[0])

    def count(self) -> int:
        """Return the size: one more than the greatest index."""
        (size,) = self._connection.execute("SELECT coalesce(max(idx) + 1, 0) FROM entry").fetchone()
        return int(size)

    def rows(self, start: int, end: int) -> Iterator[list[StoredRow]]:
        """Yield the rows from `start` to before `end`, in the order of their indexes, chunk by chunk."""
        for low in range(start, end, CHUNK):
            sql = "SELECT * FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
            yield self._connection.execute(sql, (low, min(low + CHUNK, end))).fetchall()

    def leaves(self, start: int, end: int) -> Iterator[list[tuple[bytes, bytes, bytes | None]]]:
        """Yield leaf hash, bytes and root of the rows from `start` to before `end`, in order, as many as a tile has.

        Some with as many rows as they should have have every index: an index stands in one row at most. So few of
        them at a time stay in the processor's cache until they are hashed.
        """
        for low in range(start, end, TILE_WIDTH):
            sql = "SELECT leaf_hash, octets, root FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
            yield self._connection.execute(sql, (low, min(low + TILE_WIDTH, end))).fetchall()

    def pruned(self) -> int:
        """Return how many entries, from the first on, were pruned to an archive: their rows hold no bytes."""
        low, high = 0, self.count()
        while low < high:
            middle = (low + high) // 2
            row = self._connection.execute("SELECT octets FROM entry WHERE idx = ?", (middle,)).fetchone()
            if row is not None and not row[0]:
                low = middle + 1
            else:
                high = middle
        return low

    def first(self) -> int:
        """Return the smallest index of a row; 0 where there is none."""
        (index,) = self._connection.execute("SELECT coalesce(min(idx), 0) FROM entry").fetchone()
        return int(index)

    def first_missing(self, start: int, end: int) -> int:
        """Return the smallest index from `start` to before `end` without a row; `end` when there is none."""
        expected = start
        sql = "SELECT idx FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
        for (index,) in self._connection.execute(sql, (start, end)):
            if index != expected:
                break
            expected += 1
        return expected

    def entry(self, index: int) -> StoredEntry:
        """Return one row.

        Raises:
            IndexError: when there is none.
        """
        row = self._connection.execute("SELECT * FROM entry WHERE idx = ?", (index,)).fetchone()
        if row is None:
            raise IndexError(f"expected an index from 0 to {self.count() - 1}, found {index}")
        return StoredEntry(*row)

    def exchange(self, exchange_id: str, phase: str = "", after: int = -1) -> list[StoredEntry]:
        """Return the rows of one exchange beyond an index, of one phase or of all, the oldest first."""
        sql = "SELECT * FROM entry WHERE exchange_id = ? AND ? IN ('', phase) AND idx > ? ORDER BY idx"
        return [StoredEntry(*row) for row in self._connection.execute(sql, (exchange_id, phase, after))]

    def exchange_down(self, exchange_id: str) -> Iterator[StoredEntry]:
        """Yield the rows of one exchange, the newest first, a few at a time."""
        sql = "SELECT * FROM entry WHERE exchange_id = ? AND idx < ? ORDER BY idx DESC LIMIT ?"
        below = MAX_INDEX
        while rows := self._connection.execute(sql, (exchange_id, below, FEW)).fetchall():
            yield from (StoredEntry(*row) for row in rows)
            below = rows[-1][0]

    def acts(self) -> Iterator[StoredEntry]:
        """Yield the rows of all acts that still have their bytes, in order; reads the whole table."""
        sql = "SELECT * FROM entry WHERE phase = 'admin' AND octets <> ? AND idx > ? ORDER BY idx LIMIT ?"
        at = -1
        while rows := self._connection.execute(sql, (b"", at, CHUNK)).fetchall():
            yield from (StoredEntry(*row) for row in rows)
            at = rows[-1][0]

    def window(self, since_us: int, until_us: int) -> tuple[int, int]:
        """Return the first index, and one more than the last, of the entries of a window of time; (0, 0) for none.

        Between the two there may be entries of other times: the order of a log is that of its commits.
        """
        sql = "SELECT min(idx), max(idx) + 1 FROM entry WHERE time_us >= ? AND time_us < ?"
        first, end = self._connection.execute(sql, (since_us, until_us)).fetchone()
        return (0, 0) if first is None else (int(first), int(end))

    def body(self, index: int) -> bytes:
        """Return the sealed body that stands beside an entry; empty where there is none."""
        if self.version < SCHEMA_VERSION:
            return b""
        row = self._connection.execute("SELECT octets FROM body WHERE idx = ?", (index,)).fetchone()
        return b"" if row is None else bytes(row[0])

    def bodies(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """Return index and sealed body of the entries from `start` to before `end` that have one beside them."""
        return self._beside("SELECT idx, octets FROM body", start, end) if self.version >= SCHEMA_VERSION else []

    def keys(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """Return index and wrapped key of the entries from `start` to before `end` that have one."""
        return self._beside("SELECT idx, key FROM wrap", start, end) if self.version > 1 else []

    def _beside(self, query: str, start: int, end: int) -> list[tuple[int, bytes]]:
        sql = f"{query} WHERE idx >= ? AND idx < ? ORDER BY idx"
        return [(row[0], row[1]) for row in self._connection.execute(sql, (start, end))]

    def astray(self) -> tuple[str, int] | None:
        """Return table and index of a body or wrapped key that stands before the first entry or beyond the last."""
        for table, sql in [(table, sql) for table, (since, sql) in _ENDS.items() if self.version >= since]:
            low, high = self._connection.execute(sql).fetchone()
            if low is not None and (low < 0 or high >= self.count()):
                return table, int(low if low < 0 else high)
        return None

    def wrap(self, index: int) -> tuple[str, bytes] | None:
        """Return the epoch and the wrapped key of an entry's body; None where there is none, or no longer."""
        row = self._connection.execute("SELECT epoch, key FROM wrap WHERE idx = ?", (index,)).fetchone()
        return None if row is None else (str(row[0]), bytes(row[1]))

    def has_epoch(self, epoch: str) -> bool:
        """Tell whether a key of an entry's body is wrapped under the key of this epoch; a log of schema 1 has none."""
        if self.version < 2:
            return False
        return self._connection.execute("SELECT 1 FROM wrap WHERE epoch = ? LIMIT 1", (epoch,)).fetchone() is not None

    def wraps(self, start: int) -> Iterator[tuple[int, str]]:
        """Yield index and epoch of the wrapped keys from an index on, in order; none where the schema has none."""
        sql = "SELECT idx, epoch FROM wrap WHERE idx >= ? ORDER BY idx LIMIT ?"
        while self.version > 1 and (rows := self._connection.execute(sql, (start, CHUNK)).fetchall()):
            yield from ((int(row[0]), str(row[1])) for row in rows)
            start = rows[-1][0] + 1

    def times(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield index and time, in microseconds, of the rows from `start` to before `end`, in order."""
        sql = "SELECT idx, time_us FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?"
        while rows := self._connection.execute(sql, (start, end, CHUNK)).fetchall():
            yield from ((int(row[0]), int(row[1])) for row in rows)
            start = int(rows[-1][0]) + 1

    def pair_directory(self, kind: int, start: int) -> bytes | None:
        """Return the directory of a sealed segment's pairs; None where there is none. Not for an older schema."""
        sql = "SELECT octets FROM pair_directory WHERE kind = ? AND start = ?"
        row = self._connection.execute(sql, (kind, start)).fetchone()
        return None if row is None else bytes(row[0])

    def pair_page(self, kind: int, start: int, number: int) -> bytes | None:
        """Return a page of a sealed segment's pairs; None where there is none. Not for an older schema."""
        sql = "SELECT octets FROM pair_page WHERE kind = ? AND start = ? AND number = ?"
        row = self._connection.execute(sql, (kind, start, number)).fetchone()
        return None if row is None else bytes(row[0])

    def pair_rows(self) -> Iterator[tuple[int, int, int]]:
        """Yield kind, start and number of every page of pairs, and with the number -1 those of every directory."""
        if self.version < SCHEMA_VERSION:
            return
        sql = "SELECT kind, start, -1 FROM pair_directory UNION ALL SELECT kind, start, number FROM pair_page"
        yield from ((int(row[0]), int(row[1]), int(row[2])) for row in self._connection.execute(sql))

    def stamps(self) -> list[tuple[int, int, bytes]]:
        """Return the kept time stamps: size of the checkpoint, time in microseconds, token (RFC 3161)."""
        return self._connection.execute("SELECT size, time_us, token FROM stamp ORDER BY size").fetchall()

    def checkpoints(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield the kept checkpoints: size, time in microseconds and note, the smallest size first."""
        at = -1 << 63
        sql = "SELECT size, time_us, note FROM checkpoint WHERE size >= ? ORDER BY size LIMIT ?"
        while rows := self._connection.execute(sql, (at, CHUNK)).fetchall():
            yield from rows
            at = rows[-1][0] + 1

    def checkpoints_down(self, size: int, limit: int) -> list[tuple[int, int, bytes]]:
        """Return kept checkpoints of at most `size` entries, size, time in microseconds and note, the newest first."""
        sql = "SELECT size, time_us, note FROM checkpoint WHERE size <= ? ORDER BY size DESC LIMIT ?"
        return [(int(kept), int(at), bytes(note)) for kept, at, note in self._connection.execute(sql, (size, limit))]

    def checkpoints_up(self, index: int, limit: int) -> list[tuple[int, int, bytes]]:
        """Return kept checkpoints that cover the entry at `index`, as `checkpoints_down` does, the smallest first."""
        sql = "SELECT size, time_us, note FROM checkpoint WHERE size > ? ORDER BY size LIMIT ?"
        return [(int(kept), int(at), bytes(note)) for kept, at, note in self._connection.execute(sql, (index, limit))]

    def newest_checkpoint(self) -> tuple[int, int, bytes] | None:
        """Return size, time in microseconds and note of the newest kept checkpoint."""
        sql = "SELECT size, time_us, note FROM checkpoint ORDER BY size DESC LIMIT 1"
        row = self._connection.execute(sql).fetchone()
        return None if row is None else (int(row[0]), int(row[1]), bytes(row[2]))

    def newest_checkpoints(self, limit: int) -> list[tuple[int, bytes]]:
        """Return the newest kept checkpoints, size and note, the newest first."""
        sql = "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT ?"
        return [(int(size), bytes(note)) for size, note in self._connection.execute(sql, (limit,))]

    def checkpoint_after(self, index: int) -> tuple[int, bytes] | None:
        """Return the size and the note of the newest kept checkpoint, if it covers the entry at `index`."""
        sql = "SELECT size, note FROM checkpoint WHERE size > ? ORDER BY size DESC LIMIT 1"
        row = self._connection.execute(sql, (index,)).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def checkpoints_over(self, entries: int) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of the kept checkpoints over at least so many entries, the newest first."""
        below = 1 << 62
        sql = "SELECT size, note FROM checkpoint WHERE size >= ? AND size < ? ORDER BY size DESC LIMIT ?"
        while rows := self._connection.execute(sql, (entries, below, CHUNK)).fetchall():
            yield from ((int(size), bytes(note)) for size, note in rows)
            below = int(rows[-1][0])

    def tile(self, level: int, number: int) -> bytes | None:
        """Return the hashes of a full tile as stored, or None where there is no such tile."""
        sql = "SELECT hashes FROM tile WHERE level = ? AND number = ?"
        row = self._connection.execute(sql, (level, number)).fetchone()
        return None if row is None else bytes(row[0])

    def tiles(self) -> int:
        """Return how many full tiles are stored."""
        (found,) = self._connection.execute("SELECT count(*) FROM tile").fetchone()
        return int(found)

    def path(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the inclusion path of a leaf in the tree of `size`, from the stored tiles and leaf hashes.

        Raises:
            IndexError: when there is no such leaf, or a node is missing.
        """
        return inclusion_path(index, size, self.node)

    def node(self, level: int, number: int) -> bytes:
        """Return the hash of a whole node of the tree, from the stored tiles and leaf hashes."""
        return self._nodes.node(level, number)

    def _read_hashes(self, level: int, number: int) -> list[bytes]:
        full = self.tile(level, number)
        if full is not None:
            return split_hashes(full)
        start = number * TILE_WIDTH
        if level == 0:
            sql = "SELECT leaf_hash FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
            return [row[0] for row in self._connection.execute(sql, (start, start + TILE_WIDTH))]
        hashes = []
        for below in range(start, start + TILE_WIDTH):
            tile = self.tile(level - 1, below)
            if tile is None:
                break
            hashes.append(root_of(split_hashes(tile)))
        return hashes
