"""The consumer path without a peer, a log or a network: the order of its steps, and every way in which it can end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.consumer import ConsumerRooms, ask_province
from gateway.fetching.fetch import MAX_EMPTY_PAGES
from gateway.ground.evidence import Delivery, Page, PeerAnswer, ProvenAnswer, Receipt
from gateway.ground.item import Outcome
from gateway.ground.refusals import PeerRefusal, Reason, Refusal
from gateway.permission import Permission
from gateway.road import UNRECORDED, Refused
from tests.samples import NOW_US, arrival, grant
from tests.test_road import RECEIPT, FakeExchange

STEPS = ["authenticate", "authorise", "free text", "ask", "prove", "delivered", "regions"]


class FakeAsker(FakeExchange):
    """The asking side of an exchange; `prove` fails as the test says."""

    world: FakeProvince

    def prove(self, answer: PeerAnswer) -> ProvenAnswer:
        """Prove an answer."""
        self.world.step("prove", None)
        made: Any = SimpleNamespace(answer=answer)
        proven: ProvenAnswer = made
        return proven

    async def receive(self, proven: ProvenAnswer, notify: Callable[[Receipt], None]) -> Receipt:
        """Record the receipt of an answer, and return when it is durable; say so first."""
        self.steps.append(f"receive {proven.answer.number}")
        await self.durable.wait()
        self.steps.append("durable")
        notify(RECEIPT)
        self.over = proven.answer.last
        return RECEIPT


class FakeProvince:
    """The rooms of the consumer path; `failing` raises in the step of that name."""

    def __init__(self, pages: int = 1) -> None:
        self.steps: list[str] = []
        self.failing: dict[str, BaseException] = {}
        self.pages = pages
        self.exchange = FakeAsker(self.steps)
        self.exchange.world = self
        self.exchange.durable.set()
        made: Any = ConsumerRooms
        self.rooms: ConsumerRooms = made(
            gatehouse=SimpleNamespace(
                authenticate=lambda of: self.step("authenticate", "caller"),
                admit_party=lambda of, now_us: self.step("admit party", None),
            ),
            catalogue=SimpleNamespace(
                authorise=lambda of, caller, *now_us: self.step("authorise", grant()),
                hold_delivered=lambda of, given, page: self.step("regions", None),
            ),
            leakguard=SimpleNamespace(
                inspect_free_text=lambda of: self.step("free text", None),
                inspect_delivered=lambda given, page: self.step("delivered", None),
            ),
            lawful=SimpleNamespace(admit=self.admit_basis, require=lambda *of: self.step("basis again", None)),
            peers=SimpleNamespace(
                ask=self.ask, acknowledge=lambda of, answer, receipt: self.step(f"acknowledge {answer.number}", None)
            ),
            journal=SimpleNamespace(begin_asker=lambda of: self.exchange),
        )
        self.in_force = self.rooms
        self.permission = Permission(lambda: self.in_force, lambda: NOW_US)

    def step(self, name: str, result: Any) -> Any:
        """Note a step, or fail in it."""
        self.steps.append(name)
        if name in self.failing:
            raise self.failing[name]
        return result

    async def admit_basis(self, *of: object) -> None:
        """Note the judgement of the lawful basis."""
        self.step("basis", None)

    async def ask(self, of: object, caller: object) -> AsyncIterator[PeerAnswer]:
        """Answer for the other province."""
        for number in range(self.pages):
            self.step("ask", None)
            yield PeerAnswer(Page(1, (), (Outcome.FOUND,)), number, number == self.pages - 1, RECEIPT, b"r" * 16)


async def walk(world: FakeProvince) -> list[Delivery]:
    """Ask, to the end."""
    return [delivery async for delivery in ask_province(world.rooms, arrival(), world.permission)]


async def refused(world: FakeProvince) -> Refused:
    """Ask, and be refused."""
    with pytest.raises(Refused) as caught:
        await walk(world)
    return caught.value


async def test_the_steps_come_in_their_order() -> None:
    """The intent before the question, the proof before the record, the record before the acknowledgement."""
    world = FakeProvince(pages=2)
    deliveries = await walk(world)
    assert ["authenticate", "authorise", "free text", "basis", "intend"] == world.steps[:5]
    assert [
        *("ask", "basis again", "prove", "delivered", "regions", "receive 0", "durable", "acknowledge 0"),
        *("ask", "basis again", "prove", "delivered", "regions", "receive 1", "durable", "acknowledge 1"),
    ] == world.steps[5:]
    assert [0, 1] == [delivery.proven.answer.number for delivery in deliveries]


async def test_nothing_is_acknowledged_or_handed_over_before_our_receipt_is_durable() -> None:
    """The peer would believe that we have recorded it."""
    world = FakeProvince()
    world.exchange.durable.clear()
    walking = asyncio.create_task(walk(world))
    for _ in range(10):
        await asyncio.sleep(0)
    assert ("receive 0", False) == (world.steps[-1], walking.done())
    world.exchange.durable.set()
    assert 1 == len(await walking)


@pytest.mark.parametrize("step", STEPS)
async def test_a_refusal_at_any_step_is_recorded_and_nothing_is_acknowledged(step: str) -> None:
    """The peer's receipt stands without an outcome then."""
    world = FakeProvince()
    world.failing[step] = Refusal(Reason.PEER_RECEIPT_INVALID)
    found = await refused(world)
    assert (Reason.PEER_RECEIPT_INVALID, (RECEIPT,)) == (found.refusal.reason, found.receipts)
    assert (step, 1) == (world.steps[-1], len(world.exchange.refusals))


@pytest.mark.parametrize("step", STEPS)
async def test_a_defect_at_any_step_is_refused_without_its_words(step: str) -> None:
    """Its type alone is recorded."""
    world = FakeProvince()
    world.failing[step] = KeyError("51999919600101001X")
    found = await refused(world)
    assert (Reason.INTERNAL, "KeyError") == (found.refusal.reason, found.refusal.detail)


async def test_a_refusal_of_the_peer_comes_to_the_exchange_with_its_receipts() -> None:
    """It is the exchange that proves them."""
    world = FakeProvince()
    world.failing["ask"] = theirs = PeerRefusal(Refusal(Reason.ITEM_UNKNOWN), (RECEIPT,))
    await refused(world)
    assert [theirs] == world.exchange.refusals


@pytest.mark.parametrize("reason", sorted(UNRECORDED))
async def test_some_refusals_leave_no_entry_on_this_side_either(reason: Reason) -> None:
    """Before the exchange begins: what is turned away must not fill the log."""
    world = FakeProvince()
    world.failing["authenticate"] = Refusal(reason)
    assert () == (await refused(world)).receipts
    assert [] == world.exchange.refusals


@pytest.mark.parametrize("theirs", [False, True])
@pytest.mark.parametrize("reason", sorted(UNRECORDED))
async def test_a_question_that_was_to_be_sent_has_an_end_whatever_the_reason(reason: Reason, theirs: bool) -> None:
    """A2: a busy link, or a busy peer, leaves no intent alone."""
    world = FakeProvince()
    world.failing["ask"] = PeerRefusal(Refusal(reason), ()) if theirs else Refusal(reason)
    assert (RECEIPT,) == (await refused(world)).receipts
    assert [reason] == [refusal.reason for refusal in world.exchange.refusals]


async def test_a_walk_that_its_reader_closes_between_two_pages_is_cancelled_at_the_peer_too() -> None:
    """A2: the end is recorded, and the link is told at once, not when memory is collected."""
    world = FakeProvince(pages=2)
    seen: list[int] = []
    ask = world.ask

    async def leaving(of: object, caller: object) -> AsyncIterator[PeerAnswer]:
        try:
            async for answer in ask(of, caller):
                yield answer
        finally:
            seen.append(len(world.exchange.abandoned))

    stand_in: Any = world.rooms.peers
    stand_in.ask = leaving
    walking = ask_province(world.rooms, arrival(), world.permission)
    await anext(walking)
    await walking.aclose()
    assert ([Reason.CANCELLED], [1]) == ([refusal.reason for refusal in world.exchange.abandoned], seen)


async def test_a_walk_that_its_reader_closes_after_the_last_page_has_had_its_end() -> None:
    """A2: the receipt of the last page is the end."""
    world = FakeProvince()
    walking = ask_province(world.rooms, arrival(), world.permission)
    await anext(walking)
    await walking.aclose()
    assert ([], []) == (world.exchange.refusals, world.exchange.abandoned)


async def test_a_cancel_is_recorded_without_waiting() -> None:
    """The application has gone."""
    world = FakeProvince()
    world.exchange.durable.clear()
    walking = asyncio.create_task(walk(world))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    assert [Reason.CANCELLED] == [refusal.reason for refusal in world.exchange.abandoned]


async def test_pages_without_a_row_do_not_come_for_ever() -> None:
    """F12's twin: a peer that answers with nothing, again and again, would fill our log with receipts."""
    world = FakeProvince(pages=2 * MAX_EMPTY_PAGES)
    ask = world.ask

    async def empty(of: object, caller: object) -> AsyncIterator[PeerAnswer]:
        async for answer in ask(of, caller):
            yield replace(answer, page=Page(0, ()))

    stand_in: Any = world.rooms.peers
    stand_in.ask = empty
    assert Reason.PEER_ANSWER_INVALID is (await refused(world)).refusal.reason
    assert MAX_EMPTY_PAGES == world.steps.count("durable")


def test_the_rooms_show_nothing_of_what_they_hold() -> None:
    """A trace-back with its locals would write it out."""
    assert "<consumer rooms>" == repr(FakeProvince().rooms)
