"""One stream of the dialling end without a network: opening, frames in and out, retiring."""

from __future__ import annotations

import asyncio

import grpc.aio
import pytest

from gateway.ground.refusals import Reason, Refusal
from gateway.link.frame import ANSWERER, DIALLER, FrameReader, FrameWriter
from gateway.link.question import PendingQuestion
from gateway.link.stream import LinkConfig, Stream, Watch
from gateway.wire.v1 import peer_pb2
from tests.link.fake_wire import OUR_NODE, OURS, PEER, THEIRS, link_ask, request_id
from tests.link.test_frame import Verifier


class FakeCall:
    """A gRPC stream as two queues, and whether our side has ended it."""

    def __init__(self) -> None:
        self.written: asyncio.Queue[peer_pb2.LinkFrame] = asyncio.Queue()
        self.incoming: asyncio.Queue[peer_pb2.LinkFrame | None] = asyncio.Queue()
        self.half_closed = asyncio.Event()
        self.over = False
        self.fault: Exception | None = None

    def done(self) -> bool:
        """Whether gRPC has ended the stream."""
        return self.over

    async def write(self, frame: peer_pb2.LinkFrame) -> None:
        """Take a frame."""
        if self.fault is not None:
            raise self.fault
        self.written.put_nowait(frame)

    async def read(self) -> peer_pb2.LinkFrame | None:
        """Give the peer's next frame."""
        return await self.incoming.get()

    async def done_writing(self) -> None:
        """End our side."""
        self.half_closed.set()


class Peer:
    """The other end of a stream, as the test plays it."""

    def __init__(self) -> None:
        self.call = FakeCall()
        self.frames: list[tuple[int, int]] = []
        self.given_up = 0
        watch = Watch(lambda up, why: None, lambda n, offset: self.frames.append((n, offset)), self._give_up)
        config = LinkConfig(OUR_NODE, PEER, OURS, Verifier(THEIRS), lambda: 1_000, 8, 1 << 20, 0.0)
        self.stream = Stream(self.call, peer_pb2.LINK_KIND_INTERACTIVE, config, watch)
        self.link_id = self.stream._link_id
        self.writer = FrameWriter(ANSWERER, self.link_id, THEIRS)
        self.reader = FrameReader(DIALLER, self.link_id, Verifier(OURS), max_bytes=1 << 20)

    def _give_up(self) -> None:
        self.given_up += 1

    def send(self, body: peer_pb2.FrameBody, now_us: int = 1_000) -> None:
        """Send a frame to the stream."""
        self.call.incoming.put_nowait(self.writer.seal(body, now_us))

    def send_opening(self, *, node: str = PEER, link_id: bytes | None = None) -> None:
        """Send an opening."""
        opening = peer_pb2.Opening(link_id=self.link_id if link_id is None else link_id, node=node, max_in_flight=8)
        self.send(peer_pb2.FrameBody(opening=opening))

    async def body(self) -> peer_pb2.FrameBody:
        """Read the stream's next frame, checked."""
        async with asyncio.timeout(5):
            return self.reader.open(await self.call.written.get(), 1_000).body

    async def open(self) -> None:
        """Open the stream from both sides."""
        self.send_opening()
        await self.stream.open()
        assert OUR_NODE == (await self.body()).opening.node


def pending(number: int) -> PendingQuestion:
    """A question with a minute left."""
    message = link_ask(number)
    octets = message.ask.SerializeToString()
    message.ClearField("ask")
    return PendingQuestion(request_id(number), octets, message, asyncio.get_running_loop().time() + 60)


async def refused(peer: Peer) -> Reason:
    """The reason for which a stream does not open."""
    with pytest.raises(Refusal) as caught:
        await peer.stream.open()
    return caught.value.reason


async def test_an_opening_of_another_node_or_of_another_link_is_refused() -> None:
    """The peer that we dialled answers for the stream that we opened."""
    for changes in ({"node": "spiffe://510000.chuanyu/node/other"}, {"link_id": b"x" * 16}):
        peer = Peer()
        peer.send_opening(**changes)
        assert Reason.PEER_ANSWER_INVALID == await refused(peer)


async def test_a_stream_that_ends_before_its_opening_is_refused() -> None:
    """As is one with a frame of another key."""
    peer = Peer()
    peer.call.incoming.put_nowait(None)
    assert Reason.PEER_ANSWER_INVALID == await refused(peer)
    forged = Peer()
    forged.writer = FrameWriter(ANSWERER, forged.link_id, OURS)
    forged.send_opening()
    assert Reason.SIGNATURE_INVALID == await refused(forged)


async def test_questions_cancels_and_acknowledgements_share_a_frame() -> None:
    """In one flush, each in its own list."""
    peer = Peer()
    await peer.open()
    peer.stream.acknowledge(peer_pb2.Acknowledgement(request_id=request_id(1), number=3))
    peer.stream.forget(request_id(2), cancelled=True)
    peer.stream.ask(pending(4))
    body = await peer.body()
    assert ([3], [request_id(2)]) == ([a.number for a in body.acknowledgements], list(body.cancels))
    assert link_ask(4).ask == body.asks[0].ask


async def test_answers_go_to_the_inbox_of_their_question_alone() -> None:
    """One that nobody waits for is dropped; each keeps its frame's checkpoint."""
    peer = Peer()
    await peer.open()
    question = pending(1)
    peer.stream.ask(question)
    answers = [peer_pb2.LinkAnswer(request_id=request_id(n)) for n in (9, 1)]
    peer.send(peer_pb2.FrameBody(answers=answers, checkpoint=b"c"), now_us=1_250)
    peer.call.incoming.put_nowait(None)
    await peer.stream.run()
    received = question.inbox.get_nowait()
    assert (request_id(1), b"c", True) == (received.answer.request_id, received.checkpoint, question.inbox.empty())
    assert (2, 250) == peer.frames[-1]
    await peer.stream.close()


async def test_what_the_peer_confirms_is_not_kept() -> None:
    """The rest goes back to the link when the stream ends."""
    peer = Peer()
    await peer.open()
    for number in range(3):
        peer.stream.acknowledge(peer_pb2.Acknowledgement(number=number))
    peer.send(peer_pb2.FrameBody(acknowledged=2))
    peer.call.incoming.put_nowait(None)
    await peer.stream.run()
    assert [2] == [message.number for message in peer.stream.unconfirmed.drain()]
    await peer.stream.close()


async def test_a_gap_in_the_peers_frames_ends_the_stream() -> None:
    """A frame that was dropped on the way is noticed."""
    peer = Peer()
    await peer.open()
    peer.writer.seal(peer_pb2.FrameBody(), 0)
    peer.send(peer_pb2.FrameBody())
    with pytest.raises(Refusal) as caught:
        await peer.stream.run()
    assert Reason.PEER_ANSWER_INVALID == caught.value.reason


async def test_a_retired_stream_ends_when_its_last_question_has_its_answer() -> None:
    """Not before, and at once where it carries none."""
    peer = Peer()
    await peer.open()
    peer.stream.ask(pending(1))
    peer.stream.retire()
    await asyncio.sleep(0)
    assert not peer.call.half_closed.is_set()
    peer.stream.forget(request_id(1), cancelled=False)
    async with asyncio.timeout(5):
        await peer.call.half_closed.wait()
    idle = Peer()
    await idle.open()
    idle.stream.retire()
    async with asyncio.timeout(5):
        await idle.call.half_closed.wait()


ENDED = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata())


@pytest.mark.parametrize("fault", [asyncio.InvalidStateError("RPC already finished."), ENDED])
@pytest.mark.parametrize("over", [True, False])
async def test_a_frame_for_a_stream_that_grpc_has_ended_is_no_defect(fault: Exception, over: bool) -> None:
    """A node that stops under load says nothing; a write that fails while the stream lives is told."""
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    peer = Peer()
    await peer.open()
    peer.call.fault, peer.call.over = fault, over
    peer.stream.ask(pending(1))
    async with asyncio.timeout(5):
        await peer.stream.close()
    assert ([] if over else [fault]) == [context["exception"] for context in told]
    assert [request_id(1)] == list(peer.stream.waiting)
