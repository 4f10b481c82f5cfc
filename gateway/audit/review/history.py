"""The consultations of a person's data (谁看过我的数据): all entries that name a cardholder, proven complete.

Each province names a person by a keyed reference of the month. The index answers at once; the proof of completeness
needs no trust in the index: every leaf of the log is hashed anew, the tree of those hashes must have the root of the
signed checkpoint, and in that same walk every entry that bears one of the references is noted. The walk must find
exactly what the index said. Months whose keys were destroyed cannot be answered any more, and the statement names them.

Some consultations the law lets be withheld from the person (个人信息保护法 arts. 18, 35): those of the scenes that the
province has named. A reviewer sees them; the person's own answer counts them and tells no more.
"""

from __future__ import annotations

import sys
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries.entry import Entry
from gateway.audit.entries.references import split, tokens_of
from gateway.audit.review.search import Criteria, FoundEntry, search
from gateway.audit.review.shown import EntryUnreadable, decode_shown
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.tree import Tree, leaf_hash

_TOKENS: Final = b'"subject_tokens":"'


@dataclass(frozen=True, slots=True)
class Statement:
    """The result of the walk over the log. `complete` says whether the answer is all there is under `root`.

    `months` are those that could be answered, `lost` those whose keys were destroyed.
    """

    origin: str
    size: int
    root: bytes
    months: tuple[str, ...]
    lost: tuple[str, ...]
    found: int
    missing_from_index: tuple[int, ...]
    beyond_leaves: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Whether index and leaves agree, and no month is lost."""
        return not (self.missing_from_index or self.beyond_leaves or self.lost)


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
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Statement:
    """Walk over every leaf up to `size`, whose signed root is `root`, and compare with the index.

    Entries that have left for an archive are beyond the retention: they prove the root and name nobody.

    Raises:
        LogAltered: the leaves do not have that root.
        EntryUnreadable: an entry with references cannot be read.
    """
    wanted = frozenset(tokens.values())
    tree, seen, pruned = Tree(), set(), reader.pruned()
    for rows in reader.rows(0, size):
        for expected, (index, _leaf, octets, *_) in enumerate(rows, tree.size):
            if index != expected:
                raise LogAltered(f"expected the entry {expected}, found {index}")
            if wanted and not wanted.isdisjoint(_references(index, octets)):
                seen.add(index)
        tree.extend([leaf if at < pruned and not octets else leaf_hash(octets) for at, leaf, octets, *_ in rows])
        tree.forget(tree.size)
        progress(tree.size, size)
    if (tree.size, tree.root()) != (size, root):
        raise LogAltered(f"the {tree.size} leaves do not have the root of the checkpoint of {size}")
    listed = set(reader.indexes_of(wanted, 0, size))
    return Statement(
        reader.origin,
        size,
        root,
        tuple(sorted(tokens)),
        lost,
        len(seen),
        tuple(sorted(seen - listed)),
        tuple(sorted(listed - seen)),
    )


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
