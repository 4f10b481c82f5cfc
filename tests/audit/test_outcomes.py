"""An acknowledgement becomes an outcome entry: once, of the node that was answered, even after a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.entries.entry import Phase, decode
from gateway.audit.journal import Acknowledgement
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.verify import verify_log
from gateway.ground.evidence import NO_ENTRY, NodeUri
from tests.audit.logs import ASKER, CALLER, CLEARED, NODE, PROVIDER, answer, create, journal, opened, question
from tests.audit.provinces import world
from tests.samples import grant

GOOD = Acknowledgement(NODE, question(1).ask.request_id, 0, ASKER.name, 5, b"l" * 32, "")


async def with_a_release(directory: Path) -> Path:
    """A log with one intent and one release, whose node has since been stopped."""
    path = await create(directory)
    async with opened(path) as log:
        await answer(journal(log), 1)
    return path


async def test_an_acknowledgement_after_a_restart_is_recorded_once(tmp_path: Path) -> None:
    """The log is asked for the release, and later for its outcome."""
    path = await with_a_release(tmp_path)
    async with opened(path) as log:
        desk = journal(log)
        assert not desk.record_outcome(GOOD)
        assert await desk.record_late_outcome(GOOD)
    async with opened(path) as log:
        assert not await journal(log).record_late_outcome(GOOD)
    with LogReader(path) as reader:
        entry = decode(reader.entry(2).octets)
        assert (3, Phase.OUTCOME, 1) == (reader.count(), entry.phase, entry.number("prev"))
    assert verify_log(path, [Ed25519Verifier(PROVIDER.vkey)]).holds


@pytest.mark.parametrize(
    "changes",
    [
        {"node": "spiffe://chongqing.example/node/2"},
        {"request_id": question(2).ask.request_id},
        {"number": 1},
        {"origin": "log.nobody.example/1"},
        {"leaf_hash": b"l" * 31},
    ],
)
async def test_only_the_node_that_was_answered_acknowledges_what_was_released(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    """Another node, question, page, log or form of hash is none."""
    path = await with_a_release(tmp_path)
    async with opened(path) as log:
        assert not await journal(log).record_late_outcome(replace(GOOD, **changes))  # type: ignore[arg-type]  # named fields
        assert 2 == log.size


async def test_what_is_remembered_is_not_looked_up(tmp_path: Path) -> None:
    """The quick way records it, so that no second outcome can come of a race."""
    async with opened(await create(tmp_path)) as log:
        desk = journal(log)
        await answer(desk, 1)
        assert not await desk.record_late_outcome(GOOD)
        assert desk.record_outcome(GOOD)


async def test_a_repeated_answer_is_acknowledged_as_its_own_release(tmp_path: Path) -> None:
    """Two releases of one page that were both received have two outcomes, the newest first, and no third."""
    path = await create(tmp_path)
    async with opened(path) as log:
        desk = journal(log)
        await answer(desk, 1)
        again = desk.begin_provider(question(1, repeated=True))
        again.intend(replace(CALLER, repeat_of=1), grant())
        await again.release(CLEARED)
    receipts = [GOOD, replace(GOOD, index=9)]
    for expected, receipt in zip((3, 1), receipts, strict=True):
        async with opened(path) as log:
            assert await journal(log).record_late_outcome(receipt)
        with LogReader(path) as reader:
            assert expected == decode(reader.entry(reader.count() - 1).octets).number("prev")
    for receipt in (*receipts, replace(GOOD, index=11)):
        async with opened(path) as log:
            assert not await journal(log).record_late_outcome(receipt)


async def test_one_receipt_is_acknowledged_once_however_often_that_is_said(tmp_path: Path) -> None:
    """Before its outcome is durable and after, after a repeated release, and after a restart."""
    path = await create(tmp_path)
    async with opened(path) as log:
        desk = journal(log)
        await answer(desk, 1)
        queued = desk.record_outcome(GOOD)
        assert queued is not None
        assert not desk.record_outcome(GOOD)
        assert queued is await desk.record_late_outcome(GOOD)
        again = desk.begin_provider(question(1, repeated=True))
        again.intend(replace(CALLER, repeat_of=1), grant())
        await again.release(CLEARED)
        assert NO_ENTRY != queued.index
        assert not desk.record_outcome(GOOD)
        assert not await desk.record_late_outcome(GOOD)
    async with opened(path) as log:
        assert not await journal(log).record_late_outcome(GOOD)
        assert 5 == log.size


async def test_what_was_received_is_told_again_from_the_log_itself(tmp_path: Path) -> None:
    """The newest receipts, the oldest of them first, each with the log that it names; nothing else of the log."""
    async with world(tmp_path) as both:
        assert [] == await both.asker.list_acknowledgements(9)
        ours = [(await both.whole(number, acknowledged=False))[1] for number in range(3)]
        said = await both.asker.list_acknowledgements(2)
        assert [] == await both.provider.list_acknowledgements(9)
        assert [(one.origin, one.index, one.leaf_hash) for one in ours[1:]] == [told.leaf for _, told in said]
        assert {PROVIDER.name} == {origin for origin, _ in said}
        for _, told in said:
            assert told.last
            assert both.provider.record_outcome(told)


async def test_two_nodes_under_one_request_id_acknowledge_nothing(tmp_path: Path) -> None:
    """Whose release it was cannot be told; reconciling shows it as open."""
    path = await create(tmp_path)
    async with opened(path) as log:
        desk = journal(log)
        await answer(desk, 1)
        other = desk.begin_provider(question(1))
        other.intend(replace(CALLER, node=NodeUri("spiffe://chongqing.example/node/2")), grant())
        await other.release(CLEARED)
    async with opened(path) as log:
        assert not await journal(log).record_late_outcome(GOOD)
