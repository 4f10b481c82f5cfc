"""A small audit log on disk for tests: made, written with real entries, and reopened."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from gateway.audit.entries import writing
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.references import References
from gateway.audit.exchange import ProviderExchange
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog, LogBounds
from gateway.audit.receipts import PeerLog
from gateway.audit.storage.database import Database, LogPlace, PostgresPlace, Value
from gateway.audit.storage.store import Store, open_database
from gateway.ground.evidence import (
    NO_ENTRY,
    Arrival,
    Caller,
    Column,
    GatedPage,
    NodeUri,
    Operator,
    Page,
    Receipt,
    RequestId,
)
from gateway.ground.item import Kind, Outcome
from gateway.ground.refusals import Reason, Refusal
from tests.audit.signing import LogKey
from tests.samples import NOW_US, arrival, ask, grant
from tests.wide import budgets

Schema = Callable[[], PostgresPlace | None]
"""Names a schema for a log, another one each time; none for a log in a file."""

PROVIDER = LogKey("log.sichuan.example/1")
ASKER = LogKey("log.chongqing.example/1", seed=2)
BOUNDS = LogBounds(checkpoint_seconds=3600)
"""Checkpoints are kept at the end alone."""
NODE = NodeUri("spiffe://chongqing.example/node/1")
CALLER = Caller(
    NODE, NodeUri("spiffe://chongqing.example/app/1"), "500000", "f" * 64, "cq-hrss", Operator("", ""), NO_ENTRY
)
MONTH = EpochKey.of(bytes(range(64)))
EPOCHS = Epochs({"2026-11": MONTH})
BOOK = writing.LogIdentity(
    PROVIDER.name, "spiffe://sichuan.example/node/1", References(b"k" * 32, "510000", EPOCHS.salt), EPOCHS
)
PAGE = Page(
    1,
    (Column("card_status", Kind.STRING, ("1",)), Column("valid_to", Kind.DATE, (date(2030, 1, 31),))),
    (Outcome.FOUND,),
)
CLEARED = GatedPage(PAGE, 0, True, "ab" * 32)


def database(directory: Path) -> Path:
    """Where the log of a node lies."""
    return directory / "audit" / "log.db"


async def create(directory: Path, key: LogKey = PROVIDER) -> Path:
    """Make an empty log, with its public key beside it."""
    path = database(directory)
    path.parent.mkdir(parents=True)
    await Store.create(path, key.name, created_us=NOW_US)
    path.with_name("log.vkey").write_text(f"{key.vkey}\n", encoding="utf-8")
    return path


async def server(place: PostgresPlace, sql: str, *parameters: object) -> Any:
    """Ask the server in which a log lies, as its administrator, in the log's schema; return the first value."""
    import asyncpg

    dsn = place.dsn_file.read_text(encoding="utf-8").strip()
    connection = await asyncpg.connect(dsn, server_settings={"search_path": place.schema})
    try:
        return await connection.fetchval(sql, *parameters)
    finally:
        await connection.close()


async def copied(place: PostgresPlace, to: PostgresPlace, origin: str) -> PostgresPlace:
    """Copy a log into a schema that is not there, within one server; return the copy."""
    await Store.create(to, origin, created_us=NOW_US)
    for table in ("entry", "tile", "checkpoint", "pair_directory", "pair_page", "body", "wrap", "stamp"):
        await server(to, f"INSERT INTO {table} TABLE {place.schema}.{table}")
    return to


@asynccontextmanager
async def opened(
    place: LogPlace,
    *,
    key: LogKey = PROVIDER,
    through: Callable[[Database], Database] = lambda database: database,
    bounds: LogBounds = BOUNDS,
    changed: Callable[[bool, str], None] = lambda serving, why: None,
) -> AsyncIterator[AuditLog]:
    """Open a log, and close it; `through` may put something between it and its database."""
    store = Store(through(await open_database(place)))
    log = await AuditLog.open(store, key, clock_us=lambda: NOW_US, bounds=bounds, notify_serving=changed)
    try:
        yield log
    finally:
        await log.close()


async def tamper(place: LogPlace, sql: str, *parameters: Value) -> None:
    """Change what is stored, behind the back of the log, which is closed."""
    database = await open_database(place)
    await database.transact([(sql, [parameters])])
    await database.close()


def journal(log: AuditLog) -> Journal:
    """The provider's journal; it knows the asker's log."""
    peers = {"500000": PeerLog(ASKER.name, [Verifying(ASKER)])}
    return Journal(
        log,
        BOOK,
        peers=peers,
        clock_us=lambda: NOW_US,
        random=os.urandom,
        require_witnessed=lambda _: None,
        persons=budgets(),
    )


class Verifying:
    """The public half of a log key, as another make of verifier would be."""

    def __init__(self, key: LogKey) -> None:
        from gateway.audit.tlog.note import Ed25519Verifier

        self.name, self.key_id = key.name, key.key_id
        self._made = Ed25519Verifier(key.vkey)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if it holds."""
        self._made.verify(message, signature)


def question(number: int, **changes: object) -> Arrival:
    """The question of that number, with a request id of its own."""
    return arrival(ask(request_id=RequestId(f"01980000-0000-7000-8000-{number:012d}")), **changes)


async def five_entries(directory: Path) -> None:
    """Make a log of two exchanges that were answered and one that was refused, and close it."""
    async with opened(await create(directory)) as log:
        desk = journal(log)
        await answer(desk, 1)
        await answer(desk, 2)
        await desk.begin_provider(question(3)).refuse(Refusal(Reason.GRANT_MISSING))


async def answer(of: Journal, number: int) -> tuple[ProviderExchange, Receipt]:
    """Record one whole exchange: an intent and a release."""
    exchange = of.begin_provider(question(number))
    exchange.intend(CALLER, grant())
    return exchange, await exchange.release(CLEARED)
