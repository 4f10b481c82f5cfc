"""Claims about ends: whatever interrupts an exchange, on either road, its log has exactly one end of it.

Both roads walk with the real record of an exchange over a log in memory, and the holding side with the real room that
asks an adapter. What interrupts is drawn: a reader that closes the walk, a cancel after any number of turns of the
loop, an adapter or a peer that misbehaves, a log that stops and serves again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import AnswerPage, Question
from gateway.audit.entries.entry import Entry, Phase, decode
from gateway.audit.journal import Journal
from gateway.audit.pending import Pending
from gateway.consumer import ConsumerRooms, ask_province
from gateway.fetching.fetch import MAX_EMPTY_PAGES, Fetching
from gateway.gating.gates import Gates
from gateway.ground.evidence import (
    Arrival,
    ClearedPage,
    MaskedPage,
    Page,
    PeerAnswer,
    ProvenAnswer,
    RawPage,
    Receipt,
)
from gateway.ground.item import Outcome
from gateway.ground.refusals import PeerRefusal, Reason, Refusal
from gateway.permission import Permission
from gateway.road import Refused, Rooms, travel
from tests.answers import all_found
from tests.audit.logs import BOOK, CALLER
from tests.samples import NOW_US, arrival, ask, grant, item
from tests.samples import field as made_field
from tests.wide import budgets

ROWS = 6
ITEM = item(made_field("card_status"))


async def _admit(*of: object) -> None:
    """Let every question rest on its basis."""


LAWFUL = SimpleNamespace(admit=_admit, require=lambda *of: None)
ADAPTER = ("page", "slow", "empty", "stray", "exit", "closes", "defect", "swallows", "surrogate", "large", "end")
PEER = ("page", "slow", "refused", "busy", "stray", "defect")


class MemoryLog:
    """A log in memory: what is queued becomes durable at the next turn but one, or is lost while it does not serve."""

    origin = BOOK.origin

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.serving = True
        self._queued: list[Pending] = []

    def record(
        self,
        entry: bytes,
        *,
        exchange_id: str,
        phase: Phase,
        time_us: int,
        page: int = 0,
        waits: bool = True,
        body: bytes = b"",
        wrapped: bytes = b"",
        epoch: str = "",
    ) -> Pending:
        """Queue an entry."""
        if not self.serving:
            raise Refusal(Reason.AUDIT_NOT_DURABLE)
        loop = asyncio.get_running_loop()
        done = loop.create_future() if waits else None
        pending = Pending(entry, (phase, exchange_id, page, time_us), body, wrapped, epoch, done, 0)
        self._queued.append(pending)
        loop.call_soon(loop.call_soon, self._commit)
        return pending

    async def wait_durable(self, pending: Pending) -> Receipt:
        """Wait for an entry."""
        assert pending.done is not None
        return await asyncio.shield(pending.done)

    def stop(self) -> None:
        """Lose what is queued, and take nothing more."""
        self.serving = False
        for pending in self._queued:
            pending.lost = True
            if pending.done is not None and not pending.done.done():
                pending.done.set_exception(Refusal(Reason.AUDIT_NOT_DURABLE))
                pending.done.exception()
        self._queued = []

    def _commit(self) -> None:
        queued, self._queued = self._queued, []
        for pending in queued:
            pending.index = len(self.entries)
            self.entries.append(decode(pending.entry))
            if pending.done is not None and not pending.done.done():
                pending.done.set_result(Receipt(self.origin, pending.index, pending.entry, (), b"checkpoint"))


def journal_of(log: Any) -> Journal:
    """The journal of a node over this log."""
    return Journal(
        log,
        BOOK,
        peers={},
        clock_us=lambda: NOW_US,
        random=os.urandom,
        require_witnessed=lambda _: None,
        max_page_bytes=4_000,
        persons=budgets(),
    )


async def _cells(rows: int, act: str) -> AnswerPage:
    """One page of an adapter's answer, or what it does instead."""
    match act:
        case "stray":
            raise asyncio.CancelledError
        case "exit":
            raise SystemExit(1)
        case "closes":
            raise GeneratorExit
        case "defect":
            raise ValueError("51999919600101001X")
        case "slow":
            for _ in range(3):
                await asyncio.sleep(0)
        case "swallows":
            with suppress(asyncio.CancelledError):
                for _ in range(5):
                    await asyncio.sleep(0)
    text = {"surrogate": "\ud800", "large": "x" * 4_000}.get(act, "normal")
    return all_found({"card_status": [text] * (0 if act == "empty" else rows)})


class Adapter:
    """A platform that does what is drawn, page by page. It is no generator, so that it may raise what one cannot."""

    def __init__(self, acts: Sequence[str]) -> None:
        self.acts = list(acts)
        self.left = ROWS
        self.closed = 0

    def fetch(self, question: Question) -> Adapter:
        """Answer."""
        return self

    def __aiter__(self) -> Adapter:
        return self

    async def __anext__(self) -> AnswerPage:
        act = self.acts.pop(0) if self.acts else "page"
        if act == "end" or not self.left:
            raise StopAsyncIteration
        cells = await _cells(1, act)
        self.left -= len(cells.outcomes)
        return cells

    async def aclose(self) -> None:
        """Be let go."""
        self.closed += 1


def provider(journal: Journal, acts: Sequence[str], directory: Path) -> tuple[Callable[[Arrival], Any], Adapter]:
    """The road that holds the data, over an adapter."""
    adapter = Adapter(acts)
    platform: Any = adapter
    made: Any = Rooms

    def mask(of: Arrival, given: object, raw: RawPage) -> MaskedPage:
        return MaskedPage(raw.page, raw.number, raw.last, "ab" * 32)

    def inspect(of: Arrival, given: object, raw: RawPage, masked: MaskedPage) -> ClearedPage:
        return ClearedPage(masked.page, masked.number, masked.last, masked.profile)

    rooms = made(
        gatehouse=SimpleNamespace(authenticate=lambda of: CALLER),
        catalogue=SimpleNamespace(
            authorise=lambda of, caller: grant(ITEM, ("card_status",)), hold_fetched=lambda of, given, raw: None
        ),
        fetching=Fetching(platform, page_rows=1, max_page_rows=1),
        masking=SimpleNamespace(mask=mask, manifest=lambda profile: b"{}"),
        leakguard=SimpleNamespace(admit=lambda given: None, inspect=inspect, inspect_free_text=lambda of: None),
        gates=Gates(directory, os.urandom),
        lawful=LAWFUL,
        journal=journal,
    )
    vars(journal)["declare"] = lambda profile, manifest: None  # not what is looked at
    return (lambda of: travel(rooms, of, Permission(lambda: rooms, lambda: 0))), adapter


def asker(journal: Journal, acts: Sequence[str], heard: list[int]) -> Callable[[Arrival], Any]:
    """The road that asks, over a peer that does what is drawn; `heard` gets the entries that the peer is told of."""

    async def answers(of: Arrival, caller: object) -> AsyncGenerator[PeerAnswer]:
        for number in range(ROWS):
            act = acts[number] if number < len(acts) else "page"
            if act == "refused":
                raise PeerRefusal(Refusal(Reason.LEAK_BLOCKED), ())
            if act == "busy":
                raise Refusal(Reason.OVERLOADED)
            await _cells(1, act)
            receipt = Receipt("log.other.example/1", number, b"entry", (), b"checkpoint")
            yield PeerAnswer(Page(1, (), (Outcome.FOUND,)), number, number == ROWS - 1, receipt, b"r" * 16)

    begin = journal.begin_asker

    def begin_asker(of: Arrival) -> Any:
        exchange: Any = begin(of)
        exchange.prove = lambda answer: ProvenAnswer(answer, "ab" * 32)  # what proves is not what is looked at
        return exchange

    vars(journal)["begin_asker"] = begin_asker
    made: Any = ConsumerRooms
    rooms = made(
        gatehouse=SimpleNamespace(authenticate=lambda of: CALLER),
        catalogue=SimpleNamespace(
            authorise=lambda of, caller: grant(ITEM, ("card_status",)), hold_delivered=lambda of, given, page: None
        ),
        leakguard=SimpleNamespace(inspect_free_text=lambda of: None, inspect_delivered=lambda given, page: None),
        lawful=LAWFUL,
        peers=SimpleNamespace(ask=answers, acknowledge=lambda of, answer, receipt: heard.append(receipt.index)),
        journal=journal,
    )
    return lambda of: ask_province(rooms, of, Permission(lambda: rooms, lambda: 0))


@dataclass
class Reader:
    """What reads the walk: it may leave after some pages; it notes how it ended."""

    takes: int
    pages: int = 0
    ended: list[str] = field(default_factory=list)

    async def read(self, walk: Any) -> None:
        """Read until it has enough."""
        try:
            async with aclosing(walk) as pages:
                async for _ in pages:
                    self.pages += 1
                    if self.pages == self.takes:
                        self.ended.append("left")
                        return
                    await asyncio.sleep(0)
            self.ended.append("whole")
        except Refused as refused:
            self.ended.append(str(refused.refusal.reason))
        except asyncio.CancelledError:
            self.ended.append("cancelled")


def ends_of(entries: Sequence[Entry]) -> list[str]:
    """The ends of one exchange: its refusals, or else its last page."""
    refusals = [entry.text("reason_code") for entry in entries if entry.phase is Phase.REFUSAL]
    last = [
        "last"
        for entry in entries
        if entry.phase in (Phase.RELEASE, Phase.RECEIPT) and entry.fields.get("last") is True
    ]
    return refusals or last


async def walked(
    road: Callable[[Journal], Callable[[Arrival], Any]], *, takes: int, cancel_at: int, stop_at: int, turns: int = 120
) -> tuple[list[Entry], Reader]:
    """Walk with one question; cancel it and stop the log at these turns, if at all; let the log serve at the end."""
    log = MemoryLog()
    journal = journal_of(log)
    loop = asyncio.get_running_loop()
    of = arrival(ask(subjects=ROWS), page_rows=1, deadline=loop.time() + 60)
    reader = Reader(takes)
    reading = asyncio.create_task(reader.read(road(journal)(of)))
    for turn in range(turns):
        if turn == cancel_at:
            reading.cancel()
        if turn == stop_at:
            log.stop()
        await asyncio.sleep(0)
    assert reading.done(), "the walk hangs"
    log.serving = True
    journal.settle_ends()
    for _ in range(4):
        await asyncio.sleep(0)
    journal.settle_ends()
    return log.entries, reader


INTERRUPTIONS = {
    "takes": st.integers(1, ROWS + 2),
    "cancel_at": st.integers(0, 80) | st.just(-1),
    "stop_at": st.integers(0, 80) | st.just(-1),
}


def judge(entries: list[Entry], reader: Reader) -> None:
    """Whatever stands in the log has one end, which says what the reader met."""
    ends = ends_of(entries)
    begun = any(entry.phase is Phase.INTENT for entry in entries)
    assert len(ends) == 1 or (not ends and not begun), (ends, reader.ended)
    assert len([entry for entry in entries if entry.phase is Phase.REFUSAL]) <= 1
    if ends == ["last"]:
        assert reader.pages == ROWS
    if reader.ended == ["left"] and reader.pages < ROWS:
        assert ends == ["CANCELLED"]
    if reader.ended == ["cancelled"] and begun and reader.pages < ROWS:
        assert ends != ["last"]
    if reader.ended == ["whole"]:
        assert (["last"], ROWS) == (ends, reader.pages)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pages could wait, though none does."""
    return tmp_path_factory.mktemp("gates")


@settings(max_examples=150)
@given(data=st.data())
def test_every_walk_on_the_holding_side_has_one_end(directory: Path, data: st.DataObject) -> None:
    """A2: drawn interruptions; none leaves an exchange without an end, or with two."""
    acts = data.draw(st.lists(st.sampled_from(ADAPTER), max_size=ROWS))
    drawn = {name: data.draw(values, name) for name, values in INTERRUPTIONS.items()}
    entries, reader = asyncio.run(walked(lambda journal: provider(journal, acts, directory)[0], **drawn))
    judge(entries, reader)


@settings(max_examples=150)
@given(data=st.data())
def test_every_walk_on_the_asking_side_has_one_end(data: st.DataObject) -> None:
    """A2: the mirror, with a peer that is slow, busy, refuses or fails; it hears of every receipt, and of no other."""
    acts = data.draw(st.lists(st.sampled_from(PEER), max_size=ROWS))
    drawn = {name: data.draw(values, name) for name, values in INTERRUPTIONS.items()}
    heard: list[int] = []
    entries, reader = asyncio.run(walked(lambda journal: asker(journal, acts, heard), **drawn))
    judge(entries, reader)
    assert heard == [index for index, entry in enumerate(entries) if entry.phase is Phase.RECEIPT]


NEVER = {"takes": ROWS + 2, "cancel_at": -1, "stop_at": -1}


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (["page", "stray"], Reason.PLATFORM_ANSWER_INVALID),
        (["page", "exit"], Reason.PLATFORM_ANSWER_INVALID),
        (["page", "closes"], Reason.PLATFORM_ANSWER_INVALID),
        (["page", "surrogate"], Reason.PLATFORM_ANSWER_INVALID),
        (["page", "large"], Reason.ANSWER_TOO_LARGE),
        (["page", "end"], Reason.PLATFORM_ANSWER_INVALID),
        (["empty"] * (MAX_EMPTY_PAGES + 1), Reason.PLATFORM_ANSWER_INVALID),
    ],
)
async def test_what_an_adapter_does_is_its_own_fault(directory: Path, acts: list[str], expected: Reason) -> None:
    """F12, F2: it is refused and recorded under its name; the caller has not cancelled, and nothing waits for ever."""
    made: list[Adapter] = []

    def road(journal: Journal) -> Callable[[Arrival], Any]:
        walk, adapter = provider(journal, acts, directory)
        made.append(adapter)
        return walk

    entries, reader = await walked(road, **NEVER)
    assert ([str(expected)], [str(expected)]) == (reader.ended, ends_of(entries))
    assert 1 == made[0].closed
    assert not any(entry.fields.get("last") for entry in entries)


async def test_pages_without_a_row_are_left_out(directory: Path) -> None:
    """F12: they are no releases; an answer with few of them is whole."""
    acts = ["empty", "page", "empty", "page"]
    entries, reader = await walked(lambda journal: provider(journal, acts, directory)[0], **NEVER)
    assert ["whole"] == reader.ended
    assert [1] * ROWS == [entry.number("record_count") for entry in entries if entry.phase is Phase.RELEASE]


async def test_a_cancel_that_an_adapter_takes_no_notice_of_is_one(directory: Path) -> None:
    """F12's twin: the caller has gone, so the page that came in spite of it does not leave."""
    acts = ["swallows"]
    entries, reader = await walked(
        lambda journal: provider(journal, acts, directory)[0], takes=ROWS, cancel_at=4, stop_at=-1
    )
    assert (["cancelled"], ["CANCELLED"], 0) == (reader.ended, ends_of(entries), reader.pages)


async def test_an_end_that_the_log_lost_is_recorded_once_it_serves_again(directory: Path) -> None:
    """A2's twin: a disk that fails for a second leaves no exchange without an end."""
    found = []
    for stop_at in range(40):
        entries, _ = await walked(
            lambda journal: provider(journal, [], directory)[0], takes=ROWS + 2, cancel_at=-1, stop_at=stop_at
        )
        if any(entry.phase is Phase.INTENT for entry in entries):
            found.append(ends_of(entries))
    assert ["AUDIT_NOT_DURABLE"] in found
    assert all(len(ends) == 1 for ends in found)


async def test_an_end_that_is_durable_is_owed_no_more() -> None:
    """What is kept of an exchange, its question among it, goes with the entry."""
    log = MemoryLog()
    journal = journal_of(log)
    for _ in range(3):
        exchange = journal.begin_provider(arrival())
        exchange.intend(CALLER, grant())
        exchange.abandon(Refusal(Reason.CANCELLED))
        for _ in range(4):
            await asyncio.sleep(0)
    assert 1 == len(journal._owed)
    journal.settle_ends()
    assert (0, 6) == (len(journal._owed), len(log.entries))
