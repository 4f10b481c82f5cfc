"""Takes the acknowledgements of asking gateways, each once, and knows which of them are settled.

An acknowledgement is settled once its outcome entry is durable, or where there is none to write: its release is unknown
or another node's, or has its outcome. Until it is settled it is not confirmed, and the asking gateway sends it again
over its next link; so none is lost with a link, with a commit that failed, or with a node that was killed.
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


class PendingOutcome:
    """An acknowledgement and the outcome entry queued for it; `over` says that there is none to write."""

    __slots__ = ("_again", "acknowledgement", "over", "pending")

    def __init__(
        self, acknowledgement: Acknowledgement, pending: Pending | None, again: Callable[[PendingOutcome], None]
    ) -> None:
        """`again` has it looked up in the log."""
        self.acknowledgement = acknowledgement
        self.pending = pending
        self.over = False
        self._again = again

    def settle(self) -> bool:
        """Return whether nothing is left to do; one whose outcome entry was lost is looked up again."""
        if self.pending is not None and self.pending.lost:
            self.pending = None
            self._again(self)
        return self.over or (self.pending is not None and self.pending.index != NO_ENTRY)


class Outcomes:
    """The acknowledgements of one node.

    `notify_closed` gets each exchange whose last page was acknowledged, `notify_unfounded` each acknowledgement of what
    our log does not hold, which is settled all the same: sent again it would not be truer.
    """

    def __init__(
        self,
        journal: Journal,
        notify_closed: Callable[[RequestId], None],
        notify_unfounded: Callable[[Acknowledgement], None],
    ) -> None:
        self._journal = journal
        self._notify_closed = notify_closed
        self._notify_unfounded = notify_unfounded
        self._late: asyncio.Queue[PendingOutcome] = asyncio.Queue(LATE)

    def take(self, acknowledgement: Acknowledgement) -> PendingOutcome:
        """Take an acknowledgement: at once where its release is remembered; else the log is asked, later."""
        outcome = PendingOutcome(acknowledgement, self._journal.record_outcome(acknowledgement), self._look_up)
        if outcome.pending is None:
            self._look_up(outcome)
        else:
            self._close(acknowledgement)
        return outcome

    def _look_up(self, outcome: PendingOutcome) -> None:
        if not self._late.full():
            self._late.put_nowait(outcome)

    async def run(self) -> None:
        """Look up acknowledgements of releases that are not remembered, until cancelled; the log must be confirmed."""
        while True:
            outcome = await self._late.get()
            try:
                outcome.pending = await self._journal.record_late_outcome(outcome.acknowledgement)
                if outcome.pending is None and not await self._journal.is_founded(outcome.acknowledgement):
                    self._notify_unfounded(outcome.acknowledgement)
            except Refusal:
                self._look_up(outcome)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            outcome.over = outcome.pending is None
            if outcome.pending is not None:
                self._close(outcome.acknowledgement)

    def _close(self, acknowledgement: Acknowledgement) -> None:
        if acknowledgement.last:
            self._notify_closed(RequestId(acknowledgement.request_id))
