"""The HTTPS listener: a certified caller meets the application with its certificate, and nobody else meets anything.

Handshakes and bounds are claimed in `tests/telemetry/test_tls_listener.py`, pages in `tests/network/test_witness.py`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from gateway.serving.https import HEADER_BYTES, SENDER, serve_https
from gateway.telemetry.listening import CannotListen, open_socket
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.refusals import Refusals
from tests.telemetry.conftest import Pki

URI = "spiffe://510000.chuanyu/node/one"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The authorities of this module."""
    return Pki(tmp_path_factory.mktemp("https"))


class Served:
    """An application that answers with what it was told of its caller."""

    def __init__(self, pki: Pki, host: str = "127.0.0.1") -> None:
        self.pki, self.host = pki, host
        self.metrics = Metrics()
        key, certificate = pki.leaf("own", URI)
        self.pair: Any = SimpleNamespace(key_pem=key, certificate_pem=certificate)
        self.port = 0

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer with the version and address of the sender."""
        sender = scope[SENDER]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"{sender.tls_version} {sender.address}".encode()})

    def serve(self, port: int = 0) -> Any:
        """Listen."""
        refusals = Refusals(self.metrics)
        pair, roots = (lambda: self.pair), (lambda: self.pki.root("own"))
        return serve_https(self.app, open_socket(self.host, port), pair=pair, roots=roots, refusals=refusals)

    async def ask(self, octets: bytes, authority: str = "own") -> bytes:
        """Send octets as a machine of an authority; return what comes back."""
        context: ssl.SSLContext = self.pki.client("own", self.pki.leaf(authority, URI))
        context.set_alpn_protocols([])
        try:
            reader, writer = await asyncio.open_connection(
                self.host, self.port, ssl=context, server_hostname="localhost"
            )
            writer.write(octets)
            told = await reader.read()
            writer.close()
        except OSError:
            return b""
        return told

    def count(self, name: str, reason: str) -> float | None:
        """What a metric says of this listener."""
        labels = {"reason": reason, "listener": "witness"}
        return self.metrics.registry.get_sample_value(f"chuanyu_{name}_total", labels)


@asynccontextmanager
async def serving(pki: Pki, host: str = "127.0.0.1") -> AsyncIterator[Served]:
    served = Served(pki, host)
    async with served.serve() as served.port:
        yield served


GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def test_a_stranger_meets_no_application_and_is_counted(pki: Pki) -> None:
    """F9: with a line that names listener and address."""
    async with serving(pki) as served:
        with structlog.testing.capture_logs() as lines:
            assert b"" == await served.ask(GET, "stranger")
        assert 1 == served.count("handshakes_refused", "AUTHORITY_UNKNOWN")
    (line,) = [one for one in lines if one["event"] == "handshake refused"]
    assert ("witness", "AUTHORITY_UNKNOWN") == (line["listener"], line["reason"])
    assert line["peer"].startswith("127.0.0.1:")


@pytest.mark.parametrize("octets", [b"\x00\x01\r\n\r\n", b"GET / HTTP/1.1\r\nHost: " + b"x" * (2 * HEADER_BYTES)])
async def test_what_is_no_request_is_refused_and_told(pki: Pki, octets: bytes) -> None:
    """F9: with the identity of the caller, who is known."""
    async with serving(pki) as served:
        with structlog.testing.capture_logs() as lines:
            told = await served.ask(octets)
        assert told.startswith(b"HTTP/1.1 400 ")
        assert 1 == served.count("turned_away", "REQUEST_INVALID")
    (line,) = [one for one in lines if one["event"] == "call turned away"]
    assert (URI, "witness") == (line["identity"], line["listener"])


async def test_a_known_machine_meets_the_application_with_its_certificate(pki: Pki) -> None:
    """TLS 1.3 and its address."""
    async with serving(pki) as served:
        told = await served.ask(GET)
    assert told.startswith(b"HTTP/1.1 200 ")
    assert b"TLSv1.3 127.0.0.1:" in told


@pytest.mark.parametrize("host", ["::1", "::"])
async def test_ipv6_is_listened_on(pki: Pki, host: str) -> None:
    """S1: literals without brackets, as the settings have them; every address of the machine takes IPv4 too."""
    async with serving(pki, host) as served:
        served.host = "::1"
        assert b"TLSv1.3 [::1]:" in await served.ask(GET)
        if host == "::":
            served.host = "127.0.0.1"
            assert b"TLSv1.3 [::ffff:127.0.0.1]:" in await served.ask(GET)


async def test_a_taken_port_is_named_and_nothing_is_left_running(pki: Pki) -> None:
    """S2: the address stands in the error, and the server's own task has ended."""
    async with serving(pki) as served:
        before = asyncio.all_tasks()
        with pytest.raises(CannotListen, match=f"127.0.0.1:{served.port}"):
            async with Served(pki).serve(served.port):
                pytest.fail("it listens")
        assert before == asyncio.all_tasks()
