"""The HTTP client: bounded, strict, a connection for each question, silent about content."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509

from adapters.contract import AnswerInvalid, PlatformError, PlatformUnavailable
from adapters.http_client import HttpClient
from tests.adapters.stand_ins import Authority

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _server(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    talks: list[Awaitable[None]] = []

    async def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.ensure_future(talk(reader, writer)))
        await talks[-1]

    server = await asyncio.start_server(start, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/base/"
    finally:
        server.close()
        async with asyncio.timeout(5):
            await asyncio.gather(*talks)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(
        next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1]
    )
    return head + await reader.readexactly(length)


def _saying(*answers: bytes, close: bool = True) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in answers:
                await _request(reader)
                writer.write(answer)
                await writer.drain()
            if not close:
                await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return talk


async def _post(url: str, max_bytes: int = 1000) -> bytes:
    client = HttpClient(url, max_bytes=max_bytes)
    try:
        async with asyncio.timeout(5):
            return await client.post("/path", b"{}", {"X-Header": "value"})
    finally:
        await client.close()


async def test_a_request_is_well_formed() -> None:
    """One host, one length, the base path before the path, and that the connection ends with the answer."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await _request(reader))
        writer.write(OK + b"Content-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with _server(talk) as url:
        assert b"{}" == await _post(url)
    lines = heard[0].split(b"\r\n")
    assert b"POST /base/path HTTP/1.1" == lines[0]
    assert b"X-Header: value" in lines
    assert [b"Connection: close"] == [line for line in lines if line.lower().startswith(b"connection:")]
    assert b"{}" == lines[-1]


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 2\r\n\r\n{}",
        OK.replace(b"json", b"json; charset=utf-8") + b"content-length: 2\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 8 + OK + b"Content-Length: 2\r\n\r\n{}",
    ],
)
async def test_a_sound_answer_is_read(answer: bytes) -> None:
    """By its length, or in chunks, after interim answers too."""
    async with _server(_saying(answer)) as url:
        assert b"{}" == await _post(url)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        b"SIP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip\r\n\r\n",
        OK + b"Content-Length: -2\r\n\r\n{}",
        OK + b"Content-Length: +2\r\n\r\n{}",
        OK + b"Content-Length: 0x2\r\n\r\n{}",
        OK + b"Content-Length: 99\r\n\r\n" + b"x" * 99,
        OK + b"Transfer-Encoding: chunked\r\n\r\n63\r\n" + b"x" * 99 + b"\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n",
        OK + b" folded\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"No colon\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        OK + b"".join(b"X%d: y\r\n" % number for number in range(100)) + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 9 + OK + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n{}" + OK + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 99 Low\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\n{}",
    ],
)
async def test_an_answer_that_is_not_sound_is_invalid(answer: bytes) -> None:
    """Two lengths, folded lines, too much: refused, not mended."""
    async with _server(_saying(answer)) as url:
        with pytest.raises(AnswerInvalid, match="service:"):
            await _post(url, max_bytes=50)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
async def test_a_service_that_refuses_is_unavailable(status: int) -> None:
    """The status is told, the body is not."""
    answer = b"HTTP/1.1 %d No\r\nContent-Length: 6\r\n\r\nsecret" % status
    async with _server(_saying(answer)) as url:
        with pytest.raises(PlatformUnavailable, match=str(status)) as caught:
            await _post(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [101, 201, 204, 301, 302, 304, 307, 400, 404])
async def test_any_other_status_is_an_error_and_no_redirect_is_followed(status: int) -> None:
    """Keys go to the configured service alone."""
    answer = b"HTTP/1.1 %d Else\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n" % status
    async with _server(_saying(answer)) as url:
        with pytest.raises(PlatformError, match=str(status)):
            await _post(url)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200", OK, OK + b"Content-Length: 9\r\n\r\n{}", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
async def test_a_connection_that_ends_early_is_unavailable(answer: bytes) -> None:
    """Half an answer is none."""
    async with _server(_saying(answer)) as url:
        with pytest.raises(PlatformUnavailable, match="ended before the answer"):
            await _post(url)


async def test_nobody_listening_is_unavailable() -> None:
    """The error names its kind."""
    async with _server(_saying(b"")) as url:
        pass
    with pytest.raises(PlatformUnavailable, match="no connection"):
        await _post(url)


@pytest.mark.parametrize("said", [b"", b"Connection: keep-alive\r\n", b"Connection: keep-alive, Close\r\n"])
async def test_a_question_has_a_connection_of_its_own(said: bytes) -> None:
    """A1: whatever the answer's header says, and whether the service would answer again; the client ends it."""
    opened = 0
    ended = asyncio.Event()
    answer = OK + said + b"Content-Length: 2\r\n\r\n{}"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await _request(reader)
        writer.write(answer)
        with suppress(OSError):
            assert b"" == await reader.read()
        writer.close()
        ended.set()

    async with _server(talk) as url, asyncio.timeout(5):
        client = HttpClient(url)
        for _ in range(3):
            ended.clear()
            assert b"{}" == await client.post("/path", b"{}", {})
            await ended.wait()
        await client.close()
    assert 3 == opened


async def test_connections_at_once_are_bounded() -> None:
    """The others wait for their turn, and a question that fails gives its place back."""
    opened, most = 0, 0
    full, go = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened, most
        opened += 1
        most = max(most, opened)
        body = (await _request(reader)).partition(b"\r\n\r\n")[2]
        if opened == 2:
            full.set()
        await go.wait()
        opened -= 1
        if body != b'"0"':
            writer.write(_echo(body))
        writer.close()

    async with _server(talk) as url, asyncio.timeout(5):
        client = HttpClient(url, pool=2)
        asked = [asyncio.ensure_future(client.post("/path", b'"%d"' % number, {})) for number in range(6)]
        await full.wait()
        go.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await client.close()
    assert isinstance(answers[0], PlatformUnavailable)
    assert [b'"%d"' % number for number in range(1, 6)] == answers[1:]
    assert 2 == most


def _echo(body: bytes) -> bytes:
    return OK + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    "more",
    [
        lambda answer: answer,
        lambda answer: answer + answer,
        lambda answer: answer[:20],
        lambda answer: b"\r\n",
        lambda answer: b"x",
        lambda answer: b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        lambda answer: b"y" * 200_000,
    ],
)
@pytest.mark.parametrize("way", ["in one segment", "in the next segment", "later", "after the next question"])
async def test_what_comes_beyond_an_answer_reaches_nobody(way: str, more: Callable[[bytes], bytes]) -> None:
    """A1: doubled, left-over and late bytes: each question gets its own answer, over a connection of its own.

    No look before use sees what comes after the next question was sent: there the bytes of all earlier answers are
    written before the answer.
    """
    opened = 0
    earlier: list[tuple[asyncio.StreamWriter, bytes]] = []
    sent, given = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                answer = _echo((await _request(reader)).partition(b"\r\n\r\n")[2])
                for late, octets in earlier:
                    late.write(octets)
                writer.write(answer + more(answer) if way == "in one segment" else answer)
                await writer.drain()
                if way == "later":
                    await given.wait()
                if way == "after the next question":
                    earlier.append((writer, more(answer)))
                elif way != "in one segment":
                    writer.write(more(answer))
                sent.set()
                await writer.drain()
        writer.close()

    async with _server(talk) as url, asyncio.timeout(5):
        client = HttpClient(url, max_bytes=1000)
        for question in (b'"AAAAA"', b'"BBBBB"', b'"CCCCC"'):
            sent.clear()
            given.clear()
            assert question == await client.post("/path", question, {})
            given.set()
            await sent.wait()
        await client.close()
    assert 3 == opened


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
async def test_a_question_is_sent_once(said: bytes) -> None:
    """A1: a connection that ends without the answer is not replaced behind the asker's back."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await _request(reader))
        writer.write(said)
        writer.close()

    async with _server(talk) as url:
        for _ in range(2):
            with pytest.raises(PlatformError):
                await _post(url)
    assert 2 == len(heard)


@pytest.mark.parametrize("head", [OK, OK + b"Connection: close\r\n", OK + b"Connection: Keep-Alive, Close\r\n"])
async def test_an_answer_without_a_length_is_read_to_the_end(head: bytes) -> None:
    """A12g: the end of the connection is the end of the body (RFC 9112 section 6.3)."""
    async with _server(_saying(head + b'\r\n{"a": 1}')) as url:
        assert b'{"a": 1}' == await _post(url)


async def test_an_answer_without_a_length_is_bounded() -> None:
    """A12g: reading to the end has the same bound as a length has."""
    async with _server(_saying(OK + b"\r\n" + b"x" * 51)) as url:
        with pytest.raises(AnswerInvalid, match="at most 50 bytes"):
            await _post(url, max_bytes=50)


async def test_an_answer_without_a_length_that_never_ends_waits_for_the_deadline_alone() -> None:
    """A12g: a refusal without a length is told at once."""
    async with _server(_saying(b"HTTP/1.1 503 No\r\n\r\n", close=False)) as url:
        with pytest.raises(PlatformUnavailable, match="503"):
            await _post(url)


async def test_a_cancelled_question_closes_its_connection() -> None:
    """A late answer can never be taken for the next one's."""
    heard, gone = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        heard.set()
        with suppress(OSError):
            await reader.read()
        writer.close()
        gone.set()

    async with _server(talk) as url:
        client = HttpClient(url)
        task = asyncio.ensure_future(client.post("/path", b"{}", {}))
        await heard.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await gone.wait()
        await client.close()


async def test_a_closed_client_is_unavailable() -> None:
    """Closing twice does no harm."""
    client = HttpClient("http://127.0.0.1:1")
    await client.close()
    await client.close()
    with pytest.raises(PlatformUnavailable, match="closed"):
        await client.post("/path", b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:80",
        "ftp://127.0.0.1",
        "http://",
        "http://10.0.0.1",
        "http://platform.example",
        "http://user:word@127.0.0.1",
        "https://platform.example/?a=b",
        "http://127.0.0.1.example",
    ],
)
def test_an_unfit_url_is_refused(url: str) -> None:
    """Keys never travel in clear to another machine."""
    with pytest.raises(ValueError, match="url: expected"):
        HttpClient(url)


def _tls(authority: Authority, directory: Path, name: x509.GeneralName) -> ssl.SSLContext:
    pem = authority.issue(name)
    (directory / "ca.pem").write_bytes(authority.pem)
    (directory / "server.pem").write_bytes(pem.chain + pem.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    return context


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


async def test_https_is_spoken_with_the_named_authority(tmp_path: Path) -> None:
    """The certificate is checked against the file."""
    context = _tls(Authority("trial"), tmp_path, LOOPBACK)
    async with _server(_saying(OK + b"Content-Length: 2\r\n\r\n{}"), context) as url:
        client = HttpClient(url, ca_file=tmp_path / "ca.pem")
        assert b"{}" == await client.post("/path", b"{}", {})
        await client.close()


@pytest.mark.parametrize("fault", ["another authority", "another host", "no authority"])
async def test_a_server_that_does_not_prove_itself_is_unavailable(tmp_path: Path, fault: str) -> None:
    """No switch turns the check off."""
    host = x509.DNSName("other.example") if fault == "another host" else LOOPBACK
    context = _tls(Authority("trial"), tmp_path, host)
    ca = tmp_path / "ca.pem"
    if fault == "another authority":
        ca.write_bytes(Authority("other").pem)
    async with _server(_saying(OK + b"Content-Length: 2\r\n\r\n{}"), context) as url:
        client = HttpClient(url, ca_file=None if fault == "no authority" else ca)
        with pytest.raises(PlatformUnavailable, match="no connection"):
            await client.post("/path", b"{}", {})
        await client.close()


async def test_a_service_that_nobody_runs_is_told_by_its_cause() -> None:
    """As the system says it, and by no class of the program."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        client = HttpClient(f"http://127.0.0.1:{held.getsockname()[1]}")
        with pytest.raises(PlatformUnavailable, match=r"no connection: Connection refused$"):
            await client.post("/", b"{}", {})
