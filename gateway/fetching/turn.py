"""One turn of an adapter: bounded by the deadline, told apart from a cancel of our own, and let go in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from gateway.ground.cancelling import is_cancelled

CLOSE_SECONDS: Final = 1.0
"""Time that an adapter has to leave an answer that nobody takes any more."""


class Strayed(Exception):
    """An adapter raised something that would have ended our own task; the message is the name of its type."""


class Overdue(TimeoutError):
    """The deadline passed in a turn that lasted so many `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@asynccontextmanager
async def take_turn(deadline: float) -> AsyncIterator[None]:
    """Let an adapter run within the deadline, a reading of the loop's clock.

    Raises:
        Overdue: the deadline has passed, also where the adapter took no notice of it or made another error of it.
        Strayed: the adapter raised `CancelledError`, `GeneratorExit` or `SystemExit` of its own.
        asyncio.CancelledError: our task was asked to cancel, also where the adapter did the same with that.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout_at(deadline) as limit:
            yield
    except (asyncio.CancelledError, GeneratorExit, SystemExit) as error:
        if not is_cancelled():
            raise Strayed(type(error).__name__) from error
        raise asyncio.CancelledError from error
    except Exception as error:
        if is_cancelled():
            raise asyncio.CancelledError from error
        if limit.expired() or loop.time() >= deadline:
            raise Overdue(loop.time() - began) from error
        raise
    if is_cancelled():
        raise asyncio.CancelledError
    if limit.expired():
        raise Overdue(loop.time() - began)


async def let_go(pages: AsyncIterator[Any]) -> None:
    """Close an adapter's answer, whatever state it is in; what the adapter raises then changes nothing any more."""
    close = getattr(pages, "aclose", None)
    if close is not None:
        with suppress(Exception):
            async with take_turn(asyncio.get_running_loop().time() + CLOSE_SECONDS):
                await close()
