"""The asking end of a link: keeps one stream open, and asks the open questions of a broken one again over the next.

The link is dialled anew when it breaks, with growing pauses, and before its certificate turns (`renew`); then the old
stream finishes the questions that it carries. Acknowledgements that the peer has not confirmed are sent again over the
next stream; they are also in our log, as receipts, from which a node that starts takes them up.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

import grpc

from gateway.ground.refusals import Reason, Refusal
from gateway.link.acknowledgements import UnconfirmedAcknowledgements
from gateway.link.frame import AROUND_BYTES
from gateway.link.question import PendingQuestion, ReceivedAnswer
from gateway.link.stream import LinkConfig, Stream, Watch
from gateway.wire.v1 import peer_pb2, peer_pb2_grpc

PATIENCE: Final = 2.0
"""Seconds that a question waits for a link that is down before it is refused."""
PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to dial; the last one repeats."""


class DialledLink:
    """A link that we dial. `channel` makes a fresh channel with the certificate in force.

    `_waiting` has every question whose answer is awaited, and `_streams` the stream on which each of them stands. The
    task that asks adds its own question to both and takes it out; `run` and the tasks that it starts move questions
    from one stream to the next. All run in one event loop, and no change of the two spans an await.
    """

    def __init__(
        self, kind: peer_pb2.LinkKind, config: LinkConfig, channel: Callable[[], grpc.aio.Channel], watch: Watch
    ) -> None:
        self._kind = kind
        self._config = config
        self._channel = channel
        self._watch = watch
        self._waiting: dict[str, PendingQuestion] = {}
        self._streams: dict[str, Stream] = {}
        self._stream: Stream | None = None
        self._up = asyncio.Event()
        self._renew = asyncio.Event()
        self._old: set[asyncio.Task[None]] = set()
        self._unsent = UnconfirmedAcknowledgements(watch.given_up)
        self._down_reason = "not dialled yet"

    @property
    def up(self) -> bool:
        """Whether a stream is open."""
        return self._stream is not None

    @property
    def in_flight(self) -> int:
        """The number of questions whose answer is awaited."""
        return len(self._waiting)

    def renew(self) -> None:
        """Dial anew, with a fresh certificate; the open stream finishes the questions that it carries."""
        self._renew.set()

    async def run(self) -> None:
        """Keep a stream open until cancelled."""
        attempt = 0
        while True:
            opened = await self._dial()
            attempt = 0 if opened else attempt + 1
            pause = PAUSES[min(attempt, len(PAUSES) - 1)]
            if not self._renew.is_set():
                await asyncio.sleep(pause * (0.8 + secrets.randbelow(400) / 1000))

    async def _dial(self) -> bool:
        """Open a stream and stay with it; return whether it opened."""
        channel = self._channel()
        task = asyncio.create_task(self._run_stream(channel))
        self._renew.clear()
        renewed = asyncio.create_task(self._renew.wait())
        try:
            await asyncio.wait({task, renewed}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        finally:
            renewed.cancel()
        if task.done():
            return not task.cancelled() and task.exception() is None
        self._old.add(task)
        task.add_done_callback(self._old.discard)
        if self._stream is not None:
            self._stream.retire()
        return True

    async def _run_stream(self, channel: grpc.aio.Channel) -> None:
        stub: Any = peer_pb2_grpc.PeerStub(channel)
        stream = Stream(stub.Link(), self._kind, self._config, self._watch)
        try:
            async with asyncio.timeout(PATIENCE):
                await stream.open()
            self._adopt(stream)
            await stream.run()
            self._down_reason = "the peer ended the stream"
        except Refusal as refusal:
            self._down_reason = str(refusal)
            raise
        except grpc.aio.AioRpcError as error:
            self._down_reason = f"{error.code().name}: {error.details()}"
            raise
        except TimeoutError:
            self._down_reason = f"no opening within {PATIENCE:g} s"
            raise
        finally:
            self._abandon(stream)
            await channel.close()

    def _adopt(self, stream: Stream) -> None:
        self._stream = stream
        self._up.set()
        self._watch.state(True, "")
        for message in self._unsent.drain():
            stream.acknowledge(message)
        for question in self._waiting.values():
            if question.request_id not in self._streams:
                self._send(stream, question)

    def _abandon(self, stream: Stream) -> None:
        # The stream is over: from here on its questions stand on none, until the open stream or the next takes them.
        orphans = [request_id for request_id, carrier in self._streams.items() if carrier is stream]
        for request_id in orphans:
            del self._streams[request_id]
        if self._stream is stream:
            self._stream = None
            self._up.clear()
            self._watch.state(False, self._down_reason)
        elif self._stream is not None:
            for request_id in orphans:
                self._send(self._stream, self._waiting[request_id])
        for message in stream.unconfirmed.drain():
            self._send_acknowledgement(message)

    def _send(self, stream: Stream, question: PendingQuestion) -> None:
        self._streams[question.request_id] = stream
        stream.ask(question)

    async def ask(self, question: PendingQuestion) -> AsyncGenerator[ReceivedAnswer, None]:
        """Ask, and yield the answers as they come, until the last page or a refusal, which is yielded too.

        Raises:
            Refusal: OVERLOADED, PEER_UNAVAILABLE, DEADLINE_EXCEEDED, PEER_ANSWER_INVALID; REQUEST_INVALID for a
                question that no frame can carry: it would take the link down, again and again.
        """
        most = self._config.max_frame_bytes - AROUND_BYTES
        if question.size > most:
            raise Refusal(Reason.REQUEST_INVALID, f"expected a question of at most {most} bytes, found {question.size}")
        if len(self._waiting) >= self._config.max_in_flight:
            raise Refusal(Reason.OVERLOADED, "too many questions in flight on the link", retry_after=0.1)
        self._waiting[question.request_id] = question
        finished = False
        try:
            await self._send_when_up(question)
            while not finished:
                received = await self._next(question)
                number = received.answer.number
                if number < question.pages:
                    self._acknowledge_again(question, number)
                    continue
                if number > question.pages:
                    raise Refusal(Reason.PEER_ANSWER_INVALID, f"expected page {question.pages} of the answer")
                question.pages += 1
                finished = received.answer.last or not received.answer.HasField("page")
                yield received
        finally:
            del self._waiting[question.request_id]
            carrier = self._streams.pop(question.request_id, None)
            if carrier is not None:
                carrier.forget(question.request_id, cancelled=not finished)

    async def _send_when_up(self, question: PendingQuestion) -> None:
        if self._stream is None:
            loop = asyncio.get_running_loop()
            try:
                async with asyncio.timeout_at(min(question.deadline, loop.time() + PATIENCE)):
                    await self._up.wait()
            except TimeoutError:
                raise Refusal(Reason.PEER_UNAVAILABLE, self._down_reason, retry_after=PATIENCE) from None
        if self._stream is not None and question.request_id not in self._streams:
            self._send(self._stream, question)

    async def _next(self, question: PendingQuestion) -> ReceivedAnswer:
        try:
            async with asyncio.timeout_at(question.deadline):
                return await question.inbox.get()
        except TimeoutError:
            if self._stream is None:
                raise Refusal(Reason.PEER_UNAVAILABLE, self._down_reason) from None
            raise Refusal(Reason.DEADLINE_EXCEEDED, "no answer of the peer within the deadline") from None

    def acknowledge(self, message: peer_pb2.Acknowledgement) -> None:
        """Send an acknowledgement with one of the next frames, and over the next links until the peer confirms it."""
        question = self._waiting.get(message.request_id)
        if question is not None and message.number == len(question.acknowledged):
            question.acknowledged.append(message)
        self._send_acknowledgement(message)

    def _send_acknowledgement(self, message: peer_pb2.Acknowledgement) -> None:
        """Put an acknowledgement on the stream; where there is none, keep it for the next."""
        if self._stream is not None:
            self._stream.acknowledge(message)
        else:
            self._unsent.add(message)

    def _acknowledge_again(self, question: PendingQuestion, number: int) -> None:
        """Acknowledge a page that came again over a new link: the peer's window stays closed until it knows."""
        if self._stream is not None and number < len(question.acknowledged):
            self._stream.acknowledge(question.acknowledged[number])

    async def close(self, grace: Awaitable[None]) -> None:
        """Wait for `grace`, then send everything that has gathered, and end the stream."""
        await grace
        if self._stream is not None:
            await self._stream.close()
