"""Listens for TLS connections of known machines, and holds unknown callers to a bound.

Rules: before its handshake is done a connection has one of `SHAKING` places, and `SHAKE_SECONDS`; one more than fit
ends the oldest of the address that holds most of them: whoever holds connections open pushes out himself. The same
holds for the `CONNECTIONS` places after it, by certificate. Certificate and authorities are read anew for each
handshake, so that both turn without a stop. Nothing of a failed handshake is kept. Every refusal is reported, with the
caller's address.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Generic, TypeVar, cast

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason
from gateway.telemetry.handshakes import name_fault
from gateway.telemetry.listening import write_address
from gateway.telemetry.refusals import UNKNOWN
from gateway.telemetry.tls import tls_context
from keys.rotation import CertifiedKey

SHAKING: Final = 64
"""Connections before the end of their handshake; each takes some 300 KiB."""
SHAKE_SECONDS: Final = 5.0
CONNECTIONS: Final = 64
"""Connections after it."""
BACKLOG: Final = 512
"""Connections that the system holds for us until we look."""

Handshake = Callable[[Reason, str, str], None]
"""Gets each connection that is refused before anything is asked over it: reason, detail and address."""
Place = TypeVar("Place")


class Places(Generic[Place]):
    """A bounded number of places, each under a key; the key that holds most of them makes room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[Place, str] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, place: Place, key: str) -> Place | None:
        """Take a place; return the one that has to make room for it: the oldest of the key that holds most."""
        pushed_out = None
        if len(self._taken) >= self._most:
            greatest = max(self._counts.values())
            pushed_out = next(one for one, holder in self._taken.items() if self._counts[holder] == greatest)
            self.leave(pushed_out)
        self._taken[place] = key
        self._counts[key] += 1
        return pushed_out

    def leave(self, place: Place) -> None:
        """Give a place back; again is allowed."""
        key = self._taken.pop(place, None)
        if key is not None:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]

    def list_taken(self) -> list[Place]:
        """Return who has a place, the oldest first."""
        return list(self._taken)


class TlsListener:
    """Accepts connections on one address, and gives each certified one to a protocol of `make`."""

    def __init__(
        self,
        make: Callable[[], asyncio.Protocol],
        *,
        pair: Callable[[], CertifiedKey],
        roots: Callable[[], bytes],
        refused: Handshake,
    ) -> None:
        """`pair` returns the certificate in force, `roots` the authorities, PEM.

        Raises:
            ssl.SSLError: the pair or the authorities cannot be used.
        """
        self._make = make
        self._pair = pair
        self._roots = roots
        self._refused = refused
        self._made = (pair(), roots())
        self._context = tls_context(*self._made)
        self._shaking: Places[asyncio.Transport] = Places(SHAKING)
        self._open: Places[asyncio.Transport] = Places(CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(self, listener: socket.socket) -> AsyncIterator[int]:
        """Listen on a socket until left, and close it; yields the port."""
        server = await asyncio.get_running_loop().create_server(lambda: _Arriving(self), sock=listener, backlog=BACKLOG)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for transport in self._open.list_taken():
                transport.abort()

    def arrive(self, transport: asyncio.Transport) -> None:
        """Take a connection whose handshake is to come."""
        transport.pause_reading()
        address = _address_of(transport)
        self._make_room(self._shaking.take(transport, address.rpartition(":")[0]))
        task = asyncio.create_task(self._shake(transport, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _make_room(self, pushed_out: asyncio.Transport | None) -> None:
        if pushed_out is not None:
            self._refused(Reason.OVERLOADED, "made room for a newer connection", _address_of(pushed_out))
            pushed_out.abort()

    async def _shake(self, transport: asyncio.Transport, address: str) -> None:
        opened = _Opened()
        try:
            if transport.is_closing():
                # It was pushed out before this task began. Upon a connection that is over, `start_tls` would begin a
                # handshake all the same, and its timer and its protocol would hold each other.
                return
            secure = await asyncio.get_running_loop().start_tls(
                transport, opened, self._turn(), server_side=True, ssl_handshake_timeout=SHAKE_SECONDS
            )
            if secure is not None:  # asyncio returns none where the connection was aborted meanwhile
                self._open_to(opened, secure)
        except Exception as error:
            self._refused(*explain_failure(error), address)
            # The error, its frames and asyncio's protocol hold each other, and the protocol a buffer of 256 KiB:
            # without this line they would wait for the collector of cycles (python/cpython issue 109534).
            traceback.clear_frames(error.__traceback__)
        finally:
            self._shaking.leave(transport)
            if opened.inner is None:
                transport.abort()

    def _open_to(self, opened: _Opened, secure: asyncio.Transport) -> None:
        certificate = secure.get_extra_info("ssl_object").getpeercert(True) or b""
        self._make_room(self._open.take(secure, hashlib.sha256(certificate).hexdigest()))
        opened.begin(self._make(), secure, lambda: self._open.leave(secure))

    def _turn(self) -> ssl.SSLContext:
        """Return a context of the certificate and the authorities in force."""
        now = (self._pair(), self._roots())
        if now != self._made:
            self._context, self._made = tls_context(*now), now
        return self._context


class _Arriving(asyncio.Protocol):
    """A connection before its handshake, which nothing is read from."""

    def __init__(self, listener: TlsListener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._listener.arrive(cast(asyncio.Transport, transport))


class _Opened(asyncio.Protocol):
    """A connection after its handshake, on behalf of the protocol that it was made for.

    asyncio may deliver what came with the end of the handshake before `begin`: that is kept, and handed on then.
    """

    def __init__(self) -> None:
        self.inner: asyncio.Protocol | None = None
        self._early = b""
        self._ended = False
        self._lost = False
        self._left: Callable[[], None] = lambda: None

    def begin(self, inner: asyncio.Protocol, transport: asyncio.Transport, left: Callable[[], None]) -> None:
        """Hand the connection on; `left` is called when it is over."""
        self.inner, self._left = inner, left
        inner.connection_made(transport)
        if self._early:
            inner.data_received(self._early)
        if self._ended:
            inner.eof_received()
        if self._lost:
            self.connection_lost(None)

    def data_received(self, data: bytes) -> None:
        if self.inner is None:
            self._early += data
        else:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        if self.inner is None:
            self._ended = True
            return None
        return self.inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.inner is None:
            self._lost = True  # the error itself is not kept: it holds asyncio's protocol
            return
        self._left()
        self.inner.connection_lost(exc)

    def pause_writing(self) -> None:
        if self.inner is not None:
            self.inner.pause_writing()

    def resume_writing(self) -> None:
        if self.inner is not None:
            self.inner.resume_writing()


def explain_failure(error: Exception) -> tuple[Reason, str]:
    """Return reason and detail of a handshake that failed, never with a text of the caller's."""
    match error:
        case ssl.SSLCertVerificationError():
            return name_fault("CERTIFICATE_VERIFY_FAILED", error.verify_message)
        case ssl.SSLError():
            return name_fault(error.reason or "", "")
        case ConnectionAbortedError():
            return Reason.HANDSHAKE_FAILED, f"not done within {SHAKE_SECONDS:g} s"
        case OSError():
            return Reason.HANDSHAKE_FAILED, "the connection ended before it was done"
        case _:
            return Reason.INTERNAL, "our certificate or authorities cannot be used"


def sender_of(transport: asyncio.BaseTransport) -> Sender:
    """Return what the handshake showed of the machine at the other end."""
    channel = transport.get_extra_info("ssl_object")
    pem = ssl.DER_cert_to_PEM_cert(channel.getpeercert(True) or b"")
    return Sender(pem, channel.version() or "", _address_of(transport))


def _address_of(transport: asyncio.BaseTransport) -> str:
    peer = transport.get_extra_info("peername")
    return write_address(*peer[:2]) if peer else UNKNOWN
