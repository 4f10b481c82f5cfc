"""Finds entries of a log: by exchange, by cardholder's reference, or by scanning a window of time.

Search trusts nothing beside the entries: the indexes only say where to look, and each entry on the way has its stored
leaf hash, is read from its own bytes and held to every criterion. Each criterion that is given must hold; one that is
not given matches everything. Entries that left for an archive are found where the archive is at hand; the ranges that
are not at hand are named by the log that is searched (`WholeLog.missing`). An entry that is not as it was written is
reported and not passed over, since a reviewer must know of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries.entry import Entry
from gateway.audit.entries.references import tokens_of
from gateway.audit.review.shown import decode_shown
from gateway.audit.review.whole import HashedRow, WholeLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import find_named
from gateway.audit.tlog.pairs import Kind

EVER_US: Final = (1 << 63) - 1
"""A time that no entry reaches, in microseconds."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """The conditions on an entry; an empty text or set asks nothing.

    Times are in microseconds since 1970, `until_us` not included. `department` is that of the asking side. `subjects`
    are keyed references, any one of which must stand in the entry: one for each month that is searched.
    """

    since_us: int = 0
    until_us: int = EVER_US
    exchange_id: str = ""
    phase: str = ""
    department: str = ""
    item_code: str = ""
    scene: str = ""
    use_basis: str = ""
    result: str = ""
    reason_code: str = ""
    action: str = ""
    actor: str = ""
    subjects: frozenset[bytes] = frozenset()

    def match(self, entry: Entry) -> bool:
        """Tell whether an entry is what is looked for."""
        if not self.since_us <= entry.number("time_utc_us") < self.until_us:
            return False
        wanted = (
            (self.exchange_id, entry.exchange_id),
            (self.phase, entry.phase),
            (self.department, entry.text("consumer_department")),
            (self.item_code, entry.text("item_code")),
            (self.scene, entry.text("scene")),
            (self.use_basis, entry.text("use_basis")),
            (self.result, entry.text("result")),
            (self.reason_code, entry.text("reason_code")),
            (self.action, entry.text("action")),
            (self.actor, entry.text("actor")),
        )
        if any(want and want != found for want, found in wanted):
            return False
        return not self.subjects or not self.subjects.isdisjoint(tokens_of(entry))

    def traces(self) -> tuple[bytes, ...]:
        """Return texts that stand in the bytes of every entry that matches: a look before anything is decoded."""
        named = (
            ("action", self.action),
            ("actor", self.actor),
            ("consumer_department", self.department),
            ("item_code", self.item_code),
            ("phase", self.phase),
            ("reason_code", self.reason_code),
            ("result", self.result),
            ("scene", self.scene),
            ("use_basis", self.use_basis),
        )
        return tuple(f'"{name}":"{value}"'.encode() for name, value in named if value and value.isascii())


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that matches: where it stands, its leaf hash as stored, its bytes, and what they say."""

    index: int
    leaf_hash: bytes
    octets: bytes
    entry: Entry


def search(reader: LogReader, criteria: Criteria, *, limit: int) -> Iterator[FoundEntry]:
    """Yield what matches of a log without its archives; as `search_whole`."""
    return search_whole(WholeLog(reader), criteria, limit=limit)


def search_whole(log: WholeLog, criteria: Criteria, *, limit: int) -> Iterator[FoundEntry]:
    """Yield what matches, in the order of the log; at most `limit`.

    Raises:
        EntryUnreadable: an entry on the way does not have its leaf hash, or cannot be read.
        ValueError: the limit is not positive.
    """
    if limit < 1:
        raise ValueError(f"expected a limit of at least 1, found {limit}")
    left = limit
    for index, leaf, octets in _candidates(log, criteria):
        entry = decode_shown(index, octets)
        if not criteria.match(entry):
            continue
        yield FoundEntry(index, leaf, octets, entry)
        left -= 1
        if not left:
            return


def _candidates(log: WholeLog, criteria: Criteria) -> Iterator[HashedRow]:
    if criteria.exchange_id:
        yield from log.exchange(criteria.exchange_id)
        return
    start, end = log.reader.window(criteria.since_us, criteria.until_us)
    traces = criteria.traces()
    if criteria.subjects:  # the sealed pairs lead to no archived entries: these are read themselves
        yield from _traced(log, start, min(end, log.pruned), (*traces, b'"subject_tokens":"'))
        for index in find_named(log.reader, Kind.SUBJECT, {"": criteria.subjects}):
            if index >= log.pruned:  # what has left was read above
                yield from log.take(log.reader.entry(index))
        return
    yield from _traced(log, start, end, traces)


def _traced(log: WholeLog, start: int, end: int, traces: tuple[bytes, ...]) -> Iterator[HashedRow]:
    for rows in log.rows(start, end):
        for row in rows:
            if all(trace in row[2] for trace in traces):
                yield row
