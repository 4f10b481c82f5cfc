"""What persons tried at the doors of reviewers and administrators and were refused: entries of the log, bounded.

Each is a log line with the identity besides (`gateway.telemetry.refusals`). Where the attempt named an approval or a
person, its entry has the approval's digest and the person's reference, so that it stands in the person's history.
Nobody fills the log by being refused: beyond a number an hour for each certificate, for the files of each user, and for
all of them together, there are only the lines.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from gateway.audit.entries.acts import NO_DETAILS, REFUSED, ActDetails
from gateway.ground.documents import NumberedDocument
from gateway.ground.refusals import Reason, Refusal

PER_CALLER: Final = 30
"""Entries of one certificate in an hour."""
PER_NODE: Final = 600
"""Entries of all together in an hour."""
CALLERS: Final = 1024
"""Certificates and users that are remembered; a forgotten one has its number again, within that of the node."""
HOUR_US: Final = 3_600 * 1_000_000
TOLD: Final = frozenset(
    {
        Reason.APPROVAL_INVALID,
        Reason.AUTHORITY_UNKNOWN,
        Reason.CERTIFICATE_EXPIRED,
        Reason.CERTIFICATE_NOT_YET_VALID,
        Reason.CERTIFICATE_REVOKED,
        Reason.CERTIFICATE_USE_INVALID,
        Reason.LOG_UNWITNESSED,
        Reason.PARTY_UNKNOWN,
        Reason.ROLE_NOT_ALLOWED,
    }
)
"""The refusals that say something of who tried; a form of a call that is wrong or a node that is busy does not."""


class RefusedAttempt(Refusal):
    """A refusal with what is known of the attempt: `details` has the approval and the references of the persons."""

    def __init__(self, refusal: Refusal, details: ActDetails) -> None:
        super().__init__(refusal.reason, refusal.detail, violations=refusal.violations, retry_after=refusal.retry_after)
        self.details = details


class Attempts:
    """Records refused attempts in the log of one node. The event loop owns it."""

    def __init__(
        self,
        record: Callable[[str, str, str, Sequence[NumberedDocument], ActDetails], Awaitable[object]],
        clock_us: Callable[[], int],
    ) -> None:
        """`record` takes action, subject, actor, documents and details of an act, and raises Refusal."""
        self._record = record
        self._clock_us = clock_us
        self._hour = -1
        self._callers: OrderedDict[str, int] = OrderedDict()
        self._all = 0

    async def record(self, act: str, refusal: Refusal, *, actor: str, caller_fp: str = "") -> None:
        """Record that an act was tried and refused; where the log cannot take it, the log line alone says so."""
        if refusal.reason not in TOLD or not self._take(caller_fp or actor):
            return
        known = refusal.details if isinstance(refusal, RefusedAttempt) else NO_DETAILS
        await self._write(act, actor, replace(known, caller_fp=caller_fp), refusal.reason)

    async def record_file(self, act: str, *, actor: str) -> None:
        """Record that a file asked for an act in a form, or in a name, in which no command asks.

        It is counted apart: nobody hides what is refused to a command by dropping files.
        """
        if self._take(f"file {actor}"):
            await self._write(act, actor, NO_DETAILS, Reason.REQUEST_INVALID)

    async def _write(self, act: str, actor: str, known: ActDetails, reason: Reason) -> None:
        with suppress(Refusal):  # the caller is refused in any case
            await self._record(REFUSED, act, actor, (), replace(known, reason_code=reason.value))

    def _take(self, caller: str) -> bool:
        hour = self._clock_us() // HOUR_US
        if hour != self._hour:
            self._hour, self._all = hour, 0
            self._callers.clear()
        taken = self._callers.pop(caller, 0)
        self._callers[caller] = taken + 1
        if len(self._callers) > CALLERS:
            self._callers.popitem(last=False)
        if taken >= PER_CALLER or self._all >= PER_NODE:
            return False
        self._all += 1
        return True
