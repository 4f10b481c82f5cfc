"""The whole chain and one gateway under load, each beside the baselines of the same run."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from bench import baselines, envoy
from bench.measure import Load, closed_loop, cpu_seconds
from gateway.catalogue.loader import load_items
from gateway.cli.ask.question import make_request_id
from gateway.cli.demo.questions import make_question, wait_until_serving
from gateway.cli.demo.world import Client, DemoProvince, build_world, find_free_ports
from gateway.wire.v1 import exchange_pb2

ITEMS = Path(__file__).parent / "items"
"""The directory of the benchmark's own item."""
LIMITS = "per_party_per_second = 100000\nper_party_burst = 100000\nmax_deadline_seconds = 600"
QUERY = "/gateway.wire.v1.Exchange/Query"
STREAM = "/gateway.wire.v1.Exchange/Stream"
PAYLOAD = os.urandom(1000)
KEY = {"social_security_no": "51999919600101003X", "name": "王一"}


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that runs: channels to each contender, and the processes to charge."""

    world: Mapping[str, DemoProvince]
    nodes: Mapping[str, int]
    echo: tuple[int, int]
    forward: tuple[int, int]
    envoy: tuple[int, int]
    folder: Path


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of ours until the benchmark ends."""
    running = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


def line(running: subprocess.Popen[bytes]) -> bytes:
    """Return the first line that a process prints."""
    if running.stdout is None:
        raise RuntimeError("the process was started without a pipe")
    got = running.stdout.readline()
    if not got:
        raise RuntimeError("a process of the benchmark did not start")
    return got


def write_pems(folder: Path, world: Mapping[str, DemoProvince]) -> None:
    """Certificates for the baselines: the same kind of keys as the gateways have."""
    sichuan = world["sichuan"]
    from keys.keystore import Passphrase
    from keys.rotation import load_certified_key

    settings = sichuan.settings
    pair = load_certified_key(
        settings.tls_key_path, settings.tls_certificate_path, Passphrase.read(settings.keys.passphrase_file)
    )
    folder.mkdir()
    (folder / "ca.crt").write_bytes(sichuan.authority.certificate_pem)
    (folder / "tls.key").write_bytes(pair.key_pem)
    (folder / "tls.crt").write_bytes(pair.certificate_pem)


@contextmanager
def running(
    root: Path, *, profile: str = "", prepare: Callable[[Mapping[str, DemoProvince]], None] = lambda world: None
) -> Iterator[Bench]:
    """Start both nodes and the baselines; stop them at the end. `prepare` may change the files before."""
    options = {"sichuan": ("sichuan", {"path": "none"}), "chongqing": ("sichuan", {"path": "none"})}
    world = build_world(root, platforms=options, limits=LIMITS, extra=(ITEMS,))
    prepare(world)
    folder = root / "pems"
    write_pems(folder, world)
    with ExitStack() as stack:
        nodes = {}
        for name, province in world.items():
            extra = [f"{profile}-{name}"] if profile else []
            node = stack.enter_context(process("tests.fixed_node", str(province.config), *extra))
            nodes[name] = node
        for node in nodes.values():
            line(node)
        asyncio.run(_until_serving(world))
        echo = stack.enter_context(process("bench.baselines", "echo", str(folder)))
        echo_port = int(line(echo))
        forward = stack.enter_context(process("bench.baselines", "forward", str(folder), f"localhost:{echo_port}"))
        forward_port = int(line(forward))
        envoy_at = (0, 0)
        if envoy.find():
            (port,) = find_free_ports(1)
            proxy = envoy.start(folder, port, echo_port)
            stack.callback(proxy.wait)
            stack.callback(proxy.terminate)
            envoy_at = (port, proxy.pid)
            time.sleep(1.5)
        pids = {name: node.pid for name, node in nodes.items()}
        yield Bench(world, pids, (echo_port, echo.pid), (forward_port, forward.pid), envoy_at, folder)


async def _until_serving(world: Mapping[str, DemoProvince]) -> None:
    async with asyncio.timeout(60):
        await asyncio.gather(*(wait_until_serving(province, province.portal) for province in world.values()))


def _channel(target: str, authority: bytes, client: Client) -> grpc.aio.Channel:
    credentials = grpc.ssl_channel_credentials(authority, client.key_pem, client.certificate_pem)
    return grpc.aio.secure_channel(target, credentials, options=[("grpc.use_local_subchannel_pool", 1)])


class Questions:
    """Makes questions that differ only in request id and time, at little cost to the load."""

    def __init__(self, asker: DemoProvince, provider: DemoProvince) -> None:
        item = next(item for item in load_items() if item.code == "CY-ID-02")
        self._message = make_question(item, asker, provider, KEY)

    def next(self) -> bytes:
        """One request, serialised."""
        now_us = time.time_ns() // 1000
        self._message.request_id = make_request_id(now_us // 1000, os.urandom(10))
        self._message.asked_at_us = now_us
        return exchange_pb2.QueryRequest(ask=self._message).SerializeToString()


Turn = Callable[[int, float], Awaitable[Load]]


async def streamed_rows(bench: Bench, rows: int) -> tuple[float, float]:
    """Stream so many rows in pages of 500 rows by 12 fields from one gateway.

    Returns:
        Rows a second, and rows for each second of processor time of the gateway.
    """
    province = bench.world["sichuan"]
    (item,) = load_items(ITEMS)
    message = make_question(item, province, province, {"region_code": "510100"})
    request = exchange_pb2.StreamRequest(ask=message, page_rows=500).SerializeToString()
    before, start, pages = cpu_seconds(bench.nodes["sichuan"]), time.perf_counter(), 0
    async with _channel(province.target, province.authority.certificate_pem, province.portal) as channel:
        call: Any = channel.unary_stream(STREAM)
        async for _ in call(request, timeout=120):
            pages += 1
    if pages != rows // 500:
        raise RuntimeError(f"expected {rows // 500} pages, found {pages}")
    return rows / (time.perf_counter() - start), rows / (cpu_seconds(bench.nodes["sichuan"]) - before)


def contenders(bench: Bench) -> dict[str, Turn]:
    """Return, by name, what can be put under load: takes the number in flight and the seconds."""
    sichuan, chongqing = bench.world["sichuan"], bench.world["chongqing"]
    own = os.getpid()

    def bytes_turn(port: int, pids: dict[str, int]) -> Turn:
        async def turn(in_flight: int, seconds: float) -> Load:
            async with grpc.aio.secure_channel(
                f"localhost:{port}", baselines.channel_credentials(bench.folder)
            ) as channel:
                call: Any = channel.unary_unary(baselines.METHOD)

                async def one() -> None:
                    await call(PAYLOAD, timeout=60)

                return await closed_loop(one, in_flight=in_flight, seconds=seconds, processes={"load": own, **pids})

        return turn

    def gateway_turn(asker: DemoProvince, provider: DemoProvince, pids: dict[str, int]) -> Turn:
        async def turn(in_flight: int, seconds: float) -> Load:
            questions = Questions(asker, provider)
            async with _channel(asker.target, asker.authority.certificate_pem, asker.portal) as channel:
                call: Any = channel.unary_unary(QUERY)

                async def one() -> None:
                    await call(questions.next(), timeout=60)

                return await closed_loop(one, in_flight=in_flight, seconds=seconds, processes={"load": own, **pids})

        return turn

    return {
        "echo": bytes_turn(bench.echo[0], {"echo": bench.echo[1]}),
        "forward": bytes_turn(bench.forward[0], {"forward": bench.forward[1], "echo": bench.echo[1]}),
        "envoy": bytes_turn(bench.envoy[0], {"envoy": bench.envoy[1], "echo": bench.echo[1]}),
        "one gateway": gateway_turn(sichuan, sichuan, {"gateway": bench.nodes["sichuan"]}),
        "whole chain": gateway_turn(
            chongqing, sichuan, {"asking": bench.nodes["chongqing"], "providing": bench.nodes["sichuan"]}
        ),
    }
