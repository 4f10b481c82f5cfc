"""SQLite as a platform's database: a file that is opened to read only, by a few connections.

Rules: a missing file is an error, never created; a query that is cancelled or runs too long is interrupted, and its
connection is used again only after that.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import aiosqlite

from adapters.contract import PlatformUnavailable
from adapters.mapped import SubjectQuery
from adapters.sql import POOL, STATEMENT_SECONDS


class SqliteDriver:
    """A `sql.Driver` over one file; connections open when they are first needed."""

    def __init__(self, path: Path, *, pool: int = POOL, statement_seconds: float = STATEMENT_SECONDS) -> None:
        self._uri = f"{path.absolute().as_uri()}?mode=ro"
        self._statement_seconds = statement_seconds
        self._gate = asyncio.Semaphore(pool)
        self._idle: list[aiosqlite.Connection] = []
        self._closed = False

    def mark(self, number: int) -> str:
        """Return `?1`, `?2` and so on."""
        return f"?{number}"

    def asked_table(self, columns: int) -> str:
        """Return the SELECT over the lines, packed as one JSON text."""
        taken = ", ".join(f"json_extract(value, '$[{number}]')" for number in range(columns + 1))
        return " ".join(("SELECT", taken, "FROM", f"json_each({self.mark(1)})"))

    def pack(self, asked: Sequence[SubjectQuery]) -> tuple[object, ...]:
        """Return the lines as one JSON text."""
        return (json.dumps([[line.place, *line.values] for line in asked], ensure_ascii=False),)

    async def rows(self, sql: str, parameters: Sequence[object]) -> Sequence[Sequence[object]]:
        """Run a query within the statement's time.

        Raises:
            PlatformUnavailable: the file cannot be read, or the query failed or took too long.
        """
        async with self._gate:
            try:
                connection = self._idle.pop() if self._idle else await self._open_shielded()
            except (sqlite3.Error, OSError) as error:
                raise PlatformUnavailable(f"database file: {type(error).__name__} on opening") from None
            return await self._run(connection, sql, parameters)

    async def _run(
        self, connection: aiosqlite.Connection, sql: str, parameters: Sequence[object]
    ) -> Sequence[Sequence[object]]:
        try:
            async with asyncio.timeout(self._statement_seconds):
                found = await connection.execute_fetchall(sql, tuple(parameters))
        except (sqlite3.Error, UnicodeEncodeError) as error:
            await self._give_back(connection)
            raise PlatformUnavailable(f"database file: {type(error).__name__} on reading") from None
        except BaseException as error:
            await connection.interrupt()
            await asyncio.shield(self._give_back(connection))
            if isinstance(error, TimeoutError):
                raise PlatformUnavailable("database file: the statement took too long") from None
            raise
        await self._give_back(connection)
        return list(found)

    async def _give_back(self, connection: aiosqlite.Connection) -> None:
        if self._closed:
            await connection.close()
        else:
            self._idle.append(connection)

    async def _open_shielded(self) -> aiosqlite.Connection:
        """Open a connection; one that nobody waits for any more is kept, so that its thread has an owner."""
        opening = asyncio.ensure_future(self._open())
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with contextlib.suppress(sqlite3.Error, OSError, PlatformUnavailable):
                await self._give_back(await opening)
            raise

    async def _open(self) -> aiosqlite.Connection:
        if self._closed:
            raise PlatformUnavailable("database file: closed")
        faults: list[sqlite3.Error] = []
        connection = await aiosqlite.Connection(lambda: self._connect(faults), iter_chunk_size=64)
        try:
            if faults:
                raise faults[0]
            await connection.execute_fetchall("PRAGMA query_only = ON")
        except BaseException:
            await connection.close()
            raise
        return connection

    def _connect(self, faults: list[sqlite3.Error]) -> sqlite3.Connection:
        """Connect, in the connection's thread.

        A fault is noted and an empty database put in its place, because the library ends the thread of a connection
        that was made in a way that can be waited for, and of one that failed in a way that cannot.
        """
        try:
            return sqlite3.connect(self._uri, uri=True, isolation_level=None)
        except sqlite3.Error as error:
            faults.append(error)
            return sqlite3.connect(":memory:")

    async def close(self) -> None:
        """Close all connections; a query that still runs closes its own when it ends. Idempotent."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()
