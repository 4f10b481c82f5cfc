"""One open stream of a link, as the dialling side sees it: frames out, frames in, and the questions in between.

A stream opens once and ends once. The questions in flight when it ends go back to the link, which asks them again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import grpc.aio

from gateway.ground.gathering import Gathering
from gateway.link.acknowledgements import UnconfirmedAcknowledgements
from gateway.link.frame import ANSWERER, DIALLER, FrameReader, FrameSigner, FrameVerifier, FrameWriter, refuse_frame
from gateway.link.question import PendingQuestion, ReceivedAnswer
from gateway.wire.v1 import peer_pb2

Outgoing = PendingQuestion | str | peer_pb2.Acknowledgement
"""A question, the request id of a cancelled one, or an acknowledgement."""
_SMALL: Final = 160
"""Most bytes of a cancel or an acknowledgement in a frame, near enough for gathering."""


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """The names, keys, clock and bounds of a link. `gather_seconds` is the wait of the one gathering rule."""

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
    """Callbacks for the events of a link.

    `state` takes whether the link is up, and why not; `frame` the exchanges and the clock offset (µs) of each frame
    that was read. `given_up` is called for each acknowledgement that the peer has not confirmed and that will not be
    sent again.
    """

    state: Callable[[bool, str], None]
    frame: Callable[[int, int], None]
    given_up: Callable[[], None]


class Stream:
    """One stream. Use `open`, then `ask`, `forget` and `acknowledge` while `run` reads.

    `waiting` belongs to the stream: `ask` and `forget` change it, from the tasks that ask; `run` only reads it. Frames
    are written by the gathering's flush alone, one at a time, so that their numbers leave in order.
    """

    def __init__(self, call: Any, kind: peer_pb2.LinkKind, config: LinkConfig, watch: Watch) -> None:
        """`call` is the gRPC stream."""
        link_id = secrets.token_bytes(16)
        self._call = call
        self._kind = kind
        self._config = config
        self._watch = watch
        self._link_id = link_id
        self._writer = FrameWriter(DIALLER, link_id, config.signer)
        self._reader = FrameReader(ANSWERER, link_id, config.verifier, max_bytes=config.max_frame_bytes)
        self._out: Gathering[Outgoing] = Gathering(
            self._flush,
            crowd=lambda: len(self.waiting),
            wait_seconds=config.gather_seconds,
            max_items=256,
            max_bytes=config.max_frame_bytes // 2,
            size_of=_size,
        )
        self.waiting: dict[str, PendingQuestion] = {}
        self.unconfirmed = UnconfirmedAcknowledgements(watch.given_up)
        self._retiring = False
        self._ending: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Send the opening and read the peer's.

        Raises:
            Refusal: when the peer's first frame is not what it must be.
        """
        opening = peer_pb2.Opening(
            link_id=self._link_id, kind=self._kind, node=self._config.own_node, max_in_flight=self._config.max_in_flight
        )
        await self._write(peer_pb2.FrameBody(opening=opening))
        body = await self._read()
        if body is None:
            raise refuse_frame("expected an opening, found the end of the stream")
        theirs = body.opening
        if theirs.node != self._config.peer_node or theirs.link_id != self._link_id:
            raise refuse_frame(f"expected an opening by {self._config.peer_node}")

    async def run(self) -> None:
        """Read frames until the stream ends; answers go to the inbox of their question.

        Raises:
            Refusal: a frame breaks the contract; the stream is over.
        """
        while (body := await self._read()) is not None:
            self.unconfirmed.confirm(body.acknowledged)
            checkpoint = body.checkpoint
            for answer in body.answers:
                question = self.waiting.get(answer.request_id)
                if question is not None:
                    question.inbox.put_nowait(ReceivedAnswer(answer, checkpoint))

    def ask(self, question: PendingQuestion) -> None:
        """Send a question in one of the next frames."""
        self.waiting[question.request_id] = question
        self._out.put(question)

    def forget(self, request_id: str, *, cancelled: bool) -> None:
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
        """Tell the peer that an answer is recorded; the message rides in one of the next frames."""
        self.unconfirmed.add(message)
        self._out.put(message, rides=True)

    async def close(self) -> None:
        """Send everything that has gathered, and end the sending side."""
        await self._out.close()
        await self._call.done_writing()

    async def _flush(self, items: list[Outgoing]) -> None:
        now = asyncio.get_running_loop().time()
        body = peer_pb2.FrameBody()
        asks: list[bytes] = []
        for item in items:
            if isinstance(item, PendingQuestion):
                octets = item.encode(now)
                if octets is not None:
                    asks.append(octets)
            elif isinstance(item, str):
                body.cancels.append(item)
            else:
                body.acknowledgements.append(item)
        try:
            await self._write(body, asks)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            # gRPC has ended the stream meanwhile: `run` tells why, and the link asks its questions again.
            if not self._call.done():
                raise

    async def _write(self, body: peer_pb2.FrameBody, asks: Sequence[bytes] = ()) -> None:
        frame = self._writer.seal(body, self._config.clock_us(), asks=asks)
        # Point of no return: the frame has its number and goes to gRPC. If the write fails, the stream ends, and its
        # questions go out again over the next one, marked as repeated.
        await self._call.write(frame)

    async def _read(self) -> peer_pb2.FrameBody | None:
        frame = await self._call.read()
        if not isinstance(frame, peer_pb2.LinkFrame):
            return None
        read = self._reader.open(frame, self._config.clock_us())
        self._watch.frame(len(read.body.answers), read.clock_offset_us)
        return read.body


def _size(item: Outgoing) -> int:
    return item.size if isinstance(item, PendingQuestion) else _SMALL
