"""The one gathering rule: alone, at once; with others, together; in order, bounded, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ground.gathering import Gathering


class Flushes:
    """Takes flushes, and can hold one back."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self, items: list[int]) -> None:
        self.batches.append(items)
        self.started.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error


def gathering(
    flushes: Flushes,
    crowd: int = 1,
    *,
    wait: float = 0.001,
    items: int = 100,
    octets: int = 1_000_000,
    failed: Callable[[Exception], None] | None = None,
) -> Gathering[int]:
    """Make one whose items are as large as their number."""
    return Gathering(
        flushes,
        crowd=lambda: crowd,
        wait_seconds=wait,
        max_items=items,
        max_bytes=octets,
        size_of=lambda item: item,
        failed=failed,
    )


async def test_who_is_alone_goes_at_once() -> None:
    """No timer: the flush begins in the next turn of the loop, even if the wait is an hour."""
    flushes = Flushes()
    alone = gathering(flushes, crowd=1, wait=3600)
    alone.put(1)
    await asyncio.sleep(0)
    assert [[1]] == flushes.batches
    await alone.close()


async def test_with_others_in_flight_items_go_together() -> None:
    """What comes within the wait is one flush."""
    flushes = Flushes()
    crowded = gathering(flushes, crowd=3)
    crowded.put(1)
    await asyncio.sleep(0)
    crowded.put(2)
    assert [] == flushes.batches
    await flushes.started.wait()
    assert [[1, 2]] == flushes.batches
    await crowded.close()


async def test_the_last_of_those_in_flight_is_not_waited_beyond() -> None:
    """When all have put something the flush begins; who rides along is none of them."""
    flushes = Flushes()
    crowded = gathering(flushes, crowd=3, wait=3600)
    for item, rides in ((1, False), (2, True), (3, False)):
        crowded.put(item, rides=rides)
        await asyncio.sleep(0)
    assert [] == flushes.batches
    crowded.put(4)
    await asyncio.sleep(0)
    assert [[1, 2, 3, 4]] == flushes.batches
    crowded.put(5)
    await asyncio.sleep(0)
    assert [[1, 2, 3, 4]] == flushes.batches
    await crowded.close()


async def test_what_comes_during_a_flush_goes_next_and_together() -> None:
    """One flush at a time; the next takes all that came meanwhile."""
    flushes = Flushes()
    flushes.gate.clear()
    alone = gathering(flushes)
    alone.put(1)
    await flushes.started.wait()
    assert alone.flushing
    for item in (2, 3, 4):
        alone.put(item)
    assert [[1]] == flushes.batches
    flushes.gate.set()
    await alone.close()
    assert [[1], [2, 3, 4]] == flushes.batches


async def test_a_full_flush_does_not_wait() -> None:
    """Count and bytes each end the wait."""
    for items, octets in ((2, 1_000_000), (100, 10)):
        flushes = Flushes()
        crowded = gathering(flushes, crowd=9, wait=3600, items=items, octets=octets)
        crowded.put(5)
        crowded.put(5)
        await asyncio.sleep(0)
        assert [[5, 5]] == flushes.batches
        await crowded.close()


async def test_an_item_that_rides_causes_no_flush_but_goes_with_the_next() -> None:
    """In its place in the order."""
    flushes = Flushes()
    alone = gathering(flushes)
    alone.put(1, rides=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [] == flushes.batches
    alone.put(2)
    await flushes.started.wait()
    assert [[1, 2]] == flushes.batches
    await alone.close()


async def test_an_item_that_rides_alone_goes_in_the_end() -> None:
    """Nobody waits for it, yet it is not left behind."""
    flushes = Flushes()
    alone = gathering(flushes)
    alone.put(1, rides=True)
    await flushes.started.wait()
    assert [[1]] == flushes.batches
    await alone.close()


async def test_an_error_of_a_flush_is_reported_and_the_next_goes_on() -> None:
    """It is never lost, and it never stops the gathering."""
    flushes, errors = Flushes(), list[Exception]()
    flushes.error = OSError("disk")
    alone = gathering(flushes, failed=errors.append)
    alone.put(1)
    await flushes.started.wait()
    alone.put(2)
    await alone.close()
    assert [[1], [2]] == flushes.batches
    assert [flushes.error] * 2 == errors


async def test_an_error_that_nobody_takes_reaches_the_loop() -> None:
    """Its exception handler is told."""
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    flushes = Flushes()
    flushes.error = OSError("disk")
    alone = gathering(flushes)
    alone.put(1)
    await alone.close()
    assert [flushes.error] == [context["exception"] for context in told]


async def test_closing_flushes_what_is_there_and_takes_nothing_more() -> None:
    """Also what only rides."""
    flushes = Flushes()
    crowded = gathering(flushes, crowd=9, wait=3600)
    crowded.put(1)
    crowded.put(2, rides=True)
    await crowded.close()
    assert [[1, 2]] == flushes.batches
    with pytest.raises(RuntimeError, match="closed"):
        crowded.put(3)
    await crowded.close()


async def test_a_cancelled_close_does_not_cancel_the_flush() -> None:
    """The flush ends; a second close waits for it."""
    flushes = Flushes()
    flushes.gate.clear()
    alone = gathering(flushes)
    alone.put(1)
    await flushes.started.wait()
    closing = asyncio.create_task(alone.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    assert alone.flushing
    flushes.gate.set()
    await alone.close()
    assert not alone.flushing


async def test_a_cancelled_flush_ends_quietly_at_the_end_of_the_loop() -> None:
    """When the loop ends, no new flush begins."""
    flushes = Flushes()
    flushes.gate.clear()
    alone = gathering(flushes)
    alone.put(1)
    await flushes.started.wait()
    alone.put(2)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0)
    assert [[1]] == flushes.batches
    assert not alone.flushing


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.booleans(), st.booleans()), max_size=40),
    st.integers(1, 3),
    st.integers(1, 9),
    st.integers(1, 200),
)
def test_order_is_kept_bounds_hold_and_nothing_is_lost(
    puts: list[tuple[int, bool, bool]], crowd: int, items: int, octets: int
) -> None:
    """Whatever is put, and however the loop turns in between."""

    async def run() -> list[list[int]]:
        flushes = Flushes()
        some = gathering(flushes, crowd, wait=0.0001, items=items, octets=octets)
        for item, rides, turn in puts:
            some.put(item, rides=rides)
            if turn:
                await asyncio.sleep(0)
        await some.close()
        assert (0, 0) == (len(some), some.gathered_bytes)
        return flushes.batches

    batches = asyncio.run(run())
    assert [item for item, _, _ in puts] == [item for batch in batches for item in batch]
    for batch in batches:
        assert items >= len(batch) > 0
        assert len(batch) == 1 or octets >= sum(batch)
