"""The audit log: in order, durable before anyone is told, provable, bounded, with one writer."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.entries.bodies import MAX_BODY_BYTES
from gateway.audit.entries.entry import MAX_ENTRY_BYTES, EntryInvalid, Phase
from gateway.audit.log import AuditLog, LogBounds
from gateway.audit.pending import Pending
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import SCHEMA_VERSION
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier, parse_checkpoint, verify_note
from gateway.audit.tlog.proofs import verify_inclusion
from gateway.ground.evidence import Receipt
from gateway.ground.refusals import Reason, Refusal
from tests.audit.faults import Faulty
from tests.audit.logs import ASKER, PROVIDER, create, opened, tamper

VERIFIER = Ed25519Verifier(PROVIDER.vkey)


def prove(receipt: Receipt) -> None:
    """Check a receipt with nothing but the log's public key."""
    tree = parse_checkpoint(verify_note(receipt.checkpoint, [VERIFIER]))
    assert receipt.origin == tree.origin
    verify_inclusion(receipt.index, tree.size, receipt.leaf_hash, receipt.path, tree.root)


async def put(log: AuditLog, entry: bytes, exchange_id: str = "x", phase: Phase = Phase.RELEASE) -> Receipt:
    """Record one entry and wait."""
    return await log.wait_durable(log.record(entry, exchange_id=exchange_id, phase=phase, time_us=1))


async def test_every_entry_is_proven_by_its_receipt_across_tiles_and_restarts(place: LogPlace) -> None:
    """600 entries in three sittings: indexes without gaps, every receipt proves."""
    count = 0
    for sitting in (1, 254, 345):
        async with opened(place) as log:
            assert count == log.size
            receipts = await asyncio.gather(*(put(log, b"%d" % number) for number in range(count, count + sitting)))
            for number, receipt in enumerate(receipts, count):
                assert (number, b"%d" % number) == (receipt.index, receipt.entry)
                prove(receipt)
            count += sitting
            assert (count, 0) == (log.size, log.queued)


async def test_entries_that_nobody_waits_for_keep_their_place_in_the_order(place: LogPlace) -> None:
    """One wait covers what was queued before it."""
    async with opened(place) as log:
        first = log.record(b"intent", exchange_id="x", phase=Phase.INTENT, time_us=1, waits=False)
        receipt = await put(log, b"release")
        assert (0, 1, 2) == (first.index, receipt.index, log.size)
        with pytest.raises(RuntimeError, match="nobody waits"):
            await log.wait_durable(first)


async def test_one_commit_signs_one_checkpoint_for_all_its_entries(place: LogPlace) -> None:
    """Entries that gathered share it."""
    async with opened(place) as log:
        receipts = await asyncio.gather(*(put(log, b"%d" % number) for number in range(50)))
        assert len({receipt.checkpoint for receipt in receipts}) < 4
        assert log.checkpoint == receipts[-1].checkpoint


async def test_a_cancelled_waiter_cancels_nothing_but_its_wait(place: LogPlace) -> None:
    """The entry is committed, others are told, the log goes on."""
    async with opened(place) as log:
        waiting = asyncio.create_task(put(log, b"cancelled"))
        await asyncio.sleep(0)
        other = asyncio.create_task(put(log, b"other"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert 1 == (await other).index
        assert 2 == (await put(log, b"next")).index
        assert log.serving


async def test_a_full_queue_refuses_and_what_was_queued_is_kept(place: LogPlace) -> None:
    """Bounded in entries and in bytes."""
    for bounds in (LogBounds(max_queued=3), LogBounds(max_queued_bytes=3)):
        async with opened(place, bounds=bounds) as log:
            before = log.size
            pending = [log.record(b"x", exchange_id="x", phase=Phase.RELEASE, time_us=1) for _ in range(3)]
            with pytest.raises(Refusal) as refused:
                log.record(b"x", exchange_id="x", phase=Phase.RELEASE, time_us=1)
            assert Reason.OVERLOADED is refused.value.reason
            await asyncio.gather(*map(log.wait_durable, pending))
            assert before + 3 == log.size


@pytest.mark.parametrize("entry", [b"", b"x" * (MAX_ENTRY_BYTES + 1)])
async def test_an_entry_of_no_or_too_many_bytes_is_refused(place: LogPlace, entry: bytes) -> None:
    """It does not enter the queue."""
    async with opened(place) as log:
        with pytest.raises(EntryInvalid):
            log.record(entry, exchange_id="x", phase=Phase.ADMIN, time_us=1)
        assert 0 == log.queued


async def test_a_closed_log_takes_nothing(place: LogPlace) -> None:
    """It refuses as one that is not durable; what was queued before is committed."""
    async with opened(place) as log:
        pending = log.record(b"last", exchange_id="x", phase=Phase.ADMIN, time_us=1)
    assert 0 == (await log.wait_durable(pending)).index
    with pytest.raises(Refusal) as refused:
        log.record(b"x", exchange_id="x", phase=Phase.ADMIN, time_us=1)
    assert Reason.AUDIT_NOT_DURABLE is refused.value.reason


async def test_opening_never_creates(tmp_path: Path) -> None:
    """An absent log is refused, and nothing is left behind."""
    path = tmp_path / "log.db"
    with pytest.raises(StoreInvalid, match="expected an audit log, found none"):
        await Store.open(path)
    assert [] == os.listdir(tmp_path)  # noqa: PTH208 - the loop of a test may block


async def test_creating_never_overwrites(tmp_path: Path) -> None:
    """Where a file is, no log is made."""
    path = await create(tmp_path)
    before = path.read_bytes()
    with pytest.raises(StoreInvalid, match="never overwritten"):
        await Store.create(path, "other", created_us=1)
    assert before == path.read_bytes()


async def test_a_log_has_one_writer(place: LogPlace) -> None:
    """A second one is refused until the first has closed."""
    async with opened(place):
        with pytest.raises(StoreInvalid, match="another process writes"):
            await Store.open(place)
    async with opened(place) as log:
        assert log.serving


async def test_a_key_of_another_log_is_refused(place: LogPlace) -> None:
    """A log is signed under its own name."""
    store = await Store.open(place)
    with pytest.raises(StoreInvalid, match="expected the log key"):
        await AuditLog.open(store, ASKER, clock_us=lambda: 1)
    await store.close()


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"\x00" * 84])
async def test_a_file_that_is_no_log_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, foreign or broken; and the lock is given up."""
    path = tmp_path / "log.db"
    path.write_bytes(content)
    for _ in range(2):
        with pytest.raises(StoreInvalid):
            await Store.open(path)


@pytest.mark.parametrize(
    ("version", "match"),
    [
        (0, "no such"),
        (1, "chuanyu audit migrate DIR"),
        (2, "chuanyu audit migrate DIR"),
        (SCHEMA_VERSION + 1, "A newer release"),
    ],
)
async def test_another_schema_is_refused(tmp_path: Path, version: int, match: str) -> None:
    """An older one is migrated first, a newer one is not written by this program; each refusal says so."""
    path = await create(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    with pytest.raises(StoreInvalid, match=match):
        await Store.open(path)


async def test_an_entrys_body_and_key_are_durable_with_it(place: LogPlace) -> None:
    """Body and wrapped key are found by index, and what has none has none."""
    async with opened(place) as log:
        key = b"w" * 60
        kept: dict[str, Any] = {"body": b"sealed", "wrapped": key, "epoch": "2026-11"}
        one = log.record(b"1", exchange_id="x", phase=Phase.INTENT, time_us=1, **kept)
        two = log.record(b"2", exchange_id="x", phase=Phase.RELEASE, time_us=1)
        await asyncio.gather(log.wait_durable(one), log.wait_durable(two))
    with LogReader(place) as reader:
        assert ("2026-11", key) == reader.wrap(0)
        assert reader.wrap(1) is None
        assert (b"sealed", b"") == (reader.body(0), reader.body(1))


@pytest.mark.parametrize("missing", ["body", "wrapped", "epoch"])
async def test_a_body_its_wrapped_key_and_its_epoch_come_together(place: LogPlace, missing: str) -> None:
    """One without the others is refused: nobody could open it, or there was nothing to open."""
    kept: dict[str, Any] = {"body": b"b", "wrapped": b"w", "epoch": "2026-11"}
    async with opened(place) as log:
        with pytest.raises(EntryInvalid, match="without the others"):
            log.record(b"x", exchange_id="x", phase=Phase.ADMIN, time_us=1, **kept | {missing: type(kept[missing])()})


async def test_a_body_that_is_too_long_is_refused(place: LogPlace) -> None:
    """The longest one is stored; a byte more is not."""
    kept: dict[str, Any] = {"exchange_id": "x", "phase": Phase.ADMIN, "time_us": 1, "wrapped": b"w", "epoch": "2026-11"}
    async with opened(place) as log:
        await log.wait_durable(log.record(b"x", body=bytes(MAX_BODY_BYTES), **kept))
        with pytest.raises(EntryInvalid, match="body of at most"):
            log.record(b"x", body=bytes(MAX_BODY_BYTES + 1), **kept)
    with LogReader(place) as reader:
        assert MAX_BODY_BYTES == len(reader.body(0))


@pytest.mark.parametrize(
    ("sql", "value", "match"),
    [
        ("UPDATE entry SET octets = ? WHERE idx = 298", b"0", "missing or altered"),
        ("UPDATE entry SET leaf_hash = ? WHERE idx = 298", b"0" * 32, "missing or altered"),
        ("DELETE FROM entry WHERE idx = ?", 298, "missing or altered"),
        ("DELETE FROM entry WHERE idx = ?", 299, "a checkpoint of 300 entries is kept"),
        ("DELETE FROM entry WHERE idx = ?", 256, "missing or altered"),
        ("UPDATE entry SET root = ? WHERE idx = 299", b"0" * 32, "does not follow"),
        ("UPDATE entry SET root = ? WHERE idx = 299", None, "has no root"),
        ("DELETE FROM tile WHERE level = ?", 0, "found 0"),
        ("UPDATE tile SET hashes = ?", b"0" * 8192, "does not follow"),
        ("UPDATE tile SET hashes = ?", b"0", "missing or altered"),
    ],
)
async def test_a_log_that_does_not_agree_with_itself_is_not_taken_up(
    place: LogPlace, sql: str, value: int | bytes | None, match: str
) -> None:
    """The state is recomputed from the stored bytes; nothing is appended to what is broken."""
    async with opened(place) as log:
        await asyncio.gather(*(put(log, b"%d" % number) for number in range(299)))
        await put(log, b"last")
    await tamper(place, sql, value)
    store = await Store.open(place)
    with pytest.raises(StoreInvalid, match=match):
        await AuditLog.open(store, PROVIDER, clock_us=lambda: 1)
    await store.close()


async def test_the_newest_checkpoint_is_kept_when_there_is_a_new_one(place: LogPlace) -> None:
    """It is in the database after closing, once."""
    async with opened(place, bounds=LogBounds(checkpoint_seconds=0.001)) as log:
        for number in range(3):
            await put(log, b"%d" % number)
    store = await Store.open(place)
    found = await store.last_checkpoint()
    await store.close()
    assert (3, log.checkpoint) == found


async def test_the_exchanges_since_a_time_are_known_after_a_restart(place: LogPlace) -> None:
    """What a replay memory is filled from: each exchange once, with its first entry; acts of the node are none."""
    async with opened(place) as log:
        for number, (exchange_id, time_us) in enumerate((("a", 1), ("b", 5), ("b", 6), ("", 7), ("c", 8))):
            entry = b"%d" % number
            await log.wait_durable(log.record(entry, exchange_id=exchange_id, phase=Phase.INTENT, time_us=time_us))
    async with opened(place) as log:
        found = [(use.exchange_id, use.index, use.time_us) for use in await log.exchanges_since(5)]
        assert [("b", 1, 5), ("c", 4, 8)] == found


async def test_the_entries_of_a_page_are_found_with_the_first_intent(place: LogPlace) -> None:
    """By exchange and page, in order; what does not exist has none."""
    async with opened(place) as log:
        for number, (phase, page) in enumerate(
            ((Phase.INTENT, 0), (Phase.RELEASE, 0), (Phase.RELEASE, 1), (Phase.OUTCOME, 1), (Phase.INTENT, 1))
        ):
            entry = b"%d" % number
            await log.wait_durable(log.record(entry, exchange_id="a", phase=phase, page=page, time_us=1))
        assert [(0, b"0"), (1, b"1")] == await log.page_of("a", 0)
        assert [(0, b"0"), (2, b"2"), (3, b"3"), (4, b"4")] == await log.page_of("a", 1)
        assert [(0, b"0")] == await log.page_of("a", 2)
        assert [] == await log.page_of("b", 0)


async def test_an_entry_that_was_queued_before_a_stop_is_refused_and_never_written(place: LogPlace) -> None:
    """Its waiter was told that the log failed; written later, it would stand in a log that says otherwise."""
    async with opened(place) as log:
        pending = log.record(b"before", exchange_id="x", phase=Phase.INTENT, time_us=1)
        log._stop([], "the disk has failed")
        with pytest.raises(Refusal) as refused:
            await log.wait_durable(pending)
        assert (Reason.AUDIT_NOT_DURABLE, True) == (refused.value.reason, pending.lost)
    with LogReader(place) as reader:
        assert 0 == reader.count()


async def test_an_entry_queued_before_a_cancelled_commit_is_refused_and_never_written(
    place: LogPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit may be there or not; what waited behind it must not follow a tree that nobody knows (mutants 30)."""

    async def cancelled(batch: object) -> None:
        raise asyncio.CancelledError

    async with opened(place) as log:
        loop = asyncio.get_running_loop()
        columns = (Phase.RELEASE, "x", 0, 1)
        one, two = (Pending(entry, columns, b"", b"", "", loop.create_future(), 0) for entry in (b"1", b"2"))
        with monkeypatch.context() as patch:
            patch.setattr(log._store, "append", cancelled)
            with pytest.raises(asyncio.CancelledError):
                await log._flush([one])
        await log._flush([two])
        for pending in (one, two):
            with pytest.raises(Refusal, match="stopping"):
                await log.wait_durable(pending)
        assert (False, True, True) == (log.serving, one.lost, two.lost)
    with LogReader(place) as reader:
        assert 0 == reader.count()


async def test_a_log_that_cannot_be_written_is_not_opened(place: LogPlace) -> None:
    """A trial write shows a full or read-only disk before the first exchange does."""
    faults = Faulty()
    faults.arm("UPDATE probe")
    with pytest.raises(OSError, match="disk"):
        async with opened(place, through=faults.over):
            raise AssertionError("it was opened")
    await faults.close()


async def test_the_files_are_for_the_node_alone(tmp_path: Path) -> None:
    """Nobody else may read the database or its lock."""
    path = await create(tmp_path)
    async with opened(path):
        for name in ("log.db", "log.db.lock"):
            assert 0o600 == path.with_name(name).stat().st_mode & 0o777


async def test_an_entry_without_a_number_is_of_the_first_page(place: LogPlace) -> None:
    """Pages are counted from nought."""
    async with opened(place) as log:
        receipt = await put(log, b"whole", exchange_id="a")
        assert [(receipt.index, b"whole")] == await log.page_of("a", 0)


async def test_a_log_that_stopped_is_opened_anew_once_and_told_once(place: LogPlace) -> None:
    """However many writes fail meanwhile; what a broken connection holds is never gone on with."""
    told: list[bool] = []
    async with opened(place, changed=lambda serving, why: told.append(serving)) as log:
        opened_anew: list[bool] = []
        reopen = log._store.reopen

        async def counted() -> None:
            opened_anew.append(True)
            await reopen()

        log._store.reopen = counted  # type: ignore[method-assign]  # on purpose
        for why in ("the first write", "the second"):
            log._stop([], why)
        async with asyncio.timeout(10):
            await asyncio.gather(*(one for one in asyncio.all_tasks() if "_recover" in repr(one.get_coro())))
        assert ([False, True], [True], True) == (told, opened_anew, log.serving)
