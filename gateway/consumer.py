"""The consumer path: the steps that a question takes on the side that asks, the mirror of the road.

 1 receive       server           the application's question, one frozen "now"          -> Arrival
 2 authenticate  gatehouse        which application, department, operator; fresh, new     -> Caller
 3 authorise     catalogue        our own list and the grant; free text without numbers   -> Grant
                 lawful           the consent covers it; an emergency is recorded
 4 record        audit            our intent: ordered before the receipt, not waited for
 5 ask           link             in a signed frame                                       -> PeerAnswer
                 permission       still allowed, where a reload came between
                 outcomes         each row and each null says what the item lets it say
 6 prove         audit            the peer's receipt, signature and rows                  -> ProvenAnswer
                 leakguard        its columns and cells, as the item lets them out; catalogue: its region codes
 7 record        audit            our receipt entry commits to the peer's, durable        -> Receipt
 8 hand over     here             ProvenAnswer and Receipt                                -> Delivery

An answer whose receipt does not prove, or that the item would not let out, is refused, and that is recorded. The
acknowledgement of step 7 rides back to the peer in the next frame and becomes the outcome entry of its log.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gateway.audit.journal import Journal
from gateway.catalogue.authorise import Catalogue
from gateway.fetching.fetch import MAX_EMPTY_PAGES
from gateway.gatehouse.gate import Gatehouse
from gateway.ground.evidence import Arrival, Caller, Delivery, PeerAnswer, Receipt
from gateway.ground.outcomes import faults_of
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.basis import LawfulBases
from gateway.leakguard.guards import LeakGuard
from gateway.permission import Permission
from gateway.road import Ending, begin


class Peers(Protocol):
    """The other provinces' gateways."""

    def ask(self, arrival: Arrival, caller: Caller) -> AsyncGenerator[PeerAnswer]:
        """Ask the province that the question names; yield its pages, unverified; raise Refusal."""
        ...

    def acknowledge(self, arrival: Arrival, answer: PeerAnswer, receipt: Receipt) -> None:
        """Tell the peer that we have recorded its answer."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class ConsumerRooms:
    """The rooms of the consumer path, as they are in force."""

    gatehouse: Gatehouse
    catalogue: Catalogue
    leakguard: LeakGuard
    lawful: LawfulBases
    peers: Peers
    journal: Journal

    def __repr__(self) -> str:
        return "<consumer rooms>"


async def ask_province(rooms: ConsumerRooms, arrival: Arrival, permission: Permission) -> AsyncGenerator[Delivery]:
    """Ask the other province, and yield the pages that the application may have.

    Raises:
        Refused: at any step, or by the peer.
    """
    exchange = begin(rooms.journal.begin_asker, arrival)
    # The end is recorded first; then the peer is told that nobody waits for more.
    async with AsyncExitStack() as left, Ending(exchange):
        caller = rooms.gatehouse.authenticate(arrival)  # 2
        grant = rooms.catalogue.authorise(arrival, caller)  # 3
        rooms.leakguard.inspect_free_text(arrival.ask)
        await rooms.lawful.admit(arrival, caller, grant)
        exchange.intend(caller, grant)  # 4
        answers = rooms.peers.ask(arrival, caller)  # 5
        left.push_async_exit(aclosing(answers))
        empty = 0
        async for answer in answers:
            empty += not answer.page.rows
            if empty > MAX_EMPTY_PAGES:
                raise Refusal(Reason.PEER_ANSWER_INVALID, f"expected at most {MAX_EMPTY_PAGES} pages without a row")
            permission.require(arrival, caller, grant)
            if (fault := next(faults_of(grant.item, answer.page), None)) is not None:
                raise Refusal(Reason.PEER_ANSWER_INVALID, fault)
            proven = exchange.prove(answer)  # 6
            rooms.leakguard.inspect_delivered(grant, answer.page)
            rooms.catalogue.hold_delivered(arrival, grant, answer.page)
            # 7, the point of no return: once this returns, our log commits to the peer's entry for good. The peer is
            # told only then: an acknowledgement says that the receipt is durable here.
            receipt = await exchange.receive(proven, partial(rooms.peers.acknowledge, arrival, answer))
            yield Delivery(proven, receipt)  # 8
