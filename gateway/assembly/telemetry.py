"""What a served node tells of itself: its log lines, failed handshakes, and its metrics over mutual TLS."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.text import scan_text
from gateway.settings import Settings
from gateway.telemetry.exposition import Exposition
from gateway.telemetry.handshakes import HandshakeLines
from gateway.telemetry.logs import configure_logs
from gateway.telemetry.metrics import Metrics
from keys.identity import Identity, Role
from keys.rotation import Pair

WATCHERS = frozenset({Role.ADMINISTRATOR, Role.REVIEWER, Role.NODE})
"""Who may read the metrics: nobody reads them for an application."""


@contextmanager
def told(settings: Settings, metrics: Metrics) -> Iterator[None]:
    """Write log lines to standard error, and turn gRPC's handshake lines into structured ones, until left."""
    log = structlog.get_logger("handshake")

    def refused(reason: Reason, detail: str) -> None:
        metrics.handshake_refused(reason)
        log.warning("handshake refused", reason=str(reason), detail=detail)

    lines = HandshakeLines(refused, environment=os.environ)
    try:
        with os.fdopen(os.dup(lines.former), "wb", buffering=0) as stream:
            configure_logs(stream, level=settings.telemetry.log_level, scan=scan_text)
            yield
            lines.close()
    finally:
        lines.close()
        structlog.reset_defaults()


@asynccontextmanager
async def exposed(
    settings: Settings,
    metrics: Metrics,
    *,
    identify: Callable[[Sender], Identity],
    healthy: Callable[[], bool],
    pair: Callable[[], Pair],
    roots: Callable[[], bytes],
) -> AsyncIterator[None]:
    """Serve the metrics over mutual TLS until left; `identify` judges the machine behind a certificate."""

    def judge(certificate_pem: str) -> None:
        identity = identify(Sender(certificate_pem, "TLSv1.3", "metrics"))
        if identity.role not in WATCHERS or identity.province != settings.node.province:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"{identity.uri} may not read metrics")

    exposition = Exposition(metrics.registry, judge=judge, healthy=healthy)
    async with exposition.serving(settings.listen.host, settings.listen.metrics_port, pair=pair, roots=roots):
        yield
