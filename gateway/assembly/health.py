"""Reports the changes of a running node: to health checks, alarms, metrics of the log, and log lines.

Exchanges serve while the log writes, a witness has confirmed it, it has the acts that waited for that, and the node
does not drain; reading and cosigning serve while the log writes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from gateway.assembly.tasks import Tasks
from gateway.audit.log import AuditLog
from gateway.ground.alarms import TABLE, ActiveAlarm, Alarm, Alarms
from gateway.serving.account import Accounts
from gateway.serving.server import Server
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Observed:
    """The parts of a node that listens, by which its health is judged; `tasks` run the reports."""

    log: AuditLog
    accounts: Accounts
    server: Server
    tasks: Tasks


class Health:
    """Made before any part, since the log and the alarms report to it from their first moment.

    Every method is called on the event loop. Until `begin` nothing listens, so no health check is answered; whatever
    changed before is part of the first report. `serving` is set once exchanges are served.
    """

    def __init__(self, metrics: Metrics) -> None:
        self.alarms = Alarms(self.report_alarm)
        self.metrics = metrics
        self.serving = asyncio.Event()
        self._lines = structlog.get_logger("node")
        self._observed: Observed | None = None

    async def begin(self, observed: Observed) -> None:
        """Take up what listens now, and make the first report."""
        self._observed = observed
        await self.report()

    async def report(self) -> None:
        """Answer health checks from now on as the node is now; nothing before `begin`."""
        if self._observed is None:
            return
        observed = self._observed
        writes = observed.log.serving and not observed.accounts.draining
        await observed.server.report_health(writes and observed.accounts.serving, reading=writes)

    async def report_end(self) -> None:
        """Answer health checks that nothing serves any more."""
        if self._observed is not None:
            await self._observed.server.report_health(False, reading=False)

    def report_log(self, serving: bool, why: str) -> None:
        """Report that the log stopped or serves again, at once; health follows."""
        self.metrics.report_audit_serving(serving)
        self._lines.error("audit log changed", serving=serving, why=why)
        self.alarms.set(Alarm.AUDIT_NOT_DURABLE, "log", not serving, why)
        if self._observed is not None:
            self._observed.accounts.cosignatures.report_size(self._observed.log.size)
            self._observed.tasks.begin(self.report())

    def report_alarm(self, ringing: ActiveAlarm, begins: bool) -> None:
        """Report that an alarm begins or ends; health follows where the alarm stops exchanges."""
        severity = TABLE[ringing.alarm].severity
        self.metrics.report_alarm(ringing.alarm, severity, ringing.subject, begins)
        self._lines.log(
            logging.WARNING if begins else logging.INFO,
            "alarm begins" if begins else "alarm ends",
            alarm=str(ringing.alarm),
            severity=str(severity),
            subject=ringing.subject,
            detail=ringing.detail,
        )
        if self._observed is not None and ringing.alarm is Alarm.LOG_CONTRADICTED:
            self._observed.tasks.begin(self.report())


@asynccontextmanager
async def drain_at_end(health: Health, accounts: Accounts, seconds: float) -> AsyncIterator[None]:
    """When left, answer health checks that nothing serves, refuse new exchanges, and wait for those in flight."""
    try:
        yield
    finally:
        await health.report_end()
        await accounts.drain(seconds)
