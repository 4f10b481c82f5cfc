"""What is particular to a log in PostgreSQL: what the server must promise, the lock, a session that is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import PostgresPlace
from gateway.audit.storage.postgres import lock_key
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.ground.evidence import Receipt
from gateway.ground.refusals import Refusal
from tests.adapters.stand_ins import postgres_server
from tests.audit.logs import PROVIDER, opened, server
from tests.cli.world import fail, succeed
from tests.samples import NOW_US

pytestmark = pytest.mark.postgres


@pytest.fixture
async def schema(absent_schema: PostgresPlace) -> PostgresPlace:
    """Make an empty log."""
    await Store.create(absent_schema, PROVIDER.name, created_us=NOW_US)
    return absent_schema


async def put(log: AuditLog, entry: bytes) -> Receipt:
    """Record one entry and wait."""
    return await log.wait_durable(log.record(entry, exchange_id="x", phase=Phase.RELEASE, time_us=1))


async def test_opening_never_creates(absent_schema: PostgresPlace) -> None:
    """Neither a writer nor a reader makes a schema."""
    with pytest.raises(StoreInvalid, match="expected an audit log, found none"):
        await Store.open(absent_schema)
    with pytest.raises(StoreInvalid, match="expected an audit log, found none"):
        LogReader(absent_schema)
    assert 0 == await server(
        absent_schema, "SELECT count(*) FROM information_schema.schemata WHERE schema_name = $1", absent_schema.schema
    )


async def test_creating_never_overwrites(schema: PostgresPlace) -> None:
    """Where tables are, no log is made; what is there stays."""
    async with opened(schema) as log:
        await put(log, b"kept")
    with pytest.raises(StoreInvalid, match="never overwritten"):
        await Store.create(schema, "other", created_us=1)
    with LogReader(schema) as reader:
        assert (PROVIDER.name, 1) == (reader.origin, reader.count())


@pytest.mark.parametrize("name", ["", "Log", 'a"b', "a;b", "1a", "x" * 64, "a b"])
async def test_a_schema_is_a_plain_name(postgres_file: Path, name: str) -> None:
    """Nothing that would have to be quoted enters a statement."""
    for act in (
        Store.open(PostgresPlace(postgres_file, name)),
        Store.create(PostgresPlace(postgres_file, name), "o", created_us=1),
    ):
        with pytest.raises(StoreInvalid, match="expected a schema of lower-case letters"):
            await act


async def test_the_connection_file_is_private(schema: PostgresPlace, tmp_path: Path) -> None:
    """It may hold a password; one that others can read, that is absent or that holds no URI is refused."""
    file = tmp_path / "dsn"
    loose = PostgresPlace(file, schema.schema)
    with pytest.raises(StoreInvalid, match="private file"):
        await Store.open(loose)
    file.write_bytes(schema.dsn_file.read_bytes())
    file.chmod(0o644)
    with pytest.raises(StoreInvalid, match="private file"):
        await Store.open(loose)
    file.chmod(0o600)
    file.write_text("postgresql://[secret-word", encoding="utf-8")
    with pytest.raises(StoreInvalid) as refused:
        await Store.open(loose)
    assert "secret-word" not in str(refused.value)


async def test_a_server_that_does_not_sync_is_refused() -> None:
    """With fsync off, what is acknowledged would be lost."""
    with postgres_server("fsync=off") as dsn:
        file = Path(dsn.split("host=")[1].split("&")[0]) / "dsn"
        file.write_text(dsn, encoding="utf-8")
        file.chmod(0o600)
        for act in (
            Store.create(PostgresPlace(file, "log"), "o", created_us=1),
            Store.open(PostgresPlace(file, "log")),
        ):
            with pytest.raises(StoreInvalid, match="expected fsync to be on, found off"):
                await act


async def test_a_default_of_the_user_does_not_weaken_a_commit(schema: PostgresPlace) -> None:
    """A session in which commits do not wait for the disk is set right before anything is written."""
    await server(schema, "ALTER ROLE postgres SET synchronous_commit = off")
    try:
        async with opened(schema) as log:
            await put(log, b"entry")
            found = await log._store._database.fetch("SHOW synchronous_commit")
        assert [("on",)] == found
    finally:
        await server(schema, "ALTER ROLE postgres RESET synchronous_commit")


async def test_a_session_that_is_ended_stops_the_log_which_comes_back_with_a_new_one(schema: PostgresPlace) -> None:
    """The lock goes with the session and is taken anew; nothing acknowledged is lost and no index is used twice."""
    stopped, serving = asyncio.Event(), asyncio.Event()

    def changed(serves: bool, why: str) -> None:
        (serving if serves else stopped).set()

    sql = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
        "AND (classid::bigint << 32 | objid::bigint) = $1"
    )
    async with opened(schema, changed=changed) as log:
        first = await put(log, b"first")
        assert await server(schema, sql, lock_key(schema.schema))
        with pytest.raises(Refusal):
            await put(log, b"refused")
        await asyncio.wait_for(serving.wait(), 20)
        second = await put(log, b"second")
        assert (0, 1) == (first.index, second.index)
        assert stopped.is_set()


async def test_a_reader_cannot_write(schema: PostgresPlace) -> None:
    """Its session is read-only on the server's side."""
    with LogReader(schema) as reader, pytest.raises(OSError, match="read-only transaction"):
        reader._connection.execute("DELETE FROM entry")


async def test_a_node_is_made_with_its_log_in_postgresql(absent_schema: PostgresPlace, tmp_path: Path) -> None:
    """`node init` makes the schema and records itself; the commands of audit find the log by the node's settings."""
    given = ("--audit-dsn-file", absent_schema.dsn_file, "--audit-schema", absent_schema.schema)
    init = ("node", "init", "--province", "sichuan", *given)
    made = await asyncio.to_thread(succeed, *init, tmp_path / "node")
    assert not (tmp_path / "node" / "audit" / "log.db").exists()
    verdict = await asyncio.to_thread(succeed, "audit", "verify", tmp_path / "node")
    assert (True, made["log"], 1) == (verdict["holds"], verdict["origin"], verdict["size"])
    taken = await asyncio.to_thread(fail, *init, tmp_path / "other")
    assert "never overwritten" in str(taken)
    assert not (tmp_path / "other").exists()


async def test_a_reopened_log_waits_for_the_lock_that_the_dropped_session_still_holds(schema: PostgresPlace) -> None:
    """The server ends a session in its own time; another writer's lock, which stays, is refused all the same."""
    store = await Store.open(schema)
    holder = await asyncpg.connect(schema.dsn_file.read_text(encoding="utf-8").strip())
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    try:
        taking = asyncio.create_task(holder.execute("SELECT pg_advisory_lock($1)", lock_key(schema.schema)))
        while not await server(schema, waiting):
            pass
        reopening = asyncio.create_task(store.reopen())
        await taking  # as soon as the dropped session has gone, this one has the lock
        while not await server(schema, waiting):
            pass
        await holder.execute("SELECT pg_advisory_unlock($1)", lock_key(schema.schema))
        await reopening
        await store.close()
        await holder.execute("SELECT pg_advisory_lock($1)", lock_key(schema.schema))
        with pytest.raises(StoreInvalid, match="one writer"):
            await Store.open(schema)
    finally:
        await holder.close()
