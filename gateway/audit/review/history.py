"""Makes the history of a person, an official or a department: all entries that name them, with what proves that.

The sealed segments of the log answer from their sorted pairs, what no seal covers yet is handed over whole, and every
entry comes with its place under one checkpoint (`statement`). Whoever asks checks it himself (`completeness`): nothing
here has to be believed. Months whose keys were destroyed cannot be answered any more; segments whose entries have left
for an archive are named as such, unless the archives are at hand.

Some consultations the law lets be withheld from the person (个人信息保护法 arts. 18, 35): those of the scenes that the
province has named. A reviewer sees them; the person's own answer counts them and tells no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from gateway.audit.entries.entry import Entry
from gateway.audit.entries.references import pairs_of, reference_department
from gateway.audit.entries.seals import Segment
from gateway.audit.review.completeness import RETAIN, covers
from gateway.audit.review.shown import EntryUnreadable, read_shown
from gateway.audit.review.statement import (
    MAX_FOUND,
    MAX_TAIL,
    NONCE_SIZE,
    NONE,
    Claim,
    SegmentPart,
    commit_question,
    encode_claim,
    encode_segment,
)
from gateway.audit.review.whole import WholeLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import parse_checkpoint, parse_note
from gateway.audit.tlog.pairs import Kind, PairProof, nodes_of, parse_pair
from gateway.audit.tlog.pairs import prove as prove_pairs
from gateway.audit.tlog.rangeproof import range_proof

Prove = Callable[[LogReader, Segment, Kind, bytes], PairProof]
"""Gives the proof for a token in a segment whose pairs are stored."""


class HistoryTooLong(Exception):
    """More entries than one statement may show; fewer months have fewer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose history: the token of each month, and the months of which there is none any more.

    `withheld_scenes`, sorted, are those of which the person is told only how many there were, as the node's settings
    are now. `nonce` is the random number under which the act commits to it all; none where a log on disk is read.
    """

    kind: Kind
    tokens: Mapping[str, bytes]
    lost: tuple[str, ...] = ()
    name: str = ""
    nonce: bytes = bytes(NONCE_SIZE)
    withheld_scenes: tuple[str, ...] = ()

    def commitment(self) -> str:
        """Return what the act commits to, in hex."""
        return commit_question(self.nonce, self.kind, self.name, self.tokens, self.lost, self.withheld_scenes)


def ask_department(code: str, months: Iterable[str]) -> Asked:
    """Return whose history that of a department is: its token needs no key."""
    return Asked(Kind.DEPARTMENT, dict.fromkeys(months, reference_department(code)), name=code)


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement but for its entries: the lines before them, and where they stand."""

    lines: tuple[bytes, ...]
    ranges: tuple[tuple[int, int], ...]


def plan_history(
    log: WholeLog,
    asked: Asked,
    note: bytes,
    segments: Sequence[Segment],
    prove: Prove,
    *,
    act: int = NONE,
) -> Plan:
    """Return what a statement under a checkpoint says before its entries.

    Args:
        log: the log, with the archives that are at hand.
        asked: whose history.
        note: the checkpoint, which covers the act and the seals of all segments.
        segments: those that cover the log without overlap, in order.
        prove: gives the proof for a token in one of them.
        act: the index of the act by which this was asked for.

    Raises:
        HistoryTooLong: more entries bear the tokens than one statement may show, or no seal covers too many.
    """
    size = parse_checkpoint(parse_note(note).text).size
    archived = log.pruned
    tail = segments[-1].end if segments else archived
    if size - tail > MAX_TAIL:
        raise HistoryTooLong(f"expected at most {MAX_TAIL} entries after the last seal, found {size - tail}")
    kept = [one for one in segments if not log.gaps(one.act, one.act + 1)]
    parts, shown = [], {act} - {NONE}
    for segment in kept:
        part, found = _prove(log, asked, segment, prove)
        parts.append(part)
        shown |= found
        if len(shown) > MAX_FOUND:
            raise HistoryTooLong(f"expected at most {MAX_FOUND} entries, found more")
    retained = find_retention(log.reader, archived) if archived else NONE
    ranges = _join({*shown, *(one.act for one in kept), *range(tail, size), *({retained} - {NONE})})
    hashes = range_proof(ranges, size, log.reader.node)
    claim = Claim(
        log.origin, asked.kind, asked.name, asked.tokens, asked.lost, note, ranges, hashes, len(parts), tail, act,
        archived, retained, asked.withheld_scenes, asked.nonce,
    )  # fmt: skip
    return Plan((encode_claim(claim), *map(encode_segment, parts)), ranges)


def read_entries(log: WholeLog, ranges: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """Yield the bytes of the entries of some ranges, each of which has its stored leaf hash.

    Raises:
        EntryUnreadable: one has not, or has left for an archive that is not at hand.
    """
    for start, end in ranges:
        at = start
        for rows in log.rows(start, end):
            for index, _, octets in rows:
                if index != at:
                    break
                at += 1
                yield octets
        if at != end:
            raise EntryUnreadable(at, "has left for an archive that is not at hand")


def write_statement(log: WholeLog, plan: Plan) -> Iterator[bytes]:
    """Yield the lines of a statement; raises EntryUnreadable as `read_entries`."""
    yield from plan.lines
    yield from read_entries(log, plan.ranges)


def is_withheld(entry: Entry, scenes: Set[str]) -> bool:
    """Tell whether the person's own answer only counts this entry."""
    return entry.text("scene") in scenes


def _prove(log: WholeLog, asked: Asked, segment: Segment, prove: Prove) -> tuple[SegmentPart, set[int]]:
    """Return the part of a segment, and the entries that it names and that can be shown."""
    needed = sorted(asked.tokens.keys() & set(segment.months))
    proofs: dict[str, PairProof] = {}
    if segment.end > log.pruned:
        proofs = {month: prove(log.reader, segment, asked.kind, asked.tokens[month]) for month in needed}
    elif needed:
        if log.gaps(segment.first, segment.end):
            return SegmentPart(segment.act, {}, archived=True), set()
        pairs = _read_pairs(log, segment)
        node = nodes_of(pairs)
        proofs = {month: prove_pairs(pairs, asked.kind, asked.tokens[month], node) for month in needed}
    named = {
        pair.index
        for month, proof in proofs.items()
        for pair in map(parse_pair, proof.pairs)
        if (pair.kind, pair.token) == (asked.kind, asked.tokens[month])
    }
    return SegmentPart(segment.act, proofs), {one for one in named if not log.gaps(one, one + 1)}


def _read_pairs(log: WholeLog, segment: Segment) -> list[bytes]:
    """Return the sorted pairs of a segment whose entries lie in archives that are at hand."""
    pairs: list[bytes] = []
    for rows in log.rows(segment.first, segment.end):
        for index, leaf, octets in rows:
            pairs += pairs_of(read_shown(index, leaf, octets), index)
    return sorted(pairs)


def find_retention(reader: LogReader, archived: int) -> int:
    """Return the index of the first act of retention that covers all archived entries; raises EntryUnreadable."""
    for row in reader.acts():
        entry = read_shown(row.index, row.leaf_hash, row.octets)
        if entry.text("action") == RETAIN and covers(entry, archived):
            return row.index
    raise EntryUnreadable(archived - 1, "has no bytes, and no recorded run of retention covers it")


def _join(indexes: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return the ranges of indexes, in order and apart."""
    ranges: list[tuple[int, int]] = []
    for index in sorted(indexes):
        if ranges and ranges[-1][1] == index:
            ranges[-1] = (ranges[-1][0], index + 1)
        else:
            ranges.append((index, index + 1))
    return tuple(ranges)
