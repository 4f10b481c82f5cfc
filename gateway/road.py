"""The road: what happens to a question on the side that holds the data, in eight steps.

 1 receive       server, link     bytes, certificate, one frozen "now"               -> Arrival
 2 authenticate  gatehouse        which node, department, operator; fresh, new         -> Caller
 3 authorise     catalogue        item on both lists? scene, basis, region, fields?     -> Grant
 4 fetch         fetching         the adapter, under deadline and bounds                -> RawPage
 5 mask          masking          a new page, built from the grant                      -> MaskedPage
 6 guard         leakguard        look again, with nothing shared with step 5           -> ClearedPage
                 gating           where the item has batch gates: the whole request    -> GatedPage
 7 audit         audit            durable on disk, or stop                              -> Receipt
 8 release       here             GatedPage and Receipt                                 -> Release

The order is its meaning: each step needs the evidence of the one before. The point of no return is step 7: a crash
before it releases nothing; a crash after it leaves an entry without an outcome, which the asker's missing
acknowledgement shows. A refusal at any step is recorded too, and the asker gets its receipt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeVar

from gateway.audit.exchange import AskerExchange, ProviderExchange
from gateway.audit.journal import Journal
from gateway.catalogue.authorise import Catalogue
from gateway.fetching.fetch import Fetching
from gateway.gatehouse.gate import Gatehouse
from gateway.gating.gates import Gates
from gateway.ground.evidence import Arrival, ClearedPage, Grant, Receipt, Release
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.guards import LeakGuard
from gateway.masking.plans import Masking

Exchange = ProviderExchange | AskerExchange
AnyExchange = TypeVar("AnyExchange", ProviderExchange, AskerExchange)


@dataclass(frozen=True, slots=True, repr=False)
class Rooms:
    """The rooms along the road, as they are in force; a reload makes new ones, and a question keeps those it met.

    They hide what they hold from `repr`: a trace-back that shows its locals would write all of it out.
    """

    gatehouse: Gatehouse
    catalogue: Catalogue
    fetching: Fetching
    masking: Masking
    leakguard: LeakGuard
    gates: Gates
    journal: Journal

    def __repr__(self) -> str:
        return "<rooms>"


class Refused(Exception):
    """A refusal with the receipt of its entry; `receipts` is empty only where nothing could be recorded."""

    def __init__(self, refusal: Refusal, receipts: tuple[Receipt, ...]) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.receipts = receipts


UNRECORDED: Final = frozenset(
    {Reason.RATE_LIMITED, Reason.OVERLOADED, Reason.DRAINING, Reason.WITNESS_AWAITED, Reason.LOG_CONTRADICTED}
)
"""Refusals that leave a metric and a log line but no entry: otherwise anybody could fill the log. The last two stand
for a log that may have been rolled back: what is added to it could contradict what was there."""


def begin(book: Callable[[Arrival], AnyExchange], arrival: Arrival) -> AnyExchange:
    """Begin to record an exchange; where not even that can be done, it is refused without a receipt."""
    try:
        return book(arrival)
    except Refusal as refusal:
        raise Refused(refusal, ()) from refusal


async def turn_back(exchange: Exchange, refusal: Refusal) -> Refused:
    """Record a refusal, where it is one that is recorded, and return it with its receipts."""
    if refusal.reason in UNRECORDED:
        return Refused(refusal, ())
    return Refused(*await exchange.refuse(refusal))


async def travel(rooms: Rooms, arrival: Arrival) -> AsyncIterator[Release]:
    """Walk the road with one question; yield what leaves, page by page, the last one marked.

    Raises:
        Refused: at any step.
    """
    exchange = begin(rooms.journal.begin_provider, arrival)
    try:
        caller = rooms.gatehouse.authenticate(arrival)  # 2
        grant = rooms.catalogue.authorise(arrival, caller)  # 3
        rooms.leakguard.admit(grant)
        exchange.intend(caller, grant)
        async with aclosing(rooms.gates.hold(arrival, grant, _clear(rooms, arrival, grant))) as passing:
            async for gated in passing:
                rooms.journal.declare(gated.profile, rooms.masking.manifest)
                receipt = await exchange.release(gated)  # 7: the point of no return
                yield Release(gated, receipt, exchange.salt)  # 8
    except Refusal as refusal:
        raise await turn_back(exchange, refusal) from refusal
    except asyncio.CancelledError:
        exchange.abandon(Refusal(Reason.CANCELLED))
        raise
    except Exception as defect:
        raise await turn_back(exchange, Refusal(Reason.INTERNAL, type(defect).__name__)) from defect


async def _clear(rooms: Rooms, arrival: Arrival, grant: Grant) -> AsyncIterator[ClearedPage]:
    """Steps 4 to 6: fetch, mask, guard, page by page."""
    async for raw in rooms.fetching.fetch(arrival, grant):  # 4
        masked = rooms.masking.mask(arrival, grant, raw)  # 5
        yield rooms.leakguard.inspect(arrival, grant, raw, masked)  # 6
