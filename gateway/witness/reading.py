"""Reads what a witness has cosigned of a log, from its monitoring address (C2SP tlog-witness), over mutual TLS.

One request a connection, bounded in bytes and in time as a whole: a witness that answers byte by byte holds nobody
longer than one that is silent. No redirect is followed. What comes is not verified here; `audit.tlog.cosigned` does.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from socket import socket
from typing import Final, cast
from urllib.parse import urlsplit

from gateway.audit.tlog.note import MAX_NOTE_BYTES
from gateway.witness.submission import Unreachable

HEADER_BYTES: Final = 16 * 1024
"""Room for the header of an answer beside its note."""
WORDS: Final = 80
"""Characters of what a witness says in place of a note that are kept."""


class NoteRefused(Exception):
    """A witness answered, and gave no note; `status` is HTTP's: 404 where it has cosigned nothing of that log."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"the witness answered {status}: {words}")
        self.status = status


class PlaceInvalid(ValueError):
    """A text is no address of a witness."""


@dataclass(frozen=True, slots=True)
class WitnessPlace:
    """Where a witness shows what it has cosigned; `server_name` is the name that its certificate must hold."""

    host: str
    port: int
    prefix: str
    server_name: str

    @classmethod
    def parse(cls, text: str, server_name: str = "") -> WitnessPlace:
        """Read `host:port`, or the monitoring prefix of a witness, `https://host[:port][/path]`.

        Raises:
            PlaceInvalid: it is neither.
        """
        parts = urlsplit(text if "://" in text else f"//{text}")
        try:
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        plain = not parts.scheme and port is not None and not parts.path
        if not host or not (plain or parts.scheme == "https") or parts.query or parts.fragment or "@" in parts.netloc:
            raise PlaceInvalid("expected host:port or https://host[:port][/path]")
        return cls(host, port or 443, parts.path.rstrip("/"), server_name or host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}{self.prefix}"


async def read_cosigned(place: WitnessPlace, origin: str, context: ssl.SSLContext, seconds: float) -> bytes:
    """Return the note that a witness cosigned last of a log, unverified.

    Raises:
        Unreachable: no answer within the time, or one that is too long or no HTTP.
        NoteRefused: it answered otherwise.
    """
    path = f"{place.prefix}/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
    request = f"GET {path} HTTP/1.1\r\nHost: {place.host}\r\nAccept: text/plain\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(seconds):
            octets = await _exchange(place, context, request.encode("ascii"))
    except TimeoutError as error:
        raise Unreachable(f"no answer within {seconds:g} s") from error
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    status, body = _read_answer(octets)
    if status != HTTPStatus.OK:
        words = body[:WORDS].decode("ascii", "replace").strip()
        raise NoteRefused(status, "".join(sign for sign in words if sign.isprintable()))
    return body


async def _exchange(place: WitnessPlace, context: ssl.SSLContext, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(
        place.host, place.port, ssl=context, server_hostname=place.server_name
    )
    try:
        writer.write(request)
        await writer.drain()
        octets = bytearray()
        while chunk := await reader.read(MAX_NOTE_BYTES):
            octets += chunk
            if len(octets) > HEADER_BYTES + MAX_NOTE_BYTES:
                raise Unreachable(f"expected an answer of at most {HEADER_BYTES + MAX_NOTE_BYTES} bytes, found more")
        return bytes(octets)
    finally:
        writer.transport.abort()  # whatever ends it: no polite end of TLS is waited for


class _Received:
    """What was received, as the standard library reads an answer from a socket."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._octets)


def _read_answer(octets: bytes) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(cast(socket, _Received(octets)))
    try:
        answer.begin()
        return answer.status, answer.read()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unreachable(f"expected an answer of HTTP, found another thing: {type(error).__name__}") from error
