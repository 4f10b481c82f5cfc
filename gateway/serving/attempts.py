"""What persons tried at the doors of reviewers and administrators and were refused: entries of the log, bounded.

Each is a log line with the identity besides (`gateway.telemetry.refusals`). Nobody fills the log by being refused:
beyond a number an hour for each certificate, and for all of them together, there are only the lines.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from gateway.audit.entries.acts import REFUSED, ActDetails
from gateway.ground.documents import NumberedDocument
from gateway.ground.refusals import Reason, Refusal

PER_CALLER: Final = 30
"""Entries of one certificate in an hour."""
PER_NODE: Final = 600
"""Entries of all together in an hour."""
CALLERS: Final = 1024
"""Certificates that are remembered; a forgotten one has its number again, within that of the node."""
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
"""The refusals that say something of who tried; a form that is wrong or a node that is busy does not."""


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
        details = ActDetails(caller_fp=caller_fp, reason_code=refusal.reason.value)
        with suppress(Refusal):  # the caller is refused in any case
            await self._record(REFUSED, act, actor, (), details)

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
