"""The record of one exchange on either side, in its order.

An exchange begins with `intend`, which queues an entry and waits for nobody, since the log is ordered: the wait for
the release covers it. `release` and `receive` wait. `refuse` waits and never fails: where nothing can be recorded,
nothing is returned. `abandon` queues, because nobody is left to wait. A release whose intent was lost is refused: no
release stands in the log without its intent.

An exchange that has begun has one end: its last page, or else one refusal. Where the log cannot take that refusal, or
loses it, the end is owed: the journal records it once the log serves again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries import writing
from gateway.audit.entries.commitments import SALT_SIZE
from gateway.audit.entries.entry import EntryInvalid, Phase
from gateway.audit.entries.event_ids import make_event_id
from gateway.audit.entries.named import count_missed, make_look, numbers_in, references_in, subject_keys
from gateway.audit.entries.references import REF_SIZE, stems_of
from gateway.audit.entries.writing import EncodedEntry, LogIdentity
from gateway.audit.log import AuditLog
from gateway.audit.pending import Pending
from gateway.audit.receipts import PeerLog, prove, prove_refusal
from gateway.ground.evidence import (
    NO_ENTRY,
    Arrival,
    Caller,
    GatedPage,
    Grant,
    Page,
    PeerAnswer,
    ProvenAnswer,
    Receipt,
    RequestId,
)
from gateway.ground.item import SUBJECT_KEY
from gateway.ground.looks import Look, Persons
from gateway.ground.refusals import PeerRefusal, Reason, Refusal

MAX_SUBJECTS: Final = 1_024
"""Cardholders that one entry names: 21,848 characters of its 32 KiB, which leaves room for the largest body."""


@dataclass(frozen=True, slots=True)
class ExchangeContext:
    """All that an exchange records with: the log, its identity, the peers' logs by province, clock and randomness.

    `notify_released` takes each durable release: request id, page number, index, and the node that was answered.
    `require_witnessed` takes the other provinces of an exchange and raises Refusal while witnesses are too far behind.
    `owe` takes each end that is not durable yet. `max_page_bytes` is the most that a page may take on the wire.
    `persons` are the budgets of persons.
    """

    log: AuditLog
    identity: LogIdentity
    peers: Mapping[str, PeerLog]
    clock_us: Callable[[], int]
    random: Callable[[int], bytes]
    notify_released: Callable[[RequestId, int, int, str], None]
    require_witnessed: Callable[[frozenset[str]], None]
    owe: Callable[[OwedEnd], None]
    max_page_bytes: int
    persons: Persons

    def make_event(self, time_us: int) -> str:
        """Return a new event id."""
        return make_event_id(time_us, self.random(10))

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
    """The part of the record that both sides share. Its state belongs to the one task that serves the exchange."""

    def __init__(self, context: ExchangeContext, arrival: Arrival) -> None:
        self._context = context
        self._arrival = arrival
        self._request_id = arrival.ask.request_id
        self._header = writing.start_header(context.identity, arrival)
        self._intent = ""
        self._intents: list[Pending] = []
        self._subjects = b""
        self._by_row = False
        self._answered = 0
        self._number = 0
        self._node = ""
        self._grant_fields: tuple[str, ...] = ()
        self._provinces: frozenset[str] = frozenset()
        self._over = False
        self._look: Look | None = None

    @property
    def begun(self) -> bool:
        """Whether an intent was queued, so that an end is owed."""
        return bool(self._intents)

    @property
    def over(self) -> bool:
        """Whether the exchange has its end: its last page, or a refusal."""
        return self._over

    def intend(self, caller: Caller, grant: Grant) -> None:
        """Record that the exchange was allowed and begins; nobody waits for it.

        Raises:
            Refusal: PERSON_BUDGET_SPENT, AUDIT_NOT_DURABLE, OVERLOADED, or LOG_UNWITNESSED while witnesses lag.
        """
        context, now_us = self._context, self._arrival.now_us
        self._provinces = frozenset(context.peers.keys() & {caller.province, self._arrival.ask.provider_province})
        context.require_witnessed(self._provinces)
        self._node, self._grant_fields = caller.node, grant.fields
        self._by_row = grant.item.subjects
        arrival, references, keys = self._arrival, context.identity.references, subject_keys(grant)
        self._subjects = subjects = references_in(references, arrival, keys)
        self._header = header = writing.authorise_header(self._header, caller, grant)
        self._look = look = make_look(references, header.fields, arrival, caller, subjects)
        # No await stands between the two: questions that come together share what is left of a budget.
        count = context.persons.require(look, grant)
        step = MAX_SUBJECTS * REF_SIZE
        event = context.make_event(now_us)
        first = writing.encode_intent(
            context.identity,
            header,
            subjects[:step],
            event_id=event,
            time_us=now_us,
            random=context.random,
            consumer_ref=look.applications[0],
        )
        self._intents.append(self._record(first, Phase.INTENT, 0, now_us, waits=False))
        self._intent = event
        count(map(stems_of, numbers_in(arrival, keys)))
        for page, start in enumerate(range(step, len(subjects), step), 1):
            more = writing.encode_more_subjects(
                header,
                subjects[start : start + step],
                page=page,
                prev_event=event,
                event_id=context.make_event(now_us),
                time_us=now_us,
            )
            self._intents.append(self._record(more, Phase.INTENT, page, now_us, waits=False))

    async def refuse(self, refusal: Refusal) -> tuple[Refusal, tuple[Receipt, ...]]:
        """Record a refusal; return the one that stands, with its receipts, our own first.

        There is no receipt where nothing could be recorded, or where the exchange had its end before. A refusal by the
        peer whose receipt does not prove becomes our own.
        """
        if self._over:
            return refusal, ()
        try:
            theirs = self._prove_peer_refusal(refusal)
        except Refusal as unproven:
            refusal, theirs = unproven, ()
        pending = self._end(refusal, theirs[0] if theirs else None, waits=True)
        if pending is None:
            return refusal, ()
        try:
            return refusal, (await self._context.log.wait_durable(pending), *theirs)
        except Refusal:
            return refusal, ()

    def abandon(self, refusal: Refusal) -> None:
        """Record a refusal for which nobody waits, unless the exchange has its end."""
        if not self._over:
            self._end(refusal, None, waits=False)

    def _end(self, refusal: Refusal, theirs: Receipt | None, *, waits: bool) -> Pending | None:
        """Queue the refusal that ends the exchange; return its entry, or None where the log takes none now."""
        self._over = True
        owed = OwedEnd(self, refusal, theirs)
        pending = owed.record(waits=waits)
        if self.begun:
            self._context.owe(owed)
        return pending

    def _require_intent(self) -> None:
        # `intend` asked the same, but the witnesses may have fallen behind since. The page leaves after this check.
        self._context.require_witnessed(self._provinces)
        if not self._intents or self._is_lost():
            raise Refusal(Reason.AUDIT_NOT_DURABLE, "the intent was not recorded", retry_after=1.0)

    def _is_lost(self) -> bool:
        return any(pending.lost for pending in self._intents)

    @property
    def stands(self) -> bool:
        """Whether anything of the exchange is in the log, or may be soon."""
        return any(not pending.lost for pending in self._intents)

    def _prove_peer_refusal(self, refusal: Refusal) -> tuple[Receipt, ...]:
        """Return the receipts of the peer's refusal, proven; none when it was not the peer that refused.

        Raises:
            Refusal: PEER_RECEIPT_INVALID.
        """
        return ()

    def record_refusal(self, refusal: Refusal, theirs: Receipt | None, *, waits: bool) -> Pending:
        """Queue the entry of a refusal.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED; EntryInvalid when it is longer than an entry may be.
        """
        context = self._context
        now_us = context.clock_us()
        written = writing.encode_refusal(
            context.identity,
            self._header,
            refusal,
            page=self._number,
            prev_event="" if self._is_lost() else self._intent,
            event_id=context.make_event(now_us),
            time_us=now_us,
            random=context.random,
            subjects=self._refused_references(),
            peer=theirs,
        )
        return self._record(written, Phase.REFUSAL, self._number, now_us, waits=waits)

    def _record(self, written: EncodedEntry, phase: Phase, page: int, now_us: int, *, waits: bool) -> Pending:
        return self._context.log.record(
            written.octets,
            exchange_id=self._request_id,
            phase=phase,
            page=page,
            time_us=now_us,
            waits=waits,
            body=written.body,
            wrapped=written.wrapped,
            epoch=written.epoch,
        )

    def _count_answers(self, page: Page) -> None:
        self._answered += page.rows
        if self._look is not None:
            self._context.persons.count_answers(self._look, page.rows, count_missed(page))

    def _page_references(self, rows: int) -> bytes:
        """The references of the cardholders whom the next page is about."""
        if not self._by_row:
            return self._subjects
        return self._subjects[self._answered * REF_SIZE : (self._answered + rows) * REF_SIZE]

    def _refused_references(self) -> bytes:
        """The references of the cardholders of whom nothing leaves by a refusal; of many, those that an entry can name.

        A question that was refused before its item was known names them by the one key that identifies a cardholder.
        """
        if not self._intents:
            return references_in(self._context.identity.references, self._arrival, {SUBJECT_KEY}, MAX_SUBJECTS)
        return self._page_references(MAX_SUBJECTS)[: MAX_SUBJECTS * REF_SIZE]


@dataclass(slots=True, eq=False)
class OwedEnd:
    """The refusal that ends an exchange which has begun, until its entry is durable."""

    exchange: _Exchange
    refusal: Refusal
    theirs: Receipt | None
    pending: Pending | None = None

    def record(self, *, waits: bool = False) -> Pending | None:
        """Queue the entry; return it, or None where the log takes none now."""
        try:
            self.pending = self.exchange.record_refusal(self.refusal, self.theirs, waits=waits)
        except (Refusal, EntryInvalid):
            self.pending = None
        return self.pending

    @property
    def durable(self) -> bool:
        """Whether the entry stands in the log."""
        return self.pending is not None and self.pending.index != NO_ENTRY

    def settle(self) -> bool:
        """Return whether nothing is owed any more; an entry that was lost, or never queued, is queued again."""
        if self.pending is not None and not self.pending.lost:
            return self.durable
        if not self.exchange.stands:
            return True  # the intent was lost with it: the log holds nothing of the exchange
        self.record()
        return False


class ProviderExchange(_Exchange):
    """One exchange on the side that holds the data. `salt` opens the commitments of its releases."""

    def __init__(self, context: ExchangeContext, arrival: Arrival) -> None:
        super().__init__(context, arrival)
        self.salt = context.random(SALT_SIZE)

    async def release(self, gated: GatedPage) -> Receipt:
        """Record that a page leaves, and wait until that is durable: after this it may.

        Raises:
            Refusal: AUDIT_NOT_DURABLE, OVERLOADED, or ANSWER_TOO_LARGE when the page names more cardholders than an
                entry can, or is longer than a message: the log must not say that it left.
        """
        self._require_intent()
        context, number, rows = self._context, gated.number, gated.page.rows
        subjects = self._page_references(rows)
        if len(subjects) > MAX_SUBJECTS * REF_SIZE:
            raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {MAX_SUBJECTS} subjects a page, found {rows}")
        if (size := gated.page.most_bytes) > context.max_page_bytes:
            found = f"expected a page of at most {context.max_page_bytes} bytes, found up to {size}"
            raise Refusal(Reason.ANSWER_TOO_LARGE, found)
        now_us = context.clock_us()
        written = writing.encode_release(
            self._header,
            gated,
            subjects,
            salt=self.salt,
            prev_event=self._intent,
            event_id=context.make_event(now_us),
            time_us=now_us,
        )
        receipt = await context.log.wait_durable(self._record(written, Phase.RELEASE, number, now_us, waits=True))
        # The point of no return: the log says that the page left. A crash from here on loses the page, never the entry.
        self._count_answers(gated.page)
        self._number = number + 1
        self._over = gated.last
        context.notify_released(self._request_id, number, receipt.index, self._node)
        return receipt


class AskerExchange(_Exchange):
    """One exchange on the side that asks."""

    def prove(self, answer: PeerAnswer) -> ProvenAnswer:
        """Return the answer as proven by the peer's log.

        Raises:
            Refusal: PEER_RECEIPT_INVALID, with the check that failed.
        """
        return prove(
            self._context.peer(self._arrival.ask.provider_province),
            answer,
            request_id=self._request_id,
            request_hash=self._arrival.request_hash,
            fields=self._grant_fields,
            number=self._number,
        )

    async def receive(self, proven: ProvenAnswer, notify: Callable[[Receipt], None] = lambda receipt: None) -> Receipt:
        """Record the receipt of a page, and wait until that is durable: after this the application may have it.

        `notify` takes the receipt as soon as it is durable, also where the application has gone meanwhile: the peer
        must hear of what stands in our log.

        Raises:
            Refusal: AUDIT_NOT_DURABLE or OVERLOADED.
        """
        self._require_intent()
        context, number = self._context, proven.answer.number
        now_us = context.clock_us()
        subjects = self._page_references(proven.answer.page.rows)[: MAX_SUBJECTS * REF_SIZE]
        written = writing.encode_receipt(
            self._header, proven, subjects, prev_event=self._intent, event_id=context.make_event(now_us), time_us=now_us
        )
        pending = self._record(written, Phase.RECEIPT, number, now_us, waits=True)
        try:
            receipt = await context.log.wait_durable(pending)
        except asyncio.CancelledError:
            pending.when_durable(notify)
            raise
        notify(receipt)
        # Our log commits to the peer's entry: only from here on may the application have the page.
        self._count_answers(proven.answer.page)
        self._number = number + 1
        self._over = proven.answer.last
        return receipt

    def _prove_peer_refusal(self, refusal: Refusal) -> tuple[Receipt, ...]:
        if not isinstance(refusal, PeerRefusal) or not refusal.receipts:
            return ()
        prove_refusal(
            self._context.peer(self._arrival.ask.provider_province),
            refusal.receipts[0],
            request_id=self._request_id,
            request_hash=self._arrival.request_hash,
            reason=refusal.reason,
        )
        return refusal.receipts[:1]
