"""Two provinces' logs and journals, for tests: whole exchanges and such as only one side has."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.exchange import AskerExchange, ProviderExchange
from gateway.audit.journal import Acknowledgement, Journal
from gateway.audit.receipts import PeerLog
from gateway.ground.evidence import Arrival, NodeUri, PeerAnswer, Receipt
from tests.audit.logs import (
    ASKER,
    CALLER,
    CLEARED,
    EPOCHS,
    PAGE,
    PROVIDER,
    Verifying,
    create,
    database,
    opened,
    question,
)
from tests.samples import NOW_US, grant
from tests.wide import budgets

ASKS = NodeUri("spiffe://500000.chuanyu/node/gateway-1")
GIVES = NodeUri("spiffe://510000.chuanyu/node/gateway-1")
CAME = replace(CALLER, node=ASKS)


@dataclass
class World:
    """Both provinces' journals and logs."""

    provider: Journal
    asker: Journal
    paths: tuple[Path, Path]
    now_us: int = NOW_US

    def ask(self, number: int) -> tuple[Arrival, AskerExchange]:
        """The asking side begins."""
        arrival = question(number)
        exchange = self.asker.begin_asker(arrival)
        exchange.intend(CAME, grant())
        return arrival, exchange

    def give(self, arrival: Arrival) -> ProviderExchange:
        """The other side begins."""
        exchange = self.provider.begin_provider(arrival)
        exchange.intend(CAME, grant())
        return exchange

    async def whole(self, number: int, *, acknowledged: bool = True) -> tuple[Receipt, Receipt]:
        """One exchange as it should be; return both receipts."""
        arrival, asking = self.ask(number)
        giving = self.give(arrival)
        theirs = await giving.release(CLEARED)
        ours = await asking.receive(asking.prove(PeerAnswer(PAGE, 0, True, theirs, giving.salt)))
        if acknowledged:
            assert self.provider.record_outcome(self.heard(arrival, ours))
        return theirs, ours

    def heard(self, arrival: Arrival, ours: Receipt) -> Acknowledgement:
        """What the asking side sends back."""
        return Acknowledgement(ASKS, arrival.ask.request_id, 0, ours.origin, ours.index, ours.leaf_hash, "")


@asynccontextmanager
async def world(directory: Path, *, new: bool = True) -> AsyncIterator[World]:
    """Two new logs, or those that were made before."""
    if new:
        paths = await create(directory / "sc", PROVIDER), await create(directory / "cq", ASKER)
    else:
        paths = database(directory / "sc"), database(directory / "cq")
    async with opened(paths[0], key=PROVIDER) as one, opened(paths[1], key=ASKER) as other:
        made = World.__new__(World)

        def journal(log: object, origin: str, node: str, province: str, peers: dict[str, PeerLog]) -> Journal:
            book = LogIdentity(origin, node, References(b"k" * 32, province, EPOCHS.salt), EPOCHS)
            return Journal(
                log,  # type: ignore[arg-type]  # an AuditLog
                book,
                peers=peers,
                clock_us=lambda: made.now_us,
                random=os.urandom,
                require_witnessed=lambda _: None,
                persons=budgets(),
            )

        provider = journal(one, PROVIDER.name, GIVES, "510000", {"500000": PeerLog(ASKER.name, [Verifying(ASKER)])})
        asker = journal(other, ASKER.name, ASKS, "500000", {"510000": PeerLog(PROVIDER.name, [Verifying(PROVIDER)])})
        made.__init__(provider, asker, paths)  # type: ignore[misc]  # the clock reads it before it is whole
        yield made
