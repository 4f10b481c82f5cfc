"""The asking end of a link: keeps one stream open, and asks again over the next one what a broken one left open.

The link is dialled anew when it breaks, with growing pauses, and before its certificate turns (`renew`), when the old
stream is left to finish what it carries. Acknowledgements that the peer has not confirmed are said again over the next
stream; they are also in our log, as receipts, from which a node that starts takes them up.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

import grpc

from gateway.ground.refusals import Reason, Refusal
from gateway.link.stream import HELD, Stream, Terms, Watch
from gateway.link.waiting import Arrived, Waiting
from gateway.wire.v1 import peer_pb2, peer_pb2_grpc

PATIENCE: Final = 2.0
"""Seconds that a question waits for a link that is down before it is refused."""
PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to dial; the last one repeats."""


class DialledLink:
    """A link that we dial. `channel` makes a fresh channel with the certificate in force."""

    def __init__(
        self, kind: peer_pb2.LinkKind, terms: Terms, channel: Callable[[], grpc.aio.Channel], watch: Watch
    ) -> None:
        self._kind = kind
        self._terms = terms
        self._channel = channel
        self._watch = watch
        self._waiting: dict[str, Waiting] = {}
        self._homes: dict[str, Stream] = {}
        self._stream: Stream | None = None
        self._up = asyncio.Event()
        self._renew = asyncio.Event()
        self._old: set[asyncio.Task[None]] = set()
        self._held: deque[peer_pb2.Acknowledgement] = deque()
        self._why = "not dialled yet"

    @property
    def up(self) -> bool:
        """Whether a stream is open."""
        return self._stream is not None

    @property
    def in_flight(self) -> int:
        """Questions that somebody waits for."""
        return len(self._waiting)

    def renew(self) -> None:
        """Dial anew, with a fresh certificate; the open stream finishes what it carries."""
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
        task = asyncio.create_task(self._live(channel))
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

    async def _live(self, channel: grpc.aio.Channel) -> None:
        stub: Any = peer_pb2_grpc.PeerStub(channel)
        stream = Stream(stub.Link(), self._kind, self._terms, self._watch)
        try:
            async with asyncio.timeout(PATIENCE):
                await stream.open()
            self._adopt(stream)
            await stream.run()
            self._why = "the peer ended the stream"
        except Refusal as refusal:
            self._why = str(refusal)
            raise
        except grpc.aio.AioRpcError as error:
            self._why = f"{error.code().name}: {error.details()}"
            raise
        except TimeoutError:
            self._why = f"no opening within {PATIENCE:g} s"
            raise
        finally:
            self._abandon(stream)
            await channel.close()

    def _adopt(self, stream: Stream) -> None:
        self._stream = stream
        self._up.set()
        self._watch.state(True, "")
        while self._held:
            stream.acknowledge(self._held.popleft())
        for request_id, waiting in self._waiting.items():
            if request_id not in self._homes:
                self._send(stream, request_id, waiting)

    def _abandon(self, stream: Stream) -> None:
        orphans = [request_id for request_id, home in self._homes.items() if home is stream]
        for request_id in orphans:
            del self._homes[request_id]
        if self._stream is stream:
            self._stream = None
            self._up.clear()
            self._watch.state(False, self._why)
        elif self._stream is not None:
            for request_id in orphans:
                self._send(self._stream, request_id, self._waiting[request_id])
        for message in stream.unsettled():
            self._say(message)

    def _send(self, stream: Stream, request_id: str, waiting: Waiting) -> None:
        self._homes[request_id] = stream
        stream.ask(waiting)

    async def ask(self, message: peer_pb2.LinkAsk, deadline: float) -> AsyncGenerator[Arrived, None]:
        """Ask, and yield the answers as they come, until the last page or a refusal, which is yielded too.

        Raises:
            Refusal: OVERLOADED, PEER_UNAVAILABLE, DEADLINE_EXCEEDED, PEER_ANSWER_INVALID.
        """
        if len(self._waiting) >= self._terms.max_in_flight:
            raise Refusal(Reason.OVERLOADED, "too many questions in flight on the link", retry_after=0.1)
        request_id = message.ask.request_id
        waiting = Waiting(message, deadline)
        self._waiting[request_id] = waiting
        finished = False
        try:
            await self._reach(request_id, waiting)
            while not finished:
                arrived = await self._next(waiting)
                if arrived.answer.number < waiting.pages:
                    self._acknowledge_again(waiting, arrived.answer.number)
                    continue
                if arrived.answer.number > waiting.pages:
                    raise Refusal(Reason.PEER_ANSWER_INVALID, f"expected page {waiting.pages} of the answer")
                waiting.pages += 1
                finished = arrived.answer.last or not arrived.answer.HasField("page")
                yield arrived
        finally:
            del self._waiting[request_id]
            home = self._homes.pop(request_id, None)
            if home is not None:
                home.leave(request_id, cancelled=not finished)

    async def _reach(self, request_id: str, waiting: Waiting) -> None:
        if self._stream is None:
            loop = asyncio.get_running_loop()
            try:
                async with asyncio.timeout_at(min(waiting.deadline, loop.time() + PATIENCE)):
                    await self._up.wait()
            except TimeoutError:
                raise Refusal(Reason.PEER_UNAVAILABLE, self._why, retry_after=PATIENCE) from None
        if self._stream is not None and request_id not in self._homes:
            self._send(self._stream, request_id, waiting)

    async def _next(self, waiting: Waiting) -> Arrived:
        try:
            async with asyncio.timeout_at(waiting.deadline):
                return await waiting.inbox.get()
        except TimeoutError:
            if self._stream is None:
                raise Refusal(Reason.PEER_UNAVAILABLE, self._why) from None
            raise Refusal(Reason.DEADLINE_EXCEEDED, "no answer of the peer within the deadline") from None

    def acknowledge(self, message: peer_pb2.Acknowledgement) -> None:
        """Send an acknowledgement with one of the next frames, and over the next links until the peer confirms it."""
        waiting = self._waiting.get(message.request_id)
        if waiting is not None and message.number == len(waiting.acknowledged):
            waiting.acknowledged.append(message)
        self._say(message)

    def _say(self, message: peer_pb2.Acknowledgement) -> None:
        """Put an acknowledgement on the stream; where there is none, it is held for the next."""
        if self._stream is not None:
            self._stream.acknowledge(message)
        else:
            self._held.append(message)
            if len(self._held) > HELD:
                self._held.popleft()
                self._watch.given_up()

    def _acknowledge_again(self, waiting: Waiting, number: int) -> None:
        """A page came again over a new link: the peer sends no more until it hears that we have it."""
        if self._stream is not None and number < len(waiting.acknowledged):
            self._stream.acknowledge(waiting.acknowledged[number])

    async def close(self, grace: Awaitable[None]) -> None:
        """Wait for `grace`, then send what is gathered and end the stream."""
        await grace
        if self._stream is not None:
            await self._stream.close()
