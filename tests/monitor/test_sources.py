"""A hostile node is asked over real gRPC: it may hang, lie about indexes, send too much; nothing holds the monitor."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.audit.entries.entry import MAX_ENTRY_BYTES
from gateway.monitor.sources import AccessRefused, Certificate, LedgerSource, NothingShown
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from gateway.witness.submission import Unreachable
from keys.keystore import KeystoreError, Passphrase, new_tls_key, save_key
from tests.network.c2sp_witness import certificate

Entries = list[tuple[int, bytes]]
GOOD: Entries = [(3, b"three"), (4, b"four")]


class Hostile(ledger_pb2_grpc.LedgerServicer):
    """A Ledger service that answers as it is told."""

    def __init__(self) -> None:
        self.entries: Entries = GOOD
        self.code: grpc.StatusCode | None = None
        self.hangs = False
        self.dialled = 0

    async def _meet(self, context: Any) -> None:
        if self.hangs:
            await asyncio.sleep(60)
        if self.code is not None:
            await context.abort(self.code, "words of the node")

    async def GetCheckpoint(self, request: Any, context: Any) -> Any:
        """The newest note."""
        await self._meet(context)
        return ledger_pb2.GetCheckpointResponse(checkpoint=b"note")

    async def GetEntry(self, request: Any, context: Any) -> Any:
        """An entry."""
        await self._meet(context)
        response = ledger_pb2.GetEntryResponse()
        response.receipt.index, response.receipt.entry = self.entries[0]
        return response

    async def ListEntries(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """Entries, then perhaps nothing for long."""
        for index, entry in self.entries:
            yield ledger_pb2.ListEntriesResponse(index=index, entry=entry)
        await self._meet(context)

    async def ProveConsistency(self, request: Any, context: Any) -> Any:
        """A path."""
        await self._meet(context)
        return ledger_pb2.ProveConsistencyResponse(path=[b"a", b"b"])


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine, alone and with its key."""
    return certificate(tmp_path)


def own_certificate(tmp_path: Path, pair: tuple[Path, Path]) -> Certificate:
    """The monitor's certificate: the same one, since the server asks for none."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    word = Passphrase(b"a passphrase for tests of sources")
    pem = pair[1].read_bytes()
    key: Any = load_pem_private_key(pem[pem.index(b"-----BEGIN PRIVATE") :], None)
    save_key(tmp_path / "tls.key", key, word)
    word.save(tmp_path / "passphrase")
    return Certificate(pair[0], tmp_path / "tls.key", tmp_path / "passphrase")


@asynccontextmanager
async def serving(tmp_path: Path, pair: tuple[Path, Path]) -> AsyncIterator[tuple[Hostile, LedgerSource]]:
    """A hostile node, and the monitor's way to it."""
    service, server = Hostile(), grpc.aio.server()
    ledger_pb2_grpc.add_LedgerServicer_to_server(service, server)
    pem = pair[1].read_bytes()
    credentials = grpc.ssl_server_credentials([(pem[pem.index(b"-----BEGIN PRIVATE") :], pair[0].read_bytes())])
    port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    source = LedgerSource(f"localhost:{port}", "", pair[0], own_certificate(tmp_path, pair), 2)
    try:
        yield service, source
    finally:
        await source.close()
        await server.stop(None)


Ask = Callable[[LedgerSource], Any]
CALLS: dict[str, Ask] = {
    "checkpoint": lambda source: source.checkpoint(),
    "prove": lambda source: source.prove(1, 2),
    "entries": lambda source: source.entries(3, 5),
    "entry": lambda source: source.entry(3),
}


async def test_what_a_node_answers_is_handed_on(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    """Unverified, as it came."""
    async with serving(tmp_path, pair) as (_, source):
        assert b"note" == await source.checkpoint()
        assert (b"a", b"b") == await source.prove(1, 2)
        assert [b"three", b"four"] == await source.entries(3, 5)
        assert b"three" == (await source.entry(3)).octets


@pytest.mark.parametrize("call", sorted(CALLS))
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.UNAVAILABLE, Unreachable),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Unreachable),
        (grpc.StatusCode.INTERNAL, Unreachable),
        (grpc.StatusCode.UNAUTHENTICATED, AccessRefused),
        (grpc.StatusCode.PERMISSION_DENIED, AccessRefused),
        (grpc.StatusCode.OUT_OF_RANGE, NothingShown),
        (grpc.StatusCode.DATA_LOSS, NothingShown),
    ],
)
async def test_each_way_to_refuse_has_its_meaning(
    tmp_path: Path, pair: tuple[Path, Path], call: str, code: grpc.StatusCode, expected: type[Exception]
) -> None:
    """And the next call is answered: the connection is dialled anew."""
    async with serving(tmp_path, pair) as (service, source):
        service.code = code
        with pytest.raises(expected, match=code.name):
            await CALLS[call](source)
        service.code = None
        assert await CALLS[call](source)


@pytest.mark.parametrize("call", sorted(CALLS))
async def test_a_node_that_hangs_is_given_up(tmp_path: Path, pair: tuple[Path, Path], call: str) -> None:
    """In a stream too: the time is that of the whole answer."""
    async with serving(tmp_path, pair) as (service, source):
        service.hangs = True
        async with asyncio.timeout(10):
            with pytest.raises(Unreachable, match="DEADLINE_EXCEEDED"):
                await CALLS[call](source)


@pytest.mark.parametrize(
    "entries",
    [
        [(4, b"four")],
        [(3, b"three"), (3, b"three")],
        [(3, b"three"), (5, b"five")],
        [*GOOD, (5, b"one more")],
        [(3, b"x" * (MAX_ENTRY_BYTES + 1))],
    ],
)
async def test_entries_that_were_not_asked_for_are_refused(
    tmp_path: Path, pair: tuple[Path, Path], entries: Entries
) -> None:
    """Another index, one twice, a gap, more than the range, one that is too long."""
    async with serving(tmp_path, pair) as (service, source):
        service.entries = entries
        with pytest.raises(NothingShown):
            await source.entries(3, 5)


async def test_a_message_beyond_the_bound_is_refused(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    """Before it is parsed."""
    async with serving(tmp_path, pair) as (service, source):
        service.entries = [(3, os.urandom(2 << 20))]
        with pytest.raises(Unreachable, match="RESOURCE_EXHAUSTED"):
            await source.entries(3, 5)


def test_a_pair_that_does_not_fit_is_refused_at_the_start(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    """The certificate of another key."""
    own_certificate(tmp_path, pair)
    (tmp_path / "tls.key").unlink()
    save_key(tmp_path / "tls.key", new_tls_key(), Passphrase.read(tmp_path / "passphrase"))
    with pytest.raises(KeystoreError, match="another key"):
        Certificate(pair[0], tmp_path / "tls.key", tmp_path / "passphrase")
