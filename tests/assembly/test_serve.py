"""Serving a node: what cannot be listened on ends it, with its address and nothing left behind (S2)."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from gateway.assembly import run_node
from gateway.telemetry.listening import CannotListen
from tests.province import Pristine, StandIn


@pytest.mark.parametrize("which", ["port", "metrics_port", "witness_port"])
async def test_a_taken_port_of_any_listener_ends_the_node(pristine: Pristine, which: str) -> None:
    """S2: the error names the address; no task, no thread and no listener is left that would keep the process."""
    settings = pristine.restore()["sichuan"].settings
    taken = getattr(settings.listen, which)
    threads = set(threading.enumerate())
    before = asyncio.all_tasks()
    at = settings.listen.host, taken
    with socket.create_server(at), pytest.raises(CannotListen, match=f"{at[0]}:{taken}"):
        await run_node(settings, stop=asyncio.Event(), ready=lambda: None, platform=StandIn())
    assert before == asyncio.all_tasks()
    left = [
        one for one in set(threading.enumerate()) - threads if not one.daemon and not one.name.startswith("asyncio_")
    ]
    for one in left:
        one.join(10)
    assert [] == [one for one in left if one.is_alive()]
    for port in {settings.listen.port, settings.listen.metrics_port, settings.listen.witness_port} - {taken}:
        with socket.socket() as probe:
            assert 0 != probe.connect_ex((settings.listen.host, port))
