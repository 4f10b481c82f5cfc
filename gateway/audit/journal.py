"""The entrance of the audit room: begins the record of an exchange on either side, and records outcomes and acts.

The exchanges themselves are in `exchange`.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.audit.entries import writing
from gateway.audit.entries.documents import DOCUMENTS, DOCUMENTS_ID, MAX_DOCUMENTS, encode_documents
from gateway.audit.entries.entry import Cell, Entry, EntryInvalid, Phase, Result, decode
from gateway.audit.entries.seals import SEALS_ID, Segment, encode_seal
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.exchange import AskerExchange, ExchangeContext, OwedEnd, ProviderExchange
from gateway.audit.log import AuditLog
from gateway.audit.pending import Pending
from gateway.audit.receipts import PeerLog
from gateway.ground.documents import NumberedDocument
from gateway.ground.evidence import NO_ENTRY, Arrival, Receipt, RequestId
from gateway.ground.looks import NO_BUDGETS, Persons
from gateway.ground.refusals import Reason, Refusal

REMEMBERED: Final = 100_000
"""Releases remembered until their acknowledgement comes."""
REMEMBERED_OUTCOMES: Final = 16_384
"""Newest outcomes that are remembered, so that a repeated acknowledgement is known before it is durable."""

MAX_PAGE_BYTES: Final = 4 << 20
"""The longest message of the contract, where nobody sets less."""
MOST_OWED: Final = 16_384
"""Ends of exchanges that may wait for a log that does not serve; the oldest gives way."""


@dataclass(frozen=True, slots=True)
class OpenRelease:
    """A release whose acknowledgement has not come: its index, and the node that must send it."""

    index: int
    node: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The asking gateway `node` acknowledges a page of ours: the entry of its log, and why it refused it, or ''.

    `last` tells whether the page is the last one of its answer.
    """

    node: str
    request_id: str
    number: int
    origin: str
    index: int
    leaf_hash: bytes
    reason: str
    last: bool = False

    @property
    def leaf(self) -> tuple[str, int, bytes]:
        """The entry that it names: one receipt is acknowledged once, however often the message comes."""
        return self.origin, self.index, self.leaf_hash


class Journal:
    """Records exchanges in one log. `peers` are the logs of the other provinces, by province code."""

    def __init__(
        self,
        log: AuditLog,
        identity: LogIdentity,
        *,
        peers: Mapping[str, PeerLog],
        clock_us: Callable[[], int],
        random: Callable[[int], bytes],
        require_witnessed: Callable[[frozenset[str]], None],
        max_page_bytes: int = MAX_PAGE_BYTES,
        persons: Persons = NO_BUDGETS,
    ) -> None:
        """`require_witnessed` takes the other provinces of an exchange and raises Refusal while it may not go on.

        A page of more than `max_page_bytes` is refused, since no message could carry it. `persons` are the budgets of
        persons, without which no exchange can begin.
        """
        # Ends that are not durable yet, at most one for each exchange that had begun.
        self._owed: deque[OwedEnd] = deque()
        self._context = ExchangeContext(
            log,
            identity,
            dict(peers),
            clock_us,
            random,
            self._remember,
            require_witnessed,
            self._owe,
            max_page_bytes,
            persons,
        )
        self._origins = frozenset(peer.origin for peer in peers.values())
        self._declared: dict[str, Pending] = {}
        self._released: OrderedDict[tuple[str, int], OpenRelease] = OrderedDict()
        self._outcomes: OrderedDict[tuple[str, int, bytes], Pending] = OrderedDict()

    def begin_provider(self, arrival: Arrival) -> ProviderExchange:
        """Begin to record an exchange on the side that holds the data."""
        return ProviderExchange(self._context, arrival)

    def begin_asker(self, arrival: Arrival) -> AskerExchange:
        """Begin to record an exchange on the side that asks."""
        return AskerExchange(self._context, arrival)

    def _owe(self, end: OwedEnd) -> None:
        while self._owed and (self._owed[0].durable or len(self._owed) >= MOST_OWED):
            self._owed.popleft()
        self._owed.append(end)

    def settle_ends(self) -> None:
        """Forget the ends of exchanges that are durable, and record those again that the log has lost or not taken."""
        for _ in range(len(self._owed)):
            owed = self._owed.popleft()
            if not owed.settle():
                self._owed.append(owed)

    def record_outcome(self, acknowledgement: Acknowledgement) -> Pending | None:
        """Record the asker's acknowledgement of a release that is remembered; return the entry, None for none.

        Only the node that was answered acknowledges, once, with an entry of a log that we know.
        """
        key = acknowledgement.request_id, acknowledgement.number
        release = self._released.get(key)
        if release is None or release.node != acknowledgement.node or not self._is_provable(acknowledgement):
            return None
        if self._queued_outcome(acknowledgement) is not None:
            return None
        try:
            pending = self._queue_outcome(acknowledgement, release.index)
        except Refusal:
            return None
        del self._released[key]
        return pending

    async def record_late_outcome(self, acknowledgement: Acknowledgement) -> Pending | None:
        """Record the acknowledgement of a release that is looked up in the log, since a restart forgot it.

        The rules are those of `record_outcome`; an acknowledgement that the log holds gets no second entry. Returns the
        entry, also one that was queued before and is not durable yet; None where there is none to write.

        Raises:
            Refusal: the log cannot be read or added to now.
        """
        key = acknowledgement.request_id, acknowledgement.number
        queued = self._queued_outcome(acknowledgement)
        if queued is not None:
            return queued if queued.index == NO_ENTRY else None
        if key in self._released or not self._is_provable(acknowledgement):
            return None
        rows = await self._context.log.page_of(*key)
        if key in self._released or self._queued_outcome(acknowledgement) is not None:
            return None
        index = _find_unanswered(rows, acknowledgement)
        return None if index == NO_ENTRY else self._queue_outcome(acknowledgement, index)

    async def is_founded(self, acknowledgement: Acknowledgement) -> bool:
        """Return whether an acknowledgement names a log that we know and an exchange that our log holds.

        Raises:
            Refusal: the log cannot be read now.
        """
        key = acknowledgement.request_id, acknowledgement.number
        return self._is_provable(acknowledgement) and bool(await self._context.log.page_of(*key))

    async def list_acknowledgements(self, limit: int) -> list[tuple[str, Acknowledgement]]:
        """Return our acknowledgements of the newest receipts, oldest first, each with the origin of the peer's log.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when the log cannot be read.
        """
        found = []
        for index, leaf, octets in await self._context.log.newest(Phase.RECEIPT, limit):
            try:
                entry = decode(octets)
            except EntryInvalid:
                continue
            named = entry.fields.get("peer_leaf")
            if isinstance(named, dict):
                found.append((str(named["origin"]), self._acknowledge(entry, index, leaf)))
        return found

    def _acknowledge(self, entry: Entry, index: int, leaf: bytes) -> Acknowledgement:
        return Acknowledgement(
            self._context.identity.node,
            entry.exchange_id,
            entry.number("page"),
            self._context.log.origin,
            index,
            leaf,
            "",
            last=entry.fields.get("last") is True,
        )

    def _is_provable(self, acknowledgement: Acknowledgement) -> bool:
        return acknowledgement.origin in self._origins and len(acknowledgement.leaf_hash) == 32

    def _queued_outcome(self, acknowledgement: Acknowledgement) -> Pending | None:
        """The outcome entry that was queued for this receipt, unless it was lost or is long past."""
        pending = self._outcomes.get(acknowledgement.leaf)
        return None if pending is None or pending.lost else pending

    def _queue_outcome(self, acknowledgement: Acknowledgement, prev: int) -> Pending:
        now_us = self._context.clock_us()
        reason = acknowledgement.reason
        written = writing.encode_outcome(
            self._context.identity,
            exchange_id=acknowledgement.request_id,
            peer_node=acknowledgement.node,
            page=acknowledgement.number,
            origin=acknowledgement.origin,
            index=acknowledgement.index,
            leaf_hash=acknowledgement.leaf_hash,
            reason=reason if not reason or reason in Reason.__members__ else Reason.INTERNAL.value,
            prev=prev,
            event_id=self._context.make_event(now_us),
            time_us=now_us,
        )
        pending = self._context.log.record(
            written.octets,
            exchange_id=acknowledgement.request_id,
            phase=Phase.OUTCOME,
            page=acknowledgement.number,
            time_us=now_us,
            waits=False,
        )
        self._outcomes[acknowledgement.leaf] = pending
        if len(self._outcomes) > REMEMBERED_OUTCOMES:
            self._outcomes.popitem(last=False)
        return pending

    async def record_act(
        self,
        *,
        action: str,
        subject: str,
        result: Result = Result.PERMIT,
        actor: str = "",
        documents: Sequence[NumberedDocument] = (),
        details: Mapping[str, Cell] = MappingProxyType({}),
    ) -> Receipt:
        """Record an act of an administrator, or of the node itself, and wait until it is durable.

        `documents` are those that come into force by it; entries that follow the act's own name them. An act that is
        itself one of naming documents has no other entry; its `subject` is the act by which they come into force.
        `details` are the further fields of the act's own entry.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED; then the act must not be done.
        """
        context, now_us = self._context, self._context.clock_us()
        queued: list[Pending] = []
        if action != DOCUMENTS:
            event = context.make_event(now_us)
            written = writing.encode_act(
                context.identity,
                action=action,
                subject=subject,
                result=result,
                actor=actor,
                event_id=event,
                time_us=now_us,
                details=details,
            )
            exchange_id = str(details.get("exchange_id", ""))
            queued.append(
                context.log.record(written.octets, exchange_id=exchange_id, phase=Phase.ADMIN, time_us=now_us)
            )
        act = subject if action == DOCUMENTS else action
        for start in range(0, len(documents), MAX_DOCUMENTS):
            named, event = documents[start : start + MAX_DOCUMENTS], context.make_event(now_us)
            written = encode_documents(context.identity, named, act=act, actor=actor, event_id=event, time_us=now_us)
            queued.append(
                context.log.record(written.octets, exchange_id=DOCUMENTS_ID, phase=Phase.ADMIN, time_us=now_us)
            )
        receipts = [await context.log.wait_durable(pending) for pending in queued]
        return receipts[0]

    async def record_seal(self, segment: Segment) -> int:
        """Record the act that seals a segment, and wait until it is durable; return its index.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED; the act may be there all the same.
        """
        context, now_us = self._context, self._context.clock_us()
        written = encode_seal(context.identity, segment, event_id=context.make_event(now_us), time_us=now_us)
        pending = context.log.record(
            written.octets, exchange_id=SEALS_ID[segment.kind], phase=Phase.ADMIN, time_us=now_us
        )
        return (await context.log.wait_durable(pending)).index

    def declare(self, profile: str, manifest_of: Callable[[str], bytes]) -> None:
        """Record by which masks the pages of a profile are made, once, before the first of them leaves.

        Nobody waits for it: the log is ordered, so the wait for the release covers it.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED.
        """
        declared = self._declared.get(profile)
        if declared is not None and not declared.lost:
            return
        now_us = self._context.clock_us()
        written = writing.encode_manifest(
            self._context.identity,
            manifest_of(profile).decode(),
            profile=profile,
            event_id=self._context.make_event(now_us),
            time_us=now_us,
        )
        self._declared[profile] = self._context.log.record(
            written.octets, exchange_id="", phase=Phase.ADMIN, time_us=now_us, waits=False
        )

    def _remember(self, request_id: RequestId, number: int, index: int, node: str) -> None:
        self._released[request_id, number] = OpenRelease(index, node)
        if len(self._released) > REMEMBERED:
            self._released.popitem(last=False)


def _find_unanswered(rows: Sequence[tuple[int, bytes]], acknowledgement: Acknowledgement) -> int:
    """Return the index of the newest release that its node was given and has not acknowledged, or NO_ENTRY.

    None either where the receipt that is acknowledged has its outcome.
    """
    releases: list[int] = []
    answered: set[int] = set()
    nodes = set()
    for index, octets in rows:
        try:
            entry = decode(octets)
        except EntryInvalid:
            continue
        if entry.phase is Phase.RELEASE:
            releases.append(index)
        elif entry.phase is Phase.OUTCOME:
            if _names_receipt(entry, acknowledgement):
                return NO_ENTRY
            answered.add(entry.number("prev"))
        if entry.phase in (Phase.INTENT, Phase.RELEASE) and entry.text("peer_node"):
            nodes.add(entry.text("peer_node"))
    open_ends = (index for index in releases if index not in answered and nodes == {acknowledgement.node})
    return max(open_ends, default=NO_ENTRY)


def _names_receipt(outcome: Entry, acknowledgement: Acknowledgement) -> bool:
    origin, index, leaf = acknowledgement.leaf
    return outcome.fields.get("peer_leaf") == {"origin": origin, "index": index, "leaf_hash": leaf.hex()}
