"""One open stream of a link, as the dialling side sees it: frames out, frames in, and the questions in between.

A stream opens once and ends once. What was in flight when it ends goes back to the link, which asks it again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gateway.ground.gathering import Gathering
from gateway.link.frame import ANSWERER, DIALLER, FrameReader, FrameSigner, FrameVerifier, FrameWriter, broken
from gateway.link.waiting import Arrived, Waiting
from gateway.wire.v1 import peer_pb2

HELD: Final = 4_096
"""Acknowledgements that are kept until the peer has confirmed them; the oldest gives way."""

Outgoing = Waiting | str | peer_pb2.Acknowledgement
"""A question, the request id of a cancelled one, or an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What both ends of a link keep to. `gather_seconds` is the wait of the one gathering rule."""

    own_node: str
    peer_node: str
    signer: FrameSigner
    verifier: FrameVerifier
    clock_us: Callable[[], int]
    max_in_flight: int
    max_frame_bytes: int
    gather_seconds: float


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told of a link.

    `state` is told whether it is up, and why not; `frame` the exchanges and the clock offset (µs) of each frame read;
    `given_up` of each acknowledgement that the peer has not confirmed and that will not be said again.
    """

    state: Callable[[bool, str], None]
    frame: Callable[[int, int], None]
    given_up: Callable[[], None]


class Stream:
    """One stream. Use `open`, then `ask`, `leave` and `acknowledge` while `run` reads."""

    def __init__(self, call: Any, kind: peer_pb2.LinkKind, terms: Terms, watch: Watch) -> None:
        """`call` is the gRPC stream."""
        link_id = secrets.token_bytes(16)
        self._call = call
        self._kind = kind
        self._terms = terms
        self._watch = watch
        self._link_id = link_id
        self._writer = FrameWriter(DIALLER, link_id, terms.signer)
        self._reader = FrameReader(ANSWERER, link_id, terms.verifier, max_bytes=terms.max_frame_bytes)
        self._out: Gathering[Outgoing] = Gathering(
            self._flush,
            crowd=lambda: len(self.waiting),
            wait_seconds=terms.gather_seconds,
            max_items=256,
            max_bytes=terms.max_frame_bytes // 2,
            size_of=_size,
        )
        self.waiting: dict[str, Waiting] = {}
        self._said: deque[peer_pb2.Acknowledgement] = deque()
        self._settled = 0
        self._retiring = False
        self._ending: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Send the opening and read the peer's.

        Raises:
            Refusal: when the peer's first frame is not what it must be.
        """
        opening = peer_pb2.Opening(
            link_id=self._link_id, kind=self._kind, node=self._terms.own_node, max_in_flight=self._terms.max_in_flight
        )
        await self._write(peer_pb2.FrameBody(opening=opening))
        body = await self._read()
        if body is None:
            raise broken("expected an opening, found the end of the stream")
        theirs = body.opening
        if theirs.node != self._terms.peer_node or theirs.link_id != self._link_id:
            raise broken(f"expected an opening by {self._terms.peer_node}")

    async def run(self) -> None:
        """Read frames until the stream ends; answers go to the inbox of their question.

        Raises:
            Refusal: a frame breaks the contract; the stream is over.
        """
        while (body := await self._read()) is not None:
            self._settle(body.acknowledged)
            checkpoint = body.checkpoint
            for answer in body.answers:
                waiting = self.waiting.get(answer.request_id)
                if waiting is not None:
                    waiting.inbox.put_nowait(Arrived(answer, checkpoint))

    def ask(self, waiting: Waiting) -> None:
        """Send a question in one of the next frames."""
        self.waiting[waiting.message.ask.request_id] = waiting
        self._out.put(waiting)

    def leave(self, request_id: str, *, cancelled: bool) -> None:
        """Forget a question; if it was not answered, tell the peer that nobody waits for it any more."""
        self.waiting.pop(request_id, None)
        if cancelled:
            self._out.put(request_id)
        self._end_if_idle()

    def retire(self) -> None:
        """Take no new question from here on; end when the last answer has come."""
        self._retiring = True
        self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._retiring and not self.waiting and self._ending is None:
            self._ending = asyncio.create_task(self.close())

    def acknowledge(self, message: peer_pb2.Acknowledgement) -> None:
        """Tell the peer that an answer is recorded; rides in one of the next frames."""
        self._said.append(message)
        if len(self._said) > HELD:
            self._said.popleft()
            self._settled += 1
            self._watch.given_up()
        self._out.put(message, rides=True)

    def unsettled(self) -> tuple[peer_pb2.Acknowledgement, ...]:
        """Return what the peer was told and has not confirmed, in order; at most the newest `HELD`."""
        return tuple(self._said)

    def _settle(self, count: int) -> None:
        """The peer has confirmed so many acknowledgements of this stream, from the first on."""
        while self._settled < count and self._said:
            self._said.popleft()
            self._settled += 1

    async def close(self) -> None:
        """Send what is gathered and end the sending side."""
        await self._out.close()
        await self._call.done_writing()

    async def _flush(self, items: list[Outgoing]) -> None:
        now = asyncio.get_running_loop().time()
        body = peer_pb2.FrameBody()
        for item in items:
            if isinstance(item, Waiting):
                message = item.prepare(now)
                if message is not None:
                    body.asks.append(message)
            elif isinstance(item, str):
                body.cancels.append(item)
            else:
                body.acknowledgements.append(item)
        await self._write(body)

    async def _write(self, body: peer_pb2.FrameBody) -> None:
        await self._call.write(self._writer.seal(body, self._terms.clock_us()))

    async def _read(self) -> peer_pb2.FrameBody | None:
        frame = await self._call.read()
        if not isinstance(frame, peer_pb2.LinkFrame):
            return None
        read = self._reader.open(frame, self._terms.clock_us())
        self._watch.frame(len(read.body.answers), read.clock_offset_us)
        return read.body


def _size(item: Outgoing) -> int:
    return item.message.ByteSize() if isinstance(item, Waiting) else 160
