"""Where the monitor asks: a node's log over its Ledger service, and a witness at its monitoring address.

Each call has a deadline and a bound on its answer. A connection that failed is dialled anew at the next call, and so is
one whose certificate was replaced on disk. Nothing that comes is verified here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import grpc

from gateway.audit.entries.entry import MAX_ENTRY_BYTES
from gateway.telemetry.tls import client_context
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from gateway.witness.reading import NoteRefused, WitnessPlace, read_cosigned
from gateway.witness.submission import Unreachable
from keys.files import read_file
from keys.keystore import KeystoreError, Passphrase
from keys.rotation import CertifiedKey, Rotation

MAX_MESSAGE_BYTES: Final = 1 << 20
"""Longest message of a node: an entry of 32 KiB, a note of 64 KiB, and room."""
REFUSALS: Final = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})
UNPROVEN: Final = frozenset({grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.DATA_LOSS})


class AccessRefused(Exception):
    """Somebody answered that this monitor's certificate has no right to it."""


class NothingShown(Exception):
    """A node answered that it cannot show what it must have, or a witness that it has cosigned nothing."""


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry with its inclusion path under a checkpoint of the node's own, unverified."""

    octets: bytes
    path: tuple[bytes, ...]
    note: bytes


class NodeSource(Protocol):
    """A log as its node shows it. Each call raises Unreachable, AccessRefused or NothingShown where it fails."""

    async def checkpoint(self) -> bytes:
        """Return the newest note."""
        ...

    async def prove(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of `old` entries is a beginning of that of `new`."""
        ...

    async def entries(self, start: int, end: int) -> list[bytes]:
        """Return the entries of a range, as many of them as come."""
        ...

    async def entry(self, index: int) -> ShownEntry:
        """Return one entry with its path."""
        ...


class WitnessSource(Protocol):
    """A witness as it shows what it cosigned; raises as `NodeSource`."""

    async def note(self, origin: str) -> bytes:
        """Return the note that it cosigned last of a log."""
        ...


class Certificate:
    """The monitor's own pair, taken up anew when its files change; `fault` says why new files were not taken."""

    def __init__(self, certificate: Path, key: Path, passphrase: Path) -> None:
        """Read the files.

        Raises:
            KeystoreError: they cannot be used.
        """
        self._rotation = Rotation(key, certificate, Passphrase.read(passphrase))
        self.fault = ""

    @property
    def pair(self) -> CertifiedKey:
        """The pair in force."""
        return self._rotation.certified

    def renew(self) -> None:
        """Look at the files; a pair that does not fit is not taken."""
        try:
            if self._rotation.renew():
                self.fault = ""
        except KeystoreError as error:
            self.fault = str(error)


class LedgerSource:
    """A node over gRPC with mutual TLS."""

    def __init__(
        self, target: str, server_name: str, authority: Path, certificate: Certificate, seconds: float
    ) -> None:
        self._target = target
        self._server_name = server_name
        self._authority = authority
        self._certificate = certificate
        self._seconds = seconds
        self._channel: grpc.aio.Channel | None = None
        self._shown: CertifiedKey | None = None

    async def checkpoint(self) -> bytes:
        """Return the newest note."""
        stub = await self._stub()
        answer = await self._ask(stub.GetCheckpoint(ledger_pb2.GetCheckpointRequest(), timeout=self._seconds))
        return bytes(answer.checkpoint)

    async def prove(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of `old` entries is a beginning of that of `new`."""
        stub = await self._stub()
        request = ledger_pb2.ProveConsistencyRequest(first_size=old, second_size=new)
        return tuple((await self._ask(stub.ProveConsistency(request, timeout=self._seconds))).path)

    async def entries(self, start: int, end: int) -> list[bytes]:
        """Return the entries of a range, as many of them as come in order."""
        stub = await self._stub()
        request = ledger_pb2.ListEntriesRequest(start=start, limit=end - start)

        async def read() -> list[bytes]:
            found: list[bytes] = []
            async for one in stub.ListEntries(request, timeout=self._seconds):
                if one.index != start + len(found) or one.index >= end:
                    raise NothingShown(f"expected the entry {start + len(found)}, found {one.index}")
                if len(one.entry) > MAX_ENTRY_BYTES:
                    raise NothingShown(f"expected the bytes of the entry {one.index}, found {len(one.entry)} bytes")
                found.append(one.entry)
            return found

        result: list[bytes] = await self._ask(read())
        return result

    async def entry(self, index: int) -> ShownEntry:
        """Return one entry with its path."""
        stub = await self._stub()
        answer = await self._ask(stub.GetEntry(ledger_pb2.GetEntryRequest(index=index), timeout=self._seconds))
        receipt = answer.receipt
        if receipt.index != index:
            raise NothingShown(f"expected the entry {index}, found {receipt.index}")
        return ShownEntry(receipt.entry, tuple(receipt.path), receipt.checkpoint)

    async def close(self) -> None:
        """Close the connection; the next call dials anew."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    async def _stub(self) -> Any:
        self._certificate.renew()
        if self._shown is not self._certificate.pair:
            await self.close()
        if self._channel is None:
            self._shown = self._certificate.pair
            try:
                authority = read_file(self._authority)
            except OSError as error:
                raise Unreachable(f"{self._authority}: {error.strerror}") from error
            options: list[tuple[str, str | int]] = [
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.keepalive_time_ms", 20_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.use_local_subchannel_pool", 1),
            ]
            if self._server_name:
                options.append(("grpc.ssl_target_name_override", self._server_name))
            credentials = grpc.ssl_channel_credentials(authority, self._shown.key_pem, self._shown.certificate_pem)
            self._channel = grpc.aio.secure_channel(self._target, credentials, options=options)
        return ledger_pb2_grpc.LedgerStub(self._channel)

    async def _ask(self, call: Any) -> Any:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            why = f"{error.code().name}: {error.details()}"[:300]
            if error.code() in UNPROVEN:
                raise NothingShown(why) from error
            await self.close()
            raise (AccessRefused(why) if error.code() in REFUSALS else Unreachable(why)) from error


class HttpsWitness:
    """A witness over HTTPS, a connection for each reading."""

    def __init__(self, place: WitnessPlace, authority: Path, certificate: Certificate, seconds: float) -> None:
        self._place = place
        self._authority = authority
        self._certificate = certificate
        self._seconds = seconds

    async def note(self, origin: str) -> bytes:
        """Return the note that it cosigned last of a log."""
        self._certificate.renew()
        try:
            context = client_context(self._certificate.pair, read_file(self._authority).decode("ascii"))
        except (OSError, ValueError) as error:
            raise Unreachable(f"{self._authority}: {error}") from error
        try:
            return await read_cosigned(self._place, origin, context, self._seconds)
        except NoteRefused as error:
            if error.status in (401, 403):
                raise AccessRefused(str(error)) from error
            if error.status == 404:
                raise NothingShown(str(error)) from error
            raise Unreachable(str(error)) from error


Clock = Callable[[], int]
"""Returns the seconds since 1970."""
