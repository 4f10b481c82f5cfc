"""The metrics in Prometheus text over HTTPS, for whoever holds a certificate with the right to see them.

Rules: TLS 1.3 and a client certificate of one of the given authorities, always; who it names is then judged for each
request. Two paths, GET alone, one answer a connection. Header bytes, time and connections are bounded. The certificate
in force and the authorities are read anew for each connection, so that both turn without a stop.

Follows the Prometheus text format 0.0.4, and OpenMetrics 1.0.0 where the client asks for it.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from gateway.ground.refusals import Reason, Refusal
from keys.rotation import CertifiedKey

HEADER_BYTES: Final = 8192
"""Most bytes of a request; it has no body."""
SECONDS: Final = 5.0
"""Longest time for the handshake, for the request and for the answer, each."""
CONNECTIONS: Final = 16
"""Most connections at a time; one more is closed at once."""

_TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    content_type: str
    body: bytes
    headers: str = ""


class Exposition:
    """Serves one registry. `judge` takes the client's certificate in PEM and raises Refusal to turn it away."""

    def __init__(
        self, registry: CollectorRegistry, *, judge: Callable[[str], object], healthy: Callable[[], bool]
    ) -> None:
        self._registry = registry
        self._judge = judge
        self._healthy = healthy
        self._open = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(
        self, host: str, port: int, *, pair: Callable[[], CertifiedKey], roots: Callable[[], bytes]
    ) -> AsyncIterator[int]:
        """Listen until left; yields the port. `pair` returns the certificate in force, `roots` the authorities, PEM.

        Raises:
            OSError: the address cannot be listened on.
            ssl.SSLError: the pair or the authorities cannot be used.
        """
        tls_context(pair(), roots())

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self._open >= CONNECTIONS:
                writer.transport.abort()
                return
            self._open += 1
            task = asyncio.create_task(self._serve(reader, writer, pair, roots))
            self._tasks.add(task)
            task.add_done_callback(self._left)

        server = await asyncio.start_server(connected, host, port, limit=HEADER_BYTES)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    def _left(self, task: asyncio.Task[None]) -> None:
        self._open -= 1
        self._tasks.discard(task)

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pair: Callable[[], CertifiedKey],
        roots: Callable[[], bytes],
    ) -> None:
        try:
            context = tls_context(pair(), roots())
            async with asyncio.timeout(SECONDS):
                await writer.start_tls(context, ssl_handshake_timeout=SECONDS)
            async with asyncio.timeout(SECONDS):
                answer = await self._answer(reader, writer)
            async with asyncio.timeout(SECONDS):
                writer.write(_octets(answer))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, EOFError):
            pass
        finally:
            with suppress(Exception):
                writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> _Answer:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return _Answer("431 Request Header Fields Too Large", _TEXT, b"expected a shorter request\n")
        certificate = writer.get_extra_info("ssl_object").getpeercert(True)
        try:
            self._judge(ssl.DER_cert_to_PEM_cert(certificate))
        except Refusal as refusal:
            return _Answer("403 Forbidden", _TEXT, f"{refusal.reason}\n".encode())
        except Exception:
            return _Answer("500 Internal Server Error", _TEXT, f"{Reason.INTERNAL}\n".encode())
        return self._route(head)

    def _route(self, head: bytes) -> _Answer:
        request, *fields = head.decode("latin-1").split("\r\n")
        match request.split(" "):
            case ["GET", path, "HTTP/1.1" | "HTTP/1.0"]:
                pass
            case [_, _, "HTTP/1.1" | "HTTP/1.0"]:
                return _Answer("405 Method Not Allowed", _TEXT, b"expected GET\n", "Allow: GET\r\n")
            case _:
                return _Answer("400 Bad Request", _TEXT, b"expected a request of HTTP/1.1\n")
        if path == "/metrics":
            accepted = [field[7:].strip() for field in fields if field[:7].lower() == "accept:"]
            encode, content_type = choose_encoder(",".join(accepted))
            return _Answer("200 OK", content_type, encode(self._registry))
        if path == "/healthz":
            healthy = self._healthy()
            return _Answer(
                "200 OK" if healthy else "503 Service Unavailable", _TEXT, b"serving\n" if healthy else b"not serving\n"
            )
        return _Answer("404 Not Found", _TEXT, b"expected /metrics or /healthz\n")


def _octets(answer: _Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status}\r\n{answer.headers}Content-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + answer.body


def tls_context(pair: CertifiedKey, roots: bytes) -> ssl.SSLContext:
    """Return a server's context: TLS 1.3 at least, and a client certificate of these authorities required.

    The key passes through an anonymous file in memory, since the standard library reads keys from files alone.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=roots.decode())
    _load(context, pair)
    return context


def client_context(pair: CertifiedKey, roots: str) -> ssl.SSLContext:
    """Return a client's context that shows this certificate where asked; TLS 1.2 at least, since others' servers vary.

    `roots` are the authorities of the server, PEM; those of the system where there are none.
    """
    context = ssl.create_default_context(cadata=roots or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, pair)
    return context


def _load(context: ssl.SSLContext, pair: CertifiedKey) -> None:
    with os.fdopen(os.memfd_create("pair", os.MFD_CLOEXEC), "wb", buffering=0) as file:
        file.write(pair.key_pem + b"\n" + pair.certificate_pem)
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
