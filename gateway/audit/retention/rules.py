"""Which entries may leave the log for an archive, and which months may be destroyed: the rules of retention.

Pure but for reading. The floor is three years (个人信息保护法 art. 56 and the duties of processing records); a longer
time may be set, and once a run was recorded under it, never a shorter one. Entries leave from the first on, in whole
tiles, and only where a kept checkpoint covers them. Each run is an act in the log, which names the range, the digest
of the archive and the years.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateway.audit.review.search import EVER_US
from gateway.audit.review.shown import EntryUnreadable, decode_shown, read_shown
from gateway.audit.review.whole import WholeLog
from gateway.audit.storage.reader import MAX_INDEX, LogReader
from gateway.audit.tlog.tiles import TILE_WIDTH

MIN_YEARS: Final = 3
"""The shortest retention."""
SEGMENT: Final = 65_536
"""Entries of one archive at most."""
RETAIN: Final = "retain"
"""The action of an act by which entries left for an archive."""
SHRED: Final = "shred"
"""The action of an act by which a month's keys were destroyed; its subject is the month."""
_SUBJECT: Final = re.compile(r"([0-9]{1,19})-([0-9]{1,19}) sha256:([0-9a-f]{64}) years:([0-9]{1,3})")
_TARGET: Final = re.compile(r"([^ :]{1,200}):([0-9]{1,19})-([0-9]{1,19}) years:([0-9]{1,3})")
_MICROSECONDS: Final = 1_000_000


class RetentionRefused(Exception):
    """A run or a destruction is against the rules; the message says what was expected and found."""


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """One run: the entries from `start` to before `end` stand in the archive with this SHA-256, under these years."""

    start: int
    end: int
    digest: str
    years: int

    @property
    def subject(self) -> str:
        """The subject of the act."""
        return f"{self.start}-{self.end} sha256:{self.digest} years:{self.years}"

    @classmethod
    def parse(cls, subject: str) -> RetentionRun:
        """Read the subject of an act.

        Raises:
            RetentionRefused: when it is none.
        """
        found = _SUBJECT.fullmatch(subject)
        if found is None:
            raise RetentionRefused("expected a range, the digest of its archive and the years, found another form")
        return cls(int(found[1]), int(found[2]), found[3], int(found[4]))


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run as an act records it: the act's index, and the leaf hash of its bytes."""

    index: int
    leaf: bytes
    run: RetentionRun


@dataclass(frozen=True, slots=True)
class RetentionTarget:
    """What two persons allow to leave a log: its origin, the first and the last entry, under these years."""

    origin: str
    first: int
    last: int
    years: int

    def __str__(self) -> str:
        return f"{self.origin}:{self.first}-{self.last} years:{self.years}"

    @classmethod
    def parse(cls, text: str) -> RetentionTarget:
        """Read its text.

        Raises:
            RetentionRefused: when it is none.
        """
        found = _TARGET.fullmatch(text)
        if found is None:
            raise RetentionRefused("expected a log, a range of entries and the years, found another form")
        return cls(found[1], int(found[2]), int(found[3]), int(found[4]))

    def require_within(self, run: RetentionRun, origin: str) -> None:
        """Return if a run is of this log, lies within the range, and is under these years; raises RetentionRefused."""
        if (origin, run.years) != (self.origin, self.years) or not self.first <= run.start <= run.end <= self.last + 1:
            raise RetentionRefused(f"expected a run within {self}, found {origin}:{run.subject}")


def cutoff_us(now_us: int, years: int) -> int:
    """Return the time, in microseconds, before which entries may leave: so many calendar years ago, UTC."""
    if years < MIN_YEARS:
        raise RetentionRefused(f"expected at least {MIN_YEARS} years, found {years}")
    now = datetime.fromtimestamp(now_us // _MICROSECONDS, UTC)
    day = 28 if (now.month, now.day) == (2, 29) else now.day
    return int(now.replace(year=now.year - years, day=day).timestamp()) * _MICROSECONDS


def plan(reader: LogReader, now_us: int, years: int, most: int = MAX_INDEX) -> tuple[tuple[int, int], ...]:
    """Return the ranges that may leave now, the oldest first, each for one archive; none goes beyond `most` entries.

    A range that was recorded but not wholly pruned, since its run was interrupted, comes first, as it was, and once
    however often it was recorded.

    Raises:
        RetentionRefused: when an earlier run was recorded under more years.
    """
    done = list(list_runs(reader))
    longest = max((run.years for run in done), default=MIN_YEARS)
    if years < longest:
        raise RetentionRefused(f"expected at least the {longest} years of an earlier run, found {years}")
    start = reader.pruned()
    limit = min(_limit(reader, cutoff_us(now_us, years)), most)
    ranges = list(dict.fromkeys((run.start, run.end) for run in done if run.start <= start < run.end <= most))
    at = ranges[-1][1] if ranges else start
    while at < limit:
        ranges.append((at, min(at + SEGMENT, limit)))
        at = ranges[-1][1]
    return tuple(ranges)


def admit(reader: LogReader, run: RetentionRun, now_us: int, years: int) -> None:
    """Hold a run to the rules, at the one who writes the log.

    Raises:
        RetentionRefused: it does not begin where the log does, ends in what must stay, or is of fewer years.
    """
    pruned = reader.pruned()
    if not run.start <= pruned < run.end:
        raise RetentionRefused(f"expected a range that begins at {pruned}, found {run.start} to {run.end}")
    if run.end % TILE_WIDTH or run.end > _limit(reader, cutoff_us(now_us, years)):
        raise RetentionRefused(f"expected a range of whole tiles older than {years} years, found an end of {run.end}")
    most = max((one.years for one in list_runs(reader)), default=MIN_YEARS)
    if run.years < max(years, most):
        raise RetentionRefused(f"expected a run of at least {max(years, most)} years, found {run.years}")


def list_runs(reader: LogReader) -> Iterator[RetentionRun]:
    """Yield the runs that the log records, in order.

    Raises:
        EntryUnreadable: an act is not as it was written.
        RetentionRefused: an act of retention is of another form.
    """
    for one in list_recorded(reader):
        yield one.run


def list_recorded(reader: LogReader) -> Iterator[RecordedRun]:
    """Yield the runs that the log records with the acts that do, in order; raises as `list_runs`."""
    for row in reader.acts():
        entry = read_shown(row.index, row.leaf_hash, row.octets)
        if entry.text("action") == RETAIN:
            yield RecordedRun(row.index, row.leaf_hash, RetentionRun.parse(entry.text("subject")))


def list_archived_runs(log: WholeLog) -> Iterator[RecordedRun]:
    """Yield the runs whose acts lie in the archives of a log at hand, in order: an act leaves when its time is over.

    Raises:
        EntryUnreadable: an archived entry is not as it was written.
        RetentionRefused: an act of retention is of another form.
    """
    trace = f'"action":"{RETAIN}"'.encode()
    for rows in log.rows(0, log.pruned):
        for index, leaf, octets in rows:
            if trace in octets:
                entry = decode_shown(index, octets)
                if entry.text("action") == RETAIN:
                    yield RecordedRun(index, leaf, RetentionRun.parse(entry.text("subject")))


def count_covered(reader: LogReader) -> int:
    """Return how many entries, from the first on, recorded runs of retention cover; 0 where every entry has its bytes.

    Raises:
        EntryUnreadable: the acts cannot be relied on.
    """
    if not reader.pruned():
        return 0
    try:
        return max((run.end for run in list_runs(reader)), default=0)
    except RetentionRefused as error:
        raise EntryUnreadable(0, f"has no bytes, and an act of retention cannot be read: {error}") from error


def require_covered(reader: LogReader) -> None:
    """Return if every entry without bytes, from the first on, left by a recorded run: a look-up may pass over them.

    Raises:
        EntryUnreadable: one did not.
    """
    covered = count_covered(reader)
    if covered < reader.pruned():
        raise EntryUnreadable(covered, "has no bytes, and no recorded run of retention covers it")


def check_month(epoch: str, now_us: int, years: int) -> None:
    """Hold the destruction of a month to the rules.

    Raises:
        RetentionRefused: when the month has not ended before the retention.
    """
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", epoch)
    if found is None:
        raise RetentionRefused(f"expected a month as YYYY-MM, found {epoch[:16]!r}")
    year, month = int(found[1]), int(found[2])
    last = datetime.fromtimestamp(cutoff_us(now_us, years) // _MICROSECONDS, UTC)
    # It has ended when the cutoff lies in a later month. Numbers are compared: no calendar has the years 0 and 10000.
    if (year, month) >= (last.year, last.month):
        raise RetentionRefused(f"expected a month that ended more than {years} years ago, found {epoch}")


def _limit(reader: LogReader, before_us: int) -> int:
    """The end of what may leave: whole tiles that are older and that a kept checkpoint covers."""
    newest = reader.newest_checkpoint()
    young, end = reader.window(before_us, EVER_US)
    return min(newest[0] if newest else 0, young if end else reader.count()) // TILE_WIDTH * TILE_WIDTH
