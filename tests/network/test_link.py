"""The link between two real nodes: broken, asked again, renewed, drained."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.contract import Columns, Question
from gateway.audit.entries.entry import decode
from gateway.audit.storage.reader import LogReader
from gateway.ground.refusals import Reason, Refusal
from gateway.link.answer import AnsweredLink
from tests.answers import all_found
from tests.province import ITEMS, StandIn, Two, plausible


class Held(StandIn):
    """A platform that answers only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.let = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def fetch(self, question: Question):  # type: ignore[no-untyped-def]  # an async generator
        """Wait, then answer."""
        self.asked.append(question)
        self.reached.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        for page in plausible(question):
            yield all_found(page, subjects=ITEMS[question.item_code].subjects)


def phases(two: Two, name: str, exchange: str) -> list[dict[str, Any]]:
    """The entries of one exchange in a province's log."""
    with LogReader(two.world[name].settings.log_path) as reader:
        found = [decode(row[2]) for chunk in reader.rows(0, reader.count()) for row in chunk]
    return [dict(entry.fields) for entry in found if entry.exchange_id == exchange]


async def break_links(two: Two, name: str) -> None:
    """End every link that the node answers, as a lost connection would."""
    service = two.nodes[name].peer_service
    await service.close()
    service._closing = False


async def hold_platform(two: Two) -> Held:
    """Let Sichuan's platform wait for the test."""
    held = Held()
    two.platforms["sichuan"].fetch = held.fetch  # type: ignore[method-assign]  # a stand-in's method
    return held


async def test_a_question_in_flight_is_asked_again_when_the_link_breaks(two: Two) -> None:
    """The application notices nothing but the time it took."""
    held = await hold_platform(two)
    message = two.ask()
    asking = asyncio.create_task(two.query(message))
    await held.reached.wait()
    held.reached.clear()
    await break_links(two, "sichuan")
    await held.reached.wait()
    held.let.set()
    assert 1 == (await asking).page.rows
    assert 2 == len(held.asked)
    found = [fields["phase"] for fields in phases(two, "sichuan", message.request_id)]
    assert ["intent", "refusal", "intent", "release"] == found[:4]


async def test_an_answer_lost_after_its_release_counts_as_one_exchange(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second release names the first one."""
    lost = asyncio.Event()
    flush = AnsweredLink._flush

    async def lose_the_first(self: AnsweredLink, writer: Any, answers: Any) -> None:
        if lost.is_set():
            await flush(self, writer, answers)
            return
        lost.set()

    monkeypatch.setattr(AnsweredLink, "_flush", lose_the_first)
    message = two.ask()
    asking = asyncio.create_task(two.query(message))
    await lost.wait()
    await break_links(two, "sichuan")
    response = await asking
    releases = [f for f in phases(two, "sichuan", message.request_id) if f["phase"] == "release"]
    assert 2 == len(releases)
    first = min(index for index in (releases[1]["repeat_of"],))
    assert response.receipt.index > first >= 0


async def test_a_cancelled_question_is_cancelled_at_the_platform_too(two: Two) -> None:
    """Nobody works for an answer that nobody waits for; both logs say so."""
    held = await hold_platform(two)
    message = two.ask()
    asking = asyncio.create_task(two.query(message))
    await held.reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await held.cancelled.wait()
    held.let.set()
    await two.query(two.ask())
    for name in ("sichuan", "chongqing"):
        reasons = [fields.get("reason_code") for fields in phases(two, name, message.request_id)]
        assert Reason.CANCELLED.value in reasons


async def test_what_is_in_flight_finishes_when_a_node_drains(two: Two) -> None:
    """New questions are told to go elsewhere; the old one is answered."""
    held = await hold_platform(two)
    node = two.nodes["chongqing"]
    asking = asyncio.create_task(two.query(two.ask()))
    await held.reached.wait()
    draining = asyncio.create_task(node.node.accounts.drain(5))
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as caught:
        await two.query(two.ask())
    assert Reason.DRAINING == caught.value.reason
    held.let.set()
    assert 1 == (await asking).page.rows
    await draining
    node.node.accounts.draining = False


async def test_a_renewed_certificate_is_taken_without_a_stop(two: Two) -> None:
    """New files, a new handshake, the old link finished."""
    from datetime import UTC, datetime, timedelta

    province = two.world["sichuan"]
    settings, node = province.settings, two.nodes["sichuan"]
    before = node.pair().certificate_pem
    fresh = province.authority.issue(
        settings.tls_request_path.read_bytes(), settings.identity, now=datetime.now(UTC) + timedelta(seconds=1)
    )
    settings.tls_certificate_path.write_bytes(fresh)
    node.turn_certificate()
    assert before != node.pair().certificate_pem
    assert 1 == (await two.query(two.ask())).page.rows


async def test_a_slow_platform_is_left_at_the_deadline(two: Two) -> None:
    """The deadline shrinks on its way and holds at the platform."""
    held = await hold_platform(two)
    two.nodes["chongqing"].node.max_deadline_seconds = 0.3
    with pytest.raises(Refusal) as caught:
        await two.query(two.ask())
    assert Reason.DEADLINE_EXCEEDED == caught.value.reason
    held.let.set()


async def test_pages_stop_when_nobody_takes_them(two: Two) -> None:
    """At most four pages of one exchange are out without an acknowledgement."""
    from gateway.cli.demo.questions import open_channel
    from gateway.wire.v1 import exchange_pb2, exchange_pb2_grpc

    given: list[int] = []

    def many(question: Question) -> list[Columns]:
        pages: list[Columns] = []
        for number in range(40):
            given.append(number)
            pages.append({**plausible(question)[0]})
        return pages

    two.platforms["sichuan"].answer = many
    asker = two.world["chongqing"]
    message = two.ask("CY-TO-02")
    from gateway.cli.demo.questions import make_question as ask_question

    message = ask_question(ITEMS["CY-TO-02"], asker, two.world["sichuan"], {"region_code": "510100"})
    async with open_channel(asker, asker.portal) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        call = stub.Stream(exchange_pb2.StreamRequest(ask=message, page_rows=3), timeout=20)
        numbers = [response.number async for response in call]
    assert list(range(40)) == numbers
