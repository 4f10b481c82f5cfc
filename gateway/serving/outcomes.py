"""Takes the acknowledgements of asking gateways, each once, and knows which are settled.

Settled is one whose outcome entry is durable, or for which there is none to write: its release is unknown or another
node's, or has its outcome. What is not settled is not confirmed, and the asking gateway says it again over its next
link: so none is lost with a link, with a commit that failed, or with a node that was killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gateway.audit.journal import Acknowledgement, Journal
from gateway.audit.pending import Pending
from gateway.ground.evidence import NO_ENTRY, RequestId
from gateway.ground.refusals import Refusal

LATE: Final = 8_192
"""Acknowledgements that wait to be looked up in the log, which is done one at a time; one more is not confirmed."""
PAUSE_SECONDS: Final = 1.0
"""Between attempts to read a log that does not serve."""


class Heard:
    """An acknowledgement that came, and the outcome entry queued for it; `over` where there is none to write."""

    __slots__ = ("_again", "over", "pending", "said")

    def __init__(self, said: Acknowledgement, pending: Pending | None, again: Callable[[Heard], None]) -> None:
        """`again` has it looked up in the log."""
        self.said = said
        self.pending = pending
        self.over = False
        self._again = again

    def settle(self) -> bool:
        """Tell whether nothing is to be done any more; one whose outcome entry was lost is looked up again."""
        if self.pending is not None and self.pending.lost:
            self.pending = None
            self._again(self)
        return self.over or (self.pending is not None and self.pending.index != NO_ENTRY)


class Outcomes:
    """The acknowledgements of one node. `closed` is told of each exchange whose last page was acknowledged."""

    def __init__(self, journal: Journal, closed: Callable[[RequestId], None]) -> None:
        self._journal = journal
        self._closed = closed
        self._late: asyncio.Queue[Heard] = asyncio.Queue(LATE)

    def take(self, said: Acknowledgement) -> Heard:
        """Take an acknowledgement: at once where its release is remembered; else the log is asked, later."""
        heard = Heard(said, self._journal.record_outcome(said), self._look_up)
        if heard.pending is None:
            self._look_up(heard)
        else:
            self._close(said)
        return heard

    def _look_up(self, heard: Heard) -> None:
        if not self._late.full():
            self._late.put_nowait(heard)

    async def run(self) -> None:
        """Look up what was not remembered until cancelled; to be begun once the log may be added to."""
        while True:
            heard = await self._late.get()
            try:
                heard.pending = await self._journal.record_late_outcome(heard.said)
            except Refusal:
                self._look_up(heard)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            heard.over = heard.pending is None
            if heard.pending is not None:
                self._close(heard.said)

    def _close(self, said: Acknowledgement) -> None:
        if said.last:
            self._closed(RequestId(said.request_id))
