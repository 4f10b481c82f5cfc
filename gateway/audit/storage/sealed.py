"""Reads who is named in which entries: from the stored pairs of sealed segments, and from the entries that none covers.

The pairs of a segment stand in order in pages of 256, so that a page's pairs are the leaves of one whole node of the
segment's tree. Its directory has the first pair and the hash of each page: one page is read for a token, and a proof
needs the leaves of that page and the hashes of the others. Nothing read here is verified: a proof is, by whoever gets
it, against the root that the segment's seal has in the log.
"""

from __future__ import annotations

from base64 import b64decode
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

import orjson

from gateway.audit.entries.entry import EntryInvalid, decode
from gateway.audit.entries.references import reference_department, split
from gateway.audit.entries.seals import SEALS_ID, SealKind, Segment, read_seal
from gateway.audit.storage.reader import MAX_INDEX, LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.pairs import PAIR_SIZE, Kind, PairProof
from gateway.audit.tlog.proofs import split as divide
from gateway.audit.tlog.rangeproof import range_proof
from gateway.audit.tlog.tiles import TILE_WIDTH, levels_of
from gateway.audit.tlog.tree import HASH_SIZE, leaf_hash, root_of

__all__ = ["PageLayout", "Pages", "Segment", "find_named", "list_segments", "prove", "uncovered"]

PAGE_PAIRS: Final = TILE_WIDTH
"""Pairs of a page."""
_LINE: Final = PAIR_SIZE + HASH_SIZE
_INDEX_SIZE: Final = 8
_AT: Final = PAIR_SIZE - _INDEX_SIZE
"""Where the index stands in a pair."""
_LEFT: Final = bytes(_INDEX_SIZE)
_RIGHT: Final = b"\xff" * _INDEX_SIZE


def list_segments(reader: LogReader) -> Sequence[Segment]:
    """Return the segments that cover a log without overlap, in order: its months, then the runs since the last of them.

    Entries before the first have left for an archive, those after the last are not sealed yet.

    Raises:
        StoreInvalid: a seal cannot be read.
    """
    months = _read_seals(reader, SealKind.MONTH)
    covered = months[-1].end if months else 0
    after = months[-1].act if months else -1
    runs = [run for run in _read_seals(reader, SealKind.RUN, after) if run.first >= covered]
    return [*months, *runs]


def _read_seals(reader: LogReader, kind: SealKind, after: int = -1) -> list[Segment]:
    seals = []
    for row in reader.exchange(SEALS_ID[kind], after=after):
        if not row.octets:
            continue
        try:
            if leaf_hash(row.octets) != row.leaf_hash:
                raise EntryInvalid("it does not have its stored leaf hash")
            seals.append(read_seal(decode(row.octets), row.index))
        except EntryInvalid as error:
            raise StoreInvalid(f"the seal in entry {row.index} cannot be read: {error}") from error
    return seals


class PageLayout:
    """The pages, the directory and the root of pairs that are given in order."""

    def __init__(self) -> None:
        self.pairs = 0
        self._lines: list[bytes] = []
        self._hashes: list[bytes] = []

    def add(self, page: Sequence[bytes], leaves: Sequence[bytes]) -> tuple[int, bytes]:
        """Add the next pairs, as many as a page has, or fewer at the end, with their leaf hashes.

        Returns:
            The page's number and its bytes.
        """
        value = root_of(leaves)
        self._lines.append(page[0] + value)
        self._hashes.append(value)
        self.pairs += len(page)
        return len(self._lines) - 1, b"".join(page)

    @property
    def directory(self) -> bytes:
        """The directory of all pages."""
        return b"".join(self._lines)

    def root(self) -> bytes:
        """Return the root over all pairs."""
        return root_of(self._hashes)


class Pages:
    """The stored pairs of one segment; a page is read when it is needed."""

    def __init__(self, reader: LogReader, segment: Segment) -> None:
        """Read the directory.

        Raises:
            StoreInvalid: it is not stored, or not that of so many pairs.
        """
        self._reader = reader
        self._segment = segment
        self._last: tuple[int, list[bytes]] = -1, []
        directory = reader.pair_directory(segment.kind.code, segment.first) if segment.pairs else b""
        if directory is None or len(directory) != _LINE * -(-segment.pairs // PAGE_PAIRS):
            raise self._broken("their directory is missing, or another")
        self.directory = directory
        lines = range(0, len(directory), _LINE)
        self._lows = [directory[at : at + PAIR_SIZE] for at in lines]
        self.hashes = [directory[at + PAIR_SIZE : at + _LINE] for at in lines]

    def __len__(self) -> int:
        return len(self._lows)

    def page(self, number: int) -> list[bytes]:
        """Return the pairs of a page; raises StoreInvalid as `octets` does."""
        if self._last[0] != number:
            octets = self.octets(number)
            self._last = number, [octets[at : at + PAIR_SIZE] for at in range(0, len(octets), PAIR_SIZE)]
        return self._last[1]

    def octets(self, number: int) -> bytes:
        """Return the pairs of a page end to end.

        Raises:
            StoreInvalid: it is not stored, or not of so many pairs.
        """
        segment = self._segment
        octets = self._reader.pair_page(segment.kind.code, segment.first, number)
        if octets is None or len(octets) != PAIR_SIZE * min(PAGE_PAIRS, segment.pairs - number * PAGE_PAIRS):
            raise self._broken(f"page {number} is missing, or another")
        return octets

    def items(self) -> Iterator[bytes]:
        """Yield each pair with its leaf hash behind it, in order.

        Raises:
            StoreInvalid: the pairs do not have the root that was sealed.
        """
        if root_of(self.hashes) != self._segment.root:
            raise self._broken("they do not have the root that was sealed")
        for number in range(len(self)):
            leaves = self._levels(number)[0]
            yield from (pair + leaf for pair, leaf in zip(self.page(number), leaves, strict=True))

    def cut(self, kind: Kind, token: bytes) -> tuple[int, list[bytes]]:
        """Return all pairs of a token and the neighbour on each side, as far as there is one, and the first's place."""
        if not self._lows:
            return 0, []
        low, high = kind.value + token + _LEFT, kind.value + token + _RIGHT
        first = max(bisect_right(self._lows, low) - 1, 0)
        last = max(bisect_right(self._lows, high) - 1, 0)
        pairs = [pair for number in range(first, last + 1) for pair in self.page(number)]
        start, end = bisect_left(pairs, low), bisect_left(pairs, high)
        place = first * PAGE_PAIRS
        if start:
            start -= 1
        elif first:
            pairs = [self.page(first - 1)[-1], *pairs]
            place, end = place - 1, end + 1
        if end == len(pairs) and last + 1 < len(self):
            pairs.append(self.page(last + 1)[0])
        return place + start, pairs[start : end + 1]

    def path(self, start: int, end: int) -> tuple[bytes, ...]:
        """Return the hashes that prove the pairs from `start` to before `end`, from the tree's left to its right.

        A page is a whole node of the tree, or its last part, so the tree over their hashes is its upper part.

        Raises:
            StoreInvalid: a page that is needed is not stored, or does not have its hash.
        """
        proof: list[bytes] = []

        def walk(low: int, high: int) -> None:
            first, after = low * PAGE_PAIRS, min(high * PAGE_PAIRS, self._segment.pairs)
            if after <= start or end <= first:
                proof.append(root_of(self.hashes[low:high]))
            elif high - low > 1:
                middle = divide(low, high)
                walk(low, middle)
                walk(middle, high)
            elif first < start or end < after:
                levels = self._levels(low)
                within = (max(start - first, 0), min(end, after) - first)
                proof.extend(range_proof([within], after - first, lambda level, number: levels[level][number]))

        walk(0, len(self))
        return tuple(proof)

    def _levels(self, number: int) -> list[list[bytes]]:
        """Return the whole nodes over a page's pairs, the leaves first, which have the hash of the directory."""
        page = self.page(number)
        levels = levels_of([sha256(b"\x00" + pair).digest() for pair in page])
        value = levels[-1][0] if len(page) == PAGE_PAIRS else root_of(levels[0])
        if value != self.hashes[number] or page[0] != self._lows[number]:
            raise self._broken(f"page {number} does not have its hash")
        return levels

    def _broken(self, why: str) -> StoreInvalid:
        segment = self._segment
        return StoreInvalid(
            f"the pairs of the entries {segment.first} to {segment.end - 1} cannot be read: {why}. "
            "Run chuanyu audit verify"
        )


def prove(reader: LogReader, segment: Segment, kind: Kind, token: bytes) -> PairProof:
    """Return the proof of all entries of a segment that bear a token.

    Raises:
        StoreInvalid: its pairs are not stored as they must be.
    """
    pages = Pages(reader, segment)
    start, pairs = pages.cut(kind, token)
    path = pages.path(start, start + len(pairs)) if pairs else ()
    return PairProof(start, tuple(pairs), path)


def uncovered(segments: Sequence[Segment], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the entries from `start` to before `end` that no segment covers, in order."""
    for segment in segments:
        if start < segment.first:
            yield start, min(segment.first, end)
        start = max(start, segment.end)
        if start >= end:
            return
    if start < end:
        yield start, end


def find_named(
    reader: LogReader, kind: Kind, tokens: Mapping[str, Collection[bytes]], *, size: int = MAX_INDEX
) -> list[int]:
    """Return the indexes of the entries that bear one of some tokens, in order, as far as they have their bytes.

    Args:
        reader: the log.
        kind: of whom the tokens are.
        tokens: of 16 bytes each, by the month under whose key they were made; an empty name stands for any month.
        size: how many entries are looked at, at most.

    Raises:
        StoreInvalid: the stored pairs are not as they must be, or an entry that none covers cannot be read.
    """
    every = frozenset(token for named in tokens.values() for token in named)
    if not every:
        return []
    start, end = reader.pruned(), min(reader.count(), size)
    segments = list_segments(reader)
    found: set[int] = set()
    for segment in segments:
        wanted = {token for month in ("", *segment.months) for token in tokens.get(month, ())}
        if wanted and segment.first < end and start < segment.end:
            pages = Pages(reader, segment)
            for prefix, pairs in ((kind.value + token, pages.cut(kind, token)[1]) for token in wanted):
                found.update(int.from_bytes(pair[_AT:]) for pair in pairs if pair.startswith(prefix))
    for low, high in uncovered(segments, start, end):
        found.update(_scan(reader, kind, every, low, high))
    return sorted(index for index in found if start <= index < end)


_MARKS: Final = {
    Kind.SUBJECT: b'"subject_tokens":"',
    Kind.OPERATOR: b'"operator_ref":"',
    Kind.DEPARTMENT: b'"consumer_department":"',
}
"""Stands in each entry that names such; canonical JSON has the field at most once, and no text has unescaped quotes."""


def _scan(reader: LogReader, kind: Kind, tokens: frozenset[bytes], low: int, high: int) -> Iterator[int]:
    for rows in reader.rows(low, high):
        for row in rows:
            index, octets = row[0], row[2]
            try:
                if not tokens.isdisjoint(_read_tokens(kind, octets)):
                    yield index
            except ValueError as error:
                raise StoreInvalid(f"the entry {index} cannot be read: {error}. Run chuanyu audit verify") from error


def _read_tokens(kind: Kind, octets: bytes) -> Sequence[bytes]:
    """Return the tokens of a kind in an entry's bytes, without reading the rest of it."""
    start = octets.find(_MARKS[kind])
    if start < 0:
        return ()
    start += len(_MARKS[kind])
    value = octets[start : octets.index(b'"', start)]
    if kind is Kind.SUBJECT:
        return split(b64decode(value, validate=True))
    if kind is Kind.OPERATOR:
        return (bytes.fromhex(value.decode()),) if value else ()
    department = orjson.loads(octets)["consumer_department"] if b"\\" in value else value.decode()
    return (reference_department(department),) if department else ()
