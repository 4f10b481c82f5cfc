"""Logs whose entries name persons, and their sealing step by step, in geometries small enough for tests."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from gateway.audit.entries import seals, writing
from gateway.audit.entries.entry import Cell, Phase, Result, decode
from gateway.audit.entries.references import pairs_of
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.sealing import Sealing
from gateway.audit.storage.database import Database, LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store, open_database
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.pairs import Kind, parse_pair
from gateway.audit.verification.verify import VerificationFault, verify_log
from tests.audit.logs import BOOK, BOUNDS, PROVIDER
from tests.samples import NOW_US

DAY_US = 86_400_000_000
NOVEMBER = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1_000_000
DECEMBER = NOVEMBER + 30 * DAY_US
KEYS = [Ed25519Verifier(PROVIDER.vkey)]


def shrink(patch: pytest.MonkeyPatch, *, entries: int = 8, pairs: int = 4_000, month_pairs: int = 1 << 20) -> None:
    """Seal runs of so few entries and pairs, and months of so few pairs."""
    patch.setattr(seals, "RUN_ENTRIES", entries)
    patch.setattr(seals, "RUN_PAIRS", pairs)
    patch.setattr(seals, "MONTH_PAIRS", month_pairs)


def token(person: int) -> bytes:
    """The token of a person."""
    return person.to_bytes(16)


@dataclass(frozen=True)
class Named:
    """Whom an entry names, at which time."""

    time_us: int = NOVEMBER
    persons: Sequence[int] = ()
    operator: int = -1
    department: str = ""
    epoch: str = ""

    def encode(self, event: str) -> bytes:
        """Return the entry."""
        details: dict[str, Cell] = {}
        if self.persons:
            details["subject_tokens"] = b64encode(b"".join(map(token, self.persons))).decode()
        if self.operator >= 0:
            details["operator_ref"] = token(self.operator).hex()
        if self.department:
            details["consumer_department"] = self.department
        if self.epoch:
            details["key_epoch"] = self.epoch
        return writing.encode_act(
            BOOK, action="looked", subject="", result=Result.PERMIT, event_id=event, time_us=self.time_us,
            actor="spiffe://x/y", details=details,
        ).octets  # fmt: skip


@dataclass
class SealedLog:
    """An open log with what seals it; `clock_us` is the time of its acts."""

    place: LogPlace
    store: Store
    log: AuditLog
    clock_us: int = NOVEMBER
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = Journal(
            self.log,
            BOOK,
            peers={},
            clock_us=lambda: self.clock_us,
            random=os.urandom,
            require_witnessed=lambda _: None,
        )
        self.sealing = self.new_sealing()

    def new_sealing(self, *, linger_seconds: float = 0.0) -> Sealing:
        """What a start of the node makes."""
        return Sealing(
            self.log, self.store, self.place, self.journal.record_seal, self.failures.append,
            look_seconds=0.001, retry_seconds=0.001, linger_seconds=linger_seconds,
        )  # fmt: skip

    async def write(self, entries: Sequence[Named]) -> None:
        """Add entries, and let the time go on with them."""
        pending = None
        for number, one in enumerate(entries, self.log.size):
            self.clock_us = one.time_us
            pending = self.log.record(
                one.encode(f"01980000-0000-7000-8000-{number:012d}"), exchange_id="", phase=Phase.ADMIN,
                time_us=one.time_us,
            )  # fmt: skip
            if not number % 200:
                await self.log.wait_durable(pending)
        if pending is not None and pending.done is not None and not pending.done.done():
            await self.log.wait_durable(pending)

    async def seal(self) -> None:
        """Seal all that can be sealed now."""
        while await self.sealing.advance():
            pass


@asynccontextmanager
async def sealed_log(
    place: LogPlace,
    *,
    through: Callable[[Database], Database] = lambda database: database,
    changed: Callable[[bool, str], None] = lambda serving, why: None,
) -> AsyncIterator[SealedLog]:
    """Open a log; leaving closes it."""
    store = Store(through(await open_database(place)))
    log = await AuditLog.open(store, PROVIDER, clock_us=lambda: NOW_US, bounds=BOUNDS, notify_serving=changed)
    try:
        yield SealedLog(place, store, log)
    finally:
        await log.close()


def named_in(place: LogPlace) -> dict[tuple[Kind, bytes], list[int]]:
    """Return who is named in which entries, by reading every entry."""
    found: dict[tuple[Kind, bytes], list[int]] = {}
    with LogReader(place) as reader:
        for rows in reader.rows(reader.pruned(), reader.count()):
            for row in rows:
                for pair in map(parse_pair, pairs_of(decode(row[2]), row[0])):
                    found.setdefault((pair.kind, pair.token), []).append(pair.index)
    return found


def faults(place: LogPlace) -> tuple[VerificationFault, ...]:
    """Verify the log."""
    return verify_log(place, KEYS).faults


def sealed_as(segments: Sequence[seals.Segment]) -> list[seals.Segment]:
    """The segments without where their acts stand."""
    return [replace(segment, act=0) for segment in segments]
