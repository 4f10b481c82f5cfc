"""Writes to an audit log in sittings, telling each acknowledged entry; recorded by `powercut`.

Arguments: the database, how many sittings, entries of a sitting, pages of the write-ahead log before it is carried
over, and `full` or `normal`. With `normal` the connection is set to less than the log asserts, and hides it: the
control that must lose entries.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from gateway.audit.entries.entry import Phase
from gateway.audit.log import AuditLog, LogBounds
from gateway.audit.storage import sqlite
from gateway.audit.storage.sqlite import Connection, SqliteDatabase
from gateway.audit.storage.store import Store
from tests.audit.logs import PROVIDER

WRITERS = 4
BODY = b"b" * 300


class Careless(Connection):
    """Syncs at checkpoints alone and says that it does at each commit."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Turn the one pragma around."""
        if sql == "PRAGMA synchronous = 2":
            sql = "PRAGMA synchronous = 1"
        elif sql == "PRAGMA synchronous":
            sql = "SELECT 2"
        return super().execute(sql, parameters)


async def write(log: AuditLog, who: int, count: int) -> None:
    """Write entries one after the other, some with a body and its key."""
    for number in range(count):
        entry = b"%d %d " % (who, number) + b"x" * (50 * who * who + 10 * (number % 7))
        more: dict[str, Any] = {}
        if who % 2:
            more = {"body": BODY, "wrapped": b"w" * 60, "epoch": "2026-11"}
            entry = b'%d %d "body_digest":"%s" ' % (who, number, sha256(BODY).hexdigest().encode()) + entry
        log.record(b"intent " + entry, exchange_id="x", phase=Phase.INTENT, time_us=1, waits=False)
        receipt = await log.wait_durable(log.record(entry, exchange_id="x", phase=Phase.RELEASE, time_us=1, **more))
        os.write(1, b"%d %s\n" % (receipt.index, receipt.leaf_hash.hex().encode()))


async def main(path: Path, sittings: int, entries: int, factory: type[Connection]) -> None:
    """Open, write, close; the last time go without closing."""
    for sitting in range(sittings):
        store = Store(await SqliteDatabase.open(path, factory))
        log = await AuditLog.open(store, PROVIDER, clock_us=lambda: 1, bounds=LogBounds(checkpoint_seconds=0.05))
        await asyncio.gather(*(write(log, who, entries // WRITERS) for who in range(WRITERS)))
        if sitting == sittings - 1:
            os._exit(0)
        await log.close()


if __name__ == "__main__":
    sqlite.CARRY_PAGES = int(sys.argv[4])  # type: ignore[misc]  # so that a short run carries over often
    factory = Connection if sys.argv[5] == "full" else Careless
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), factory))
