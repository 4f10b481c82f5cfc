"""Does every seal say the truth? The pairs of its entries are made anew, sorted and hashed to a root.

Beside the root the seals themselves are held to their rules: runs follow one another, a month has exactly the runs
since the one before it, and none is larger than may be. The stored pages, by which somebody is looked up, must be those
of the pairs. Of entries that left for an archive only the hashes are there: what seals them is compared with its pages.

In memory are the pairs of the newest entries and, with their hashes, those of the runs of one month.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from operator import add
from typing import Final

from gateway.audit.entries.entry import Entry, EntryInvalid, Phase, decode
from gateway.audit.entries.references import pairs_of
from gateway.audit.entries.seals import (
    MONTH_PAIRS,
    MONTH_RUNS,
    RUN_ENTRIES,
    RUN_PAIRS,
    SealKind,
    Segment,
    is_seal,
    name_month,
    read_seal,
)
from gateway.audit.retention.rules import RETAIN, RetentionRefused, RetentionRun
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.sealed import PAGE_PAIRS, PageLayout, Pages, list_segments
from gateway.audit.tlog.pairs import PAIR_SIZE
from gateway.audit.verification.fault import VerificationFailed

REMEMBERED: Final = 4 * RUN_PAIRS
"""Pairs of the newest entries that are remembered until they are sealed; of older ones the entries are read again."""

REMEMBERED_ENTRIES: Final = 4 * RUN_ENTRIES
"""The same in entries."""

_Named = tuple[int, list[bytes], str]
"""The index of an entry, its pairs, and the month under whose key it names persons."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A run, and its pairs in order, each with its leaf hash behind it; None where entries of it were archived."""

    segment: Segment
    items: list[bytes] | None


class Seals:
    """Compares the seals of a log with its entries; `take` each entry in order, then `check`."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._pruned = self._left = reader.pruned()
        self._newest: deque[_Named] = deque()
        self._held = 0
        self._runs: list[_Run] = []
        self._end = 0
        self._used = _list_used(reader)
        self._pages: dict[tuple[int, int], int] = {}

    def take(self, index: int, entry: Entry) -> None:
        """Take the next entry that has its bytes.

        Raises:
            VerificationFailed: it is a seal that does not say the truth, or its references are not whole.
        """
        try:
            pairs = pairs_of(entry, index)
            sealed = read_seal(entry, index) if is_seal(entry) else None
        except EntryInvalid as error:
            raise VerificationFailed(f"entry {index}", str(error), index) from error
        self._newest.append((index, pairs, name_month(entry, pairs)))
        self._held += len(pairs)
        while self._held > REMEMBERED or len(self._newest) > REMEMBERED_ENTRIES:
            self._held -= len(self._newest.popleft()[1])
        if entry.phase is Phase.ADMIN and entry.text("action") == RETAIN:
            with suppress(RetentionRefused):
                self._left = max(self._left, RetentionRun.parse(entry.text("subject")).end)
        if sealed is not None:
            self._pages[sealed.kind.code, sealed.first] = -(-sealed.pairs // PAGE_PAIRS)
            (self._check_run if sealed.kind is SealKind.RUN else self._check_month)(sealed)

    def check(self) -> None:
        """Look for stored pages of no segment, once all entries were taken.

        Raises:
            VerificationFailed: there are such.
        """
        following = {SealKind.RUN.code: self._end, SealKind.MONTH.code: self._end}
        if self._runs:
            following[SealKind.MONTH.code] = self._runs[0].segment.first
        for kind, start, number in self._reader.pair_rows():
            pages = self._pages.get((kind, start), -1)
            known = number < pages if pages >= 0 else kind in following and start >= following[kind]
            if not known and not (kind in following and 0 <= start < self._reader.pruned()):
                raise VerificationFailed(f"pairs {kind}/{start}/{number}", "the stored pairs are of no sealed segment")

    def _check_run(self, sealed: Segment) -> None:
        place = f"seal {sealed.act}"
        if sealed.first != self._end and not self._end < sealed.first <= self._left:
            raise VerificationFailed(place, f"expected a run from entry {self._end} on", sealed.act)
        if sealed.end - sealed.first > RUN_ENTRIES or sealed.pairs > RUN_PAIRS:
            raise VerificationFailed(place, "the run is longer than a run may be", sealed.act)
        self._end = sealed.end
        items: list[bytes] | None = None
        if sealed.first >= self._pruned:
            entries = list(self._list_named(sealed.first, sealed.end))
            if sealed.months != tuple(sorted({month for _, _, month in entries if month})):
                raise VerificationFailed(place, "the run names other months than its entries do", sealed.act)
            pairs = sorted(chain.from_iterable(pairs for _, pairs, _ in entries))
            leaves = [sha256(b"\x00" + pair).digest() for pair in pairs]
            self._compare(sealed, pairs, leaves)
            items = list(map(add, pairs, leaves))
        self._runs.append(_Run(sealed, items))
        if len(self._runs) > MONTH_RUNS or sum(run.segment.pairs for run in self._runs) > MONTH_PAIRS:
            raise VerificationFailed(place, "the month is longer than a month may be", sealed.act)

    def _check_month(self, sealed: Segment) -> None:
        place = f"seal {sealed.act}"
        runs = [run for run in self._runs if run.segment.first >= sealed.first]
        gone = self._runs[: len(self._runs) - len(runs)]
        if not runs or (runs[0].segment.first, self._end) != (sealed.first, sealed.end):
            raise VerificationFailed(place, "expected a month of exactly the runs since the one before", sealed.act)
        if any(run.segment.end > self._left for run in gone):
            raise VerificationFailed(place, "the month leaves out a run that did not leave for an archive", sealed.act)
        if sealed.months != tuple(sorted({name for run in runs for name in run.segment.months})):
            raise VerificationFailed(place, "the month names other months than its runs do", sealed.act)
        self._runs = []
        held = [run.items for run in runs if run.items is not None]
        if len(held) == len(runs):
            items = sorted(chain.from_iterable(held))
            self._compare(sealed, [item[:PAIR_SIZE] for item in items], [item[PAIR_SIZE:] for item in items])
        elif self._is_in_use(sealed):
            self._compare_with_root(sealed)

    def _compare(self, sealed: Segment, pairs: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """Compare a seal, and the pages that it tells of, with the pairs of its entries and their leaf hashes."""
        layout, starts = PageLayout(), range(0, len(pairs), PAGE_PAIRS)
        made = [layout.add(pairs[at : at + PAGE_PAIRS], leaves[at : at + PAGE_PAIRS])[1] for at in starts]
        if (sealed.pairs, sealed.root) != (layout.pairs, layout.root()):
            detail = f"the root that is sealed is not that of the entries {sealed.first} to {sealed.end - 1}"
            raise VerificationFailed(f"seal {sealed.act}", detail, sealed.act)
        if not self._is_in_use(sealed):
            return
        detail = "the stored pairs of the segment are not those of its entries"
        try:
            pages = Pages(self._reader, sealed)
            if pages.directory == layout.directory and all(pages.octets(at) == page for at, page in enumerate(made)):
                return
        except StoreInvalid as error:
            detail = str(error)
        self._blame(sealed, detail)

    def _compare_with_root(self, sealed: Segment) -> None:
        """Compare the stored pages of a segment of which entries were archived with the root that is sealed."""
        try:
            deque(Pages(self._reader, sealed).items(), maxlen=0)
        except StoreInvalid as error:
            self._blame(sealed, str(error))

    def _blame(self, sealed: Segment, detail: str) -> None:
        """Find a segment at fault, unless its pages went meanwhile: a month was sealed, or its entries archived."""
        self._used = _list_used(self._reader)
        if self._is_in_use(sealed):
            raise VerificationFailed(f"seal {sealed.act}", detail, sealed.act)

    def _is_in_use(self, sealed: Segment) -> bool:
        """Whether a look-up reads the pages of a segment."""
        return sealed.act in self._used

    def _list_named(self, first: int, end: int) -> Iterator[_Named]:
        """Yield who is named in the entries of a run: what is remembered, else what is read again."""
        while self._newest and self._newest[0][0] < first:
            self._held -= len(self._newest.popleft()[1])
        start = min(self._newest[0][0], end) if self._newest else end
        for rows in self._reader.rows(first, start):
            for row in rows:
                entry = decode(row[2])
                pairs = pairs_of(entry, row[0])
                yield row[0], pairs, name_month(entry, pairs)
        while self._newest and self._newest[0][0] < end:
            named = self._newest.popleft()
            self._held -= len(named[1])
            yield named


def _list_used(reader: LogReader) -> frozenset[int]:
    """Return the acts of the segments whose pages are read; none where a seal cannot be, which the walk will find."""
    try:
        pruned = reader.pruned()
        return frozenset(segment.act for segment in list_segments(reader) if segment.end > pruned)
    except StoreInvalid:
        return frozenset()
