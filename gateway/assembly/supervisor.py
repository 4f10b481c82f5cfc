"""What a service manager is told of the node, and the reload that it asks for by a signal.

sd_notify(3): one datagram a change of state, to the socket that the manager names. Where it names none, nobody is told.
A node is ready once it listens: whether a witness lets it serve does not lie with this machine, and stands as its
status. The watchdog is answered by the loop that serves exchanges, so that a loop which stands still is not answered.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Protocol

import structlog

from gateway.assembly.acts import name_user
from gateway.ground.refusals import Refusal
from gateway.serving.acts import Requester

SOCKET: Final = "NOTIFY_SOCKET"
"""The variable with the socket's path; one that begins with @ is of the abstract namespace."""
WATCHDOG: Final = "WATCHDOG_USEC"
"""The variable with the microseconds after which a process that said nothing is taken for dead."""
WATCHDOG_PROCESS: Final = "WATCHDOG_PID"
"""The variable with the process that is meant by it."""


class Reloads(Protocol):
    """A node that takes in what changed."""

    async def reload(self, caller: Requester) -> object:
        """Take in what changed, or raise Refusal and leave all as it was."""
        ...


class Supervisor:
    """The service manager of this process, as its environment names it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        name = environment.get(SOCKET, "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self.watchdog_seconds = _watchdog_seconds(environment)

    def tell(self, **fields: object) -> None:
        """Tell it some fields, as `READY=1`; a manager that does not hear keeps no node from its work."""
        if not self._address:
            return
        text = "\n".join(f"{name}={value}" for name, value in fields.items())
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as datagrams:
            datagrams.sendto(text.encode(), self._address)

    async def answer_watchdog(self) -> None:
        """Answer it twice in its time until cancelled; return at once where there is none."""
        while self.watchdog_seconds:
            self.tell(WATCHDOG=1)
            await asyncio.sleep(self.watchdog_seconds / 2)

    async def reload_when_asked(self, node: Reloads, asked: asyncio.Event) -> None:
        """Reload the node each time `asked` is set; a refused one leaves all as it was, and its status says why."""
        while True:
            await asked.wait()
            asked.clear()
            self.tell(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
            try:
                await node.reload(Requester(name_user(os.getuid())))
            except Refusal as refusal:
                self.tell(READY=1, STATUS=f"reload refused: {refusal.reason}")
            except Exception:  # a defect of one reload must not keep the next one from being asked for
                structlog.get_logger("node").exception("reload failed")
                self.tell(READY=1, STATUS="reload failed")
            else:
                self.tell(READY=1, STATUS="reloaded")


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    text, process = environment.get(WATCHDOG, ""), environment.get(WATCHDOG_PROCESS, str(os.getpid()))
    return int(text) / 1_000_000 if text.isdecimal() and process == str(os.getpid()) else 0.0
