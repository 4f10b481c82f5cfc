"""One log in both databases reads alike: whatever verification, proofs and reviewers ask, the answers are the same."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.retention.archive import write_archive
from gateway.audit.retention.pruning import prune, shred
from gateway.audit.retention.rules import RETAIN, RetentionRun
from gateway.audit.review.search import Criteria, search
from gateway.audit.storage.database import LogPlace, PostgresPlace, Value
from gateway.audit.storage.postgres import PostgresDatabase
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.verify import LogVerdict, verify_log
from tests.audit.archives import archived_entries
from tests.audit.logs import PROVIDER, answer, create, journal, opened, tamper
from tests.samples import NOW_US

pytestmark = pytest.mark.postgres
KEYS = [Ed25519Verifier(PROVIDER.vkey)]
TABLES = ("entry", "tile", "pair_directory", "pair_page", "body", "wrap", "checkpoint", "stamp")
EXCHANGES = 150
SIZE = 2 * EXCHANGES
Twins = tuple[Path, PostgresPlace]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in SQLite, written once: whole exchanges, more than fill a tile."""
    directory = tmp_path_factory.mktemp("log")

    async def write() -> Path:
        path = await create(directory)
        async with opened(path) as log:
            await asyncio.gather(*(answer(journal(log), number) for number in range(EXCHANGES)))
            await log.store_checkpoint()
            await log.store_stamp(SIZE, NOW_US, b"token")
        await tamper(path, "INSERT INTO pair_directory VALUES (0, ?, ?)", 0, b"of a run in the making")
        await tamper(path, "INSERT INTO pair_page VALUES (0, ?, 1, ?)", 0, b"its page")
        return path

    return asyncio.run(write())


@pytest.fixture
async def twins(pristine: Path, absent_schema: PostgresPlace, tmp_path: Path) -> Twins:
    """A copy of it, and the same rows in PostgreSQL."""
    path = Path(shutil.copy(pristine, tmp_path / "log.db"))
    await Store.create(absent_schema, PROVIDER.name, created_us=NOW_US)
    database = await PostgresDatabase.open(absent_schema)
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name of this file
            marks = ",".join("?" * len(rows[0])) if rows else ""
            await database.transact([(f"INSERT INTO {table} VALUES ({marks})", rows)] if rows else [])  # noqa: S608
    await database.close()
    return path, absent_schema


QUESTIONS: dict[str, Callable[[LogReader], Any]] = {
    "origin": lambda reader: (reader.origin, reader.version),
    "damage": lambda reader: reader.damage(),
    "strange": lambda reader: reader.strange(),
    "times": lambda reader: list(reader.times(3, SIZE + 9)),
    "checkpoints_down": lambda reader: (reader.checkpoints_down(SIZE, 9), reader.checkpoints_down(SIZE - 1, 1)),
    "checkpoints_up": lambda reader: (reader.checkpoints_up(0, 9), reader.checkpoints_up(SIZE, 9)),
    "count": lambda reader: (reader.count(), reader.first(), reader.pruned(), reader.tiles()),
    "rows": lambda reader: list(reader.rows(0, SIZE)),
    "leaves": lambda reader: list(reader.leaves(3, 290)),
    "first_missing": lambda reader: (reader.first_missing(0, SIZE), reader.first_missing(0, SIZE + 5)),
    "entry": lambda reader: reader.entry(7),
    "exchange_down": lambda reader: list(reader.exchange_down(reader.entry(7).exchange_id)),
    "exchange": lambda reader: (reader.exchange(reader.entry(7).exchange_id), reader.exchange("", "intent")),
    "acts": lambda reader: list(reader.acts()),
    "window": lambda reader: (reader.window(0, NOW_US * 2), reader.window(0, 1), reader.window(NOW_US, NOW_US + 1)),
    "body": lambda reader: (reader.body(0), reader.body(SIZE + 1)),
    "bodies": lambda reader: reader.bodies(3, 9),
    "keys": lambda reader: reader.keys(3, 9),
    "astray": lambda reader: reader.astray(),
    "wrap": lambda reader: (reader.wrap(0), reader.wrap(SIZE + 1)),
    "wraps": lambda reader: list(reader.wraps(0)),
    "pair_rows": lambda reader: sorted(reader.pair_rows()),
    "pair_directory": lambda reader: (reader.pair_directory(0, 0), reader.pair_directory(1, 0)),
    "pair_page": lambda reader: (reader.pair_page(0, 0, 1), reader.pair_page(0, 0, 0)),
    "stamps": lambda reader: reader.stamps(),
    "checkpoints": lambda reader: (list(reader.checkpoints()), reader.newest_checkpoint()),
    "newest_checkpoints": lambda reader: (reader.newest_checkpoints(5), reader.checkpoint_after(3)),
    "checkpoints_over": lambda reader: (list(reader.checkpoints_over(1)), list(reader.checkpoints_over(SIZE + 1))),
    "tile": lambda reader: (reader.tile(0, 0), reader.tile(1, 0)),
    "path": lambda reader: [reader.path(index, SIZE) for index in (0, 255, 256, 299)],
    "node": lambda reader: (reader.node(0, 3), reader.node(8, 0)),
    "has_epoch": lambda reader: [reader.has_epoch(month) for month in ("2026-11", "1999-01")],
    "search": lambda reader: list(search(reader, Criteria(phase="release"), limit=20)),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_each_question_has_the_same_answer(twins: Twins, question: str) -> None:
    """The rows are the same, so are the answers."""
    with LogReader(twins[0]) as one, LogReader(twins[1]) as other:
        assert QUESTIONS[question](one) == QUESTIONS[question](other)


def test_every_question_of_a_reader_is_asked() -> None:
    """A new method cannot be forgotten here."""
    asked = " ".join(QUESTIONS) + " tiles pruned first version newest_checkpoint checkpoint_after close name_writer"
    assert {name for name in vars(LogReader) if not name.startswith("_")} <= set(asked.split())


def both(twins: Twins) -> Iterator[LogVerdict]:
    """The verdicts on both."""
    for place in twins:
        yield verify_log(place, KEYS)


async def test_the_same_log_holds_in_both(twins: Twins) -> None:
    """Size, root, checkpoints and phases."""
    one, other = both(twins)
    assert one == other
    assert (True, SIZE) == (one.holds, one.size)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("UPDATE entry SET octets = ? WHERE idx = 5", b"{}"),
        ("UPDATE entry SET leaf_hash = ? WHERE idx = 270", b"0" * 32),
        ("UPDATE entry SET phase = ? WHERE idx = 9", "admin"),
        ("UPDATE entry SET exchange_id = ? WHERE idx = 9", "x"),
        ("UPDATE entry SET time_us = ? WHERE idx = 9", 1),
        ("DELETE FROM entry WHERE idx = ?", 100),
        ("DELETE FROM entry WHERE idx >= ?", SIZE - 1),
        ("UPDATE tile SET hashes = ?", b"0" * 8192),
        ("DELETE FROM tile WHERE level = ?", 0),
        ("UPDATE pair_page SET start = ?", -1),
        ("UPDATE pair_directory SET kind = ?", 2),
        ("DELETE FROM wrap WHERE idx = ?", 4),
        ("UPDATE checkpoint SET note = ?", b"note"),
        ("UPDATE checkpoint SET time_us = ?", 1),
    ],
)
async def test_each_change_is_found_at_the_same_place(twins: Twins, sql: str, value: Value) -> None:
    """Whoever can write the one or the other is found out alike."""
    places: tuple[LogPlace, ...] = twins
    for place in places:
        await tamper(place, sql, value)
    one, other = both(twins)
    assert one.faults == other.faults


async def test_what_leaves_for_an_archive_leaves_both(twins: Twins, tmp_path: Path) -> None:
    """The archives hold the same entries; hashes stay; bodies are closed where the month's keys are destroyed."""
    archives = []
    places: tuple[LogPlace, ...] = twins
    for number, place in enumerate(places):
        await _retire(place, tmp_path / f"{number}.parquet")
        archives.append(archived_entries(tmp_path / f"{number}.parquet"))
    assert archives[0] == archives[1]
    one, other = both(twins)
    assert (one.faults, one.pruned, one.size) == (other.faults, other.pruned, other.size)
    assert 256 == one.pruned
    with LogReader(twins[0]) as first, LogReader(twins[1]) as second:
        assert first.wrap(299) is second.wrap(299) is None
        assert sorted(first.pair_rows()) == sorted(second.pair_rows())


async def _retire(place: LogPlace, archive: Path) -> None:
    with LogReader(place) as reader:
        ((_, month), *_) = reader.wraps(0)
        run = RetentionRun(0, 256, write_archive(archive, reader, 0, 256, KEYS).digest, 3)
    async with opened(place) as live:
        await journal(live).record_act(action=RETAIN, subject=run.subject, actor="local:test")
    store = await Store.open(place)
    await prune(store, 0, 256)
    await shred(store, month)
    await store.close()
