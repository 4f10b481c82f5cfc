"""A failed handshake is told with its reason, by what gRPC really prints; everything else passes standard error by."""

from __future__ import annotations

import asyncio
import os
import queue
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.refusals import Reason
from gateway.telemetry.handshakes import HandshakeLines, read_line

PREFIX = b"I1124 09:14:39.266123    8162 ssl_transport_security.cc:2563] Handshake failed with error "
URI = "spiffe://510000.chuanyu/node/one"
PATIENCE = 120.0
"""Seconds: of no claim, and more than a busy machine takes; it ends a test that would hang."""


class Told:
    """Collects what the reader's thread tells."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[Reason, str]] = queue.Queue()

    def __call__(self, reason: Reason, detail: str) -> None:
        self._queue.put((reason, detail))

    def next(self) -> tuple[Reason, str]:
        """Wait for the next one."""
        return self._queue.get(timeout=PATIENCE)

    def empty(self) -> bool:
        return self._queue.empty()


class Held:
    """Standard error taken over within a test's body: pytest swaps descriptor 2 between a fixture and its test."""

    def __init__(self, path: Path, refused: Callable[[Reason, str], None], environment: dict[str, str]) -> None:
        self._path = path / "stderr"
        self._refused = refused
        self._environment = environment

    def __enter__(self) -> Held:
        self._saved = os.dup(2)
        with self._path.open("wb") as file:
            os.dup2(file.fileno(), 2)
        self.lines = HandshakeLines(self._refused, environment=self._environment)
        return self

    def __exit__(self, *error: object) -> None:
        self.lines.close()
        os.dup2(self._saved, 2)
        os.close(self._saved)

    def passed(self) -> bytes:
        """Return what was passed on so far."""
        return self._path.read_bytes()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def held(tmp_path: Path, told: Told) -> Held:
    return Held(tmp_path, told, {})


@asynccontextmanager
async def listening(pki: Any) -> AsyncIterator[int]:
    key, chain = pki.leaf("own", URI)
    roots = pki.root("own") + pki.root("constrained")

    def configuration() -> Any:
        return grpc.ssl_server_certificate_configuration([(key, chain)], root_certificates=roots)

    server = grpc.aio.server()
    credentials = grpc.dynamic_ssl_server_credentials(
        configuration(), configuration, require_client_authentication=True
    )
    bound = server.add_secure_port("localhost:0", credentials)
    await server.start()
    yield bound
    await server.stop(0)


def dial(port: int, context: ssl.SSLContext | bytes) -> str:
    """Connect, say what a client says first, and read until the server ends the connection; return how it ended.

    The client never ends it first, not even when the handshake fails on its side: a server that reads of the end before
    it has read what came before prints no line.
    """
    with socket.create_connection(("localhost", port), timeout=PATIENCE) as plain:
        if isinstance(context, bytes):
            plain.sendall(context)
            return "read" if plain.recv(64) else "closed"
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secure = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        ended, greeted = "", False
        try:
            while not ended:
                try:
                    secure.do_handshake()
                    greeted = greeted or secure.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") > 0
                    ended = "read" if secure.read(64) else "closed"
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    received = plain.recv(65536)
                    incoming.write(received) if received else incoming.write_eof()
                except ssl.SSLError as error:
                    ended = type(error).__name__
            plain.sendall(outgoing.read())
            while ended != "read" and plain.recv(65536):
                pass
        except ConnectionError as error:
            return ended or type(error).__name__
        return ended


def old_client(pki: Any) -> ssl.SSLContext:
    context: ssl.SSLContext = pki.client("own", pki.leaf("own", URI))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


FAILURES: list[tuple[str, Callable[[Any], ssl.SSLContext | bytes], Reason, str]] = [
    ("no certificate", lambda pki: pki.client("own", None), Reason.NO_CERTIFICATE, "PEER_DID_NOT"),
    (
        "no certificate by TLS 1.2",
        lambda pki: pki.client("own", None, greatest=ssl.TLSVersion.TLSv1_2),
        Reason.NO_CERTIFICATE,
        "PEER_DID_NOT",
    ),
    (
        "an unknown authority",
        lambda pki: pki.client("own", pki.leaf("stranger", URI)),
        Reason.AUTHORITY_UNKNOWN,
        "unable to get local issuer certificate",
    ),
    (
        "an expired certificate",
        lambda pki: pki.client("own", pki.leaf("own", URI, -9, -1)),
        Reason.CERTIFICATE_EXPIRED,
        "certificate has expired",
    ),
    (
        "a certificate of the future",
        lambda pki: pki.client("own", pki.leaf("own", URI, 2, 9)),
        Reason.CERTIFICATE_NOT_YET_VALID,
        "certificate is not yet valid",
    ),
    (
        "a forged authority of the same name (F13)",
        lambda pki: pki.client("own", pki.forged("own", URI)),
        Reason.AUTHORITY_UNKNOWN,
        "BAD_SIGNATURE",
    ),
    (
        "another province's name (F13)",
        lambda pki: pki.client("own", pki.leaf("constrained", "spiffe://500000.chuanyu/node/one")),
        Reason.CERTIFICATE_NAME_INVALID,
        "permitted subtree violation",
    ),
    (
        "no client usage (F13)",
        lambda pki: pki.client("own", pki.leaf("own", URI, purposes=pki.SERVER)),
        Reason.CERTIFICATE_USE_INVALID,
        "unsupported certificate purpose",
    ),
    (
        "three thousand names (F13)",
        lambda pki: pki.client("own", pki.leaf("own", URI, more_names=3_000)),
        Reason.HANDSHAKE_FAILED,
        "SSL_write",
    ),
    ("noise (F13)", lambda pki: b"\x80\x81\x82" * 40, Reason.HANDSHAKE_FAILED, "expected TLS"),
    ("plain HTTP/2 (F13)", lambda pki: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Reason.HANDSHAKE_FAILED, "expected TLS"),
    ("TLS 1.1", old_client, Reason.TLS_VERSION_TOO_LOW, "UNSUPPORTED_PROTOCOL"),
    (
        "plain text",
        lambda pki: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        Reason.HANDSHAKE_FAILED,
        "HTTP_REQUEST",
    ),
    (
        "no trust in us",
        lambda pki: pki.client("stranger", pki.leaf("own", URI)),
        Reason.HANDSHAKE_FAILED,
        "BAD_PACKET_LENGTH",
    ),
]


@pytest.mark.parametrize(("client", "reason", "words"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
async def test_a_failed_handshake_is_told_with_its_reason(
    held: Held, pki: Any, told: Told, client: Callable[[Any], ssl.SSLContext | bytes], reason: Reason, words: str
) -> None:
    """What gRPC prints is read for each kind of client, and does not stand on standard error any more."""
    context = client(pki)
    with held:
        async with listening(pki) as port:
            assert "read" != await asyncio.to_thread(dial, port, context)
            found, detail = await asyncio.to_thread(told.next)
        passed = held.passed()
    assert reason is found
    assert words in detail
    assert b"Handshake failed" not in passed


async def test_a_sound_handshake_tells_nothing_even_by_tls_1_2(held: Held, pki: Any, told: Told) -> None:
    """TLS 1.2 passes the handshake: the door refuses the call, not this."""
    with held:
        async with listening(pki) as port:
            for greatest in (None, ssl.TLSVersion.TLSv1_2):
                context = pki.client("own", pki.leaf("own", URI), greatest=greatest)
                assert "read" == await asyncio.to_thread(dial, port, context)
    assert told.empty()


def test_a_line_that_a_peer_chose_moves_no_cursor(held: Held, told: Told) -> None:
    """As the text of a GOAWAY, which gRPC prints (F3)."""
    with held:
        os.write(2, "Got goaway: Debug Text: \x1b[2J\x9b31m\u202e\0王\n".encode() + b"\xff\n")
    assert rb"Got goaway: Debug Text: \u001b[2J\u009b31m\u202e\u0000" + "王\n".encode() + b"\xff\n" == held.passed()


def test_every_other_line_passes_unchanged(held: Held, told: Told) -> None:
    """Bytes that are no text, halves of lines and long lines too; and `close` loses nothing."""
    others = [b"\xff\xfe\n", b"I1124 something else] Handshake failed\n", b"x" * 20_000 + b"\n", PREFIX, b"half"]
    with held:
        os.write(2, b"".join(others))
    assert b"".join(others) == held.passed()
    assert told.empty()


def test_pythons_own_standard_error_does_not_take_the_pipe(held: Held) -> None:
    """A traceback at the very end is written where it is read, at once."""
    with held:
        sys.stderr.write("a last word\n")
        passed = held.passed()
    assert b"a last word\n" == passed


def test_closing_gives_everything_back_and_may_be_repeated(held: Held) -> None:
    """Descriptor 2 and `sys.stderr` are what they were, and no descriptor is left open."""

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before, count = sys.stderr, descriptors()
    with held:
        between = sys.stderr
        held.lines.close()
        os.write(2, b"after\n")
        passed = held.passed()
    assert before is not between
    assert before is sys.stderr
    assert count == descriptors()
    assert b"after\n" == passed


def test_a_listener_that_fails_loses_no_line(tmp_path: Path) -> None:
    """The line passes on instead."""

    def broken(reason: Reason, detail: str) -> None:
        raise RuntimeError

    line = PREFIX + b"SSL_ERROR_SSL\n"
    held = Held(tmp_path, broken, {"GRPC_VERBOSITY": "info"})
    with held:
        os.write(2, line)
    assert line == held.passed()


@pytest.mark.parametrize("verbosity", ["ERROR", "none", "error", "WARNING"])
def test_it_does_not_start_where_grpc_is_silent(verbosity: str) -> None:
    """Failing handshakes must not go unseen."""
    with pytest.raises(RuntimeError, match="unseen"):
        HandshakeLines(lambda reason, detail: None, environment={"GRPC_VERBOSITY": verbosity})


def test_a_pipe_that_nobody_reads_never_blocks(tmp_path: Path) -> None:
    """A writer that holds Python's lock would stop the node for good."""
    program = (
        "import os; from gateway.telemetry.handshakes import HandshakeLines, PIPE_BYTES\n"
        "import threading; threading.Thread.start = lambda self: None\n"
        "held = HandshakeLines(lambda reason, detail: None, environment={})\n"
        "written = 0\n"
        "try:\n"
        "    while True: written += os.write(2, b'x' * 4096)\n"
        "except BlockingIOError: print(written)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert 1 << 16 <= int(done.stdout)


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (b"SSL_ERROR_SSL: error:1:SSL routines:OPENSSL_internal:NEW_NAME: x", Reason.HANDSHAKE_FAILED, "NEW_NAME"),
        (
            b"SSL_ERROR_SSL: error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: new words",
            Reason.HANDSHAKE_FAILED,
            "CERTIFICATE_VERIFY_FAILED: new words",
        ),
        (
            b"SSL_ERROR_SSL: error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: "
            b"self signed certificate in certificate chain",
            Reason.AUTHORITY_UNKNOWN,
            "CERTIFICATE_VERIFY_FAILED: self signed certificate in certificate chain",
        ),
        (b"SSL_ERROR_SYSCALL", Reason.HANDSHAKE_FAILED, "unknown wording"),
        (b"\xff", Reason.HANDSHAKE_FAILED, "unknown wording"),
    ],
)
def test_an_unknown_wording_is_a_failed_handshake(error: bytes, reason: Reason, detail: str) -> None:
    """A new release of gRPC may word it anew; silence is not an answer."""
    assert (reason, detail) == read_line(PREFIX + error + b"\n")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_line(line: bytes) -> None:
    """Nothing written to standard error can stop the reader."""
    read_line(line)
    told = read_line(PREFIX + line.replace(b"\n", b"") + b"\n")
    assert told is not None
    assert told[1].isprintable()
