"""How long a person's history with its proof takes: built from a log of 36 months, and checked by who asked.

Run alone: `python -m bench.history [--entries N]`; `make bench` calls `measure`. The log has sealed months, the runs of
the open one, and the entries after them. The goal is 200 ms for both together, on the clock, p99.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.measure import Row, report
from gateway.audit.entries.entry import Cell, Phase, encode
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.review.completeness import check_statement
from gateway.audit.review.history import Asked, plan_history, write_statement
from gateway.audit.review.whole import WholeLog
from gateway.audit.sealing import Sealing
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import list_segments, prove
from gateway.audit.storage.store import MAX_BATCH, Store
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.pairs import Kind
from gateway.audit.tlog.tree import root_of
from keys.signer import Signer

ORIGIN: Final = "bench.example/log"
NODE: Final = "spiffe://510000.bench/node/1"
MONTHS: Final = 36
SUBJECTS: Final = 20_000
ASKED: Final = 200
GOAL_MS: Final = 200.0
_FIRST: Final = 2024


def month_of(number: int) -> str:
    """Return the name of a month, counted from the first."""
    return f"{_FIRST + number // 12:04}-{number % 12 + 1:02}"


def token(subject: int, month: str) -> bytes:
    """Return a stand-in for the token of a cardholder in a month."""
    return sha256(f"{subject}/{month}".encode()).digest()[:16]


def make_entry(number: int, month: int, chance: random.Random) -> tuple[bytes, int]:
    """Return a release that names one cardholder, and its time."""
    name = month_of(month)
    start = datetime(_FIRST + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    time_us = int(start.timestamp()) * 1_000_000 + number
    fields: dict[str, Cell] = {
        "v": 3, "origin": ORIGIN, "event_id": f"01980000-0000-7000-8000-{number:012x}",
        "exchange_id": f"01980000-0000-7000-8000-{number:012x}", "phase": Phase.RELEASE, "time_utc_us": time_us,
        "node": NODE, "action": "query", "result": "permit", "item_code": "CY-ID-02", "item_version": 1,
        "request_hash": "0" * 64, "key_epoch": name, "page": 0, "last": True, "record_count": 1,
        "rows_root": "0" * 64, "masking_profile": "0" * 64, "province_pair": "500000-510000",
        "fields": ["card_status", "valid_to", "name", "bank_name"],
        "prev_event": "01980000-0000-7000-8000-000000000001",
        "consumer_department": f"cq-{number % 7}", "operator_ref": token(number % 500, name + "o").hex(),
        "subject_tokens": b64encode(token(chance.randrange(SUBJECTS), name)).decode(),
    }  # fmt: skip
    return encode(fields), time_us


async def fill(path: Path, entries: int, signer: Signer) -> None:
    """Write a log over all months, and seal it."""
    await Store.create(path, ORIGIN, created_us=0)
    store, now = await Store.open(path), [0]
    log = await AuditLog.open(store, signer, clock_us=lambda: now[0], crowd=lambda: MAX_BATCH)
    book = LogIdentity(ORIGIN, NODE, References(b"k" * 32, "510000"), Epochs({}))
    journal = Journal(
        log, book, peers={}, clock_us=lambda: now[0], random=os.urandom, require_witnessed=lambda provinces: None
    )
    sealing = Sealing(log, store, path, journal.record_seal, lambda why: None, look_seconds=0.0, linger_seconds=0.0)
    chance, a_month = random.Random(3), -(-entries // MONTHS)  # noqa: S311 - no secret
    try:
        for start in range(0, entries, 16 * MAX_BATCH):
            waiting = []
            for number in range(start, min(start + 16 * MAX_BATCH, entries)):
                octets, now[0] = make_entry(number, number // a_month, chance)
                waiting.append(
                    log.record(octets, exchange_id=f"x{number}", phase=Phase.RELEASE, time_us=now[0], waits=True)
                )
            await asyncio.gather(*map(log.wait_durable, waiting))
            while await sealing.advance():
                pass
    finally:
        await log.close()


def ask(reader: LogReader, note: bytes, subject: int) -> tuple[float, float, float]:
    """Build the history of a cardholder over all months, and check it.

    Return the milliseconds of both, on the clock, and of the processor for both.
    """
    asked = Asked(Kind.SUBJECT, {month_of(at): token(subject, month_of(at)) for at in range(MONTHS)})
    worked, start = time.process_time(), time.perf_counter()
    log = WholeLog(reader)
    plan = plan_history(log, asked, note, list_segments(reader), prove)
    lines = list(write_statement(log, plan))
    built = time.perf_counter()
    history = check_statement(lines)
    assert history.complete
    end, cpu = time.perf_counter(), time.process_time() - worked
    return (built - start) * 1e3, (end - built) * 1e3, cpu * 1e3


def measure(entries: int) -> list[Row]:
    """Return the table's rows."""
    signer = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"b" * 32))
    chance = random.Random(4)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory(prefix="chuanyu-history-") as name:
        path = Path(name) / "log.db"
        asyncio.run(fill(path, entries, signer))
        with LogReader(path) as reader:
            size = reader.count()
            tree = [leaf for rows in reader.leaves(0, size) for leaf, _, _ in rows]
            note = sign_note(checkpoint_text(Checkpoint(ORIGIN, size, root_of(tree))), [signer])
            found = [ask(reader, note, chance.randrange(SUBJECTS)) for _ in range(ASKED)]
    rows = []
    for what, values, goal in (
        ("built", [one[0] for one in found], 0.0),
        ("checked", [one[1] for one in found], 0.0),
        ("built and checked", [one[0] + one[1] for one in found], GOAL_MS),
        ("processor", [one[2] for one in found], 0.0),
    ):
        slow = sorted(values)[len(values) * 99 // 100]
        work = f"history of {MONTHS} months with proof, {entries:,} entries, {what}, p99"
        rows.append(Row(work, 1, slow, 0.0, "ms", 0.0, goal, not goal or slow <= goal))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    report(measure(parser.parse_args().entries), [], {})


if __name__ == "__main__":
    main()
