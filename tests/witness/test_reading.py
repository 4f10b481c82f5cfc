"""A witness's monitoring address is read within bounds of bytes and time, over mutual TLS, and nothing is followed."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from gateway.witness.reading import HEADER_BYTES, NoteRefused, PlaceInvalid, WitnessPlace, read_cosigned
from gateway.witness.submission import Unreachable
from tests.network.c2sp_witness import certificate

ORIGIN = "510000.chuanyu/node/gateway-1"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine, alone and with its key."""
    return certificate(tmp_path_factory.mktemp("pair"))


@asynccontextmanager
async def serving(pair: tuple[Path, Path], answer: Answer) -> AsyncIterator[tuple[WitnessPlace, list[bytes]]]:
    """A server that answers as it is told; gives its place and the requests that it got."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            await answer(writer)
            await writer.drain()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair[1])
    async with listening(serve, context) as port:
        yield WitnessPlace("127.0.0.1", port, "/log", "localhost"), asked


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], context: ssl.SSLContext | None
) -> AsyncIterator[int]:
    """A server of which no connection is left at the end; gives its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
            writer.close()
            await writer.wait_closed()
        except (OSError, asyncio.CancelledError):
            return
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def context_of(pair: tuple[Path, Path]) -> ssl.SSLContext:
    """What a client needs."""
    return ssl.create_default_context(cafile=str(pair[0]))


def saying(octets: bytes) -> Answer:
    """A server that says this, and closes."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(octets)

    return answer


async def test_the_note_is_asked_for_by_the_hash_of_its_origin(pair: tuple[Path, Path]) -> None:
    """Below the monitoring prefix; what comes is returned as it is."""
    async with serving(pair, saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nnote\n")) as (place, asked):
        assert b"note\n" == await read_cosigned(place, ORIGIN, context_of(pair), 5)
    digest = hashlib.sha256(ORIGIN.encode()).hexdigest()
    assert f"GET /log/{digest}/checkpoint HTTP/1.1" == asked[0].split(b"\r\n")[0].decode()


async def test_a_body_in_chunks_is_whole(pair: tuple[Path, Path]) -> None:
    """As witnesses of other makes send it."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n2\r\ne\n\r\n0\r\n\r\n"
    async with serving(pair, saying(chunked)) as (place, _):
        assert b"note\n" == await read_cosigned(place, ORIGIN, context_of(pair), 5)


@pytest.mark.parametrize("status", [301, 403, 404, 429, 500, 503])
async def test_another_answer_is_a_refusal_with_its_status(pair: tuple[Path, Path], status: int) -> None:
    """A redirect too; what it says is cut, and holds nothing that a terminal obeys."""
    words = b"PARTY_UNKNOWN\n" + b"\x1b[2J" + b"x" * 500
    head = f"HTTP/1.1 {status} Word\r\nLocation: https://other.example/\r\nContent-Length: {len(words)}\r\n\r\n"
    async with serving(pair, saying(head.encode() + words)) as (place, asked):
        with pytest.raises(NoteRefused, match="PARTY_UNKNOWN") as caught:
            await read_cosigned(place, ORIGIN, context_of(pair), 5)
    assert (status, 1) == (caught.value.status, len(asked))
    assert "\x1b" not in str(caught.value)
    assert 120 > len(str(caught.value))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"HTTP/1.1 ",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"x" * 90_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
)
async def test_what_is_no_answer_is_no_note(pair: tuple[Path, Path], octets: bytes) -> None:
    """Half of one, none of HTTP, or one that is too long."""
    async with serving(pair, saying(octets)) as (place, _):
        with pytest.raises(Unreachable):
            await read_cosigned(place, ORIGIN, context_of(pair), 5)


async def test_a_witness_that_answers_byte_by_byte_is_given_up(pair: tuple[Path, Path]) -> None:
    """The time is that of the whole, not of each byte."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(pair, drip) as (place, _):
        with pytest.raises(Unreachable, match=r"no answer within 0\.3 s"):
            await read_cosigned(place, ORIGIN, context_of(pair), 0.3)


async def test_a_socket_that_hangs_is_given_up(pair: tuple[Path, Path]) -> None:
    """Before its handshake: it listens, and nobody speaks."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with listening(hang, None) as port:
        place = WitnessPlace("127.0.0.1", port, "", "localhost")
        with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
            await read_cosigned(place, ORIGIN, context_of(pair), 0.2)


async def test_a_witness_of_another_authority_or_name_is_not_asked(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Nothing is sent before its certificate is known."""
    other = certificate(tmp_path)
    async with serving(pair, saying(b"")) as (place, asked):
        for context, name in ((context_of(other), "localhost"), (context_of(pair), "other.example")):
            with pytest.raises(Unreachable, match="SSLCertVerificationError"):
                await read_cosigned(WitnessPlace(place.host, place.port, "", name), ORIGIN, context, 5)
        assert [] == asked


@pytest.mark.parametrize(
    ("text", "host", "port", "prefix"),
    [
        ("cq.example:9443", "cq.example", 9443, ""),
        ("[::1]:9443", "::1", 9443, ""),
        ("https://witness.example", "witness.example", 443, ""),
        ("https://witness.example:8443/a/b/", "witness.example", 8443, "/a/b"),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int, prefix: str) -> None:
    """Host and port, or a prefix; the certificate bears the host unless told otherwise."""
    found = WitnessPlace.parse(text)
    assert WitnessPlace(host, port, prefix, host) == found
    assert "name" == WitnessPlace.parse(text, "name").server_name
    assert found == WitnessPlace.parse(str(found) if not prefix else f"https://{found}")


@pytest.mark.parametrize(
    "text",
    ["", "cq.example", "http://cq.example:1", "ftp://x:1", "cq.example:99999", "cq.example:port", "https://u@x/",
     "https://x/?a=1", "cq.example:1/path", ":9443"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    """No plain HTTP, no credentials, no query."""
    with pytest.raises(PlaceInvalid):
        WitnessPlace.parse(text)


def test_the_bound_leaves_room_for_a_header() -> None:
    """A note of the greatest length fits."""
    assert 8192 < HEADER_BYTES
