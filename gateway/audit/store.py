"""The audit log on disk: one SQLite database, written by one connection of one process.

Rules:
- Opening never creates. `Store.create` is for setting up a node and refuses where something exists.
- One process writes: an exclusive lock on a file beside the database, held until `close`.
- One connection both writes and checkpoints. SQLite before 3.51.3 can lose a commit when a second connection
  checkpoints while a commit resets the write-ahead log; with one connection that cannot happen. Readers use `reader`,
  which never checkpoints.
- Write-ahead log with `synchronous=FULL`, asserted after it is set: less loses acknowledged entries in a power cut.
- A batch is one transaction: entries, tiles, subject index and wrapped keys. Where there are entries alone it is one
  statement, which commits by itself: one turn of the thread.
- The last entry of each batch carries the root of the tree up to it; the state is therefore never apart from the
  entries.

Whoever can change this file can drop or change entries; what they cannot do is make the receipts and the cosigned
checkpoints that others hold agree with it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiosqlite

from gateway.audit.recovery import State, StoreInvalid, check, load
from gateway.audit.schema import DDL
from gateway.audit.tiles import Tile

Row = tuple[int, bytes, bytes, str, str, int, int, bytes | None]
"""idx, leaf hash, entry, phase, exchange id, page number, time in microseconds, root (last of a batch only)."""

Subject = tuple[bytes, int]
"""Token of a cardholder, idx."""
Wrap = tuple[int, str, bytes]
"""idx, epoch of the key that wraps, wrapped data key."""

Value = int | str | bytes | None
"""A parameter of a statement."""

MAX_BATCH: Final = 256
"""Entries of one transaction; its statement has eight parameters each, and SQLite takes 32,766."""


@dataclass(frozen=True, slots=True)
class Use:
    """An exchange that the log knows: its id, the index of its first entry, and that entry's time."""

    exchange_id: str
    index: int
    time_us: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction adds: at most `MAX_BATCH` rows, the last with its root, and what goes with them."""

    rows: Sequence[Row]
    tiles: Sequence[Tile] = ()
    subjects: Sequence[Subject] = ()
    wraps: Sequence[Wrap] = ()


Connect = Callable[[Path], Awaitable[aiosqlite.Connection]]
"""Opens the one connection to a database that exists."""


async def connect(path: Path) -> aiosqlite.Connection:
    """Open the database for writing; it must exist. No wait for locks: nobody else may hold one."""
    if not os.path.exists(path):  # noqa: ASYNC240, PTH110 - one look, before a thread is started in vain
        raise sqlite3.OperationalError(f"no database at {path}")
    return await aiosqlite.connect(
        f"file:{quote(os.fspath(path))}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=0.0,
        cached_statements=512,
    )


@cache
def _insert(rows: int) -> str:
    return "INSERT INTO entry VALUES " + ",".join(["(?,?,?,?,?,?,?,?)"] * rows)  # noqa: S608 - a count, no text # nosec B608


class Store:
    """The open log. Make it with `open`; not safe for use from several event loops."""

    def __init__(self, path: Path, lock: int, connection: aiosqlite.Connection, connect: Connect, origin: str) -> None:
        self.origin = origin
        self._path = path
        self._lock = lock
        self._connection = connection
        self._connect = connect
        self._turn = asyncio.Lock()
        self._sound = True

    @staticmethod
    async def create(path: Path, origin: str, *, created_us: int) -> None:
        """Make an empty log; its directory must exist.

        Raises:
            StoreInvalid: when there is a file already.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise StoreInvalid(f"expected no log, found {path}. An audit log is never overwritten") from None
        connection = await connect(path)
        try:
            await connection.executescript(DDL)
            await connection.execute("INSERT INTO probe VALUES (1, x'')")
            await connection.execute("INSERT INTO log VALUES (1, ?, ?)", (origin, created_us))
        finally:
            await connection.close()
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    @classmethod
    async def open(cls, path: Path, *, connect: Connect = connect) -> Store:
        """Open a log that exists, as its only writer.

        Raises:
            StoreInvalid: when it is absent, another process writes it, or it is not such a log.
        """
        lock = take_lock(path)
        try:
            connection = await connect(path)
            try:
                origin = await check(connection)
            except BaseException:
                await connection.close()
                raise
        except BaseException as error:
            os.close(lock)
            if isinstance(error, sqlite3.Error):
                raise StoreInvalid(f"the audit log cannot be opened: {error}. Check the disk and {path}") from error
            raise
        return cls(path, lock, connection, connect, origin)

    async def reopen(self) -> None:
        """Drop the connection, which may be in any state, and open a new one; the lock stays held."""
        async with self._turn:
            await _close_quietly(self._connection)
            connection = await self._connect(self._path)
            try:
                origin = await check(connection)
                if origin != self.origin:
                    raise StoreInvalid(f"expected the log of {self.origin}, found that of {origin}")
            except BaseException:
                await _close_quietly(connection)
                raise
            self._connection = connection
            self._sound = True

    async def close(self) -> None:
        """Close the database and give up the lock."""
        async with self._turn:
            await _close_quietly(self._connection)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def append(self, batch: Batch) -> None:
        """Make a batch durable in one transaction.

        When it raises, the rows may be there or not: the caller reopens and looks.
        """
        entries = (_insert(len(batch.rows)), [cell for row in batch.rows for cell in row])
        tiles = [(tile.level, tile.number, tile.hashes) for tile in batch.tiles]
        others = [
            *(("INSERT INTO tile VALUES (?,?,?)", tile) for tile in tiles),
            *(("INSERT INTO subject VALUES (?,?)", subject) for subject in batch.subjects),
            *(("INSERT INTO wrap VALUES (?,?,?)", wrap) for wrap in batch.wraps),
        ]
        if others:
            await self._write([("BEGIN IMMEDIATE", ()), entries, *others, ("COMMIT", ())])
        else:
            await self._write([entries])

    async def save_checkpoint(self, size: int, time_us: int, note: bytes) -> None:
        """Keep a signed checkpoint."""
        await self._write([("INSERT OR REPLACE INTO checkpoint VALUES (?,?,?)", (size, time_us, note))])

    async def save_stamp(self, size: int, time_us: int, token: bytes) -> None:
        """Keep a time stamp (RFC 3161) of the checkpoint of that size."""
        await self._write([("INSERT OR REPLACE INTO stamp VALUES (?,?,?)", (size, time_us, token))])

    async def probe(self) -> None:
        """Write something durably that changes no entry; it takes as much room as a batch would."""
        await self._write([("UPDATE probe SET filler = randomblob(65536)", ())])

    async def _write(self, statements: Sequence[tuple[str, Sequence[Value]]]) -> None:
        """Run statements in order, alone; after an error nothing is written until `reopen`."""
        async with self._turn:
            if not self._sound:
                raise sqlite3.OperationalError("the connection has failed and was not opened anew")
            self._sound = False
            for sql, parameters in statements:
                await self._connection.execute(sql, parameters)
            self._sound = True

    async def load(self) -> State:
        """Read the state and recompute it from the stored bytes.

        Raises:
            StoreInvalid: when what is stored does not agree with itself.
        """
        async with self._turn:
            return await load(self._connection)

    async def last_checkpoint(self) -> tuple[int, bytes]:
        """Return the size and the note of the newest kept checkpoint; (0, b"") when there is none."""
        async with self._turn:
            rows = await self._connection.execute_fetchall(
                "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1"
            )
        for size, note in rows:
            return size, note
        return 0, b""

    async def exchanges_since(self, time_us: int) -> list[Use]:
        """Return the exchanges with an entry at or after a time, the oldest first."""
        sql = (
            "SELECT exchange_id, min(idx), min(time_us) FROM entry WHERE time_us >= ? AND exchange_id <> '' "
            "GROUP BY exchange_id ORDER BY 3, 2"
        )
        async with self._turn:
            return [Use(*row) for row in await self._connection.execute_fetchall(sql, (time_us,))]

    async def first_release(self, exchange_id: str, page: int) -> int:
        """Return the index of the first release of a page of an exchange, or -1."""
        sql = "SELECT coalesce(min(idx), -1) FROM entry WHERE exchange_id = ? AND page = ? AND phase = 'release'"
        async with self._turn:
            for (index,) in await self._connection.execute_fetchall(sql, (exchange_id, page)):
                return int(index)
        return -1


def take_lock(path: Path) -> int:
    """Take the lock of a log's one writer; return its descriptor, which gives it up when closed.

    Raises:
        StoreInvalid: when there is no log, or another process has the lock.
    """
    if not path.is_file():
        raise StoreInvalid(f"expected an audit log, found none at {path}. Set up the node, or restore the log")
    lock = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise StoreInvalid(f"another process writes {path}. Stop it first: a log has one writer") from None
    return lock


async def _close_quietly(connection: aiosqlite.Connection) -> None:
    """Close a connection whose transaction may have failed; the entries are judged from a new one."""
    with suppress(sqlite3.Error, ValueError):
        await connection.close()
