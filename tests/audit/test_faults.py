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

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.log import AuditLog, LogBounds
from gateway.audit.storage.database import Change, Database, LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store, open_database
from gateway.audit.tlog.note import Ed25519Verifier, parse_checkpoint, verify_note
from gateway.audit.tlog.proofs import verify_inclusion
from gateway.ground.evidence import Receipt
from gateway.ground.refusals import Reason, Refusal
from tests.audit.faults import Fault, Faulty
from tests.audit.logs import CALLER, CLEARED, PROVIDER, create, journal, opened, question
from tests.audit.logs import answer as whole_exchange
from tests.samples import grant

VERIFIER = Ed25519Verifier(PROVIDER.vkey)
WHOLE_TILE = 256


class Watch:
    """Hears when a log stops and serves again."""

    def __init__(self) -> None:
        self.heard: list[bool] = []
        self.stopped = asyncio.Event()
        self.serving = asyncio.Event()

    def __call__(self, serving: bool, why: str) -> None:
        self.heard.append(serving)
        (self.serving if serving else self.stopped).set()


async def put(log: AuditLog, entry: bytes, **more: Any) -> Receipt:
    """Record one entry and wait."""
    return await log.wait_durable(log.record(entry, exchange_id="x", phase=Phase.RELEASE, time_us=1, **more))


def prove(receipt: Receipt) -> None:
    """Check a receipt with the public key alone."""
    tree = parse_checkpoint(verify_note(receipt.checkpoint, [VERIFIER]))
    verify_inclusion(receipt.index, tree.size, receipt.leaf_hash, receipt.path, tree.root)


KEY = {"body": b"b" * 300, "wrapped": b"w" * 60, "epoch": "2026-11"}


@pytest.mark.parametrize("how", Fault)
@pytest.mark.parametrize("statement", ["INSERT INTO entry", "INSERT INTO tile", "INSERT INTO body", "INSERT INTO wrap"])
async def test_after_each_fault_nothing_acknowledged_is_lost_and_service_resumes(
    place: LogPlace, statement: str, how: Fault
) -> None:
    """Refused at once, told at once, and all later receipts prove in one tree with the earlier ones."""
    faults, watch = Faulty(), Watch()
    before = WHOLE_TILE - 2 if statement == "INSERT INTO tile" else 3
    with_key: dict[str, Any] = KEY if statement in ("INSERT INTO body", "INSERT INTO wrap") else {}
    async with opened(place, through=faults.over, changed=watch) as log:
        kept = list(await asyncio.gather(*(put(log, b"before %d" % number) for number in range(before))))
        faults.arm(statement, how)
        during = (put(log, b"during %d" % at, **with_key) for at in range(4))
        results = await asyncio.gather(*during, return_exceptions=True)
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
    persisting = 4 if how is Fault.PERSISTED else 0
    assert before + persisting + 5 == log.size
    with LogReader(place) as reader:
        found = persisting if with_key else 0
        assert found == sum(bool(reader.body(index)) for index in range(log.size))
        assert found == sum(reader.wrap(index) is not None for index in range(log.size))
    await check(place, kept)


async def check(place: LogPlace, kept: list[Receipt]) -> None:
    """Every acknowledged entry stands where its receipt says, in a log that can be taken up again."""
    assert len(kept) == len({receipt.index for receipt in kept})
    with LogReader(place) as reader:
        for receipt in kept:
            prove(receipt)
            assert (receipt.entry, receipt.leaf_hash) == (
                reader.entry(receipt.index).octets,
                reader.entry(receipt.index).leaf_hash,
            )
    async with opened(place) as log:
        prove(await put(log, b"again"))


@pytest.mark.parametrize("how", Fault)
@pytest.mark.parametrize("write", ["checkpoint", "stamp", "probe", "prune", "unwrap"])
async def test_each_other_write_fails_as_a_whole_or_stands_as_a_whole(place: LogPlace, write: str, how: Fault) -> None:
    """Then nothing is written before the connection is opened anew, and the log is as it was."""
    faults = Faulty()
    async with opened(place) as log:
        kept = [await put(log, b"entry", **KEY)]
    store = Store(faults.over(await open_database(place)))
    writes: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {
        "checkpoint": ("INSERT INTO checkpoint", lambda: store.save_checkpoint(1, 7, b"note")),
        "stamp": ("INSERT INTO stamp", lambda: store.save_stamp(1, 7, b"token")),
        "probe": ("UPDATE probe", store.probe),
        "prune": ("DELETE FROM entry", lambda: store.prune([])),
        "unwrap": ("DELETE FROM wrap", lambda: store.unwrap([0])),
    }
    statement, act = writes[write]
    faults.arm(statement, how)
    with pytest.raises(Exception, match=r"disk I/O error|nowhere"):
        await act()
    with pytest.raises(RuntimeError, match="was not opened anew"):
        await act()
    await store.reopen()
    state = await store.load()
    there = how is Fault.PERSISTED
    assert 1 == state.size
    assert (b"note" == (await store.last_checkpoint())[1]) is (there and write == "checkpoint")
    await act()
    await store.close()
    with LogReader(place) as reader:
        assert ([(1, 7, b"token")] if write == "stamp" else []) == reader.stamps()
        assert (b"note" in [note for _, _, note in reader.checkpoints()]) is (write == "checkpoint")
        assert (reader.wrap(0) is None) is (write == "unwrap")
    await check(place, kept)


async def test_the_log_stays_stopped_while_the_fault_lasts(place: LogPlace) -> None:
    """Trial writes fail, opening fails; when both are over, it serves."""
    faults, watch = Faulty(), Watch()
    async with opened(place, through=faults.over, changed=watch) as log:
        first = await put(log, b"first")
        faults.times, faults.opening_fails = 4, 2
        with pytest.raises(Refusal, match="disk I/O error"):
            await put(log, b"lost")
        await asyncio.wait_for(watch.serving.wait(), 20)
        assert (0, 0, [False, True]) == (faults.times, faults.opening_fails, watch.heard)
        second = await put(log, b"second")
    await check(place, [first, second])


async def test_what_was_queued_before_a_stop_is_refused_not_written_after_it(place: LogPlace) -> None:
    """Also what nobody waits for: it is marked as lost, so that no release follows an intent that is not there."""
    faults, watch = Faulty(), Watch()
    async with opened(place, through=faults.over, changed=watch) as log:
        faults.arm("INSERT INTO entry")
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


async def test_no_page_is_released_whose_intent_was_lost(place: LogPlace) -> None:
    """The exchange is refused even though the log serves again."""
    faults, watch = Faulty(), Watch()
    async with opened(place, through=faults.over, changed=watch) as log:
        desk = journal(log)
        await whole_exchange(desk, 1)
        exchange = desk.begin_provider(question(2))
        exchange.intend(CALLER, grant())
        faults.arm("INSERT INTO entry")
        with pytest.raises(Refusal):
            await put(log, b"fault")
        await asyncio.wait_for(watch.serving.wait(), 20)
        with pytest.raises(Refusal, match="the intent was not recorded"):
            await exchange.release(CLEARED)
        refusal, receipts = await exchange.refuse(Refusal(Reason.AUDIT_NOT_DURABLE))
        assert (Reason.AUDIT_NOT_DURABLE, 1) == (refusal.reason, len(receipts))


async def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(place: LogPlace) -> None:
    """It has no receipt, and nothing is raised in its place."""
    faults, watch = Faulty(), Watch()
    async with opened(place, through=faults.over, changed=watch) as log:
        exchange = journal(log).begin_provider(question(1))
        faults.arm("INSERT INTO entry")
        refusal, receipts = await exchange.refuse(Refusal(Reason.GRANT_MISSING))
        assert (Reason.GRANT_MISSING, ()) == (refusal.reason, receipts)
        exchange.abandon(Refusal(Reason.CANCELLED))
        assert not log.serving


async def test_a_checkpoint_that_cannot_be_kept_stops_the_log(place: LogPlace) -> None:
    """A disk that fails there fails for entries too."""
    faults, watch = Faulty(), Watch()
    bounds = LogBounds(checkpoint_seconds=0.001)
    async with opened(place, through=faults.over, changed=watch, bounds=bounds) as log:
        faults.arm("INSERT INTO checkpoint")
        kept = [await put(log, b"entry")]
        await asyncio.wait_for(watch.stopped.wait(), 20)
        await asyncio.wait_for(watch.serving.wait(), 20)
        kept.append(await put(log, b"after"))
    await check(place, kept)


class Rotting:
    """A database that changes a bit of an entry on its way to the disk."""

    def __init__(self) -> None:
        self.rots = False

    def over(self, database: Database) -> Database:
        """Stand between a log and this database."""
        self._database = database
        self._transact = database.transact
        database.transact = self.transact  # type: ignore[method-assign]  # the fault is put in at this border
        return database

    async def transact(self, changes: Iterable[Change]) -> None:
        """Pass on, with the last entry changed."""
        changes = list(changes)
        sql, rows = changes[0]
        if self.rots and sql.startswith("INSERT INTO entry"):
            self.rots = False
            index, leaf, octets, *others = rows[-1]
            assert isinstance(octets, bytes)
            changes = [(sql, [*rows[:-1], (index, leaf, bytes([octets[0] ^ 1]) + octets[1:], *others)]), *changes[1:]]
        await self._transact(changes)


async def test_no_checkpoint_is_kept_whose_root_the_disk_does_not_give(place: LogPlace) -> None:
    """A bit that flips between memory and disk stops the log, which does not come back by itself."""
    rotting, watch = Rotting(), Watch()
    async with opened(place, through=rotting.over, changed=watch, bounds=LogBounds(checkpoint_seconds=0.01)) as log:
        await put(log, b"sound")
        rotting.rots = True
        await put(log, b"rotten")
        await asyncio.wait_for(watch.stopped.wait(), 20)
        with pytest.raises(Refusal, match=r"do not have the root of size 2|missing or altered"):
            log.record(b"x", exchange_id="x", phase=Phase.RELEASE, time_us=1)
    with LogReader(place) as reader:
        assert all(size < 2 for size, _, _ in reader.checkpoints())


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
    path, faults, watch = await create(tmp_path), Faulty(), Watch()
    async with opened(path, through=faults.over, changed=watch) as log:
        await put(log, b"first")
        await put(log, b"second")
        faults.arm("INSERT INTO entry")
        with pytest.raises(Refusal):
            await put(log, b"third")
        other = sqlite3.connect(path)
        with other:
            other.execute("DELETE FROM entry WHERE idx = 1")
        other.close()
        while await faults.openings.get() < 3:
            pass
        assert not log.serving
        with pytest.raises(Refusal, match="expected at least 2 entries, found 1"):
            log.record(b"x", exchange_id="x", phase=Phase.RELEASE, time_us=1)


async def test_yesterdays_file_under_a_running_node_is_not_taken_up(tmp_path: Path) -> None:
    """A rolled-back database is whole in itself; the file that the node had open tells that it is another one."""
    path, faults = await create(tmp_path), Faulty()
    async with opened(path) as log:
        await put(log, b"yesterday")
    yesterday = path.read_bytes()
    async with opened(path, through=faults.over) as log:
        await put(log, b"today")
        faults.arm("INSERT INTO entry")
        faults.opening_fails = 2
        with pytest.raises(Refusal):
            await put(log, b"refused")
        while await faults.openings.get() < 1:
            pass
        for name in ("log.db-wal", "log.db-shm"):
            path.with_name(name).unlink(missing_ok=True)
        other = path.with_name("restored")
        other.write_bytes(yesterday)
        other.replace(path)
        while await faults.openings.get() < 4:
            pass
        assert not log.serving
        with pytest.raises(Refusal, match=r"FileMoved.*found another one"):
            log.record(b"x", exchange_id="x", phase=Phase.RELEASE, time_us=1)


async def test_a_clock_that_steps_changes_no_order(place: LogPlace) -> None:
    """Entries stand in the order in which they became durable, whatever time they bear; later ones keep coming."""
    times = (5_000_000, 9_000_000, 1, 1 << 62, 6_000_000)
    async with opened(place, bounds=LogBounds(checkpoint_seconds=0.001)) as log:
        pending = [
            log.record(b"%d" % at, exchange_id=str(at), phase=Phase.INTENT, time_us=time)
            for at, time in enumerate(times)
        ]
        kept = [await log.wait_durable(one) for one in pending]
        assert list(range(len(times))) == [receipt.index for receipt in kept]
        assert ["3", "4"] == sorted(use.exchange_id for use in await log.exchanges_since(6_000_000) if use.index > 1)
    await check(place, kept)


async def test_a_log_under_a_path_that_vanished_is_not_made_anew(tmp_path: Path) -> None:
    """Coming back never creates."""
    path, faults, watch = await create(tmp_path), Faulty(), Watch()
    async with opened(path, through=faults.over, changed=watch) as log:
        await put(log, b"first")
        path.rename(path.with_name("elsewhere"))
        faults.arm("INSERT INTO entry")
        with pytest.raises(Refusal):
            await put(log, b"second")
        while await faults.openings.get() < 3:
            pass
        assert not log.serving
        assert not path.exists()
    with pytest.raises(StoreInvalid):
        async with opened(path):
            pass
