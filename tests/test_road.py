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
from gateway.permission import Permission
from gateway.road import UNRECORDED, Refused, Rooms, begin, travel
from tests.samples import NOW_US, arrival, grant

RECEIPT = Receipt("log.sichuan.example/1", 7, b"entry", (), b"checkpoint")


@dataclass
class FakeExchange:
    """An exchange that notes what it is asked to record."""

    steps: list[str]
    durable: asyncio.Event = field(default_factory=asyncio.Event)
    salt: bytes = b"s" * 16
    refusals: list[Refusal] = field(default_factory=list)
    abandoned: list[Refusal] = field(default_factory=list)
    begun: bool = False
    over: bool = False

    def intend(self, caller: object, grant: object) -> None:
        """Note the intent."""
        self.steps.append("intend")
        self.begun = True

    async def release(self, gated: GatedPage) -> Receipt:
        """Note the release, and return when it is durable."""
        self.steps.append(f"release {gated.number}")
        await self.durable.wait()
        self.steps.append("durable")
        self.over = gated.last
        return RECEIPT

    async def refuse(self, refusal: Refusal) -> tuple[Refusal, tuple[Receipt, ...]]:
        """Note a refusal."""
        self.refusals.append(refusal)
        return refusal, (RECEIPT,)

    def abandon(self, refusal: Refusal) -> None:
        """Note an exchange that nobody waits for, unless it has its end."""
        if not self.over:
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
            gatehouse=SimpleNamespace(
                authenticate=lambda of: self.step("authenticate", "caller"),
                admit_party=lambda of, now_us: self.step("admit party", None),
            ),
            catalogue=SimpleNamespace(
                authorise=lambda of, caller, *now_us: self.step("authorise", grant()),
                hold_fetched=lambda of, given, raw: self.step("regions", None),
            ),
            fetching=SimpleNamespace(fetch=self.fetch),
            masking=SimpleNamespace(mask=lambda of, grant, raw: self.step("mask", raw), manifest=object()),
            leakguard=SimpleNamespace(
                admit=lambda grant: self.step("admit", None),
                inspect_free_text=lambda ask: self.step("free text", None),
                inspect=lambda of, grant, raw, masked: self.step("inspect", masked),
            ),
            gates=SimpleNamespace(hold=self.hold),
            lawful=SimpleNamespace(admit=self.admit_basis, require=lambda *of: self.step("basis again", None)),
            journal=SimpleNamespace(
                begin_provider=lambda of: self.step("begin", self.exchange),
                declare=lambda profile, manifest: self.step("declare", None),
            ),
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
    return [release async for release in travel(world.rooms, arrival(), world.permission)]


async def refused(world: FakeRooms) -> Refused:
    """Walk the road, and be refused."""
    with pytest.raises(Refused) as caught:
        await walk(world)
    return caught.value


async def test_the_steps_come_in_their_order() -> None:
    """Each page has its own from the fetch on, and the order is that of the road's page."""
    world = FakeRooms(pages=2)
    releases = await walk(world)
    page = ["fetch", "regions", "mask", "inspect", "basis again", "admit", "declare"]
    before = ["begin", "authenticate", "authorise", "admit", "free text", "basis", "intend"]
    assert [*before, *page, "release 0", "durable"] == world.steps[:16]
    assert [*page, "release 1", "durable"] == world.steps[16:]
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


STEPS = [
    *("authenticate", "authorise", "admit", "free text", "basis"),
    *("fetch", "regions", "mask", "inspect", "basis again", "declare"),
]


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


async def test_a_walk_that_its_reader_closes_between_two_pages_is_cancelled() -> None:
    """A2: a client that drops its stream ends the generator at its yield, not by a cancel within a step."""
    world = FakeRooms(pages=2)
    walking = travel(world.rooms, arrival(), world.permission)
    await anext(walking)
    await walking.aclose()
    assert ("durable", []) == (world.steps[-1], world.exchange.refusals)
    assert [Reason.CANCELLED] == [refusal.reason for refusal in world.exchange.abandoned]


async def test_a_walk_that_its_reader_closes_after_the_last_page_has_had_its_end() -> None:
    """A2: the last page is the end; a second one would contradict it."""
    world = FakeRooms(pages=1)
    walking = travel(world.rooms, arrival(), world.permission)
    await anext(walking)
    await walking.aclose()
    assert ([], []) == (world.exchange.refusals, world.exchange.abandoned)


async def test_the_end_stands_before_the_platform_is_let_go() -> None:
    """A2: an adapter that is slow to leave must not delay the entry beyond the stop of the node."""
    world = FakeRooms(pages=2)
    seen: list[int] = []
    fetch = world.fetch

    async def leaving(of: Arrival, grant: object) -> AsyncIterator[Any]:
        try:
            async for page in fetch(of, grant):
                yield page
        finally:
            seen.append(len(world.exchange.abandoned))

    stand_in: Any = world.rooms.fetching
    stand_in.fetch = leaving
    walking = travel(world.rooms, arrival(), world.permission)
    await anext(walking)
    await walking.aclose()
    assert [1] == seen


@pytest.mark.parametrize("step", STEPS)
async def test_a_cancelled_error_that_nobody_asked_for_is_a_defect(step: str) -> None:
    """F12: the caller has not gone: it is answered, and the log does not say that it cancelled."""
    world = FakeRooms()
    world.failing[step] = asyncio.CancelledError()
    found = await refused(world)
    assert (Reason.INTERNAL, "CancelledError", []) == (
        found.refusal.reason,
        found.refusal.detail,
        world.exchange.abandoned,
    )


async def test_a_walk_that_ends_before_its_last_page_is_a_defect() -> None:
    """A2: no exchange that has begun is left without an end."""
    world = FakeRooms(pages=0)
    found = await refused(world)
    assert (Reason.INTERNAL, "the walk ended before its last page") == (found.refusal.reason, found.refusal.detail)


@pytest.mark.parametrize("reason", sorted(UNRECORDED))
async def test_an_exchange_that_has_begun_has_an_end_whatever_the_reason(reason: Reason) -> None:
    """A2: its intent stands in the log, so its end must, too."""
    world = FakeRooms()
    world.failing["fetch"] = Refusal(reason)
    found = await refused(world)
    assert ((RECEIPT,), [reason]) == (found.receipts, [refusal.reason for refusal in world.exchange.refusals])


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
