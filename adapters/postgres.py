"""PostgreSQL, or a database that speaks its protocol, as a platform's database. Needs the extra `postgres` (asyncpg).

Rules: every session is read-only and bounds its statements; a small pool; the database's own error texts, which may
repeat values, are dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from adapters.contract import PlatformUnavailable
from adapters.mapped import SubjectQuery
from adapters.sql import POOL, STATEMENT_SECONDS

_CONNECT_SECONDS = 5.0


class PostgresDriver:
    """A `sql.Driver` over one DSN; the pool opens when it is first needed."""

    def __init__(self, dsn: str, *, pool: int = POOL, statement_seconds: float = STATEMENT_SECONDS) -> None:
        self._dsn = dsn
        self._size = pool
        self._statement_seconds = statement_seconds
        self._opening = asyncio.Lock()
        self._pool: Any = None
        self._closed = False

    def mark(self, number: int) -> str:
        """Return `$1`, `$2` and so on."""
        return f"${number}"

    def asked_table(self, columns: int) -> str:
        """Return the SELECT over the lines, packed as one array a column."""
        arrays = (f"{self.mark(1)}::int4[]", *(f"{self.mark(number + 2)}::text[]" for number in range(columns)))
        return " ".join(("SELECT * FROM", f"unnest({', '.join(arrays)})"))

    def pack(self, asked: Sequence[SubjectQuery]) -> tuple[object, ...]:
        """Return the lines as one list a column."""
        return ([line.place for line in asked], *map(list, zip(*(line.values for line in asked), strict=True)))

    async def rows(self, sql: str, parameters: Sequence[object]) -> Sequence[Sequence[object]]:
        """Run a query within the statement's time.

        Raises:
            PlatformUnavailable: no connection, or the query failed or took too long.
        """
        try:
            pool = self._pool or await self._open()
            async with pool.acquire(timeout=_CONNECT_SECONDS) as connection:
                return [tuple(record) for record in await connection.fetch(sql, *parameters)]
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            raise PlatformUnavailable(f"database: {type(error).__name__}") from None

    async def _open(self) -> Any:
        async with self._opening:
            if self._closed:
                raise PlatformUnavailable("database: closed")
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=1,
                    max_size=self._size,
                    timeout=_CONNECT_SECONDS,
                    command_timeout=self._statement_seconds,
                    server_settings={
                        "application_name": "chuanyu-adapter",
                        "default_transaction_read_only": "on",
                        "statement_timeout": str(int(self._statement_seconds * 1000)),
                    },
                )
            return self._pool

    async def close(self) -> None:
        """Close the pool; idempotent."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()
