"""How fast a log is verified: bytes, meaning, twin, single proofs, ranges, and the offline verifier.

Run alone: `python -m bench.verification [--entries N]`; `make bench` calls `measure`. Rates are entries
per second of this process's own processor time, the best of several turns; the baseline is SHA-256 over entries of the
same length in the same run, once each. Goals: 300,000 entries/s for the bytes, 1 ms p99 for a proof, 50,000 entries/s
offline.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.measure import Row, best_seconds, rate_row, report
from gateway.audit.entries.entry import Phase, Result, encode
from gateway.audit.review.bundle import Evidence, write_evidence
from gateway.audit.review.offline_verifier.verdict import Wish, judge
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Checkpoint, Ed25519Verifier, checkpoint_text, make_vkey, sign_note
from gateway.audit.tlog.policy import read_policy
from gateway.audit.tlog.proofs import verify_inclusion
from gateway.audit.tlog.tiles import Tail
from gateway.audit.tlog.tree import Tree, leaf_hash, sm3
from gateway.audit.verification.sm3_mirror import Sm3Mirror, verify_sm3_mirror
from gateway.audit.verification.verify import Stage, verify_range, verify_reader

ORIGIN: Final = "bench.example/log"
ENTRIES: Final = 1_000_000
ENTRY_BYTES: Final = 1_024
BATCH: Final = 64
"""Entries of one commit: each has a root at its end."""
TURNS: Final = 3
PROOFS: Final = 2_000
SPAN: Final = 20_000
UNIT: Final = "entries/s per core"


class Key:
    """A key from a seed, for benchmarks alone."""

    def __init__(self, name: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
        made = make_vkey(name, self._key.public_key().public_bytes_raw())
        self.name, self.key_id, self.vkey = name, made.key_id, str(made)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return self._key.sign(message)


def entry(number: int) -> bytes:
    """An entry of about a kibibyte."""
    fields: dict[str, object] = {
        "v": 1, "origin": ORIGIN, "event_id": f"01980000-0000-7000-8000-{number:012x}", "exchange_id": "",
        "phase": Phase.ADMIN.value, "time_utc_us": number, "node": "spiffe://bench.example/node/1", "action": "fill",
        "result": Result.PERMIT.value, "subject": f"{number:0512d}", "detector": "d" * 230,
    }  # fmt: skip
    return encode(fields)  # type: ignore[arg-type]  # texts and numbers


def fill(path: Path, entries: int, batch: int = BATCH) -> None:
    """Write a log of so many entries at once, as its writer would have left it."""
    key, tree, tail = Key(ORIGIN), Tree(), Tail()
    asyncio.run(Store.create(path, ORIGIN, created_us=0))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for number in range(entries):
            octets = entry(number)
            leaf = leaf_hash(octets)
            tree.extend([leaf])
            for tile in tail.extend([leaf]):
                connection.execute("INSERT INTO tile VALUES (?,?,?)", (tile.level, tile.number, tile.hashes))
            last = number == entries - 1
            root = tree.root() if last or (number + 1) % batch == 0 else None
            row = (number, leaf, octets, Phase.ADMIN.value, "", 0, number, root)
            connection.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", row)
            if last or (number + 1) % 10_000 == 0:
                note = sign_note(checkpoint_text(Checkpoint(ORIGIN, number + 1, tree.root())), [key])
                connection.execute("INSERT INTO checkpoint VALUES (?,?,?)", (number + 1, number, note))
                tree.forget(tree.size)
        connection.execute("COMMIT")


def raw_hashes(count: int, length: int) -> float:
    """SHA-256 over entries of that length, this many a second of processor time."""
    octets = b"x" * length

    def turn() -> None:
        for _ in range(count):
            sha256(octets).digest()

    return count / best_seconds(turn, TURNS)


def measure(path: Path, folder: Path) -> list[Row]:
    """Measure everything on the log in `path`; `folder` takes what is written."""
    key = Key(ORIGIN)
    keys = [Ed25519Verifier(key.vkey)]
    with LogReader(path) as reader:
        size = reader.count()
        length = len(reader.entry(0).octets)
        against = raw_hashes(200_000, length)

        def stage(name: Stage) -> None:
            found = verify_reader(reader, keys, stages=[name])
            assert found.holds, found.faults

        whole = size / best_seconds(lambda: stage(Stage.INTEGRITY), TURNS)
        meaning = size / best_seconds(lambda: stage(Stage.MEANING), 1)
        what = f"verification, bytes: {size:,} entries of {length} B"
        rows = [
            rate_row(what, 1, whole, UNIT, 300_000.0, against, "against SHA-256 of each entry once"),
            rate_row("verification, meaning", 1, meaning, UNIT, 0.0, against),
        ]
        rows += _twin_rows(reader, folder, size, against)
        rows += _proof_rows(reader, size)
        span = min(SPAN, size)
        start = (size - span) // 2
        seconds = best_seconds(lambda: verify_range(reader, start, start + span, keys), TURNS)
        rows.append(rate_row(f"verification of a range of {span:,}", 1, span / seconds, UNIT, 0.0))
        rows += _offline_rows(reader, folder, size, key)
    return rows


def _twin_rows(reader: LogReader, folder: Path, size: int, against: float) -> list[Row]:
    key = Key(f"{ORIGIN}/sm3")
    keys = [Ed25519Verifier(key.vkey)]
    octets = b"x" * len(reader.entry(0).octets)
    raw = 50_000 / best_seconds(lambda: [sm3(octets).digest() for _ in range(50_000)], TURNS)
    with Sm3Mirror(folder / "twin.db", reader) as twin:
        followed = best_seconds(lambda: twin.follow(key, 1), 1)

        def turn() -> None:
            assert not verify_sm3_mirror(twin, reader, keys)[2]

        verified = best_seconds(turn, 1)
    return [
        rate_row("SM3 twin, verification", 1, size / verified, UNIT, 0.0, raw, "against SM3"),
        rate_row("SM3 twin, following", 1, size / followed, UNIT, 0.0, raw, "against SM3"),
    ]


def _proof_rows(reader: LogReader, size: int) -> list[Row]:
    """Fetch, prove and verify one entry, in milliseconds of processor time; the first read what the rest reuse."""
    root = reader.entry(size - 1).root
    assert root is not None
    chance = random.Random(1)  # noqa: S311 - which entries are proven is no secret
    times = []
    for _ in range(PROOFS):
        index = chance.randrange(size)
        start = time.thread_time()
        row = reader.entry(index)
        verify_inclusion(index, size, leaf_hash(row.octets), reader.path(index, size), root)
        times.append((time.thread_time() - start) * 1e3)
    times.sort()
    p50, p99 = times[PROOFS // 2], times[PROOFS * 99 // 100]
    return [
        Row(f"proof of one entry of {size:,}, p50", 1, p50, 0.0, "ms CPU", 0.0, 0.0, True),
        Row(f"proof of one entry of {size:,}, p99", 1, p99, 0.0, "ms CPU", 0.0, 1.0, p99 <= 1.0),
    ]


def _offline_rows(reader: LogReader, folder: Path, size: int, key: Key) -> list[Row]:
    policy = f"log {key.vkey}\nquorum none\n"
    kept = reader.newest_checkpoint()
    assert kept is not None
    span = min(200_000, size)
    rows = []
    for name, ranges, goal in (
        (f"offline verifier, one range of {span:,}", [(0, span)], 50_000.0),
        ("offline verifier, 5,000 single entries", [(at, at + 1) for at in range(0, size, max(1, size // 5_000))], 0.0),
    ):
        file = folder / "evidence.zip"
        count = sum(end - start for start, end in ranges)
        with file.open("wb") as out:
            write_evidence(out, reader, Evidence(ranges, kept[2], policy, {}, {}, {}), read_policy(policy))
        seconds = best_seconds(partial(judge, Wish(file)), 2)
        rows.append(rate_row(name, 1, count / seconds, UNIT, goal))
    return rows


def measure_verification(entries: int) -> list[Row]:
    """Write a log of so many entries and measure on it."""
    with tempfile.TemporaryDirectory(prefix="chuanyu-verification-") as name:
        folder = Path(name)
        fill(folder / "log.db", entries)
        return measure(folder / "log.db", folder)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    options = parser.parse_args()
    report(measure_verification(options.entries), [], {})


if __name__ == "__main__":
    main()
