"""The audit log alone: how fast entries become durable, and what room they take.

`python -m bench.log [--quick]`, or from `make bench`. Every figure stands beside the disk's own in the same run: one
append of 1 KiB with `fdatasync`. An entry and its body are 1,024 bytes, in the proportion of an intent's, with one
token and a wrapped key of 40 bytes. With `--dsn-file FILE` the log lies on that PostgreSQL server instead, each turn in
a schema that is made and dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.measure import Load, Row, closed_loop, rate_row, report
from gateway.audit.entries.entry import Phase
from gateway.audit.log import AuditLog
from gateway.audit.pending import Pending
from gateway.audit.storage.database import LogPlace, PostgresPlace
from gateway.audit.storage.store import MAX_BATCH, Store
from keys.signer import Signer

ORIGIN = "bench.example/log"
BEGUN_US = 1_795_500_000_000_000
"""The time of the first entry."""
STORED_BYTES = 1_024
BODY_BYTES = 388
"""Of the bytes that are stored for an entry, those of its body."""
ENTRY_BYTES = STORED_BYTES - BODY_BYTES
KEY_BYTES = 40
IN_FLIGHT = (1, 64, 256)
EPOCHS = 36
OFFICIALS = 300
SUBJECTS = 20_000
"""Cardholders; each has a token of its own in every epoch."""
RATE_GOAL = 10_000.0
P99_GOAL_MS = 15.0
STORED_GOAL = 1_600.0


def raw_sync_ms(folder: Path, octets: int, seconds: float) -> list[float]:
    """Append so many bytes and `fdatasync`, again and again; return the times, sorted."""
    times = []
    block = os.urandom(octets)
    file = os.open(folder / "raw", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        end = time.perf_counter() + seconds
        while (then := time.perf_counter()) < end:
            os.write(file, block)
            os.fdatasync(file)
            times.append((time.perf_counter() - then) * 1e3)
    finally:
        os.close(file)
        (folder / "raw").unlink()
    return sorted(times)


def p99(times: list[float]) -> float:
    """The time that one in a hundred exceeds."""
    return times[min(len(times) - 1, len(times) * 99 // 100)]


class Writing:
    """One log to write to. `body` is what all entries share; the rest makes each its own."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log
        self._padding = b"0" * ENTRY_BYTES
        self._body = os.urandom(ENTRY_BYTES - 16)
        self._number = 0
        self._random = random.Random(1)  # noqa: S311 - no secret

    @classmethod
    async def on(cls, place: LogPlace, in_flight: int) -> tuple[AuditLog, Writing]:
        """Make a log."""
        await Store.create(place, ORIGIN, created_us=0)
        _, log = await open_log(place, in_flight)
        return log, cls(log)

    def put(self) -> Pending:
        """Queue one entry."""
        self._number = number = self._number + 1
        return self._log.record(
            self._name(number),
            exchange_id=f"01980000-0000-7000-8000-{number:012x}",
            phase=Phase.RELEASE,
            time_us=BEGUN_US + number,
            body=self._body[:BODY_BYTES],
            wrapped=self._body[:KEY_BYTES],
            epoch="2026-11",
        )

    def _name(self, number: int) -> bytes:
        """An entry that names a cardholder, an official and a department."""
        fields = {
            "consumer_department": f"department-{number % 40}",
            "exchange_id": "",
            "key_epoch": "2026-11",
            "operator_ref": token(number % OFFICIALS, 0).hex(),
            "phase": Phase.RELEASE,
            "subject_tokens": b64encode(token(self._random.randrange(SUBJECTS), number % EPOCHS)).decode(),
            "time_utc_us": BEGUN_US + number,
        }
        octets = orjson.dumps(fields)
        return octets[:-1] + b',"x":"' + self._padding[: ENTRY_BYTES - len(octets) - 7] + b'"}'

    async def one(self) -> None:
        """Record one entry and wait until it is durable."""
        await self._log.wait_durable(self.put())


async def open_log(place: LogPlace, in_flight: int) -> tuple[Store, AuditLog]:
    """Open a log that knows, as that of a node does, how many are in flight."""
    signer, store = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"b" * 32)), await Store.open(place)
    return store, await AuditLog.open(store, signer, clock_us=lambda: time.time_ns() // 1000, crowd=lambda: in_flight)


def token(subject: int, epoch: int) -> bytes:
    """Return a stand-in for the token of a cardholder in a month: as random as a real one."""
    return sha256(b"%d/%d" % (subject, epoch)).digest()[:16]


async def durable(new_place: Callable[[], LogPlace], in_flight: int, seconds: float) -> Load:
    """Keep so many in flight on a new log."""
    place = new_place()
    log, writing = await Writing.on(place, in_flight)
    try:
        return await closed_loop(
            writing.one, in_flight=in_flight, seconds=seconds, processes={"log": os.getpid()}, warm=in_flight
        )
    finally:
        await log.close()
        await _drop(place)


async def _drop(place: LogPlace) -> None:
    if isinstance(place, Path):
        place.unlink()
        return
    import asyncpg  # an extra

    connection = await asyncpg.connect(place.dsn_file.read_text(encoding="utf-8").strip())
    await connection.execute(f'DROP SCHEMA "{place.schema}" CASCADE')
    await connection.close()


async def fill(path: Path, entries: int) -> float:
    """Write so many entries in full commits; return how many a second."""
    log, writing = await Writing.on(path, MAX_BATCH)
    start = time.perf_counter()
    try:
        for done in range(0, entries, 16 * MAX_BATCH):
            waiting = [writing.put() for _ in range(min(16 * MAX_BATCH, entries - done))]
            await asyncio.gather(*map(log.wait_durable, waiting))
        return entries / (time.perf_counter() - start)
    finally:
        await log.close()


def durability(folder: Path, seconds: float, turns: int, new_place: Callable[[], LogPlace]) -> list[Row]:
    """Return the rows of each number in flight, on logs in new places."""
    return [row for in_flight in IN_FLIGHT for row in _durability(folder, in_flight, seconds, turns, new_place)]


def _durability(
    folder: Path, in_flight: int, seconds: float, turns: int, new_place: Callable[[], LogPlace]
) -> list[Row]:
    """Return the rows of so many in flight: the best turn's, beside the best of the disk alone."""
    loads, raws = [], []
    for _ in range(turns):
        raws.append(raw_sync_ms(folder, STORED_BYTES, seconds / 2))
        loads.append(asyncio.run(durable(new_place, in_flight, seconds)))
    rate, raw_rate = best(loads, lambda load: load.rate, max), max(1e3 / statistics.fmean(times) for times in raws)
    p50, raw_p50 = best(loads, lambda load: load.p50_ms, min), min(times[len(times) // 2] for times in raws)
    slow, raw_slow = best(loads, lambda load: load.p99_ms, min), min(map(p99, raws))
    cpu = best(loads, lambda load: load.total_us, min)
    rate_goal, slow_goal = (RATE_GOAL, P99_GOAL_MS) if in_flight == 64 else (0.0, 0.0)
    return [
        rate_row("durable entries / raw fdatasync", in_flight, rate, "1/s", rate_goal, raw_rate),
        time_row("durable entry p50 / raw fdatasync", in_flight, p50, 0.0, raw_p50),
        time_row("durable entry p99 / raw fdatasync", in_flight, slow, slow_goal, raw_slow),
        Row("durable entry, processor", in_flight, cpu, 0.0, "µs CPU/entry", 0.0, 0.0, True),
    ]


def time_row(work: str, in_flight: int, ours: float, goal: float, against: float = 0.0) -> Row:
    """Make a row of a time in milliseconds: smaller is better; the goal is absolute."""
    return Row(work, in_flight, ours, against, "ms", ours / against if against else 0.0, goal, not goal or ours <= goal)


def measure(folder: Path, *, seconds: float, turns: int, entries: int) -> list[Row]:
    """Return the table's rows."""
    rows = durability(folder, seconds, turns, partial(_new_file, folder))
    path = folder / "filled.db"
    rows.append(rate_row(f"full commits, {entries:,} entries", MAX_BATCH, asyncio.run(fill(path, entries)), "1/s", 0.0))
    stored = path.stat().st_size / entries
    good = stored <= STORED_GOAL
    rows.append(
        Row("stored per entry / its bytes", 1, stored, STORED_BYTES, "B", stored / STORED_BYTES, STORED_GOAL, good)
    )
    path.unlink()
    return rows


def _new_file(folder: Path) -> Path:
    return folder / f"log-{time.time_ns()}.db"


def _new_schema(dsn_file: Path) -> PostgresPlace:
    return PostgresPlace(dsn_file, f"bench_{time.time_ns()}")


def best(loads: list[Load], of: Callable[[Load], float], choose: Callable[[list[float]], float]) -> float:
    """The best turn's figure: what the machine does when nothing else runs on it."""
    return choose([of(load) for load in loads])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--dsn-file", type=Path, help="has the connection URI of a PostgreSQL server")
    options = parser.parse_args()
    turns, (seconds, entries) = options.turns, (1.0, 50_000) if options.quick else (3.0, 1_000_000)
    with tempfile.TemporaryDirectory(prefix="chuanyu-log-") as name:
        folder = Path(name)
        if options.dsn_file:
            rows = durability(folder, seconds, turns, partial(_new_schema, options.dsn_file))
        else:
            rows = measure(folder, seconds=seconds, turns=turns, entries=entries)
        report(rows, [], {})


if __name__ == "__main__":
    main()
