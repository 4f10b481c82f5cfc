"""Publishes the log lines of a served node, failed handshakes, and its metrics over mutual TLS."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import structlog

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.text import scan_text
from gateway.settings import Settings
from gateway.telemetry.exposition import Exposition
from gateway.telemetry.handshakes import HandshakeLines
from gateway.telemetry.logs import configure_logs
from gateway.telemetry.metrics import Metrics
from keys.identity import Role

if TYPE_CHECKING:
    from gateway.assembly.run import RunningNode

WATCHERS = frozenset({Role.ADMINISTRATOR, Role.REVIEWER, Role.NODE})
"""The roles that may read the metrics; applications may not."""


@contextmanager
def write_logs(settings: Settings, metrics: Metrics) -> Iterator[None]:
    """Write log lines to standard error, and turn gRPC's handshake lines into structured ones, until left."""
    log = structlog.get_logger("handshake")

    def report_refused(reason: Reason, detail: str) -> None:
        metrics.count_handshake_refused(reason)
        log.warning("handshake refused", reason=str(reason), detail=detail)

    lines = HandshakeLines(report_refused, environment=os.environ)
    try:
        with os.fdopen(os.dup(lines.former), "wb", buffering=0) as stream:
            configure_logs(stream, level=settings.telemetry.log_level, scan=scan_text)
            yield
            lines.close()
    finally:
        lines.close()
        structlog.reset_defaults()


@asynccontextmanager
async def expose_metrics(running: RunningNode) -> AsyncIterator[None]:
    """Serve the metrics of a node that was started over mutual TLS, until left."""
    settings = running.settings

    def judge(certificate_pem: str) -> None:
        identity = running.identify(Sender(certificate_pem, "TLSv1.3", "metrics"))
        if identity.role not in WATCHERS or identity.province != settings.node.province:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"{identity.uri} may not read metrics")

    exposition = Exposition(running.metrics.registry, judge=judge, healthy=lambda: running.log.serving)
    listen = settings.listen
    async with exposition.serving(listen.host, listen.metrics_port, pair=running.pair, roots=running.roots):
        yield
