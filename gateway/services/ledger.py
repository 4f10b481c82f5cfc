"""The `Ledger` service: the province's reviewers read the audit log. Each call is an entry itself.

The log is read from disk by a reader of its own, off the event loop, so that a long reading never delays an exchange.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import grpc

from gateway.audit.entries.acts import ActDetails, DualControlAct
from gateway.audit.entries.bodies import BodyInvalid
from gateway.audit.entries.references import normalise
from gateway.audit.log import AuditLog
from gateway.audit.retention.rules import require_covered
from gateway.audit.review.completeness import ASKED
from gateway.audit.review.history import Asked, ask_department
from gateway.audit.review.review_keys import ReviewKeys, months_between
from gateway.audit.review.search import EVER_US, Criteria, search
from gateway.audit.review.shown import require_leaf
from gateway.audit.review.statement import NONCE_SIZE
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.pairs import Kind
from gateway.audit.tlog.proofs import consistency_path
from gateway.gatehouse.gate import Gatehouse
from gateway.ground.evidence import RawIdentifier
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.emergencies import Emergencies
from gateway.masking.faults import MaskingError
from gateway.masking.keys import MaskKeys
from gateway.services.door import CallEnded, Context, sender_of
from gateway.services.histories import Histories
from gateway.services.opened import open_found
from gateway.services.pseudonyms import make_target, recover_value
from gateway.serving.approvals import Approvals, name_approval
from gateway.serving.attempts import RefusedAttempt
from gateway.serving.node import Node
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from keys.certificate import PeerCertificate

T = TypeVar("T")
CHUNK = 500
"""Entries read at a time."""


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
        approvals: Approvals,
        emergencies: Emergencies,
    ) -> None:
        """`archives` is the directory of the log's archives."""
        self._node = node
        self._log = log
        self._place = place
        self._desk = desk
        self._masks = masks
        self._histories = Histories(log, self._read, node.accounts.cosignatures.size_of, archives)
        self._withheld = tuple(sorted(set(withheld_scenes)))
        self._approvals = approvals
        self._emergencies = emergencies

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
        await record_act(self._node, context, "search", "")

        def find(reader: LogReader) -> list[tuple[int, bytes]]:
            require_covered(reader)
            found = search(reader, criteria, limit=request.limit)
            return [(one.index, one.octets) for one in found]

        for index, entry in await self._read(find):
            yield ledger_pb2.SearchResponse(index=index, entry=entry)

    async def GetSubjectHistory(
        self, request: ledger_pb2.GetSubjectHistoryRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.GetSubjectHistoryResponse]:
        """Yield the statement of the entries that name a person; the act bears the person's token of this month.

        The bodies of their exchanges come after it, where they are asked for and two persons have allowed that too.
        """
        months = _read_months(request.since_month, request.until_month)
        person = RawIdentifier(request.subject_no)
        ask = cache(partial(self._ask_about, person, months))
        act = await self._act_approved(
            context,
            DualControlAct.OPEN_HISTORY if request.open_bodies else DualControlAct.SUBJECT_HISTORY,
            normalise(request.subject_no),
            request.approval,
            lambda: ActDetails(trace_id=request.challenge.hex(), request_hash=ask().commitment()),
            lambda: self._desk.reference_now(person, self._node.clock_us()),
        )
        async for piece in self._histories.answer(ask(), act):
            yield ledger_pb2.GetSubjectHistoryResponse(statement=piece)
        if request.open_bodies:
            for index, body in await self._read(lambda reader: open_found(reader, self._desk, ask().tokens)):
                opened = ledger_pb2.OpenedBody(index=index, text=body.text.encode(), salt=body.salt)
                yield ledger_pb2.GetSubjectHistoryResponse(opened=opened)

    async def GetOfficialHistory(
        self, request: ledger_pb2.GetOfficialHistoryRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.GetOfficialHistoryResponse]:
        """Yield the statement of the entries that name an official."""
        months = _read_months(request.since_month, request.until_month)
        named = self._desk.reference_operator(request.operator_ref, request.operator_unit, months)
        asked = self._bind(Asked(Kind.OPERATOR, named.by_month, named.lost_months))
        act = await self._record_question(context, asked, months, request.challenge)
        async for piece in self._histories.answer(asked, act):
            yield ledger_pb2.GetOfficialHistoryResponse(statement=piece)

    async def GetDepartmentHistory(
        self, request: ledger_pb2.GetDepartmentHistoryRequest, context: Context
    ) -> AsyncIterator[ledger_pb2.GetDepartmentHistoryResponse]:
        """Yield the statement of the entries that name a department."""
        months = _read_months(request.since_month, request.until_month)
        asked = self._bind(ask_department(request.department, months))
        act = await self._record_question(context, asked, months, request.challenge)
        async for piece in self._histories.answer(asked, act):
            yield ledger_pb2.GetDepartmentHistoryResponse(statement=piece)

    async def OpenBody(self, request: ledger_pb2.OpenBodyRequest, context: Context) -> ledger_pb2.OpenBodyResponse:
        """Return the inputs of a decision, and the salt by which anybody can hold them to the entry's commitment."""
        place = f"{self._log.origin}:{request.index}"
        await self._act_approved(context, DualControlAct.OPEN_BODY, place, request.approval)
        body = await self._read(lambda reader: self._desk.open_body(reader, request.index))
        return ledger_pb2.OpenBodyResponse(inputs=body.text.encode(), salt=body.salt)

    async def RecoverPseudonym(
        self, request: ledger_pb2.RecoverPseudonymRequest, context: Context
    ) -> ledger_pb2.RecoverPseudonymResponse:
        """Return the value behind a pseudonym of a release."""
        wanted = make_target(self._log.origin, request.index, request.field, request.token)
        await self._act_approved(context, DualControlAct.RECOVER_PSEUDONYM, wanted, request.approval)
        value = await self._read(
            lambda reader: recover_value(
                reader, self._masks, index=request.index, field=request.field, token=request.token
            ),
        )
        return ledger_pb2.RecoverPseudonymResponse(value=value)

    async def ListEmergencies(
        self, request: ledger_pb2.ListEmergenciesRequest, context: Context
    ) -> ledger_pb2.ListEmergenciesResponse:
        """Return the emergencies whose review is open."""
        await record_act(self._node, context, "list_emergencies", "")
        return ledger_pb2.ListEmergenciesResponse(
            emergencies=[
                ledger_pb2.Emergency(
                    emergency=one.name,
                    item_code=one.item_code,
                    recipient=one.recipient,
                    operator_ref=one.operator_ref,
                    request_ids=one.request_ids,
                    opened_us=one.opened_us,
                    ends_us=one.ends_us,
                    due_us=one.due_us,
                )
                for one in self._emergencies.list_open()
            ]
        )

    async def CloseEmergency(
        self, request: ledger_pb2.CloseEmergencyRequest, context: Context
    ) -> ledger_pb2.CloseEmergencyResponse:
        """Close the review of an emergency that two persons have looked at."""
        self._emergencies.require_open(request.emergency)
        place = f"{self._log.origin}:{request.emergency}"
        index = await self._act_approved(
            context, DualControlAct.CLOSE_EMERGENCY, place, request.approval, subject=request.emergency
        )
        self._emergencies.close(request.emergency)
        return ledger_pb2.CloseEmergencyResponse(index=index)

    async def _act_approved(
        self,
        context: Context,
        act: DualControlAct,
        value: str,
        octets: bytes,
        bear: Callable[[], ActDetails] = ActDetails,
        name_persons: Callable[[], bytes] = bytes,
        subject: str = "",
    ) -> int:
        """Record an act if two persons have allowed it and the caller is the reviewer of the two; else raise Refusal.

        `bear` returns, once it is allowed, the asker's number and the commitment to the question; `name_persons` the
        references of whose data it is about: their own history then shows the act, and a refused attempt as well.
        `subject` is the act's own where it has one. Return the index of the act's entry.
        """
        caller = identify_caller(self._node, context)
        subjects = name_persons()
        try:
            async with self._approvals.use(octets, act, value, caller=caller) as allowed:
                own = bear()
                details = replace(
                    allowed.details, subjects=subjects, trace_id=own.trace_id, request_hash=own.request_hash
                )
                about, action = subject or allowed.subject, act.value
                if act is DualControlAct.OPEN_HISTORY:  # the person's history shows one act under one name
                    about, action = f"{about} with the bodies", DualControlAct.SUBJECT_HISTORY.value
                return await self._node.acts.record(action, about, caller.identity.uri, (), details)
        except Refusal as refusal:
            known = ActDetails(approval=name_approval(octets), subjects=subjects)
            raise RefusedAttempt(refusal, known) from refusal

    def _ask_about(self, person: RawIdentifier, months: Sequence[str]) -> Asked:
        named = self._desk.reference_cardholder(person, months)
        return self._bind(Asked(Kind.SUBJECT, named.by_month, named.lost_months))

    def _bind(self, asked: Asked) -> Asked:
        """Return a question with all that its act commits to."""
        return replace(asked, nonce=os.urandom(NONCE_SIZE), withheld_scenes=self._withheld)

    async def _record_question(self, context: Context, asked: Asked, months: Sequence[str], challenge: bytes) -> int:
        """Record that an official's or a department's history is asked for; return the index of the act's entry."""
        caller = identify_caller(self._node, context)
        details = ActDetails(caller_fp=caller.fingerprint, trace_id=challenge.hex(), request_hash=asked.commitment())
        subject = f"{months[0]} {months[-1]}"
        return await self._node.acts.record(ASKED[asked.kind], subject, caller.identity.uri, (), details)

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
        except StoreInvalid as error:
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


def identify_caller(node: Node, context: Context) -> PeerCertificate:
    """Return the certificate of who calls, judged anew; raises Refusal."""
    gatehouse: Gatehouse = node.in_force.rooms.gatehouse
    return gatehouse.identify(sender_of(context), node.clock_us())


async def record_act(node: Node, context: Context, action: str, subject: str) -> None:
    """Record what a reviewer or an administrator does, and by which certificate, before it is done."""
    caller = identify_caller(node, context)
    await node.acts.record(action, subject, caller.identity.uri, (), ActDetails(caller_fp=caller.fingerprint))
