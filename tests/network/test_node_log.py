"""A served node's own log and metrics: each kind of client that is refused, with its reason, over real TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.cli.demo.questions import make_question, open_channel
from gateway.cli.demo.world import Client, DemoProvince
from gateway.ground.refusals import Reason
from gateway.wire.v1 import exchange_pb2, exchange_pb2_grpc
from keys.authority import Authority
from keys.certificate import certificate_request, common_name
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_tls_key, unencrypted_pem
from tests.clients import administrator_of, client_of
from tests.province import ITEMS, KEY, Pristine

ROOT = Path(__file__).parents[2]
PORTAL = Identity("510000", Role.APPLICATION, "portal")


@asynccontextmanager
async def served(province: DemoProvince, log: Path) -> AsyncIterator[None]:
    """Run a node in a process of its own, its log lines in a file."""
    with log.open("wb") as lines:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fixed_node", str(province.config), cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=lines,
        )  # fmt: skip
        if process.stdout is None:
            raise RuntimeError("no pipe")
        try:
            async with asyncio.timeout(30):
                assert b"{}\n" == await process.stdout.readline()
            yield
        finally:
            process.terminate()
            await process.wait()


def enrolled(authority: Authority, *, now: datetime, days: int = 30) -> Client:
    """A certificate of the portal, by some authority at some time."""
    key = new_tls_key()
    pem = authority.issue(certificate_request(key, PORTAL), PORTAL, now=now, days=days)
    return Client(PORTAL, unencrypted_pem(key), pem)


def nameless(authority: Authority, now: datetime) -> Client:
    """A certificate of the right authority that names a host and no identity."""
    key, issuer = new_tls_key(), x509.load_pem_x509_certificate(authority.certificate_pem)
    builder = (
        x509.CertificateBuilder(issuer_name=issuer.subject, subject_name=common_name("portal"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("portal")]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )
    pem = builder.sign(authority._key, SHA256()).public_bytes(Encoding.PEM)
    return Client(PORTAL, unencrypted_pem(key), pem)


async def knock(province: DemoProvince, client: Client) -> None:
    """Ask something with a client's certificate; what comes of it stands in the node's log."""
    message = make_question(ITEMS["CY-ID-02"], province, province, KEY)
    async with open_channel(province, client) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        with suppress(grpc.aio.AioRpcError):
            await stub.Query(exchange_pb2.QueryRequest(ask=message), timeout=5)


def tls(province: DemoProvince, client: Client | None, folder: Path) -> ssl.SSLContext:
    """A client's TLS context, with or without a certificate."""
    context = ssl.create_default_context(cadata=province.authority.certificate_pem.decode())
    context.set_alpn_protocols(["h2"])
    if client is not None:
        file = folder / "client.pem"
        file.write_bytes(client.certificate_pem + client.key_pem)
        context.load_cert_chain(file)
    return context


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """One HTTP/2 frame (RFC 9113 section 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


async def call_over_tls_1_2(province: DemoProvince, client: Client, folder: Path) -> None:
    """A gRPC call by hand, since gRPC's own client cannot be held to TLS 1.2."""
    context = tls(province, client, folder)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    host, port = province.settings.listen.host, province.settings.listen.port
    reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname="localhost")

    def literal(name: bytes, value: bytes) -> bytes:
        return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value

    path = b"/gateway.wire.v1.Exchange/Query"
    headers = b"\x83\x87" + b"\x04" + bytes([len(path)]) + path + literal(b":authority", b"localhost")
    headers += literal(b"content-type", b"application/grpc") + literal(b"te", b"trailers")
    headers += literal(b"grpc-timeout", b"5S")
    message = exchange_pb2.QueryRequest(
        ask=make_question(ITEMS["CY-ID-02"], province, province, KEY)
    ).SerializeToString()
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b""))
    writer.write(frame(1, 4, 1, headers) + frame(0, 1, 1, body))
    await writer.drain()
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(3):
            while chunk := await reader.read(65536):
                if b"TLS_VERSION_TOO_LOW" in chunk:
                    break
    writer.close()


async def without_certificate(province: DemoProvince, folder: Path) -> None:
    """A client that shows no certificate; with TLS 1.3 it learns that when it reads."""
    host, port = province.settings.listen.host, province.settings.listen.port
    with suppress(ConnectionError, ssl.SSLError, TimeoutError):
        reader, writer = await asyncio.open_connection(
            host, port, ssl=tls(province, None, folder), server_hostname="localhost"
        )
        async with asyncio.timeout(3):
            await reader.read(1)
        writer.close()


async def metrics(province: DemoProvince, client: Client, folder: Path) -> str:
    """Read the metrics with a client's certificate; empty where that is refused."""
    context = tls(province, client, folder)
    context.set_alpn_protocols(["http/1.1"])
    host, port = province.settings.listen.host, province.settings.listen.metrics_port
    reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname="localhost")
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.decode() if b"200 OK" in answer[:20] else ""


async def test_each_client_that_is_refused_has_its_own_reason_in_the_log(pristine: Pristine, tmp_path: Path) -> None:
    """Handshakes that fail inside gRPC and calls that the door turns away, told apart."""
    province = pristine.restore()["sichuan"]
    now = datetime.now(UTC)
    other = Authority.create("510000", Passphrase(b"another authority"), tmp_path / "other", now=now)
    log = tmp_path / "node.log"
    async with served(province, log):
        await without_certificate(province, tmp_path)
        await knock(province, enrolled(other, now=now))
        await knock(province, enrolled(province.authority, now=now - timedelta(days=90), days=30))
        await knock(province, province.retired)
        await knock(province, nameless(province.authority, now))
        await knock(province, client_of(province, Role.APPLICATION, "stranger"))
        await knock(province, client_of(province, Role.REVIEWER, "someone"))
        await call_over_tls_1_2(province, province.portal, tmp_path)
        told = await metrics(province, administrator_of(province), tmp_path)
        assert "" == await metrics(province, province.portal, tmp_path)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    handshakes = {line["reason"] for line in lines if line["event"] == "handshake refused"}
    calls = {line["reason"] for line in lines if line["event"] == "call turned away"}
    assert {Reason.NO_CERTIFICATE, Reason.AUTHORITY_UNKNOWN, Reason.CERTIFICATE_EXPIRED} == handshakes
    assert {
        Reason.CERTIFICATE_REVOKED,
        Reason.CERTIFICATE_NAME_INVALID,
        Reason.PARTY_UNKNOWN,
        Reason.ROLE_NOT_ALLOWED,
        Reason.TLS_VERSION_TOO_LOW,
    } == calls
    assert 'chuanyu_handshakes_refused_total{listener="grpc",reason="NO_CERTIFICATE"}' in told
    assert 'chuanyu_turned_away_total{listener="grpc",reason="CERTIFICATE_REVOKED"}' in told


@pytest.mark.parametrize("secret", [KEY["social_security_no"], KEY["name"]])
async def test_no_log_line_holds_a_persons_number_or_name(pristine: Pristine, tmp_path: Path, secret: str) -> None:
    """Whatever is asked, answered or refused."""
    province = pristine.restore()["sichuan"]
    log = tmp_path / "node.log"
    async with served(province, log):
        await knock(province, province.portal)
        await knock(province, province.retired)
    assert secret not in log.read_text(encoding="utf-8")
