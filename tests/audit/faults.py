"""Faults between a log and its real database: of a transaction before, within and after it, and of opening."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from enum import Enum
from typing import Any

from gateway.audit.storage.database import Change, Database, Value


class Fault(Enum):
    """How a transaction fails."""

    BEFORE = "nothing of it was done"
    WITHIN = "its last statement fails"
    PERSISTED = "it is durable, and yet the caller is told that it failed"


class Faulty:
    """A database whose transactions fail on demand: those in which a statement begins with `statement`."""

    def __init__(self) -> None:
        self.statement = ""
        self.how = Fault.BEFORE
        self.times = 0
        self.opening_fails = 0
        self.openings: asyncio.Queue[int] = asyncio.Queue()
        self.failing = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self._opened = 0

    def over(self, database: Database) -> Database:
        """Stand between a log and this database."""
        self._database = database
        self.origin = database.origin
        return self

    def arm(self, statement: str, how: Fault = Fault.BEFORE, times: int = 1) -> None:
        """Let the next transactions with such a statement fail."""
        self.statement, self.how, self.times = statement, how, times

    async def fetch(self, sql: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Pass on."""
        return await self._database.fetch(sql, *parameters)

    def has_version(self, version: int) -> Change:
        """Pass on."""
        return self._database.has_version(version)

    async def transact(self, changes: Iterable[Change]) -> None:
        """Pass on, or fail."""
        changes = list(changes)
        if not self.times or not any(sql.startswith(self.statement) for sql, _ in changes):
            await self._database.transact(changes)
            return
        self.times -= 1
        self.failing.set()
        await self.gate.wait()
        if self.how is Fault.WITHIN:
            await self._database.transact([*changes, ("INSERT INTO nowhere VALUES (?)", [(1,)])])
        if self.how is Fault.PERSISTED:
            await self._database.transact(changes)
        raise OSError("disk I/O error")

    async def reopen(self) -> None:
        """Pass on, or fail."""
        self._opened += 1
        self.openings.put_nowait(self._opened)
        if self.opening_fails:
            self.opening_fails -= 1
            raise OSError("unable to open database file")
        await self._database.reopen()

    async def close(self) -> None:
        """Pass on."""
        await self._database.close()
