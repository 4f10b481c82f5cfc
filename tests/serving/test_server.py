"""The gRPC listener on real sockets: IPv6, a taken address, and a bound on who is silent before its handshake."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.border.requests import REQUEST_BYTES
from gateway.border.status import DETAIL_CHARACTERS, from_rpc_error
from gateway.gatehouse.rates import RateLimits
from gateway.ground.refusals import Reason
from gateway.services.door import Door
from gateway.serving import server as module
from gateway.serving.server import Server, ServerBounds, Services
from gateway.telemetry.listening import CannotListen
from gateway.telemetry.tls_listener import SHAKE_SECONDS
from gateway.wire.v1 import consent_pb2_grpc, exchange_pb2_grpc, ledger_pb2_grpc, peer_pb2_grpc, steward_pb2_grpc
from tests.telemetry.conftest import Pki

URI = "spiffe://510000.chuanyu/node/one"
HEALTH = "/grpc.health.v1.Health/Check"
SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The authorities of this module."""
    return Pki(tmp_path_factory.mktemp("server"))


class Gate:
    """A gate that identifies everybody as one node."""

    def identify(self, sender: object, now_us: int) -> object:
        """Give the one identity."""
        return SimpleNamespace(identity=SimpleNamespace(uri=URI))


async def keep_silent(*attempt: object) -> None:
    """Record no attempt: nothing is tried here."""


def listener(pki: Pki, told: Callable[..., None] = lambda *told: None) -> Server:
    """A server without any work of its own, behind a door that lets everybody ask its health."""
    key, certificate = pki.leaf("own", URI)
    pair: Any = SimpleNamespace(key_pem=key, certificate_pem=certificate)
    services = Services(
        exchange=exchange_pb2_grpc.ExchangeServicer(),
        consents=consent_pb2_grpc.ConsentsServicer(),
        peer=peer_pb2_grpc.PeerServicer(),
        ledger=ledger_pb2_grpc.LedgerServicer(),
        steward=steward_pb2_grpc.StewardServicer(),
    )
    door = Door(lambda: cast(Any, Gate()), lambda: 0, told, RateLimits(100, 100), keep_silent)
    bounds = ServerBounds(1 << 20, 8)
    return Server(services, door, pair=lambda: pair, roots=lambda: pki.root("own"), bounds=bounds)


async def ask_health(pki: Pki, target: str) -> int:
    """Dial as a known machine, over mutual TLS, and ask how the node is."""
    key, certificate = pki.leaf("own", URI)
    credentials = grpc.ssl_channel_credentials(pki.root("own"), key, certificate)
    options = [("grpc.ssl_target_name_override", "localhost")]
    async with grpc.aio.secure_channel(target, credentials, options=options) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        return int((await stub.Check(health_pb2.HealthCheckRequest(), timeout=10)).status)


async def test_a_message_beyond_the_receive_limit_ends_bare_and_its_line_names_the_limit(pki: Pki) -> None:
    """F9: gRPC answers by itself, without details; whoever reads the log learns which limits there are."""
    told: asyncio.Queue[Any] = asyncio.Queue()
    server = listener(pki, lambda *line: told.put_nowait(line))
    port = await server.start("127.0.0.1", 0)
    key, certificate = pki.leaf("own", URI)
    credentials = grpc.ssl_channel_credentials(pki.root("own"), key, certificate)
    options = [("grpc.ssl_target_name_override", "localhost"), ("grpc.max_send_message_length", -1)]
    try:
        async with grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options=options) as channel:
            call: Any = channel.unary_unary(HEALTH)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(b"\0" * (2 << 20), timeout=10)
        assert grpc.StatusCode.RESOURCE_EXHAUSTED is caught.value.code()
        assert f"vs. {1 << 20}" in str(caught.value.details())
        method, _, line = await asyncio.wait_for(told.get(), 10)
        refusal = from_rpc_error(caught.value)
        assert (Reason.OVERLOADED, True) == (refusal.reason, f"vs. {1 << 20}" in refusal.detail)
    finally:
        await server.stop(0)
    assert (HEALTH, Reason.REQUEST_INVALID) == (method, line.reason)
    assert str(REQUEST_BYTES) in line.detail
    assert "limits.max_frame_bytes and 64 KiB" in line.detail[:DETAIL_CHARACTERS]


@pytest.mark.parametrize("host", ["::1", "::"])
async def test_ipv6_is_listened_on_and_dialled(pki: Pki, host: str) -> None:
    """S1: on a real socket; every address of the machine takes IPv4 too, as the other two listeners do."""
    server = listener(pki)
    port = await server.start(host, 0)
    try:
        await server.report_health(True, reading=True)
        assert SERVING == await ask_health(pki, f"[::1]:{port}")
        if host == "::":
            assert SERVING == await ask_health(pki, f"127.0.0.1:{port}")
    finally:
        await server.stop(0)


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("127.0.0.1", "127.0.0.1")])
async def test_a_taken_address_is_named(pki: Pki, host: str, shown: str) -> None:
    """S2: with brackets where it is IPv6."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            await listener(pki).start(host, port)
    assert f"{shown}:{port}" == caught.value.address


async def test_who_is_silent_before_the_handshake_is_let_go(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """A9: after the seconds that a handshake may take; a known machine is answered meanwhile and afterwards."""
    assert 5.0 == SHAKE_SECONDS
    monkeypatch.setattr(module, "SHAKE_SECONDS", 0.3)
    server = listener(pki)
    port = await server.start("127.0.0.1", 0)
    try:
        await server.report_health(True, reading=True)
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        assert SERVING == await ask_health(pki, f"127.0.0.1:{port}")
        async with asyncio.timeout(4):  # less than gRPC's own two minutes, and than what the node allows unpatched
            ends = await asyncio.gather(*(reader.read() for reader, _ in silent), return_exceptions=True)
        assert {True} == {end == b"" or isinstance(end, OSError) for end in ends}
        assert SERVING == await ask_health(pki, f"127.0.0.1:{port}")
        for _, writer in silent:
            writer.close()
    finally:
        await server.stop(0)
