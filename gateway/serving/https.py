"""Serves a web application over mutual TLS 1.3, and gives it the client's certificate.

Rules: header bytes are bounded here, connections and handshakes by `tls_listener`, which requires a certificate of a
known authority. The application judges what that certificate may do: PEM and TLS version are in the scope under
`sender`. A request that is no HTTP is counted and logged like every other refusal. Wraps uvicorn.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.telemetry.refusals import Listener, Refusals
from gateway.telemetry.tls_listener import CONNECTIONS, TlsListener, sender_of
from keys.rotation import CertifiedKey

SENDER: Final = "sender"
"""The key of the `Sender` in the scope of each request."""
HEADER_BYTES: Final = 16 * 1024
KEEP_ALIVE_SECONDS: Final = 75


class _Protocol(H11Protocol):
    """HTTP/1.1 that remembers the certificate of the connection, and tells of requests that are none."""

    def __init__(self, told: Callable[[Sender, Refusal], None], **options: Any) -> None:
        super().__init__(**options)
        self._told = told
        self._sender = Sender("", "", "")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read the certificate once, and hand it to the application with every request."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._sender, inner = sender_of(transport), self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, SENDER: self._sender}, receive, send)

        self.app = app

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request of HTTP/1.1."""
        self._told(self._sender, Refusal(Reason.REQUEST_INVALID, "expected a request of HTTP/1.1"))
        super().send_400_response(msg)


class _Server(uvicorn.Server):
    """A server that is given its connections, and leaves the signals of the process alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and set `up`."""
        await super().startup(sockets)
        self.up.set()

    def make_protocol(self, told: Callable[[Sender, Refusal], None]) -> asyncio.Protocol:
        """Return the protocol of one connection."""
        return _Protocol(told, config=self.config, server_state=self.server_state, app_state={})

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the node stops its listeners itself, in order."""
        yield


@asynccontextmanager
async def serve_https(
    app: ASGIApp,
    at: socket.socket,
    *,
    pair: Callable[[], CertifiedKey],
    roots: Callable[[], bytes],
    refusals: Refusals,
) -> AsyncIterator[int]:
    """Serve an application on a socket until left; yields the port.

    `pair` returns the certificate in force, `roots` the authorities.

    Raises:
        ssl.SSLError: the pair or the authorities cannot be used.
    """
    server = _Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=2 * CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=HEADER_BYTES,
        )
    )
    told = partial(refusals.turn_away, Listener.WITNESS, "none")
    refused = partial(refusals.refuse_handshake, Listener.WITNESS)
    listener = TlsListener(lambda: server.make_protocol(told), pair=pair, roots=roots, refused=refused)
    task = asyncio.create_task(server.serve([]))
    up = asyncio.create_task(server.up.wait())
    try:
        await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        async with listener.serving(at) as bound:
            yield bound
    finally:
        up.cancel()
        server.should_exit = True
        await task
