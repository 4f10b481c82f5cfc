"""An entry that waits for its commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from gateway.audit.entries.entry import Phase
from gateway.audit.storage.store import Batch, Row, Sealed, Wrap
from gateway.audit.tlog.tiles import Tile
from gateway.ground.evidence import NO_ENTRY, Receipt


class Pending:
    """An entry in the queue. `index` is NO_ENTRY until it is durable; `lost` says that it was refused.

    `columns` is what its row holds beside the entry: phase, exchange id, page, time. `generation` is the number of
    stops of the log so far: an entry that was queued before a stop is refused, not written after it.
    """

    __slots__ = ("body", "columns", "done", "entry", "epoch", "generation", "index", "lost", "wrapped")

    def __init__(
        self,
        entry: bytes,
        columns: tuple[Phase, str, int, int],
        body: bytes,
        wrapped: bytes,
        epoch: str,
        done: asyncio.Future[Receipt] | None,
        generation: int,
    ) -> None:
        self.entry = entry
        self.columns = columns
        self.body = body
        self.wrapped = wrapped
        self.epoch = epoch
        self.done = done
        self.generation = generation
        self.index = NO_ENTRY
        self.lost = False

    def when_durable(self, notify: Callable[[Receipt], None]) -> None:
        """Have the receipt handed over once the entry is durable; nothing happens where it is lost."""

        def hand_over(done: asyncio.Future[Receipt]) -> None:
            if not done.cancelled() and done.exception() is None:
                notify(done.result())

        if self.done is not None:
            self.done.add_done_callback(hand_over)


def queued_bytes(pending: Pending) -> int:
    """Return the bytes that count against the bounds: those of the entry, its body and its key."""
    return len(pending.entry) + len(pending.body) + len(pending.wrapped)


def make_batch(
    pending: Sequence[Pending], start: int, leaves: Sequence[bytes], tiles: Sequence[Tile], root: bytes
) -> Batch:
    """Return what one transaction writes for these entries.

    Args:
        pending: the entries, at least one.
        start: the index of the first of them.
        leaves: their leaf hashes, in their order.
        tiles: the tiles that they fill.
        root: the root of the tree up to the last of them, which its row bears.
    """
    rows: list[Row] = []
    bodies: list[Sealed] = []
    wraps: list[Wrap] = []
    for index, (one, leaf) in enumerate(zip(pending, leaves, strict=True), start):
        rows.append((index, leaf, one.entry, *one.columns, None))
        if one.body:
            bodies.append((index, one.body))
        if one.wrapped:
            wraps.append((index, one.epoch, one.wrapped))
    rows[-1] = (*rows[-1][:-1], root)
    return Batch(rows, tiles, bodies, wraps)
