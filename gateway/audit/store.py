"""The audit log on disk: one SQLite database, written by one connection of one process.

Rules:
- Opening never creates. `Store.create` is for setting up a node and refuses where something exists.
- One process writes: an exclusive lock on a file beside the database, held until `close`.
- One connection both writes and checkpoints. SQLite before 3.51.3 can lose a commit when a second connection checkpoints
  while a commit resets the write-ahead log; with one connection that cannot happen. Readers use `reader`, which never
  checkpoints.
- Write-ahead log with `synchronous=FULL`, asserted after it is set: less loses acknowledged entries in a power cut.
- A batch is one transaction. Where no tile fills it is one statement, which commits by itself: one turn of the thread.
- The last entry of each batch carries the root of the tree up to it; the state is therefore never apart from the entries.

Whoever can change this file can drop or change entries; what they cannot do is make the receipts and the cosigned
checkpoints that others hold agree with it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import aiosqlite

from gateway.audit.schema import APPLICATION_ID, DDL, MIN_SQLITE, SCHEMA_VERSION
from gateway.audit.tiles import TILE_BITS, TILE_WIDTH, Tail, Tile, split_hashes, tail_widths
from gateway.audit.tree import EMPTY_ROOT, Tree, leaf_hash, root_of

Row = tuple[int, bytes, bytes, str, str, int, int, bytes | None]
"""idx, leaf hash, entry, phase, exchange id, page number, time in microseconds, root (last of a batch only)."""

MAX_BATCH: Final = 256
"""Entries of one transaction; its statement has eight parameters each, and SQLite takes 32,766."""


class StoreInvalid(Exception):
    """The log on disk is absent, taken, or not what it must be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Use:
    """An exchange that the log knows: its id, the index of its first entry, and that entry's time."""

    exchange_id: str
    index: int
    time_us: int


@dataclass(frozen=True, slots=True)
class State:
    """The log as it was found: its size and root, and what is needed to append to it."""

    size: int
    root: bytes
    tree: Tree
    tail: Tail


Connect = Callable[[Path], Awaitable[aiosqlite.Connection]]
"""Opens the one connection to a database that exists."""


async def connect(path: Path) -> aiosqlite.Connection:
    """Open the database for writing; it must exist. No wait for locks: nobody else may hold one."""
    return await aiosqlite.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0.0, cached_statements=512
    )


@cache
def _insert(rows: int) -> str:
    return "INSERT INTO entry VALUES " + ",".join(["(?,?,?,?,?,?,?,?)"] * rows)


class Store:
    """The open log. Make it with `open`; not safe for use from several event loops."""

    def __init__(self, path: Path, lock: int, connection: aiosqlite.Connection, connect: Connect, origin: str) -> None:
        self.origin = origin
        self._path = path
        self._lock = lock
        self._connection = connection
        self._connect = connect
        self._turn = asyncio.Lock()

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
        if not path.is_file():
            raise StoreInvalid(f"expected an audit log, found none at {path}. Set up the node, or restore the log")
        lock = _take_lock(path)
        try:
            connection = await connect(path)
            try:
                origin = await _check(connection)
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
                origin = await _check(connection)
                if origin != self.origin:
                    raise StoreInvalid(f"expected the log of {self.origin}, found that of {origin}")
            except BaseException:
                await _close_quietly(connection)
                raise
            self._connection = connection

    async def close(self) -> None:
        """Close the database and give up the lock."""
        async with self._turn:
            await _close_quietly(self._connection)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def append(self, rows: Sequence[Row], tiles: Sequence[Tile]) -> None:
        """Make rows and tiles durable in one transaction; at most `MAX_BATCH` rows, the last with its root.

        When it raises, the rows may be there or not: the caller reopens and looks.
        """
        flat = [cell for row in rows for cell in row]
        async with self._turn:
            run = self._connection.execute
            if not tiles:
                await run(_insert(len(rows)), flat)
                return
            await run("BEGIN IMMEDIATE")
            await run(_insert(len(rows)), flat)
            for tile in tiles:
                await run("INSERT INTO tile VALUES (?,?,?)", (tile.level, tile.number, tile.hashes))
            await run("COMMIT")

    async def save_checkpoint(self, size: int, time_us: int, note: bytes) -> None:
        """Keep a signed checkpoint."""
        async with self._turn:
            await self._connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (?,?,?)", (size, time_us, note))

    async def probe(self) -> None:
        """Write something durably that changes no entry; it takes as much room as a batch would."""
        async with self._turn:
            await self._connection.execute("UPDATE probe SET filler = randomblob(65536)")

    async def load(self) -> State:
        """Read the state and recompute it from the stored bytes.

        Raises:
            StoreInvalid: when what is stored does not agree with itself.
        """
        async with self._turn:
            return await _load(self._connection)

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


def _take_lock(path: Path) -> int:
    lock = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise StoreInvalid(f"another process writes {path}. Stop it first: a log has one writer") from None
    return lock


async def _close_quietly(connection: aiosqlite.Connection) -> None:
    """Close a connection whose transaction may have failed; the entries are judged from a new one."""
    try:
        await connection.close()
    except (sqlite3.Error, ValueError):
        connection.stop()


async def _scalar(connection: aiosqlite.Connection, sql: str) -> object:
    for row in await connection.execute_fetchall(sql):
        return row[0]
    return None


async def _check(connection: aiosqlite.Connection) -> str:
    """Set and assert what durability rests on; return the origin.

    The write-ahead log is carried over at once: after a failed sync the system may hold pages for clean that never
    reached the disk, so what was found is written once more before anything is built on it.
    """
    if sqlite3.sqlite_version_info < MIN_SQLITE:
        raise StoreInvalid(f"expected SQLite {MIN_SQLITE} or later, found {sqlite3.sqlite_version}. Upgrade it")
    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        await connection.execute(f"PRAGMA {pragma} = {wanted}")
        found = await _scalar(connection, f"PRAGMA {pragma}")
        if found != wanted:
            raise StoreInvalid(f"expected the pragma {pragma} to be {wanted}, found {found}. Check the file system")
    for pragma, wanted in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
        found = await _scalar(connection, f"PRAGMA {pragma}")
        if found != wanted:
            raise StoreInvalid(f"expected the pragma {pragma} to be {wanted}, found {found}. This is no such audit log")
    for row in await connection.execute_fetchall("PRAGMA wal_checkpoint(FULL)"):
        if tuple(row)[0] or row[1] != row[2]:
            raise StoreInvalid(f"expected a complete write-ahead log checkpoint, found {tuple(row)}. A reader holds it up")
    return str(await _scalar(connection, "SELECT origin FROM log"))


async def _load(connection: aiosqlite.Connection) -> State:
    size, root = 0, EMPTY_ROOT
    for index, value in await connection.execute_fetchall("SELECT idx, root FROM entry ORDER BY idx DESC LIMIT 1"):
        if value is None:
            raise StoreInvalid(f"entry {index} is the last one but has no root. Run chuanyu audit verify")
        size, root = index + 1, value
    levels: list[list[bytes]] = []
    for level, width in enumerate(tail_widths(size)):
        end = size >> TILE_BITS * level
        read = _tail_tiles(connection, level, end - width, end) if level else _tail_leaves(connection, end - width, end)
        levels.append(await read)
    tail = Tail(size, levels)
    tree = Tree(size, tail.frontier())
    if tree.root() != root:
        raise StoreInvalid(f"the stored root of size {size} does not follow from the entries. Run chuanyu audit verify")
    return State(size, root, tree, tail)


async def _tail_leaves(connection: aiosqlite.Connection, start: int, end: int) -> list[bytes]:
    sql = "SELECT idx, leaf_hash, octets FROM entry WHERE idx >= ? ORDER BY idx"
    leaves = []
    for expected, (index, leaf, octets) in enumerate(await connection.execute_fetchall(sql, (start,)), start):
        if index != expected or leaf_hash(octets) != leaf:
            raise StoreInvalid(f"entry {expected} is missing or altered. Run chuanyu audit verify")
        leaves.append(leaf)
    if len(leaves) != end - start:
        raise StoreInvalid(f"expected {end - start} entries from {start}, found {len(leaves)}. Run chuanyu audit verify")
    return leaves


async def _tail_tiles(connection: aiosqlite.Connection, level: int, start: int, end: int) -> list[bytes]:
    """The roots of the full tiles of the level below."""
    sql = "SELECT number, hashes FROM tile WHERE level = ? AND number >= ? ORDER BY number"
    roots = []
    for expected, (number, octets) in enumerate(await connection.execute_fetchall(sql, (level - 1, start)), start):
        if number != expected or len(octets) != TILE_WIDTH * 32:
            raise StoreInvalid(f"tile {level - 1}/{expected} is missing or altered. Run chuanyu audit verify")
        roots.append(root_of(split_hashes(octets)))
    if len(roots) != end - start:
        raise StoreInvalid(f"expected {end - start} tiles of level {level - 1} from {start}, found {len(roots)}")
    return roots
