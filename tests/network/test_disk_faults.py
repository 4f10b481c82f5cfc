"""A disk that fails under a running node: nothing leaves, it says so at once, and serves again when the disk is well.

A real node process; strace makes the system calls on the audit log's files fail, and lets go of it again.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.cli.demo.questions import make_question, open_channel
from gateway.cli.demo.world import DemoProvince
from gateway.ground.refusals import Reason
from gateway.wire.v1 import ask_pb2, exchange_pb2, exchange_pb2_grpc
from tests.network.test_kill import LIMITS, Node, missing
from tests.province import ITEMS, KEY, Pristine, make_pristine, verified

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING_WITHIN = 1.0
SERVING_WITHIN = 5.0
ASKERS = 4


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, with wide rate limits."""
    return make_pristine(tmp_path_factory.mktemp("disk"), LIMITS)


@asynccontextmanager
async def failing(node: Node, calls: str, error: str) -> AsyncIterator[None]:
    """Let these calls on the log's files fail until left."""
    if shutil.which("strace") is None:
        pytest.skip("strace absent: install the Debian package `strace`")
    log = node.province.settings.log_path
    process = await asyncio.create_subprocess_exec(
        "strace", "-f", "-p", str(node.process.pid), "-P", str(log), "-P", f"{log}-wal",
        "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}", stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if process.stderr is None:
        raise RuntimeError("no pipe")
    async with asyncio.timeout(20):
        while b"attached" not in (line := await process.stderr.readline()):
            if not line or b"not permitted" in line:
                pytest.skip("strace may not attach to a process here: run as root, or set kernel.yama.ptrace_scope = 0")
    drained = asyncio.create_task(process.stderr.read())
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()
        await drained


class Counter:
    """An application at the counter: asks from several places and remembers when each answer's question was sent."""

    def __init__(self, province: DemoProvince, opened: grpc.aio.Channel) -> None:
        self._province = province
        self._stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        self._health: Any = health_pb2_grpc.HealthStub(opened)
        self.answers: list[tuple[float, ask_pb2.Receipt]] = []
        self.refusals: list[tuple[float, str]] = []
        self.stop = asyncio.Event()
        self._told = asyncio.Condition()

    async def ask(self) -> None:
        """Ask until stopped."""
        while not self.stop.is_set():
            sent = time.monotonic()
            message = make_question(ITEMS["CY-ID-02"], self._province, self._province, KEY)
            try:
                response = await self._stub.Query(exchange_pb2.QueryRequest(ask=message), timeout=5)
            except grpc.aio.AioRpcError as error:
                self.refusals.append((sent, str(error.details())))
            else:
                self.answers.append((sent, response.receipt))
            async with self._told:
                self._told.notify_all()

    async def until(self, serving: bool, seconds: float) -> float:
        """Wait until health says so; return how long it took."""
        start = time.monotonic()
        async for response in self._health.Watch(health_pb2.HealthCheckRequest(), timeout=seconds + 10):
            if (response.status == SERVING) is serving:
                break
        return time.monotonic() - start

    async def answered(self, since: float, count: int) -> None:
        """Wait until so many questions sent since then were answered."""
        await self._until(lambda: sum(sent >= since for sent, _ in self.answers) >= count)

    async def refused(self, more: int) -> None:
        """Wait until so many more questions were refused."""
        count = len(self.refusals) + more
        await self._until(lambda: len(self.refusals) >= count)

    async def _until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._told:
            await self._told.wait_for(so)


@pytest.mark.parametrize(
    ("calls", "error"),
    [("fdatasync,fsync", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EIO")],
    ids=["sync EIO", "write ENOSPC", "write EIO"],
)
async def test_nothing_leaves_while_the_disk_fails_and_the_node_recovers(
    fast: Pristine, calls: str, error: str, record_property: Any
) -> None:
    """0 answers while it lasts, NOT_SERVING within a second, serving within five of the cure, and the log holds."""
    world = fast.restore()
    province = world["sichuan"]
    witness, node = await Node.start(world["chongqing"]), await Node.start(province)
    try:
        async with open_channel(province, province.portal) as opened:
            counter = Counter(province, opened)
            asking = [asyncio.create_task(counter.ask()) for _ in range(ASKERS)]
            await counter.answered(0.0, 20)
            async with failing(node, calls, error):
                attached = time.monotonic()
                stopped = await counter.until(False, NOT_SERVING_WITHIN)
                await counter.refused(20)
                assert [] == [sent for sent, _ in counter.answers if sent > attached]
            cured = time.monotonic()
            recovered = await counter.until(True, SERVING_WITHIN)
            await counter.answered(cured, 20)
            counter.stop.set()
            await asyncio.gather(*asking)
    finally:
        await node.end(signal.SIGTERM)
        await witness.end(signal.SIGTERM)
    record_property("seconds", f"NOT_SERVING after {stopped:.2f}, SERVING {recovered:.2f} after the cure")
    print(f"{calls} {error}: NOT_SERVING after {stopped:.2f} s, SERVING {recovered:.2f} s after the cure")
    assert stopped <= NOT_SERVING_WITHIN
    assert recovered <= SERVING_WITHIN
    assert any(Reason.AUDIT_NOT_DURABLE.value in why or "audit" in why.lower() for _, why in counter.refusals)
    assert [] == missing(province, [receipt for _, receipt in counter.answers])
    assert () == verified(province).faults
