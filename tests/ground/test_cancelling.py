"""A cancel of our own is told from a `CancelledError` that somebody else raised."""

from __future__ import annotations

import asyncio

from gateway.ground.cancelling import is_cancelled


async def met(wait: asyncio.Future[None]) -> list[bool]:
    """Wait, and note at a `CancelledError` whether we were asked to cancel."""
    seen = [is_cancelled()]
    try:
        await wait
    except asyncio.CancelledError:
        seen.append(is_cancelled())
    return seen


async def test_a_task_that_was_asked_to_cancel_is_cancelled() -> None:
    """F12: before it is asked it is not."""
    task = asyncio.create_task(met(asyncio.get_running_loop().create_future()))
    await asyncio.sleep(0)
    task.cancel()
    assert [False, True] == await task


async def test_a_future_that_somebody_cancelled_is_no_cancel_of_ours() -> None:
    """F12: an adapter awaits a task of its own that ended so."""
    wait = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(met(wait))
    await asyncio.sleep(0)
    wait.cancel()
    assert [False, False] == await task


async def test_a_deadline_that_has_passed_leaves_no_cancel_behind() -> None:
    """The timer asks the task to cancel, and takes it back."""
    try:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
    except TimeoutError:
        assert not is_cancelled()
    else:
        raise AssertionError("the deadline did not pass")


def test_outside_of_a_task_nothing_is_cancelled() -> None:
    """A callback of the loop belongs to no task."""
    loop = asyncio.new_event_loop()
    seen: list[bool] = []
    loop.call_soon(lambda: seen.append(is_cancelled()))
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert [False] == seen
