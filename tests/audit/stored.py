"""A log in memory, as the reader of one gives it: for claims about single rows, which may be any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from gateway.audit.entries.entry import Cell, Entry, Phase, decode, encode
from gateway.audit.storage.reader import LogReader, StoredEntry, StoredRow
from gateway.audit.storage.schema import SCHEMA_VERSION
from gateway.audit.tlog.tree import leaf_hash
from tests.audit.logs import PROVIDER
from tests.samples import NOW_US

EVENT = "01980000-0000-7000-8000-{:012d}"
MONTH = "2026-11"


def entry_of(phase: Phase, number: int, **changes: Cell) -> bytes:
    """Make an entry of exchange 1 with an event of this number; every field that any phase must have is there.

    A release and a receipt follow event 1 unless said otherwise; an entry that follows none has a body.
    """
    follows = EVENT.format(1) if phase in (Phase.RELEASE, Phase.RECEIPT) else ""
    fields: dict[str, Cell] = {
        "v": 3,
        "origin": PROVIDER.name,
        "event_id": EVENT.format(number),
        "exchange_id": EVENT.format(1),
        "phase": phase,
        "time_utc_us": NOW_US,
        "node": "spiffe://sichuan.example/node/1",
        "action": "fetch",
        "actor": "",
        "result": "permit",
        "item_code": "CY-ID-02",
        "item_version": 1,
        "request_hash": "0" * 64,
        "key_epoch": MONTH,
        "page": 0,
        "fields": ["card_status"],
        "province_pair": "500000-510000",
        "subject_tokens": "",
        "prev_event": follows,
        "prev": 0,
        "rows_root": "0" * 64,
        "record_count": 1,
        "last": True,
        "masking_profile": "0" * 64,
        "reason_code": "",
        "subject": "",
        "peer_leaf": {"index": 0, "leaf_hash": "0" * 64, "origin": "log.chongqing.example/1"},
        "peer_node": "spiffe://chongqing.example/node/1",
    }
    fields.update(changes)
    if phase not in (Phase.OUTCOME, Phase.ADMIN) and not fields["prev_event"]:
        fields.update(body_digest="0" * 64, commit="0" * 64, wrap_digest="0" * 64)
    return encode(fields)


def read(octets: bytes) -> Entry:
    """Read an entry that fits the schema."""
    return decode(octets)


class StoredLog:
    """What stands in each table; each test sets what it wants to stand otherwise."""

    def __init__(self, *octets: bytes) -> None:
        self.origin = PROVIDER.name
        self.version = SCHEMA_VERSION
        self.stored: list[StoredRow] = [self._row(index, one) for index, one in enumerate(octets)]
        entries = [(index, read(one)) for index, one in enumerate(octets) if one.startswith(b"{")]
        self.keys = [(index, one.text("key_epoch")) for index, one in entries if one.has_body]
        self.astray: list[tuple[int, int, int]] = []
        self.without_bytes = 0

    @staticmethod
    def _row(index: int, octets: bytes) -> StoredRow:
        leaf = leaf_hash(octets)
        if not octets.startswith(b"{"):
            return index, leaf, octets, "intent", "", 0, 0, None
        entry = read(octets)
        page, time_us = max(entry.number("page"), 0), entry.number("time_utc_us")
        return index, leaf, octets, entry.phase, entry.exchange_id, page, time_us, None

    def reader(self) -> LogReader:
        """Return it as what it stands for."""
        return cast(LogReader, self)

    def prune(self, end: int) -> None:
        """Take the bytes of the entries before `end` out; their leaf hashes stay."""
        self.without_bytes = end
        self.stored[:end] = [(*row[:2], b"", *row[3:]) for row in self.stored[:end]]

    def pruned(self) -> int:
        """Return how many entries have no bytes."""
        return self.without_bytes

    def count(self) -> int:
        """Return the size."""
        return len(self.stored)

    def rows(self, start: int, end: int) -> Iterator[list[StoredRow]]:
        """Yield the rows, two at a time."""
        for low in range(start, end, 2):
            yield self.stored[low : min(low + 2, end)]

    def entry(self, index: int) -> StoredEntry:
        """Return one row."""
        return StoredEntry(*self.stored[index])

    def exchange(self, exchange_id: str, phase: str = "", after: int = -1) -> list[StoredEntry]:
        """Return the rows of an exchange beyond an index."""
        rows = [row for row in self.stored if row[0] > after and row[4] == exchange_id]
        return [StoredEntry(*row) for row in rows if phase in ("", row[3])]

    def acts(self) -> Iterator[StoredEntry]:
        """Yield the acts that have their bytes."""
        return (StoredEntry(*row) for row in self.stored if row[3] == Phase.ADMIN and row[2])

    def wraps(self, start: int) -> Iterator[tuple[int, str]]:
        """Yield the wrapped keys."""
        return (row for row in self.keys if row[0] >= start)

    def pair_rows(self) -> Iterator[tuple[int, int, int]]:
        """Yield the keys of the stored pages of pairs."""
        return iter(self.astray)
