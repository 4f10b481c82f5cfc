"""The window: so many pages of one exchange are out, and each acknowledgement makes room for one more."""

from __future__ import annotations

import asyncio

from gateway.link.window import PAGES, Window


async def entered(window: Window, number: int) -> asyncio.Task[None]:
    """A page that wants to go out; it has gone if the task is done."""
    task = asyncio.create_task(window.enter(number))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


async def full() -> Window:
    """A window with every place taken."""
    window = Window()
    for number in range(PAGES):
        assert (await entered(window, number)).done()
    return window


async def test_a_page_beyond_the_window_waits_for_an_acknowledgement() -> None:
    """Of any page that is out."""
    window = await full()
    waiting = await entered(window, PAGES)
    assert not waiting.done()
    window.leave(1)
    await waiting


async def test_an_acknowledgement_makes_room_once() -> None:
    """Neither a page that was acknowledged before nor one that never went out lets another leave."""
    window = await full()
    window.leave(0)
    for number in (0, PAGES + 7, -1):
        window.leave(number)
    assert (await entered(window, PAGES)).done()
    waiting = await entered(window, PAGES + 1)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
