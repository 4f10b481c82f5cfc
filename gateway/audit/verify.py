"""Full verification of a log on disk: every hash is made anew from the stored bytes, and every link is followed.

For each entry, in order: 1 its index follows the one before; 2 its leaf hash is that of its bytes; 3 its bytes are an
entry of the schema, of this log, and the row's other columns are drawn from it; 4 it follows what it must follow: a
release or receipt its intent, an outcome its release; 5 where the row has a root, it is that of the tree so far; 6 the
tiles that it fills are stored as they are made. Then 7 every kept checkpoint is signed by a key of the log and has the
root of its size, and 8 there is no tile, and no checkpoint, beyond the entries. The first thing that is not so is
named.

What this cannot see: that the newest entries were cut off together with everything that tells of them. A checkpoint or
a receipt that somebody else holds shows that; see `expected_size`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.audit.entry import Entry, EntryInvalid, Phase, decode
from gateway.audit.note import NoteInvalid, NoteVerifier, parse_checkpoint, verify_note
from gateway.audit.reader import LogReader
from gateway.audit.tiles import Tail
from gateway.audit.tree import EMPTY_ROOT, Tree, leaf_hash

REMEMBERED: Final = 50_000
"""Intents and releases remembered; older ones are looked up."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the log is not what it must be. `index` is that of an entry, or -1."""

    place: str
    index: int
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. The log holds if there is no fault: `faults` is empty or has the first one."""

    origin: str
    size: int
    root: bytes
    checkpoints: int
    phases: tuple[tuple[str, int], ...]
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found amiss."""
        return not self.faults


class _Amiss(Exception):
    def __init__(self, place: str, detail: str, index: int = -1) -> None:
        super().__init__(detail)
        self.fault = Fault(place, index, detail)


def verify_log(
    path: Path,
    verifiers: Sequence[NoteVerifier],
    *,
    expected_size: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Verify the log in a database file; a node may be writing it meanwhile.

    Args:
        path: the database.
        verifiers: the log's own keys, at least one.
        expected_size: a size that is known from elsewhere, for example from a receipt; a shorter log is at fault.
        progress: told how many entries are done, of how many.

    Raises:
        StoreInvalid: when there is no log to verify.
        ValueError: when no key is given.
    """
    if not verifiers:
        raise ValueError("expected at least one key of the log, found none")
    with LogReader(path) as reader:
        walk = _Walk(reader, verifiers)
        faults: tuple[Fault, ...] = ()
        try:
            size = reader.count()
            walk.run(size, progress)
            if size < expected_size:
                raise _Amiss("end", f"expected at least {expected_size} entries, found {size}", size)
        except _Amiss as amiss:
            faults = (amiss.fault,)
        phases = tuple(sorted(walk.phases.items()))
        return Verdict(reader.origin, walk.tree.size, walk.tree.root(), walk.checkpoints, phases, faults)


class _Walk:
    """One walk over a log, from its first entry to its last."""

    def __init__(self, reader: LogReader, verifiers: Sequence[NoteVerifier]) -> None:
        self._reader = reader
        self._verifiers = verifiers
        self._tail = Tail()
        self._tiles = 0
        self._kept = reader.checkpoints()
        self._next = next(self._kept, None)
        self._links = _Links(reader)
        self.tree = Tree()
        self.checkpoints = 0
        self.phases: dict[str, int] = {}

    def run(self, size: int, progress: Callable[[int, int], None]) -> None:
        self._check_checkpoint(0)
        for rows in self._reader.rows(0, size):
            for row in rows:
                self._check_row(*row)
            self.tree.forget(self.tree.size)
            progress(self.tree.size, size)
        if self.tree.size != size:
            raise _Amiss(f"entry {self.tree.size}", "the entry is missing", self.tree.size)
        self._check_end()

    def _check_row(
        self,
        index: int,
        leaf: bytes,
        octets: bytes,
        phase: str,
        exchange: str,
        page: int,
        time_us: int,
        root: bytes | None,
    ) -> None:
        expected = self.tree.size
        if index != expected:  # 1
            raise _Amiss(f"entry {expected}", f"expected the entry {expected}, found the entry {index}", expected)
        made = leaf_hash(octets)  # 2
        if made != leaf:
            raise _Amiss(f"entry {index}", "the entry's bytes do not have the stored leaf hash", index)
        try:  # 3
            entry = decode(octets)
        except EntryInvalid as error:
            raise _Amiss(f"entry {index}", str(error), index) from error
        drawn = (entry.phase, entry.exchange_id, max(entry.number("page"), 0), entry.number("time_utc_us"))
        if drawn != (phase, exchange, page, time_us) or entry.text("origin") != self._reader.origin:
            raise _Amiss(f"entry {index}", "the row's columns are not those of the entry", index)
        self.phases[phase] = self.phases.get(phase, 0) + 1
        self._links.follow(index, entry)  # 4
        self.tree.append(made)
        if root is not None and root != self.tree.root():  # 5
            raise _Amiss(f"entry {index}", "the stored root is not that of the tree up to this entry", index)
        for tile in self._tail.append(made):  # 6
            self._tiles += 1
            if self._reader.tile(tile.level, tile.number) != tile.hashes:
                raise _Amiss(f"tile {tile.level}/{tile.number}", "the tile is missing or altered", index)
        self._check_checkpoint(index + 1)  # 7

    def _check_checkpoint(self, size: int) -> None:
        if self._next is None or self._next[0] != size:
            return
        note = self._next[2]
        place = f"checkpoint {size}"
        try:
            found = parse_checkpoint(verify_note(note, self._verifiers))
        except NoteInvalid as error:
            raise _Amiss(place, str(error), size - 1) from error
        if (found.origin, found.size) != (self._reader.origin, size):
            raise _Amiss(place, "the checkpoint is of another log or size", size - 1)
        if found.root != (self.tree.root() if size else EMPTY_ROOT):
            raise _Amiss(place, "the signed root is not that of the tree", size - 1)
        self.checkpoints += 1
        self._next = next(self._kept, None)

    def _check_end(self) -> None:  # 8
        size = self.tree.size
        if self._next is not None and self._next[0] > self._reader.count():
            found = self._next[0]
            raise _Amiss(f"checkpoint {found}", f"a checkpoint of {found} entries is kept, but there are {size}", size)
        if self._reader.tiles() < self._tiles or (self._reader.tiles() > self._tiles and self._reader.count() == size):
            raise _Amiss("tiles", f"expected {self._tiles} full tiles, found {self._reader.tiles()}")
        last = self._reader.entry(size - 1) if size else None
        if last is not None and last.root is None and self._reader.count() == size:
            raise _Amiss(f"entry {size - 1}", "the last entry has no root", size - 1)


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
        elif phase in (Phase.RELEASE, Phase.RECEIPT) or (phase is Phase.REFUSAL and entry.text("prev_event")):
            if not self._has_intent(index, entry.exchange_id, entry.text("prev_event")):
                raise _Amiss(f"entry {index}", f"a {phase} does not follow the intent of its exchange", index)
            if phase is Phase.RELEASE:
                self._releases[index] = (entry.exchange_id, entry.number("page"))
                if len(self._releases) > REMEMBERED:
                    self._releases.popitem(last=False)
        elif phase is Phase.OUTCOME and not self._has_release(index, entry):
            raise _Amiss(f"entry {index}", "an outcome does not follow the release that it names", index)

    def _has_intent(self, index: int, exchange: str, event: str) -> bool:
        known = self._intents.get(event)
        if known is not None:
            return known[1] == exchange
        for row in self._reader.exchange(exchange, Phase.INTENT):
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
