"""Acts of persons and of the node itself, recorded in the audit log before they are done.

Until a witness has confirmed that the log was not rolled back, nothing is added to it: such an act is written to the
log lines and to a file of its own, durably, and is recorded by `catch_up`, in order, before any exchange is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from gateway.audit.entries.acts import CONFIGURATION_ID, NO_DETAILS, ActDetails
from gateway.audit.entries.entry import Result
from gateway.audit.journal import Journal
from gateway.audit.storage.waiting import WaitingAct, WaitingActs
from gateway.ground.documents import NumberedDocument
from gateway.ground.refusals import Reason, Refusal
from gateway.witness.cosignatures import Cosignatures

MAX_WAITING: Final = 1000
"""Most acts that wait for a witness; one more is refused."""
RETRY_SECONDS: Final = 1.0


class Requester(NamedTuple):
    """Who asks for an act: a certificate's identity and its fingerprint, or `local:` and a user's number, and none."""

    actor: str
    fingerprint: str = ""


class Acts:
    """Records acts in the log of one node."""

    def __init__(self, journal: Journal, cosignatures: Cosignatures, waiting: WaitingActs) -> None:
        self._journal = journal
        self._cosignatures = cosignatures
        # The event loop owns what waits, and writes it without leaving the loop: before a witness has answered no
        # exchange is served that would have to wait for the disk meanwhile.
        self._waiting = waiting
        self._recorded = 0
        self._lines = structlog.get_logger("exchange")

    @property
    def _left(self) -> int:
        """How many acts are not in the log yet."""
        return len(self._waiting) - self._recorded

    async def record(
        self,
        action: str,
        subject: str,
        actor: str,
        documents: Sequence[NumberedDocument] = (),
        details: ActDetails = NO_DETAILS,
    ) -> int:
        """Record an act and the documents that come into force by it; it is durable then, in the log or waiting.

        Return the index of its entry, -1 while it waits. An act under an approval never waits: whether it was done
        before, the log alone can say; nor does one of a question that is answered under a checkpoint over it. A refused
        attempt waits without the references of persons, which are of one month.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when it cannot be made durable; WITNESS_AWAITED when too many acts wait, or one
                would have to that must not.
        """
        if self._cosignatures.confirmed and not self._waiting:
            # The point of no return of an act: after it the log has the act, whether or not it is then done.
            return await self._record(action, subject, actor, documents, details)
        if (details.approval and not details.reason_code) or details.trace_id:
            raise Refusal(Reason.WITNESS_AWAITED, "an act of this kind does not wait", retry_after=RETRY_SECONDS)
        if self._left >= MAX_WAITING:
            raise Refusal(Reason.WITNESS_AWAITED, "too many acts wait for a witness", retry_after=RETRY_SECONDS)
        self._lines.warning("act before a witness answered", action=action, subject=subject, actor=actor)
        try:
            self._waiting.add(
                WaitingAct(
                    action,
                    subject,
                    actor,
                    tuple(map(str, documents)),
                    details.caller_fp,
                    details.changes,
                    details.reason_code,
                    details.approval,
                )
            )
        except OSError as error:
            why = f"the act cannot wait on disk: {error.strerror or error}"
            raise Refusal(Reason.AUDIT_NOT_DURABLE, why, retry_after=RETRY_SECONDS) from error
        return -1

    async def catch_up(self) -> None:
        """Record the acts that waited, in order, once a witness has confirmed the log.

        Raises:
            Refusal: as `record`; the next call goes on with the act that was not recorded.
        """
        while self._left and self._cosignatures.confirmed:
            act = self._waiting[self._recorded]
            details = ActDetails(
                caller_fp=act.caller_fp,
                changes=act.changes,
                reason_code=act.reason_code,
                approval=act.approval,
                exchange_id=CONFIGURATION_ID if act.changes else "",
            )
            await self._record(act.action, act.subject, act.actor, act.parse_documents(), details)
            self._recorded += 1  # only now: an act whose entry failed is recorded next time
        if self._waiting and not self._left:
            try:
                self._waiting.clear()
            except OSError as error:
                why = f"the acts that waited cannot be removed: {error.strerror}"
                raise Refusal(Reason.AUDIT_NOT_DURABLE, why, retry_after=RETRY_SECONDS) from error
            self._recorded = 0

    async def _record(
        self, action: str, subject: str, actor: str, documents: Sequence[NumberedDocument], details: ActDetails
    ) -> int:
        result = Result.DENY if details.reason_code else Result.PERMIT
        receipt = await self._journal.record_act(
            action=action, subject=subject, result=result, actor=actor, documents=documents, details=details.fields()
        )
        return receipt.index
