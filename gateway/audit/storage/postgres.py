"""The audit log in a schema of a PostgreSQL database, written by one session.

Rules:
- Opening never creates. `create` refuses where the schema has tables.
- One session writes: it holds an advisory lock of the log until it ends. The lock and the commits belong to the same
  session, so a session that lost the lock can no longer commit, and its successor sees every commit of it.
- `fsync`, `full_page_writes` and `synchronous_commit` are asserted to be on: less loses acknowledged entries.
- A statement that takes longer than `PATIENCE` counts as failed; the log then stops, reopens and looks.

The administrator of the server can drop or change entries, as with a file; receipts and cosigned checkpoints show it.

The driver is an extra: without it the import of this module raises StoreInvalid.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import count
from typing import Any, Final

from gateway.audit.storage.database import Change, Cursor, PostgresPlace, Value
from gateway.audit.storage.objects import IN_POSTGRES, VERSION_TABLE, require_nothing_strange
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import READABLE_VERSIONS, SCHEMA_VERSION, TABLES, in_postgres, next_step
from gateway.audit.storage.session import (
    FAULTS,
    LOCK_PATIENCE_MS,
    PATIENCE,
    assert_safe,
    connect,
    describe_unusable,
    lock_key,
    name_holder,
    require_lock,
    require_own_session,
    take_lock,
)

READING: Final = 300.0
"""Seconds for a statement of a reader, which may walk a large index."""
_OUR_TABLES: Final = "SELECT table_name FROM information_schema.tables WHERE table_schema = $1"
"""A log is made in a schema that has no tables, so that all of them are its own."""
_MEDDLERS: Final = """SELECT relname::text FROM pg_class c WHERE relnamespace = current_schema()::regnamespace AND (
  relrowsecurity OR relhasrules AND EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid)
  OR relhastriggers AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)) LIMIT 1"""
"""A relation of the schema at which a statement may do another thing than it says, and report success."""


class PostgresDatabase:
    """The open log. Make it with `open`; not safe for use from several event loops."""

    def __init__(self, place: PostgresPlace, connection: Any, origin: str, version: int) -> None:
        self.origin = origin
        self.version = version
        self._place = place
        self._connection = connection

    @staticmethod
    async def create(place: PostgresPlace, origin: str, created_us: int) -> None:
        """Make an empty log in a schema that is absent or empty.

        Raises:
            StoreInvalid: when there are tables already, or the server does not let us.
        """
        try:
            connection = await connect(place, PATIENCE)
            try:
                await require_own_session(connection)
                await assert_safe(connection)
                async with connection.transaction():
                    # Held until the commit: where a writer has the lock, nothing is made.
                    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock_key(place.schema)):
                        raise await name_holder(connection, place.schema)
                    await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{place.schema}"')
                    if await connection.fetch(_OUR_TABLES, place.schema):
                        raise StoreInvalid(
                            f"expected no tables in the schema {place.schema}, found some. "
                            "An audit log is never overwritten. Name another schema with --audit-schema"
                        )
                    for statement in (*TABLES[SCHEMA_VERSION], VERSION_TABLE):
                        await connection.execute(_translate(statement))
                    await connection.execute("INSERT INTO version VALUES ($1)", SCHEMA_VERSION)
                    await connection.execute("INSERT INTO probe VALUES (1, $1)", b"")
                    await connection.execute("INSERT INTO log VALUES (1, $1, $2)", origin, created_us)
            finally:
                await connection.close()
        except FAULTS as error:
            raise describe_unusable(error) from error

    @classmethod
    async def open(cls, place: PostgresPlace, version: int = SCHEMA_VERSION) -> PostgresDatabase:
        """Open a log of that version of the schema, as its only writer.

        Raises:
            StoreInvalid: when it is absent, another session writes it, or the server is not set up for it.
        """
        try:
            connection, origin = await _open(place, version)
        except FAULTS as error:
            raise describe_unusable(error) from error
        return cls(place, connection, origin, version)

    @staticmethod
    async def discard(place: PostgresPlace, origin: str, created_us: int) -> bool:
        """Take away a log that was made just now and is not to be; tell whether it was there.

        Only the log of that origin and that microsecond goes, while nobody writes it and it has one entry at most.

        Raises:
            StoreInvalid: the server does not let us.
        """
        mine = "SELECT EXISTS (SELECT 1 FROM log WHERE origin = $1 AND created_us = $2)"
        try:
            connection = await connect(place, PATIENCE)
            try:
                async with connection.transaction():
                    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock_key(place.schema)):
                        return False
                    if not await connection.fetchval("SELECT to_regclass('log') IS NOT NULL"):
                        return False
                    if not await connection.fetchval(mine, origin, created_us):
                        return False
                    if await connection.fetchval("SELECT count(*) FROM entry") > 1:
                        return False
                    # The point of no return: a log with an exchange in it has more entries, and stays.
                    for (table,) in await connection.fetch(_OUR_TABLES, place.schema):
                        await connection.execute(f'DROP TABLE "{place.schema}"."{table}"')
                    return True
            finally:
                await connection.close()
        except FAULTS as error:
            raise describe_unusable(error) from error

    async def reopen(self) -> None:
        """Drop the session, which may be in any state, and begin a new one, which takes the lock anew.

        The server ends the old session in its own time, so the new one waits a little for the lock.

        Raises:
            StoreInvalid, asyncpg.PostgresError, OSError: it is not what it must be, or the lock is not free yet.
        """
        self._connection.terminate()
        self._connection, origin = await _open(self._place, self.version, patience_ms=LOCK_PATIENCE_MS)
        if origin != self.origin:
            raise StoreInvalid(f"expected the log of {self.origin}, found that of {origin}")

    async def close(self) -> None:
        """End the session; the server gives the lock up with it."""
        with suppress(*FAULTS):
            await self._connection.close(timeout=PATIENCE)

    async def fetch(self, sql: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return [tuple(row) for row in await self._connection.fetch(_translate(sql), *parameters)]

    async def transact(self, changes: Iterable[Change]) -> None:
        """Run changes in one transaction, which is durable when this returns; when it raises, it may be or not.

        Raises:
            StoreInvalid: a rule, a trigger or row security may have changed what was written; nothing is there then.
        """
        async with self._connection.transaction():
            for statement, rows in changes:
                if len(rows) == 1:
                    await self._connection.execute(_translate(statement), *rows[0])
                else:
                    await self._connection.executemany(_translate(statement), rows)
            # The statements hold locks on their tables, so whatever met them is there to be seen, and no more can come.
            if (found := await self._connection.fetchval(_MEDDLERS)) is not None:
                raise StoreInvalid(
                    f"expected tables that keep what is written, found a rule, a trigger or row security at {found}. "
                    "Run chuanyu audit verify"
                )
        # COMMIT has returned with synchronous_commit on: the point of no return. If it raised, either may be true.

    @staticmethod
    def has_version(version: int) -> Change:
        """Return the change that says of which version of the schema the log is."""
        return "UPDATE version SET number = ?", [(version,)]


@cache
def _translate(sql: str) -> str:
    """A statement in the words of PostgreSQL, whose parameters have numbers; our statements have no other `?`."""
    numbers = count(1)
    sql = re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
    return in_postgres(sql) if sql.startswith("CREATE TABLE") else sql


async def _open(place: PostgresPlace, version: int, *, patience_ms: int = 0) -> tuple[Any, str]:
    connection = await connect(place, PATIENCE)
    try:
        await require_own_session(connection)  # before the lock: in a pooled session it would be left behind
        await assert_safe(connection)
        if not await take_lock(connection, lock_key(place.schema), patience_ms):
            raise await name_holder(connection, place.schema)
        # The lock is taken, by the session that will commit: a session that loses it can commit no more.
        await require_lock(connection, lock_key(place.schema))
        found, origin = await _identity(connection, place.schema)
        if found != version:
            raise StoreInvalid(f"expected a log of version {version}, found {found}. {next_step(found)}")
        stored = await connection.fetch(_translate(IN_POSTGRES), place.schema)
        require_nothing_strange(version, map(tuple, stored), in_file=False)
        return connection, origin
    except BaseException:
        connection.terminate()
        raise


async def _identity(connection: Any, schema: str) -> tuple[int, str]:
    """The version of the log's schema, and its origin."""
    if await connection.fetchval("SELECT to_regclass('version') IS NULL OR to_regclass('log') IS NULL"):
        raise StoreInvalid(f"expected an audit log, found none in the schema {schema}. Set up the node, or restore it")
    found = await connection.fetchval("SELECT number FROM version")
    if found not in READABLE_VERSIONS:
        raise StoreInvalid(f"expected a log of version {SCHEMA_VERSION}, found {found}. {next_step(found)}")
    origin = await connection.fetchval("SELECT origin FROM log WHERE id = 1")
    if origin is None:
        raise StoreInvalid("expected the name of the log, found none. Restore the log")
    return int(found), str(origin)


class _Rows:
    """The rows of a query, all of them."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class PostgresReadable:
    """A session that cannot write, for callers that do not run on an event loop; a thread of its own runs one."""

    def __init__(self, place: PostgresPlace) -> None:
        """Open a log that exists.

        Raises:
            StoreInvalid: when there is none, or it cannot be read.
        """
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="audit reader", daemon=True)
        self._thread.start()
        try:
            self._connection = self._run(connect(place, READING, default_transaction_read_only="on"))
            self.version, self.origin = self._run(_identity(self._connection, place.schema))
        except FAULTS as error:
            self.close()
            raise describe_unusable(error) from error
        except BaseException:
            self.close()
            raise

    def execute(self, sql: str, parameters: Sequence[Value] = (), /) -> Cursor:
        """Run a query.

        Raises:
            OSError: the server refused it or is gone.
        """
        try:
            rows = self._run(self._connection.fetch(_translate(sql), *parameters))
        except FAULTS as error:
            raise OSError(f"{type(error).__name__}: {error}") from error
        return _Rows([tuple(row) for row in rows])

    def close(self) -> None:
        """End the session and its thread."""
        if hasattr(self, "_connection"):
            with suppress(*FAULTS):
                self._run(self._connection.close(timeout=PATIENCE))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
