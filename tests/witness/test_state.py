"""The state of a witness: made once, bound to its keys, never begun again."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.audit.tlog.witness import Fork, LastCosigned
from gateway.witness.state import WitnessLost, WitnessState

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
