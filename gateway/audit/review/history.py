"""The consultations of a person's data (谁看过我的数据): all entries that name a cardholder, proven complete.

Each province names a person by a keyed reference of the month. The index answers at once; the proof of completeness
needs no trust in the index: every leaf of the log is hashed anew, the tree of those hashes must have the root of the
signed checkpoint, and in that same walk every entry that bears one of the references is noted. The walk must find
exactly what the index said. Months whose keys were destroyed cannot be answered any more, nor, in full, those of which
entries lie in archives: the statement names them. An entry that has no bytes passes only where the log records the run
of retention by which they left.

Some consultations the law lets be withheld from the person (个人信息保护法 arts. 18, 35): those of the scenes that the
province has named. A reviewer sees them; the person's own answer counts them and tells no more.
"""

from __future__ import annotations

import sys
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries.entry import Entry
from gateway.audit.entries.references import epoch_of, split, tokens_of
from gateway.audit.review.search import Criteria, FoundEntry, search
from gateway.audit.review.shown import EntryUnreadable, decode_shown
from gateway.audit.storage.reader import LogReader, StoredRow
from gateway.audit.storage.sealed import find_named
from gateway.audit.tlog.pairs import Kind
from gateway.audit.tlog.tree import Tree, leaf_hash

_TOKENS: Final = b'"subject_tokens":"'


@dataclass(frozen=True, slots=True)
class Statement:
    """The result of the walk over the log. `complete` says whether the answer is all there is under `root`.

    `months` are those that could be answered, `lost` those whose keys were destroyed. `archived` entries, from the
    first on, have left for an archive; `archived_months` are those asked for of which some of them may be.
    """

    origin: str
    size: int
    root: bytes
    months: tuple[str, ...]
    lost: tuple[str, ...]
    found: int
    missing_from_index: tuple[int, ...]
    beyond_leaves: tuple[int, ...]
    archived: int = 0
    archived_months: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether index and leaves agree, and no month is lost or may lie in an archive."""
        return not (self.missing_from_index or self.beyond_leaves or self.lost or self.archived_months)


class LogAltered(Exception):
    """The leaves do not have the root that the checkpoint signs; no answer from this log can be relied on."""


def find_indexed(reader: LogReader, tokens: Mapping[str, bytes]) -> list[FoundEntry]:
    """Return the entries under which the index has one of the references; `tokens` are by month.

    Raises:
        EntryUnreadable: one of them cannot be read.
    """
    if not tokens:  # a search without references would ask for nothing, and find everything
        return []
    return list(search(reader, Criteria(subjects=frozenset(tokens.values())), limit=sys.maxsize))


def rescan(
    reader: LogReader,
    tokens: Mapping[str, bytes],
    *,
    size: int,
    root: bytes,
    lost: tuple[str, ...] = (),
    covered: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Statement:
    """Walk over every leaf up to `size`, whose signed root is `root`, and compare with the index.

    Of the first `covered` entries, which recorded runs of retention cover, the bytes may have left for an archive: they
    prove the root and name nobody, and the months of which they may be are not answered in full.

    Raises:
        LogAltered: the leaves do not have that root.
        EntryUnreadable: an entry with references cannot be read, or one that no run covers has no bytes.
    """
    wanted = frozenset(tokens.values())
    tree, seen, archive = Tree(), set(), _Archive(covered)
    for rows in reader.rows(0, size):
        for expected, (index, _leaf, octets, *_) in enumerate(rows, tree.size):
            if index != expected:
                raise LogAltered(f"expected the entry {expected}, found {index}")
            if wanted and not wanted.isdisjoint(_references(index, octets)):
                seen.add(index)
        tree.extend([leaf_hash(octets) if octets else archive.take(at, leaf) for at, leaf, octets, *_ in rows])
        if archive.end and archive.until is None:
            archive.note_first([row for row in rows if row[2]])
        tree.forget(tree.size)
        progress(tree.size, size)
    if (tree.size, tree.root()) != (size, root):
        raise LogAltered(f"the {tree.size} leaves do not have the root of the checkpoint of {size}")
    listed = set(find_named(reader, Kind.SUBJECT, {month: [token] for month, token in tokens.items()}, size=size))
    return Statement(
        reader.origin,
        size,
        root,
        tuple(sorted(tokens)),
        lost,
        len(seen),
        tuple(sorted(seen - listed)),
        tuple(sorted(listed - seen)),
        archive.end,
        archive.list_months({*tokens, *lost}),
    )


class _Archive:
    """The entries without bytes, and the month in which those that still have them begin."""

    def __init__(self, covered: int) -> None:
        self._covered = covered
        self.end = 0
        self.until: str | None = None

    def take(self, index: int, leaf: bytes) -> bytes:
        """Return the stored leaf hash of an entry without bytes, which a run of retention must cover."""
        if index >= self._covered:
            raise EntryUnreadable(index, "has no bytes, and no recorded run of retention covers it")
        self.end = index + 1
        return leaf

    def note_first(self, rows: Sequence[StoredRow]) -> None:
        """Take the month of the first entry that has its bytes: those before it were written no later."""
        for index, _leaf, octets, *_ in rows[:1]:
            self.until = epoch_of(decode_shown(index, octets).number("time_utc_us"))

    def list_months(self, asked: Collection[str]) -> tuple[str, ...]:
        """Return the months asked for of which entries may lie in archives."""
        return tuple(sorted(month for month in asked if self.end and (self.until is None or month <= self.until)))


def is_withheld(entry: Entry, scenes: Set[str]) -> bool:
    """Tell whether the person's own answer only counts this entry."""
    return entry.text("scene") in scenes


def _references(index: int, octets: bytes) -> Collection[bytes]:
    """Return an entry's references without reading the rest of it; canonical JSON has the field at most once."""
    start = octets.find(_TOKENS)
    if start < 0:
        return ()
    start += len(_TOKENS)
    try:
        tokens = b64decode(octets[start : octets.index(b'"', start)], validate=True)
    except (Base64Error, ValueError):
        raise EntryUnreadable(index, "cannot be read: its references are no base64") from None
    if octets.count(_TOKENS) > 1:  # a text that looks like the field: read the entry itself
        return tokens_of(decode_shown(index, octets))
    return split(tokens)
