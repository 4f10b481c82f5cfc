"""Asks about ever new persons until a budget is spent or it is killed; prints each person of whom an answer left."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from gateway.assembly.budgets import count_log
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.storage.store import Store
from gateway.budgets.budgets import Budgets
from gateway.ground.refusals import Reason, Refusal
from tests.audit.logs import CLEARED, PROVIDER
from tests.budgets.asking import begin, journal, question
from tests.samples import NOW_US
from tests.wide import bounds, budgets


async def spend(of: Journal) -> None:
    """Ask one question after the other, each about somebody new, until one is refused."""
    while True:
        person = int.from_bytes(os.urandom(7))
        try:
            exchange = begin(of, question(person, official="u-1"))
        except Refusal as refusal:
            assert Reason.PERSON_BUDGET_SPENT is refusal.reason
            return
        await exchange.release(CLEARED)
        os.write(1, b"%d\n" % person)


async def main(path: Path, limit: int) -> None:
    """Four places at once, under a budget of so many persons a day, counted from the log as a start counts."""
    store = await Store.open(path)
    log = await AuditLog.open(store, PROVIDER, clock_us=lambda: NOW_US)
    try:
        wide = budgets()
        persons = Budgets(
            await count_log(store, log.size, NOW_US),
            single=bounds(operator=limit),
            batch=bounds(),
            enumeration=wide._enumeration,
        )
        async with asyncio.TaskGroup() as places:
            for _ in range(4):
                places.create_task(spend(journal(log, persons)))
    finally:
        await log.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
