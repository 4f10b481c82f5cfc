"""What the two roads record of one exchange, in its order.

An exchange begins with `intend`, which queues an entry and waits for nobody, since the log is ordered: the wait for
the release covers it. `release` and `receive` wait. `refuse` waits and never fails: where nothing can be recorded,
nothing is returned. `abandon` queues, because whoever would wait has gone. A release whose intent was lost is refused:
no release stands in the log without its intent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries import writing
from gateway.audit.entries.commitments import SALT_SIZE
from gateway.audit.entries.entry import EntryInvalid, Phase
from gateway.audit.entries.references import REF_SIZE
from gateway.audit.entries.writing import Book, Written
from gateway.audit.log import AuditLog
from gateway.audit.pending import Pending
from gateway.audit.receipts import PeerLog, prove, prove_refusal
from gateway.ground.evidence import (
    Arrival,
    Caller,
    GatedPage,
    Grant,
    PeerAnswer,
    ProvenAnswer,
    RawIdentifier,
    Receipt,
    RequestId,
)
from gateway.ground.refusals import PeerRefusal, Reason, Refusal

MAX_SUBJECTS: Final = 1_024
"""Cardholders that one entry names: 21,848 characters of its 32 KiB, which leaves room for the largest body."""


def event_id(time_us: int, random: bytes) -> str:
    """Return a UUID, version 7 (RFC 9562 section 5.7), of a time and ten random bytes."""
    value = (time_us // 1000 & (1 << 48) - 1) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class Desk:
    """What an exchange needs to record: the log, its constants, the peers' logs by province, clock and randomness.

    `released` is told of each release that is durable: request id, page number, index, and the node that was answered.
    `witnessed` is given the other provinces of an exchange, and raises Refusal while the log stands without witnesses.
    """

    log: AuditLog
    book: Book
    peers: Mapping[str, PeerLog]
    clock_us: Callable[[], int]
    random: Callable[[int], bytes]
    released: Callable[[RequestId, int, int, str], None]
    witnessed: Callable[[frozenset[str]], None]

    def event(self, time_us: int) -> str:
        """Return a new event id."""
        return event_id(time_us, self.random(10))

    def peer(self, province: str) -> PeerLog:
        """Return the log of a province.

        Raises:
            Refusal: PEER_RECEIPT_INVALID when no log of it is known: nothing of it could be proven.
        """
        peer = self.peers.get(province)
        if peer is None:
            raise Refusal(Reason.PEER_RECEIPT_INVALID, f"no audit log of {province} is known")
        return peer


class _Exchange:
    """What both sides of an exchange record alike."""

    def __init__(self, desk: Desk, arrival: Arrival) -> None:
        self._desk = desk
        self._arrival = arrival
        self._request_id = arrival.ask.request_id
        self._header = writing.asked(desk.book, arrival)
        self._intent = ""
        self._intents: list[Pending] = []
        self._subjects = b""
        self._by_row = False
        self._answered = 0
        self._number = 0
        self._node = ""
        self._grant_fields: tuple[str, ...] = ()
        self._provinces: frozenset[str] = frozenset()

    def intend(self, caller: Caller, grant: Grant) -> None:
        """Record that the exchange was allowed and begins; nobody waits for it.

        Raises:
            Refusal: AUDIT_NOT_DURABLE, OVERLOADED, or LOG_UNWITNESSED while entries wait too long for a cosignature.
        """
        desk, now_us = self._desk, self._arrival.now_us
        self._provinces = frozenset(desk.peers.keys() & {caller.province, self._arrival.ask.provider_province})
        desk.witnessed(self._provinces)
        self._node = caller.node
        self._grant_fields = grant.fields
        self._by_row = grant.item.subjects
        self._subjects = subjects = self._references(grant)
        self._header = header = writing.judged(self._header, caller, grant)
        step = MAX_SUBJECTS * REF_SIZE
        event = desk.event(now_us)
        first = writing.intent(desk.book, header, subjects[:step], event_id=event, time_us=now_us, random=desk.random)
        self._intents.append(self._record(first, Phase.INTENT, 0, now_us, waits=False))
        self._intent = event
        for page, start in enumerate(range(step, len(subjects), step), 1):
            more = writing.more_subjects(
                header,
                subjects[start : start + step],
                page=page,
                prev_event=event,
                event_id=desk.event(now_us),
                time_us=now_us,
            )
            self._intents.append(self._record(more, Phase.INTENT, page, now_us, waits=False))

    async def refuse(self, refusal: Refusal) -> tuple[Refusal, tuple[Receipt, ...]]:
        """Record a refusal; return the one that stands, with its receipts, our own first.

        There is no receipt where nothing could be recorded. A refusal by the peer whose receipt does not prove becomes
        our own.
        """
        try:
            theirs = self._theirs(refusal)
        except Refusal as unproven:
            refusal, theirs = unproven, ()
        try:
            pending = self._record_refusal(refusal, theirs[0] if theirs else None, waits=True)
            return refusal, (await self._desk.log.durable(pending), *theirs)
        except (Refusal, EntryInvalid):
            return refusal, ()

    def abandon(self, refusal: Refusal) -> None:
        """Record a refusal for which nobody waits."""
        try:
            self._record_refusal(refusal, None, waits=False)
        except (Refusal, EntryInvalid):
            return

    def _check_intent(self) -> None:
        self._desk.witnessed(self._provinces)
        if not self._intents or self._lost():
            raise Refusal(Reason.AUDIT_NOT_DURABLE, "the intent was not recorded", retry_after=1.0)

    def _lost(self) -> bool:
        return any(pending.lost for pending in self._intents)

    def _theirs(self, refusal: Refusal) -> tuple[Receipt, ...]:
        """The receipts of the peer's refusal, proven; none when it was not the peer that refused.

        Raises:
            Refusal: PEER_RECEIPT_INVALID.
        """
        return ()

    def _record_refusal(self, refusal: Refusal, theirs: Receipt | None, *, waits: bool) -> Pending:
        desk = self._desk
        now_us = desk.clock_us()
        written = writing.refusal(
            desk.book,
            self._header,
            refusal,
            page=self._number,
            prev_event="" if self._lost() else self._intent,
            event_id=desk.event(now_us),
            time_us=now_us,
            random=desk.random,
            peer=theirs,
        )
        return self._record(written, Phase.REFUSAL, self._number, now_us, waits=waits)

    def _record(self, written: Written, phase: Phase, page: int, now_us: int, *, waits: bool) -> Pending:
        return self._desk.log.record(
            written.octets,
            exchange_id=self._request_id,
            phase=phase,
            page=page,
            time_us=now_us,
            waits=waits,
            wrapped=written.wrapped,
            epoch=written.epoch,
            tokens=written.tokens,
        )

    def _of_page(self, rows: int) -> bytes:
        """The references of the cardholders whom the next page is about."""
        if not self._by_row:
            return self._subjects
        return self._subjects[self._answered * REF_SIZE : (self._answered + rows) * REF_SIZE]

    def _references(self, grant: Grant) -> bytes:
        """The references of the cardholders asked about, in the order of the question."""
        references, keys = self._desk.book.references, self._arrival.ask.keys
        names = {key.name for key in grant.item.keys if key.subject}
        columns = [column.values for column in keys.columns if column.name in names]
        return references.subjects(
            (RawIdentifier(value) for values in columns for value in values if isinstance(value, str)),
            self._arrival.now_us,
        )


class ProviderExchange(_Exchange):
    """One exchange on the side that holds the data. `salt` opens the commitments of its releases."""

    def __init__(self, desk: Desk, arrival: Arrival) -> None:
        super().__init__(desk, arrival)
        self.salt = desk.random(SALT_SIZE)

    async def release(self, cleared: GatedPage) -> Receipt:
        """Record that a page leaves, and wait until that is durable: after this it may.

        Raises:
            Refusal: AUDIT_NOT_DURABLE, OVERLOADED, or ANSWER_TOO_LARGE when the page names more cardholders than an
                entry can.
        """
        self._check_intent()
        desk, number, rows = self._desk, cleared.number, cleared.page.rows
        subjects = self._of_page(rows)
        if len(subjects) > MAX_SUBJECTS * REF_SIZE:
            raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {MAX_SUBJECTS} subjects a page, found {rows}")
        now_us = desk.clock_us()
        written = writing.release(
            self._header,
            cleared,
            subjects,
            salt=self.salt,
            prev_event=self._intent,
            event_id=desk.event(now_us),
            time_us=now_us,
        )
        receipt = await desk.log.durable(self._record(written, Phase.RELEASE, number, now_us, waits=True))
        self._answered += rows
        self._number = number + 1
        desk.released(self._request_id, number, receipt.index, self._node)
        return receipt


class AskerExchange(_Exchange):
    """One exchange on the side that asks."""

    def prove(self, answer: PeerAnswer) -> ProvenAnswer:
        """Return the answer as proven by the peer's log.

        Raises:
            Refusal: PEER_RECEIPT_INVALID, with the check that failed.
        """
        return prove(
            self._desk.peer(self._arrival.ask.provider_province),
            answer,
            request_id=self._request_id,
            request_hash=self._arrival.request_hash,
            fields=self._grant_fields,
            number=self._number,
        )

    async def receive(self, proven: ProvenAnswer) -> Receipt:
        """Record the receipt of a page, and wait until that is durable: after this the application may have it.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED.
        """
        self._check_intent()
        desk, number = self._desk, proven.answer.number
        now_us = desk.clock_us()
        rows = proven.answer.page.rows
        subjects = self._of_page(rows)[: MAX_SUBJECTS * REF_SIZE]
        written = writing.receipt(
            self._header, proven, subjects, prev_event=self._intent, event_id=desk.event(now_us), time_us=now_us
        )
        receipt = await desk.log.durable(self._record(written, Phase.RECEIPT, number, now_us, waits=True))
        self._answered += rows
        self._number = number + 1
        return receipt

    def _theirs(self, refusal: Refusal) -> tuple[Receipt, ...]:
        if not isinstance(refusal, PeerRefusal) or not refusal.receipts:
            return ()
        prove_refusal(
            self._desk.peer(self._arrival.ask.provider_province),
            refusal.receipts[0],
            request_id=self._request_id,
            request_hash=self._arrival.request_hash,
            reason=refusal.reason,
        )
        return refusal.receipts[:1]
