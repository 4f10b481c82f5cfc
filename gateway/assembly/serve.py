"""Serves one node until it has to stop, with its log lines, its metrics and its witness's pages around it."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from adapters.contract import Platform
from gateway.assembly.pages import serve_pages
from gateway.assembly.run import RunningNode
from gateway.assembly.supervisor import Supervisor
from gateway.assembly.tasks import open_tasks
from gateway.assembly.telemetry import expose_metrics, write_logs
from gateway.settings import Settings
from gateway.telemetry.listening import open_socket
from gateway.telemetry.metrics import Metrics

COLLECT_AFTER: Final = 20_000
"""Objects made beyond those freed, after which Python looks for cycles; its own default is 700."""


async def run_node(
    settings: Settings,
    *,
    stop: asyncio.Event,
    ready: Callable[[], None],
    listening: Callable[[], None] = lambda: None,
    reload: asyncio.Event | None = None,
    platform: Platform | None = None,
) -> None:
    """Run a node until `stop` is set; it reloads each time `reload` is set.

    `listening` is called once it listens, `ready` once a witness has confirmed its log and it serves exchanges.
    `platform` as in `RunningNode`.

    Raises:
        CannotListen: an address of one of the three listeners is taken, or is none of this machine.
    """
    metrics = Metrics()
    metrics.report_build(version("chuanyu-gateway"), version("grpcio"))
    listen = settings.listen
    # Both addresses are taken before anything begins: a node that cannot have them has started nothing that would have
    # to be stopped again, and has written no entry. The third is the listener's own, within the start.
    with (
        write_logs(settings, metrics),
        open_socket(listen.host, listen.metrics_port) as metrics_at,
        open_socket(listen.host, listen.witness_port) as pages_at,
    ):
        running = RunningNode(settings, metrics, platform=platform)
        await running.start()
        try:
            _settle_memory()
            async with expose_metrics(running, metrics_at), serve_pages(running, pages_at):
                supervisor = Supervisor(os.environ)
                async with _supervised(supervisor, running, reload or asyncio.Event()):
                    await _serve_until(running, supervisor, stop, listening, ready)
        finally:
            await running.stop()  # nothing is left to stop here unless metrics or pages could not be served


@asynccontextmanager
async def _supervised(supervisor: Supervisor, running: RunningNode, reload: asyncio.Event) -> AsyncIterator[None]:
    async with open_tasks() as tasks:
        tasks.begin(supervisor.answer_watchdog())
        tasks.begin(supervisor.reload_when_asked(running, reload))
        yield


async def _serve_until(
    running: RunningNode,
    supervisor: Supervisor,
    stop: asyncio.Event,
    listening: Callable[[], None],
    ready: Callable[[], None],
) -> None:
    """Serve until `stop`, and then stop the node; metrics and pages answer until then."""
    listening()
    supervisor.tell(READY=1, STATUS="listens, and waits for a witness of its log")
    reporting = asyncio.create_task(_report_serving(running, supervisor, ready))
    await stop.wait()
    reporting.cancel()
    supervisor.tell(STOPPING=1)
    await running.stop()


async def _report_serving(running: RunningNode, supervisor: Supervisor, ready: Callable[[], None]) -> None:
    await running.until_serving()
    supervisor.tell(STATUS="serves")
    ready()


def _settle_memory() -> None:
    """Keep what the start made out of every later collection, and collect less often: an exchange makes few cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
