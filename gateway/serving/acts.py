"""Acts of persons and of the node itself, recorded in the audit log before they are done.

Until a witness has confirmed that the log was not rolled back, nothing is added to it: such an act is written to the
log lines at once, waits here in order, and is recorded by `catch_up`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from gateway.audit.journal import Journal
from gateway.ground.documents import NumberedDocument
from gateway.ground.refusals import Reason, Refusal
from gateway.witness.cosignatures import Cosignatures

MAX_DEFERRED: Final = 1000
"""Most acts that wait for a witness; one more is refused."""
RETRY_SECONDS: Final = 1.0


class Acts:
    """Records acts in the log of one node."""

    def __init__(self, journal: Journal, cosignatures: Cosignatures) -> None:
        self._journal = journal
        self._cosignatures = cosignatures
        # The event loop owns the queue. It is in memory alone: an act that still waits when the process ends is known
        # from the log lines and is in no log.
        self._deferred: list[tuple[str, str, str, Sequence[NumberedDocument]]] = []
        self._lines = structlog.get_logger("exchange")

    async def record(self, action: str, subject: str, actor: str, documents: Sequence[NumberedDocument] = ()) -> None:
        """Record an act and the documents that come into force by it; it is durable then, or waits for a witness.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when it cannot be made durable; WITNESS_AWAITED when too many acts wait.
        """
        if self._cosignatures.confirmed:
            # The point of no return of an act: after it the log has the act, whether or not it is then done.
            await self._journal.record_act(action=action, subject=subject, actor=actor, documents=documents)
            return
        if len(self._deferred) >= MAX_DEFERRED:
            raise Refusal(Reason.WITNESS_AWAITED, "too many acts wait for a witness", retry_after=RETRY_SECONDS)
        self._lines.warning("act before a witness answered", action=action, subject=subject, actor=actor)
        self._deferred.append((action, subject, actor, documents))

    async def catch_up(self) -> None:
        """Record the acts that waited, in order, once a witness has confirmed the log; raise Refusal as `record`."""
        while self._deferred and self._cosignatures.confirmed:
            action, subject, actor, documents = self._deferred[0]
            await self._journal.record_act(action=action, subject=subject, actor=actor, documents=documents)
            self._deferred.pop(0)  # only now: an act whose entry failed stays the first, and is recorded next time
