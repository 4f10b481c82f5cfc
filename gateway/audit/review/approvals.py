"""Whether an approval was used before: the log itself remembers, since every act under an approval names its digest.

The index of exchanges leads to these acts, so that looking does not depend on the length of the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.audit.review.shown import read_shown
from gateway.audit.storage.reader import LogReader


@dataclass(frozen=True, slots=True)
class ApprovalUse:
    """An act that was done under an approval: the index of its entry, and its action."""

    index: int
    action: str


def list_uses(reader: LogReader, digest: str, exchange_id: str) -> Iterator[ApprovalUse]:
    """Yield the acts that name an approval by its digest and still have their bytes, the newest first.

    `exchange_id` is the one that such acts bear.

    Raises:
        EntryUnreadable: such an entry is not as it was written.
    """
    for row in reader.exchange_down(exchange_id):
        if not row.octets:
            return
        entry = read_shown(row.index, row.leaf_hash, row.octets)
        if entry.text("approval") == digest:
            yield ApprovalUse(row.index, entry.text("action"))
