"""The ways to a witness: bounded in bytes, dialled anew after a fault, and no redirect is followed."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import grpc
import pytest

from gateway.wire.v1 import peer_pb2
from gateway.witness.reach import MAX_ANSWER_BYTES, PeerWay, https_way, post
from gateway.witness.submission import Unreachable


class FakeConnection:
    """An HTTP connection that answers as it is set, and notes what it is asked."""

    answer = b"line"
    status = 200
    fault: Exception | None = None
    made: ClassVar[list[FakeConnection]] = []

    def __init__(self, host: str, port: int | None, *, timeout: float, context: object = None) -> None:
        self.opened = (host, port, timeout, context)
        self.request_line: tuple[object, ...] = ()
        self.closed = False
        self.sock: object = None
        FakeConnection.made.append(self)

    def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Note a request."""
        self.request_line = (method, path, body, headers["Content-Type"])
        if self.fault is not None:
            raise self.fault

    def getresponse(self) -> Any:
        """Give the answer."""
        headers = Message()
        headers["Content-Type"] = "text/x.tlog.size; charset=utf-8"
        return SimpleNamespace(status=self.status, headers=headers, read=lambda most: self.answer[:most])

    def close(self) -> None:
        """Note it."""
        self.closed = True


PAIRS: list[tuple[socket.socket, socket.socket]] = []


def dial(address: tuple[str, int], seconds: float) -> socket.socket:
    """A connection to nobody."""
    PAIRS.append(socket.socketpair())
    ours = PAIRS[-1][0]
    ours.settimeout(seconds)
    return ours


class Context:
    """Wraps nothing."""

    def wrap_socket(self, raw: socket.socket, *, server_hostname: str) -> tuple[str, str]:
        """Tell for whom."""
        return "tls", server_hostname


CONTEXT = Context()


class Insecure(FakeConnection):
    """The same without TLS."""


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeConnection]]:
    """No test reaches the network, but those that give a connection of their own."""
    for name, value in (("made", []), ("answer", b"line"), ("status", 200), ("fault", None)):
        monkeypatch.setattr(FakeConnection, name, value)
    monkeypatch.setattr("gateway.witness.reach.http.client.HTTPSConnection", FakeConnection)
    monkeypatch.setattr("gateway.witness.reach.http.client.HTTPConnection", Insecure)
    monkeypatch.setattr("gateway.witness.reach.socket.create_connection", dial)
    yield FakeConnection
    while PAIRS:
        for one in PAIRS.pop():
            one.close()


def ask(url: str = "https://w.example:8443/a/b") -> tuple[int, str, bytes]:
    """Send a body."""
    return post(url, b"body", "text/plain", lambda: cast(Any, CONTEXT), 2.5)


@pytest.mark.parametrize("fault", [OSError("refused"), TimeoutError("late"), http.client.BadStatusLine("x")])
def test_a_connection_that_fails_is_no_answer(connection: type[FakeConnection], fault: Exception) -> None:
    """It is closed, and the message names the fault."""
    connection.fault = fault
    with pytest.raises(Unreachable, match=type(fault).__name__):
        ask()
    assert [True] == [one.closed for one in connection.made]


def test_an_answer_that_is_too_long_is_no_answer(connection: type[FakeConnection]) -> None:
    """It is not read beyond its bound; one of exactly that length is taken."""
    connection.answer = bytes(MAX_ANSWER_BYTES + 9)
    with pytest.raises(Unreachable, match="at most 65536 bytes"):
        ask()
    connection.answer = bytes(MAX_ANSWER_BYTES)
    assert MAX_ANSWER_BYTES == len(ask()[2])


def test_a_redirect_is_an_answer_and_is_not_followed(connection: type[FakeConnection]) -> None:
    """Our body goes to the address of the settings alone."""
    connection.status = 307
    assert 307 == ask()[0]
    assert 1 == len(connection.made)


def test_a_body_is_sent_over_tls_with_the_context_in_force(connection: type[FakeConnection]) -> None:
    """Status, content type and body come back; without a scheme of TLS no context is made."""
    assert (200, "text/x.tlog.size", b"line") == ask()
    (made,) = connection.made
    assert ("w.example", 8443, 2.5, CONTEXT) == made.opened
    assert ("tls", "w.example") == made.sock
    assert ("POST", "/a/b", b"body", "text/plain") == made.request_line
    ask("http://127.0.0.1:1")
    assert (Insecure, ("127.0.0.1", 1, 2.5, None)) == (type(connection.made[1]), connection.made[1].opened)
    assert "/" == connection.made[1].request_line[1]


@pytest.mark.parametrize("url", ["https://w.example/prefix", "https://w.example/prefix/"])
async def test_a_witness_is_asked_below_its_prefix(connection: type[FakeConnection], url: str) -> None:
    """As C2SP names the path."""
    connection.status = 409
    assert (409, b"line") == await https_way(url, lambda: cast(Any, CONTEXT), 1)(b"body")
    assert ("POST", "/prefix/add-checkpoint") == connection.made[0].request_line[:2]


@contextmanager
def dripping(monkeypatch: pytest.MonkeyPatch, begins: bytes) -> Iterator[tuple[int, threading.Event]]:
    """A server that begins its answer and then sends a byte now and then; its port, and whether it was let go."""
    monkeypatch.undo()
    left = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(65_536)
                try:
                    taken.sendall(begins)
                    while not left.wait(0.02):
                        taken.sendall(b"x")
                except OSError:
                    left.set()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], left
        finally:
            left.wait(10)
            left.set()
            thread.join()


@pytest.mark.parametrize(
    ("scheme", "begins"),
    [
        ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\nX-"),
        ("http", b""),
        ("https", b"\x16\x03\x03\x40\x00"),
    ],
    ids=["body", "header", "status", "handshake"],
)
def test_an_answer_that_drips_is_no_answer(monkeypatch: pytest.MonkeyPatch, scheme: str, begins: bytes) -> None:
    """Each byte comes in time, the whole does not: the connection is ended, and what came is not taken."""
    with dripping(monkeypatch, begins) as (port, left):
        with pytest.raises(Unreachable, match=r"TimeoutError: (no answer within 0\.3 s|.*timed out)"):
            post(f"{scheme}://127.0.0.1:{port}/", b"body", "text/plain", ssl.create_default_context, 0.3)
        assert left.wait(10)


class FakeChannel:
    """A channel to a peer's gateway that answers or fails."""

    def __init__(self, fault: bool) -> None:
        self.fault = fault
        self.closed = False

    def unary_unary(self, method: str, *given: object, **named: object) -> Any:
        """The method that asks for a cosignature."""

        async def call(request: peer_pb2.CosignRequest, **options: float) -> peer_pb2.CosignResponse:
            assert ("/gateway.wire.v1.Peer/Cosign", b"body", {"timeout": 2.5}) == (method, request.body, options)
            if self.fault:
                metadata = grpc.aio.Metadata()
                raise grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, metadata, metadata, "no route")
            return peer_pb2.CosignResponse(status=409, body=b"7\n")

        return call

    def stream_stream(self, method: str, *given: object, **named: object) -> None:
        """The link, which is not used here."""

    async def close(self) -> None:
        """Note it."""
        self.closed = True


def peer_way(*faults: bool) -> tuple[PeerWay, list[FakeChannel]]:
    """A way to a peer; each dialling takes the next of these."""
    made: list[FakeChannel] = []
    rest = list(faults)

    def make() -> grpc.aio.Channel:
        made.append(FakeChannel(rest.pop(0)))
        return cast(grpc.aio.Channel, made[-1])

    return PeerWay(make, 2.5), made


async def test_a_peer_that_does_not_answer_is_dialled_anew() -> None:
    """With the certificate that is then in force; the old channel is closed."""
    way, made = peer_way(True, False)
    with pytest.raises(Unreachable, match="UNAVAILABLE: no route"):
        await way.send(b"body")
    assert [True] == [one.closed for one in made]
    assert (409, b"7\n") == await way.send(b"body")
    assert [True, False] == [one.closed for one in made]


async def test_one_channel_serves_until_it_is_closed() -> None:
    """Nothing is dialled before the first request; a second close does nothing."""
    way, made = peer_way(False, False)
    await way.close()
    assert [] == made
    for _ in range(2):
        await way.send(b"body")
    assert 1 == len(made)
    await way.close()
    await way.close()
    assert made[0].closed
    await way.send(b"body")
    assert 2 == len(made)
