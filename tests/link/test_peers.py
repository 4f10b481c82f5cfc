"""The peers as the consumer path asks them: the right link, one page where one is owed, and refusals with receipts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from gateway.border.messages import write_release
from gateway.border.status import to_status
from gateway.ground.evidence import NO_ENTRY, Arrival, Caller, NodeUri, Operator, PeerAnswer
from gateway.ground.refusals import PeerRefusal, Reason, Refusal
from gateway.link.peers import PeerLinks, Peers
from gateway.link.question import PendingQuestion, ReceivedAnswer
from gateway.wire.v1 import peer_pb2
from tests.link.fake_wire import release
from tests.samples import arrival

APPLICATION = NodeUri("spiffe://500000.chuanyu/application/a")
CALLER = Caller(NodeUri("n"), APPLICATION, "500000", "f" * 64, "cq-hrss", Operator("", ""), NO_ENTRY)


class FakeLink:
    """A link that answers as the test says, and notes what it is given."""

    def __init__(self) -> None:
        self.answers: list[peer_pb2.LinkAnswer] = []
        self.questions: list[PendingQuestion] = []
        self.acknowledgements: list[peer_pb2.Acknowledgement] = []
        self.closed = 0
        self.renewed = 0
        self.up = False
        self.ran = 0

    async def run(self) -> None:
        """Run, and end at once."""
        self.ran += 1

    async def ask(self, question: PendingQuestion) -> AsyncGenerator[ReceivedAnswer, None]:
        """Answer."""
        self.questions.append(question)
        try:
            for answer in self.answers:
                yield ReceivedAnswer(answer, b"checkpoint of the frame")
        finally:
            self.closed += 1

    def acknowledge(self, message: peer_pb2.Acknowledgement) -> None:
        """Note an acknowledgement."""
        self.acknowledgements.append(message)

    def renew(self) -> None:
        """Note it."""
        self.renewed += 1


class World:
    """One peer with its two links."""

    def __init__(self) -> None:
        self.interactive, self.bulk = FakeLink(), FakeLink()
        made: Any = PeerLinks
        self.peers = Peers({"510000": made(self.interactive, self.bulk)})

    async def ask(self, of: Arrival) -> list[PeerAnswer]:
        """Ask, and take all pages."""
        return [answer async for answer in self.peers.ask(of, CALLER)]


async def reason(world: World, of: Arrival) -> Reason:
    """The reason for which a question fails."""
    with pytest.raises(Refusal) as caught:
        await world.ask(of)
    return caught.value.reason


async def test_the_question_goes_with_the_bytes_that_were_hashed() -> None:
    """They are not made anew, and nothing but the envelope stands beside them."""
    world = World()
    world.interactive.answers = [write_release(release(), "r")]
    of = arrival(traceparent="t", salt=b"z" * 16, deadline=77.0)
    (answer,) = await world.ask(of)
    (question,) = world.interactive.questions
    assert of.octets is question.ask
    assert (of.ask.request_id, 77.0) == (question.request_id, question.deadline)
    expected = peer_pb2.LinkAsk(application=APPLICATION, traceparent="t", salt=b"z" * 16)
    assert expected == question.envelope
    assert (b"checkpoint of the frame", b"r" * 16) == (answer.receipt.checkpoint, answer.salt)


async def test_a_question_in_pages_takes_the_bulk_link() -> None:
    """So that a batch never delays a counter; its acknowledgement goes the same way."""
    world = World()
    world.bulk.answers = [write_release(release(number, last=number == 1), "r") for number in range(2)]
    of = arrival(page_rows=10)
    answers = await world.ask(of)
    assert [(0, False), (1, True)] == [(answer.number, answer.last) for answer in answers]
    world.peers.acknowledge(of, answers[1], answers[1].receipt)
    assert ([], [(1, True)]) == (
        world.interactive.acknowledgements, [(one.number, one.last) for one in world.bulk.acknowledgements],
    )  # fmt: skip


async def test_more_pages_than_one_are_refused_where_one_is_owed() -> None:
    """The answer is closed, so that the peer is told."""
    world = World()
    world.interactive.answers = [write_release(release(0, last=False), "r")]
    assert Reason.PEER_ANSWER_INVALID == await reason(world, arrival())
    assert 1 == world.interactive.closed


async def test_an_answer_that_is_neither_a_page_nor_a_refusal_is_refused() -> None:
    """An empty message says nothing."""
    world = World()
    world.interactive.answers = [peer_pb2.LinkAnswer(request_id="r", last=True)]
    assert Reason.PEER_ANSWER_INVALID == await reason(world, arrival())


@pytest.mark.parametrize("with_receipt", [False, True])
async def test_a_refusal_of_the_peer_keeps_its_reason_and_receipt(with_receipt: bool) -> None:
    """The receipt is what proves it; none is made up where it has none."""
    world = World()
    answer = peer_pb2.LinkAnswer(request_id="r", last=True)
    answer.refusal.CopyFrom(to_status(Refusal(Reason.ITEM_UNKNOWN)))
    if with_receipt:
        answer.receipt.CopyFrom(write_release(release(9), "r").receipt)
    world.interactive.answers = [answer]
    with pytest.raises(PeerRefusal) as caught:
        await world.ask(arrival())
    assert Reason.ITEM_UNKNOWN == caught.value.reason
    assert [9] * with_receipt == [receipt.index for receipt in caught.value.receipts]


async def test_a_province_without_a_gateway_is_unknown() -> None:
    """Nobody is asked instead."""
    peers = Peers({})
    with pytest.raises(Refusal) as caught:
        await anext(aiter(peers.ask(arrival(), CALLER)))
    assert Reason.PEER_UNKNOWN == caught.value.reason
    await asyncio.sleep(0)


def test_all_links_are_renewed_and_the_interactive_one_counts_as_up() -> None:
    """A counter's link decides whether a province can be asked."""
    world = World()
    world.peers.renew()
    assert (1, 1) == (world.interactive.renewed, world.bulk.renewed)
    world.bulk.up = True
    assert {"510000": False} == world.peers.up()


def _break_text(answer: peer_pb2.LinkAnswer, text: str) -> None:
    answer.page.rows = 1
    answer.page.columns.add(name="card_form").strings.values.append(text)


@pytest.mark.parametrize(
    "spoil",
    [
        *(
            lambda answer, sign=sign: _break_text(answer, f"a{sign}b")
            for sign in ("\x1b[2J\x1b]0;pwned\x07", "\u202e", "\0", "\n", "\x9b", "\u2066", "\u2028")
        ),
        lambda answer: _break_text(answer, "x" * 100_000),
        lambda answer: answer.page.columns.add(name="a\u202e").strings.SetInParent(),
        lambda answer: [answer.page.columns.add(name="a").strings.SetInParent() for _ in range(2)],
        lambda answer: answer.page.columns.add(name="a").strings.values.extend(["1", "2", "3"]),
        lambda answer: answer.MergeFromString(b"\xfa\x01\x01x"),
        lambda answer: answer.receipt.path.append(b"short"),
        lambda answer: setattr(answer.receipt, "origin", "log\x1b[31m"),
    ],
)
async def test_an_answer_that_breaks_the_contract_is_refused_without_its_value(spoil: Any) -> None:
    """What crosses the border is checked on the side that it enters (F3): controls, length, columns, unknown fields."""
    world = World()
    answer = write_release(release(), "r")
    spoil(answer)
    world.interactive.answers = [answer]
    with pytest.raises(Refusal) as caught:
        await world.ask(arrival())
    assert Reason.PEER_ANSWER_INVALID is caught.value.reason
    assert caught.value.violations
    told = f"{caught.value}{caught.value.violations}"
    assert told.isprintable()
    assert not any(value in told for value in ("pwned", "xxxx", "31m"))
    assert 1 == world.interactive.closed


async def test_both_links_of_a_peer_run() -> None:
    """A batch finds no link where the bulk one was never dialled."""
    world = World()
    await world.peers.run()
    assert (1, 1) == (world.interactive.ran, world.bulk.ran)


def test_an_acknowledgement_is_said_again_on_the_interactive_link() -> None:
    """Which is dialled first after a restart."""
    world = World()
    message = peer_pb2.Acknowledgement(request_id="r", number=3)
    world.peers.resend_acknowledgement("510000", message)
    assert ([message], []) == (world.interactive.acknowledgements, world.bulk.acknowledgements)
