"""The sealing of a log: how fast runs are sealed, how long a month takes to close, and what the road feels of it.

`python -m bench.sealing [--pairs N]`, or from `make bench`. The log has one month of entries that name a cardholder, an
official and a department each; while the month is closed, entries go on to be recorded, as before it in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.log import BEGUN_US, ORIGIN, SUBJECTS, Writing, fill, open_log, p99, time_row, token
from bench.measure import Row, rate_row, report
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.seals import SealKind, Segment
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.sealing import Sealing
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import find_named
from gateway.audit.tlog.pairs import Kind

PAIRS = 1_000_000
CLOSE_GOAL_MS = 20_000.0
IN_FLIGHT = 8


async def beside(writing: Writing, work: Callable[[], Awaitable[object]]) -> list[float]:
    """Record entries while something is done; return the milliseconds that each waited, sorted."""
    done, times = asyncio.Event(), list[float]()

    async def record() -> None:
        while not done.is_set():
            begun = time.perf_counter()
            await writing.one()
            times.append((time.perf_counter() - begun) * 1e3)

    road = [asyncio.create_task(record()) for _ in range(IN_FLIGHT)]
    try:
        await work()
    finally:
        done.set()
        await asyncio.gather(*road)
    return sorted(times)


async def _seal(path: Path, entries: int) -> tuple[float, float, list[float], list[float]]:
    """Return the entries that are sealed in a second of processor, the seconds of closing, and the road's times."""
    store, log = await open_log(path, IN_FLIGHT)
    book = LogIdentity(ORIGIN, "node", References(bytes(32), "510000"), Epochs({}))
    clock = [BEGUN_US]
    journal = Journal(
        log, book, peers={}, clock_us=lambda: clock[0], random=os.urandom, require_witnessed=lambda provinces: None
    )
    sealed: list[SealKind] = []

    async def record(segment: Segment) -> int:
        sealed.append(segment.kind)
        return await journal.record_seal(segment)

    sealing = Sealing(log, store, path, record, lambda why: None, linger_seconds=3_600.0)

    async def close() -> None:
        while SealKind.MONTH not in sealed:
            await sealing.advance()

    try:
        spent = time.process_time()
        while await sealing.advance():
            pass
        rate = entries / (time.process_time() - spent)
        before = await beside(Writing(log), lambda: asyncio.sleep(3.0))
        clock[0] += 40 * 86_400_000_000
        await journal.record_act(action="start", subject="")
        begun = time.perf_counter()
        during = await beside(Writing(log), close)
        return rate, time.perf_counter() - begun, before, during
    finally:
        await log.close()


def look_up(path: Path, seconds: float) -> list[float]:
    """Ask for a cardholder again and again; return the milliseconds, sorted."""
    times, subject = [], 0
    with LogReader(path) as reader:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            subject = (subject + 7_919) % SUBJECTS
            begun = time.perf_counter()
            find_named(reader, Kind.SUBJECT, {"2026-11": [token(subject, 0)]})
            times.append((time.perf_counter() - begun) * 1e3)
    return sorted(times)


def sealing_rows(folder: Path, pairs: int) -> list[Row]:
    """Return the table's rows for a month of so many pairs."""
    path, entries = folder / "sealed.db", -(-pairs // 3)
    asyncio.run(fill(path, entries))
    rate, seconds, before, during = asyncio.run(_seal(path, entries))
    rows = [
        rate_row("sealing of runs, entries a second of processor", 1, rate, "1/s", 0.0),
        time_row(f"closing a month of {pairs:,} pairs", 1, seconds * 1e3, CLOSE_GOAL_MS),
        time_row("p99 of an entry meanwhile / before", IN_FLIGHT, p99(during), 0.0, p99(before)),
        time_row(f"look-up in that month and the rest, {entries:,} entries, p99", 1, p99(look_up(path, 2.0)), 0.0),
    ]
    path.unlink()
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chuanyu-sealing-") as name:
        report(sealing_rows(Path(name), options.pairs), [], {})


if __name__ == "__main__":
    main()
