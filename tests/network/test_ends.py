"""Cancels of chance on two real nodes: both logs hold an end of every exchange, and reconciling explains every page.

Applications ask across the border and within their province, one row a page, and leave at any moment: they cancel, drop
the whole connection, or run out of time.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from adapters.contract import AnswerPage, Question
from adapters.identity_number import check_digit
from gateway.audit.entries.entry import Entry, Phase, decode
from gateway.audit.review.reconcile import Cause, Comparison, compare
from gateway.audit.review.sources import LogSource
from gateway.audit.storage.reader import LogReader
from gateway.cli.demo.questions import make_question, open_channel
from gateway.cli.demo.world import BATCH_NO, DemoProvince
from gateway.wire.v1 import exchange_pb2, exchange_pb2_grpc
from tests.answers import all_found
from tests.province import ITEMS, Pristine, Two, plausible, two_provinces, until, verified

ITEM = ITEMS["CY-FD-01"]
ROWS = 20
WORKERS = 8


def key_row(person: int) -> dict[str, str]:
    """Make the key row of a person; the number's region is assigned to nobody."""
    core = f"51999919600101{person:03}"
    return {
        "social_security_no": core + check_digit(core),
        "name": "王一",
        "bank_account": f"6217{person:03}99887766554",
    }


async def slow_rows(question: Question) -> AsyncIterator[AnswerPage]:
    """Answer as a platform does: not at once, and page by page."""
    for page in plausible(question):
        await asyncio.sleep(random.random() * 0.002)
        yield all_found(page)


async def leave(asker: DemoProvince, provider: DemoProvince, chance: random.Random) -> str:
    """Ask, and leave after some pages, in one of three ways; return the code with which the call ended."""
    row, *more = (key_row(person) for person in range(ROWS))
    message = make_question(ITEM, asker, provider, row, more=more, batch_no=BATCH_NO)
    how, pages = chance.choice(("cancels", "drops", "runs out of time", "stays")), chance.randrange(7)
    timeout = chance.random() * 0.2 if how == "runs out of time" else 30.0
    async with open_channel(asker, asker.portal) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        call = stub.Stream(exchange_pb2.StreamRequest(ask=message, page_rows=1), timeout=timeout)
        try:
            async for _ in call:
                pages -= 1
                if pages <= 0 and how in ("cancels", "drops"):
                    break
            await asyncio.sleep(chance.random() * 0.01)
            if how == "drops":
                await opened.close()
            elif how == "cancels":
                call.cancel()
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
    return how


async def leave_many(two: Two, count: int, seed: int) -> Counter[str]:
    """Ask and leave, so many times, some at once; return how the calls ended."""
    chance, left = random.Random(seed), iter(range(count))
    provinces = list(two.world.values())
    ended: Counter[str] = Counter()

    async def work() -> None:
        for _ in left:
            ended[await leave(chance.choice(provinces), chance.choice(provinces), chance)] += 1

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    return ended


def walks_of(province: DemoProvince) -> dict[str, list[Entry]]:
    """The entries of each walk of a log, by the event of its intent."""
    walks: dict[str, list[Entry]] = {}
    with LogReader(province.settings.log_path) as reader:
        for chunk in reader.rows(0, reader.count()):
            for row in chunk:
                entry = decode(row[2])
                if entry.phase is Phase.INTENT and not entry.number("page"):
                    walks[entry.text("event_id")] = []
                elif entry.phase in (Phase.RELEASE, Phase.RECEIPT, Phase.REFUSAL) and entry.text("prev_event"):
                    walks[entry.text("prev_event")].append(entry)
    return walks


def ends_of(walk: list[Entry]) -> list[str]:
    """The ends of one walk: its refusals, or else its last page."""
    refusals = [entry.text("reason_code") for entry in walk if entry.phase is Phase.REFUSAL]
    return refusals or ["last" for entry in walk if entry.fields.get("last") is True]


def compared(paths: list[Path]) -> Comparison:
    """Reconcile both logs, as they are now."""
    with LogReader(paths[0]) as one, LogReader(paths[1]) as other:
        return compare(LogSource(one), LogSource(other), grace_us=0)


@pytest.mark.parametrize("count", [40, pytest.param(1_000, marks=[pytest.mark.torture, pytest.mark.timeout(1_800)])])
async def test_whoever_leaves_and_whenever_every_exchange_has_one_end(wide: Pristine, count: int) -> None:
    """A2: on both sides, and `audit reconcile` finds no page without a known reason, without any grace.

    Who has a receipt in its log has said so, though its application had gone when the entry became durable.
    """
    async with two_provinces(wide) as two:
        for platform in two.platforms.values():
            vars(platform)["fetch"] = slow_rows
        ended = await leave_many(two, count, seed=count)
        paths = [province.settings.log_path for province in two.world.values()]
        await until("every receipt is acknowledged", lambda: not compared(paths).unacknowledged)
        logs = {name: node.log for name, node in two.nodes.items()}
    assert {"cancels", "drops", "stays"} <= ended.keys()
    assert not any(log.serving and log.queued for log in logs.values())
    for name, province in two.world.items():
        assert () == verified(province).faults, name
        walks = walks_of(province)
        assert walks
        assert {1} == {len(ends_of(walk)) for walk in walks.values()}, name
        assert {"CANCELLED", "last"} <= {end for walk in walks.values() for end in ends_of(walk)}
    found = compared(paths)
    assert [] == [each for each in found.one_sided if not each.explained]
    assert {Cause.REFUSED} >= {each.why for each in found.one_sided}
    assert found.pages
