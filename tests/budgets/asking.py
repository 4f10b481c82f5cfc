"""Questions about chosen persons that are recorded in a real log, under real budgets."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import count

from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.exchange import ProviderExchange
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.budgets.budgets import Budgets
from gateway.ground.evidence import Arrival, Column, NodeUri, Operator, Page, RequestId
from gateway.ground.item import Kind
from tests.audit.logs import BOOK, CALLER, PROVIDER
from tests.samples import NOW_US, arrival, ask, grant

_NUMBERS = count(1)


def book(epochs: object) -> LogIdentity:
    """The identity of the provider's log with the keys of other months."""
    references = References(b"k" * 32, "510000", epochs.salt)  # type: ignore[attr-defined]  # Epochs
    return LogIdentity(PROVIDER.name, BOOK.node, references, epochs)  # type: ignore[arg-type]  # Epochs


def journal(log: AuditLog, persons: Budgets, identity: LogIdentity = BOOK) -> Journal:
    """A journal that holds questions to these budgets."""
    return Journal(
        log,
        identity,
        peers={},
        clock_us=lambda: NOW_US,
        random=os.urandom,
        require_witnessed=lambda _: None,
        persons=persons,
    )


def question(
    *persons: int, official: str = "", item: str = "CY-ID-02", time_us: int = NOW_US, paged: int = 0
) -> Arrival:
    """A question about these persons."""
    numbers = tuple(f"{person:018}" for person in persons)
    keys = Page(
        len(persons),
        (Column("social_security_no", Kind.STRING, numbers), Column("name", Kind.STRING, ("王一",) * len(persons))),
    )
    asked = ask(
        request_id=RequestId(f"01980000-0000-7000-8000-{next(_NUMBERS):012d}"),
        keys=keys,
        item_code=item,
        operator=Operator(official, "cq-hrss" if official else ""),
    )
    return arrival(asked, now_us=time_us, page_rows=paged)


def begin(of: Journal, asked: Arrival, application: str = "spiffe://chongqing.example/app/1") -> ProviderExchange:
    """Record that a question begins; raise Refusal where a budget is spent."""
    exchange = of.begin_provider(asked)
    exchange.intend(replace(CALLER, application=NodeUri(application)), grant())
    return exchange
