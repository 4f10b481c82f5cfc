"""The `Ledger` service: what reviewers of the province read of the audit log. Each call is an entry itself.

Read from disk by a reader of its own, off the event loop, so that a long reading never delays an exchange.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

import grpc

from gateway.audit.database import LogPlace
from gateway.audit.log import AuditLog
from gateway.audit.proofs import consistency_path
from gateway.audit.reader import LogReader
from gateway.gatehouse.gate import Gatehouse
from gateway.node import Node
from gateway.refusals import Refusal
from gateway.road import Refused
from gateway.services.door import Context, sender_of, turn_away
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

T = TypeVar("T")
CHUNK = 500
"""Entries read at a time."""


class LedgerService(ledger_pb2_grpc.LedgerServicer):
    """Reads one log for reviewers."""

    def __init__(self, node: Node, log: AuditLog, place: LogPlace) -> None:
        self._node = node
        self._log = log
        self._place = place

    async def GetCheckpoint(
        self, request: ledger_pb2.GetCheckpointRequest, context: Context
    ) -> ledger_pb2.GetCheckpointResponse:
        """Return the newest signed checkpoint."""
        await record_act(self._node, context, "read_checkpoint", "")
        return ledger_pb2.GetCheckpointResponse(checkpoint=self._log.checkpoint)

    async def GetEntry(self, request: ledger_pb2.GetEntryRequest, context: Context) -> ledger_pb2.GetEntryResponse:
        """Return one entry with its path under the newest checkpoint of that moment."""
        await record_act(self._node, context, "read_entry", str(request.index))
        size, checkpoint, origin = self._log.size, self._log.checkpoint, self._log.origin

        def read(reader: LogReader) -> tuple[bytes, tuple[bytes, ...]]:
            return reader.entry(request.index).octets, reader.path(request.index, size)

        entry, path = await self._read(context, read)
        response = ledger_pb2.GetEntryResponse()
        receipt = response.receipt
        receipt.origin, receipt.index, receipt.entry, receipt.checkpoint = origin, request.index, entry, checkpoint
        receipt.path.extend(path)
        return response

    async def ListEntries(
        self, request: ledger_pb2.ListEntriesRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.ListEntriesResponse]:
        """Yield entries in order, from disk, a chunk at a time."""
        end = min(request.start + request.limit, self._log.size)
        await record_act(self._node, context, "list_entries", f"{request.start}-{end}")
        for start in range(request.start, end, CHUNK):
            stop = min(start + CHUNK, end)
            rows = await self._read(context, partial(_rows, start, stop))
            for index, entry in rows:
                yield ledger_pb2.ListEntriesResponse(index=index, entry=entry)

    async def ProveConsistency(
        self, request: ledger_pb2.ProveConsistencyRequest, context: Context
    ) -> ledger_pb2.ProveConsistencyResponse:
        """Return the proof that the smaller tree is a beginning of the larger one."""
        await record_act(self._node, context, "prove_consistency", f"{request.first_size}-{request.second_size}")
        if request.second_size > self._log.size:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, f"expected a size of at most {self._log.size}")
        path = await self._read(
            context, lambda reader: consistency_path(request.first_size, request.second_size, reader.node)
        )
        return ledger_pb2.ProveConsistencyResponse(path=path)

    async def _read(self, context: Context, read: Callable[[LogReader], T]) -> T:
        def work() -> T:
            with LogReader(self._place) as reader:
                return read(reader)

        try:
            return await asyncio.to_thread(work)
        except IndexError as error:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, str(error))
            raise


def _rows(start: int, stop: int, reader: LogReader) -> list[tuple[int, bytes]]:
    return [(row[0], row[2]) for chunk in reader.rows(start, stop) for row in chunk]


async def record_act(node: Node, context: Context, action: str, subject: str) -> str:
    """Record what a reviewer or an administrator does, before it is done; return who does it."""
    gatehouse: Gatehouse = node.in_force.rooms.gatehouse
    actor = gatehouse.identify(sender_of(context), node.clock_us()).identity.uri
    try:
        await node.act(action, subject, actor)
    except Refusal as refusal:
        await turn_away(context, Refused(refusal, ()))
    return actor
