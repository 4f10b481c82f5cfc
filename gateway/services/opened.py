"""Opens the bodies of a person's history: each exchange's once, under the one approval of the question.

Two persons have allowed it for the person, not for each entry: so only bodies of exchanges whose entries bear the
person's own reference are opened. What cannot be opened any more is left out, and who asks counts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.audit.entries.bodies import Body, BodyInvalid
from gateway.audit.entries.entry import Phase
from gateway.audit.review.review_keys import ReviewKeys
from gateway.audit.review.shown import read_shown
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import find_named
from gateway.audit.tlog.pairs import Kind

MAX_OPENED: Final = 10_000
"""Bodies that one question opens at most."""


def open_found(reader: LogReader, desk: ReviewKeys, tokens: Mapping[str, bytes]) -> list[tuple[int, Body]]:
    """Return the bodies of the exchanges whose entries bear a reference of a person, each with its entry.

    `tokens` are the references by month. Blocks on the log.

    Raises:
        StoreInvalid: an entry on the way is not as it was written.
    """
    opened: list[tuple[int, Body]] = []
    for index in _find_bearers(reader, tokens):
        if len(opened) == MAX_OPENED:
            break
        try:
            opened.append((index, desk.open_body(reader, index)))
        except BodyInvalid:
            continue  # the month was destroyed: the entry stays, and what it rested on is gone
    return opened


def _find_bearers(reader: LogReader, tokens: Mapping[str, bytes]) -> Iterator[int]:
    """Yield the entries that have the bodies, each once, in the order of the log."""
    exchanges: set[str] = set()
    for index in find_named(reader, Kind.SUBJECT, {month: frozenset({token}) for month, token in tokens.items()}):
        row = reader.entry(index)
        entry = read_shown(index, row.leaf_hash, row.octets)
        if entry.phase is Phase.ADMIN or entry.exchange_id in exchanges:
            continue
        exchanges.add(entry.exchange_id)
        rows = reader.exchange(entry.exchange_id)
        yield from (
            one.index for one in rows if one.octets and read_shown(one.index, one.leaf_hash, one.octets).has_body
        )
