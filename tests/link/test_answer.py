"""The answering end without a network: every frame is judged again, every question bounded, canonical and its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import grpc.aio
import pytest

from gateway.border.encoding import encode_field
from gateway.border.messages import encode_ask
from gateway.border.status import from_status
from gateway.ground.evidence import Arrival, Release
from gateway.ground.refusals import Reason, Refusal
from gateway.link.answer import MAX_UNSETTLED, AnsweredLink, LinkBounds
from gateway.link.window import PAGES
from gateway.road import Refused
from gateway.wire.v1 import ask_pb2, peer_pb2
from tests.link.fake_wire import (
    OUR_NODE,
    OURS,
    PEER,
    SENDER,
    DiallingEnd,
    FakeHost,
    answered_link,
    link_ask,
    opened_link,
    release,
    request_id,
)


async def end_of(serving: asyncio.Task[None]) -> Reason:
    """The reason for which a link ended."""
    with pytest.raises(Refusal) as caught:
        async with asyncio.timeout(5):
            await serving
    return caught.value.reason


def reason(answer: peer_pb2.LinkAnswer) -> Reason:
    """The reason of an answer that is a refusal."""
    assert answer.last
    return from_status(answer.refusal).reason


async def forever(arrival: Arrival) -> AsyncGenerator[Release]:
    """A platform that never answers."""
    await asyncio.Event().wait()
    yield release()


async def turns(count: int = 20) -> None:
    """Let everything that is ready run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_opening_is_answered_in_our_own_name() -> None:
    """With our bound, for the same link."""
    async with answered_link(FakeHost(), max_in_flight=3) as (end, _):
        end.open(kind=peer_pb2.LINK_KIND_BULK)
        opening = (await end.body()).opening
    assert (OUR_NODE, 3, peer_pb2.LINK_KIND_BULK) == (opening.node, opening.max_in_flight, opening.kind)


async def test_an_opening_in_another_nodes_name_is_refused() -> None:
    """The key that signed it is the peer's, and so must be the name."""
    host = FakeHost()
    async with answered_link(host) as (end, serving):
        end.open(node="spiffe://500000.chuanyu/node/other")
        assert Reason.PEER_ANSWER_INVALID == await end_of(serving)
        assert end.received.empty()


async def test_an_opening_that_breaks_the_contract_is_refused() -> None:
    """It is held to the same rules as every message."""
    async with answered_link(FakeHost()) as (end, serving):
        end.open(max_in_flight=0)
        assert Reason.PEER_ANSWER_INVALID == await end_of(serving)


async def test_a_machine_that_is_no_peer_opens_no_link() -> None:
    """It is judged before its first frame is looked at."""
    async with answered_link(FakeHost(refusal=Refusal(Reason.PARTY_UNKNOWN))) as (end, serving):
        end.open()
        assert Reason.PARTY_UNKNOWN == await end_of(serving)


async def test_every_frame_is_judged_again() -> None:
    """A certificate that was revoked while the link is open serves no further frame."""
    host = FakeHost()
    async with opened_link(host) as (end, serving):
        end.ask(1)
        await end.answer()
        host.refusal = Refusal(Reason.CERTIFICATE_REVOKED)
        end.ask(2)
        assert Reason.CERTIFICATE_REVOKED == await end_of(serving)
    assert [request_id(1)] == [arrival.ask.request_id for arrival in host.arrivals]


async def test_a_frame_over_the_bound_ends_the_link() -> None:
    """Its size is checked before its signature."""
    async with opened_link(FakeHost(), max_frame_bytes=2_000) as (end, serving):
        end.send(peer_pb2.FrameBody(checkpoint=b"x" * 2_000))
        assert Reason.PEER_ANSWER_INVALID == await end_of(serving)


async def test_a_release_leaves_with_its_receipt_under_the_frames_checkpoint() -> None:
    """Nothing of it is lost where its bytes go into the frame as they are."""
    host = FakeHost()
    async with opened_link(host) as (end, _):
        end.ask(1)
        body = await end.body()
    (answer,) = body.answers
    assert (request_id(1), 0, True, b"r" * 16) == (answer.request_id, answer.number, answer.last, answer.salt)
    assert (b"checkpoint", b"") == (body.checkpoint, answer.receipt.checkpoint)
    assert (b"entry", [b"p" * 32]) == (answer.receipt.entry, list(answer.receipt.path))


async def test_a_frame_has_one_checkpoint() -> None:
    """Answers of two commits leave in two frames, in their order."""
    host = FakeHost(pages=(release(0, last=False, checkpoint=b"a"), release(1, checkpoint=b"b")))
    async with opened_link(host) as (end, _):
        end.ask(1)
        found = [await end.body(), await end.body()]
    assert [(b"a", 0), (b"b", 1)] == [(body.checkpoint, body.answers[0].number) for body in found]


async def test_an_arrival_is_what_the_frame_says() -> None:
    """Application, salt, clock offset, deadline and the mark of a repeat come from the peer's message."""
    host = FakeHost()
    message = link_ask(1, repeated_ask=True, page_rows=7, deadline_ms=2_000)
    async with opened_link(host) as (end, _):
        before = asyncio.get_running_loop().time()
        end.send(peer_pb2.FrameBody(asks=[message]), now_us=1_500)
        await end.answer()
    (arrival,) = host.arrivals
    assert (message.application, b"s" * 16, 500, 7, True) == (
        arrival.application, arrival.salt, arrival.clock_offset_us, arrival.page_rows, arrival.repeated,
    )  # fmt: skip
    assert 2.0 <= arrival.deadline - before < 4.0
    assert [(PEER, 1, 500)] == host.frames


async def test_a_question_in_another_order_is_hashed_in_its_canonical_form() -> None:
    """The peer's bytes are not believed: the question is serialised anew, so both logs commit to the same."""
    message = link_ask(1)
    fields = [ask_pb2.Ask(request_id=message.ask.request_id).SerializeToString()]
    rest = ask_pb2.Ask.FromString(message.ask.SerializeToString())
    rest.ClearField("request_id")
    reordered = rest.SerializeToString() + fields[0]
    assert message.ask.SerializeToString() != reordered
    envelope = peer_pb2.LinkAsk.FromString(message.SerializeToString())
    envelope.ClearField("ask")
    octets = encode_field(peer_pb2.LinkAsk.ASK_FIELD_NUMBER, reordered) + envelope.SerializeToString()
    host = FakeHost()
    async with opened_link(host) as (end, _):
        end.sent.put_nowait(end.writer.seal(peer_pb2.FrameBody(), 1_000, asks=[octets]))
        await end.answer()
    assert [(b"s" * 16, encode_ask(message.ask))] == host.hashed
    assert encode_ask(message.ask) == host.arrivals[0].octets


async def test_a_question_that_breaks_the_contract_walks_no_road() -> None:
    """It is refused for itself, with its violations; the link goes on."""
    host = FakeHost()
    bad = link_ask(1)
    bad.ask.item_code = ""
    async with opened_link(host) as (end, _):
        end.send(peer_pb2.FrameBody(asks=[bad]))
        answer = await end.answer()
        assert Reason.REQUEST_INVALID == reason(answer)
        assert {"ask.item_code"} <= {violation.field for violation in from_status(answer.refusal).violations}
        end.ask(2)
        assert request_id(2) == (await end.answer()).request_id
    assert [request_id(2)] == [arrival.ask.request_id for arrival in host.arrivals]


async def test_a_field_that_the_contract_does_not_know_is_refused_in_a_question() -> None:
    """It would be hashed by one side and dropped by the other."""
    message = link_ask(1)
    octets = encode_field(peer_pb2.LinkAsk.ASK_FIELD_NUMBER, message.ask.SerializeToString() + encode_field(2047, b"x"))
    message.ClearField("ask")
    host = FakeHost()
    async with opened_link(host) as (end, _):
        end.sent.put_nowait(end.writer.seal(peer_pb2.FrameBody(), 1_000, asks=[octets + message.SerializeToString()]))
        assert Reason.REQUEST_INVALID == reason(await end.answer())
    assert [] == host.arrivals


async def test_a_refusal_of_the_road_leaves_with_its_receipt() -> None:
    """And under the checkpoint of that receipt."""

    async def refuses(arrival: Arrival) -> AsyncGenerator[Release]:
        raise Refused(Refusal(Reason.ITEM_UNKNOWN), (release(9).receipt,))
        yield release()

    async with opened_link(FakeHost(walk=refuses)) as (end, _):
        end.ask(1)
        body = await end.body()
    assert (Reason.ITEM_UNKNOWN, 9) == (reason(body.answers[0]), body.answers[0].receipt.index)
    assert b"checkpoint" == body.checkpoint


async def test_questions_beyond_the_places_of_a_link_are_refused() -> None:
    """A peer cannot take tasks without end; what was in flight goes on. F9: told, since it never opened an account."""
    host = FakeHost(walk=forever)
    async with opened_link(host, max_in_flight=2) as (end, _):
        end.ask(1, 2, 3)
        answer = await end.answer()
        assert (request_id(3), Reason.OVERLOADED) == (answer.request_id, reason(answer))
        await turns()
        assert 2 == len(host.arrivals)
    assert [("gateway.wire.v1.Peer/Link", Reason.OVERLOADED)] == host.turned_away


async def test_a_question_that_is_in_flight_is_not_asked_twice() -> None:
    """Under one id there is one walk. F9: the second is told."""
    host = FakeHost(walk=forever)
    async with opened_link(host) as (end, _):
        end.ask(1, 1)
        assert Reason.REQUEST_REPLAYED == reason(await end.answer())
        await turns()
        assert 1 == len(host.arrivals)
    assert [("gateway.wire.v1.Peer/Link", Reason.REQUEST_REPLAYED)] == host.turned_away


async def test_a_cancel_ends_its_question_and_gives_the_place_back() -> None:
    """Nothing is answered, and another question may take the place."""
    host = FakeHost(walk=forever)
    async with opened_link(host, max_in_flight=1) as (end, _):
        end.ask(1)
        await turns()
        end.send(peer_pb2.FrameBody(cancels=[request_id(1), request_id(7)]))
        await turns()
        assert [request_id(1)] == host.cancelled
        host.walk = None
        end.ask(2)
        assert request_id(2) == (await end.answer()).request_id


async def test_the_end_of_the_stream_cancels_what_is_in_flight() -> None:
    """The asker asks it again over the next link."""
    host = FakeHost(walk=forever)
    async with opened_link(host) as (end, serving):
        end.ask(1, 2)
        await turns()
        end.hang_up()
        async with asyncio.timeout(5):
            await serving
    assert [request_id(1), request_id(2)] == sorted(host.cancelled)


def acknowledgement(number: int = 0, question: int = 1) -> peer_pb2.Acknowledgement:
    """That of one page."""
    return peer_pb2.Acknowledgement(request_id=request_id(question), number=number, origin="o", leaf_hash=b"h" * 32)


async def settled(end: DiallingEnd, question: int) -> int:
    """Ask something, and return how many acknowledgements its answer confirms."""
    end.ask(question)
    return (await end.body()).acknowledged


async def test_only_the_settled_head_of_the_acknowledgements_is_confirmed() -> None:
    """What comes after one that is not durable waits for it: the asker counts from the first on."""
    host = FakeHost(settles=False)
    async with opened_link(host) as (end, _):
        end.send(peer_pb2.FrameBody(acknowledgements=[acknowledgement(n) for n in range(3)]))
        assert 0 == await settled(end, 2)
        host.taken[1].settled = True
        assert 0 == await settled(end, 3)
        host.taken[0].settled = True
        assert 2 == await settled(end, 4)


async def test_more_unsettled_acknowledgements_than_the_bound_end_the_link() -> None:
    """A peer cannot take memory without end."""
    host = FakeHost(settles=False)
    async with opened_link(host) as (end, serving):
        for _ in range(16):
            end.send(peer_pb2.FrameBody(acknowledgements=[acknowledgement()] * (MAX_UNSETTLED // 16)))
        await turns()
        assert MAX_UNSETTLED == len(host.taken)
        end.send(peer_pb2.FrameBody(acknowledgements=[acknowledgement()]))
        assert Reason.PEER_ANSWER_INVALID == await end_of(serving)
    assert MAX_UNSETTLED == len(host.taken)


async def test_no_page_is_recorded_as_one_that_leaves_before_it_may() -> None:
    """A2: the road is asked for a page when there is room for it, and closed as soon as the question is cancelled."""
    made: list[int] = []
    closed: list[bool] = []

    async def walk(arrival: Arrival) -> AsyncGenerator[Release]:
        try:
            for number in range(PAGES + 2):
                made.append(number)
                yield release(number, last=False)
        finally:
            closed.append(True)

    async with opened_link(FakeHost(walk=walk)) as (end, _):
        end.ask(1)
        numbers: list[int] = []
        while len(numbers) < PAGES:
            numbers += [answer.number for answer in (await end.body()).answers]
        await turns()
        assert list(range(PAGES)) == made
        end.send(peer_pb2.FrameBody(cancels=[request_id(1)]))
        await turns()
        assert [True] == closed


async def test_pages_wait_for_the_acknowledgement_of_earlier_ones() -> None:
    """A few are out at a time; one acknowledgement lets one more leave."""
    pages = tuple(release(number, last=number == PAGES + 1) for number in range(PAGES + 2))
    async with opened_link(FakeHost(pages=pages)) as (end, _):
        end.ask(1)
        numbers: list[int] = []
        while len(numbers) < PAGES:
            numbers += [answer.number for answer in (await end.body()).answers]
        await turns()
        assert (list(range(PAGES)), True) == (numbers, end.received.empty())
        end.send(peer_pb2.FrameBody(acknowledgements=[acknowledgement(0)]))
        assert PAGES == (await end.answer()).number
        await turns()
        assert end.received.empty()


@pytest.mark.parametrize("fault", [grpc.aio.UsageError("RPC finished"), grpc.aio.InternalError(), OSError("a defect")])
async def test_a_frame_for_a_stream_that_grpc_has_ended_is_no_defect(fault: Exception) -> None:
    """A node that stops under load says nothing; any other failure of a write is told, with its exception."""
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    end = DiallingEnd()
    failed = asyncio.Event()

    async def write(frame: peer_pb2.LinkFrame) -> None:
        if end.received.empty():
            end.received.put_nowait(frame)  # the opening
            return
        failed.set()
        raise fault

    link = AnsweredLink(FakeHost(), SENDER, OURS, LinkBounds(8, 1 << 20, 0.0), write)
    serving = asyncio.create_task(link.serve(end.sent.get))
    end.open()
    end.ask(1)
    async with asyncio.timeout(5):
        await failed.wait()
        end.hang_up()
        await serving
    assert ([fault] if isinstance(fault, OSError) else []) == [context["exception"] for context in told]
