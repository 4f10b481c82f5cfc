"""The road: the eight steps that a question takes on the side that holds the data.

 1 receive       server, link     bytes, certificate, one frozen "now"               -> Arrival
 2 authenticate  gatehouse        which node, department, operator; fresh, new         -> Caller
 3 authorise     catalogue        item on both lists? scene, basis, region, fields?     -> Grant
                 lawful           the consent covers it; an emergency is recorded
                 leakguard        in service? free text without numbers, names, or what cannot be seen
                 budgets          are so many persons left? asked by the record, before its intent
 4 fetch         fetching         the adapter, under deadline and bounds; its shapes    -> RawPage
                 catalogue        the region codes
 5 mask          masking          a new page, built from the grant                      -> MaskedPage
 6 guard         leakguard        look again, with nothing shared with step 5           -> ClearedPage
                 gating           where the item has batch gates: the whole request    -> GatedPage
                 permission       still allowed, where a reload came between
 7 audit         audit            durable on disk, or stop                              -> Receipt
 8 release       here             GatedPage and Receipt                                 -> Release

The order is its meaning: each step needs the evidence of the one before. The point of no return is step 7: a crash
before it releases nothing; a crash after it leaves an entry without an outcome, which the asker's missing
acknowledgement shows. A refusal at any step is recorded too, and the asker gets its receipt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Final, TypeVar

from gateway.audit.exchange import AskerExchange, ProviderExchange
from gateway.audit.journal import Journal
from gateway.catalogue.authorise import Catalogue
from gateway.fetching.fetch import Fetching
from gateway.gatehouse.gate import Gatehouse
from gateway.gating.gates import Gates
from gateway.ground.cancelling import is_cancelled
from gateway.ground.evidence import Arrival, ClearedPage, Grant, Receipt, Release
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.basis import LawfulBases
from gateway.leakguard.guards import LeakGuard
from gateway.masking.plans import Masking
from gateway.permission import Permission

Exchange = ProviderExchange | AskerExchange
AnyExchange = TypeVar("AnyExchange", ProviderExchange, AskerExchange)


@dataclass(frozen=True, slots=True, repr=False)
class Rooms:
    """The rooms along the road, as they are in force; a reload makes new ones. A question is walked through those it
    met, and asks the new ones whether it may go on (`permission`).

    Their contents are hidden from `repr`: a trace-back that shows its locals would write all of them out.
    """

    gatehouse: Gatehouse
    catalogue: Catalogue
    fetching: Fetching
    masking: Masking
    leakguard: LeakGuard
    gates: Gates
    lawful: LawfulBases
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
"""Refusals that leave a metric and a log line but no entry, unless the exchange has begun: otherwise anybody could fill
the log. The last two stand for a log that may have been rolled back: an entry that is added to it could contradict one
that was there."""


def begin(open_exchange: Callable[[Arrival], AnyExchange], arrival: Arrival) -> AnyExchange:
    """Begin to record an exchange; where not even that can be done, it is refused without a receipt."""
    try:
        return open_exchange(arrival)
    except Refusal as refusal:
        raise Refused(refusal, ()) from refusal


async def turn_back(exchange: Exchange, refusal: Refusal) -> Refused:
    """Record a refusal, where it is one that is recorded, and return it with its receipts.

    An exchange whose intent stands has an end, whatever the reason.
    """
    if refusal.reason in UNRECORDED and not exchange.begun:
        return Refused(refusal, ())
    return Refused(*await exchange.refuse(refusal))


class Ending:
    """Gives each exchange its one end; both roads walk inside `async with Ending(exchange)`.

    - The last page is an end by itself: nothing is recorded after it.
    - A refusal is recorded, and leaves as `Refused` with its receipts.
    - A defect, which is any other exception, is recorded and refused as INTERNAL; the entry names its type alone. A
      `CancelledError` that nobody asked for is one, and so is a walk that ends by itself before its last page.
    - A cancel, and the close of the walk while its reader has a page, are recorded without waiting, since nobody waits
      for them any more, and go on.
    """

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        match error:
            case None if self._exchange.over:
                return
            case None:
                raise await turn_back(self._exchange, Refusal(Reason.INTERNAL, "the walk ended before its last page"))
            case Refusal():
                raise await turn_back(self._exchange, error) from error
            case asyncio.CancelledError() if not is_cancelled():
                raise await turn_back(self._exchange, Refusal(Reason.INTERNAL, "CancelledError")) from error
            case Exception():
                raise await turn_back(self._exchange, Refusal(Reason.INTERNAL, type(error).__name__)) from error
            case _:
                self._exchange.abandon(Refusal(Reason.CANCELLED))


async def travel(rooms: Rooms, arrival: Arrival, permission: Permission) -> AsyncGenerator[Release]:
    """Walk the road with one question; yield the releases, page by page, the last one marked.

    Raises:
        Refused: at any step.
    """
    exchange = begin(rooms.journal.begin_provider, arrival)
    # The end is recorded first; then the rooms are left, and the platform is let go.
    async with AsyncExitStack() as rooms_left, Ending(exchange):
        caller = rooms.gatehouse.authenticate(arrival)  # 2
        grant = rooms.catalogue.authorise(arrival, caller)  # 3
        rooms.leakguard.admit(grant)
        rooms.leakguard.inspect_free_text(arrival.ask)
        await rooms.lawful.admit(arrival, caller, grant)
        exchange.intend(caller, grant)
        pages = _clear(rooms, arrival, grant)
        rooms_left.push_async_exit(aclosing(pages))
        passing = rooms.gates.hold(arrival, grant, pages)
        rooms_left.push_async_exit(aclosing(passing))
        async for gated in passing:
            permission.require(arrival, caller, grant)
            rooms.leakguard.admit(grant)
            rooms.journal.declare(gated.profile, rooms.masking.manifest)
            # 7, the point of no return: once this returns, the log says for good that the page left, and it may.
            # Until then nothing has left; a cancel or a crash while it waits may leave an entry without its page.
            receipt = await exchange.release(gated)
            yield Release(gated, receipt, exchange.salt)  # 8


async def _clear(rooms: Rooms, arrival: Arrival, grant: Grant) -> AsyncGenerator[ClearedPage]:
    """Steps 4 to 6: fetch, mask, guard, page by page."""
    async with aclosing(rooms.fetching.fetch(arrival, grant)) as pages:
        async for raw in pages:  # 4
            rooms.catalogue.hold_fetched(arrival, grant, raw)
            masked = rooms.masking.mask(arrival, grant, raw)  # 5
            yield rooms.leakguard.inspect(arrival, grant, raw, masked)  # 6
