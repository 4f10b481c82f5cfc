"""The three listeners of a running node, met by stock clients: reflection, and what a refusal at each leaves behind."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
import structlog
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from gateway.assembly.pages import serve_pages
from gateway.assembly.telemetry import expose_metrics
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import Client, DemoProvince
from gateway.ground.refusals import Reason
from gateway.serving.server import SERVICES
from gateway.telemetry.listening import open_socket
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from tests.clients import administrator_of, reviewer_of
from tests.province import Two

V1 = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"


@contextmanager
def dialled(province: DemoProvince, client: Client) -> Iterator[grpc.Channel]:
    """A blocking channel over mutual TLS, as the stock client of reflection wants one."""
    credentials = grpc.ssl_channel_credentials(
        province.authority.certificate_pem, client.key_pem, client.certificate_pem
    )
    with grpc.secure_channel(province.target, credentials) as channel:
        yield channel


def reflect(province: DemoProvince, client: Client) -> tuple[set[str], set[str]]:
    """Ask with grpcio-reflection's own client: the services, and the methods of Exchange."""
    with dialled(province, client) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = set(database.get_services())
        file = database.FindFileContainingSymbol("gateway.wire.v1.Exchange")
        (service,) = [one for one in file.service if one.name == "Exchange"]
        return services, {method.name for method in service.method}


async def test_a_stock_client_of_an_administrator_reads_the_contract_by_reflection(shared_two: Two) -> None:
    """F8: over real mutual TLS; every service of ours, with its methods."""
    province = shared_two.world["chongqing"]
    services, methods = await asyncio.to_thread(reflect, province, administrator_of(province))
    assert {*SERVICES, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"} == services
    assert {"Query"} <= methods


@pytest.mark.parametrize("who", ["application", "reviewer"])
async def test_nobody_else_reads_the_contract_by_reflection(shared_two: Two, who: str) -> None:
    """F8: with the reason, in the contract's own details."""
    province = shared_two.world["chongqing"]
    client = province.portal if who == "application" else reviewer_of(province)
    with pytest.raises(grpc.RpcError) as caught:
        await asyncio.to_thread(reflect, province, client)
    error: Any = caught.value
    assert (grpc.StatusCode.PERMISSION_DENIED, Reason.ROLE_NOT_ALLOWED) == (
        error.code(), from_rpc_error(error).reason,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "code"),
    [("administrator", grpc.StatusCode.UNIMPLEMENTED), ("application", grpc.StatusCode.PERMISSION_DENIED)],
)
async def test_tools_that_try_the_newer_reflection_first_fall_back(
    shared_two: Two, who: str, code: grpc.StatusCode
) -> None:
    """F8: grpcurl asks v1 before v1alpha, and goes on only after UNIMPLEMENTED."""
    province = shared_two.world["chongqing"]
    client = province.portal if who == "application" else administrator_of(province)
    async with open_channel(province, client) as opened:
        newer: Any = opened.stream_stream(V1)
        call = newer(iter([b""]), timeout=5)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    assert code == caught.value.code()


def counted(two: Two, name: str, reason: Reason, listener: str) -> float:
    """What the metrics of Chongqing's node say."""
    registry = two.nodes["chongqing"].metrics.registry
    labels = {"reason": str(reason), "listener": listener}
    return registry.get_sample_value(f"chuanyu_{name}_total", labels) or 0.0


def get(province: DemoProvince, port: int, client: Client | None, path: str, folder: Path) -> int:
    """One request over mutual TLS; the status, or 0 where the handshake failed."""
    context = ssl.create_default_context(cadata=province.authority.certificate_pem.decode())
    if client is not None:
        pem = folder / "client.pem"
        pem.write_bytes(client.certificate_pem + client.key_pem)
        context.load_cert_chain(pem)
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@asynccontextmanager
async def pages(two: Two, listener: str) -> AsyncIterator[int]:
    """One of the two listeners for pages of Chongqing's node; yields its port."""
    node = two.nodes["chongqing"]
    at = open_socket("localhost", 0)
    port = at.getsockname()[1]
    async with expose_metrics(node, at) if listener == "metrics" else serve_pages(node, at):
        yield port


PATHS = {"metrics": "/metrics", "witness": "/checkpoint"}


@pytest.mark.parametrize("listener", list(PATHS))
@pytest.mark.parametrize(
    ("who", "reason"), [("portal", Reason.ROLE_NOT_ALLOWED), ("retired", Reason.CERTIFICATE_REVOKED)]
)
async def test_a_refusal_at_a_page_of_a_running_node_leaves_a_line_and_a_metric(
    shared_two: Two, tmp_path: Path, listener: str, who: str, reason: Reason
) -> None:
    """F9: with the caller's address and identity, counted where the node's own metrics are."""
    province = shared_two.world["chongqing"]
    client: Client = getattr(province, who)
    before = counted(shared_two, "turned_away", reason, listener)
    with structlog.testing.capture_logs() as lines:
        async with pages(shared_two, listener) as port:
            status = await asyncio.to_thread(get, province, port, client, PATHS[listener], tmp_path)
    assert status in (401, 403)
    assert 1 == counted(shared_two, "turned_away", reason, listener) - before
    (line,) = [one for one in lines if one["event"] == "call turned away"]
    assert (listener, str(reason), PATHS[listener], client.identity.uri) == (
        line["listener"], line["reason"], line["method"], line["identity"],
    )  # fmt: skip
    assert "127.0.0.1" in line["peer"] or "[::1]" in line["peer"]


@pytest.mark.parametrize("listener", list(PATHS))
async def test_a_failed_handshake_at_a_page_of_a_running_node_leaves_a_line_and_a_metric(
    shared_two: Two, tmp_path: Path, listener: str
) -> None:
    """F9: without a certificate there is an address and no identity."""
    province = shared_two.world["chongqing"]
    before = counted(shared_two, "handshakes_refused", Reason.NO_CERTIFICATE, listener)
    with structlog.testing.capture_logs() as lines:
        async with pages(shared_two, listener) as port:
            assert 0 == await asyncio.to_thread(get, province, port, None, PATHS[listener], tmp_path)
    assert 1 == counted(shared_two, "handshakes_refused", Reason.NO_CERTIFICATE, listener) - before
    (line,) = [one for one in lines if one["event"] == "handshake refused"]
    assert (listener, str(Reason.NO_CERTIFICATE)) == (line["listener"], line["reason"])
    assert "127.0.0.1" in line["peer"] or "[::1]" in line["peer"]


async def test_a_message_beyond_what_grpc_receives_leaves_a_line_and_a_metric(shared_two: Two) -> None:
    """F9: gRPC drops the message itself; the door sees that there is none, and tells whose it was."""
    province = shared_two.world["chongqing"]
    reviewer = reviewer_of(province)
    before = counted(shared_two, "turned_away", Reason.REQUEST_INVALID, "grpc")
    octets = ledger_pb2.GetEntryRequest(index=1).SerializeToString() + b"\x7a\x80\x80\x80\x08" + bytes(16 << 20)
    with structlog.testing.capture_logs() as lines:
        async with open_channel(province, reviewer) as opened:
            get_entry: Any = opened.unary_unary("/gateway.wire.v1.Ledger/GetEntry")
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await get_entry(octets, timeout=10)
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == caught.value.code()
    assert 1 == counted(shared_two, "turned_away", Reason.REQUEST_INVALID, "grpc") - before
    (line,) = [one for one in lines if one["event"] == "call turned away"]
    assert reviewer.identity.uri == line["identity"]


async def test_metadata_beyond_what_grpc_receives_is_refused_by_grpc_itself(shared_two: Two) -> None:
    """F9: no code of ours sees such a call, as the page says; the next one is served."""
    province = shared_two.world["chongqing"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetCheckpoint(
                ledger_pb2.GetCheckpointRequest(), timeout=10, metadata=(("x-long", "x" * 200_000),)
            )
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == caught.value.code()
        assert (await stub.GetCheckpoint(ledger_pb2.GetCheckpointRequest(), timeout=10)).checkpoint
