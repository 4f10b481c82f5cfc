"""Serves one node until it has to stop, with its log lines, its metrics and its witness's pages around it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

from adapters.contract import Platform
from gateway.assembly.pages import serve_pages
from gateway.assembly.run import RunningNode
from gateway.assembly.telemetry import expose_metrics, write_logs
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics

COLLECT_AFTER: Final = 20_000
"""Objects made beyond those freed, after which Python looks for cycles; its own default is 700."""


async def run_node(
    settings: Settings,
    *,
    stop: asyncio.Event,
    ready: Callable[[], None],
    listening: Callable[[], None] = lambda: None,
    platform: Platform | None = None,
) -> None:
    """Run a node until `stop` is set.

    `listening` is called once it listens, `ready` once a witness has confirmed its log and it serves exchanges.
    `platform` as in `RunningNode`.
    """
    metrics = Metrics()
    metrics.report_build(version("chuanyu-gateway"), version("grpcio"))
    with write_logs(settings, metrics):
        running = RunningNode(settings, metrics, platform=platform)
        await running.start()
        try:
            await _serve_until(running, stop, listening, ready)
        finally:
            await running.stop()  # nothing is left to stop here unless metrics or pages could not be served


async def _serve_until(
    running: RunningNode, stop: asyncio.Event, listening: Callable[[], None], ready: Callable[[], None]
) -> None:
    """Serve metrics and pages around a node that was started, and stop it on `stop`; they answer until then."""
    _settle_memory()
    async with expose_metrics(running), serve_pages(running):
        listening()
        reporting = asyncio.create_task(_report_serving(running, ready))
        await stop.wait()
        reporting.cancel()
        await running.stop()


async def _report_serving(running: RunningNode, ready: Callable[[], None]) -> None:
    await running.until_serving()
    ready()


def _settle_memory() -> None:
    """Keep what the start made out of every later collection, and collect less often: an exchange makes few cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
