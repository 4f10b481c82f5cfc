"""One question on its way over a link: what was sent of it, and where its answers arrive."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from gateway.wire.v1 import peer_pb2


@dataclass(frozen=True, slots=True)
class Arrived:
    """One answer as it came: the message, and the checkpoint of its frame."""

    answer: peer_pb2.LinkAnswer
    checkpoint: bytes


@dataclass(slots=True, eq=False)
class Waiting:
    """A question that somebody waits for. `deadline` is a reading of the loop's clock, in seconds.

    `sent` tells whether it may have reached the peer, so that it must be marked as repeated when sent again; `pages`
    counts the answers that came, since pages that came need not come again. `acknowledged` has what was said of them,
    page by page, to be said again when a page comes again.
    """

    message: peer_pb2.LinkAsk
    deadline: float
    inbox: asyncio.Queue[Arrived] = field(default_factory=asyncio.Queue)
    sent: bool = False
    pages: int = 0
    acknowledged: list[peer_pb2.Acknowledgement] = field(default_factory=list)

    def prepare(self, now: float) -> peer_pb2.LinkAsk | None:
        """Return the message with what is left of its deadline, or None when nothing is left."""
        left_ms = int((self.deadline - now) * 1000)
        if left_ms < 1:
            return None
        self.message.deadline_ms = min(left_ms, 600_000)
        self.message.repeated_ask = self.sent
        self.sent = True
        return self.message
