"""The background tasks of a running node, ended together when the node closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


class Tasks:
    """A set of tasks on one event loop; only that loop's code may begin or end one."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task. After the close nothing begins any more: the work is dropped."""
        if self._closed:
            work.close()
            return
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Cancel every task, and wait until all have ended."""
        self._closed = True
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def open_tasks() -> AsyncIterator[Tasks]:
    """Give a set of tasks; leaving cancels what still runs."""
    tasks = Tasks()
    try:
        yield tasks
    finally:
        await tasks.close()
