"""Budgets of persons: what a decision costs, and how much memory a day of a million persons takes.

Every person is asked about once, by one of 5,000 officials of twenty departments, by one of fifty items.
"""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

from bench.measure import Row, cost_row, rate_row
from gateway.budgets.counting import Counting
from gateway.ground.looks import Look

PERSONS = 1_000_000
MIB_GOAL = 64.0
OFFICIALS, DEPARTMENTS, ITEMS = 5_000, 20, 50
NOW_US = 1_796_090_400_000_000
_PAGE = 4_096


def budget_rows(persons: int = PERSONS) -> list[Row]:
    """Count so many persons; return the memory of it and the time of one."""
    gc.collect()
    before, counting, took = _resident_mib(), Counting(), 0.0
    for chunk in range(0, persons, 10_000):
        looks = [*_looks(chunk, chunk + 10_000)]
        begun = time.process_time()
        for look in looks:
            counting.take(look)
        took += time.process_time() - begun
        del looks
    gc.collect()
    mib = _resident_mib() - before
    memory = f"budgets, {persons:,} persons in five kinds of scope"
    return [
        Row(memory, 1, mib, 0.0, "MiB", 0.0, MIB_GOAL, mib <= MIB_GOAL),
        cost_row("budgets, one person counted in five scopes", 1, took / persons * 1e6, 0.0, 0.0),
        rate_row("budgets, persons counted from a log's looks", 1, persons / took, "persons/s", 0.0),
    ]


def _looks(start: int, end: int) -> Iterable[Look]:
    for number in range(start, end):
        yield Look(
            time_us=NOW_US,
            batch=False,
            asking="500000",
            provider="510000",
            department=f"department-{number % DEPARTMENTS}",
            item=f"item-{number % ITEMS}",
            operators=(f"{number % OFFICIALS:032x}",),
            applications=(f"{number % DEPARTMENTS:032x}",),
            tokens=hashlib.sha256(number.to_bytes(8)).digest()[:16],
        )


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE / (1 << 20)


if __name__ == "__main__":
    for row in budget_rows():
        print(row.work, f"{row.ours:.1f}", row.unit)
