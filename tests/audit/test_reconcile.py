"""Two logs are compared exchange by exchange: what one of them lacks is listed, and why where a log says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.entries.entry import Entry, Phase, decode
from gateway.audit.review.reconcile import Cause, Comparison, Side, compare
from gateway.audit.review.sources import LogSource
from gateway.audit.storage.reader import LogReader
from gateway.ground.evidence import PeerAnswer
from gateway.ground.refusals import PeerRefusal, Reason, Refusal
from tests.audit.logs import CLEARED, PAGE, question
from tests.audit.provinces import CAME, World, world
from tests.samples import grant


def compared(of: World, grace_us: int = 0) -> Comparison:
    """Both logs, in either order alike."""
    with LogReader(of.paths[0]) as one, LogReader(of.paths[1]) as other:
        found = compare(LogSource(one), LogSource(other), grace_us=grace_us)
        again = compare(LogSource(other), LogSource(one), grace_us=grace_us)
    assert found == again
    return found


async def test_whole_exchanges_agree(tmp_path: Path) -> None:
    """With their outcomes or without: both logs have both sides."""
    async with world(tmp_path) as both:
        for number in range(5):
            await both.whole(number)
        await both.whole(9, acknowledged=False)
        await both.asker.record_act(action="node_start", subject="0.1.0")
    found = compared(both)
    assert (6, 6, 0, 1, ()) == (found.exchanges, found.pages, found.refused, found.unacknowledged, found.one_sided)


async def test_a_refusal_that_both_logs_have_is_no_difference(tmp_path: Path) -> None:
    """Nor one by the asking side alone, before anything was sent."""
    async with world(tmp_path) as both:
        arrival, asking = both.ask(1)
        _, (theirs,) = await both.give(arrival).refuse(Refusal(Reason.LEAK_BLOCKED))
        await asking.refuse(PeerRefusal(Refusal(Reason.LEAK_BLOCKED), (theirs,)))
        _, alone = both.ask(2)
        await alone.refuse(Refusal(Reason.PEER_UNAVAILABLE))
        await both.asker.begin_asker(question(3)).refuse(Refusal(Reason.GRANT_MISSING))
    found = compared(both)
    assert (3, 3, ()) == (found.exchanges, found.refused, found.one_sided)


async def test_a_release_that_was_refused_on_arrival_has_its_reason(tmp_path: Path) -> None:
    """The asking log says why it did not hand over."""
    async with world(tmp_path) as both:
        arrival, asking = both.ask(1)
        await both.give(arrival).release(CLEARED)
        await asking.refuse(Refusal(Reason.PEER_RECEIPT_INVALID))
    (one,) = compared(both).one_sided
    assert (Side.PROVIDER, Cause.REFUSED, "PEER_RECEIPT_INVALID", True) == (
        one.side,
        one.why,
        one.reason,
        one.explained,
    )
    assert ("CY-ID-02", "cq-hrss", 1) == (one.item_code, one.department, one.index)


async def test_a_release_that_the_other_log_does_not_know_is_not_explained(tmp_path: Path) -> None:
    """It may have dropped the exchange, or never asked."""
    async with world(tmp_path) as both:
        await both.give(question(1)).release(CLEARED)
        await both.give(question(2)).refuse(Refusal(Reason.CANCELLED))
        both.provider.begin_provider(question(3)).intend(CAME, grant())
        await both.whole(4)
    found = compared(both)
    assert [(Cause.UNKNOWN, "", False), (Cause.REFUSED, "CANCELLED", True), (Cause.UNKNOWN, "", False)] == [
        (one.why, one.reason, one.explained) for one in found.one_sided
    ]


async def test_a_question_that_was_never_answered_is_shown_from_both_sides(tmp_path: Path) -> None:
    """Begun on both sides and ended on none; begun on the asking side alone; released and not received."""
    async with world(tmp_path) as both:
        arrival, _ = both.ask(1)
        both.give(arrival)
        both.ask(2)
        released, _ = both.ask(3)
        await both.give(released).release(CLEARED)
        await both.whole(4)
    found = {one.exchange_id: one for one in compared(both).one_sided}
    expected = {1: (Side.ASKER, Cause.UNANSWERED), 2: (Side.ASKER, Cause.UNKNOWN), 3: (Side.PROVIDER, Cause.UNANSWERED)}
    assert expected == {
        number: (found[question(number).ask.request_id].side, found[question(number).ask.request_id].why)
        for number in expected
    }


async def test_what_began_just_before_the_reading_is_in_flight(tmp_path: Path) -> None:
    """It is told apart from what the other log should have had."""
    async with world(tmp_path) as both:
        both.ask(1)
        both.now_us += 100_000_000
        await both.whole(2)
        await both.give(question(3)).release(CLEARED)
    assert [Cause.UNKNOWN, Cause.IN_FLIGHT] == [one.why for one in compared(both, 60_000_000).one_sided]


async def test_an_answer_that_was_given_twice_has_both_sides_once(tmp_path: Path) -> None:
    """The first was lost with the link."""
    async with world(tmp_path) as both:
        arrival, asking = both.ask(1)
        await both.give(arrival).release(CLEARED)
        again = both.give(replace(arrival, repeated=True))
        theirs = await again.release(CLEARED)
        await asking.receive(asking.prove(PeerAnswer(PAGE, 0, True, theirs, again.salt)))
    found = compared(both)
    assert (1, [Cause.REPEATED]) == (found.pages, [one.why for one in found.one_sided])


async def test_the_end_of_another_walk_explains_nothing(tmp_path: Path) -> None:
    """A2: the first link was lost, and said so; the second answer was whole, and the asking log lacks it. Nor does a
    question that was turned away, since it had been asked before, explain what the first one left open."""
    async with world(tmp_path) as both:
        arrival, _ = both.ask(1)
        await both.give(arrival).refuse(Refusal(Reason.CANCELLED))
        await both.give(replace(arrival, repeated=True)).release(CLEARED)
        await both.asker.begin_asker(question(1)).refuse(Refusal(Reason.REQUEST_REPLAYED))
    assert [(Cause.UNANSWERED, "", False)] == [(one.why, one.reason, one.explained) for one in compared(both).one_sided]


async def test_the_end_of_its_own_walk_explains_a_page_on_either_side(tmp_path: Path) -> None:
    """A2: the answering side was cancelled between two pages; the asking side was, and the other page came too late."""
    async with world(tmp_path) as both:
        first, asking = both.ask(1)
        giving = both.give(first)
        await giving.release(replace(CLEARED, last=False))
        giving.abandon(Refusal(Reason.CANCELLED))
        second, leaving = both.ask(2)
        await both.give(second).release(CLEARED)
        leaving.abandon(Refusal(Reason.CANCELLED))
        asking.abandon(Refusal(Reason.CANCELLED))
    assert [(Cause.REFUSED, "CANCELLED")] * 2 == [(one.why, one.reason) for one in compared(both).one_sided]


class Altered:
    """A log of which some entries are left out, or replaced, as a province that lies would show it."""

    def __init__(self, source: LogSource, change: object) -> None:
        self.origin = source.origin
        self._source = source
        self._change = change

    def entries(self) -> list[tuple[int, bytes, Entry]]:
        """The entries that are shown."""
        return [one for each in self._source.entries() if (one := self._change(each)) is not None]  # type: ignore[operator]  # a function

    def covers(self, index: int) -> bool:
        """It says that it shows everything."""
        return True

    def whole(self) -> bool:
        """It says that it is whole."""
        return True


async def whole_world(directory: Path) -> World:
    """One exchange that both logs have, with its outcome."""
    async with world(directory) as both:
        await both.whole(1)
    return both


@pytest.mark.parametrize(
    ("side", "phase", "expected"),
    [
        (0, Phase.RELEASE, (Side.ASKER, Cause.ALTERED)),
        (1, Phase.RECEIPT, (Side.PROVIDER, Cause.ALTERED)),
    ],
)
@pytest.mark.parametrize("how", ["left out", "another leaf"])
async def test_neither_side_can_drop_or_change_its_entry(
    tmp_path: Path, side: int, phase: Phase, expected: tuple[Side, Cause], how: str
) -> None:
    """The other log names its index and leaf hash."""
    both = await whole_world(tmp_path)

    def change(each: tuple[int, bytes, Entry]) -> tuple[int, bytes, Entry] | None:
        index, _, entry = each
        if entry.phase is not phase:
            return each
        return None if how == "left out" else (index, b"x" * 32, entry)

    with LogReader(both.paths[0]) as one, LogReader(both.paths[1]) as other:
        sources: list[object] = [LogSource(one), LogSource(other)]
        sources[side] = Altered(sources[side], change)  # type: ignore[arg-type]  # a LogSource
        found = compare(sources[0], sources[1], grace_us=0)  # type: ignore[arg-type]  # sources
    assert expected in [(one.side, one.why) for one in found.one_sided]
    assert not all(one.explained for one in found.one_sided)


async def test_a_refusal_that_the_peer_denies_is_found(tmp_path: Path) -> None:
    """The asking log commits to the entry of the peer's refusal."""
    async with world(tmp_path) as both:
        arrival, asking = both.ask(1)
        _, (theirs,) = await both.give(arrival).refuse(Refusal(Reason.LEAK_BLOCKED))
        await asking.refuse(PeerRefusal(Refusal(Reason.LEAK_BLOCKED), (theirs,)))
    with LogReader(both.paths[0]) as one, LogReader(both.paths[1]) as other:
        denied = Altered(LogSource(one), lambda each: None if each[2].phase is Phase.REFUSAL else each)
        found = compare(denied, LogSource(other), grace_us=0)  # type: ignore[arg-type]  # a source
    assert [Cause.ALTERED] == [one.why for one in found.one_sided]


async def test_what_a_partial_export_does_not_show_is_not_held_against_it(tmp_path: Path) -> None:
    """The reason is that it was not shown."""
    both = await whole_world(tmp_path)

    class Nothing(Altered):
        def covers(self, index: int) -> bool:
            return False

        def whole(self) -> bool:
            return False

    with LogReader(both.paths[0]) as one, LogReader(both.paths[1]) as other:
        nothing = Nothing(LogSource(other), lambda each: None)
        found = compare(LogSource(one), nothing, grace_us=-(1 << 60))  # type: ignore[arg-type]  # a source
    assert [Cause.NOT_SHOWN] == [one.why for one in found.one_sided]


async def test_an_exchange_within_one_province_has_no_other_side(tmp_path: Path) -> None:
    """It is counted and not compared."""
    async with world(tmp_path) as both:
        exchange = both.provider.begin_provider(question(1))
        exchange.intend(replace(CAME, province="510000"), grant())
        await exchange.release(CLEARED)
    found = compared(both)
    assert (1, 0, ()) == (found.within_province, found.exchanges, found.one_sided)
    with LogReader(both.paths[0]) as reader:
        assert Phase.INTENT is decode(reader.entry(0).octets).phase
