"""The state of a witness: made once, bound to its keys, never begun again."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway.audit.storage.held_files import FileMoved
from gateway.audit.tlog.witness import Fork, LastCosigned
from gateway.witness.state import MEND, RENEW, WitnessLost, WitnessState, name_remedy

KEYS = ("w+00000000+BA", "w+11111111+Bg")
ORIGIN = "500000.chuanyu/node/gateway-1"
SEEN = LastCosigned(7, b"r" * 32, b"a note\n")


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """The state of a witness that has seen nothing."""
    made = tmp_path / "witness.db"
    await WitnessState.create(made, KEYS, created_us=1)
    return made


async def test_what_was_remembered_is_there_after_a_restart(path: Path) -> None:
    """Size, root, note and fork; the newest alone."""
    state = await WitnessState.open(path, KEYS)
    assert None is await state.read_witnessed(ORIGIN)
    await state.remember(ORIGIN, LastCosigned(3, b"q" * 32, b"older\n"), None, 1)
    fork = Fork(ORIGIN, 7, b"one\n", b"two\n")
    await state.remember(ORIGIN, SEEN, fork, 2)
    await state.close()
    state = await WitnessState.open(path, KEYS)
    assert (SEEN, (fork,)) == (await state.read_witnessed(ORIGIN), await state.forks())
    assert [(ORIGIN, 7, 2)] == [(one.origin, one.witnessed.size, one.time_us) for one in await state.list_witnessed()]
    await state.close()


async def test_a_lost_state_is_not_begun_again(path: Path) -> None:
    """Opening never creates; the message says what to do."""
    await asyncio.to_thread(path.unlink)
    with pytest.raises(WitnessLost, match="renew-witness"):
        await WitnessState.open(path, KEYS)
    assert not await asyncio.to_thread(path.exists)


@pytest.mark.parametrize("keys", [("w+22222222+BA",), KEYS[:1], (*KEYS, "w+33333333+BA")])
async def test_the_state_of_other_keys_is_refused(path: Path, keys: tuple[str, ...]) -> None:
    """A state that was made for other keys says nothing of what these have cosigned."""
    with pytest.raises(WitnessLost, match="other keys"):
        await WitnessState.open(path, keys)


async def test_a_state_is_never_overwritten(path: Path) -> None:
    """Not even by the command that makes one."""
    with pytest.raises(WitnessLost, match="never overwritten"):
        await WitnessState.create(path, KEYS, created_us=2)


async def test_one_process_has_it(path: Path) -> None:
    """Two could cosign two histories."""
    state = await WitnessState.open(path, KEYS)
    with pytest.raises(WitnessLost, match="one process"):
        await WitnessState.open(path, KEYS)
    await state.close()


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 9"])
async def test_another_database_is_refused(path: Path, pragma: str) -> None:
    """Its marks tell."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {pragma}")
    connection.close()
    with pytest.raises(WitnessLost, match="pragma"):
        await WitnessState.open(path, KEYS)


async def test_a_damaged_file_is_refused(path: Path) -> None:
    """And never repaired by beginning again."""
    await asyncio.to_thread(path.write_bytes, b"no database" * 1000)
    with pytest.raises(WitnessLost, match="renew-witness"):
        await WitnessState.open(path, KEYS)


async def test_after_an_error_it_is_judged_from_a_new_connection(path: Path) -> None:
    """What could not be written is not there, and the next write succeeds."""
    state = await WitnessState.open(path, KEYS)
    with pytest.raises(sqlite3.Error):
        await state.remember(ORIGIN, LastCosigned(1, None, b"x"), None, 1)  # type: ignore[arg-type]  # no root: a fault
    assert None is await state.read_witnessed(ORIGIN)
    await state.remember(ORIGIN, SEEN, None, 1)
    assert SEEN == await state.read_witnessed(ORIGIN)
    await state.close()


@pytest.mark.parametrize("suffixes", [("",), ("-wal",), ("-shm",), (".lock",), ("", "-wal", "-shm", ".lock")])
async def test_a8_a_state_taken_away_cosigns_nothing(path: Path, suffixes: tuple[str, ...]) -> None:
    """What was remembered in a file that is not at its path is lost: it is not answered."""
    state = await WitnessState.open(path, KEYS)
    await state.remember(ORIGIN, LastCosigned(3, b"q" * 32, b"older\n"), None, 1)
    for suffix in suffixes:
        path.with_name(path.name + suffix).unlink()
    with pytest.raises(FileMoved, match="removed or replaced"):
        await state.remember(ORIGIN, SEEN, None, 2)
    await state.close()


async def test_a8_an_older_state_put_in_place_is_not_taken_up_by_a_running_witness(path: Path) -> None:
    """It knows less of what was cosigned, so that a second history could be cosigned; only a start takes it."""
    beside = path.with_name("older")
    await asyncio.to_thread(shutil.copy, path, beside)
    state = await WitnessState.open(path, KEYS)
    await state.remember(ORIGIN, SEEN, None, 2)
    await asyncio.to_thread(beside.replace, path)
    for _ in range(2):
        with pytest.raises(FileMoved, match="another one"):
            await state.remember(ORIGIN, SEEN, None, 3)
    with pytest.raises(FileMoved, match="another one"):
        await state.read_witnessed(ORIGIN)
    await state.close()


async def test_a3_a_reader_stops_no_witness(path: Path) -> None:
    """The state opens while a reader reads, and remembers more."""
    state = await WitnessState.open(path, KEYS)
    await state.remember(ORIGIN, LastCosigned(3, b"q" * 32, b"older\n"), None, 1)
    reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM witnessed").fetchall()
    await state.close()
    state = await WitnessState.open(path, KEYS)
    await state.remember(ORIGIN, SEEN, None, 2)
    await state.close()
    reader.close()
    state = await WitnessState.open(path, KEYS)
    assert SEEN == await state.read_witnessed(ORIGIN)
    await state.close()


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (sqlite3.OperationalError("database or disk is full"), MEND),
        (sqlite3.OperationalError("attempt to write a readonly database"), MEND),
        (OSError(28, "No space left on device"), MEND),
        (sqlite3.DatabaseError("file is not a database"), RENEW),
    ],
)
def test_s8_a_full_disk_is_no_reason_to_begin_the_witness_anew(error: Exception, remedy: str) -> None:
    """New keys stop the other province; only a state that is lost is begun anew."""
    assert remedy == name_remedy(error)
