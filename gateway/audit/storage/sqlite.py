"""The audit log in one SQLite database, written by one connection of one process.

Rules:
- Opening never creates. `create` is for setting up a node and refuses where something exists.
- One process writes: an exclusive lock on a file beside the database, held until `close`.
- One connection both writes and checkpoints. SQLite before 3.51.3 can lose a commit when a second connection
  checkpoints while a commit resets the write-ahead log; with one connection that cannot happen. `readable` never
  checkpoints, because it cannot write.
- Write-ahead log with `synchronous=FULL`, asserted after it is set: less loses acknowledged entries in a power cut.
- A transaction is one turn of the connection's thread.

A user who can change this file can drop or change entries, but cannot make the receipts and the cosigned checkpoints
that others hold agree with it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiosqlite

from gateway.audit.storage.database import Change, Readable, Value
from gateway.audit.storage.held_files import HeldFiles, carry_over, connect_to_write, is_locked_at
from gateway.audit.storage.objects import IN_SQLITE, require_nothing_strange
from gateway.audit.storage.recovery import LogTaken, StoreInvalid, StoreUnreachable
from gateway.audit.storage.schema import (
    APPLICATION_ID,
    MIN_SQLITE,
    READABLE_VERSIONS,
    SCHEMA_VERSION,
    TABLES,
    next_step,
)
from keys.durable import sync

CARRY_PAGES: Final = 4_000
"""Pages in the write-ahead log before a commit carries them over: rare enough that one commit in a hundred waits less
than for the disk, and 32 MB at most to read again after a crash."""


class Connection(sqlite3.Connection):
    """A connection that runs a whole transaction in one call."""

    def executemany(self, sql: str, changes: Iterable[Any], /) -> sqlite3.Cursor:
        """Run the statement `sql` that begins a transaction, then each `Change`, then COMMIT.

        This way in is the one that the asynchronous wrapper passes on; statements are not run by it otherwise.
        """
        self.execute(sql)
        for statement, rows in changes:
            if len(rows) == 1:
                self.execute(statement, rows[0])
            else:
                super().executemany(statement, rows)
        # The point of no return: with synchronous=FULL the write-ahead log is on disk when COMMIT returns.
        # When it raises, the transaction may be there or not; the caller must assume neither.
        return self.execute("COMMIT")


class SqliteDatabase:
    """The open database. Make it with `open`; not safe for use from several event loops."""

    _files: HeldFiles

    def __init__(
        self, path: Path, lock: int, connection: aiosqlite.Connection, factory: type[Connection], version: int
    ) -> None:
        self.origin = ""
        self.version = version
        self._path = path
        self._lock = lock
        self._connection = connection
        self._factory = factory

    @staticmethod
    async def create(path: Path, origin: str, created_us: int) -> None:
        """Make an empty log; its directory must exist.

        Raises:
            StoreInvalid: when there is a file already.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise StoreInvalid(f"expected no log, found {path}. An audit log is never overwritten") from None
        connection = await _connect(path, Connection)
        try:
            for pragma in ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL"):
                await connection.execute(f"PRAGMA {pragma}")
            changes: list[Change] = [(statement, [()]) for statement in TABLES[SCHEMA_VERSION]]
            changes.append((f"PRAGMA application_id = {APPLICATION_ID}", [()]))
            changes.append((f"PRAGMA user_version = {SCHEMA_VERSION}", [()]))
            changes.append(("INSERT INTO log VALUES (1, ?, ?)", [(origin, created_us)]))
            changes.append(("INSERT INTO probe VALUES (1, ?)", [(b"",)]))
            await connection.executemany("BEGIN IMMEDIATE", changes)
        finally:
            await connection.close()
        sync(path.parent)

    @classmethod
    async def open(
        cls, path: Path, factory: type[Connection] = Connection, version: int = SCHEMA_VERSION
    ) -> SqliteDatabase:
        """Open a log of that version of the schema, as its only writer.

        Raises:
            StoreInvalid: when it is absent, another process writes it, or it is not such a log.
        """
        # Lock order: the lock of the one writer first, then the connection; it outlives every reopening.
        lock = take_lock(path)
        try:
            connection = await _connect(path, factory)
            database = cls(path, lock, connection, factory, version)
            try:
                database.origin = await database._check()
            except BaseException:
                await connection.close()
                raise
        except BaseException as error:
            os.close(lock)
            if isinstance(error, sqlite3.Error | OSError):
                raise _describe_unusable(error, path) from error
            raise
        return database

    async def reopen(self) -> None:
        """Drop the connection, which may be in any state, and open a new one; the lock stays held.

        Raises:
            FileMoved: another file stands at the path: which log goes on is judged by a start, not by a running node.
            StoreInvalid, sqlite3.Error, OSError: it is not what it must be.
        """
        self._files.require_database()
        await _close_quietly(self._connection)
        self._keep_lock()
        self._connection = await _connect(self._path, self._factory)
        origin = await self._check()
        if origin != self.origin:
            raise StoreInvalid(f"expected the log of {self.origin}, found that of {origin}")

    async def close(self) -> None:
        """Close the database and give up the lock."""
        await _close_quietly(self._connection)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def fetch(self, sql: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return list(await self._connection.execute_fetchall(sql, parameters))  # type: ignore[arg-type]  # a row is a tuple

    async def transact(self, changes: Iterable[Change]) -> None:
        """Run changes in one transaction, which is durable when this returns; when it raises, it may be or not."""
        await self._connection.executemany("BEGIN IMMEDIATE", changes)
        # Durable, and the file is the one at its path: only both together are the point of no return.
        self._files.require_in_place()

    def _keep_lock(self) -> None:
        """Take the lock anew where its file was removed or replaced: another process could have taken that one."""
        if not is_locked_at(self._path, self._lock):
            former, self._lock = self._lock, take_lock(self._path)
            os.close(former)

    @staticmethod
    def has_version(version: int) -> Change:
        """Return the change that says of which version of the schema the log is."""
        return f"PRAGMA user_version = {version}", [()]

    async def _check(self) -> str:
        """Set and assert what durability rests on, make durable what was found; return the origin."""
        if sqlite3.sqlite_version_info < MIN_SQLITE:
            raise StoreInvalid(f"expected SQLite {MIN_SQLITE} or later, found {sqlite3.sqlite_version}. Upgrade it")
        for pragma, wanted in (
            ("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1),
            ("wal_autocheckpoint", CARRY_PAGES),
        ):  # fmt: skip
            await self._connection.execute(f"PRAGMA {pragma} = {wanted}")
            ((found,),) = await self.fetch(f"PRAGMA {pragma}")
            if found != wanted:
                raise StoreInvalid(f"expected the pragma {pragma} to be {wanted}, found {found}. Check the file system")
        for pragma, wanted in (("application_id", APPLICATION_ID), ("user_version", self.version)):
            ((found,),) = await self.fetch(f"PRAGMA {pragma}")
            if found != wanted:
                raise StoreInvalid(
                    f"expected the pragma {pragma} to be {wanted}, found {found}. "
                    + (next_step(found) if pragma == "user_version" else "This is no such audit log")
                )
        require_nothing_strange(self.version, await self.fetch(IN_SQLITE), in_file=True)
        await carry_over(self._connection, self._path)
        self._files = HeldFiles(self._path)
        for (origin,) in await self.fetch("SELECT origin FROM log WHERE id = 1"):
            return str(origin)
        raise StoreInvalid("expected the name of the log, found none. Restore the log")


def take_lock(path: Path) -> int:
    """Take the lock of a log's one writer; return its descriptor, which gives it up when closed.

    Raises:
        StoreInvalid: when there is no log, or another process has the lock.
    """
    if not path.is_file():
        raise StoreInvalid(f"expected an audit log, found none at {path}. Set up the node, or restore the log")
    beside = path.with_name(path.name + ".lock")
    try:
        lock = os.open(beside, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreUnreachable(
            f"expected a lock that can be taken at {beside}, found: {error.strerror}. "
            "Give the directory to the user who runs the node, on a disk that is writable and has room"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise LogTaken(f"another process writes {path}. Stop it first: a log has one writer") from None
    # The lock is taken before the database is read. The kernel gives it up when the process ends, however it ends.
    return lock


async def _connect(path: Path, factory: Callable[..., Connection]) -> aiosqlite.Connection:
    """Open the database for writing; it must exist. No wait for locks: nobody else may hold one."""
    if not os.path.exists(path):  # noqa: ASYNC240, PTH110 - one look, before a thread is started in vain
        raise sqlite3.OperationalError(f"no database at {path}")
    return await connect_to_write(path, factory, cached=64)


async def _close_quietly(connection: aiosqlite.Connection) -> None:
    """Close a connection whose transaction may have failed; the entries are judged from a new one."""
    with suppress(sqlite3.Error, ValueError):
        await connection.close()


def _describe_unusable(error: Exception, path: Path) -> StoreInvalid:
    """Return the error of a log that cannot be used: out of our reach, or damaged, as SQLite tells them apart."""
    if isinstance(error, OSError | sqlite3.OperationalError):
        return StoreUnreachable(
            f"the audit log cannot be opened: {error}. Check that the disk of {path} has room and is writable, and "
            "that this is the user who runs the node"
        )
    return StoreInvalid(f"the audit log cannot be read: {error}. Restore {path} from its backup")


def readable(path: Path) -> tuple[Readable, str, int]:
    """Open a log that exists for reading only; return the connection, the origin and the version of the schema.

    Where the directory cannot be written and nobody writes the log, it is read as it lies.

    Raises:
        StoreInvalid: when there is none, or it is not such a log.
    """
    if not path.is_file():
        raise StoreInvalid(f"expected an audit log, found none at {path}. Name the node's data directory")
    try:
        connection = _read_only(path)
    except (sqlite3.Error, OSError) as error:
        raise _describe_unusable(error, path) from error
    try:
        for pragma, wanted in (("application_id", (APPLICATION_ID,)), ("user_version", READABLE_VERSIONS)):
            (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
            if found not in wanted:
                raise StoreInvalid(f"expected the pragma {pragma} to be one of {wanted}, found {found}")
        named = connection.execute("SELECT origin FROM log WHERE id = 1").fetchone()
        if named is None:
            raise StoreInvalid("expected the name of the log, found none. Restore the log")
    except (sqlite3.Error, UnicodeDecodeError) as error:  # what SQLite says of a damaged schema may be no text
        connection.close()
        raise _describe_unusable(error, path) from error
    except StoreInvalid:
        connection.close()
        raise
    return connection, str(named[0]), int(found)


def _read_only(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(os.fsencode(path))}?mode=ro"
    try:
        connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=5.0)
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        if path.with_name(path.name + "-wal").exists():
            raise _describe_unusable(error, path) from error
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    return connection
