"""Metrics leave to certified watchers alone, within bounds, by TLS 1.3."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.telemetry import exposition, tls_listener
from gateway.telemetry.exposition import Exposition
from gateway.telemetry.listening import open_socket
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.refusals import Refusals

WATCHER = "spiffe://510000.chuanyu/administrator/one"
APPLICATION = "spiffe://510000.chuanyu/application/one"


def judge(sender: Sender) -> None:
    """A stand-in for the gatehouse: administrators alone."""
    names = x509.load_pem_x509_certificate(sender.certificate_pem.encode()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    if names.value.get_values_for_type(x509.UniformResourceIdentifier) != [WATCHER]:
        raise Refusal(Reason.ROLE_NOT_ALLOWED, "expected an administrator")


class Served:
    """One exposition and how to ask it."""

    def __init__(self, port: int, pki: Any, pair: list[Any], metrics: Metrics) -> None:
        self.port = port
        self.pki = pki
        self.pair = pair
        self.metrics = metrics

    async def ask(self, octets: bytes, context: ssl.SSLContext | None = None) -> bytes:
        """Send bytes as a watcher, and return all that comes back."""
        chosen = context or self.pki.client("own", self.pki.leaf("own", WATCHER))
        reader, writer = await asyncio.open_connection("localhost", self.port, ssl=chosen)
        try:
            writer.write(octets)
            return await reader.read()
        finally:
            writer.close()

    async def get(self, path: str, fields: str = "") -> tuple[str, str]:
        """Return head and body of an answer."""
        told = (await self.ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())).decode()
        head, _, body = told.partition("\r\n\r\n")
        return head, body


def pair_of(pki: Any, authority: str = "own") -> Any:
    key, certificate = pki.leaf(authority, "spiffe://510000.chuanyu/node/one")
    return SimpleNamespace(key_pem=key, certificate_pem=certificate)


@asynccontextmanager
async def serving(pki: Any, *, healthy: bool = True) -> AsyncIterator[Served]:
    metrics = Metrics()
    metrics.report_audit_size(17)
    pair = [pair_of(pki)]
    served = Exposition(metrics.registry, judge=judge, healthy=lambda: healthy, refusals=Refusals(metrics))
    async with served.serving(open_socket("localhost", 0), pair=lambda: pair[0], roots=lambda: pki.root("own")) as port:
        yield Served(port, pki, pair, metrics)


async def test_a_watcher_reads_the_metrics(pki: Any) -> None:
    """As Prometheus text, with the connection closed after it."""
    async with serving(pki) as served:
        head, body = await served.get("/metrics")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "Content-Type: text/plain; version=0.0.4; charset=utf-8" in head
    assert "Connection: close" in head
    assert f"Content-Length: {len(body.encode())}" in head
    assert "chuanyu_audit_size 17.0\n" in body


async def test_openmetrics_is_answered_where_it_is_asked_for(pki: Any) -> None:
    """Content negotiation as Prometheus does it."""
    async with serving(pki) as served:
        head, body = await served.get("/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n")
    assert "Content-Type: application/openmetrics-text; version=1.0.0" in head
    assert body.endswith("# EOF\n")


@pytest.mark.parametrize(("healthy", "status"), [(True, "200 OK"), (False, "503 Service Unavailable")])
async def test_health_follows_the_node(pki: Any, healthy: bool, status: str) -> None:
    """A node that cannot record is not healthy."""
    async with serving(pki, healthy=healthy) as served:
        head, _ = await served.get("/healthz")
    assert head.startswith(f"HTTP/1.1 {status}\r\n")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET / HTTP/1.1", "404"),
        ("GET /metrics/ HTTP/1.1", "404"),
        ("GET /metrics?x=1 HTTP/1.1", "404"),
        ("POST /metrics HTTP/1.1", "405"),
        ("HEAD /metrics HTTP/1.1", "405"),
        ("GET /metrics", "400"),
        ("GET /metrics HTTP/2", "400"),
        ("\x16\x03\x01", "400"),
        ("GET /" + "x" * 9000 + " HTTP/1.1", "431"),
    ],
    ids=lambda value: value[:24].strip() if isinstance(value, str) else value,
)
async def test_nothing_else_is_answered(pki: Any, request_line: str, status: str) -> None:
    """Two paths by GET, and a short request."""
    async with serving(pki) as served:
        told = await served.ask(f"{request_line}\r\n\r\n".encode())
    assert told.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"chuanyu_" not in told


async def test_another_role_is_turned_away_with_the_reason(pki: Any) -> None:
    """A certificate of the right authority is not enough."""
    async with serving(pki) as served:
        told = await served.ask(b"GET /metrics HTTP/1.1\r\n\r\n", pki.client("own", pki.leaf("own", APPLICATION)))
    assert told.startswith(b"HTTP/1.1 403 ")
    assert told.endswith(b"\r\n\r\nROLE_NOT_ALLOWED\n")


@pytest.mark.parametrize("kind", ["none", "stranger", "expired", "tls 1.2"])
async def test_who_is_not_certified_reads_nothing(pki: Any, kind: str) -> None:
    """No certificate, one of a stranger, one that ended, and TLS 1.2 end in the handshake."""
    context = {
        "none": lambda: pki.client("own", None),
        "stranger": lambda: pki.client("own", pki.leaf("stranger", WATCHER)),
        "expired": lambda: pki.client("own", pki.leaf("own", WATCHER, -9, -1)),
        "tls 1.2": lambda: pki.client("own", pki.leaf("own", WATCHER), greatest=ssl.TLSVersion.TLSv1_2),
    }[kind]()
    async with serving(pki) as served:
        told = b""
        with suppress(OSError):
            told = await served.ask(b"GET /metrics HTTP/1.1\r\n\r\n", context)
        assert b"" == told
        head, _ = await served.get("/healthz")
        assert head.startswith("HTTP/1.1 200 ")


async def test_plain_text_is_not_answered(pki: Any) -> None:
    """HTTP without TLS gets no byte of metrics."""
    async with serving(pki) as served:
        reader, writer = await asyncio.open_connection("localhost", served.port)
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        assert b"chuanyu_" not in await ended(reader)
        writer.close()


async def test_who_says_nothing_is_let_go(pki: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a silent handshake nor a silent request holds a connection."""
    monkeypatch.setattr(exposition, "SECONDS", 0.2)
    monkeypatch.setattr(tls_listener, "SHAKE_SECONDS", 0.2)
    async with serving(pki) as served:
        reader, writer = await asyncio.open_connection("localhost", served.port)
        assert b"" == await ended(reader)
        writer.close()
        context = pki.client("own", pki.leaf("own", WATCHER))
        reader, writer = await asyncio.open_connection("localhost", served.port, ssl=context)
        writer.write(b"GET /metrics")
        assert b"" == await ended(reader)
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Read to the end, which an abort is too."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_the_certificate_turns_without_a_stop(pki: Any) -> None:
    """The next connection meets the new one."""
    async with serving(pki) as served:
        before = await shown(served)
        served.pair[0] = pair_of(pki)
        after = await shown(served)
    assert before != after


async def shown(served: Served) -> bytes:
    context = served.pki.client("own", served.pki.leaf("own", WATCHER))
    _, writer = await asyncio.open_connection("localhost", served.port, ssl=context)
    certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(True)
    writer.close()
    return certificate


async def test_a_judge_that_fails_turns_away(pki: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error is no permission."""

    def broken(sender: Sender) -> None:
        raise RuntimeError("王一")

    monkeypatch.setitem(globals(), "judge", broken)
    async with serving(pki) as served:
        head, body = await served.get("/metrics")
    assert head.startswith("HTTP/1.1 500 ")
    assert "INTERNAL\n" == body


async def test_a_pair_that_does_not_belong_together_does_not_start(pki: Any) -> None:
    """Nothing listens with a key of another certificate."""
    key, certificate = pair_of(pki).key_pem, pair_of(pki).certificate_pem
    metrics = Metrics()
    served = Exposition(metrics.registry, judge=judge, healthy=lambda: True, refusals=Refusals(metrics))
    broken: Any = SimpleNamespace(key_pem=key, certificate_pem=certificate)
    with open_socket("localhost", 0) as at, pytest.raises(ssl.SSLError):
        async with served.serving(at, pair=lambda: broken, roots=lambda: pki.root("own")):
            pytest.fail("it listens")
