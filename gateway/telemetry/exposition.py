"""The metrics in Prometheus text over HTTPS, for whoever holds a certificate with the right to see them.

Rules: TLS 1.3 and a client certificate of one of the given authorities, always; who it names is then judged for each
request. Two paths, GET alone, one answer a connection. Header bytes and time are bounded here, connections and their
handshakes by `tls_listener`. Each request that is refused is counted and logged.

Follows the Prometheus text format 0.0.4, and OpenMetrics 1.0.0 where the client asks for it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.telemetry.refusals import Listener, Refusals
from gateway.telemetry.tls_listener import TlsListener, sender_of
from keys.rotation import CertifiedKey

HEADER_BYTES: Final = 8192
"""Most bytes of a request; it has no body."""
SECONDS: Final = 5.0
"""Longest time for the request and for the answer, each."""

_TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    content_type: str
    body: bytes
    headers: str = ""


class _Fault(Exception):
    """A request is none that is answered here."""

    def __init__(self, answer: _Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Exposition:
    """Serves one registry. `judge` takes the sender behind a request and raises Refusal to turn it away."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        judge: Callable[[Sender], object],
        healthy: Callable[[], bool],
        refusals: Refusals,
    ) -> None:
        self._registry = registry
        self._judge = judge
        self._healthy = healthy
        self._refusals = refusals
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(
        self, at: socket.socket, *, pair: Callable[[], CertifiedKey], roots: Callable[[], bytes]
    ) -> AsyncIterator[int]:
        """Listen on a socket until left; yields the port.

        `pair` returns the certificate in force, `roots` the authorities, PEM.

        Raises:
            ssl.SSLError: the pair or the authorities cannot be used.
        """
        listener = TlsListener(
            self._make_protocol,
            pair=pair,
            roots=roots,
            refused=partial(self._refusals.refuse_handshake, Listener.METRICS),
        )
        async with listener.serving(at) as bound:
            try:
                yield bound
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def _make_protocol(self) -> asyncio.Protocol:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._serve(reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return asyncio.StreamReaderProtocol(asyncio.StreamReader(HEADER_BYTES), connected)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = sender_of(writer.transport)
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._answer(reader, sender)
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

    async def _answer(self, reader: asyncio.StreamReader, sender: Sender) -> _Answer:
        path = "none"
        try:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.LimitOverrunError:
                raise _Fault(
                    _Answer("431 Request Header Fields Too Large", _TEXT, b"expected a shorter request\n")
                ) from None
            path = head.split(b" ", 2)[1:2][0].decode("latin-1") if b" " in head else path
            self._judge(sender)
            return self._route(head)
        except _Fault as fault:
            refusal, answer = Refusal(Reason.REQUEST_INVALID, fault.answer.status), fault.answer
        except Refusal as error:
            refusal, answer = error, _Answer("403 Forbidden", _TEXT, f"{error.reason}\n".encode())
        except Exception as error:
            if isinstance(error, EOFError | OSError):
                raise
            refusal, answer = Refusal(Reason.INTERNAL), _Answer("500 Internal Server Error", _TEXT, b"INTERNAL\n")
            refusal.__cause__ = error
        self._refusals.turn_away(Listener.METRICS, path, sender, refusal)
        return answer

    def _route(self, head: bytes) -> _Answer:
        request, *fields = head.decode("latin-1").split("\r\n")
        match request.split(" "):
            case ["GET", path, "HTTP/1.1" | "HTTP/1.0"]:
                pass
            case [_, _, "HTTP/1.1" | "HTTP/1.0"]:
                raise _Fault(_Answer("405 Method Not Allowed", _TEXT, b"expected GET\n", "Allow: GET\r\n"))
            case _:
                raise _Fault(_Answer("400 Bad Request", _TEXT, b"expected a request of HTTP/1.1\n"))
        if path == "/metrics":
            accepted = [field[7:].strip() for field in fields if field[:7].lower() == "accept:"]
            encode, content_type = choose_encoder(",".join(accepted))
            return _Answer("200 OK", content_type, encode(self._registry))
        if path == "/healthz":
            healthy = self._healthy()
            return _Answer(
                "200 OK" if healthy else "503 Service Unavailable", _TEXT, b"serving\n" if healthy else b"not serving\n"
            )
        raise _Fault(_Answer("404 Not Found", _TEXT, b"expected /metrics or /healthz\n"))


def _octets(answer: _Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status}\r\n{answer.headers}Content-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + answer.body
