"""What is particular to a log in PostgreSQL: what the server must promise, the lock, a session that is lost."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import PostgresPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import LogTaken, StoreInvalid
from gateway.audit.storage.session import lock_key, require_lock
from gateway.audit.storage.store import Store
from gateway.cli.node import init as node_init
from gateway.ground.evidence import Receipt
from gateway.ground.refusals import Refusal
from tests.adapters.stand_ins import postgres_server
from tests.audit.logs import PROVIDER, opened, server
from tests.cli.world import fail, succeed
from tests.samples import NOW_US

pytestmark = pytest.mark.postgres
_TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_schema = $1"


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


@asynccontextmanager
async def pooler(place: PostgresPlace, directory: Path) -> AsyncIterator[PostgresPlace]:
    """Stand a small pooler before the server: it passes everything on, and tells of a process of its own (A11).

    So does PgBouncer in each of its modes: the key for cancelling, which names the process, is the pooler's.
    """
    behind = place.dsn_file.read_text(encoding="utf-8").split("host=")[1].split("&")[0].strip() + "/.s.PGSQL.5432"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(behind)

        async def ask() -> None:
            while octets := await reader.read(65536):
                to_server.write(octets)

        asking = asyncio.create_task(ask())
        with suppress(asyncio.IncompleteReadError, OSError):
            while head := await from_server.readexactly(5):
                body = await from_server.readexactly(int.from_bytes(head[1:], "big") - 4)
                writer.write(head + (b"\x00\x00\x00\x07" + body[4:] if head[:1] == b"K" else body))
        asking.cancel()
        to_server.close()
        writer.close()

    listener = await asyncio.start_unix_server(serve, directory / ".s.PGSQL.5432")
    file = directory / "dsn"
    file.write_text(f"postgresql://postgres@/postgres?host={directory}", encoding="utf-8")
    file.chmod(0o600)
    try:
        yield PostgresPlace(file, place.schema)
    finally:
        listener.close()


async def test_a11_a_pooler_is_found_and_named_and_leaves_no_lock(
    schema: PostgresPlace, absent_schema: PostgresPlace, tmp_path: Path
) -> None:
    """Neither a log is opened nor made through it, and the direct connection has the lock to take."""
    async with pooler(schema, tmp_path) as pooled:
        with pytest.raises(StoreInvalid, match=r"ours alone, found a pooler: .*PgBouncer"):
            await Store.open(pooled)
        other = PostgresPlace(pooled.dsn_file, "through_a_pooler")
        with pytest.raises(StoreInvalid, match="found a pooler"):
            await Store.create(other, PROVIDER.name, created_us=NOW_US)
        store = await Store.open(schema)
        await store.close()
    assert 0 == await server(
        schema, "SELECT count(*) FROM information_schema.schemata WHERE schema_name = $1", other.schema
    )


class Answers:
    """A session that answers what a pooler in transaction mode would, and forwards the server's own key (A11)."""

    def __init__(self, ours: int, holders: list[int]) -> None:
        self.ours, self.holders = ours, holders

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Begin another transaction, which the pooler may give to another process of the server."""
        yield

    async def fetch(self, sql: str, key: int) -> list[dict[str, int]]:
        """Return who has the lock."""
        return [{"pid": pid} for pid in self.holders]

    async def fetchval(self, sql: str) -> int:
        """Return which process answers."""
        return self.ours


@pytest.mark.parametrize(("ours", "holders"), [(2, [1]), (2, []), (2, [1, 3])])
async def test_a11_a_lock_that_stayed_with_another_session_is_a_poolers(ours: int, holders: list[int]) -> None:
    """The lock just taken belongs to the session that answers, or the session is not ours alone."""
    with pytest.raises(StoreInvalid, match=f"process {ours} answers"):
        await require_lock(Answers(ours, holders), 1)
    await require_lock(Answers(ours, [ours]), 1)


async def test_a11_who_has_the_lock_is_named(schema: PostgresPlace) -> None:
    """The process of the server and the name of its session, and what ends one that was left behind."""
    store = await Store.open(schema)
    sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'chuanyu audit' AND state IS NOT NULL"
    pid = await server(schema, sql)
    with pytest.raises(LogTaken, match=rf"process {pid} of the server, chuanyu audit .*pg_terminate_backend"):
        await Store.open(schema)
    await store.close()


async def test_a11_a_node_whose_log_is_taken_is_not_made_and_leaves_nothing(
    absent_schema: PostgresPlace, tmp_path: Path
) -> None:
    """The lock is taken by another: a problem with its cause, no tables and no directory; later it is made."""
    given = ("--audit-dsn-file", absent_schema.dsn_file, "--audit-schema", absent_schema.schema)
    init = ("node", "init", "--province", "sichuan", *given, tmp_path / "above" / "node")
    holder = await asyncpg.connect(absent_schema.dsn_file.read_text(encoding="utf-8").strip())
    await holder.execute("SELECT pg_advisory_lock($1)", lock_key(absent_schema.schema))
    try:
        problem = await asyncio.to_thread(fail, *init)
    finally:
        await holder.close()
    assert "another process writes the log" in str(problem)
    assert [] == await asyncio.to_thread(os.listdir, tmp_path)
    assert 0 == await server(absent_schema, _TABLES, absent_schema.schema)
    await asyncio.to_thread(succeed, *init)


@pytest.mark.parametrize("part", ["_begin_witness", "_begin_log_act"])
async def test_a11_an_init_that_fails_late_takes_its_tables_away(
    absent_schema: PostgresPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """The disk is full when the log on the server is made already: a second attempt finds an empty schema."""
    given = ("--audit-dsn-file", absent_schema.dsn_file, "--audit-schema", absent_schema.schema)
    init = ("node", "init", "--province", "sichuan", *given, tmp_path / "node")

    async def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if part == "_begin_witness":
            patch.setattr(node_init, part, fill)
        else:
            patch.setattr(Journal, "record_act", fill)
        problem = await asyncio.to_thread(fail, *init)
    assert "No space left on device" in str(problem)
    assert [] == await asyncio.to_thread(os.listdir, tmp_path)
    assert 0 == await server(absent_schema, _TABLES, absent_schema.schema)
    await asyncio.to_thread(succeed, *init)


async def test_a11_a_log_that_is_in_use_is_never_discarded(schema: PostgresPlace) -> None:
    """Another origin, another time, a second entry, a writer: each of them keeps it."""
    assert not await Store.discard(schema, "another", created_us=NOW_US)
    assert not await Store.discard(schema, PROVIDER.name, created_us=NOW_US + 1)
    async with opened(schema) as log:
        assert not await Store.discard(schema, PROVIDER.name, created_us=NOW_US)
        await put(log, b"first")
        await put(log, b"second")
    assert not await Store.discard(schema, PROVIDER.name, created_us=NOW_US)
    with LogReader(schema) as reader:
        assert 2 == reader.count()


@pytest.mark.parametrize(("mode", "named"), [("verify-full", True), ("verify-ca", True), ("require", False)])
async def test_a4_a_root_certificate_that_is_missing_is_named(tmp_path: Path, mode: str, named: bool) -> None:
    """The file and the parameter that names it are told; of the rest of the URI, which has a password, nothing is."""
    file, root = tmp_path / "dsn", tmp_path / "root.pem"
    file.write_text(f"postgresql://u:secret-word@127.0.0.1:9/db?sslmode={mode}&sslrootcert={root}", encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(StoreInvalid) as refused:
        await Store.open(PostgresPlace(file, "log"))
    assert "secret-word" not in str(refused.value)
    assert named == (f"{root}, found: No such file" in str(refused.value) and "sslrootcert=" in str(refused.value))
    root.write_text("no certificate", encoding="utf-8")
    with pytest.raises(StoreInvalid) as refused:
        await Store.open(PostgresPlace(file, "log"))
    assert named == (f"in PEM at {root}" in str(refused.value))
