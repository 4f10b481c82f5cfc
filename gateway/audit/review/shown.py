"""The one way by which an entry of a log is shown: its bytes have the stored leaf hash, and are an entry of the schema.

What is searched, listed, exported, compared or opened goes through here, so that none of these shows an entry that
`verify` would refuse. That the leaf hash itself is that of the signed tree is the verification's to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.audit.entries.entry import Entry, EntryInvalid, decode
from gateway.audit.storage.reader import LogReader, StoredRow
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.tree import leaf_hash


class EntryUnreadable(StoreInvalid):
    """An entry that is looked at is not as it was written; `index` says which. The log must be verified."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(f"the entry {index} {why}")
        self.index = index


def require_leaf(index: int, leaf: bytes, octets: bytes) -> None:
    """Return if the bytes of an entry have the leaf hash that is stored beside them.

    Raises:
        EntryUnreadable: they have not.
    """
    if leaf_hash(octets) != leaf:
        raise EntryUnreadable(index, "does not have its stored leaf hash")


def read_shown(index: int, leaf: bytes, octets: bytes) -> Entry:
    """Return the entry of a row, which has its stored leaf hash.

    Raises:
        EntryUnreadable: it has not, or is no entry of the schema.
    """
    require_leaf(index, leaf, octets)
    return decode_shown(index, octets)


def decode_shown(index: int, octets: bytes) -> Entry:
    """Return the entry that bytes are whose leaf hash was compared; raises EntryUnreadable where they are none."""
    try:
        return decode(octets)
    except EntryInvalid as error:
        raise EntryUnreadable(index, f"cannot be read: {error}") from error


def shown_rows(reader: LogReader, start: int, end: int, pruned: int) -> Iterator[list[StoredRow]]:
    """Yield the rows from `start` to before `end` that have bytes, each of which has its stored leaf hash.

    Rows of the first `pruned` entries, which left for an archive, are passed over where they have no bytes.

    Raises:
        EntryUnreadable: one has not.
    """
    for rows in reader.rows(start, end):
        held = [row for row in rows if row[2] or row[0] >= pruned]
        for row in held:
            require_leaf(row[0], row[1], row[2])
        yield held
