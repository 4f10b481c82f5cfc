"""Claims about pages with a fault injected: whatever a platform, a mask or what lies between does, nothing leaves.

A page goes through the rooms as on the road: it is fetched, masked, and looked at by the guard (steps 4 to 6).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from random import Random

import pytest

from adapters.contract import AnswerPage, Columns, Description, Health, Question
from gateway.fetching.fetch import Fetching
from gateway.ground.evidence import ClearedPage
from gateway.ground.refusals import Refusal
from gateway.leakguard.examine import LONGEST
from gateway.leakguard.found import LeakFound
from gateway.leakguard.inspection import Guard
from gateway.masking.apply import mask
from tests.answers import all_found
from tests.leakguard.faults import BODY, FAULTS, PAGE_ROWS, Rows, Way, in_order
from tests.masking.pages import ITEM, TODAY, context_of, grant_of, keys_of, masked_page, raw_page, rows_of
from tests.samples import arrival, ask

GUARD = Guard(ITEM)
GRANT = grant_of()
PERSONAL = ("social_security_no", "name", "card_no", "bank_account", "phone", "address")
Fault = Callable[[Random, Way], Way]


class Answering:
    """A platform that gives one page."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    async def describe(self) -> Description:
        """Say nothing of itself."""
        return Description("stand-in", ())

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Give the page."""
        yield all_found(self._columns)

    async def health(self) -> Health:
        """Answer."""
        return Health(serving=True, detail="")

    async def close(self) -> None:
        """Nothing to close."""


async def cleared(way: Way) -> list[ClearedPage]:
    """Send a page on its way; return what is cleared of it."""
    keys = keys_of(way.rows)
    question = arrival(ask(keys=keys))
    found = []
    fetching = Fetching(Answering(way.given), page_rows=PAGE_ROWS, max_page_rows=PAGE_ROWS)
    async for raw in fetching.fetch(question, GRANT):
        fetched = way.fetched(raw)
        masked = way.masked(mask(way.plan, GRANT, fetched, context_of(way.rows)))
        found.append(GUARD.inspect(GRANT, keys, fetched, masked, TODAY))
    return found


def told_of(refusal: Refusal) -> str:
    """All that a refusal says, and what rides along with it."""
    return f"{refusal!r} {refusal.detail} {refusal.violations} {refusal.__cause__!r} {refusal.__context__!r}"


def shown(rows: Rows, text: str) -> list[str]:
    """The personal values of the rows that a text shows."""
    return [name for row in rows for name in PERSONAL if str(row[name]) in text]


async def outcomes(pages: int, seed: int) -> Counter[str]:
    """Inject one fault into each of so many pages; count how each ended: `blocked`, or what was wrong with it."""
    random, faults = Random(seed), list(FAULTS.items())
    counted: Counter[str] = Counter()
    for at in range(pages):
        if at % len(faults) == 0:
            rows = rows_of(random, random.randrange(1, PAGE_ROWS), nulls=0)
        fault, reason = faults[at % len(faults)]
        counted[await outcome(fault(random, in_order(rows)), reason, fault.__name__)] += 1
    return counted


async def outcome(way: Way, reason: str, fault: str) -> str:
    """How a page with a fault ended."""
    try:
        await cleared(way)
    except Refusal as refusal:
        if refusal.reason != reason:
            return f"{fault}: expected {reason}, found {refusal}"
        if told := shown(way.rows, told_of(refusal)):
            return f"{fault}: the refusal shows {told}"
        return "blocked"
    return f"{fault}: cleared"


async def test_the_same_pages_without_a_fault_are_cleared() -> None:
    """So that it is the fault for which one is blocked."""
    random = Random(1)
    for _ in range(500):
        rows = rows_of(random, random.randrange(1, PAGE_ROWS), nulls=0)
        (page,) = await cleared(in_order(rows))
        assert len(rows) == page.page.rows


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_each_fault_is_blocked_for_its_reason_and_tells_nothing(fault: Fault) -> None:
    """Whoever comes first on the way: fetching, the masks or the guard."""
    random = Random(2)
    for _ in range(50):
        way = fault(random, in_order(rows_of(random, random.randrange(1, PAGE_ROWS), nulls=0)))
        assert "blocked" == await outcome(way, FAULTS[fault], fault.__name__)


@pytest.mark.long
async def test_ten_thousand_pages_with_a_fault_are_blocked() -> None:
    """A platform that drifts or answers 64 MiB, a mask that raises or does nothing, a page that changes on its way."""
    assert {"blocked": 10_000} == await outcomes(10_000, 1)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(10))
def test_a_million_pages_with_a_fault_are_blocked(seed: int) -> None:
    """The long form of the same, a tenth for each seed, so that workers may share it."""
    assert {"blocked": 100_000} == asyncio.run(outcomes(100_000, seed))


@pytest.mark.parametrize("size", [LONGEST + 1, len(BODY)])
def test_a_cell_beyond_any_size_is_blocked(size: int) -> None:
    """64 MiB in one cell are not looked through, and do not leave."""
    rows = rows_of(Random(2), 2, nulls=0)
    rows[1]["remark"] = "x" * size
    with pytest.raises(LeakFound, match="column remark"):
        GUARD.inspect(GRANT, keys_of(rows), raw_page(rows), masked_page(rows), TODAY)
