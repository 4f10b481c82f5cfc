"""One turn of an adapter: what it raises is its own, what we ask of it holds whether it listens or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from gateway.fetching import turn
from gateway.fetching.turn import Overdue, Strayed, let_go, take_turn

FAR = 1e12


async def never() -> None:
    """Wait for ever."""
    await asyncio.Event().wait()


async def deaf() -> None:
    """Take no notice of one cancel."""
    with suppress(asyncio.CancelledError):
        await never()


async def broken() -> None:
    """Make an error of one's own of a cancel, as a driver does."""
    try:
        await never()
    except asyncio.CancelledError:
        raise RuntimeError("connection lost") from None


async def taken(work: Callable[[], Awaitable[None]], deadline: float = FAR) -> str:
    """Let an adapter do something in its turn; return what came of it."""
    try:
        async with take_turn(deadline):
            await work()
    except TimeoutError:
        return "late"
    except asyncio.CancelledError:
        return "cancelled"
    except Strayed as error:
        return f"strayed {error}"
    return "done"


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit(), SystemExit(1)])
async def test_what_would_end_our_own_task_is_the_adapters_fault(error: BaseException) -> None:
    """F12: it is named by its type, and nothing of ours ends."""

    async def work() -> None:
        raise error

    assert f"strayed {type(error).__name__}" == await taken(work)


@pytest.mark.parametrize("work", [never, deaf])
async def test_a_deadline_holds_whether_the_adapter_listens_or_not(work: Callable[[], Awaitable[None]]) -> None:
    """F12's twin: a page that came too late is none."""
    assert "late" == await taken(work, asyncio.get_running_loop().time() + 0.01)


@pytest.mark.parametrize("work", [never, deaf])
async def test_a_cancel_holds_whether_the_adapter_listens_or_not(work: Callable[[], Awaitable[None]]) -> None:
    """F12's twin: the caller has gone, so nothing leaves any more."""
    task = asyncio.create_task(taken(work))
    await asyncio.sleep(0)
    task.cancel()
    assert "cancelled" == await task


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError(), TimeoutError()])
async def test_every_other_error_stays_what_it_is(error: Exception) -> None:
    """The room that fetches makes a refusal of it."""
    with pytest.raises(type(error)) as caught:
        async with take_turn(FAR):
            raise error
    assert error is caught.value


@pytest.mark.parametrize("work", [never, deaf, broken])
async def test_a_deadline_says_how_long_the_turn_was(work: Callable[[], Awaitable[None]]) -> None:
    """So the caller of a turn tells a platform that is slow from a deadline that left it no time."""
    loop = asyncio.get_running_loop()
    for ago, least, most in ((9.0, 0.0, 0.05), (-0.06, 0.05, 9.0)):
        with pytest.raises(Overdue) as caught:
            async with take_turn(loop.time() - ago):
                await work()
        assert least <= caught.value.seconds <= most


async def test_a_cancel_that_the_adapter_makes_an_error_of_stays_a_cancel() -> None:
    """A driver that wraps a cancel must not look as if the platform had failed."""
    task = asyncio.create_task(taken(broken))
    await asyncio.sleep(0)
    task.cancel()
    assert "cancelled" == await task


async def test_a_turn_that_ends_in_time_is_no_more_than_that() -> None:
    """The usual case."""
    assert "done" == await taken(lambda: asyncio.sleep(0))


async def test_an_adapter_that_will_not_leave_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A2: the end of an exchange, and the stop of a node, do not wait for it; nor does what it raises then matter."""
    monkeypatch.setattr(turn, "CLOSE_SECONDS", 0.01)
    left: list[str] = []

    async def pages(leave: Callable[[], Awaitable[None]]) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            left.append("leaves")
            await leave()

    async def fails() -> None:
        raise ValueError("51999919600101001X")

    for leave in (never, fails):
        answer = pages(leave)
        await anext(answer)
        async with asyncio.timeout(5):
            await let_go(answer)
    assert ["leaves", "leaves"] == left


async def test_an_answer_that_cannot_be_closed_is_let_go() -> None:
    """An adapter may give an iterator that is no generator."""

    class Plain:
        def __aiter__(self) -> Plain:
            return self

        async def __anext__(self) -> int:
            raise StopAsyncIteration

    await let_go(Plain())
