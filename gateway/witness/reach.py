"""The ways to a witness: the peer's gateway over its connection, and any C2SP witness over HTTPS.

Both are bounded in time and in bytes. Requests and answers are the same; they are judged in `submission`.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import grpc

from gateway.wire.v1 import peer_pb2, peer_pb2_grpc
from gateway.witness.submission import Send, Unreachable

MAX_ANSWER_BYTES: Final = 64 * 1024


class PeerWay:
    """Sends to a peer's gateway over a channel of its own. `channel` makes one with the certificate in force."""

    def __init__(self, channel: Callable[[], grpc.aio.Channel], seconds: float) -> None:
        self._make = channel
        self._seconds = seconds
        self._channel: grpc.aio.Channel | None = None

    async def send(self, body: bytes) -> tuple[int, bytes]:
        """Send one request.

        Raises:
            Unreachable: no answer of the peer's gateway; the next request dials anew.
        """
        if self._channel is None:
            self._channel = self._make()
        stub: Any = peer_pb2_grpc.PeerStub(self._channel)
        try:
            answer = await stub.Cosign(peer_pb2.CosignRequest(body=body), timeout=self._seconds)
        except grpc.aio.AioRpcError as error:
            await self.close()
            raise Unreachable(f"{error.code().name}: {error.details()}") from error
        return answer.status, answer.body

    async def close(self) -> None:
        """Close the channel; it is dialled anew when needed, with the certificate then in force."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()


def https_way(url: str, context: Callable[[], ssl.SSLContext], seconds: float) -> Send:
    """Return the way to the witness whose submission prefix is `url`."""

    async def send(body: bytes) -> tuple[int, bytes]:
        status, _, answer = await asyncio.to_thread(
            post, f"{url.rstrip('/')}/add-checkpoint", body, "text/plain; charset=utf-8", context, seconds
        )
        return status, answer

    return send


def post(
    url: str, body: bytes, content_type: str, context: Callable[[], ssl.SSLContext], seconds: float
) -> tuple[int, str, bytes]:
    """Send a body to an address; return status, content type and body of the answer. Redirects are not followed.

    The time is that from the connection to the last byte: who sends a byte now and then gains nothing.

    Raises:
        Unreachable: no answer within the time, one that is too long, or no connection.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    tls = context() if secure else None
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=tls)
        if secure
        else http.client.HTTPConnection(host, parts.port, timeout=seconds)
    )
    try:
        raw = socket.create_connection((host, parts.port or (443 if secure else 80)), seconds)
        with raw, _end_after(raw, seconds):
            connection.sock = tls.wrap_socket(raw, server_hostname=host) if tls is not None else raw
            headers = {"Content-Type": content_type, "Connection": "close"}
            connection.request("POST", parts.path or "/", body, headers)
            answer = connection.getresponse()
            octets = answer.read(MAX_ANSWER_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if len(octets) > MAX_ANSWER_BYTES:
        raise Unreachable(f"expected an answer of at most {MAX_ANSWER_BYTES} bytes, found more")
    return answer.status, answer.headers.get_content_type(), octets


@contextmanager
def _end_after(raw: socket.socket, seconds: float) -> Iterator[None]:
    """Shut a connection down when the time is over, whatever goes on over it; raises TimeoutError then."""
    late = threading.Event()
    own = raw.dup()  # the handshake of TLS takes the other one away

    def end() -> None:
        late.set()
        with suppress(OSError):
            own.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        own.close()
        if late.is_set():
            raise TimeoutError(f"no answer within {seconds:g} s")
