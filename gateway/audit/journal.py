"""The face of the audit room: begins to record an exchange on either side, and takes acknowledgements and acts.

The exchanges themselves are in `exchange`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.audit import writing
from gateway.audit.entry import Phase, Result
from gateway.audit.exchange import AskerExchange, Desk, ProviderExchange
from gateway.audit.log import AuditLog
from gateway.audit.receipts import PeerLog
from gateway.audit.writing import Book
from gateway.evidence import Arrival, Receipt, RequestId
from gateway.refusals import Reason, Refusal

REMEMBERED: Final = 100_000
"""Releases remembered until their acknowledgement comes."""


@dataclass(frozen=True, slots=True)
class Released:
    """A release whose acknowledgement has not come: its index, and the node that must send it."""

    index: int
    node: str


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
    ) -> None:
        self._desk = Desk(log, book, dict(peers), clock_us, random, self._remember)
        self._origins = frozenset(peer.origin for peer in peers.values())
        self._released: OrderedDict[tuple[str, int], Released] = OrderedDict()

    def provider(self, arrival: Arrival) -> ProviderExchange:
        """Begin to record an exchange on the side that holds the data."""
        return ProviderExchange(self._desk, arrival)

    def asker(self, arrival: Arrival) -> AskerExchange:
        """Begin to record an exchange on the side that asks."""
        return AskerExchange(self._desk, arrival)

    def outcome(
        self,
        *,
        node: str,
        request_id: str,
        number: int,
        origin: str,
        index: int,
        leaf_hash: bytes,
        reason: str,
    ) -> bool:
        """Record the asker's acknowledgement of a release; return whether it was one.

        Only the node that was answered acknowledges, once, with an entry of a log that we know.
        """
        key = (request_id, number)
        release = self._released.get(key)
        if release is None or release.node != node or origin not in self._origins or len(leaf_hash) != 32:
            return False
        now_us = self._desk.clock_us()
        entry = writing.outcome(
            self._desk.book,
            exchange_id=request_id,
            peer_node=node,
            page=number,
            origin=origin,
            index=index,
            leaf_hash=leaf_hash,
            reason=reason if not reason or reason in Reason.__members__ else Reason.INTERNAL.value,
            prev=release.index,
            event_id=self._desk.event(now_us),
            time_us=now_us,
        )
        try:
            self._desk.log.record(
                entry, exchange_id=request_id, phase=Phase.OUTCOME, page=number, time_us=now_us, waits=False
            )
        except Refusal:
            return False
        del self._released[key]
        return True

    async def admin(self, *, action: str, subject: str, result: Result = Result.PERMIT, actor: str = "") -> Receipt:
        """Record an act of an administrator, or of the node itself, and wait until it is durable.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED; then the act must not be done.
        """
        now_us = self._desk.clock_us()
        event = self._desk.event(now_us)
        entry = writing.admin(
            self._desk.book,
            action=action,
            subject=subject,
            result=result,
            actor=actor,
            event_id=event,
            time_us=now_us,
        )
        log = self._desk.log
        return await log.durable(log.record(entry, exchange_id="", phase=Phase.ADMIN, time_us=now_us))

    def _remember(self, request_id: RequestId, number: int, index: int, node: str) -> None:
        self._released[request_id, number] = Released(index, node)
        if len(self._released) > REMEMBERED:
            self._released.popitem(last=False)
