"""Failed TLS handshakes, read from gRPC's own lines on standard error, since gRPC reports them nowhere else.

What grpcio 1.85.1 prints, found with a `grpc.aio` server of mandatory client certificates and each kind of client. All
are one line, `I<date> <time> <thread> ssl_transport_security.cc:<line>] Handshake failed with error SSL_ERROR_SSL:
error:<code>:SSL routines:OPENSSL_internal:<NAME>: <words>`, and say neither peer nor side:

| the client | `<NAME>` | `<words>` | reason |
|---|---|---|---|
| shows no certificate | PEER_DID_NOT_RETURN_A_CERTIFICATE | no matter | NO_CERTIFICATE |
| has a stranger's | CERTIFICATE_VERIFY_FAILED | unable to get local issuer certificate | AUTHORITY_UNKNOWN |
| has one that our authority never signed | BAD_SIGNATURE | certificate signature failure | AUTHORITY_UNKNOWN |
| has another province's name | CERTIFICATE_VERIFY_FAILED | permitted subtree violation | CERTIFICATE_NAME_INVALID |
| has an ended one | CERTIFICATE_VERIFY_FAILED | certificate has expired | CERTIFICATE_EXPIRED |
| has a future one | CERTIFICATE_VERIFY_FAILED | certificate is not yet valid | CERTIFICATE_NOT_YET_VALID |
| has one without client usage | CERTIFICATE_VERIFY_FAILED | unsupported certificate purpose | CERTIFICATE_USE_INVALID |
| speaks at most TLS 1.1 | UNSUPPORTED_PROTOCOL | no matter | TLS_VERSION_TOO_LOW |
| speaks plain HTTP, or noise | HTTP_REQUEST, WRONG_VERSION_NUMBER | no matter | HANDSHAKE_FAILED |
| does not trust us | BAD_PACKET_LENGTH, or no line | no matter | HANDSHAKE_FAILED |

A certificate of thousands of names breaks the connection in `ssl_transport_security_utils.cc` instead, whose line says
`SSL_write failed with error SSL_ERROR_SSL`. No line names the caller's address.

Printed: with GRPC_VERBOSITY unset or empty, INFO and DEBUG, in any case. Not printed: at ERROR and NONE, so that
`HandshakeLines` does not start there. Nothing is printed at any verbosity when a client speaks at most TLS 1.2 (the
handshake succeeds; the door refuses the call), names another protocol by ALPN, or closes the connection in the middle.
A channel that this process dials prints the same line when it refuses the other side's certificate.

Rules: file descriptor 2 becomes a pipe, and a thread reads it; a line that is none of these goes on to the former
standard error, its control signs spelt. The pipe never blocks its writers: who writes faster than it is read
loses lines, since gRPC may write while it holds Python's lock. Python's own `sys.stderr` goes to the former one
directly, so that a last traceback is not lost in the pipe. A child process inherits the pipe, so workers start before,
or with a standard error of their own.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Final

from gateway.ground.refusals import Reason
from gateway.ground.visible import spell_unseen

Refused = Callable[[Reason, str], None]
"""Gets each failed handshake, in the reader's thread: the reason, and gRPC's words for it."""

PIPE_BYTES: Final = 1 << 20
LINE_BYTES: Final = 8192
"""A longer line is passed on in parts."""

_LINE: Final = re.compile(
    rb"[A-Z][0-9]{4} [0-9:.]+ +[0-9]+ ssl_transport_security\.cc:[0-9]+\] Handshake failed with error (.*)\n"
)
_BROKEN: Final = re.compile(
    rb"[A-Z][0-9]{4} [0-9:.]+ +[0-9]+ ssl_transport_security_utils\.cc:[0-9]+\] "
    rb"(SSL_[a-z]+) failed with error ([A-Z_]+)\n"
)
_ERROR: Final = re.compile(r"error:[0-9a-f]+:[A-Za-z0-9 .]+:OPENSSL_internal:([A-Z0-9_]+)(?:: ([a-zA-Z0-9 ()-]+))?")
_UNSEEN: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control signs and unseen signs but line feeds; bytes that are no text are none."""
_LOUD: Final = frozenset({"", "INFO", "DEBUG"})
_BY_NAME: Final[Mapping[str, Reason]] = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": Reason.NO_CERTIFICATE,
    "UNSUPPORTED_PROTOCOL": Reason.TLS_VERSION_TOO_LOW,
    "UNKNOWN_PROTOCOL": Reason.TLS_VERSION_TOO_LOW,
}
_PLAIN: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "RECORD_LAYER_FAILURE"})
"""The names for octets that are no TLS at all: plain HTTP, or noise."""
_BY_VERIFICATION: Final[Mapping[str, Reason]] = {
    "certificate has expired": Reason.CERTIFICATE_EXPIRED,
    "certificate is not yet valid": Reason.CERTIFICATE_NOT_YET_VALID,
    "unable to get local issuer certificate": Reason.AUTHORITY_UNKNOWN,
    "unable to get issuer certificate": Reason.AUTHORITY_UNKNOWN,
    "unable to verify the first certificate": Reason.AUTHORITY_UNKNOWN,
    "self signed certificate": Reason.AUTHORITY_UNKNOWN,
    "self signed certificate in certificate chain": Reason.AUTHORITY_UNKNOWN,
    "certificate signature failure": Reason.AUTHORITY_UNKNOWN,
    "invalid CA certificate": Reason.AUTHORITY_UNKNOWN,
    "permitted subtree violation": Reason.CERTIFICATE_NAME_INVALID,
    "excluded subtree violation": Reason.CERTIFICATE_NAME_INVALID,
    "unsupported or invalid name syntax": Reason.CERTIFICATE_NAME_INVALID,
    "unsupported certificate purpose": Reason.CERTIFICATE_USE_INVALID,
    "unsuitable certificate purpose": Reason.CERTIFICATE_USE_INVALID,
}


def name_fault(name: str, verification: str) -> tuple[Reason, str]:
    """Return reason and detail of a handshake that failed, by OpenSSL's or BoringSSL's names for it.

    A wording that is not known becomes HANDSHAKE_FAILED, never silence.
    """
    words = verification.replace("self-signed", "self signed")
    if words in _BY_VERIFICATION:
        return _BY_VERIFICATION[words], f"{name}: {words}"
    if name in _PLAIN:
        return Reason.HANDSHAKE_FAILED, f"{name}: expected TLS, found plain text or noise"
    told = f"{name}: {words}" if name == "CERTIFICATE_VERIFY_FAILED" else name
    return _BY_NAME.get(name, Reason.HANDSHAKE_FAILED), told or "unknown wording"


def read_line(line: bytes) -> tuple[Reason, str] | None:
    """Return reason and detail of a line of gRPC about a failed handshake; None for any other line."""
    if (broken := _BROKEN.fullmatch(line)) is not None:
        return Reason.HANDSHAKE_FAILED, f"{broken[1].decode()}: {broken[2].decode()}"
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    error = _ERROR.search(found[1].decode("ascii", "replace"))
    return name_fault(error[1], error[2] or "") if error else (Reason.HANDSHAKE_FAILED, "unknown wording")


class HandshakeLines:
    """Holds the process's standard error from construction to `close`. One a process; before gRPC starts or after."""

    def __init__(self, refused: Refused, *, environment: Mapping[str, str]) -> None:
        """`environment` is the process's, in which gRPC finds its verbosity.

        Raises:
            RuntimeError: GRPC_VERBOSITY keeps gRPC from telling of failed handshakes.
        """
        verbosity = environment.get("GRPC_VERBOSITY", "").upper()
        if verbosity not in _LOUD:
            raise RuntimeError(
                f"expected GRPC_VERBOSITY unset or INFO, found {verbosity}: handshakes would fail unseen"
            )
        self._refused = refused
        self._former = os.dup(2)
        self._read, write = os.pipe()
        self._ended, self._end = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(write, False)
        os.set_blocking(self._read, False)
        sys.stderr.flush()
        self._theirs = sys.stderr
        former = os.dup(self._former)
        self._ours = os.fdopen(former, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
        sys.stderr = self._ours
        os.dup2(write, 2)
        os.close(write)
        self._thread = threading.Thread(target=self._run, name="handshake lines", daemon=True)
        self._thread.start()

    @property
    def former(self) -> int:
        """The file descriptor of the former standard error; valid until `close`."""
        return self._former

    def close(self) -> None:
        """Give standard error back, and read what is still in the pipe; again is allowed."""
        if self._end < 0:
            return
        os.dup2(self._former, 2)
        os.close(self._end)
        self._end = -1
        self._thread.join()
        if sys.stderr is self._ours:
            sys.stderr = self._theirs
        self._ours.close()
        for descriptor in (self._read, self._ended, self._former):
            os.close(descriptor)

    def _run(self) -> None:
        rest = b""
        ended = False
        while not ended:
            ready, _, _ = select.select([self._read, self._ended], [], [])
            ended = self._ended in ready
            while chunk := self._chunk():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._take(line + b"\n")
                if len(rest) > LINE_BYTES:
                    self._pass_on(rest)
                    rest = b""
        self._pass_on(rest)

    def _chunk(self) -> bytes:
        try:
            return os.read(self._read, 65536)
        except BlockingIOError:
            return b""

    def _take(self, line: bytes) -> None:
        found = read_line(line)
        if found is None:
            self._pass_on(line)
            return
        try:
            self._refused(*found)
        except Exception:
            self._pass_on(line)

    def _pass_on(self, octets: bytes) -> None:
        text = octets.decode(errors="surrogateescape")  # a peer chooses some of it, as the text of a GOAWAY
        octets = _UNSEEN.sub(lambda found: spell_unseen(found[0]), text).encode(errors="surrogateescape")
        while octets:
            try:
                octets = octets[os.write(self._former, octets) :]
            except OSError:
                return
