"""No checkpoint is stored whose root the disk does not give."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.storage.recheck import CHUNK, Recheck
from gateway.audit.storage.recovery import LogState, StoreInvalid
from gateway.audit.storage.store import Batch, Row, Store
from gateway.audit.tlog.tiles import Tail
from gateway.audit.tlog.tree import EMPTY_ROOT, Tree, leaf_hash, root_of
from tests.audit.logs import create

SIZE = CHUNK + 9
LEAVES = [leaf_hash(b"%d" % number) for number in range(SIZE)]
EMPTY = LogState(0, EMPTY_ROOT, Tree(), Tail())


async def written(directory: Path, spoilt: int = -1) -> Store:
    """A store with entries under their own leaf hashes; the bytes of one may be others."""
    store = await Store.open(await create(directory))
    for start in range(0, SIZE, 128):
        end = min(start + 128, SIZE)
        rows: list[Row] = []
        for index in range(start, end):
            octets = b"rotten" if index == spoilt else b"%d" % index
            root = root_of(LEAVES[:end]) if index == end - 1 else None
            rows.append((index, LEAVES[index], octets, Phase.ADMIN, "", 0, 1, root))
        await store.append(Batch(rows))
    return store


async def test_a_root_that_the_disk_gives_is_confirmed_step_by_step(tmp_path: Path) -> None:
    """From one checkpoint to the next, over more than one reading, and for one size twice."""
    store = await written(tmp_path)
    recheck = Recheck(store, EMPTY)
    for size in (1, 7, 7, SIZE):
        await recheck.confirm(size, root_of(LEAVES[:size]))
    await store.close()


@pytest.mark.parametrize("spoilt", [0, CHUNK - 1, CHUNK, SIZE - 1])
async def test_one_other_byte_on_the_disk_is_found(tmp_path: Path, spoilt: int) -> None:
    """Though the stored leaf hash is that which was signed: the bytes are hashed again."""
    store = await written(tmp_path, spoilt)
    recheck = Recheck(store, EMPTY)
    with pytest.raises(StoreInvalid, match="do not have the root"):
        await recheck.confirm(SIZE, root_of(LEAVES))
    await store.close()


async def test_an_entry_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The size that was signed is larger than what is stored."""
    store = await written(tmp_path)
    recheck = Recheck(store, EMPTY)
    with pytest.raises(StoreInvalid, match=f"entry {SIZE} is not stored"):
        await recheck.confirm(SIZE + 1, root_of([*LEAVES, b"x" * 32]))
    await store.close()


async def test_an_older_size_is_not_confirmed(tmp_path: Path) -> None:
    """The second tree only grows, as the log does."""
    store = await written(tmp_path)
    recheck = Recheck(store, EMPTY)
    await recheck.confirm(9, root_of(LEAVES[:9]))
    with pytest.raises(StoreInvalid, match="root of size 8"):
        await recheck.confirm(8, root_of(LEAVES[:8]))
    await store.close()
