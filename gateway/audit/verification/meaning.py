"""The second stage of verification: the entries say what entries may say, and follow what they must follow.

For each entry, in order: 1 its bytes are an entry of the schema, of this log; 2 the row's other columns are drawn from
it; 3 it follows what it must follow: a release or receipt its intent, an outcome its release; 4 a seal has the root
over those whom its entries name. That the bytes are those of the signed log is the first stage's, see `integrity`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from gateway.audit.entries.entry import Entry, EntryInvalid, Phase, decode
from gateway.audit.retention.rules import RetentionRefused, list_runs
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.storage.reader import LogReader, StoredRow
from gateway.audit.verification.chronicle import Chronicle
from gateway.audit.verification.fault import VerificationFailed
from gateway.audit.verification.seals import Seals
from gateway.audit.verification.wraps import Wraps

REMEMBERED: Final = 50_000
"""Intents and releases remembered; older ones are looked up."""


class Meaning:
    """One walk over the entries of a log; `phases` counts them, `pruned` those whose bytes left for an archive.

    The seals and the wrapped keys are compared by a walk from 0.
    """

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._links = _Links(reader)
        self._seals: Seals | None = None
        self.pruned = 0
        self.phases: Counter[str] = Counter()
        self.chronicle = Chronicle()

    def run(self, start: int, end: int, progress: Callable[[int, int], None]) -> None:
        """Walk over the entries from `start` to before `end`.

        Raises:
            VerificationFailed: at the first entry that is not as it must be.
        """
        done = start
        self.pruned = self._reader.pruned()
        self._wraps = Wraps(self._reader, start)
        self._seals = None if start else Seals(self._reader)
        if self.pruned > start:
            self._check_runs()
        for rows in self._readable(start, end):
            for row in rows:
                self._check_row(*row[:7])
            done += len(rows)
            progress(done - start, end - start)
        if self._seals is not None:
            self._seals.check()
            self._wraps.check()

    def _check_runs(self) -> None:
        """Entries without bytes must have left by a run of retention that the log records."""
        try:
            covered = max((run.end for run in list_runs(self._reader)), default=0)
        except (EntryUnreadable, RetentionRefused) as error:
            raise VerificationFailed("retention", f"an act of retention cannot be read: {error}") from error
        if covered < self.pruned:
            detail = f"the bytes of the entries before {self.pruned} are gone, but no run of retention covers them"
            raise VerificationFailed(f"entry {covered}", detail, covered)

    def _readable(self, start: int, end: int) -> Iterator[list[StoredRow]]:
        """The rows, chunk by chunk; the first whose columns are no text is named."""
        done = start
        try:
            for rows in self._reader.rows(start, end):
                yield rows
                done += len(rows)
        except sqlite3.OperationalError:
            for index in range(done, end):
                try:
                    self._reader.entry(index)
                except sqlite3.OperationalError as error:
                    raise VerificationFailed(
                        f"entry {index}", "the row's columns are not those of the entry", index
                    ) from error
            raise

    def _check_row(
        self, index: int, _leaf: bytes, octets: bytes, phase: str, exchange: str, page: int, time_us: int
    ) -> None:
        if not octets and index < self.pruned:
            return
        try:  # 1
            entry = decode(octets)
        except EntryInvalid as error:
            raise VerificationFailed(f"entry {index}", str(error), index) from error
        fields = entry.fields
        drawn = (entry.phase, entry.exchange_id, fields.get("page", 0), fields["time_utc_us"])
        if drawn != (phase, exchange, page, time_us) or fields["origin"] != self._reader.origin:  # 2
            raise VerificationFailed(f"entry {index}", "the row's columns are not those of the entry", index)
        self.phases[phase] += 1
        self.chronicle.take(index, entry)
        if self._seals is not None:
            self._seals.take(index, entry)
        self._wraps.take(index, entry)
        self._links.follow(index, entry)  # 3


class _Links:
    """Follows the links between the entries of one exchange."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._intents: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._releases: OrderedDict[int, tuple[str, int]] = OrderedDict()

    def follow(self, index: int, entry: Entry) -> None:
        phase = entry.phase
        if phase is Phase.INTENT:
            event = entry.text("event_id")
            self._intents[event] = (index, entry.exchange_id)
            if len(self._intents) > REMEMBERED:
                self._intents.popitem(last=False)
            prev = entry.text("prev_event")
            if prev and not self._has_intent(index, entry.exchange_id, prev):
                raise VerificationFailed(
                    f"entry {index}", "an intent does not follow the first one of its exchange", index
                )
        elif phase in (Phase.RELEASE, Phase.RECEIPT) or (phase is Phase.REFUSAL and entry.text("prev_event")):
            if not self._has_intent(index, entry.exchange_id, entry.text("prev_event")):
                raise VerificationFailed(
                    f"entry {index}", f"a {phase} does not follow the intent of its exchange", index
                )
            if phase is Phase.RELEASE:
                self._releases[index] = (entry.exchange_id, entry.number("page"))
                if len(self._releases) > REMEMBERED:
                    self._releases.popitem(last=False)
        elif phase is Phase.OUTCOME and not self._has_release(index, entry):
            raise VerificationFailed(f"entry {index}", "an outcome does not follow the release that it names", index)

    def _has_intent(self, index: int, exchange: str, event: str) -> bool:
        known = self._intents.get(event)
        if known is not None:
            return known[1] == exchange
        for row in self._reader.exchange(exchange, Phase.INTENT):
            if row.index < index and not row.octets:
                return True  # pruned: which intent it was cannot be told any more
            if row.index < index and decode(row.octets).text("event_id") == event:
                return True
        return False

    def _has_release(self, index: int, entry: Entry) -> bool:
        prev = entry.number("prev")
        known = self._releases.get(prev)
        if known is None:
            if not 0 <= prev < index:
                return False
            row = self._reader.entry(prev)
            if row.phase != Phase.RELEASE:
                return False
            known = (row.exchange_id, row.page)
        return known == (entry.exchange_id, entry.number("page"))
