"""The fault table of the audit write: each statement, failing, or failing but persisted, and what must hold then.

Nothing that was acknowledged is lost; nothing is released that was not acknowledged; the log stops at once, says so,
and serves again by itself when the fault is over; no index is ever used for two entries.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from gateway.audit.entry import Phase
from gateway.audit.log import AuditLog, Bounds
from gateway.audit.note import Ed25519Verifier, parse_checkpoint, verify_note
from gateway.audit.proofs import verify_inclusion
from gateway.audit.reader import LogReader
from gateway.audit.recovery import StoreInvalid
from gateway.audit.store import connect
from gateway.evidence import Receipt
from gateway.refusals import Reason, Refusal
from tests.audit.logs import CALLER, CLEARED, PROVIDER, create, journal, opened, question
from tests.audit.logs import answer as whole_exchange
from tests.samples import grant

VERIFIER = Ed25519Verifier(PROVIDER.vkey)
WHOLE_TILE = 256


class Faults:
    """Decides which statement fails, how, and how often; 0 for never."""

    def __init__(self) -> None:
        self.statement = ""
        self.persisted = False
        self.times = 0
        self.opened = 0
        self.opening_fails = 0
        self.openings: asyncio.Queue[int] = asyncio.Queue()
        self.failing = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, sql: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """Run a statement, or fail before it, or after it."""
        if not self.times or not sql.startswith(self.statement):
            return await call()
        self.times -= 1
        self.failing.set()
        await self.gate.wait()
        if self.persisted:
            await call()
        raise sqlite3.OperationalError("disk I/O error")

    async def connect(self, path: Path) -> aiosqlite.Connection:
        """Open a connection whose statements can fail; opening itself can fail too."""
        self.opened += 1
        self.openings.put_nowait(self.opened)
        if self.opening_fails and self.opened > 1:
            self.opening_fails -= 1
            raise sqlite3.OperationalError("unable to open database file")
        connection = await connect(path)
        execute = connection.execute

        async def faulty(sql: str, parameters: Iterable[Any] | None = None) -> Any:
            return await self.run(sql, lambda: execute(sql, parameters))

        connection.execute = faulty  # type: ignore[method-assign,assignment]  # the fault is put in at this border
        return connection


class Watch:
    """Hears when a log stops and serves again."""

    def __init__(self) -> None:
        self.heard: list[bool] = []
        self.stopped = asyncio.Event()
        self.serving = asyncio.Event()

    def __call__(self, serving: bool, why: str) -> None:
        self.heard.append(serving)
        (self.serving if serving else self.stopped).set()


async def put(log: AuditLog, entry: bytes) -> Receipt:
    """Record one entry and wait."""
    return await log.durable(log.record(entry, exchange_id="x", phase=Phase.RELEASE, time_us=1))


def prove(receipt: Receipt) -> None:
    """Check a receipt with the public key alone."""
    tree = parse_checkpoint(verify_note(receipt.checkpoint, [VERIFIER]))
    verify_inclusion(receipt.index, tree.size, receipt.leaf_hash, receipt.path, tree.root)


# A batch is one INSERT that commits by itself; where it fills a tile, it is BEGIN, INSERT, INSERT and COMMIT.
TABLE = [
    ("INSERT INTO entry", False, False),
    ("INSERT INTO entry", True, False),
    ("BEGIN", False, True),
    ("BEGIN", True, True),
    ("INSERT INTO entry", False, True),
    ("INSERT INTO entry", True, True),
    ("INSERT INTO tile", False, True),
    ("INSERT INTO tile", True, True),
    ("COMMIT", False, True),
    ("COMMIT", True, True),
]


@pytest.mark.parametrize(("statement", "persisted", "fills_tile"), TABLE)
async def test_after_each_fault_nothing_acknowledged_is_lost_and_service_resumes(
    tmp_path: Path, statement: str, persisted: bool, fills_tile: bool
) -> None:
    """Refused at once, told at once, and all later receipts prove in one tree with the earlier ones."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    before = WHOLE_TILE - 2 if fills_tile else 3
    async with opened(path, connector=faults.connect, changed=watch) as log:
        kept = list(await asyncio.gather(*(put(log, b"before %d" % number) for number in range(before))))
        faults.statement, faults.persisted, faults.times = statement, persisted, 1
        results = await asyncio.gather(*(put(log, b"during %d" % at) for at in range(4)), return_exceptions=True)
        refused = [result for result in results if isinstance(result, Refusal)]
        assert 4 == len(refused)
        assert {Reason.AUDIT_NOT_DURABLE} == {refusal.reason for refusal in refused}
        assert [False] == watch.heard
        assert not log.serving
        with pytest.raises(Refusal):
            log.record(b"while stopped", exchange_id="x", phase=Phase.RELEASE, time_us=1)
        await asyncio.wait_for(watch.serving.wait(), 20)
        assert log.serving
        kept += await asyncio.gather(*(put(log, b"after %d" % number) for number in range(5)))
    there = (statement.startswith("INSERT INTO entry") and not fills_tile) or statement == "COMMIT"
    persisting = 4 if persisted and there else 0
    assert before + persisting + 5 == log.size
    await check(path, kept)


async def check(path: Path, kept: list[Receipt]) -> None:
    """Every acknowledged entry stands where its receipt says, in a log that can be taken up again."""
    assert len(kept) == len({receipt.index for receipt in kept})
    with LogReader(path) as reader:
        for receipt in kept:
            prove(receipt)
            assert (receipt.entry, receipt.leaf_hash) == (
                reader.entry(receipt.index).octets,
                reader.entry(receipt.index).leaf_hash,
            )
    async with opened(path) as log:
        prove(await put(log, b"again"))


async def test_the_log_stays_stopped_while_the_fault_lasts(tmp_path: Path) -> None:
    """Trial writes fail, opening fails; when both are over, it serves."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    async with opened(path, connector=faults.connect, changed=watch) as log:
        first = await put(log, b"first")
        faults.times, faults.opening_fails = 4, 2
        with pytest.raises(Refusal, match="disk I/O error"):
            await put(log, b"lost")
        await asyncio.wait_for(watch.serving.wait(), 20)
        assert (0, 0, [False, True]) == (faults.times, faults.opening_fails, watch.heard)
        second = await put(log, b"second")
    await check(path, [first, second])


async def test_what_was_queued_before_a_stop_is_refused_not_written_after_it(tmp_path: Path) -> None:
    """Also what nobody waits for: it is marked as lost, so that no release follows an intent that is not there."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    async with opened(path, connector=faults.connect, changed=watch) as log:
        faults.statement, faults.times = "INSERT INTO entry", 1
        faults.gate.clear()
        lost = asyncio.create_task(put(log, b"lost"))
        await faults.failing.wait()
        intent = log.record(b"intent", exchange_id="x", phase=Phase.INTENT, time_us=1, waits=False)
        faults.gate.set()
        with pytest.raises(Refusal):
            await lost
        await asyncio.wait_for(watch.serving.wait(), 20)
        await put(log, b"after")
        assert intent.lost
        assert 1 == log.size


async def test_no_page_is_released_whose_intent_was_lost(tmp_path: Path) -> None:
    """The exchange is refused even though the log serves again."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    async with opened(path, connector=faults.connect, changed=watch) as log:
        desk = journal(log)
        await whole_exchange(desk, 1)
        exchange = desk.provider(question(2))
        exchange.intend(CALLER, grant())
        faults.statement, faults.times = "INSERT INTO entry", 1
        with pytest.raises(Refusal):
            await put(log, b"fault")
        await asyncio.wait_for(watch.serving.wait(), 20)
        with pytest.raises(Refusal, match="the intent was not recorded"):
            await exchange.release(CLEARED)
        refusal, receipts = await exchange.refuse(Refusal(Reason.AUDIT_NOT_DURABLE))
        assert (Reason.AUDIT_NOT_DURABLE, 1) == (refusal.reason, len(receipts))


async def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(tmp_path: Path) -> None:
    """It has no receipt, and nothing is raised in its place."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    async with opened(path, connector=faults.connect, changed=watch) as log:
        exchange = journal(log).provider(question(1))
        faults.statement, faults.times = "INSERT INTO entry", 1
        refusal, receipts = await exchange.refuse(Refusal(Reason.GRANT_MISSING))
        assert (Reason.GRANT_MISSING, ()) == (refusal.reason, receipts)
        exchange.abandon(Refusal(Reason.CANCELLED))
        assert not log.serving


async def test_a_checkpoint_that_cannot_be_kept_stops_the_log(tmp_path: Path) -> None:
    """A disk that fails there fails for entries too."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    bounds = Bounds(checkpoint_seconds=0.001)
    async with opened(path, connector=faults.connect, changed=watch, bounds=bounds) as log:
        faults.statement, faults.times = "INSERT OR REPLACE INTO checkpoint", 1
        kept = [await put(log, b"entry")]
        await asyncio.wait_for(watch.stopped.wait(), 20)
        await asyncio.wait_for(watch.serving.wait(), 20)
        kept.append(await put(log, b"after"))
    await check(path, kept)


async def test_a_lock_that_another_program_holds_refuses_and_passes(tmp_path: Path) -> None:
    """Without waiting for it: the exchange is refused, and the log serves when the lock is gone."""
    path, watch = await create(tmp_path), Watch()
    async with opened(path, changed=watch) as log:
        first = await put(log, b"first")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Refusal, match="locked"):
            await put(log, b"refused")
        other.execute("ROLLBACK")
        other.close()
        await asyncio.wait_for(watch.serving.wait(), 20)
        second = await put(log, b"second")
    await check(path, [first, second])


async def test_a_log_that_lost_entries_is_not_taken_up_again(tmp_path: Path) -> None:
    """When acknowledged entries are gone after a fault, the log stays stopped rather than use an index twice."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    async with opened(path, connector=faults.connect, changed=watch) as log:
        await put(log, b"first")
        await put(log, b"second")
        faults.statement, faults.times = "INSERT INTO entry", 1
        with pytest.raises(Refusal):
            await put(log, b"third")
        other = sqlite3.connect(path)
        with other:
            other.execute("DELETE FROM entry WHERE idx = 1")
        other.close()
        while await faults.openings.get() < 4:
            pass
        assert not log.serving
        with pytest.raises(Refusal, match="expected at least 2 entries, found 1"):
            log.record(b"x", exchange_id="x", phase=Phase.RELEASE, time_us=1)


async def test_a_log_under_a_path_that_vanished_is_not_made_anew(tmp_path: Path) -> None:
    """Coming back never creates."""
    path, faults, watch = await create(tmp_path), Faults(), Watch()
    async with opened(path, connector=faults.connect, changed=watch) as log:
        await put(log, b"first")
        path.rename(path.with_name("elsewhere"))
        faults.statement, faults.times = "INSERT INTO entry", 1
        with pytest.raises(Refusal):
            await put(log, b"second")
        while await faults.openings.get() < 3:
            pass
        assert not log.serving
        assert not path.exists()
    with pytest.raises(StoreInvalid):
        async with opened(path):
            pass
