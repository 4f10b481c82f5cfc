"""One official asks about more persons in a day than the budget has: all at once, so that they come in few frames."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from gateway.cli.demo.declared import DeclaredFound
from gateway.cli.demo.questions import ask, make_question, open_channel
from gateway.cli.demo.world import DemoProvince
from gateway.ground.identity_numbers import fault_of
from gateway.ground.item import Item, Label
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import exchange_pb2_grpc

OFFICIAL: Final = "op-301"
"""An official who asks about nobody else, so that the budget is whole."""
_BORN: Final = date(1950, 1, 1)
_APART: Final = 37
"""Days between two birth dates: nobody here has a neighbour."""


def list_numbers() -> Iterator[str]:
    """Yield identity numbers of synthetic persons, of a region that is assigned to nobody, none next to another."""
    born = _BORN
    while True:
        stem = f"519999{born:%Y%m%d}001"
        yield next(stem + sign for sign in "0123456789X" if fault_of(stem + sign, date.max) is None)
        born += timedelta(_APART)


async def ask_beyond_budget(world: Mapping[str, DemoProvince], item: Item, persons: int, name: str) -> list[str]:
    """Ask about so many different persons at once; return the reason of each that was refused, sorted.

    Args:
        world: both provinces; Chongqing asks Sichuan.
        item: an item whose keys are a number and a name.
        persons: how many.
        name: a name; it need not be theirs.
    """
    asker, provider = world["chongqing"], world["sichuan"]

    async def one(stub: Any, number: str) -> str:
        row = {"social_security_no": number, "name": name}
        try:
            await ask(stub, make_question(item, asker, provider, row, operator=OFFICIAL), paged=False)
        except Refusal as refusal:
            return str(refusal.reason)
        return ""

    async with open_channel(asker, asker.portal) as opened:
        stub = exchange_pb2_grpc.ExchangeStub(opened)
        reasons = await asyncio.gather(*(one(stub, number) for number in islice(list_numbers(), persons)))
    return sorted(filter(None, reasons))


async def run_budget(world: Mapping[str, DemoProvince], item: Item) -> DeclaredFound:
    """Ask about one person more than an official may look at in a day; all but that one must be answered."""
    limit = min(province.settings.budgets.operator for province in world.values())
    reasons = await ask_beyond_budget(world, item, limit + 1, "王一")
    case = Label(f"一名经办人一天内查询第 {limit + 1} 个人", f"an official's person number {limit + 1} of a day")
    unlike = [reason for reason in reasons if reason != Reason.PERSON_BUDGET_SPENT]
    seen = next(iter(unlike), str(Reason.PERSON_BUDGET_SPENT) if len(reasons) == 1 else "RELEASED")
    return DeclaredFound(case, str(Reason.PERSON_BUDGET_SPENT), seen)
