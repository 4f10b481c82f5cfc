"""A small HTTP/1.1 client for one service: connections kept alive, bounded answers, TLS for https.

Rules: plain http goes to a loopback address alone; redirects are not followed; a cancelled exchange closes its
connection. A kept connection is used again only while nothing waits on it: bytes that came before the question cannot
be its answer, so a doubled, late or left-over answer ends the connection and reaches nobody. A kept connection that the
service closed meanwhile is replaced once: every request of an adapter is a question, which changes nothing.

Why no kept library: httpx 0.28 with httpcore hands a doubled answer that comes in one segment to the next question,
and its parser takes forms that are refused here (ADR 32).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from adapters.contract import AnswerInvalid, PlatformError, PlatformUnavailable
from adapters.http_message import MAX_LINE, Head, MessageInvalid, read_body, read_head

POOL: Final = 8
"""Connections to the service at most."""
MAX_BYTES: Final = 8 << 20
"""Bytes of an answer at most: a page of 10,000 rows takes less."""
CONNECT_SECONDS: Final = 5.0
_STATUS: Final = re.compile(r"HTTP/1\.1 ([0-9]{3})( .*)?")
_REFUSING: Final = frozenset({401, 403, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class _Stream:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class HttpClient:
    """Speaks with the service at one base URL."""

    def __init__(self, url: str, *, ca_file: Path | None = None, pool: int = POOL, max_bytes: int = MAX_BYTES) -> None:
        """Take the base URL: scheme, host, port and the path that stands before all endpoints.

        Raises:
            ValueError: not such a URL, or plain http to another machine.
            OSError: the file with the authority cannot be read.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username is not None:
            raise ValueError("url: expected http(s)://host[:port][/path], found something else")
        if parts.scheme == "http" and not _loopback(parts.hostname):
            raise ValueError("url: expected https, or http to a loopback address, found http to another machine")
        self._host, self._port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        self._authority = parts.netloc
        self._path = parts.path.rstrip("/")
        self._tls = _context(ca_file) if parts.scheme == "https" else None
        self._max_bytes = max_bytes
        self._gate = asyncio.Semaphore(pool)
        self._idle: list[_Stream] = []
        self._closed = False

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a question as JSON and return the JSON that answers it, unread. A question may be sent twice.

        Raises:
            PlatformUnavailable: no connection, or the service refuses to work (401, 403, 429, 5xx).
            AnswerInvalid: not an HTTP answer, not JSON by its type, or too large.
            PlatformError: another status.
        """
        lines = [
            f"POST {self._path}{path} HTTP/1.1",
            f"Host: {self._authority}",
            "Accept: application/json",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        message = "\r\n".join((*lines, "", "")).encode("ascii") + body
        async with self._gate:
            head, answer = await self._exchange(message)
        if head.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise AnswerInvalid("service: expected application/json, found another type")
        return answer

    async def _exchange(self, message: bytes) -> tuple[Head, bytes]:
        if self._closed:
            raise PlatformUnavailable("service: the client is closed")
        kept = await self._take_kept()
        if kept is not None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._over(kept, message)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                stream = _Stream(
                    *await asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=MAX_LINE * 2)
                )
        except (OSError, TimeoutError) as error:
            raise PlatformUnavailable(f"service: no connection, {type(error).__name__}") from None
        try:
            return await self._over(stream, message)
        except (OSError, asyncio.IncompleteReadError):
            raise PlatformUnavailable("service: the connection ended before the answer") from None

    async def _take_kept(self) -> _Stream | None:
        """Return a kept connection on which nothing waits; those on which something does are ended."""
        while self._idle:
            stream = self._idle.pop()
            silent = False
            try:
                silent = await _is_silent(stream.reader)
            finally:
                if not silent:
                    stream.writer.transport.abort()
            if silent:
                return stream
        return None

    async def _over(self, stream: _Stream, message: bytes) -> tuple[Head, bytes]:
        keep = False
        try:
            stream.writer.write(message)
            await stream.writer.drain()
            head = await read_head(stream.reader)
            status = _status(head)
            body = await read_body(stream.reader, head, self._max_bytes, until_end=status == 200)
            bounded = not head.headers.keys().isdisjoint(("content-length", "transfer-encoding"))
            keep = bounded and not _closes(head) and not self._closed
        except MessageInvalid as error:
            raise AnswerInvalid(f"service: {error}") from None
        finally:
            if keep:
                self._idle.append(stream)
            else:
                stream.writer.transport.abort()
        if status in _REFUSING:
            raise PlatformUnavailable(f"service: expected status 200, found {status}")
        if status != 200:
            raise PlatformError(f"service: expected status 200, found {status}")
        return head, body

    async def close(self) -> None:
        """Close all connections; an exchange that still runs closes its own. Idempotent."""
        self._closed = True
        while self._idle:
            writer = self._idle.pop().writer
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _is_silent(reader: asyncio.StreamReader) -> bool:
    """Tell whether neither a byte nor an end waits on a connection.

    The first turns of the loop take in what the machine holds already; then a read that does not wait finds it.
    """
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(0):
            await reader.read(1)
    except TimeoutError:
        return True
    except OSError:
        return False
    return False


def _closes(head: Head) -> bool:
    options = head.headers.get("connection", "").lower().split(",")
    return "close" in map(str.strip, options)


def _status(head: Head) -> int:
    matched = _STATUS.fullmatch(head.start)
    if matched is None:
        raise MessageInvalid("expected an HTTP/1.1 status line, found something else")
    return int(matched[1])


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
