"""Which entries of a log go into a bundle: spans of indexes, (start, end), in order and apart.

What a person writes includes both ends; a span here does not include its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from gateway.audit.entries.entry import Phase
from gateway.audit.storage.reader import LogReader

Span = tuple[int, int]
MOST_PARTS: Final = 10_000
"""Parts of a list of indexes, exchanges of which another log's entries are looked up."""
_PART: Final = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


class ChoiceInvalid(Exception):
    """A choice of entries is none, or one that cannot be made; the message says why."""


def parse_indexes(text: str) -> list[Span]:
    """Return the spans of a list of indexes and ranges such as 3,9,40-52, both ends included.

    Raises:
        ChoiceInvalid: it is no such list.
    """
    parts = text.split(",")
    if len(parts) > MOST_PARTS:
        raise ChoiceInvalid(f"expected at most {MOST_PARTS} indexes and ranges, found {len(parts)}")
    spans = []
    for part in parts:
        found = _PART.fullmatch(part.strip())
        if found is None or int(found[2] or found[1]) < int(found[1]):
            raise ChoiceInvalid("expected indexes and ranges such as 3,9,40-52, found another form")
        spans.append((int(found[1]), int(found[2] or found[1]) + 1))
    return spans


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order and apart that cover the same indexes; those that touch become one."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def count_entries(spans: Iterable[Span]) -> int:
    """Return how many indexes spans that lie apart have."""
    return sum(end - start for start, end in spans)


def cut_spans(spans: Iterable[Span], size: int) -> list[Span]:
    """Return what of the spans lies before `size`."""
    return [(start, min(end, size)) for start, end in spans if start < size]


def find_exchange(reader: LogReader, exchange_id: str) -> list[Span]:
    """Return the entries of one exchange."""
    return [(row.index, row.index + 1) for row in reader.exchange(exchange_id)]


def find_window(reader: LogReader, since_us: int, until_us: int) -> list[Span]:
    """Return the entries of a window of time, `until_us` not included."""
    first, end = reader.window(since_us, until_us)
    spans: list[Span] = []
    for index, time_us in reader.times(first, end):
        if since_us <= time_us < until_us:
            if spans and spans[-1][1] == index:
                spans[-1] = (spans[-1][0], index + 1)
            else:
                spans.append((index, index + 1))
    return spans


def list_exchanges(reader: LogReader, spans: Sequence[Span]) -> list[str]:
    """Return the exchanges of which some entries are, in their order; an act is of none, though it may bear an id.

    Raises:
        ChoiceInvalid: they are too many.
    """
    found: dict[str, None] = {}
    for start, end in spans:
        for rows in reader.rows(start, end):
            found.update(dict.fromkeys(str(row[4]) for row in rows if row[4] and row[3] != Phase.ADMIN))
            if len(found) > MOST_PARTS:
                raise ChoiceInvalid(f"expected entries of at most {MOST_PARTS} exchanges, found more")
    return list(found)
