"""Takes bytes and keys out of a log, in small steps through its one writer; hashes and proofs stay.

A step is one short transaction, so that a commit waits for it no longer than for another commit, and a process that is
killed between two has done some of them: doing it again does the rest. The rules of what may be
taken out are in `rules`; nothing here asks them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gateway.audit.entries.seals import SealKind
from gateway.audit.storage.store import Store
from gateway.audit.tlog.tiles import TILE_WIDTH

PAUSE_SECONDS: Final = 0.002
"""Between two steps the exchanges have their turn."""
_WRAPS: Final = 512
"""Wrapped keys of one step."""


async def prune(store: Store, start: int, end: int, progress: Callable[[int], None] = lambda done: None) -> None:
    """Take the bytes of the entries from `start` to before `end`, and their bodies, out of the log.

    The pairs of segments that have wholly left go too.

    Raises:
        ValueError: when the range does not consist of whole tiles: the leaves beyond them follow from the bytes.
    """
    if start % TILE_WIDTH or end % TILE_WIDTH:
        raise ValueError(f"expected whole tiles of {TILE_WIDTH}, found {start} to {end}")
    for low in range(start, end, TILE_WIDTH):
        rows = await store.rows(low, low + TILE_WIDTH)
        if any(row[2] for row in rows):
            # The point of no return for this tile: its bytes are then in the archive alone. Hashes and proofs stay.
            await store.prune(rows)
        progress(low + TILE_WIDTH)
        await asyncio.sleep(PAUSE_SECONDS)
    for kind in SealKind:
        # What begins before the last segment that begins here or before has wholly left.
        before, left = await store.first_of_pages(kind.code, end), True
        while left:
            left = await store.drop_pages(kind.code, before)
            await asyncio.sleep(PAUSE_SECONDS)


async def shred(store: Store, epoch: str) -> int:
    """Delete all keys that are wrapped under the key of a month; return how many there were."""
    after, deleted = -1, 0
    while indexes := await store.wraps_of(epoch, after, _WRAPS):
        # The point of no return for these bodies: without its wrapped key nobody opens one, with any other key.
        await store.unwrap(indexes)
        after, deleted = indexes[-1], deleted + len(indexes)
        await asyncio.sleep(PAUSE_SECONDS)
    return deleted
