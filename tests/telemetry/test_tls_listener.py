"""The TLS listener: unknown callers are held to a bound, leave nothing behind, and are told of (A9, F9)."""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
import ssl
from asyncio import sslproto
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.refusals import Reason
from gateway.telemetry import tls_listener
from gateway.telemetry.listening import CannotListen, open_socket
from gateway.telemetry.tls_listener import Places, TlsListener, explain_failure, sender_of

URI = "spiffe://510000.chuanyu/node/one"
PATIENCE = 30.0
"""Seconds: of no claim, and more than a busy machine takes."""


class Echo(asyncio.Protocol):
    """Says the caller's words back."""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Say them back."""
        self.transport.write(data)


class Listening:
    """A listener, and what it refused."""

    def __init__(self, pki: Any) -> None:
        self.pki = pki
        self.refused: list[tuple[Reason, str, str]] = []
        self.pair, self.root = self.own_pair(), pki.root("own")
        self.told = asyncio.Event()
        self.listener = TlsListener(Echo, pair=lambda: self.pair, roots=lambda: self.root, refused=self.refuse)
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []

    def own_pair(self) -> Any:
        """A new certificate of the listener."""
        key, certificate = self.pki.leaf("own", URI)
        return SimpleNamespace(key_pem=key, certificate_pem=certificate)

    def refuse(self, reason: Reason, detail: str, address: str) -> None:
        """Note a refusal."""
        self.refused.append((reason, detail, address))
        self.told.set()

    async def known(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect as a known machine."""
        context = self.pki.client("own", self.pki.leaf("own", URI))
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=context, server_hostname="localhost")

    async def echo(self, words: bytes = b"words") -> bytes:
        """Say words as a known machine, and return what comes back."""
        reader, writer = await self.known()
        writer.write(words)
        told = await reader.readexactly(len(words))
        writer.close()
        return told

    async def half_open(self) -> asyncio.StreamReader:
        """A connection that says the beginning of a hello and no more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"\x16\x03\x01\x02\x00\x01")
        self.writers.append(writer)
        return reader

    async def refusals(self, count: int) -> list[tuple[Reason, str, str]]:
        """Wait until so many were refused."""
        async with asyncio.timeout(PATIENCE):
            while len(self.refused) < count:
                self.told.clear()
                await self.told.wait()
        return self.refused


@asynccontextmanager
async def listening(pki: Any) -> AsyncIterator[Listening]:
    one = Listening(pki)
    async with one.listener.serving(open_socket("127.0.0.1", 0)) as port:
        one.port = port
        yield one
    for writer in one.writers:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Read to the end, which an abort is too."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_known_machine_is_heard_and_named(pki: Any) -> None:
    """And nothing is told of it."""
    async with listening(pki) as one:
        assert b"words" == await one.echo()
        assert [] == one.refused


def plain(octets: bytes) -> Callable[[Listening], Any]:
    async def connect(one: Listening) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        writer.write(octets)
        if not octets:
            writer.close()
        await ended(reader)
        writer.close()

    return connect


def secure(make: Callable[[Any], ssl.SSLContext]) -> Callable[[Listening], Any]:
    async def connect(one: Listening) -> None:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", one.port, ssl=make(one.pki), server_hostname="localhost"
            )
            await ended(reader)
            writer.close()

    return connect


STRANGERS: dict[str, tuple[Callable[[Listening], Any], Reason, str]] = {
    "no certificate": (secure(lambda pki: pki.client("own", None)), Reason.NO_CERTIFICATE, "PEER_DID_NOT"),
    "a stranger's": (
        secure(lambda pki: pki.client("own", pki.leaf("stranger", URI))),
        Reason.AUTHORITY_UNKNOWN,
        "local issuer",
    ),
    "an ended one": (
        secure(lambda pki: pki.client("own", pki.leaf("own", URI, -9, -1))),
        Reason.CERTIFICATE_EXPIRED,
        "has expired",
    ),
    "a future one": (
        secure(lambda pki: pki.client("own", pki.leaf("own", URI, 2, 9))),
        Reason.CERTIFICATE_NOT_YET_VALID,
        "not yet valid",
    ),
    "one for servers": (
        secure(lambda pki: pki.client("own", pki.leaf("own", URI, purposes=pki.SERVER))),
        Reason.CERTIFICATE_USE_INVALID,
        "purpose",
    ),
    "a forged authority's": (
        secure(lambda pki: pki.client("own", pki.forged("own", URI))),
        Reason.AUTHORITY_UNKNOWN,
        "",
    ),
    "TLS 1.2": (
        secure(lambda pki: pki.client("own", pki.leaf("own", URI), greatest=ssl.TLSVersion.TLSv1_2)),
        Reason.TLS_VERSION_TOO_LOW,
        "UNSUPPORTED_PROTOCOL",
    ),
    "plain HTTP": (plain(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), Reason.HANDSHAKE_FAILED, "expected TLS"),
    "noise": (plain(b"\x80\x81\x82" * 40), Reason.HANDSHAKE_FAILED, "expected TLS"),
    "nothing": (plain(b""), Reason.HANDSHAKE_FAILED, "ended before"),
}


@pytest.mark.parametrize("kind", STRANGERS)
async def test_who_is_not_known_is_refused_with_reason_and_address(pki: Any, kind: str) -> None:
    """F9, F13, A3: each kind has its own reason, and whom to call stands beside it."""
    connect, reason, words = STRANGERS[kind]
    async with listening(pki) as one:
        await connect(one)
        (found,) = await one.refusals(1)
        assert reason is found[0]
        assert words in found[1]
        assert found[2].startswith("127.0.0.1:")
        assert b"words" == await one.echo()


async def test_a_handshake_that_is_not_done_in_time_is_ended(pki: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A9: seconds, not a minute."""
    assert 10 > tls_listener.SHAKE_SECONDS
    monkeypatch.setattr(tls_listener, "SHAKE_SECONDS", 0.1)
    async with listening(pki) as one:
        assert b"" == await ended(await one.half_open())
        assert [(Reason.HANDSHAKE_FAILED, "not done within 0.1 s")] == [found[:2] for found in await one.refusals(1)]


async def test_nine_hundred_half_open_connections_leave_room_for_a_known_machine(pki: Any) -> None:
    """A9: no more than the bound are held at a time; the oldest of them make room."""
    held = 900
    async with listening(pki) as one:
        readers = [await one.half_open() for _ in range(held)]
        assert b"words" == await one.echo()
        pushed_out = [
            found for found in await one.refusals(held - tls_listener.SHAKING) if Reason.OVERLOADED is found[0]
        ]
        assert held - tls_listener.SHAKING <= len(pushed_out)
        assert b"" == await ended(readers[0])
        assert tls_listener.SHAKING >= len(one.listener._shaking)


async def test_one_certificate_cannot_keep_every_place(pki: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that holds most makes room, so another known machine is served."""
    monkeypatch.setattr(tls_listener, "CONNECTIONS", 2)
    async with listening(pki) as one:
        context = pki.client("own", pki.leaf("own", URI))
        greedy = []
        for _ in range(2):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", one.port, ssl=context, server_hostname="localhost"
            )
            writer.write(b"x")
            assert b"x" == await reader.readexactly(1)
            greedy.append((reader, writer))
        assert b"words" == await one.echo()
        assert b"" == await ended(greedy[0][0])
        greedy[1][1].write(b"y")
        assert b"y" == await greedy[1][0].readexactly(1)
        for _, writer in greedy:
            writer.close()


async def test_a_failed_handshake_leaves_nothing_behind(pki: Any) -> None:
    """A9: asyncio's protocol with its buffer of 256 KiB is freed at once, without the collector of cycles."""
    context = pki.client("own", None)

    async def fail() -> None:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", one.port, ssl=context, server_hostname="localhost"
            )
            await ended(reader)
            writer.close()

    async with listening(pki) as one:
        await fail()
        gc.collect()
        gc.disable()
        try:
            before = count_protocols(server_side=True)
            for _ in range(5):
                await plain(b"")(one)
                await plain(b"GET / HTTP/1.1\r\n\r\n")(one)
            await one.refusals(11)
            for _ in range(3):
                await asyncio.sleep(0)
            assert before == count_protocols(server_side=True)
        finally:
            gc.enable()


def begin_hello(pki: Any) -> bytes:
    """The first words of a TLS client, whole."""
    sent = ssl.MemoryBIO()
    channel = pki.client("own", None).wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        channel.do_handshake()
    return sent.read()


def hold(one: Listening, count: int, octets: bytes) -> list[socket.socket]:
    """Connect so often at once, before the listener looks, and say the same over each."""
    held = []
    for _ in range(count):
        held.append(socket.create_connection(("127.0.0.1", one.port), timeout=PATIENCE))
        held[-1].sendall(octets)
    return held


@pytest.mark.parametrize("said", ["nothing", "three bytes", "a hello"])
@pytest.mark.parametrize("end", ["by the caller", "in time"])
async def test_connections_that_are_held_open_and_pushed_out_leave_nothing_behind(
    pki: Any, monkeypatch: pytest.MonkeyPatch, said: str, end: str
) -> None:
    """A9: nor does one that made room before its handshake began; asyncio's protocol stayed with a timer of its own."""
    monkeypatch.setattr(tls_listener, "SHAKING", 2)
    monkeypatch.setattr(tls_listener, "SHAKE_SECONDS", 0.05 if end == "in time" else PATIENCE)
    octets = {"nothing": b"", "three bytes": b"\x16\x03\x01", "a hello": begin_hello(pki)}[said]
    async with listening(pki) as one:
        gc.collect()
        gc.disable()
        try:
            before = count_protocols(server_side=True)
            held = hold(one, 20, octets)
            await one.refusals(18)
            assert 2 >= count_protocols(server_side=True) - before
            if end == "by the caller":
                close(held)
            await one.refusals(20)
            for _ in range(3):
                await asyncio.sleep(0)
            assert before == count_protocols(server_side=True)
            close(held)
        finally:
            gc.enable()


def close(connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.close()


def count_protocols(*, server_side: bool) -> int:
    return sum(type(one) is sslproto.SSLProtocol and one._server_side is server_side for one in gc.get_objects())


@pytest.mark.long
async def test_three_thousand_failed_handshakes_cost_less_than_fifty_megabytes(pki: Any) -> None:
    """A9: under the thresholds of a node, which collects seldom."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(20_000, 20, 20)
    try:
        async with listening(pki) as one:
            await strangers(one, 50)
            before = resident()
            await strangers(one, 3_000)
            assert 50 << 20 > resident() - before
            assert b"words" == await one.echo()
    finally:
        gc.set_threshold(*thresholds)


@pytest.mark.long
async def test_three_thousand_held_connections_cost_less_than_fifty_megabytes_and_no_more_after(pki: Any) -> None:
    """A9: under the thresholds of a node; a second three thousand find the level flat."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(20_000, 20, 20)
    hello = begin_hello(pki)
    try:
        async with listening(pki) as one:

            async def hold_many(octets: bytes) -> None:
                already = len(one.refused)
                held = hold(one, 200, octets)
                await one.refusals(already + 200 - tls_listener.SHAKING)
                close(held)
                await one.refusals(already + 200)

            levels = [resident()]
            for _ in range(2):
                for octets in [b"", b"\x16\x03\x01", hello] * 5:
                    await hold_many(octets)
                levels.append(resident())
            assert 50 << 20 > levels[1] - levels[0]
            assert 5 << 20 > levels[2] - levels[1]
            assert b"words" == await one.echo()
    finally:
        gc.set_threshold(*thresholds)


async def strangers(one: Listening, count: int) -> None:
    """Connect in the plain, half open, and by TLS without a certificate, in turn."""

    def knock(number: int) -> None:
        with socket.create_connection(("127.0.0.1", one.port), timeout=PATIENCE) as connection:
            if number % 3 == 1:
                connection.sendall(b"\x16\x03\x01\x02\x00\x01")
            if number % 3 == 2:
                with suppress(OSError), context.wrap_socket(connection, server_hostname="localhost") as channel:
                    channel.recv(1)

    context = one.pki.client("own", None)
    already = len(one.refused)
    for number in range(count):
        await asyncio.to_thread(knock, number)
    await one.refusals(already + count)


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


async def test_certificate_and_authorities_turn_without_a_stop(pki: Any) -> None:
    """The next handshake meets the new ones; an authority that was withdrawn is believed no more."""
    async with listening(pki) as one:
        shown = []
        for _ in range(2):
            _, writer = await one.known()
            shown.append(writer.get_extra_info("ssl_object").getpeercert(True))
            writer.close()
            one.pair = one.own_pair()
        assert 2 == len(set(shown))
        one.root = pki.root("stranger")
        await secure(lambda pki: pki.client("own", pki.leaf("own", URI)))(one)
        ((reason, _, _),) = await one.refusals(1)
        assert Reason.AUTHORITY_UNKNOWN is reason


async def test_authorities_that_cannot_be_used_end_the_handshake(pki: Any) -> None:
    """The old ones are not fallen back upon."""
    async with listening(pki) as one:
        one.root = b""
        await secure(lambda pki: pki.client("own", pki.leaf("own", URI)))(one)
        assert [Reason.INTERNAL] == [found[0] for found in await one.refusals(1)]


async def test_a_taken_port_is_named(pki: Any) -> None:
    """S2: with its address."""
    async with listening(pki) as one:
        with pytest.raises(CannotListen, match=f"127.0.0.1:{one.port}"):
            async with Listening(pki).listener.serving(open_socket("127.0.0.1", one.port)):
                pytest.fail("it listens")


async def test_leaving_ends_every_connection(pki: Any) -> None:
    """Before, in and after the handshake; the port is free again."""
    async with listening(pki) as one:
        half = await one.half_open()
        reader, writer = await one.known()
        writer.write(b"x")
        assert b"x" == await reader.readexactly(1)
    assert (b"", b"") == (await ended(half), await ended(reader))
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", one.port)


def test_a_defect_is_told_without_its_text() -> None:
    """An exception may hold anything."""
    reason, detail = explain_failure(ValueError("王一"))
    assert (Reason.INTERNAL, False) == (reason, "王一" in detail)


@given(st.integers(1, 5), st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_places_are_never_more_than_there_are_and_the_greediest_makes_room(
    most: int, steps: list[tuple[str, bool]]
) -> None:
    """Whoever holds fewest is never pushed out while another holds more."""
    places: Places[int] = Places(most)
    holders: dict[int, str] = {}
    for number, (key, leaves) in enumerate(steps):
        counts = {one: list(holders.values()).count(one) for one in holders.values()}
        pushed_out = places.take(number, key)
        assert (len(holders) >= most) == (pushed_out is not None)
        if pushed_out is not None:
            assert max(counts.values()) == counts[holders.pop(pushed_out)]
        holders[number] = key
        if leaves:
            places.leave(number)
            places.leave(number)
            del holders[number]
        assert list(holders) == places.list_taken()
        assert most >= len(places)


async def test_the_sender_is_as_the_handshake_showed_it(pki: Any) -> None:
    """Certificate, version and address."""
    senders = []

    class Naming(Echo):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            senders.append(sender_of(transport))

    one = Listening(pki)
    one.listener._make = Naming
    async with one.listener.serving(open_socket("127.0.0.1", 0)) as one.port:
        await one.echo()
    (sender,) = senders
    assert ("TLSv1.3", True) == (sender.tls_version, sender.certificate_pem.startswith("-----BEGIN CERTIFICATE-----"))
    assert sender.address.startswith("127.0.0.1:")


async def test_a_context_is_made_anew_only_when_something_turned(pki: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handshakes cost no reading of keys."""
    one = Listening(pki)
    made: list[tuple[object, ...]] = []

    def make(*of: object) -> object:
        made.append(of)
        return object()

    monkeypatch.setattr(tls_listener, "tls_context", make)
    before = one.listener._turn()
    assert (before, []) == (one.listener._turn(), made)
    one.pair = one.own_pair()
    assert one.listener._turn() is one.listener._turn()
    assert [(one.pair, one.root)] == made
