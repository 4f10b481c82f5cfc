"""Reads back from a log which documents were ever in force on its node, and which of them only its oldest part names.

Only the entries that name documents are read, by the index of exchanges, however long the log is. Before the oldest
entries leave for an archive, what only they name is recorded again, so that a log always has the whole.
"""

from __future__ import annotations

from gateway.audit.entries.documents import DOCUMENTS_ID
from gateway.audit.entries.entry import EntryInvalid, decode
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.tree import leaf_hash
from gateway.ground.documents import NumberedDocument, Standing


def read_standing(reader: LogReader, start: int = 0) -> Standing:
    """Return the documents that were in force, by the entries from `start` on that still have their bytes.

    Raises:
        StoreInvalid: such an entry is not as it was written.
    """
    standing = Standing()
    for row in reader.exchange(DOCUMENTS_ID):
        if row.index < start or not row.octets:
            continue
        try:
            if leaf_hash(row.octets) != row.leaf_hash:
                raise EntryInvalid("its bytes are not those of its leaf")
            standing.take([NumberedDocument.parse(text) for text in decode(row.octets).names("documents")])
        except (EntryInvalid, ValueError) as error:
            raise StoreInvalid(f"entry {row.index} names documents: {error}. Run chuanyu audit verify") from error
    return standing


def list_only_before(reader: LogReader, end: int) -> tuple[NumberedDocument, ...]:
    """Return the documents that no entry from `end` on names: they are recorded again before what is older leaves."""
    return read_standing(reader).beyond(read_standing(reader, end))
