"""A small HTTP/1.1 client for one service: one connection a question, bounded answers, TLS for https.

Rules: plain http goes to a loopback address alone; redirects are not followed; nothing is asked twice. A connection
serves one question and is ended with its answer: what comes doubled, late or left over has no question to reach. Only
the number of connections at once is bounded.

Why no kept library: those within reach keep connections, and hand a doubled answer that comes in one segment to the
next question; their parsers take forms that are refused here (ADR 32).
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from adapters.contract import AnswerInvalid, PlatformError, PlatformUnavailable
from adapters.http_message import MAX_LINE, Head, MessageInvalid, read_body, read_head

POOL: Final = 8
"""Connections to the service at once, at most."""
MAX_BYTES: Final = 8 << 20
"""Bytes of an answer at most: a page of 10,000 rows takes less."""
CONNECT_SECONDS: Final = 5.0
_MOST_INTERIM: Final = 8
"""Interim answers before the final one, at most."""
_STATUS: Final = re.compile(r"HTTP/1\.1 ([0-9]{3})( .*)?")
_REFUSING: Final = frozenset({401, 403, 429, 500, 502, 503, 504})


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
        self._closed = False

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a question as JSON and return the JSON that answers it, unread.

        Raises:
            PlatformUnavailable: no connection, or the service refuses to work (401, 403, 429, 5xx).
            AnswerInvalid: not an HTTP answer, not JSON by its type, or too large.
            PlatformError: another status.
        """
        lines = [
            f"POST {self._path}{path} HTTP/1.1",
            f"Host: {self._authority}",
            "Connection: close",
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
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls, limit=MAX_LINE * 2
                )
        except TimeoutError:
            raise PlatformUnavailable(f"service: no connection within {CONNECT_SECONDS:g} seconds") from None
        except OSError as error:
            raise PlatformUnavailable(f"service: no connection: {_tell(error)}") from None
        try:
            writer.write(message)
            await writer.drain()
            status, head = await _read_final_head(reader)
            body = await read_body(reader, head, self._max_bytes, until_end=status == 200)
        except (OSError, asyncio.IncompleteReadError):
            raise PlatformUnavailable("service: the connection ended before the answer") from None
        except MessageInvalid as error:
            raise AnswerInvalid(f"service: {error}") from None
        finally:
            # Point of no return: the question has its answer, or none; what still comes on the way is read by nobody.
            writer.transport.abort()
        if status in _REFUSING:
            raise PlatformUnavailable(f"service: expected status 200, found {status}")
        if status != 200:
            raise PlatformError(f"service: expected status 200, found {status}")
        return head, body

    async def close(self) -> None:
        """Take no further question; an exchange that still runs ends its own connection. Idempotent."""
        self._closed = True


async def _read_final_head(reader: asyncio.StreamReader) -> tuple[int, Head]:
    """Return the status and head of the final answer; interim ones (RFC 9110 section 15.2) are passed over."""
    for _ in range(_MOST_INTERIM + 1):
        head = await read_head(reader)
        status = _status(head)
        if not 100 <= status < 200 or status == 101:  # 101 speaks another protocol from here on, which nobody asked for
            return status, head
    raise MessageInvalid(f"expected at most {_MOST_INTERIM} interim answers, found more")


def _status(head: Head) -> int:
    matched = _STATUS.fullmatch(head.start)
    if matched is None:
        raise MessageInvalid("expected an HTTP/1.1 status line, found something else")
    return int(matched[1])


def _tell(error: OSError) -> str:
    """Return why there is no connection, as the system says it; the number of an error of TLS is none of the system."""
    if isinstance(error, ssl.SSLError):
        return f"TLS failed, {(error.reason or 'no reason').lower().replace('_', ' ')}"
    return os.strerror(error.errno) if error.errno else "no address answers"


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
