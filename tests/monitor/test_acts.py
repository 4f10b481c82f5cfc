"""Acts that took something away are judged by the earlier of two clocks, neither of which is the node's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.audit.tlog.cosigned import ProvenNote, open_signed
from gateway.audit.tlog.note import Checkpoint
from gateway.monitor.acts import hold_to_witness, judge_acts
from gateway.monitor.record import LogRecord, SeenAct
from gateway.monitor.sources import ShownEntry
from gateway.witness.submission import Unreachable
from tests.audit.logs import PROVIDER, Verifying
from tests.monitor.sources import NOW_S, MemoryLog, act

YEAR_S = 366 * 86_400


def opened(note: bytes) -> Checkpoint:
    """What a note of the log says."""
    return open_signed(note, PROVIDER.name, [Verifying(PROVIDER)]).checkpoint


def proven(size: int, *times_s: int) -> ProvenNote:
    """A note that witnesses cosigned at these times."""
    cosigned = {f"witness {number}": time_s for number, time_s in enumerate(times_s)}
    return ProvenNote(b"", Checkpoint(PROVIDER.name, size, bytes(32)), cosigned)


def test_a_witness_can_only_make_an_act_earlier() -> None:
    """And only one that its checkpoint covers."""
    record = LogRecord(PROVIDER.name, acts=[SeenAct(at, "shred", "2020-01", 100) for at in (3, 4, 5)])
    hold_to_witness(record, proven(5, 90, 80))
    assert [90, 90, 100] == [one.seen_s for one in record.acts]
    hold_to_witness(record, proven(9, 120))
    assert [90, 90, 100] == [one.seen_s for one in record.acts]


async def judged(found: AsyncIterator[SeenAct]) -> list[SeenAct]:
    """All that came too early."""
    return [one async for one in found]


async def test_an_act_waits_until_a_witness_has_covered_it() -> None:
    """Then it is judged for the last time, and forgotten."""
    record = LogRecord(PROVIDER.name, acts=[SeenAct(3, "shred", "2020-01", NOW_S)])
    log = MemoryLog()
    assert [] == await judged(judge_acts(record, log, lambda: 3, opened))
    assert 1 == len(record.acts)
    assert [] == await judged(judge_acts(record, log, lambda: 4, opened))
    assert [] == record.acts


async def test_entries_that_were_not_there_at_a_day_are_younger_than_that_day() -> None:
    """Whatever the node says of their time."""
    log = MemoryLog([act("reload", "", NOW_S - 9 * YEAR_S)] * 40)
    subject = f"0-30 sha256:{'a' * 64} years:3"
    for marked_s, early in ((NOW_S - 4 * YEAR_S, 0), (NOW_S - 2 * YEAR_S, 1)):
        record = LogRecord(PROVIDER.name, acts=[SeenAct(39, "retain", subject, NOW_S)], marks=[(marked_s, 20)])
        assert early == len(await judged(judge_acts(record, log, lambda: 0, opened)))
    record = LogRecord(PROVIDER.name, acts=[SeenAct(39, "retain", subject, NOW_S)], marks=[(NOW_S, 40)])
    assert [] == await judged(judge_acts(record, log, lambda: 0, opened))


async def test_entries_that_come_after_the_act_itself_cannot_have_left() -> None:
    """A range beyond the act's own index is none."""
    subject = f"0-60 sha256:{'a' * 64} years:3"
    record = LogRecord(PROVIDER.name, acts=[SeenAct(39, "retain", subject, NOW_S)])
    assert 1 == len(await judged(judge_acts(record, MemoryLog([b"x"] * 40), lambda: 0, opened)))


class Forging(MemoryLog):
    """A node that shows another entry than stands at the index."""

    async def entry(self, index: int) -> ShownEntry:
        """The true path and checkpoint, with other bytes."""
        return replace(await super().entry(index), octets=act("reload", "", NOW_S))


async def test_an_entry_that_is_not_proven_tells_no_time() -> None:
    """Its time would be the node's to choose."""
    subject = f"0-30 sha256:{'a' * 64} years:3"
    old = [act("reload", "", NOW_S - 9 * YEAR_S)] * 40
    for log, early in ((MemoryLog([act("reload", "", NOW_S)] * 40), 1), (Forging(old), 0)):
        record = LogRecord(PROVIDER.name, acts=[SeenAct(39, "retain", subject, NOW_S)])
        assert early == len(await judged(judge_acts(record, log, lambda: 0, opened)))


async def test_a_node_that_falls_silent_hides_no_act_that_was_judged() -> None:
    """What needs no answer of the node is judged before what does, and told before it is forgotten."""
    retention = SeenAct(38, "retain", f"0-30 sha256:{'a' * 64} years:3", NOW_S)
    record = LogRecord(PROVIDER.name, acts=[retention, SeenAct(39, "shred", "2026-11", NOW_S)])
    found = judge_acts(record, MemoryLog(fault=Unreachable("no answer")), lambda: 0, opened)
    assert 39 == (await anext(found)).index
    with pytest.raises(Unreachable):
        await anext(found)
    assert [retention] == record.acts


async def test_what_needs_the_node_waits_for_the_next_visit_once_this_one_has_taken_its_time() -> None:
    """The log is not asked; the act stays."""
    acts = [SeenAct(39, "retain", f"0-30 sha256:{'a' * 64} years:3", NOW_S), SeenAct(38, "shred", "2026-11", NOW_S)]
    record, log = LogRecord(PROVIDER.name, acts=list(acts)), MemoryLog([act("reload", "", NOW_S)] * 40)
    found = await judged(judge_acts(record, log, lambda: 0, opened, lambda: True))
    assert ([38], acts[:1], []) == ([one.index for one in found], record.acts, log.asked)
