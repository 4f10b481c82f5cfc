"""The answering end of a link: reads asks, walks the road with each, and gathers the answers into frames.

Every frame is checked again: the node's certificate, its signature, its clock. Each exchange keeps its own id, deadline
and refusal; answers go out in the order in which they became durable. When the stream ends, the questions in flight are
cancelled, and the asker asks them again. A few pages of one exchange are out without an acknowledgement (`window`). The
number of settled acknowledgements goes back with the answers; the asker sends the others again over the next link.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol

import grpc.aio

from gateway.border.messages import encode_ask, read_ask, read_trace, write_receipt, write_release
from gateway.border.status import to_status
from gateway.border.validation import violations
from gateway.ground.evidence import Arrival, Receipt, Release, Sender
from gateway.ground.gathering import Gathering
from gateway.ground.refusals import Reason, Refusal
from gateway.link.frame import (
    ANSWERER,
    DIALLER,
    FrameReader,
    FrameSigner,
    FrameVerifier,
    FrameWriter,
    parse_body,
    refuse_frame,
)
from gateway.link.window import Window
from gateway.road import Refused
from gateway.wire.v1 import peer_pb2

CONFIRM_SECONDS: Final = 1.0
"""How often acknowledgements are confirmed where no answer goes out that would take it along."""

MAX_UNSETTLED: Final = 16_384
"""Acknowledgements of one link that may be unsettled; a peer that sends more loses the link."""

Outgoing = tuple[bytes | None, bytes]
"""A serialised LinkAnswer and the checkpoint of its receipt; no answer in a frame that only confirms."""
_CONFIRMATION_BYTES: Final = 16


class TakenAcknowledgement(Protocol):
    """An acknowledgement that the node has taken."""

    def settle(self) -> bool:
        """Return whether its outcome entry is durable, or there is none to write; one that was lost is tried again."""
        ...


class Host(Protocol):
    """The node, as a link sees it: it judges the machine, walks the road and takes acknowledgements."""

    own_node: str

    def clock_us(self) -> int:
        """Return the node's clock, in microseconds since 1970-01-01T00:00:00Z."""
        ...

    def admit(self, sender: Sender, now_us: int) -> str:
        """Return the URI of the peer node behind a connection; raise Refusal if it is none."""
        ...

    def verifier(self, node: str) -> FrameVerifier:
        """Return the frame-signing key of a peer node."""
        ...

    def request_hash(self, salt: bytes, ask: bytes) -> bytes:
        """Return the blinded hash of a question."""
        ...

    def travel(self, arrival: Arrival) -> AsyncGenerator[Release]:
        """Walk the road with a question."""
        ...

    def take_acknowledgement(self, node: str, message: peer_pb2.Acknowledgement) -> TakenAcknowledgement:
        """Take the asking gateway's acknowledgement."""
        ...

    def count_frame(self, node: str, exchanges: int, clock_offset_us: int) -> None:
        """Take note of a frame that was read."""
        ...

    def report_turned_away(self, method: str, sender: Sender, refusal: Refusal) -> None:
        """Take note of a question that never became an exchange."""
        ...


@dataclass(frozen=True, slots=True)
class LinkBounds:
    """The questions, bytes and seconds that a link may take of this node."""

    max_in_flight: int
    max_frame_bytes: int
    gather_seconds: float


class AnsweredLink:
    """One link that a peer dialled.

    `_tasks` and `_windows` have one item for each question in flight. The task that serves the link adds to `_tasks`;
    a question's own task adds its window and removes both when it ends, whatever ends it. `_unsettled` belongs to the
    serving task and to the flush, which count from its left end in turn. All run in one event loop; none awaits
    between reading and changing them.
    """

    def __init__(
        self,
        host: Host,
        sender: Sender,
        signer: FrameSigner,
        bounds: LinkBounds,
        write: Callable[[peer_pb2.LinkFrame], Awaitable[None]],
    ) -> None:
        self._host = host
        self._sender = sender
        self._signer = signer
        self._bounds = bounds
        self._write = write
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._windows: dict[str, Window] = {}
        self._unsettled: deque[TakenAcknowledgement] = deque()
        self._settled = 0
        self._confirmed = 0

    async def serve(self, read: Callable[[], Awaitable[Any]]) -> None:
        """Serve the link until the peer ends it.

        Raises:
            Refusal: the machine, a frame or the contract is not as it must be; the link is over.
        """
        host = self._host
        first = await read()
        if not isinstance(first, peer_pb2.LinkFrame):
            return
        now_us = host.clock_us()
        node = host.admit(self._sender, now_us)
        # The opening is parsed before it is verified, for the link id that its own signature covers. Nothing else is
        # taken from it until `reader.open` has checked that signature with the key of the node that was admitted.
        opening = parse_body(first.body).opening
        reader = FrameReader(DIALLER, opening.link_id, host.verifier(node), max_bytes=self._bounds.max_frame_bytes)
        wrong = violations(reader.open(first, now_us).body)
        if wrong or opening.node != node:
            raise Refusal(Reason.PEER_ANSWER_INVALID, f"expected an opening by {node}", violations=wrong)
        writer = FrameWriter(ANSWERER, opening.link_id, self._signer)
        await self._write(writer.seal(self._opening(opening.link_id, opening.kind), host.clock_us()))
        out: Gathering[Outgoing] = Gathering(
            lambda answers: self._flush(writer, answers),
            crowd=lambda: len(self._tasks),
            wait_seconds=self._bounds.gather_seconds,
            max_items=256,
            max_bytes=self._bounds.max_frame_bytes // 2,
            size_of=lambda item: len(item[0]) if item[0] is not None else _CONFIRMATION_BYTES,
        )
        confirming = asyncio.create_task(self._confirm(out))
        try:
            while isinstance(frame := await read(), peer_pb2.LinkFrame):
                now_us = host.clock_us()
                host.admit(self._sender, now_us)
                body = reader.open(frame, now_us)
                host.count_frame(node, len(body.body.asks), body.clock_offset_us)
                self._take(node, body.body, body.clock_offset_us, now_us, out)
        finally:
            tasks = (confirming, *self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await out.close()

    def _opening(self, link_id: bytes, kind: peer_pb2.LinkKind) -> peer_pb2.FrameBody:
        return peer_pb2.FrameBody(
            opening=peer_pb2.Opening(
                link_id=link_id, kind=kind, node=self._host.own_node, max_in_flight=self._bounds.max_in_flight
            )
        )

    async def _confirm(self, out: Gathering[Outgoing]) -> None:
        """Send a frame, now and then, that confirms settled acknowledgements where no answer has confirmed them."""
        while True:
            await asyncio.sleep(CONFIRM_SECONDS)
            if self._count_settled() > self._confirmed:
                out.put((None, b""))

    def _count_settled(self) -> int:
        while self._unsettled and self._unsettled[0].settle():
            self._unsettled.popleft()
            self._settled += 1
        return self._settled

    async def _flush(self, writer: FrameWriter, answers: list[Outgoing]) -> None:
        """Write one frame for each checkpoint, which is one for all the answers of one commit."""
        start = 0
        while start < len(answers):
            checkpoint = answers[start][1]
            end = start
            while end < len(answers) and answers[end][1] in (checkpoint, b""):
                end += 1
            self._confirmed = self._count_settled()
            body = peer_pb2.FrameBody(checkpoint=checkpoint, acknowledged=self._confirmed)
            pages = [answer for answer, _ in answers[start:end] if answer is not None]
            frame = writer.seal(body, self._host.clock_us(), answers=pages)
            # Point of no return: the frame has its number and goes to gRPC. If the write fails, the link ends, and the
            # asker asks again; the releases in it stand in the log without an outcome until then.
            try:
                await self._write(frame)
            except grpc.aio.BaseError:
                return  # gRPC has ended the stream meanwhile, and so `serve` ends, too
            start = end

    def _take(
        self,
        node: str,
        body: peer_pb2.FrameBody,
        clock_offset_us: int,
        now_us: int,
        out: Gathering[Outgoing],
    ) -> None:
        if len(self._unsettled) + len(body.acknowledgements) > MAX_UNSETTLED:
            raise refuse_frame(f"expected at most {MAX_UNSETTLED} acknowledgements that are not settled")
        for acknowledgement in body.acknowledgements:
            window = self._windows.get(acknowledgement.request_id)
            if window is not None:
                window.leave(acknowledgement.number)
            self._unsettled.append(self._host.take_acknowledgement(node, acknowledgement))
        for request_id in body.cancels:
            task = self._tasks.get(request_id)
            if task is not None:
                task.cancel()
        for message in body.asks:
            request_id = message.ask.request_id
            if request_id in self._tasks or len(self._tasks) >= self._bounds.max_in_flight:
                refusal = (
                    Refusal(Reason.REQUEST_REPLAYED, "the question is in flight")
                    if request_id in self._tasks
                    else Refusal(Reason.OVERLOADED, "too many questions in flight on the link", retry_after=0.1)
                )
                self._turn_away(request_id, 0, refusal, out)
                continue
            # The place in flight is taken here, and the task itself gives it back when it ends. It has begun before a
            # cancel of it can be read, since reading the next frame waits for gRPC.
            self._tasks[request_id] = asyncio.create_task(self._answer(message, clock_offset_us, now_us, out))

    async def _answer(
        self,
        message: peer_pb2.LinkAsk,
        clock_offset_us: int,
        now_us: int,
        out: Gathering[Outgoing],
    ) -> None:
        request_id = message.ask.request_id
        number = 0
        window = Window()
        self._windows[request_id] = window
        try:
            wrong = violations(message)
            if wrong:
                raise Refusal(Reason.REQUEST_INVALID, f"{len(wrong)} violations", violations=wrong)
            arrival = self._arrival(message, clock_offset_us, now_us)
            async with aclosing(self._host.travel(arrival)) as releases:
                await window.enter(number)  # before a page is recorded as one that leaves
                async for release in releases:
                    # Point of no return: the release is durable, and its page is the writer's from here on. A cancel
                    # or a deadline that comes later does not take it back.
                    out.put((write_release(release, request_id).SerializeToString(), release.receipt.checkpoint))
                    number = release.page.number + 1
                    if not release.page.last:
                        await window.enter(number)
        except Refused as refused:
            checkpoint = refused.receipts[0].checkpoint if refused.receipts else b""
            out.put((_encode_refusal(request_id, number, refused), checkpoint))
        except Refusal as refusal:
            self._turn_away(request_id, number, refusal, out)
        except Exception as error:
            defect = Refusal(Reason.INTERNAL)
            defect.__cause__ = error
            self._turn_away(request_id, number, defect, out)
        finally:
            del self._tasks[request_id]
            del self._windows[request_id]

    def _turn_away(self, request_id: str, number: int, refusal: Refusal, out: Gathering[Outgoing]) -> None:
        """Refuse a question that never became an exchange: no account tells of it, so it is told here."""
        self._host.report_turned_away("gateway.wire.v1.Peer/Link", self._sender, refusal)
        out.put((_encode_refusal(request_id, number, Refused(refusal, ())), b""))

    def _arrival(self, message: peer_pb2.LinkAsk, clock_offset_us: int, now_us: int) -> Arrival:
        octets = encode_ask(message.ask)  # again, since the peer may have written it in another order
        ask = read_ask(message.ask)
        return Arrival(
            ask=ask,
            octets=octets,
            sender=self._sender,
            application=message.application,
            now_us=now_us,
            deadline=asyncio.get_running_loop().time() + message.deadline_ms / 1000,
            salt=message.salt,
            request_hash=self._host.request_hash(message.salt, octets),
            page_rows=message.page_rows,
            repeated=message.repeated_ask,
            traceparent=read_trace(message.traceparent, ask.keys),
            clock_offset_us=clock_offset_us,
        )


def _encode_refusal(request_id: str, number: int, refused: Refused) -> bytes:
    """Return the last answer to a question, a refusal with its receipt, serialised."""
    receipts: tuple[Receipt, ...] = refused.receipts
    message = peer_pb2.LinkAnswer(request_id=request_id, number=number, last=True)
    origin, index = (receipts[0].origin, receipts[0].index) if receipts else ("", -1)
    message.refusal.CopyFrom(to_status(refused.refusal, origin=origin, index=index, request_id=request_id))
    if receipts:
        write_receipt(receipts[0], message.receipt, with_checkpoint=False)
    return message.SerializeToString()
