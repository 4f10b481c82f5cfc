"""The twin has the log's entries under SM3: it follows, proves and verifies alike, and never passes for the log."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.assembly.sm3_mirror import FOLLOW_SECONDS, follow_log
from gateway.audit.retention.pruning import prune
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier, NoteInvalid, parse_checkpoint, verify_note
from gateway.audit.tlog.proofs import ProofInvalid, verify_consistency, verify_inclusion
from gateway.audit.tlog.tree import leaf_hash, root_of, sm3
from gateway.audit.verification.sm3_mirror import Sm3Mirror, verify_sm3_mirror
from gateway.cli.main import app
from tests.audit.logs import PROVIDER, answer, create, journal, opened
from tests.audit.signing import LogKey
from tests.commands import CliRunner
from tests.samples import NOW_US

KEY = LogKey(f"{PROVIDER.name}/sm3")
KEYS = [Ed25519Verifier(KEY.vkey)]


async def grow(path: Path, start: int, end: int) -> None:
    """Record some exchanges, two entries each."""
    async with opened(path) as log:
        desk = journal(log)
        await asyncio.gather(*(answer(desk, number) for number in range(start, end)))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 520 entries, two full tiles and some, for copies alone."""
    path = asyncio.run(create(tmp_path_factory.mktemp("grown")))
    asyncio.run(grow(path, 0, 260))
    return path


@pytest.fixture
def log(grown: Path, tmp_path: Path) -> Path:
    """A copy of that log."""
    return Path(shutil.copytree(grown.parent, tmp_path / grown.parent.name)) / grown.name


@pytest.fixture
def reader(log: Path) -> Iterator[LogReader]:
    """The log, open."""
    with LogReader(log) as made:
        yield made


def database(log: Path) -> Path:
    """Where the twin lies."""
    return log.with_name("twin.db")


def leaves(reader: LogReader) -> list[bytes]:
    """The leaf hashes under SM3."""
    return [leaf_hash(row[1], sm3) for rows in reader.leaves(0, reader.count()) for row in rows]


def test_the_twin_signs_the_root_of_the_same_entries_under_its_own_origin(log: Path, reader: LogReader) -> None:
    """The log's key does not verify it, nor its own a checkpoint of the log."""
    with Sm3Mirror(database(log), reader) as twin:
        size, note = twin.follow(KEY, NOW_US)
        found = parse_checkpoint(verify_note(note, KEYS))
        assert (f"{PROVIDER.name}/sm3", 520, root_of(leaves(reader), sm3)) == (found.origin, size, found.root)
        with pytest.raises(NoteInvalid):
            verify_note(note, [Ed25519Verifier(PROVIDER.vkey)])
        kept = reader.newest_checkpoint()
        assert kept is not None
        with pytest.raises(NoteInvalid):
            verify_note(kept[2], KEYS)
        assert (520, found.root, ()) == verify_sm3_mirror(twin, reader, KEYS)


def test_the_twin_goes_on_from_where_it_stopped(log: Path) -> None:
    """Closed, opened anew, and followed without new entries; each checkpoint is consistent with the one before."""
    roots = {}
    for start, end in ((260, 260), (260, 380), (380, 381), (381, 381), (381, 400)):
        asyncio.run(grow(log, start, end))
        with LogReader(log) as reader, Sm3Mirror(database(log), reader) as twin:
            size, note = twin.follow(KEY, NOW_US)
            roots[size] = parse_checkpoint(verify_note(note, KEYS)).root
            assert roots[size] == root_of(leaves(reader), sm3)
            for old, root in roots.items():
                verify_consistency(old, size, twin.consistency(old, size), root, roots[size], sm3)
            assert () == verify_sm3_mirror(twin, reader, KEYS)[2]
    assert [520, 760, 762, 800] == sorted(roots)


def test_every_entry_is_proven_under_sm3_and_not_under_sha256(log: Path, reader: LogReader) -> None:
    """In full tiles and in the tail."""
    with Sm3Mirror(database(log), reader) as twin:
        size, note = twin.follow(KEY, NOW_US)
        root, hashed = parse_checkpoint(verify_note(note, KEYS)).root, leaves(reader)
        for index in (0, 1, 255, 256, 511, 512, 519):
            path = twin.path(index, size)
            verify_inclusion(index, size, hashed[index], path, root, sm3)
            with pytest.raises(ProofInvalid):
                verify_inclusion(index, size, hashed[index], path, root)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE tile SET hashes = zeroblob(8192) WHERE number = 1", "tile 0/1"),
        ("DELETE FROM tile WHERE number = 0", "tile 0/0"),
        ("INSERT INTO tile VALUES (3, 0, zeroblob(8192))", "tiles"),
        ("UPDATE checkpoint SET note = zeroblob(9)", "checkpoint 520"),
        ("UPDATE checkpoint SET size = 519", "checkpoint 519"),
        ("UPDATE checkpoint SET size = 521", "checkpoint 521"),
    ],
)
def test_a_change_in_the_twin_is_named(log: Path, reader: LogReader, statement: str, place: str) -> None:
    """Tiles and checkpoints."""
    with Sm3Mirror(database(log), reader) as twin:
        twin.follow(KEY, NOW_US)
        with closing(sqlite3.connect(database(log))) as connection, connection:
            connection.execute(statement)
        assert [place] == [fault.place for fault in verify_sm3_mirror(twin, reader, KEYS)[2]]


def test_a_changed_entry_of_the_log_is_seen_by_the_twin(log: Path, reader: LogReader) -> None:
    """Also when everything in the log itself was made to fit."""
    with Sm3Mirror(database(log), reader) as twin:
        twin.follow(KEY, NOW_US)
        with closing(sqlite3.connect(log)) as connection, connection:
            connection.execute("UPDATE entry SET octets = zeroblob(9) WHERE idx = 300")
        assert ["tile 0/1"] == [fault.place for fault in verify_sm3_mirror(twin, reader, KEYS)[2]]


def test_a_log_that_was_rolled_back_is_not_followed(log: Path, reader: LogReader) -> None:
    """The twin has signed more."""
    with Sm3Mirror(database(log), reader) as twin:
        twin.follow(KEY, NOW_US)
        with closing(sqlite3.connect(log)) as connection, connection:
            connection.execute("DELETE FROM entry WHERE idx >= 500")
        with pytest.raises(StoreInvalid, match="rolled back"):
            twin.follow(KEY, NOW_US)


def test_a_gap_in_the_log_is_not_followed(log: Path, reader: LogReader) -> None:
    """Nothing is signed over it."""
    with closing(sqlite3.connect(log)) as connection, connection:
        connection.execute("DELETE FROM entry WHERE idx = 400")
    with Sm3Mirror(database(log), reader) as twin:
        for _ in range(2):
            with pytest.raises(StoreInvalid, match="expected 520 entries"):
                twin.follow(KEY, NOW_US)
        assert (None, 0) == (twin.newest_checkpoint(), twin.tiles())


def test_another_key_does_not_sign_for_the_twin(log: Path, reader: LogReader) -> None:
    """The log's own key has another name."""
    with Sm3Mirror(database(log), reader) as twin, pytest.raises(ValueError, match="expected the key"):
        twin.follow(PROVIDER, NOW_US)


@pytest.mark.parametrize("content", [b"no database, but long enough to look at it" * 9, None])
def test_what_is_no_twin_is_not_followed(log: Path, reader: LogReader, content: bytes | None) -> None:
    """Another file, or another database."""
    path = database(log)
    if content is None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE other (id INTEGER)")
    else:
        path.write_bytes(content)
    with pytest.raises(StoreInvalid):
        Sm3Mirror(path, reader)


def test_a_twin_that_was_deleted_is_made_anew(log: Path, reader: LogReader) -> None:
    """With the same root: it holds nothing of its own."""
    roots = []
    for _ in range(2):
        database(log).unlink(missing_ok=True)
        with Sm3Mirror(database(log), reader) as twin:
            roots.append(parse_checkpoint(verify_note(twin.follow(KEY, NOW_US)[1], KEYS)).root)
    assert roots[0] == roots[1]


def test_the_command_verifies_the_twin_with_the_logs_own_key(log: Path, reader: LogReader) -> None:
    """In both languages, and as JSON; absent, changed and held."""
    node = log.parents[1]
    run = ["audit", "twin", str(node)]
    assert 2 == CliRunner().invoke(app, run).exit_code
    with Sm3Mirror(database(log), reader) as twin:
        twin.follow(KEY, NOW_US)
    done = CliRunner().invoke(app, [*run, "--json"])
    assert (0, 520, True) == (done.exit_code, json.loads(done.stdout)["size"], json.loads(done.stdout)["holds"])
    assert "SM3 并行树与日志一致" in CliRunner().invoke(app, run).stdout
    with closing(sqlite3.connect(database(log))) as connection, connection:
        connection.execute("DELETE FROM tile")
    done = CliRunner().invoke(app, run)
    assert 1 == done.exit_code
    assert "tile 0/0" in done.stdout


async def test_a_running_node_follows_its_log(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread, at once and then about every minute."""
    followed = asyncio.Event()

    async def slept(seconds: float) -> None:
        followed.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("gateway.assembly.sm3_mirror.pause", slept)
    task = asyncio.create_task(follow_log(log, log.parent, KEY, lambda: NOW_US))
    await followed.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 520 == newest(log)


async def test_a_twin_that_is_far_behind_follows_in_steps_between_which_the_node_rests(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is signed and kept, so that a node that is stopped meanwhile goes on from there."""
    sizes, rests = [], []
    stopped = asyncio.Event()

    async def slept(seconds: float) -> None:
        sizes.append(await asyncio.to_thread(newest, log))
        rests.append(seconds)
        if len(sizes) == 1 or seconds == FOLLOW_SECONDS:
            stopped.set()
            await asyncio.Event().wait()

    monkeypatch.setattr("gateway.assembly.sm3_mirror.pause", slept)
    monkeypatch.setattr("gateway.assembly.sm3_mirror.STEP", 256)
    for _ in range(2):
        task = asyncio.create_task(follow_log(log, log.parent, KEY, lambda: NOW_US))
        await stopped.wait()
        stopped.clear()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [256, 512, 520] == sizes
    assert FOLLOW_SECONDS == rests[-1]
    assert FOLLOW_SECONDS > max(rests[:-1])
    with LogReader(log) as reader, Sm3Mirror(database(log), reader) as twin:
        assert () == verify_sm3_mirror(twin, reader, KEYS)[2]


def newest(log: Path) -> int:
    """The size of the twin's newest checkpoint; 0 while there is none."""
    with LogReader(log) as reader, Sm3Mirror(database(log), reader) as twin:
        kept = twin.newest_checkpoint()
        return kept[0] if kept else 0


def test_a_twin_stands_when_entries_leave_for_an_archive_and_is_not_made_of_nothing(log: Path) -> None:
    """Its own tiles prove them; one that was deleted is not signed anew over bytes that are gone."""

    async def pruned() -> None:
        store = await Store.open(log)
        await prune(store, 0, 512)
        await store.close()

    with LogReader(log) as reader, Sm3Mirror(database(log), reader) as twin:
        twin.follow(KEY, NOW_US)
    asyncio.run(pruned())
    asyncio.run(grow(log, 300, 310))
    with LogReader(log) as reader, Sm3Mirror(database(log), reader) as twin:
        assert 540 == twin.follow(KEY, NOW_US + 1)[0]
        assert (540, ()) == verify_sm3_mirror(twin, reader, KEYS)[::2]
    with LogReader(log) as reader, Sm3Mirror(log.with_name("other.db"), reader) as other:
        with pytest.raises(StoreInvalid, match="archive"):
            other.follow(KEY, NOW_US)
        assert other.newest_checkpoint() is None
