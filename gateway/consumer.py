"""The consumer path: what happens to a question on the side that asks, the mirror of the road.

 1 receive       server           the application's question, one frozen "now"          -> Arrival
 2 authenticate  gatehouse        which application, department, operator; fresh, new     -> Caller
 3 authorise     catalogue        our own list and the grant; free text without numbers   -> Grant
 4 record        audit            that we ask: ordered before the receipt, not waited for
 5 ask           link             in a signed frame                                       -> PeerAnswer
 6 prove         audit            the peer's receipt, signature and rows                  -> ProvenAnswer
 7 record        audit            our receipt entry commits to the peer's, durable        -> Receipt
 8 hand over     here             ProvenAnswer and Receipt                                -> Delivery

An answer whose receipt does not prove is refused, and that is recorded. The acknowledgement of step 7 rides back to
the peer in the next frame and becomes the outcome entry of its log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from gateway.audit.journal import Journal
from gateway.catalogue.authorise import Catalogue
from gateway.gatehouse.gate import Gatehouse
from gateway.ground.evidence import Arrival, Caller, Delivery, PeerAnswer, Receipt
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.guards import LeakGuard
from gateway.road import begin, turn_back


class Peers(Protocol):
    """The other provinces' gateways."""

    def ask(self, arrival: Arrival, caller: Caller) -> AsyncIterator[PeerAnswer]:
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
    peers: Peers
    journal: Journal

    def __repr__(self) -> str:
        return "<consumer rooms>"


async def ask_province(rooms: ConsumerRooms, arrival: Arrival) -> AsyncIterator[Delivery]:
    """Ask the other province, and yield what the application may have, page by page.

    Raises:
        Refused: at any step, or by the peer.
    """
    exchange = begin(rooms.journal.begin_asker, arrival)
    try:
        caller = rooms.gatehouse.authenticate(arrival)  # 2
        grant = rooms.catalogue.authorise(arrival, caller)  # 3
        rooms.leakguard.inspect_free_text(arrival.ask)
        exchange.intend(caller, grant)  # 4
        async for answer in rooms.peers.ask(arrival, caller):  # 5
            proven = exchange.prove(answer)  # 6
            receipt = await exchange.receive(proven)  # 7
            rooms.peers.acknowledge(arrival, answer, receipt)
            yield Delivery(proven, receipt)  # 8
    except Refusal as refusal:
        raise await turn_back(exchange, refusal) from refusal
    except asyncio.CancelledError:
        exchange.abandon(Refusal(Reason.CANCELLED))
        raise
    except Exception as defect:
        raise await turn_back(exchange, Refusal(Reason.INTERNAL, type(defect).__name__)) from defect
