"""The state of this node as a C2SP witness, on disk: it may grow and never begins again.

Rules:
- Opening never creates. `create` belongs to `node init`, and to a witness that begins anew under new keys.
- The database names the keys for which it was made. With other keys, or without a database, nothing is cosigned: a
  witness that forgot what it cosigned could cosign a second history, so it is retired and its keys with it.
- Write-ahead log with `synchronous=FULL`, asserted; what is to be answered is durable before it is.
- One process writes; an exclusive lock on a file beside the database is held until `close`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiosqlite

from gateway.audit.storage.held_files import HeldFiles, carry_over, connect_to_write, is_locked_at
from gateway.audit.tlog.witness import Fork, LastCosigned
from keys.durable import sync

APPLICATION_ID: Final = 0x43595754
"""`application_id` of the database: the letters CYWT."""
VERSION: Final = 1
"""`user_version` of the database."""
RENEW: Final = "Begin anew with new keys: chuanyu node renew-witness, then a new trust bundle to every province"
"""The next step when the state of a witness is lost."""

MEND: Final = (
    "Nothing of it is lost: make room on the disk, and give its directory to the user who runs the node, writable; "
    "then start again"
)
"""The next step when the machine keeps the state from being opened."""

_DDL: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
BEGIN IMMEDIATE;
PRAGMA application_id = 1129928532;
PRAGMA user_version = 1;
CREATE TABLE witness (vkey TEXT PRIMARY KEY, created_us INTEGER NOT NULL) STRICT;
CREATE TABLE witnessed (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note BLOB NOT NULL,
  time_us INTEGER NOT NULL
) STRICT;
CREATE TABLE fork (
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  ours BLOB NOT NULL,
  theirs BLOB NOT NULL,
  time_us INTEGER NOT NULL,
  PRIMARY KEY (origin, size)
) STRICT;
COMMIT;
"""


class WitnessLost(Exception):
    """The state of this witness is absent, another's, or cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class WitnessedLog:
    """The newest cosigned checkpoint of one log, and when it was cosigned, in microseconds since 1970."""

    origin: str
    witnessed: LastCosigned
    time_us: int


class WitnessState:
    """The open state. Make it with `open`; for one event loop."""

    def __init__(self, path: Path, lock: int, connection: aiosqlite.Connection, files: HeldFiles) -> None:
        self._path = path
        self._lock = lock
        self._connection = connection
        self._files = files
        self._turn = asyncio.Lock()
        self._sound = True

    @staticmethod
    async def create(path: Path, vkeys: Sequence[str], *, created_us: int) -> None:
        """Make the state of a witness that has seen nothing, bound to its keys; its directory must exist.

        Raises:
            WitnessLost: there is a file already: a witness never begins again under the same name of a file.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise WitnessLost(f"expected no state of a witness, found {path}. It is never overwritten") from None
        connection = await connect_to_write(path)
        try:
            await connection.executescript(_DDL)
            await connection.executemany("INSERT INTO witness VALUES (?,?)", [(vkey, created_us) for vkey in vkeys])
        finally:
            await connection.close()
        sync(path.parent)

    @classmethod
    async def open(cls, path: Path, vkeys: Sequence[str]) -> WitnessState:
        """Open the state that belongs to these keys.

        Raises:
            WitnessLost: it is absent, damaged, taken by another process, or was made for other keys.
        """
        if not await asyncio.to_thread(path.is_file):
            raise WitnessLost(f"expected the state of the witness, found none at {path}. {RENEW}")
        lock = _take_lock(path)
        try:
            connection = await connect_to_write(path)
            try:
                await _check(connection, vkeys)
                await carry_over(connection, path)
                files = HeldFiles(path)
            except BaseException:
                await connection.close()
                raise
        except BaseException as error:
            os.close(lock)
            if isinstance(error, sqlite3.Error | OSError):
                raise WitnessLost(
                    f"the state of the witness cannot be opened: {error}. {name_remedy(error)}"
                ) from error
            raise
        return cls(path, lock, connection, files)

    async def close(self) -> None:
        """Close the database and give up the lock."""
        async with self._turn:
            with suppress(sqlite3.Error, ValueError):
                await self._connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def read_witnessed(self, origin: str) -> LastCosigned | None:
        """Return what was cosigned last for an origin, or None."""
        rows = await self._read("SELECT size, root, note FROM witnessed WHERE origin = ?", (origin,))
        return LastCosigned(*rows[0]) if rows else None

    async def list_witnessed(self) -> tuple[WitnessedLog, ...]:
        """Return what was cosigned last for every origin."""
        rows = await self._read("SELECT origin, size, root, note, time_us FROM witnessed ORDER BY origin", ())
        return tuple(
            WitnessedLog(origin, LastCosigned(size, root, note), time_us) for origin, size, root, note, time_us in rows
        )

    async def forks(self) -> tuple[Fork, ...]:
        """Return the forks that were found, the oldest first."""
        rows = await self._read("SELECT origin, size, ours, theirs FROM fork ORDER BY time_us", ())
        return tuple(Fork(*row) for row in rows)

    async def remember(self, origin: str, witnessed: LastCosigned | None, fork: Fork | None, time_us: int) -> None:
        """Make the new state of an origin durable; when this returns, the answer may be sent.

        Raises:
            sqlite3.Error, FileMoved: it may be there or not, and nothing may be sent. The next call opens the database
                anew.
        """
        async with self._turn:
            await self._repair()
            self._sound = False
            await self._connection.execute("BEGIN IMMEDIATE")
            if witnessed is not None:
                row = (origin, witnessed.size, witnessed.root, witnessed.note, time_us)
                await self._connection.execute("INSERT OR REPLACE INTO witnessed VALUES (?,?,?,?,?)", row)
            if fork is not None:
                evidence = (origin, fork.size, fork.ours, fork.theirs, time_us)
                await self._connection.execute("INSERT OR IGNORE INTO fork VALUES (?,?,?,?,?)", evidence)
            # The point of no return: from the commit on this size is cosigned, whether or not the answer arrives.
            await self._connection.execute("COMMIT")
            self._files.require_in_place()
            self._sound = True

    async def _read(self, sql: str, parameters: Sequence[str]) -> list[tuple[Any, ...]]:
        async with self._turn:
            await self._repair()
            return [tuple(row) for row in await self._connection.execute_fetchall(sql, parameters)]

    async def _repair(self) -> None:
        """After an error, judge from a new connection: what failed may have been written or not."""
        if self._sound:
            return
        self._files.require_database()  # an older one knows less of what was cosigned: it waits for a start
        with suppress(sqlite3.Error, ValueError):
            await self._connection.close()
        if not is_locked_at(self._path, self._lock):
            former, self._lock = self._lock, _take_lock(self._path)
            os.close(former)
        self._connection = await connect_to_write(self._path)
        await _check(self._connection, ())
        await carry_over(self._connection, self._path)
        self._files = HeldFiles(self._path)
        self._sound = True


def name_remedy(error: Exception) -> str:
    """Return the next step after an error of the state: a disk that is full or closed to us has lost nothing of it."""
    return MEND if isinstance(error, OSError | sqlite3.OperationalError) else RENEW


async def _check(connection: aiosqlite.Connection, vkeys: Sequence[str]) -> None:
    for pragma, wanted in (
        ("application_id", APPLICATION_ID),
        ("user_version", VERSION),
        ("journal_mode", "wal"),
        ("synchronous", 2),
    ):
        if isinstance(wanted, str) or pragma == "synchronous":
            await connection.execute(f"PRAGMA {pragma} = {wanted}")
        for (found,) in await connection.execute_fetchall(f"PRAGMA {pragma}"):
            if found != wanted:
                raise WitnessLost(f"expected the pragma {pragma} to be {wanted}, found {found}. {RENEW}")
    bound = {str(vkey) for (vkey,) in await connection.execute_fetchall("SELECT vkey FROM witness")}
    if vkeys and bound != set(vkeys):
        raise WitnessLost(f"expected the state of the witness with our keys, found that of other keys. {RENEW}")


@contextmanager
def lock_state(path: Path) -> Iterator[None]:
    """Hold the lock of a witness whose state is to begin anew; raises WitnessLost while a node runs."""
    lock = _take_lock(path)
    try:
        yield
    finally:
        os.close(lock)


def _take_lock(path: Path) -> int:
    try:
        lock = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise WitnessLost(f"the lock beside {path} cannot be taken: {error.strerror}. {MEND}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise WitnessLost(f"another process uses {path}. Stop it first: a witness is one process") from None
    return lock
