"""Reads one HTTP/1.1 message from a stream (RFC 9112), bounded and strict. For both ends.

Refused, not mended: a length given twice or together with a transfer coding, folded header lines, more than is allowed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_LINE: Final = 8_192
MAX_HEADERS: Final = 64
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*([\x20-\x7e]*?)[ \t]*\r\n")
_LENGTH: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]{1,8})\r\n")


class MessageInvalid(Exception):
    """The stream does not hold the message that was expected; says which part, never its content."""


class MessageTooLarge(MessageInvalid):
    """The body is longer than allowed."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the headers, names in lower case."""

    start: str
    headers: Mapping[str, str]


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read up to the empty line.

    Raises:
        MessageInvalid: not a head, or too long.
        asyncio.IncompleteReadError: the stream ended; `partial` is empty when nothing had come.
    """
    start = await _line(reader)
    headers: dict[str, str] = {}
    while (line := await _line(reader)) != b"\r\n":
        matched = _HEADER.fullmatch(line)
        if matched is None or len(headers) >= MAX_HEADERS:
            raise MessageInvalid("expected a header line, found something else or too many")
        name = matched[1].decode("ascii").lower()
        if name in headers:
            raise MessageInvalid(f"header {name}: expected once, found twice")
        headers[name] = matched[2].decode("ascii")
    return Head(start.rstrip(b"\r\n").decode("latin-1"), headers)


async def read_body(reader: asyncio.StreamReader, head: Head, limit: int, *, until_end: bool = False) -> bytes:
    """Read the body that the head announces.

    Where it announces none there is none; or, for an answer (`until_end`), all that comes until the stream ends.

    Raises:
        MessageTooLarge: more than `limit` bytes.
        MessageInvalid: no length that can be trusted.
        asyncio.IncompleteReadError: the stream ended before the body.
    """
    length, coding = head.headers.get("content-length"), head.headers.get("transfer-encoding")
    if length is not None and coding is not None:
        raise MessageInvalid("expected a length or a transfer coding, found both")
    if coding is not None:
        if coding.lower() != "chunked":
            raise MessageInvalid("expected the coding chunked, found another")
        return await _chunks(reader, limit)
    if length is None:
        return await _rest(reader, limit) if until_end else b""
    if not _LENGTH.fullmatch(length):
        raise MessageInvalid("content-length: expected digits, found something else")
    if int(length) > limit:
        raise MessageTooLarge(f"expected at most {limit} bytes, found {int(length)}")
    return await reader.readexactly(int(length))


async def _rest(reader: asyncio.StreamReader, limit: int) -> bytes:
    body = bytearray()
    while octets := await reader.read(limit + 1 - len(body)):
        body += octets
        if len(body) > limit:
            raise MessageTooLarge(f"expected at most {limit} bytes, found more")
    return bytes(body)


async def _chunks(reader: asyncio.StreamReader, limit: int) -> bytes:
    body = bytearray()
    while True:
        matched = _CHUNK.fullmatch(await _line(reader))
        if matched is None:
            raise MessageInvalid("expected the size of a chunk, found something else")
        size = int(matched[1], 16)
        if len(body) + size > limit:
            raise MessageTooLarge(f"expected at most {limit} bytes, found more")
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise MessageInvalid("expected the end of a chunk, found something else")
        if size == 0:
            return bytes(body)


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        line = await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError:
        raise MessageInvalid(f"expected lines of at most {MAX_LINE} bytes, found a longer one") from None
    if len(line) > MAX_LINE:
        raise MessageInvalid(f"expected lines of at most {MAX_LINE} bytes, found a longer one")
    return line
