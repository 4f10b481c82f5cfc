"""Publishes the log lines of a served node, failed handshakes, and its metrics over mutual TLS."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
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
from gateway.telemetry.refusals import Listener, Refusals
from keys.identity import Role

if TYPE_CHECKING:
    from gateway.assembly.run import RunningNode

WATCHERS = frozenset({Role.ADMINISTRATOR, Role.REVIEWER, Role.NODE})
"""The roles that may read the metrics; applications may not."""


@contextmanager
def write_logs(settings: Settings, metrics: Metrics) -> Iterator[None]:
    """Write log lines to standard error, and turn gRPC's handshake lines into structured ones, until left."""
    lines = HandshakeLines(partial(Refusals(metrics).refuse_handshake, Listener.GRPC), environment=os.environ)
    try:
        with os.fdopen(os.dup(lines.former), "wb", buffering=0) as stream:
            configure_logs(stream, level=settings.telemetry.log_level, scan=scan_text)
            yield
            lines.close()
    finally:
        lines.close()
        structlog.reset_defaults()


@asynccontextmanager
async def expose_metrics(running: RunningNode, at: socket.socket) -> AsyncIterator[None]:
    """Serve the metrics of a node that was started over mutual TLS, on a socket, until left."""
    settings = running.settings

    def judge(sender: Sender) -> None:
        identity = running.identify(sender)
        if identity.role not in WATCHERS or identity.province != settings.node.province:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"{identity.uri} may not read metrics")

    exposition = Exposition(
        running.metrics.registry, judge=judge, healthy=lambda: running.log.serving, refusals=running.node.refusals
    )
    async with exposition.serving(at, pair=running.pair, roots=running.roots):
        yield
