"""The accounts of exchanges: each is counted in, counted out, and logged once with its outcome.

Nothing of an exchange's content is counted or logged. While the node drains, while its audit log is not confirmed by
witnesses or lacks acts that waited for that, or while it has as many exchanges in flight as it may, a new account is
refused.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final

import structlog

from gateway.ground.evidence import Arrival
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.found import LeakFound
from gateway.road import Refused
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import Span
from gateway.witness.cosignatures import Cosignatures
from keys.certificate import name_holder

DRAIN_RETRY_SECONDS: Final = 1.0
OVERLOAD_RETRY_SECONDS: Final = 0.1
RECORDING_RETRY_SECONDS: Final = 0.1


class Accounts:
    """Opens an account for each exchange of one node, and knows how many are open."""

    def __init__(self, *, metrics: Metrics, span: Span, cosignatures: Cosignatures, max_in_flight: int) -> None:
        """`span` opens a trace span; `cosignatures` say whether witnesses have confirmed our log."""
        # The event loop owns this state: the count, both marks and the event change on it alone, so that a question is
        # either counted before a drain looks at the count, or refused by the mark.
        self.draining = False
        self._serving = False
        self.in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.metrics = metrics
        self.cosignatures = cosignatures
        self._span = span
        self._max_in_flight = max_in_flight
        self._lines = structlog.get_logger("exchange")

    def open(self, role: str, arrival: Arrival) -> Account:
        """Return the account of an exchange that begins, as `provider` or `asker`; it counts once it is entered.

        Raises:
            Refused: with DRAINING, OVERLOADED, WITNESS_AWAITED or LOG_CONTRADICTED; nothing of it is in the log.
        """
        try:
            self._require_room()
        except Refusal as refusal:
            self.tell(role, arrival, refusal)
            raise Refused(refusal, ()) from refusal
        return Account(self, role, arrival, self._span)

    def _require_room(self) -> None:
        if self.draining:
            raise Refusal(Reason.DRAINING, retry_after=DRAIN_RETRY_SECONDS)
        if self.in_flight >= self._max_in_flight:
            raise Refusal(Reason.OVERLOADED, retry_after=OVERLOAD_RETRY_SECONDS)
        self.require_serving()

    def require_serving(self) -> None:
        """Return once witnesses have confirmed the log and it has every act that waited for that.

        Raises:
            Refusal: WITNESS_AWAITED or LOG_CONTRADICTED.
        """
        self.cosignatures.require_confirmed()
        if not self._serving:
            why = "the acts that waited for a witness are being recorded"
            raise Refusal(Reason.WITNESS_AWAITED, why, retry_after=RECORDING_RETRY_SECONDS)

    @property
    def serving(self) -> bool:
        """Whether exchanges may be made, but for a drain and a log that does not write."""
        return self._serving and self.cosignatures.confirmed

    def serve(self) -> None:
        """Open accounts from now on: every act that waited for a witness stands in the log."""
        self._serving = True

    def tell(
        self,
        role: str,
        arrival: Arrival,
        refusal: Refusal | None,
        *,
        rows: int = 0,
        index: int = -1,
        seconds: float = 0,
    ) -> None:
        """Count and log how an exchange ended: released, or refused; `seconds` is how long it took."""
        outcome = "refused" if refusal else "released"
        reason, detail = (str(refusal.reason), refusal.detail) if refusal else ("", "")
        ask = arrival.ask
        self.metrics.count_exchange(role, ask.item_code, outcome, reason, seconds)
        self._lines.info(
            "exchange",
            request_id=ask.request_id,
            role=role,
            item=ask.item_code,
            department=ask.consumer_department,
            application=arrival.application or name_holder(arrival.sender.certificate_pem),
            peer=arrival.sender.address,
            outcome=outcome,
            reason=reason,
            detail=detail,
            cell=refusal.cell if refusal else "",
            rows=rows,
            entry=index,
            ms=round(seconds * 1000, 3),
            trace_id=arrival.traceparent[3:35],
        )

    async def drain(self, seconds: float) -> None:
        """Refuse new exchanges, and wait until those in flight are done, at most so many seconds."""
        self.draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            self._lines.warning("drain ended with exchanges in flight", in_flight=self.in_flight)

    def enter(self) -> None:
        """Count an exchange in."""
        self.in_flight += 1
        self.metrics.report_in_flight(self.in_flight)
        self._idle.clear()

    def leave(self) -> None:
        """Count an exchange out."""
        self.in_flight -= 1
        self.metrics.report_in_flight(self.in_flight)
        if not self.in_flight:
            self._idle.set()


class Account:
    """One exchange's account, a context manager around the exchange."""

    __slots__ = ("_accounts", "_arrival", "_index", "_lines", "_over", "_role", "_rows", "_span", "_start")

    def __init__(self, accounts: Accounts, role: str, arrival: Arrival, span: Span) -> None:
        self._accounts = accounts
        self._role = role
        self._arrival = arrival
        self._lines = structlog.get_logger("exchange")
        self._rows = 0
        self._over = False
        self._index = -1
        self._start = asyncio.get_running_loop().time()
        self._span = span(role, arrival.traceparent)

    def count_page(self, rows: int, index: int, *, last: bool) -> None:
        """Count one page that left, or was handed over; `index` is that of its entry in our log.

        With the last one the exchange is over: a cancel that comes later is none.
        """
        self._rows += rows
        self._index = index
        self._over = last

    def __enter__(self) -> Account:
        self._accounts.enter()
        self._span.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._span.__exit__(None, None, None)
        self._accounts.leave()
        refusal: Refusal | None = None
        if isinstance(error, Refused):
            refusal = error.refusal
            self._count_refusal(refusal)
            if error.receipts:
                self._index = error.receipts[0].index
        elif error is not None and not self._over:
            refusal = Refusal(Reason.CANCELLED)
        seconds = asyncio.get_running_loop().time() - self._start
        self._accounts.tell(self._role, self._arrival, refusal, rows=self._rows, index=self._index, seconds=seconds)
        if refusal is not None and refusal.reason is Reason.INTERNAL and error is not None:
            self._lines.error("defect", request_id=self._arrival.ask.request_id, exc_info=error.__cause__)

    def _count_refusal(self, refusal: Refusal) -> None:
        metrics, ask = self._accounts.metrics, self._arrival.ask
        if isinstance(refusal, LeakFound):
            metrics.count_leak(ask.item_code, refusal.column, str(refusal.detector))
            self._lines.error("leak blocked", item=ask.item_code, column=refusal.column, detector=str(refusal.detector))
        elif refusal.reason is Reason.RATE_LIMITED:
            metrics.count_rate_limited(ask.consumer_department)
