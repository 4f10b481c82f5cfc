"""The `Ledger` service: the province's reviewers read the audit log. Each call is an entry itself.

The log is read from disk by a reader of its own, off the event loop, so that a long reading never delays an exchange.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

import grpc

from gateway.audit.entries.bodies import BodyInvalid
from gateway.audit.entries.entry import Cell, encode
from gateway.audit.entries.references import epoch_of, normalise
from gateway.audit.log import AuditLog
from gateway.audit.retention.rules import require_covered
from gateway.audit.review.completeness import ASKED
from gateway.audit.review.history import Asked, ask_department
from gateway.audit.review.review_keys import ReviewKeys, months_between
from gateway.audit.review.search import EVER_US, Criteria, search
from gateway.audit.review.shown import EntryUnreadable, require_leaf
from gateway.audit.review.statement import NONE
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.pairs import Kind
from gateway.audit.tlog.proofs import consistency_path
from gateway.gatehouse.gate import Gatehouse
from gateway.ground.evidence import RawIdentifier
from gateway.ground.refusals import Reason, Refusal
from gateway.masking.faults import MaskingError
from gateway.masking.keys import MaskKeys
from gateway.services.door import CallEnded, Context, sender_of
from gateway.services.histories import Histories
from gateway.services.pseudonyms import make_target, recover_value
from gateway.serving.node import Node
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from keys.approval import ApprovalInvalid, target_of
from keys.approval import read as read_approval
from keys.approval import verify as verify_approval

T = TypeVar("T")
CHUNK = 500
"""Entries read at a time."""
_NOBODY: Final = "none"
"""No keyed reference is this: an official who has none in the months searched is found nowhere."""


class LedgerService(ledger_pb2_grpc.LedgerServicer):
    """Reads one log for reviewers."""

    def __init__(
        self,
        node: Node,
        log: AuditLog,
        place: LogPlace,
        desk: ReviewKeys,
        masks: MaskKeys,
        withheld_scenes: Iterable[str],
        archives: Path,
    ) -> None:
        """`archives` is the directory of the log's archives."""
        self._node = node
        self._log = log
        self._place = place
        self._desk = desk
        self._masks = masks
        self._histories = Histories(log, self._read, node.accounts.cosignatures.size_of, archives, withheld_scenes)

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
            row = reader.entry(request.index)
            if row.octets:
                require_leaf(row.index, row.leaf_hash, row.octets)
            return row.octets, reader.path(request.index, size)

        entry, path = await self._read(read)
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
            rows = await self._read(partial(_rows, start, stop))
            for index, entry in rows:
                yield ledger_pb2.ListEntriesResponse(index=index, entry=entry)

    async def ProveConsistency(
        self, request: ledger_pb2.ProveConsistencyRequest, context: Context
    ) -> ledger_pb2.ProveConsistencyResponse:
        """Return the proof that the smaller tree is a beginning of the larger one."""
        await record_act(self._node, context, "prove_consistency", f"{request.first_size}-{request.second_size}")
        if request.second_size > self._log.size:
            detail = f"expected a size of at most {self._log.size}"
            raise CallEnded(grpc.StatusCode.OUT_OF_RANGE, Reason.REQUEST_INVALID, detail)
        path = await self._read(lambda reader: consistency_path(request.first_size, request.second_size, reader.node))
        return ledger_pb2.ProveConsistencyResponse(path=path)

    async def Search(
        self, request: ledger_pb2.SearchRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.SearchResponse]:
        """Yield the entries that meet every criterion."""
        criteria = Criteria(
            since_us=request.since_us,
            until_us=request.until_us or EVER_US,
            exchange_id=request.request_id,
            phase=request.phase,
            department=request.department,
            item_code=request.item_code,
            scene=request.scene,
            use_basis=request.use_basis,
            result=request.result,
            reason_code=request.reason,
            action=request.action,
            actor=request.actor,
        )
        if request.operator_ref:
            named = self._desk.reference_official(
                request.operator_ref, request.operator_unit, criteria.since_us, criteria.until_us
            )
            criteria = replace(criteria, operators=named or frozenset({_NOBODY}))
        await record_act(self._node, context, "search", "by_operator" if request.operator_ref else "")

        def find(reader: LogReader) -> list[tuple[int, bytes]]:
            require_covered(reader)
            found = search(reader, criteria, limit=request.limit)
            return [(one.index, one.octets) for one in found]

        for index, entry in await self._read(find):
            yield ledger_pb2.SearchResponse(index=index, entry=entry)

    async def GetSubjectHistory(
        self, request: ledger_pb2.GetSubjectHistoryRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.GetSubjectHistoryResponse]:
        """Yield the statement of the entries that name a person; the act bears the person's token of this month."""
        months = _read_months(request.since_month, request.until_month)
        person = RawIdentifier(request.subject_no)
        act = await self._require_approval(
            context,
            ASKED[Kind.SUBJECT],
            "subject",
            normalise(request.subject_no),
            request.approval,
            self._name_person(person) | _challenge(request.challenge),
        )
        named = self._desk.reference_cardholder(person, months)
        async for piece in self._histories.answer(Asked(Kind.SUBJECT, named.by_month, named.lost_months), act):
            yield ledger_pb2.GetSubjectHistoryResponse(statement=piece)

    async def GetOfficialHistory(
        self, request: ledger_pb2.GetOfficialHistoryRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.GetOfficialHistoryResponse]:
        """Yield the statement of the entries that name an official."""
        months = _read_months(request.since_month, request.until_month)
        act = await self._record_question(context, Kind.OPERATOR, months, request.challenge)
        named = self._desk.reference_operator(request.operator_ref, request.operator_unit, months)
        async for piece in self._histories.answer(Asked(Kind.OPERATOR, named.by_month, named.lost_months), act):
            yield ledger_pb2.GetOfficialHistoryResponse(statement=piece)

    async def GetDepartmentHistory(
        self, request: ledger_pb2.GetDepartmentHistoryRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.GetDepartmentHistoryResponse]:
        """Yield the statement of the entries that name a department."""
        months = _read_months(request.since_month, request.until_month)
        act = await self._record_question(context, Kind.DEPARTMENT, months, request.challenge)
        async for piece in self._histories.answer(ask_department(request.department, months), act):
            yield ledger_pb2.GetDepartmentHistoryResponse(statement=piece)

    async def OpenBody(self, request: ledger_pb2.OpenBodyRequest, context: Context) -> ledger_pb2.OpenBodyResponse:
        """Return the inputs of a decision."""
        place = f"{self._log.origin}:{request.index}"
        await self._require_approval(context, "open_body", "entry", place, request.approval)
        inputs = await self._read(lambda reader: self._desk.open_body(reader, request.index))
        return ledger_pb2.OpenBodyResponse(inputs=encode(inputs))

    async def RecoverPseudonym(
        self, request: ledger_pb2.RecoverPseudonymRequest, context: Context
    ) -> ledger_pb2.RecoverPseudonymResponse:
        """Return the value behind a pseudonym of a release."""
        wanted = make_target(self._log.origin, request.index, request.field, request.token)
        await self._require_approval(context, "recover_pseudonym", "pseudonym", wanted, request.approval)
        value = await self._read(
            lambda reader: recover_value(
                reader, self._masks, index=request.index, field=request.field, token=request.token
            ),
        )
        return ledger_pb2.RecoverPseudonymResponse(value=value)

    def _name_person(self, person: RawIdentifier) -> dict[str, Cell]:
        """Return what an act bears by which it stands in the history of the person it is about: this month's token."""
        month = epoch_of(self._node.clock_us())
        named = self._desk.reference_cardholder(person, [month])
        if named.lost_months:
            raise Refusal(Reason.AUDIT_NOT_DURABLE, f"the key of {month} is not at hand")
        return {"key_epoch": month, "subject_tokens": b64encode(named.by_month[month]).decode()}

    async def _record_question(self, context: Context, kind: Kind, months: Sequence[str], challenge: bytes) -> int:
        """Record that an official's or a department's history is asked for; return the act's index."""
        subject = f"{months[0]} {months[-1]}"
        return await record_now(self._node, context, ASKED[kind], subject, _challenge(challenge))

    async def _require_approval(
        self,
        context: Context,
        act: str,
        kind: str,
        value: str,
        octets: bytes,
        details: Mapping[str, Cell] = MappingProxyType({}),
    ) -> int:
        """Return if two persons have allowed the act and the caller is the reviewer of the two; record both first.

        An act with fields of `details` is recorded in the log itself, and its index returned; else `NONE` is.
        """
        node = self._node
        gatehouse: Gatehouse = node.in_force.rooms.gatehouse
        now_us = node.clock_us()
        try:
            caller = gatehouse.identify(sender_of(context), now_us).identity
            approval = read_approval(octets)
            target = target_of(kind, approval.request.nonce, value)
            reviewer, security = verify_approval(
                approval,
                act,
                target,
                datetime.fromtimestamp(now_us / 1e6, UTC),
                lambda pem: gatehouse.judge(pem, now_us),
                node.province,
            )
            if reviewer != caller:
                raise ApprovalInvalid("expected the reviewer who asks among the two who signed, found another")
        except ApprovalInvalid as error:
            raise Refusal(Reason.APPROVAL_INVALID, str(error)) from error
        subject = f"approval {approval.digest} by {reviewer.uri} and {security.uri}"
        if details:
            return await record_now(node, context, act, subject, details)
        await record_act(node, context, act, subject)
        return NONE

    async def _read(self, read: Callable[[LogReader], T]) -> T:
        def work() -> T:
            with LogReader(self._place) as reader:
                return read(reader)

        try:
            return await asyncio.to_thread(work)
        except IndexError as error:
            raise CallEnded(grpc.StatusCode.OUT_OF_RANGE, Reason.REQUEST_INVALID, str(error)) from error
        except (BodyInvalid, MaskingError) as error:
            raise CallEnded(grpc.StatusCode.FAILED_PRECONDITION, Reason.REQUEST_INVALID, str(error)) from error
        except EntryUnreadable as error:
            raise CallEnded(grpc.StatusCode.DATA_LOSS, Reason.INTERNAL, str(error)) from error


def _rows(start: int, stop: int, reader: LogReader) -> list[tuple[int, bytes]]:
    """Return the entries of a range, each of which has its leaf hash or has left for an archive."""
    rows = [row for chunk in reader.rows(start, stop) for row in chunk]
    for index, leaf, octets, *_ in rows:
        if octets:
            require_leaf(index, leaf, octets)
    return [(row[0], row[2]) for row in rows]


def _read_months(since: str, until: str) -> list[str]:
    try:
        return months_between(since, until)
    except ValueError as error:
        raise Refusal(Reason.REQUEST_INVALID, str(error)) from error


def _challenge(challenge: bytes) -> dict[str, Cell]:
    """Return what an act bears by which the asker knows that it is of this question, and its checkpoint no older."""
    return {"trace_id": challenge.hex()}


async def record_now(node: Node, context: Context, action: str, subject: str, details: Mapping[str, Cell]) -> int:
    """Record an act with further fields, as `record_act` does, but never beside the log; return its entry's index."""
    gatehouse: Gatehouse = node.in_force.rooms.gatehouse
    actor = gatehouse.identify(sender_of(context), node.clock_us()).identity.uri
    return await node.acts.record_now(action, subject, actor, details)


async def record_act(node: Node, context: Context, action: str, subject: str) -> str:
    """Record what a reviewer or an administrator does, before it is done; return who does it."""
    gatehouse: Gatehouse = node.in_force.rooms.gatehouse
    actor = gatehouse.identify(sender_of(context), node.clock_us()).identity.uri
    await node.acts.record(action, subject, actor)
    return actor
