"""The road without a platform, a log or a network: the order of its steps, and every way in which it can end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.ground.evidence import Arrival, GatedPage, Page, Receipt, Release
from gateway.ground.refusals import Reason, Refusal
from gateway.road import UNRECORDED, Refused, Rooms, begin, travel
from tests.samples import arrival, grant

RECEIPT = Receipt("log.sichuan.example/1", 7, b"entry", (), b"checkpoint")


@dataclass
class FakeExchange:
    """An exchange that notes what it is asked to record."""

    steps: list[str]
    durable: asyncio.Event = field(default_factory=asyncio.Event)
    salt: bytes = b"s" * 16
    refusals: list[Refusal] = field(default_factory=list)
    abandoned: list[Refusal] = field(default_factory=list)

    def intend(self, caller: object, grant: object) -> None:
        """Note the intent."""
        self.steps.append("intend")

    async def release(self, gated: GatedPage) -> Receipt:
        """Note the release, and return when it is durable."""
        self.steps.append(f"release {gated.number}")
        await self.durable.wait()
        self.steps.append("durable")
        return RECEIPT

    async def refuse(self, refusal: Refusal) -> tuple[Refusal, tuple[Receipt, ...]]:
        """Note a refusal."""
        self.refusals.append(refusal)
        return refusal, (RECEIPT,)

    def abandon(self, refusal: Refusal) -> None:
        """Note an exchange that nobody waits for."""
        self.abandoned.append(refusal)


class FakeRooms:
    """Rooms that note their turn; `failing` raises in the room of that name."""

    def __init__(self, pages: int = 1) -> None:
        self.steps: list[str] = []
        self.failing: dict[str, BaseException] = {}
        self.exchange = FakeExchange(self.steps)
        self.exchange.durable.set()
        self.pages = pages
        made: Any = Rooms
        self.rooms: Rooms = made(
            gatehouse=SimpleNamespace(authenticate=lambda of: self.step("authenticate", "caller")),
            catalogue=SimpleNamespace(authorise=lambda of, caller: self.step("authorise", grant())),
            fetching=SimpleNamespace(fetch=self.fetch),
            masking=SimpleNamespace(mask=lambda of, grant, raw: self.step("mask", raw), manifest=object()),
            leakguard=SimpleNamespace(
                admit=lambda grant: self.step("admit", None),
                inspect_free_text=lambda ask: self.step("free text", None),
                inspect=lambda of, grant, raw, masked: self.step("inspect", masked),
            ),
            gates=SimpleNamespace(hold=self.hold),
            journal=SimpleNamespace(
                begin_provider=lambda of: self.step("begin", self.exchange),
                declare=lambda profile, manifest: self.step("declare", None),
            ),
        )

    def step(self, name: str, result: Any) -> Any:
        """Note a step, or fail in it."""
        self.steps.append(name)
        if name in self.failing:
            raise self.failing[name]
        return result

    async def fetch(self, of: Arrival, grant: object) -> AsyncIterator[Any]:
        """Yield the platform's pages."""
        for number in range(self.pages):
            yield self.step("fetch", number)

    async def hold(self, of: Arrival, grant: object, pages: AsyncIterator[Any]) -> AsyncIterator[GatedPage]:
        """Let every page pass."""
        async for number in pages:
            yield GatedPage(Page(1, ()), number, number == self.pages - 1, "ab" * 32)


async def walk(world: FakeRooms) -> list[Release]:
    """Walk the road to its end."""
    return [release async for release in travel(world.rooms, arrival())]


async def refused(world: FakeRooms) -> Refused:
    """Walk the road, and be refused."""
    with pytest.raises(Refused) as caught:
        await walk(world)
    return caught.value


async def test_the_steps_come_in_their_order() -> None:
    """Each page has its own from the fetch on, and the order is that of the road's page."""
    world = FakeRooms(pages=2)
    releases = await walk(world)
    page = ["fetch", "mask", "inspect", "declare"]
    assert [
        "begin",
        "authenticate",
        "authorise",
        "admit",
        "free text",
        "intend",
        *page,
        "release 0",
        "durable",
    ] == world.steps[:12]
    assert [*page, "release 1", "durable"] == world.steps[12:]
    assert [(0, RECEIPT), (1, RECEIPT)] == [(release.page.number, release.receipt) for release in releases]


async def test_nothing_leaves_before_its_entry_is_durable() -> None:
    """The point of no return is the log's word, and a page waits for it."""
    world = FakeRooms()
    world.exchange.durable.clear()
    walking = asyncio.create_task(walk(world))
    for _ in range(10):
        await asyncio.sleep(0)
    assert ("release 0", False) == (world.steps[-1], walking.done())
    world.exchange.durable.set()
    assert 1 == len(await walking)


STEPS = ["authenticate", "authorise", "admit", "free text", "fetch", "mask", "inspect", "declare"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_refusal_at_any_step_is_recorded_and_ends_the_walk(step: str) -> None:
    """The asker gets its receipt, and no later step is taken."""
    world = FakeRooms()
    world.failing[step] = Refusal(Reason.ITEM_UNKNOWN)
    found = await refused(world)
    assert (Reason.ITEM_UNKNOWN, (RECEIPT,), step) == (found.refusal.reason, found.receipts, world.steps[-1])
    assert [Reason.ITEM_UNKNOWN] == [refusal.reason for refusal in world.exchange.refusals]


@pytest.mark.parametrize("step", STEPS)
async def test_a_defect_at_any_step_is_refused_without_its_words(step: str) -> None:
    """Its type alone is recorded: a message could hold a value. The defect itself is the cause."""
    world = FakeRooms()
    world.failing[step] = defect = ValueError("51999919600101001X")
    found = await refused(world)
    assert (Reason.INTERNAL, "ValueError", defect) == (found.refusal.reason, found.refusal.detail, found.__cause__)
    assert 1 == len(world.exchange.refusals)


def test_five_reasons_leave_no_entry() -> None:
    """Those with which anybody could fill the log, and those of a log that may have been rolled back."""
    expected = {"RATE_LIMITED", "OVERLOADED", "DRAINING", "WITNESS_AWAITED", "LOG_CONTRADICTED"}
    assert expected == {reason.value for reason in UNRECORDED}


@pytest.mark.parametrize("reason", list(Reason))
async def test_every_other_refusal_leaves_one(reason: Reason) -> None:
    """Reason by reason, with a receipt where it is recorded and none where it is not."""
    world = FakeRooms()
    world.failing["authorise"] = Refusal(reason)
    found = await refused(world)
    recorded = reason not in UNRECORDED
    assert (reason, recorded, recorded) == (found.refusal.reason, bool(found.receipts), bool(world.exchange.refusals))


async def test_a_cancel_is_recorded_without_waiting_and_goes_on() -> None:
    """Nobody is there to wait for the entry."""
    world = FakeRooms()
    world.exchange.durable.clear()
    walking = asyncio.create_task(walk(world))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    assert [Reason.CANCELLED] == [refusal.reason for refusal in world.exchange.abandoned]
    assert [] == world.exchange.refusals


async def test_a_walk_that_its_reader_closes_records_nothing_more() -> None:
    """The pages that left have their entries."""
    world = FakeRooms(pages=2)
    walking: Any = travel(world.rooms, arrival())
    await anext(walking)
    await walking.aclose()
    assert ("durable", [], []) == (world.steps[-1], world.exchange.refusals, world.exchange.abandoned)


def test_an_exchange_that_cannot_even_begin_is_refused_without_a_receipt() -> None:
    """Nothing could be recorded of it."""

    def full(of: Arrival) -> Any:
        raise Refusal(Reason.AUDIT_NOT_DURABLE)

    with pytest.raises(Refused) as caught:
        begin(full, arrival())
    assert (Reason.AUDIT_NOT_DURABLE, ()) == (caught.value.refusal.reason, caught.value.receipts)


def test_the_rooms_show_nothing_of_what_they_hold() -> None:
    """A trace-back with its locals would write it out."""
    assert "<rooms>" == repr(FakeRooms().rooms)
