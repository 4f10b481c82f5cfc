"""The dialling end against a scripted peer over real gRPC: gather, answer in any order, cancel, ask again, renew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ground.refusals import Reason, Refusal
from gateway.link.acknowledgements import MAX_UNCONFIRMED
from gateway.link.dial import DialledLink
from gateway.link.frame import ANSWERER, AROUND_BYTES, DIALLER, FrameReader, FrameWriter
from gateway.link.question import PendingQuestion, ReceivedAnswer
from gateway.link.stream import LinkConfig, Watch
from gateway.wire.v1 import ask_pb2, page_pb2, peer_pb2, peer_pb2_grpc
from tests.link.test_frame import Verifier

OURS = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
THEIRS = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
OWN_NODE, PEER_NODE = "spiffe://500000.chuanyu/node/a", "spiffe://510000.chuanyu/node/b"


class ScriptedPeer(peer_pb2_grpc.PeerServicer):
    """Takes frames as a gateway would and answers as the test says."""

    def __init__(self) -> None:
        self.asked: list[peer_pb2.LinkAsk] = []
        self.cancelled: list[str] = []
        self.acknowledged: list[str] = []
        self.frames = 0
        self.links = 0
        self.changed = asyncio.Condition()
        self.hang_up = asyncio.Event()
        self.confirms = 0
        self.answer: Callable[[peer_pb2.LinkAsk], list[peer_pb2.LinkAnswer]] = lambda ask: [page(ask.ask.request_id)]
        self.node = PEER_NODE
        self.key = THEIRS

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait for something to have happened."""
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(happened)

    async def Link(self, request_iterator, context):  # type: ignore[no-untyped-def]  # noqa: N802 - gRPC's names
        """Serve one link."""
        self.links += 1
        first = await context.read()
        link_id = peer_pb2.FrameBody.FromString(first.body).opening.link_id
        reader = FrameReader(DIALLER, link_id, Verifier(OURS), max_bytes=1 << 20)
        writer = FrameWriter(ANSWERER, link_id, self.key)
        reader.open(first, 0)
        opening = peer_pb2.Opening(
            link_id=link_id, kind=peer_pb2.LINK_KIND_INTERACTIVE, node=self.node, max_in_flight=8
        )
        await context.write(writer.seal(peer_pb2.FrameBody(opening=opening), 0))
        hang_up = asyncio.ensure_future(self.hang_up.wait())
        while True:
            reading = asyncio.ensure_future(context.read())
            await asyncio.wait({reading, hang_up}, return_when=asyncio.FIRST_COMPLETED)
            if hang_up.done():
                reading.cancel()
                return
            frame = reading.result()
            if not isinstance(frame, peer_pb2.LinkFrame):
                hang_up.cancel()
                return
            body = reader.open(frame, 0).body
            async with self.changed:
                self.frames += 1
                self.asked += body.asks
                self.cancelled += body.cancels
                self.acknowledged += [a.request_id for a in body.acknowledgements]
                self.changed.notify_all()
            answers = [answer for ask in body.asks for answer in self.answer(ask)]
            if answers:
                reply = peer_pb2.FrameBody(checkpoint=b"c", acknowledged=self.confirms)
                reply.answers.extend(answers)
                await context.write(writer.seal(reply, 0))


def page(request_id: str, number: int = 0, *, last: bool = True) -> peer_pb2.LinkAnswer:
    """An answer with a page."""
    return peer_pb2.LinkAnswer(request_id=request_id, number=number, last=last, page=page_pb2.Page(rows=number))


def question(request_id: str, deadline: float | None = None) -> PendingQuestion:
    """A question; only its id and its deadline matter here."""
    ask = ask_pb2.Ask(request_id=request_id).SerializeToString()
    return PendingQuestion(request_id, ask, peer_pb2.LinkAsk(), soon() if deadline is None else deadline)


@asynccontextmanager
async def linked(
    peer: ScriptedPeer, *, max_in_flight: int = 64, given_up: Callable[[], None] = lambda: None
) -> AsyncIterator[DialledLink]:
    """A link to a scripted peer on this machine."""
    server = grpc.aio.server()
    peer_pb2_grpc.add_PeerServicer_to_server(peer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    config = LinkConfig(OWN_NODE, PEER_NODE, OURS, Verifier(THEIRS), lambda: 0, max_in_flight, 1 << 20, 0.001)
    link = DialledLink(
        peer_pb2.LINK_KIND_INTERACTIVE,
        config,
        lambda: grpc.aio.insecure_channel(f"127.0.0.1:{port}"),
        Watch(lambda up, why: None, lambda exchanges, offset: None, given_up),
    )
    running = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await server.stop(0)


def soon(seconds: float = 5.0) -> float:
    """A deadline."""
    return asyncio.get_running_loop().time() + seconds


async def answers(link: DialledLink, request_id: str) -> list[ReceivedAnswer]:
    """Ask and take all answers."""
    return [arrived async for arrived in link.ask(question(request_id))]


async def test_an_answer_comes_with_its_frames_checkpoint() -> None:
    """The checkpoint serves every receipt of the frame."""
    async with linked(ScriptedPeer()) as link:
        (arrived,) = await answers(link, "a")
        assert ("a", b"c") == (arrived.answer.request_id, arrived.checkpoint)
        assert 0 == link.in_flight


async def test_questions_in_flight_share_frames() -> None:
    """Sixteen questions at once need fewer frames than sixteen."""
    peer = ScriptedPeer()
    async with linked(peer) as link:
        await answers(link, "warm")
        before = peer.frames
        await asyncio.gather(*(answers(link, f"q{n}") for n in range(16)))
        assert peer.frames - before < 16


async def test_pages_come_in_order_until_the_last() -> None:
    """A stream's answers carry their number."""
    peer = ScriptedPeer()
    peer.answer = lambda ask: [page(ask.ask.request_id, n, last=n == 2) for n in range(3)]
    async with linked(peer) as link:
        assert [0, 1, 2] == [arrived.answer.number for arrived in await answers(link, "a")]


async def test_a_missing_page_is_refused() -> None:
    """Nothing is handed over with a gap."""
    peer = ScriptedPeer()
    peer.answer = lambda ask: [page(ask.ask.request_id, 1)]
    async with linked(peer) as link:
        with pytest.raises(Refusal) as caught:
            await answers(link, "a")
    assert Reason.PEER_ANSWER_INVALID == caught.value.reason


async def test_a_silent_peer_is_left_at_the_deadline_and_told() -> None:
    """The question is cancelled at the peer too."""
    peer = ScriptedPeer()
    peer.answer = lambda ask: []
    async with linked(peer) as link:
        with pytest.raises(Refusal) as caught:
            async for _ in link.ask(question("a", soon(0.3))):
                pass
        assert Reason.DEADLINE_EXCEEDED == caught.value.reason
        await peer.until(lambda: ["a"] == peer.cancelled)


async def test_what_was_in_flight_when_the_link_broke_is_asked_again_and_marked() -> None:
    """Under the same id, so that the provider can tell."""
    peer = ScriptedPeer()
    peer.answer = lambda ask: [] if not ask.repeated_ask else [page(ask.ask.request_id)]
    async with linked(peer) as link:
        asking = asyncio.create_task(answers(link, "a"))
        await peer.until(lambda: len(peer.asked) == 1)
        peer.hang_up.set()
        await asyncio.sleep(0)
        await peer.until(lambda: peer.links >= 1)
        peer.hang_up = asyncio.Event()
        assert 1 == len(await asking)
        assert [False, True] == [ask.repeated_ask for ask in peer.asked]


async def test_a_peer_that_is_down_is_named_within_patience() -> None:
    """The application does not wait for its whole deadline."""
    peer = ScriptedPeer()
    peer.node = "spiffe://510000.chuanyu/node/other"
    async with linked(peer) as link:
        with pytest.raises(Refusal) as caught:
            await answers(link, "a")
    assert Reason.PEER_UNAVAILABLE == caught.value.reason


async def test_a_peer_with_another_key_is_no_peer() -> None:
    """Frames are held to the key of the trust bundle."""
    peer = ScriptedPeer()
    peer.key = OURS
    async with linked(peer) as link:
        with pytest.raises(Refusal) as caught:
            await answers(link, "a")
    assert Reason.PEER_UNAVAILABLE == caught.value.reason


async def test_a_question_that_no_frame_can_carry_is_refused_and_takes_no_link_down() -> None:
    """F2's twin, the other way: it would end the link, and be asked again over the next one."""
    peer = ScriptedPeer()
    peer.answer = lambda ask: [page(ask.ask.request_id)]
    async with linked(peer) as link:
        big = replace(question("a"), ask=bytes(link._config.max_frame_bytes - AROUND_BYTES))
        with pytest.raises(Refusal) as caught:
            async for _ in link.ask(big):
                pass
        assert Reason.REQUEST_INVALID == caught.value.reason
        assert 1 == len(await answers(link, "b"))
    assert (1, ["b"]) == (peer.links, [ask.ask.request_id for ask in peer.asked])


async def test_more_in_flight_than_allowed_is_refused_at_once() -> None:
    """The link is bounded."""
    peer = ScriptedPeer()
    peer.answer = lambda ask: []
    async with linked(peer, max_in_flight=1) as link:
        first = asyncio.create_task(answers(link, "a"))
        await peer.until(lambda: len(peer.asked) == 1)
        with pytest.raises(Refusal) as caught:
            await answers(link, "b")
        first.cancel()
    assert Reason.OVERLOADED == caught.value.reason


async def test_a_renewed_link_takes_new_questions_while_the_old_stream_finishes() -> None:
    """Certificates turn without an interruption."""
    peer = ScriptedPeer()
    held: list[peer_pb2.LinkAsk] = []

    def answer(ask: peer_pb2.LinkAsk) -> list[peer_pb2.LinkAnswer]:
        if ask.ask.request_id == "slow":
            held.append(ask)
            return []
        if ask.ask.request_id == "poke":
            return [page("slow"), page("poke")]
        return [page(ask.ask.request_id)]

    peer.answer = answer
    async with linked(peer) as link:
        await answers(link, "warm")
        slow = asyncio.create_task(answers(link, "slow"))
        await peer.until(lambda: len(held) == 1)
        link.renew()
        async with asyncio.timeout(5):
            while peer.links < 2:
                await answers(link, f"n{peer.frames}")
        assert not slow.done()
        slow.cancel()


async def test_acknowledgements_ride_to_the_peer() -> None:
    """They become the outcome entries of its log."""
    peer = ScriptedPeer()
    async with linked(peer) as link:
        await answers(link, "a")
        link.acknowledge(peer_pb2.Acknowledgement(request_id="a", origin="o", leaf_hash=b"h" * 32))
        await answers(link, "b")
        await peer.until(lambda: ["a"] == peer.acknowledged)


def acknowledgement(request_id: str) -> peer_pb2.Acknowledgement:
    """That of a page of one answer."""
    return peer_pb2.Acknowledgement(request_id=request_id, origin="o", leaf_hash=b"h" * 32)


async def test_what_the_peer_has_not_confirmed_is_said_again_over_the_next_link() -> None:
    """In the same order; what it has confirmed is not."""
    peer = ScriptedPeer()
    peer.confirms = 1
    async with linked(peer) as link:
        await answers(link, "warm")
        for name in ("a", "b", "c"):
            link.acknowledge(acknowledgement(name))
        await peer.until(lambda: ["a", "b", "c"] == peer.acknowledged)
        await answers(link, "confirmed")
        former, peer.hang_up = peer.hang_up, asyncio.Event()
        former.set()
        await peer.until(lambda: 5 == len(peer.acknowledged))
    assert ["a", "b", "c", "b", "c"] == peer.acknowledged


async def test_what_is_said_while_the_link_is_down_is_said_when_it_is_up() -> None:
    """Before the first link as well; beyond the bound the oldest give way, which is told."""
    peer, given_up = ScriptedPeer(), list[None]()
    async with linked(peer, given_up=lambda: given_up.append(None)) as link:
        for number in range(MAX_UNCONFIRMED + 3):
            link.acknowledge(acknowledgement(str(number)))
        await peer.until(lambda: len(peer.acknowledged) >= MAX_UNCONFIRMED)
    assert [str(number) for number in range(3, MAX_UNCONFIRMED + 3)] == peer.acknowledged
    assert 3 == len(given_up)


async def test_of_a_peer_that_confirms_nothing_the_oldest_are_given_up_one_by_one() -> None:
    """While the link is up: nothing is kept without bound, and each one is told."""
    peer, given_up = ScriptedPeer(), list[None]()
    async with linked(peer, given_up=lambda: given_up.append(None)) as link:
        await answers(link, "warm")
        for number in range(MAX_UNCONFIRMED):
            link.acknowledge(acknowledgement(str(number)))
        assert [] == given_up
        for number in range(2):
            link.acknowledge(acknowledgement(str(MAX_UNCONFIRMED + number)))
        assert 2 == len(given_up)
