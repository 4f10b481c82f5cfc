"""A link's two ends without a network: frames in queues, a node that does what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ground.evidence import Arrival, GatedPage, Page, Receipt, Release, Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.link.answer import AnsweredLink, LinkBounds
from gateway.link.frame import ANSWERER, DIALLER, FrameReader, FrameWriter
from gateway.wire.v1 import ask_pb2, peer_pb2
from tests.border.test_validation import ask
from tests.link.test_frame import Verifier

OURS = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
THEIRS = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
OUR_NODE, PEER = "spiffe://510000.chuanyu/node/b", "spiffe://500000.chuanyu/node/a"
LINK_ID = b"l" * 16
SENDER = Sender("pem", "TLSv1.3", "ipv4:127.0.0.1:1")


def request_id(number: int) -> str:
    """A request id of the contract's form."""
    return f"01980000-0000-7000-8000-{number:012}"


def link_ask(number: int, **changes: Any) -> peer_pb2.LinkAsk:
    """A sound question on a link."""
    message: ask_pb2.Ask = ask()
    message.request_id = request_id(number)
    made = {"application": "spiffe://500000.chuanyu/application/a", "deadline_ms": 60_000, "salt": b"s" * 16, **changes}
    return peer_pb2.LinkAsk(ask=message, **made)


def release(number: int = 0, *, last: bool = True, checkpoint: bytes = b"checkpoint") -> Release:
    """A page that may leave."""
    receipt = Receipt("log.sichuan.example/1", number, b"entry", (b"p" * 32,), checkpoint)
    return Release(GatedPage(Page(number, ()), number, last, "ab" * 32), receipt, b"r" * 16)


@dataclass
class Taken:
    """An acknowledgement that a node has taken; it settles when the test says so."""

    message: peer_pb2.Acknowledgement
    settled: bool = False

    def settle(self) -> bool:
        """Return whether the outcome is durable."""
        return self.settled


@dataclass
class FakeHost:
    """A node that answers each question with `pages`, or as `walk` says."""

    own_node: str = OUR_NODE
    refusal: Refusal | None = None
    pages: tuple[Release, ...] = (release(),)
    walk: Callable[[Arrival], AsyncGenerator[Release]] | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    frames: list[tuple[str, int, int]] = field(default_factory=list)
    settles: bool = True
    turned_away: list[tuple[str, Reason]] = field(default_factory=list)
    hashed: list[tuple[bytes, bytes]] = field(default_factory=list)

    def clock_us(self) -> int:
        """Return the same time always."""
        return 1_000

    def admit(self, sender: Sender, now_us: int) -> str:
        """Know the one peer, unless the test says otherwise."""
        if self.refusal is not None:
            raise self.refusal
        return PEER

    def verifier(self, node: str) -> Verifier:
        """Return the peer's key."""
        assert PEER == node
        return Verifier(THEIRS)

    def request_hash(self, salt: bytes, ask: bytes) -> bytes:
        """Note what is hashed."""
        self.hashed.append((salt, ask))
        return b"q" * 32

    async def travel(self, arrival: Arrival) -> AsyncGenerator[Release]:
        """Walk the road."""
        self.arrivals.append(arrival)
        try:
            if self.walk is not None:
                async with aclosing(self.walk(arrival)) as walked:
                    async for one in walked:
                        yield one
            for one in self.pages if self.walk is None else ():
                yield one
        except asyncio.CancelledError:
            self.cancelled.append(arrival.ask.request_id)
            raise

    def take_acknowledgement(self, node: str, message: peer_pb2.Acknowledgement) -> Taken:
        """Take an acknowledgement."""
        self.taken.append(Taken(message, self.settles))
        return self.taken[-1]

    def report_turned_away(self, method: str, sender: Sender, refusal: Refusal) -> None:
        """Note a question that never became an exchange."""
        self.turned_away.append((method, refusal.reason))

    def count_frame(self, node: str, exchanges: int, clock_offset_us: int) -> None:
        """Note a frame."""
        self.frames.append((node, exchanges, clock_offset_us))


class DiallingEnd:
    """The peer's end of a link that we answer: what it sends is read there, what it is sent is read here."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[peer_pb2.LinkFrame | None] = asyncio.Queue()
        self.received: asyncio.Queue[peer_pb2.LinkFrame] = asyncio.Queue()
        self.writer = FrameWriter(DIALLER, LINK_ID, THEIRS)
        self.reader = FrameReader(ANSWERER, LINK_ID, Verifier(OURS), max_bytes=1 << 20)

    def send(self, body: peer_pb2.FrameBody, *, now_us: int = 1_000) -> None:
        """Send one frame."""
        self.sent.put_nowait(self.writer.seal(body, now_us))

    def open(self, **changes: Any) -> None:
        """Send the opening."""
        made = {
            "link_id": LINK_ID, "kind": peer_pb2.LINK_KIND_INTERACTIVE, "node": PEER, "max_in_flight": 8, **changes,
        }  # fmt: skip
        self.send(peer_pb2.FrameBody(opening=peer_pb2.Opening(**made)))

    def ask(self, *numbers: int) -> None:
        """Ask sound questions, in one frame."""
        self.send(peer_pb2.FrameBody(asks=[link_ask(number) for number in numbers]))

    def hang_up(self) -> None:
        """End the stream."""
        self.sent.put_nowait(None)

    async def body(self) -> peer_pb2.FrameBody:
        """Read the next frame, checked."""
        async with asyncio.timeout(5):
            return self.reader.open(await self.received.get(), 1_000).body

    async def answer(self) -> peer_pb2.LinkAnswer:
        """Read a frame with one answer."""
        (answer,) = (await self.body()).answers
        return answer


@asynccontextmanager
async def answered_link(
    host: FakeHost, *, max_in_flight: int = 8, max_frame_bytes: int = 1 << 20
) -> AsyncIterator[tuple[DiallingEnd, asyncio.Task[None]]]:
    """A link that is served; it is ended when the block ends."""
    end = DiallingEnd()
    link = AnsweredLink(host, SENDER, OURS, LinkBounds(max_in_flight, max_frame_bytes, 0.0), end.received.put)
    serving = asyncio.create_task(link.serve(end.sent.get))
    try:
        yield end, serving
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def opened_link(host: FakeHost, **bounds: int) -> AsyncIterator[tuple[DiallingEnd, asyncio.Task[None]]]:
    """A link that is served and has been opened."""
    async with answered_link(host, **bounds) as (end, serving):
        end.open()
        await end.body()
        yield end, serving
