"""The one rule by which a commit and a frame gather: an item waits 1 ms for those of the others in flight.

When all in flight have put an item, the flush starts; an item that is alone in flight therefore starts it at once.

Items that are put while a flush runs gather in the meantime and go in the next one. One flush runs at a time, and items
keep the order of `put`. A flush is bounded in count and bytes. The items that gather are bounded by their owner, which
knows what to refuse.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

WAIT_SECONDS: Final = 0.001
"""Longest wait for others."""
RIDE_SECONDS: Final = 0.02
"""Longest wait of an item that rides along, for a flush that something else causes."""


class Gathering(Generic[T]):
    """Gathers items into flushes. Belongs to one event loop.

    An exception that leaves `flush` is handed to `failed`, or else to the loop's exception handler. The flush has to
    settle its items itself, and the next flush goes on. Nothing is dropped and nothing is flushed twice.

    All its state belongs to the event loop: `put` and the timer change it between two awaits, and `_task` names the one
    flush that runs, which alone takes items out.
    """

    __slots__ = (
        "_bytes", "_closing", "_crowd", "_due", "_failed", "_flush", "_items", "_loop", "_max_bytes",
        "_max_items", "_ride_seconds", "_size_of", "_task", "_timer", "_timer_at", "_wait_seconds",
        "_waited_for",
    )  # fmt: skip

    def __init__(
        self,
        flush: Callable[[list[T]], Awaitable[None]],
        *,
        crowd: Callable[[], int],
        wait_seconds: float = WAIT_SECONDS,
        max_items: int,
        max_bytes: int,
        size_of: Callable[[T], int],
        ride_seconds: float = RIDE_SECONDS,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """`crowd` returns how many are in flight, including those whose items have gathered already."""
        self._flush = flush
        self._crowd = crowd
        self._wait_seconds = wait_seconds
        self._ride_seconds = ride_seconds
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._items: deque[tuple[T, int, bool]] = deque()
        self._bytes = 0
        self._waited_for = 0
        self._due = 0.0
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._closing = False

    def __len__(self) -> int:
        """Return the number of items that have gathered and are not in a flush yet."""
        return len(self._items)

    @property
    def gathered_bytes(self) -> int:
        """The bytes of the items that have gathered and are not in a flush yet."""
        return self._bytes

    @property
    def flushing(self) -> bool:
        """Whether a flush runs."""
        return self._task is not None

    def put(self, item: T, *, rides: bool = False) -> None:
        """Add one item; it goes at once, or within `wait_seconds`, or next after the flush that runs.

        An item that `rides` causes no flush of its own for `ride_seconds`: nobody waits for it.

        Raises:
            RuntimeError: after `close`.
        """
        if self._closing:
            raise RuntimeError("the gathering is closed")
        size = self._size_of(item)
        self._items.append((item, size, rides))
        self._bytes += size
        self._waited_for += not rides
        if rides:
            due = self._loop.time() + self._ride_seconds
        elif self._wait_seconds <= 0 or self._crowd() <= self._waited_for:
            due = 0.0
        else:
            due = self._loop.time() + self._wait_seconds
        self._due = due if len(self._items) == 1 else min(self._due, due)
        if self._task is None:
            self._arm()

    async def close(self) -> None:
        """Flush everything that has gathered and take nothing more; return when the last flush has ended."""
        self._closing = True
        self._arm()
        while self._task is not None:
            await asyncio.shield(self._task)

    def _arm(self) -> None:
        """Start a flush, or set the timer that starts one when it is due."""
        if not self._items:
            return
        full = len(self._items) >= self._max_items or self._bytes >= self._max_bytes
        if self._closing or full or self._due <= self._loop.time():
            self._start()
        elif self._timer is None or self._due < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_at = self._due
            self._timer = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._task is None:
            self._start()

    def _start(self) -> None:
        if self._task is not None or not self._items:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._task = self._loop.create_task(self._run())

    def _take(self) -> list[T]:
        batch: list[T] = []
        taken = 0
        while self._items and len(batch) < self._max_items:
            item, size, rides = self._items[0]
            if batch and taken + size > self._max_bytes:
                break
            self._items.popleft()
            batch.append(item)
            taken += size
            self._waited_for -= not rides
        self._bytes -= taken
        if self._items:
            self._due = 0.0
        return batch

    async def _run(self) -> None:
        try:
            # The items leave the gathering here and are the flush's: none comes back, whatever becomes of it.
            await self._flush(self._take())
        except asyncio.CancelledError:
            self._task = None
            raise
        except Exception as error:
            self._report(error)
        self._task = None
        self._arm()

    def _report(self, error: Exception) -> None:
        if self._failed is not None:
            self._failed(error)
        else:
            self._loop.call_exception_handler({"message": "a flush failed", "exception": error})
