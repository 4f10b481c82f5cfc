"""A log of an older schema is migrated as a whole, or refused and left as it is."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from base64 import b64decode
from pathlib import Path

import orjson
import pytest

from gateway.audit import migration
from gateway.audit.entries.entry import Phase, decode
from gateway.audit.entries.references import tokens_of
from gateway.audit.migration import migrate
from gateway.audit.storage.database import LogPlace, PostgresPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import SCHEMA_VERSION, upgrade
from gateway.audit.storage.sealed import find_named, list_segments
from gateway.audit.storage.store import Store, open_database
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.pairs import Kind
from gateway.audit.verification.verify import verify_log
from tests.audit.logs import PROVIDER, answer, create, journal, opened, server
from tests.audit.older import writing_version_2
from tests.audit.sealing import sealed_log, shrink
from tests.samples import NOW_US

TABLES = {version: Path(__file__).with_name(f"version_{version}.sql") for version in (1, 2, 3)}
_SINCE_1 = ("log", "entry", "tile", "checkpoint")
KEPT = {1: _SINCE_1, 2: (*_SINCE_1, "wrap", "stamp"), 3: (*_SINCE_1, "wrap", "stamp")}
"""What an older log has as a new one has it."""
KEYS = [Ed25519Verifier(PROVIDER.vkey)]
EXCHANGES = 140


SAMPLES = orjson.loads((Path(__file__).parents[1] / "vectors/entries_v1.json").read_bytes())
"""Entries as the first release wrote them."""


def exchange(number: int) -> str:
    """The request id of that number."""
    return f"01980000-0000-7000-8000-{number:012d}"


def entries_of_version_1(number: int) -> list[tuple[bytes, Phase]]:
    """The intent and the release of one exchange, as the first release wrote them: no body, so no wrapped key."""
    made = []
    for name, phase in (("intent", Phase.INTENT), ("release", Phase.RELEASE)):
        fields = orjson.loads(SAMPLES[name])
        fields["exchange_id"] = fields["event_id"] = exchange(number)
        if phase is Phase.RELEASE:
            fields["prev_event"], fields["event_id"] = exchange(number), exchange(10_000 + number)
        made.append((orjson.dumps(fields, option=orjson.OPT_SORT_KEYS), phase))
    return made


async def old_log(directory: Path, version: int = 1) -> Path:
    """Make a log of that version with whole exchanges in it, more than fill a tile."""
    path = await create(directory)
    async with opened(path) as log:
        if version == 1:
            for number in range(EXCHANGES):
                for octets, phase in entries_of_version_1(number):
                    pending = log.record(octets, exchange_id=exchange(number), phase=phase, time_us=NOW_US)
                    await log.wait_durable(pending)
        else:
            with writing_version_2():
                await asyncio.gather(*(answer(journal(log), number) for number in range(EXCHANGES)))
    old = directory / "old.db"
    with sqlite3.connect(old) as connection:
        for step in range(1, version + 1):
            connection.executescript(TABLES[step].read_text(encoding="utf-8"))
        connection.execute("ATTACH ? AS new", (str(path),))
        for table in KEPT[version]:
            connection.execute(f"INSERT INTO {table} SELECT * FROM new.{table}")  # noqa: S608 - names of this test
    connection.close()
    path.unlink()
    return old.rename(path)


async def old_schema(place: PostgresPlace, version: int) -> PostgresPlace:
    """Make the same log of version 2 or 3 in PostgreSQL; there was no earlier one."""
    await Store.create(place, PROVIDER.name, created_us=NOW_US)
    async with opened(place) as log:
        with writing_version_2():
            await asyncio.gather(*(answer(journal(log), number) for number in range(EXCHANGES)))
    run = "run BIGINT NOT NULL, " if version > 2 else ""
    key = "run, token, idx" if version > 2 else "token, idx"
    changes = [f"DROP TABLE {table}" for table in ("body", "pair_directory", "pair_page")]
    changes += [
        f"CREATE TABLE subject ({run}token BYTEA NOT NULL, idx BIGINT NOT NULL, PRIMARY KEY ({key}))",
        f"UPDATE version SET number = {version}",  # noqa: S608 - a number of this test
    ]
    for change in changes:
        await server(place, change)
    return place


async def test_an_old_log_is_refused_then_migrated_and_written_again(tmp_path: Path) -> None:
    """No entry, root or tile differs, and each person is found."""
    path = await old_log(tmp_path)
    with pytest.raises(StoreInvalid, match="chuanyu audit migrate"):
        await Store.open(path)
    with LogReader(path) as reader:
        rows = [row for chunk in reader.rows(0, reader.count()) for row in chunk]
    done: list[tuple[int, int]] = []
    found, verdict = await migrate(path, KEYS, progress=lambda at, total: done.append((at, total)))
    assert (1, 2 * EXCHANGES, ()) == (found, verdict.size, verdict.faults)
    assert (2 * EXCHANGES, 2 * EXCHANGES) == done[-1]
    with LogReader(path) as reader:
        assert rows == [row for chunk in reader.rows(0, reader.count()) for row in chunk]
        tokens = b64decode(orjson.loads(rows[0][2])["subject_tokens"])
        assert list(range(2 * EXCHANGES)) == find_named(reader, Kind.SUBJECT, {"": [tokens[:16]]})
    async with opened(path) as log:
        await answer(journal(log), EXCHANGES)
    assert verify_log(path, KEYS, expected_size=2 * EXCHANGES + 2).holds


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Where a log lies: in a file or on a server."""
    return str(request.param)


@pytest.fixture(params=[2, 3])
def version(request: pytest.FixtureRequest) -> int:
    """The version of its schema."""
    return int(request.param)


@pytest.fixture
async def older(database: str, version: int, request: pytest.FixtureRequest, tmp_path: Path) -> LogPlace:
    """A log of that version in that place, whose entries are of version 2."""
    if database == "sqlite":
        return await old_log(tmp_path, version)
    return await old_schema(request.getfixturevalue("absent_schema"), version)


async def test_an_older_log_is_read_refused_for_writing_then_migrated(older: LogPlace, version: int) -> None:
    """Its entries verify before; after it each person is found as before, and the log is written again."""
    assert verify_log(older, KEYS).holds
    with pytest.raises(StoreInvalid, match="chuanyu audit migrate"):
        await Store.open(older)
    with LogReader(older) as reader:
        rows = [row for chunk in reader.rows(0, reader.count()) for row in chunk]
        wraps = list(reader.wraps(0))
        assert (version, b"") == (reader.version, reader.body(0))
        assert {2} == {decode(row[2]).number("v") for row in rows}
    found, verdict = await migrate(older, KEYS)
    assert (version, 2 * EXCHANGES, ()) == (found, verdict.size, verdict.faults)
    with LogReader(older) as reader:
        assert rows == [row for chunk in reader.rows(0, reader.count()) for row in chunk]
        assert (wraps, SCHEMA_VERSION) == (list(reader.wraps(0)), reader.version)
        for row in rows[:9]:
            for token in tokens_of(decode(row[2])):
                assert row[0] in find_named(reader, Kind.SUBJECT, {"": [token]})
    async with opened(older) as log:
        await answer(journal(log), EXCHANGES)
    assert verify_log(older, KEYS, expected_size=2 * EXCHANGES + 2).holds
    assert (SCHEMA_VERSION, True) == ((await migrate(older, KEYS))[0], (await migrate(older, KEYS))[1].holds)


async def test_a_log_that_was_migrated_is_sealed_run_by_run(older: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an older log a person is found by reading it; once it is migrated its node seals what it has."""
    shrink(monkeypatch, entries=60)
    with LogReader(older) as reader:
        token = min(tokens_of(decode(reader.entry(0).octets)))
        expected = find_named(reader, Kind.SUBJECT, {"": [token]})
        assert (0, []) == (expected[0], list(list_segments(reader)))
    await migrate(older, KEYS)
    async with sealed_log(older) as one:
        one.clock_us = NOW_US
        await one.seal()
    with LogReader(older) as reader:
        assert [0, 60, 120, 180] == [segment.first for segment in list_segments(reader)]
        assert expected == find_named(reader, Kind.SUBJECT, {"": [token]})
    assert verify_log(older, KEYS).holds


async def test_an_older_log_that_does_not_hold_is_not_migrated(older: LogPlace, version: int) -> None:
    """On either database the fault is named and the version stays."""
    old = await open_database(older, version)
    await old.transact([("UPDATE entry SET page = ? WHERE idx = 7", [(5,)])])
    await old.close()
    with pytest.raises(StoreInvalid, match="entry 7"):
        await migrate(older, KEYS)
    with LogReader(older) as reader:
        assert version == reader.version


async def test_a_new_log_is_verified_and_left_as_it_is(tmp_path: Path) -> None:
    """Migrating twice does nothing."""
    path = await create(tmp_path)
    before = path.read_bytes()
    found, verdict = await migrate(path, KEYS)
    assert (SCHEMA_VERSION, 0, True) == (found, verdict.size, verdict.holds)
    assert before == path.read_bytes()


async def test_a_log_that_does_not_hold_is_not_migrated(tmp_path: Path) -> None:
    """The fault is named and the version stays."""
    path = await old_log(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entry SET octets = zeroblob(9) WHERE idx = 7")
    connection.close()
    with pytest.raises(StoreInvalid, match="entry 7"):
        await migrate(path, KEYS)
    with pytest.raises(StoreInvalid, match="chuanyu audit migrate"):
        await Store.open(path)


async def test_a_log_that_a_node_writes_is_not_migrated(tmp_path: Path) -> None:
    """The node is stopped first."""
    path = await create(tmp_path)
    async with opened(path):
        with pytest.raises(StoreInvalid, match="another process writes"):
            await migrate(path, KEYS)


@pytest.mark.parametrize("content", [b"", b"not a database"])
async def test_what_is_no_log_is_not_migrated(tmp_path: Path, content: bytes) -> None:
    """Empty or foreign: refused, unchanged."""
    path = tmp_path / "log.db"
    path.write_bytes(content)
    with pytest.raises(StoreInvalid):
        await migrate(path, KEYS)
    assert content == path.read_bytes()


@pytest.mark.parametrize("table", ["pair_page", "body", "wrap", "stamp"])
async def test_a_table_in_the_way_is_named_before_anything_is_changed(tmp_path: Path, table: str) -> None:
    """Nobody but the migration makes it."""
    path = await old_log(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE {table} (x)")
    connection.close()
    with pytest.raises(StoreInvalid, match=f"found: table {table} is none of version 1"):
        await migrate(path, KEYS)


@pytest.mark.parametrize("table", ["pair_page", "body", "wrap", "stamp"])
async def test_a_change_that_fails_leaves_the_old_log(
    tmp_path: Path, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here at a statement that makes a table once more; the whole transaction is undone."""
    monkeypatch.setattr(migration, "upgrade", lambda version: (*upgrade(version), f"CREATE TABLE {table} (x)"))
    path = await old_log(tmp_path)
    kept = Path(shutil.copy(path, tmp_path / "kept.db"))
    with pytest.raises(StoreInvalid, match="as it was"):
        await migrate(path, KEYS)
    with LogReader(path) as now, LogReader(kept) as then:
        assert now.count() == then.count() == 2 * EXCHANGES
    with pytest.raises(StoreInvalid, match="chuanyu audit migrate"):
        await Store.open(path)
