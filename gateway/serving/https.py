"""Serves a web application over mutual TLS 1.3 with the certificate in force, and gives it the client's certificate.

Rules: a client certificate of a known authority is always required; certificate and authorities are read anew for each
handshake, so that both turn without a stop; header bytes and connections are bounded. The application judges
what the certificate may do: PEM and TLS version are in the scope under `sender`. Wraps uvicorn.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.ground.evidence import Sender
from gateway.telemetry.exposition import tls_context
from keys.rotation import CertifiedKey

SENDER: Final = "sender"
"""The key of the `Sender` in the scope of each request."""
HEADER_BYTES: Final = 16 * 1024
CONNECTIONS: Final = 64
KEEP_ALIVE_SECONDS: Final = 75


class _Protocol(H11Protocol):
    """HTTP/1.1 that remembers the certificate of the connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read the certificate once, and hand it to the application with every request."""
        super().connection_made(cast(asyncio.Transport, transport))
        channel = transport.get_extra_info("ssl_object")
        pem = ssl.DER_cert_to_PEM_cert(channel.getpeercert(True) or b"")
        host, port = transport.get_extra_info("peername")[:2]
        sender, inner = Sender(pem, channel.version() or "", f"{host}:{port}"), self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, SENDER: sender}, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and set `up`."""
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the node stops its listeners itself, in order."""
        yield


@asynccontextmanager
async def serve_https(
    app: ASGIApp, host: str, port: int, *, pair: Callable[[], CertifiedKey], roots: Callable[[], bytes]
) -> AsyncIterator[int]:
    """Serve an application until left; yields the port.

    `pair` returns the certificate in force, `roots` the authorities.

    Raises:
        OSError: the address cannot be listened on.
        ssl.SSLError: the pair or the authorities cannot be used.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    server = _Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=HEADER_BYTES,
            ssl_context_factory=lambda config, default: _make_turning_context(pair, roots),
        )
    )
    task = asyncio.create_task(server.serve([listener]))
    up = asyncio.create_task(server.up.wait())
    try:
        await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield int(listener.getsockname()[1])
    finally:
        up.cancel()
        server.should_exit = True
        await task
        listener.close()


def _make_turning_context(pair: Callable[[], CertifiedKey], roots: Callable[[], bytes]) -> ssl.SSLContext:
    """A context that gives way to a fresh one in each handshake, once certificate or authorities have turned."""
    made: dict[str, Any] = {"of": (pair(), roots()), "context": tls_context(pair(), roots())}

    def turn(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        now = (pair(), roots())
        if now != made["of"]:
            made["context"], made["of"] = tls_context(*now), now
        connection.context = made["context"]

    first = tls_context(pair(), roots())
    first.sni_callback = turn
    return first
