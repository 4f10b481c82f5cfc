"""kill -9 under load: every answer that somebody got stands in the logs that have to hold it.

Two real node processes; an application asks across the border all the time; one of the nodes is killed at a moment of
chance, then started again. What was answered is compared with what the logs hold afterwards.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.audit.storage.reader import LogReader
from gateway.cli.demo.questions import make_question, open_channel
from gateway.cli.demo.world import DemoProvince
from gateway.wire.v1 import ask_pb2, exchange_pb2, exchange_pb2_grpc
from tests.province import ITEMS, KEY, Pristine, make_pristine, verified

LIMITS = "per_party_per_second = 100000\nper_party_burst = 100000\ndrain_seconds = 2"
ROOT = Path(__file__).parents[2]


@dataclass
class Node:
    """One node in a process of its own."""

    province: DemoProvince
    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, province: DemoProvince) -> Node:
        """Start it and wait until it serves."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fixed_node", str(province.config), cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        if process.stdout is None:
            raise RuntimeError("no pipe")
        async with asyncio.timeout(30):
            assert b"{}\n" == await process.stdout.readline()
        return cls(province, process)

    async def end(self, how: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        await self.process.wait()


@dataclass
class Answers:
    """What an application got: for each log the entries that it must hold."""

    theirs: list[ask_pb2.Receipt] = field(default_factory=list)
    ours: list[ask_pb2.Receipt] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, response: exchange_pb2.QueryResponse) -> None:
        """Keep the receipts of one answer."""
        async with self.came:
            self.theirs.append(response.receipt)
            self.ours.append(response.own_receipt)
            self.came.notify_all()

    async def until(self, count: int) -> None:
        """Wait until so many answers came."""
        async with asyncio.timeout(30), self.came:
            await self.came.wait_for(lambda: len(self.ours) >= count)


@asynccontextmanager
async def load(world: Mapping[str, DemoProvince], got: Answers) -> AsyncIterator[None]:
    """Ask from sixteen places at once until left."""
    asker, provider = world["chongqing"], world["sichuan"]
    stop = asyncio.Event()

    async def one(stub: Any) -> None:
        while not stop.is_set():
            message = make_question(ITEMS["CY-ID-02"], asker, provider, KEY)
            try:
                response = await stub.Query(exchange_pb2.QueryRequest(ask=message), timeout=2)
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.01)
                continue
            await got.take(response)

    async with open_channel(asker, asker.portal) as opened:
        stub = exchange_pb2_grpc.ExchangeStub(opened)
        tasks = [asyncio.create_task(one(stub)) for _ in range(16)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)


def missing(province: DemoProvince, receipts: list[ask_pb2.Receipt]) -> list[int]:
    """The indexes of receipts whose entry does not stand in the log."""
    with LogReader(province.settings.log_path) as reader:
        size = reader.count()
        return [r.index for r in receipts if r.index >= size or reader.entry(r.index).octets != r.entry]


async def kill_again_and_again(pristine: Pristine, times: int, seed: int) -> None:
    """Kill one of the nodes at moments of chance; compare each time."""
    chance = random.Random(seed)
    world = pristine.restore()
    nodes = {name: await Node.start(province) for name, province in world.items()}
    got = Answers()
    try:
        for time in range(times):
            victim = ("sichuan", "chongqing")[time % 2]
            answered = len(got.ours)
            async with load(world, got):
                await got.until(answered + 20)
                await asyncio.sleep(chance.uniform(0.0, 0.2))
                await nodes[victim].end(signal.SIGKILL)
            nodes[victim] = await Node.start(world[victim])
            assert [] == missing(world["sichuan"], got.theirs)
            assert [] == missing(world["chongqing"], got.ours)
    finally:
        for node in nodes.values():
            await node.end(signal.SIGTERM)
    assert len(got.ours) >= 20 * times
    for province in world.values():
        assert () == verified(province).faults


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, with wide rate limits."""
    return make_pristine(tmp_path_factory.mktemp("kill"), LIMITS)


async def test_ten_kills_under_load_lose_no_answer(fast: Pristine) -> None:
    """Nothing was released that is not recorded."""
    await kill_again_and_again(fast, 10, seed=1)


@pytest.mark.torture
@pytest.mark.timeout(1800)
async def test_fifty_kills_under_load_lose_no_answer(fast: Pristine) -> None:
    """The long form."""
    await kill_again_and_again(fast, 50, seed=2)
