"""What a service manager hears of a node, and a reload by signal."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gateway.assembly.supervisor import Supervisor
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.acts import Requester


class Manager:
    """Hears datagrams at a socket of its own."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(30)

    def hear(self) -> dict[str, str]:
        """Return the fields of the next datagram."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def hear_all(self) -> list[dict[str, str]]:
        """Return what has come and was not heard yet."""
        self.socket.settimeout(0)
        heard = []
        with suppress(BlockingIOError):
            while True:
                heard.append(self.hear())
        return heard


@pytest.fixture(name="manager")
def _manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.socket.close()


def supervisor(tmp_path: Path, **more: str) -> Supervisor:
    """The supervisor of a process whose manager hears at `notify`."""
    return Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify"), **more})


class Node:
    """Reloads as it is told to, and says how often."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.callers: list[Requester] = []
        self.done = asyncio.Event()

    async def reload(self, caller: Requester) -> None:
        """Take the next outcome."""
        self.callers.append(caller)
        outcome = self.outcomes.pop(0)
        if not self.outcomes:
            self.done.set()
        if outcome is not None:
            raise outcome


def test_fields_are_one_datagram(manager: Manager, tmp_path: Path) -> None:
    supervisor(tmp_path).tell(READY=1, STATUS="serves")
    assert [{"READY": "1", "STATUS": "serves"}] == manager.hear_all()


def test_a_name_with_an_at_is_abstract() -> None:
    name = f"chuanyu-test-{os.getpid()}"
    manager = Manager(f"\0{name}")
    with closing(manager.socket):
        Supervisor({"NOTIFY_SOCKET": f"@{name}"}).tell(READY=1)
        assert [{"READY": "1"}] == manager.hear_all()


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_a_manager_that_is_not_there_is_no_fault(environment: dict[str, str]) -> None:
    Supervisor(environment).tell(READY=1)


def test_a_manager_that_does_not_read_keeps_nobody(manager: Manager, tmp_path: Path) -> None:
    """Its queue is full: what is not heard is lost, and the node goes on."""
    filling = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    filling.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            filling.sendto(b"X=1", str(tmp_path / "notify"))
    supervisor(tmp_path).tell(READY=1)
    assert {"READY": "1"} not in manager.hear_all()
    filling.close()


@pytest.mark.parametrize(
    "environment",
    [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "-5"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}],
)
async def test_without_a_watchdog_nothing_is_answered(
    manager: Manager, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Nor one that is meant for another process."""
    await supervisor(tmp_path, **environment).answer_watchdog()
    assert [] == manager.hear_all()


async def test_a_watchdog_is_answered_within_its_time(manager: Manager, tmp_path: Path) -> None:
    told = supervisor(tmp_path, WATCHDOG_USEC="20000", WATCHDOG_PID=str(os.getpid()))
    assert 0.02 == told.watchdog_seconds
    answering = asyncio.create_task(told.answer_watchdog())
    for _ in range(3):
        assert {"WATCHDOG": "1"} == await asyncio.to_thread(manager.hear)
    answering.cancel()


async def test_each_reload_is_told_and_none_ends_the_next(manager: Manager, tmp_path: Path) -> None:
    """Refused, broken and done: the node is ready again after each, and says what became of it."""
    node = Node(Refusal(Reason.REQUEST_INVALID, "nothing was taken"), RuntimeError("a defect"), None)
    asked = asyncio.Event()
    reloading = asyncio.create_task(supervisor(tmp_path).reload_when_asked(node, asked))
    for status in ("reload refused: REQUEST_INVALID", "reload failed", "reloaded"):
        asked.set()
        begun, ended = await asyncio.to_thread(manager.hear), await asyncio.to_thread(manager.hear)
        assert ("1", True) == (begun["RELOADING"], int(begun["MONOTONIC_USEC"]) > 0)
        assert {"READY": "1", "STATUS": status} == ended
    assert [Requester(f"local:{os.getuid()}")] * 3 == node.callers
    reloading.cancel()
