"""Acknowledgements between two real nodes: lost with a link, a commit or a node, each comes all the same, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.contract import Columns, Question
from gateway.audit.entries.entry import Phase, decode
from gateway.audit.review.reconcile import Comparison, compare
from gateway.audit.review.sources import LogSource
from gateway.audit.storage.reader import LogReader
from gateway.cli.demo.questions import make_question as asked
from gateway.cli.demo.questions import open_channel
from gateway.link.answer import AnsweredLink
from gateway.link.dial import DialledLink
from gateway.wire.v1 import exchange_pb2, exchange_pb2_grpc, peer_pb2
from tests.answers import all_found
from tests.network.test_link import break_links
from tests.province import ITEMS, StandIn, Two, plausible, until, verified


class Losing:
    """Loses acknowledgements on their way into the answering node, as a link that drops would, while it is told to."""

    def __init__(self) -> None:
        self.losing = True
        self.lost = 0

    def take(self, taking: Callable[..., None]) -> Callable[..., None]:
        """Stand before what takes a frame."""

        def take(link: AnsweredLink, node: str, body: peer_pb2.FrameBody, *more: Any) -> None:
            if self.losing:
                self.lost += len(body.acknowledgements)
                del body.acknowledgements[:]
            taking(link, node, body, *more)

        return take


@pytest.fixture
def losing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Losing]:
    """Every acknowledgement is lost, until the test says otherwise."""
    one = Losing()
    monkeypatch.setattr(AnsweredLink, "_take", one.take(AnsweredLink._take))
    yield one


def outcomes(two: Two) -> list[str]:
    """The exchanges of the outcome entries in Sichuan's log."""
    with LogReader(two.world["sichuan"].settings.log_path) as reader:
        rows = [row for chunk in reader.rows(0, reader.count()) for row in chunk]
    return [row[4] for row in rows if row[3] == Phase.OUTCOME]


def links(two: Two) -> tuple[DialledLink, DialledLink]:
    """Chongqing's links to Sichuan."""
    pair = two.nodes["chongqing"].foundation.peers._links["510000"]
    return pair.interactive, pair.bulk


def unsettled(two: Two) -> int:
    """How many acknowledgements Chongqing keeps."""
    return sum(len(link._unsent) + len(link._stream.unconfirmed if link._stream else ()) for link in links(two))


async def answered(two: Two, losing: Losing, count: int = 3) -> list[str]:
    """Have so many questions answered, whose acknowledgements are lost."""
    ids = []
    for _ in range(count):
        message = two.ask()
        await two.query(message)
        ids.append(message.request_id)
    await until("acknowledgements on their way", lambda: losing.lost >= count)
    return ids


async def stopped(two: Two) -> Comparison:
    """Stop both nodes, verify both logs and compare them."""
    for name in list(two.nodes):
        await two.stop(name)
    assert ((), ()) == tuple(verified(two.world[name]).faults for name in two.world)
    places = [two.world[name].settings.log_path for name in ("sichuan", "chongqing")]
    with LogReader(places[0]) as one, LogReader(places[1]) as other:
        return compare(LogSource(one), LogSource(other))


async def test_what_was_lost_with_a_link_comes_over_the_next(two: Two, losing: Losing) -> None:
    """Without a question of anybody's; afterwards nothing is kept, and the logs agree."""
    ids = await answered(two, losing)
    assert [] == outcomes(two)
    losing.losing = False
    await break_links(two, "sichuan")
    await until("all outcomes", lambda: ids == outcomes(two))
    await until("all confirmed", lambda: not unsettled(two))
    assert (0, ()) == ((found := await stopped(two)).unacknowledged, found.one_sided)


async def test_what_was_lost_before_the_asking_node_ended_comes_after_its_start(two: Two, losing: Losing) -> None:
    """From the receipts in its own log; there is no other record."""
    ids = await answered(two, losing)
    await two.stop("chongqing")
    losing.losing = False
    await two.start("chongqing")
    await until("all outcomes", lambda: ids == outcomes(two))
    await until("all confirmed", lambda: not unsettled(two))
    assert 0 == (await stopped(two)).unacknowledged


async def test_what_was_lost_before_the_answering_node_ended_comes_after_its_start(two: Two, losing: Losing) -> None:
    """Though it remembers no release: its log is asked, once it may be added to."""
    ids = await answered(two, losing)
    await two.stop("sichuan")
    losing.losing = False
    await two.start("sichuan")
    await until("all outcomes", lambda: ids == outcomes(two))
    assert 0 == (await stopped(two)).unacknowledged


async def test_after_both_nodes_ended_nothing_is_lost_and_nothing_doubled(two: Two, losing: Losing) -> None:
    """Each start says all of it again, and each exchange has one outcome."""
    ids = await answered(two, losing)
    losing.losing = False
    for _ in range(2):
        for name in ("chongqing", "sichuan"):
            await two.stop(name)
        for name in ("sichuan", "chongqing"):
            await two.start(name, serving=False)
        for name in ("sichuan", "chongqing"):
            await two.serve(name)
        await until("all outcomes", lambda: ids == outcomes(two))
        await until("all confirmed", lambda: not unsettled(two))
    assert ids == outcomes(two)
    assert 0 == (await stopped(two)).unacknowledged


async def test_nothing_is_added_for_them_to_a_log_that_no_witness_has_confirmed(two: Two, losing: Losing) -> None:
    """They wait with the node."""
    ids = await answered(two, losing)
    losing.losing = False
    await two.stop("sichuan")
    await two.stop("chongqing")
    await two.start("sichuan", serving=False)
    node = two.nodes["sichuan"]
    size = node.log.size
    for link in range(2):
        asker = two.world["chongqing"].settings.identity.uri
        taken = node.node.take_acknowledgement(asker, acknowledgement(two, ids[link]))
        assert not taken.settle()
    await asyncio.sleep(0)
    assert size == node.log.size
    await two.start("chongqing")
    await two.serve("sichuan")
    await until("all outcomes", lambda: sorted(ids) == sorted(outcomes(two)))


def acknowledgement(two: Two, request_id: str) -> peer_pb2.Acknowledgement:
    """What Chongqing's log has to say of an exchange."""
    with LogReader(two.world["chongqing"].settings.log_path) as reader:
        (row,) = reader.exchange(request_id, Phase.RECEIPT)
    entry = decode(row.octets)
    return peer_pb2.Acknowledgement(
        request_id=request_id,
        number=0,
        last=True,
        origin=entry.text("origin"),
        index=row.index,
        leaf_hash=row.leaf_hash,
    )


async def test_an_acknowledgement_whose_commit_failed_is_written_when_the_log_serves_again(two: Two) -> None:
    """Over the same link; nobody has to say it again."""
    node = two.nodes["sichuan"]
    append, failed = node.opened.store.append, asyncio.Event()

    async def fail(batch: Any) -> None:
        if not failed.is_set() and any(row[3] == Phase.OUTCOME for row in batch.rows):
            failed.set()
            raise OSError("disk I/O error")
        await append(batch)

    node.opened.store.append = fail  # type: ignore[method-assign]  # the fault is put in at this border
    message = two.ask()
    await two.query(message)
    async with asyncio.timeout(15):
        await failed.wait()
    await until("its outcome", lambda: [message.request_id] == outcomes(two))
    assert [message.request_id] == outcomes(two)


async def test_a_long_answer_goes_on_over_the_next_link(two: Two) -> None:
    """Pages that came and come again are acknowledged again: the answering gateway lets no more than four out."""
    given: list[int] = []

    def many(question: Question) -> list[Columns]:
        return [{**plausible(question)[0]} for _ in range(30)]

    class Breaking(StandIn):
        async def fetch(self, question: Question):  # type: ignore[no-untyped-def]  # an async generator
            for page in many(question):
                given.append(len(given))
                yield all_found(page, subjects=ITEMS[question.item_code].subjects)

    two.platforms["sichuan"].fetch = Breaking().fetch  # type: ignore[method-assign]  # a stand-in's method
    asker = two.world["chongqing"]
    message = asked(ITEMS["CY-TO-02"], asker, two.world["sichuan"], {"region_code": "510100"})
    numbers = []
    async with open_channel(asker, asker.portal) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        call = stub.Stream(exchange_pb2.StreamRequest(ask=message, page_rows=3), timeout=20)
        async for response in call:
            numbers.append(response.number)
            if response.number == 9:
                await break_links(two, "sichuan")
    assert list(range(30)) == numbers
    assert len(given) > 30
