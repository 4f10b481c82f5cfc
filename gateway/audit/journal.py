"""The face of the audit room: begins to record an exchange on either side, and takes acknowledgements and acts.

The exchanges themselves are in `exchange`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries import writing
from gateway.audit.entries.entry import Entry, EntryInvalid, Phase, Result, decode
from gateway.audit.entries.writing import Book
from gateway.audit.exchange import AskerExchange, Desk, ProviderExchange
from gateway.audit.log import AuditLog
from gateway.audit.pending import Pending
from gateway.audit.receipts import PeerLog
from gateway.ground.evidence import NO_ENTRY, Arrival, Receipt, RequestId
from gateway.ground.refusals import Reason, Refusal

REMEMBERED: Final = 100_000
"""Releases remembered until their acknowledgement comes."""
HEARD: Final = 16_384
"""Newest outcomes that are remembered, so that an acknowledgement that is said again is known before it is durable."""


@dataclass(frozen=True, slots=True)
class Released:
    """A release whose acknowledgement has not come: its index, and the node that must send it."""

    index: int
    node: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the asking gateway `node` says of a page of ours: the entry of its log, and why it refused it, or ''.

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
        """The entry that it names: one receipt is acknowledged once, however often that is said."""
        return self.origin, self.index, self.leaf_hash


class Journal:
    """Records exchanges in one log. `peers` are the logs of the other provinces, by province code."""

    def __init__(
        self,
        log: AuditLog,
        book: Book,
        *,
        peers: Mapping[str, PeerLog],
        clock_us: Callable[[], int],
        random: Callable[[int], bytes],
        witnessed: Callable[[frozenset[str]], None],
    ) -> None:
        """`witnessed` is given the other provinces of an exchange, and raises Refusal while it may not go on."""
        self._desk = Desk(log, book, dict(peers), clock_us, random, self._remember, witnessed)
        self._origins = frozenset(peer.origin for peer in peers.values())
        self._declared: dict[str, Pending] = {}
        self._released: OrderedDict[tuple[str, int], Released] = OrderedDict()
        self._heard: OrderedDict[tuple[str, int, bytes], Pending] = OrderedDict()

    def provider(self, arrival: Arrival) -> ProviderExchange:
        """Begin to record an exchange on the side that holds the data."""
        return ProviderExchange(self._desk, arrival)

    def asker(self, arrival: Arrival) -> AskerExchange:
        """Begin to record an exchange on the side that asks."""
        return AskerExchange(self._desk, arrival)

    def outcome(self, acknowledgement: Acknowledgement) -> Pending | None:
        """Record the asker's acknowledgement of a release that is remembered; return the entry, None for none.

        Only the node that was answered acknowledges, once, with an entry of a log that we know.
        """
        key = acknowledgement.request_id, acknowledgement.number
        release = self._released.get(key)
        if release is None or release.node != acknowledgement.node or not self._may_prove(acknowledgement):
            return None
        if self._recorded(acknowledgement) is not None:
            return None
        try:
            pending = self._record_outcome(acknowledgement, release.index)
        except Refusal:
            return None
        del self._released[key]
        return pending

    async def late_outcome(self, acknowledgement: Acknowledgement) -> Pending | None:
        """Record the acknowledgement of a release that is not remembered, as after a restart: the log is asked.

        The rules are those of `outcome`; what the log holds already gets no second entry. Returns the entry, also one
        that was queued before and is not durable yet; None where there is none to write.

        Raises:
            Refusal: the log cannot be read or added to now.
        """
        key = acknowledgement.request_id, acknowledgement.number
        queued = self._recorded(acknowledgement)
        if queued is not None:
            return queued if queued.index == NO_ENTRY else None
        if key in self._released or not self._may_prove(acknowledgement):
            return None
        rows = await self._desk.log.page_of(*key)
        if key in self._released or self._recorded(acknowledgement) is not None:
            return None
        index = _unanswered(rows, acknowledgement)
        return None if index == NO_ENTRY else self._record_outcome(acknowledgement, index)

    async def received(self, limit: int) -> list[tuple[str, Acknowledgement]]:
        """Return what we have to say of the newest receipts of our log, the oldest first, and whose log each names.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when the log cannot be read.
        """
        said = []
        for index, leaf, octets in await self._desk.log.newest(Phase.RECEIPT, limit):
            try:
                entry = decode(octets)
            except EntryInvalid:
                continue
            named = entry.fields.get("peer_leaf")
            if isinstance(named, dict):
                said.append((str(named["origin"]), self._receipt(entry, index, leaf)))
        return said

    def _receipt(self, entry: Entry, index: int, leaf: bytes) -> Acknowledgement:
        return Acknowledgement(
            self._desk.book.node,
            entry.exchange_id,
            entry.number("page"),
            self._desk.log.origin,
            index,
            leaf,
            "",
            last=entry.fields.get("last") is True,
        )

    def _may_prove(self, acknowledgement: Acknowledgement) -> bool:
        return acknowledgement.origin in self._origins and len(acknowledgement.leaf_hash) == 32

    def _recorded(self, acknowledgement: Acknowledgement) -> Pending | None:
        """The outcome entry that was queued for this receipt, unless it was lost or is long past."""
        pending = self._heard.get(acknowledgement.leaf)
        return None if pending is None or pending.lost else pending

    def _record_outcome(self, acknowledgement: Acknowledgement, prev: int) -> Pending:
        now_us = self._desk.clock_us()
        reason = acknowledgement.reason
        written = writing.outcome(
            self._desk.book,
            exchange_id=acknowledgement.request_id,
            peer_node=acknowledgement.node,
            page=acknowledgement.number,
            origin=acknowledgement.origin,
            index=acknowledgement.index,
            leaf_hash=acknowledgement.leaf_hash,
            reason=reason if not reason or reason in Reason.__members__ else Reason.INTERNAL.value,
            prev=prev,
            event_id=self._desk.event(now_us),
            time_us=now_us,
        )
        pending = self._desk.log.record(
            written.octets,
            exchange_id=acknowledgement.request_id,
            phase=Phase.OUTCOME,
            page=acknowledgement.number,
            time_us=now_us,
            waits=False,
        )
        self._heard[acknowledgement.leaf] = pending
        if len(self._heard) > HEARD:
            self._heard.popitem(last=False)
        return pending

    async def admin(self, *, action: str, subject: str, result: Result = Result.PERMIT, actor: str = "") -> Receipt:
        """Record an act of an administrator, or of the node itself, and wait until it is durable.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED; then the act must not be done.
        """
        now_us = self._desk.clock_us()
        event = self._desk.event(now_us)
        written = writing.admin(
            self._desk.book,
            action=action,
            subject=subject,
            result=result,
            actor=actor,
            event_id=event,
            time_us=now_us,
        )
        log = self._desk.log
        return await log.durable(log.record(written.octets, exchange_id="", phase=Phase.ADMIN, time_us=now_us))

    def declare(self, profile: str, manifest_of: Callable[[str], bytes]) -> None:
        """Record by which masks the pages of a profile are made, once, before the first of them leaves.

        Nobody waits for it: the log is ordered, so the wait for the release covers it.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED.
        """
        declared = self._declared.get(profile)
        if declared is not None and not declared.lost:
            return
        now_us = self._desk.clock_us()
        written = writing.manifest(
            self._desk.book,
            manifest_of(profile).decode(),
            profile=profile,
            event_id=self._desk.event(now_us),
            time_us=now_us,
        )
        self._declared[profile] = self._desk.log.record(
            written.octets, exchange_id="", phase=Phase.ADMIN, time_us=now_us, waits=False
        )

    def _remember(self, request_id: RequestId, number: int, index: int, node: str) -> None:
        self._released[request_id, number] = Released(index, node)
        if len(self._released) > REMEMBERED:
            self._released.popitem(last=False)


def _unanswered(rows: Sequence[tuple[int, bytes]], acknowledgement: Acknowledgement) -> int:
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
            if _names(entry, acknowledgement):
                return NO_ENTRY
            answered.add(entry.number("prev"))
        if entry.phase in (Phase.INTENT, Phase.RELEASE) and entry.text("peer_node"):
            nodes.add(entry.text("peer_node"))
    open_ends = (index for index in releases if index not in answered and nodes == {acknowledgement.node})
    return max(open_ends, default=NO_ENTRY)


def _names(outcome: Entry, acknowledgement: Acknowledgement) -> bool:
    origin, index, leaf = acknowledgement.leaf
    return outcome.fields.get("peer_leaf") == {"origin": origin, "index": index, "leaf_hash": leaf.hex()}
