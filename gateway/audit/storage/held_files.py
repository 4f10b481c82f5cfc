"""The files of an open SQLite database: whether they are still those at its path, and how what they hold is made sure.

An open file lives on when its name is removed or given to another file: writes to it succeed and are lost. So each
commit is followed by a comparison of device and inode of the database, its write-ahead log, its index and its lock.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiosqlite

SUFFIXES: Final = ("", "-wal", "-shm", ".lock")
"""The endings of what belongs to one open database: itself, its write-ahead log, the index of that, its lock."""
PIECE: Final = 1 << 20
"""Bytes of the write-ahead log that are written again at a time."""

_Identity = tuple[int, int]


class FileMoved(Exception):
    """The file of an open database is no longer the one at its path; what was committed there is not safe."""


class HeldFiles:
    """The identities of the files of one open database, as they were when it was opened."""

    def __init__(self, path: Path) -> None:
        """Remember which files lie at the path now; they must all be there."""
        self._path = path
        self._names = [path.with_name(path.name + suffix) for suffix in SUFFIXES]
        self._identities = [_identify(name) for name in self._names]

    def require_in_place(self) -> None:
        """Return if each file is still the one at its path. The kernel knows the names: no disk is waited for.

        Raises:
            FileMoved: one was removed or replaced.
        """
        for name, identity in zip(self._names, self._identities, strict=True):
            _require(name, identity)

    def require_database(self) -> None:
        """Return if the database itself is still the one at its path; the rest goes and comes with a connection.

        Raises:
            FileMoved: it was removed or replaced.
        """
        _require(self._names[0], self._identities[0])


def _require(name: Path, identity: _Identity) -> None:
    try:
        found: _Identity | None = _identify(name)
    except OSError:
        found = None
    if found != identity:
        what = "none" if found is None else "another one"
        raise FileMoved(
            f"expected the open file at {name}, found {what}. It was removed or replaced under the running node, and "
            "what was written since is not at its path. Stop the node, and put back the newest whole copy"
        )


def _identify(name: Path) -> _Identity:
    state = name.stat()
    return state.st_dev, state.st_ino


def is_locked_at(path: Path, lock: int) -> bool:
    """Tell whether the lock that a descriptor holds is still the one beside the database at a path."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(lock), path.with_name(path.name + ".lock").stat())
    return False


def find_holders(lock: Path) -> tuple[int, ...]:
    """Return the processes that hold the lock of a file, as the kernel lists them; the lock itself is not touched.

    A process of another container is listed as 0.
    """
    try:
        inode = str(lock.stat().st_ino)
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    rows = [line.split() for line in lines if " FLOCK " in line and "->" not in line]
    return tuple(int(row[4]) for row in rows if row[5].rpartition(":")[2] == inode)


async def connect_to_write(
    path: Path, factory: Callable[..., sqlite3.Connection] = sqlite3.Connection, cached: int = 128
) -> aiosqlite.Connection:
    """Open a database for writing; it must exist. No wait for locks: nobody else may hold one.

    Raises:
        sqlite3.Error: it is absent or cannot be opened.
    """
    address = f"file:{quote(os.fsencode(path))}?mode=rw"
    connection = aiosqlite.connect(
        address, uri=True, isolation_level=None, timeout=0.0, cached_statements=cached, factory=factory
    )
    try:
        return await connection
    except BaseException:
        # The library's thread answers the loop once more, and would fail loudly where that is closed by then.
        await asyncio.to_thread(connection._thread.join)
        raise


async def carry_over(connection: aiosqlite.Connection, path: Path) -> None:
    """Make what was found in the write-ahead log durable, before anything is built on it; no reader stops that.

    After a failed sync the system may hold pages for clean that never reached the disk. The log is carried over into
    the database, which writes each page once more. A reader with an open transaction holds that up; then the log itself
    is written once more where it lies, byte for byte, and synced: after a power cut it can be read as it is now.

    Raises:
        OSError, sqlite3.Error: the disk did not take it.
    """
    for busy, frames, carried in await connection.execute_fetchall("PRAGMA wal_checkpoint(FULL)"):
        if busy or frames != carried:
            await asyncio.to_thread(_write_again, path.with_name(path.name + "-wal"))


def _write_again(path: Path) -> None:
    """Write a file's bytes where they are, and sync. Only its one writer may: the bytes do not change meanwhile.

    SQLite locks the database and its index, never this file: opening and closing it here gives up no lock.
    """
    with path.open("r+b", buffering=0) as file:
        at = 0
        while piece := os.pread(file.fileno(), PIECE, at):
            at += os.pwrite(file.fileno(), piece, at)
        os.fsync(file.fileno())
