"""Readers never decide whether a log serves (A3), and the file under an open log is the one at its path (A8)."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.storage import held_files, sqlite
from gateway.audit.storage.held_files import FileMoved, HeldFiles
from gateway.audit.storage.recovery import LogTaken, StoreInvalid
from gateway.audit.storage.sqlite import SqliteDatabase
from gateway.ground.refusals import Refusal
from tests.audit.logs import create, opened
from tests.audit.test_faults import check, put


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold a transaction open that reads the log, as an auditor's shell does."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        yield reader


def count(path: Path) -> int:
    """The entries that another process sees in the log."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as reader:
        (found,) = reader.execute("SELECT count(*) FROM entry").fetchone()
    return int(found)


async def test_a3_a_reader_with_an_open_transaction_stops_no_start(tmp_path: Path) -> None:
    """The log opens while the reader reads, holds every entry, and takes more."""
    path = await create(tmp_path)
    async with opened(path) as log:
        await put(log, b"first")
    with reading(path) as reader:
        async with opened(path) as log:
            await put(log, b"second")
        async with opened(path) as log:
            kept = [await put(log, b"third")]
        assert (0,) == reader.execute("SELECT count(*) - 1 FROM entry").fetchone()
    assert 3 == count(path)
    await check(path, kept)


async def test_a3_a_reader_stops_no_recovery_and_what_it_holds_up_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be carried over is written once more where it lies, and synced, byte for byte."""
    path = await create(tmp_path)
    again: list[tuple[str, bool]] = []
    write = held_files._write_again

    def watch(file: Path) -> None:
        before = file.read_bytes()
        write(file)
        again.append((file.name, before == file.read_bytes()))

    monkeypatch.setattr(held_files, "_write_again", watch)
    database = await SqliteDatabase.open(path)
    assert [] == again
    with reading(path):
        await database.transact([("UPDATE probe SET filler = ?", [(b"x" * 50_000,)])])
        await database.reopen()
        assert [("log.db-wal", True)] == again
        assert [(b"x" * 50_000,)] == await database.fetch("SELECT filler FROM probe")
    await database.reopen()
    assert 1 == len(again)
    await database.close()


async def test_a3_a_log_that_cannot_be_written_again_is_not_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that does not take what was found gives no log: the guarantee of recovery stands."""
    path = await create(tmp_path)
    database = await SqliteDatabase.open(path)

    def fail(file: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(held_files, "_write_again", fail)
    with reading(path):
        await database.transact([("UPDATE probe SET filler = ?", [(b"x",)])])
        with pytest.raises(OSError, match="Input/output error"):
            await database.reopen()
        await database.close()
        with pytest.raises(StoreInvalid, match="cannot be opened"):
            await SqliteDatabase.open(path)


def test_a3_a_file_written_again_is_the_same(tmp_path: Path) -> None:
    """Several pieces, the last one short."""
    file = tmp_path / "log.db-wal"
    octets = bytes(range(256)) * (2 * held_files.PIECE // 256) + b"end"
    file.write_bytes(octets)
    inode = file.stat().st_ino
    held_files._write_again(file)
    assert (octets, inode) == (file.read_bytes(), file.stat().st_ino)


def remove_all(path: Path) -> None:
    """Remove the log, as `rm log.db*` does."""
    for file in path.parent.glob("log.db*"):
        file.unlink()


def restore_older(path: Path) -> None:
    """Put an older copy in place."""
    older = path.read_bytes()
    remove_all(path)
    path.write_bytes(older)


def replace(path: Path) -> None:
    """Put a copy over the log, as a careful restore does."""
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def move_directory(path: Path) -> None:
    """Move the directory away."""
    path.parent.rename(path.parent.with_name("elsewhere"))


def remove(suffix: str) -> Any:
    """Remove one of the files beside the log."""
    return lambda path: path.with_name(path.name + suffix).unlink()


@pytest.mark.parametrize(
    "harm",
    [remove_all, restore_older, replace, move_directory, remove(""), remove("-wal"), remove("-shm"), remove(".lock")],
)
async def test_a8_a_commit_into_a_file_that_is_not_at_its_path_is_none(tmp_path: Path, harm: Any) -> None:
    """The transaction raises, so no receipt is given and nothing leaves."""
    path = await create(tmp_path)
    database = await SqliteDatabase.open(path)
    await database.transact([("UPDATE probe SET filler = ?", [(b"x",)])])
    harm(path)
    with pytest.raises(FileMoved, match=r"removed or replaced.*put back"):
        await database.transact([("UPDATE probe SET filler = ?", [(b"y",)])])
    await database.close()


async def test_a8_a_log_taken_away_refuses_at_once_and_names_it(tmp_path: Path) -> None:
    """AUDIT_NOT_DURABLE with the path; an older copy at the path is not taken up, and keeps what it holds."""
    path = await create(tmp_path)
    async with opened(path) as log:
        await put(log, b"yesterday")
    async with opened(path) as log:
        await put(log, b"today")
        restore_older(path)
        with pytest.raises(Refusal, match=r"AUDIT_NOT_DURABLE.*FileMoved.*log.db"):
            await put(log, b"lost")
        assert not log.serving
    assert 1 == count(path)


@pytest.mark.parametrize("harm", [restore_older, replace])
async def test_a8_no_other_file_is_taken_up_by_a_running_node(tmp_path: Path, harm: Any) -> None:
    """Not even a whole copy: which log goes on is judged by a start. The file that was there is taken up again."""
    path = await create(tmp_path)
    database = await SqliteDatabase.open(path)
    kept = path.with_name("kept")
    os.link(path, kept)
    harm(path)
    for _ in range(2):
        with pytest.raises(FileMoved, match=r"removed or replaced.*Stop the node"):
            await database.reopen()
    kept.replace(path)
    await database.reopen()
    await database.transact([("UPDATE probe SET filler = ?", [(b"y",)])])
    await database.close()


async def test_a8_a_lock_that_was_removed_is_taken_anew(tmp_path: Path) -> None:
    """Whoever made a lock of their own meanwhile has the log; after them it is ours again."""
    path = await create(tmp_path)
    database = await SqliteDatabase.open(path)
    path.with_name("log.db.lock").unlink()
    other = sqlite.take_lock(path)
    with pytest.raises(LogTaken):
        await database.reopen()
    os.close(other)
    await database.reopen()
    with pytest.raises(LogTaken):
        sqlite.take_lock(path)
    await database.transact([("UPDATE probe SET filler = ?", [(b"y",)])])
    await database.close()


async def test_a8_files_that_stayed_are_in_place(tmp_path: Path) -> None:
    """A commit, a reader that comes and goes, and a rename to and fro change nothing."""
    path = await create(tmp_path)
    database = await SqliteDatabase.open(path)
    held = HeldFiles(path)
    with reading(path):
        await database.transact([("UPDATE probe SET filler = ?", [(b"x" * 100_000,)])])
    move_directory(path)
    path.parent.with_name("elsewhere").rename(path.parent)
    held.require_in_place()
    await database.close()
