"""An entry that waits for its commit."""

from __future__ import annotations

import asyncio

from gateway.audit.entries.entry import Phase
from gateway.ground.evidence import NO_ENTRY, Receipt


class Pending:
    """An entry in the queue. `index` is NO_ENTRY until it is durable; `lost` says that it was refused.

    `columns` is what its row holds beside the entry: phase, exchange id, page, time. `term` counts the stops of the
    log: what was queued before a stop is refused, not written after it.
    """

    __slots__ = ("columns", "done", "entry", "epoch", "index", "lost", "term", "tokens", "wrapped")

    def __init__(
        self,
        entry: bytes,
        columns: tuple[Phase, str, int, int],
        wrapped: bytes,
        epoch: str,
        tokens: tuple[bytes, ...],
        done: asyncio.Future[Receipt] | None,
        term: int,
    ) -> None:
        self.entry = entry
        self.columns = columns
        self.wrapped = wrapped
        self.epoch = epoch
        self.tokens = tokens
        self.done = done
        self.term = term
        self.index = NO_ENTRY
        self.lost = False


def room_of(pending: Pending) -> int:
    """Return the bytes that count against the bounds: those of the entry, its wrapped key and its tokens."""
    return len(pending.entry) + len(pending.wrapped) + sum(map(len, pending.tokens))
