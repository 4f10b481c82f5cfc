"""Checkpoints are kept one change at a time: a cosignature stays with the checkpoint that it is of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from gateway.audit.checkpoints import CheckpointStore
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.store import Store
from gateway.audit.tlog.cosignature import note_verifier
from gateway.audit.tlog.note import (
    COSIGNATURE,
    SUBTREE,
    Checkpoint,
    NoteInvalid,
    checkpoint_text,
    open_note,
    sign_note,
)
from tests.audit.cosigning import WitnessKey
from tests.audit.logs import PROVIDER
from tests.samples import NOW_US

SECOND = WitnessKey(PROVIDER.name, SUBTREE, 2)
ONE, OTHER = WitnessKey("one.example", COSIGNATURE, 3), WitnessKey("other.example", SUBTREE, 4)
VERIFIERS = [note_verifier(PROVIDER.vkey), SECOND.verifier, ONE.verifier, OTHER.verifier]
LOGS = {PROVIDER.name}


class Slow:
    """The store of a busy disk: a checkpoint is stored once `disk` is set; `asked` tells that one is to be."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.disk, self.asked = asyncio.Event(), asyncio.Event()
        self.disk.set()

    async def save_checkpoint(self, size: int, time_us: int, note: bytes) -> None:
        """Store it when the disk can."""
        self.asked.set()
        await self.disk.wait()
        await self._store.save_checkpoint(size, time_us, note)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def names(self, size: int) -> set[str]:
        """Who has signed what is kept for a size; every line of it was verified."""
        _, note = await self._store.kept_checkpoint(size)
        opened = open_note(note, VERIFIERS)
        assert () == tuple(opened.unknown)
        return {line.name for line in opened.good} - LOGS


def text(size: int) -> bytes:
    """The text of a checkpoint of so many entries."""
    return checkpoint_text(Checkpoint(PROVIDER.name, size, sha256(bytes([size])).digest()))


def note(size: int) -> bytes:
    """The same, signed by the log."""
    return sign_note(text(size), [PROVIDER])


@pytest.fixture
async def store(place: LogPlace) -> AsyncIterator[Slow]:
    """An empty log, on either database."""
    opened = await Store.open(place)
    yield Slow(opened)
    await opened.close()


@pytest.fixture
def keeping(store: Slow) -> CheckpointStore:
    """What keeps its checkpoints."""
    return CheckpointStore(store, [SECOND.at()], lambda: NOW_US, lambda size, note, taken_at: None)  # type: ignore[arg-type]  # a store but for its speed


async def test_a_cosignature_that_comes_while_a_newer_checkpoint_is_stored_goes_to_its_own(
    store: Slow, keeping: CheckpointStore
) -> None:
    """Else the newer one would bear a line that does not hold, and be condemned."""
    await keeping.store(1, note(1), 0.0)
    store.disk.clear()
    store.asked.clear()
    newer = asyncio.create_task(keeping.store(2, note(2), 0.0))
    await store.asked.wait()
    late = asyncio.create_task(keeping.add_cosignatures(1, [ONE.at().line(text(1))]))
    store.disk.set()
    await asyncio.gather(newer, late)
    assert {ONE.name} == await store.names(1)
    assert set() == await store.names(2)


@pytest.mark.parametrize("newest", [1, 2])
async def test_cosignatures_that_come_together_are_all_kept(store: Slow, keeping: CheckpointStore, newest: int) -> None:
    """Of the newest checkpoint, and of one that was followed by another."""
    for size in range(1, newest + 1):
        await keeping.store(size, note(size), 0.0)
    store.disk.clear()
    both = [asyncio.create_task(keeping.add_cosignatures(1, [key.at().line(text(1))])) for key in (ONE, OTHER)]
    store.disk.set()
    await asyncio.gather(*both)
    assert {ONE.name, OTHER.name} == await store.names(1)


async def test_a_cosignature_of_a_checkpoint_that_is_not_kept_is_no_cosignature(
    store: Slow, keeping: CheckpointStore
) -> None:
    """Nothing is added anywhere."""
    await keeping.store(1, note(1), 0.0)
    with pytest.raises(LookupError):
        await keeping.add_cosignatures(2, [ONE.at().line(text(2))])
    assert set() == await store.names(1)


async def test_what_a_note_cannot_take_leaves_it_as_it_was(store: Slow, keeping: CheckpointStore) -> None:
    """Thirty-three lines are too many."""
    await keeping.store(1, note(1), 0.0)
    lines = [WitnessKey(f"w{n}.example", COSIGNATURE, n + 5).at().line(text(1)) for n in range(33)]
    with pytest.raises(NoteInvalid):
        await keeping.add_cosignatures(1, lines)
    assert set() == await store.names(1)


async def test_a_checkpoint_that_failed_to_be_stored_is_stored_the_next_time(
    store: Slow, keeping: CheckpointStore
) -> None:
    """It is not taken for kept."""
    await keeping.store(1, note(1), 0.0)
    store.disk.clear()
    store.asked.clear()
    newer = asyncio.create_task(keeping.store(2, note(2), 0.0))
    await store.asked.wait()
    newer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await newer
    store.disk.set()
    await keeping.store(2, note(2), 0.0)
    assert set() == await store.names(2)
