"""One question on its way over a link: what was sent of it, and where its answers arrive."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from gateway.border.encoding import encode_field
from gateway.wire.v1 import peer_pb2

MAX_DEADLINE_MS: Final = 600_000
"""Longest deadline that the contract lets a question carry."""
_ENVELOPE_BYTES: Final = 512
"""Most bytes of an envelope: an application of 256, a trace context of 55, a salt of 16 and three numbers."""


@dataclass(frozen=True, slots=True)
class ReceivedAnswer:
    """One answer as it came: the message, and the checkpoint of its frame. Nothing of it is verified yet."""

    answer: peer_pb2.LinkAnswer
    checkpoint: bytes


@dataclass(slots=True, eq=False)
class PendingQuestion:
    """A question whose answer is awaited.

    `ask` is the question in its canonical bytes, `envelope` all of the message but the question. `deadline` is a
    reading of the loop's clock, in seconds. `was_sent` says that the question may have reached the peer, so that it is
    marked as repeated when it is sent again; `pages` counts the answers that came, since they need not come again.
    `acknowledged` has their acknowledgements, page by page, to be sent again when a page comes again.

    The task that asks owns the question and alone takes from `inbox`; the task that reads the stream puts into it, and
    the stream's flush calls `encode`. All run in one event loop, and none awaits while it changes a field.
    """

    request_id: str
    ask: bytes
    envelope: peer_pb2.LinkAsk
    deadline: float
    inbox: asyncio.Queue[ReceivedAnswer] = field(default_factory=asyncio.Queue)
    was_sent: bool = False
    pages: int = 0
    acknowledged: list[peer_pb2.Acknowledgement] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The bytes that the question takes in a frame, at most."""
        return len(self.ask) + _ENVELOPE_BYTES

    def encode(self, now: float) -> bytes | None:
        """Return the LinkAsk with what is left of its deadline, serialised, or None when nothing is left."""
        left_ms = int((self.deadline - now) * 1000)
        if left_ms < 1:
            return None
        self.envelope.deadline_ms = min(left_ms, MAX_DEADLINE_MS)
        self.envelope.repeated_ask = self.was_sent
        # From here on the question counts as sent: if the write fails, the peer may still have read it.
        self.was_sent = True
        return encode_field(peer_pb2.LinkAsk.ASK_FIELD_NUMBER, self.ask) + self.envelope.SerializeToString()
