"""The audit log as it is stored: what is written together, and what is looked up, on any `Database`.

A batch is one transaction: entries, tiles, bodies and their keys. The last entry of each batch carries the root of the
tree up to it; the state is therefore never apart from the entries. After an error nothing is written until the
connection was opened anew and the state recomputed. The pairs of sealed segments follow from the entries: they are
written beside the batches, and an error there opens the connection anew before anything else is written.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.audit.storage.database import Change, Database, LogPlace
from gateway.audit.storage.recovery import LogState, load
from gateway.audit.storage.schema import SCHEMA_VERSION
from gateway.audit.storage.sqlite import SqliteDatabase
from gateway.audit.tlog.tiles import Tile

Row = tuple[int, bytes, bytes, str, str, int, int, bytes | None]
"""idx, leaf hash, entry, phase, exchange id, page number, time in microseconds, root (last of a batch only)."""

Sealed = tuple[int, bytes]
"""idx, sealed body of the entry."""
Wrap = tuple[int, str, bytes]
"""idx, epoch of the key that wraps, wrapped data key."""

PairPage = tuple[int, bytes]
"""Number of a page of pairs, its pairs end to end."""

DROPPED: Final = 32
"""Pages of pairs that are deleted at a time."""
MAX_BATCH: Final = 256
"""Entries of one transaction at most."""
NEWEST: Final = 16_384
"""Entries from the end of the log among which the newest of a phase are looked for."""
PROBE_BYTES: Final = 65_536
"""The size of a trial write, about that of a batch."""


_KEEP: Final = (
    "INSERT INTO {0} VALUES (?,?,?) ON CONFLICT (size) DO UPDATE SET time_us = excluded.time_us, {1} = excluded.{1}"
)
_PUT_DIRECTORY: Final = (
    "INSERT INTO pair_directory VALUES (?,?,?) ON CONFLICT (kind, start) DO UPDATE SET octets = excluded.octets"
)
_PUT_PAGE: Final = (
    "INSERT INTO pair_page VALUES (?,?,?,?) ON CONFLICT (kind, start, number) DO UPDATE SET octets = excluded.octets"
)


@dataclass(frozen=True, slots=True)
class ExchangeUse:
    """An exchange that the log knows: its id, the index of its first entry, and that entry's time."""

    exchange_id: str
    index: int
    time_us: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The additions of one transaction: at most `MAX_BATCH` rows, the last with its root, and what goes with them."""

    rows: Sequence[Row]
    tiles: Sequence[Tile] = ()
    bodies: Sequence[Sealed] = ()
    wraps: Sequence[Wrap] = ()


async def open_database(place: LogPlace, version: int = SCHEMA_VERSION) -> Database:
    """Open a log of that version of the schema, as its only writer.

    Raises:
        StoreInvalid: when it is absent, another process writes it, or it is not such a log.
    """
    if isinstance(place, Path):
        return await SqliteDatabase.open(place, version=version)
    from gateway.audit.storage.postgres import PostgresDatabase  # its library is an extra

    return await PostgresDatabase.open(place, version)


class Store:
    """The open log. Make it with `open`; not safe for use from several event loops."""

    def __init__(self, database: Database) -> None:
        self.origin = database.origin
        self._database = database
        # The innermost lock of the room: nothing else is taken while it is held. It owns the connection and `_sound`.
        self._turn = asyncio.Lock()
        self._sound = True

    @staticmethod
    async def create(place: LogPlace, origin: str, *, created_us: int) -> None:
        """Make an empty log; the directory, or the database, must exist.

        Raises:
            StoreInvalid: when there is something already.
        """
        if isinstance(place, Path):
            await SqliteDatabase.create(place, origin, created_us)
            return
        from gateway.audit.storage.postgres import PostgresDatabase

        await PostgresDatabase.create(place, origin, created_us)

    @staticmethod
    async def discard(place: LogPlace, origin: str, *, created_us: int) -> bool:
        """Take away a log on a server that was made just now for a node that is not to be; tell whether it was there.

        A log in a file goes with the directory in which it was made.

        Raises:
            StoreInvalid: the server does not let us.
        """
        if isinstance(place, Path):
            return False
        from gateway.audit.storage.postgres import PostgresDatabase

        return await PostgresDatabase.discard(place, origin, created_us)

    @classmethod
    async def open(cls, place: LogPlace) -> Store:
        """Open a log that exists, as its only writer.

        Raises:
            StoreInvalid: when it is absent, another process writes it, or it is not such a log.
        """
        return cls(await open_database(place))

    async def reopen(self) -> None:
        """Drop the connection, which may be in any state, and open a new one.

        Raises:
            Exception: as the database; nothing can be written then.
        """
        async with self._turn:
            self._sound = False
            await self._database.reopen()
            self._sound = True

    async def close(self) -> None:
        """Close the database; another process may write then."""
        async with self._turn:
            self._sound = False
            await self._database.close()

    async def append(self, batch: Batch) -> None:
        """Make a batch durable in one transaction.

        When it raises, the rows may be there or not: the caller reopens and looks.
        """
        changes: list[Change] = [("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", batch.rows)]
        if batch.tiles:
            tiles = [(tile.level, tile.number, tile.hashes) for tile in batch.tiles]
            changes.append(("INSERT INTO tile VALUES (?,?,?)", tiles))
        if batch.bodies:
            changes.append(("INSERT INTO body VALUES (?,?)", batch.bodies))
        if batch.wraps:
            changes.append(("INSERT INTO wrap VALUES (?,?,?)", batch.wraps))
        await self._write(changes)

    async def save_checkpoint(self, size: int, time_us: int, note: bytes) -> None:
        """Keep a signed checkpoint, in place of one of the same size."""
        await self._write([(_KEEP.format("checkpoint", "note"), [(size, time_us, note)])])

    async def save_stamp(self, size: int, time_us: int, token: bytes) -> None:
        """Keep a time stamp (RFC 3161) of the checkpoint of that size, in place of one of the same size."""
        await self._write([(_KEEP.format("stamp", "token"), [(size, time_us, token)])])

    async def probe(self) -> None:
        """Write something durably that changes no entry; it takes as much room as a batch would."""
        await self._write([("UPDATE probe SET filler = ?", [(os.urandom(PROBE_BYTES),)])])

    async def _write(self, changes: Sequence[Change]) -> None:
        """Run one transaction, alone; after an error nothing is written until `reopen`."""
        async with self._turn:
            if not self._sound:
                raise RuntimeError("the connection has failed and was not opened anew")
            # Unsound until the commit returns: a transaction that raised, or was cancelled, may be there or not.
            self._sound = False
            await self._database.transact(changes)
            self._sound = True

    async def load(self) -> LogState:
        """Read the state and recompute it from the stored bytes.

        Raises:
            StoreInvalid: when what is stored does not agree with itself.
        """
        async with self._turn:
            return await load(self._database)

    async def last_checkpoint(self) -> tuple[int, bytes]:
        """Return the size and the note of the newest kept checkpoint; (0, b"") when there is none."""
        async with self._turn:
            rows = await self._database.fetch("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1")
        for size, note in rows:
            return size, note
        return 0, b""

    async def kept_checkpoint(self, size: int) -> tuple[int, bytes]:
        """Return the time in microseconds and the note of the checkpoint that is kept for a size.

        Raises:
            LookupError: there is none.
        """
        async with self._turn:
            rows = await self._database.fetch("SELECT time_us, note FROM checkpoint WHERE size = ?", size)
        for time_us, note in rows:
            return time_us, note
        raise LookupError(f"expected a checkpoint of {size} entries, found none")

    async def exchanges_since(self, time_us: int) -> list[ExchangeUse]:
        """Return the exchanges with an entry at or after a time, the oldest first."""
        sql = (
            "SELECT exchange_id, min(idx), min(time_us) FROM entry "
            "WHERE time_us >= ? AND exchange_id <> '' AND phase <> 'admin' GROUP BY exchange_id ORDER BY 3, 2"
        )
        async with self._turn:
            return [ExchangeUse(*row) for row in await self._database.fetch(sql, time_us)]

    async def first_since(self, time_us: int) -> int:
        """Return the index of the first entry of a time or later; the number of entries where there is none."""
        sql = "SELECT coalesce(min(idx), (SELECT count(*) FROM entry)) FROM entry WHERE time_us >= ?"
        async with self._turn:
            return int((await self._database.fetch(sql, time_us))[0][0])

    async def intents(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """Return index and bytes of the intents from the entry `start` to before `end`, in order."""
        sql = "SELECT idx, octets FROM entry WHERE idx >= ? AND idx < ? AND phase = 'intent' ORDER BY idx"
        async with self._turn:
            return [(row[0], row[1]) for row in await self._database.fetch(sql, start, end)]

    async def page_of(self, exchange_id: str, page: int) -> list[tuple[int, bytes]]:
        """Return index and bytes of the entries of one page of an exchange, and of its first intent, in order."""
        sql = (
            "SELECT idx, octets FROM entry WHERE exchange_id = ? AND (page = ? OR page = 0 AND phase = 'intent') "
            "ORDER BY idx"
        )
        async with self._turn:
            return [(row[0], row[1]) for row in await self._database.fetch(sql, exchange_id, page)]

    async def newest(self, phase: str, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return index, leaf hash and bytes of the newest entries of a phase, the oldest of them first.

        At most `limit`, of the last `NEWEST` entries of the log alone.
        """
        sql = (
            "SELECT idx, leaf_hash, octets FROM entry WHERE idx > (SELECT max(idx) FROM entry) - ? AND phase = ? "
            "ORDER BY idx DESC LIMIT ?"
        )
        async with self._turn:
            rows = await self._database.fetch(sql, NEWEST, phase, limit)
        return [(row[0], row[1], row[2]) for row in reversed(rows)]

    async def rows(self, start: int, end: int) -> list[Row]:
        """Return the rows from `start` to before `end`, in order."""
        async with self._turn:
            found = await self._database.fetch(
                "SELECT * FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx", start, end
            )
        return [(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]) for row in found]

    async def octets(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """Return index and bytes of the entries from `start` to before `end`, in order."""
        sql = "SELECT idx, octets FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
        async with self._turn:
            return [(row[0], row[1]) for row in await self._database.fetch(sql, start, end)]

    async def prune(self, rows: Sequence[Row]) -> None:
        """Take the bytes and bodies of some rows out of the log; hashes and keys stay.

        The rows are deleted and put anew, since SQLite gives back no page of rows that only became shorter.
        """
        await self._write(
            [
                ("DELETE FROM entry WHERE idx = ?", [(row[0],) for row in rows]),
                ("DELETE FROM body WHERE idx = ?", [(row[0],) for row in rows]),
                ("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", [(*row[:2], b"", *row[3:]) for row in rows]),
            ]
        )

    async def put_pages(self, kind: int, start: int, pages: Sequence[PairPage]) -> None:
        """Write pages of the pairs of a segment, in place of those of the same numbers."""
        await self._write_beside([(_PUT_PAGE, [(kind, start, number, octets) for number, octets in pages])])

    async def put_directory(self, kind: int, start: int, directory: bytes) -> None:
        """Write the directory of a segment's pages, in place of one that is there."""
        await self._write_beside([(_PUT_DIRECTORY, [(kind, start, directory)])])

    async def drop_pages(self, kind: int, before: int) -> bool:
        """Delete pages of the segments of a kind that begin before an entry; return whether there were any left.

        At most `DROPPED` of them in one transaction; the directories go with the last.
        """
        sql = "SELECT kind, start, number FROM pair_page WHERE kind = ? AND start < ? ORDER BY start, number LIMIT ?"
        async with self._turn:
            pages = await self._database.fetch(sql, kind, before, DROPPED)
            left = pages or await self._database.fetch(
                "SELECT 1 FROM pair_directory WHERE kind = ? AND start < ? LIMIT 1", kind, before
            )
        if pages:
            await self._write_beside([("DELETE FROM pair_page WHERE kind = ? AND start = ? AND number = ?", pages)])
        elif left:
            await self._write_beside([("DELETE FROM pair_directory WHERE kind = ? AND start < ?", [(kind, before)])])
        return bool(left)

    async def first_of_pages(self, kind: int, entry: int) -> int:
        """Return where the last segment of a kind that has pages and begins no later than an entry begins, or -1."""
        sql = "SELECT coalesce(max(start), -1) FROM pair_directory WHERE kind = ? AND start <= ?"
        async with self._turn:
            ((start,),) = await self._database.fetch(sql, kind, entry)
        return int(start)

    async def _write_beside(self, changes: Sequence[Change]) -> None:
        """Run a transaction that touches no entry: after an error the connection is opened anew at once.

        A caller who is cancelled lets it end by itself, so that the log can go on.
        """
        await asyncio.shield(self._run_beside(changes))

    async def _run_beside(self, changes: Sequence[Change]) -> None:
        async with self._turn:
            if not self._sound:
                raise RuntimeError("the connection has failed and was not opened anew")
            self._sound = False
            try:
                await self._database.transact(changes)
            except Exception:
                # There or not, no entry was in it: what the log knows of its entries still holds.
                await self._database.reopen()
                self._sound = True
                raise
            self._sound = True

    async def wraps_of(self, epoch: str, after: int, limit: int) -> list[int]:
        """Return the indexes beyond `after` whose key is wrapped under the key of an epoch, at most `limit`."""
        sql = "SELECT idx FROM wrap WHERE epoch = ? AND idx > ? ORDER BY idx LIMIT ?"
        async with self._turn:
            return [int(row[0]) for row in await self._database.fetch(sql, epoch, after, limit)]

    async def unwrap(self, indexes: Sequence[int]) -> None:
        """Delete wrapped keys: the bodies of these entries stay closed for good."""
        await self._write([("DELETE FROM wrap WHERE idx = ?", [(index,) for index in indexes])])

    async def has_epoch(self, epoch: str) -> bool:
        """Tell whether a key of an entry's body is wrapped under the key of this epoch."""
        async with self._turn:
            return bool(await self._database.fetch("SELECT 1 FROM wrap WHERE epoch = ? LIMIT 1", epoch))
