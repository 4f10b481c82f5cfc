"""One HTTP/1.1 message is read within its bounds; whatever two readers could take differently is refused."""

from __future__ import annotations

import asyncio

import pytest

from adapters.http_message import MAX_HEADERS, MAX_LINE, Head, MessageInvalid, MessageTooLarge, read_body, read_head


def _stream(octets: bytes) -> asyncio.StreamReader:
    """Make a stream that has come and ended."""
    reader = asyncio.StreamReader(limit=2 * MAX_LINE)
    reader.feed_data(octets)
    reader.feed_eof()
    return reader


def _head(**headers: str) -> Head:
    return Head("GET / HTTP/1.1", {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "lines",
    [
        b"Host: a\r\n folded\r\n",
        b"Host : a\r\n",
        b": a\r\n",
        b"Host\r\n",
        b"Host: a\nX: b\r\n",
        b"Host: a\x00b\r\n",
        b"Host: \xe5\xb7\x9d\r\n",
        b"N" * 65 + b": a\r\n",
    ],
)
async def test_a_line_that_is_no_header_is_refused(lines: bytes) -> None:
    """Folding, a blank before the colon, an empty or too long name, a bare line feed and foreign signs are refused."""
    with pytest.raises(MessageInvalid, match="expected a header line"):
        await read_head(_stream(b"GET / HTTP/1.1\r\n" + lines + b"\r\n"))


async def test_a_header_that_comes_twice_is_refused_whatever_its_case() -> None:
    """Two lengths would let two readers see two messages."""
    with pytest.raises(MessageInvalid, match="header content-length: expected once, found twice"):
        await read_head(_stream(b"GET / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n"))


@pytest.mark.parametrize("length", [MAX_LINE - 1, 2 * MAX_LINE + 1])
async def test_a_longer_line_than_allowed_is_refused(length: int) -> None:
    """The bound counts the end of the line, and holds within and beyond the stream's own buffer."""
    with pytest.raises(MessageInvalid, match=f"lines of at most {MAX_LINE} bytes"):
        await read_head(_stream(b"G" * length + b"\r\n\r\n"))


async def test_one_header_too_many_is_refused_and_the_last_allowed_is_read() -> None:
    """The bound is exact."""
    lines = [b"X-%d: a\r\n" % at for at in range(MAX_HEADERS + 1)]
    assert MAX_HEADERS == len((await read_head(_stream(b"A\r\n" + b"".join(lines[1:]) + b"\r\n"))).headers)
    with pytest.raises(MessageInvalid, match="or too many"):
        await read_head(_stream(b"A\r\n" + b"".join(lines) + b"\r\n"))


@pytest.mark.parametrize(("octets", "partial"), [(b"", b""), (b"GET / HT", b"GET / HT"), (b"A\r\nHost: a\r\n", b"")])
async def test_a_stream_that_ends_within_a_head_is_no_message(octets: bytes, partial: bytes) -> None:
    """The error holds what had come of the line."""
    with pytest.raises(asyncio.IncompleteReadError) as caught:
        await read_head(_stream(octets))
    assert partial == caught.value.partial


async def test_a_head_is_its_first_line_and_its_headers_in_lower_case() -> None:
    """Blanks around a value are not of it, and the body stays in the stream."""
    reader = _stream(b"HTTP/1.1 200 OK\r\nHost:  a b \t\r\nX-Empty:\r\n\r\nbody")
    assert Head("HTTP/1.1 200 OK", {"host": "a b", "x-empty": ""}) == await read_head(reader)
    assert b"body" == await reader.read()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (_head(content_length="1", transfer_encoding="chunked"), "found both"),
        (_head(transfer_encoding="gzip, chunked"), "expected the coding chunked"),
        (_head(transfer_encoding=""), "expected the coding chunked"),
        (_head(content_length="-1"), "expected digits"),
        (_head(content_length="+1"), "expected digits"),
        (_head(content_length="0x1"), "expected digits"),
        (_head(content_length="1_0"), "expected digits"),
        (_head(content_length="1, 1"), "expected digits"),
        (_head(content_length="\uff11"), "expected digits"),
        (_head(content_length=""), "expected digits"),
        (_head(content_length="1" * 13), "expected digits"),
    ],
)
async def test_a_length_that_cannot_be_trusted_is_refused(head: Head, said: str) -> None:
    """Neither a guess nor a mended length decides where a body ends."""
    with pytest.raises(MessageInvalid, match=said):
        await read_body(_stream(b"x" * 20), head, 100)


@pytest.mark.parametrize(
    "octets",
    [
        b"g\r\n",
        b"\r\n",
        b" 1\r\nx\r\n0\r\n\r\n",
        b"1;name=a\r\nx\r\n0\r\n\r\n",
        b"000000001\r\nx\r\n0\r\n\r\n",
        b"-1\r\nx\r\n0\r\n\r\n",
        b"1\r\nxy\r\n0\r\n\r\n",
        b"0\r\nTrailer: a\r\n\r\n",
    ],
)
async def test_a_chunk_that_is_not_plain_is_refused(octets: bytes) -> None:
    """Extensions, trailers, signs, long sizes and a chunk of another length than it says are refused."""
    with pytest.raises(MessageInvalid, match="of a chunk"):
        await read_body(_stream(octets), _head(transfer_encoding="chunked"), 100)


@pytest.mark.parametrize(
    ("head", "octets"),
    [
        (_head(content_length="4"), b"abcd"),
        (_head(transfer_encoding="chunked"), b"4\r\nabcd\r\n0\r\n\r\n"),
        (_head(transfer_encoding="chunked"), b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"),
        (_head(transfer_encoding="chunked"), b"ffffffff\r\n"),
    ],
)
async def test_a_body_beyond_the_limit_is_refused(head: Head, octets: bytes) -> None:
    """The announced size alone is enough to refuse, and the chunks count together."""
    with pytest.raises(MessageTooLarge, match="expected at most 3 bytes"):
        await read_body(_stream(octets), head, 3)


@pytest.mark.parametrize("head", [_head(content_length="4"), _head(transfer_encoding="chunked")])
async def test_a_body_that_ends_early_is_no_body(head: Head) -> None:
    """A shorter body than announced is never returned."""
    with pytest.raises(asyncio.IncompleteReadError):
        await read_body(_stream(b"3\r\n"), head, 100)


@pytest.mark.parametrize(
    ("head", "octets"),
    [
        (_head(content_length="4"), b"abcdREST"),
        (_head(content_length="0004"), b"abcdREST"),
        (_head(transfer_encoding="Chunked"), b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\nREST"),
    ],
)
async def test_a_body_is_what_the_head_announces_and_no_byte_more(head: Head, octets: bytes) -> None:
    """The next message begins where the body ends, at the limit too."""
    reader = _stream(octets)
    assert b"abcd" == await read_body(reader, head, 4)
    assert b"REST" == await reader.read()


async def test_a_head_that_announces_no_body_has_none() -> None:
    """Nothing is read from the stream."""
    reader = _stream(b"REST")
    assert b"" == await read_body(reader, _head(), 4)
    assert b"REST" == await reader.read()
