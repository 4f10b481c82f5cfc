"""The pages of one exchange that may be out at a time: a peer that does not take them is sent no more."""

from __future__ import annotations

import asyncio
from typing import Final

PAGES: Final = 4
"""Pages of one exchange that may be out without an acknowledgement."""


class Window:
    """The pages of one exchange that are out."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(PAGES)
        self._out: set[int] = set()

    async def enter(self, number: int) -> None:
        """Wait until a page may go out."""
        await self._room.acquire()
        self._out.add(number)

    def leave(self, number: int) -> None:
        """Take note that a page was acknowledged; one that is not out, or was acknowledged before, makes no room."""
        if number in self._out:
            self._out.remove(number)
            self._room.release()
