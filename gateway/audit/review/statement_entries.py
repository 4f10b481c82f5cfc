"""Reads the entries that a history statement shows: their leaves, who bears a token in the tail, what is kept of them.

Pure. An entry of the tail is looked through by its one field that may name whom the statement is about; only those that
bear a token, and those that prove something, are read whole and kept.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries.entry import Entry, EntryInvalid, decode
from gateway.audit.entries.references import epoch_of, pairs_of, reference_department, split
from gateway.audit.review.statement import Claim, StatementInvalid
from gateway.audit.tlog.note import Checkpoint
from gateway.audit.tlog.pairs import TOKEN_SIZE, Kind
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.tlog.rangeproof import range_root
from gateway.audit.tlog.tree import leaf_hash

_TRACES: Final = {
    Kind.SUBJECT: b'"subject_tokens":"',
    Kind.OPERATOR: b'"operator_ref":"',
    Kind.DEPARTMENT: b'"consumer_department":"',
}


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry of the history."""

    index: int
    octets: bytes
    entry: Entry


def take_line(lines: Iterator[bytes]) -> bytes:
    """Return the next line; raises StatementInvalid where there is none."""
    line = next(lines, None)
    if line is None:
        raise StatementInvalid("expected more lines: the statement was cut short")
    return line


class ShownEntries:
    """The entries that a statement shows, as they are read; `named` are those of the tail that bear a token.

    `first_month` is that of the log's first entry where the tail begins with it.
    """

    def __init__(self, claim: Claim, checkpoint: Checkpoint, acts: set[int]) -> None:
        self._claim = claim
        self._checkpoint = checkpoint
        self._wanted = frozenset(claim.tokens.values())
        self._leaves: list[tuple[int, list[bytes]]] = []
        self.acts = acts
        self.kept: dict[int, ProvenEntry] = {}
        self.named: set[int] = set()
        self.first_month = ""

    def read(self, lines: Iterator[bytes]) -> None:
        """Take all entries, and that nothing follows them; the tail is looked through on the way."""
        claim = self._claim
        for start, end in claim.ranges:
            leaves: list[bytes] = []
            self._leaves.append((start, leaves))
            for index in range(start, end):
                octets = take_line(lines)
                leaves.append(leaf_hash(octets))
                in_tail = index >= claim.tail
                named = in_tail and bears(index, octets, claim.kind, self._wanted)
                if index == 0 and in_tail:
                    self.first_month = epoch_of(_decode(index, octets, claim.origin).number("time_utc_us"))
                if named:
                    self.named.add(index)
                if named or not in_tail or index in self.acts:
                    self.kept[index] = ProvenEntry(index, octets, _decode(index, octets, claim.origin))
        if next(lines, None) is not None:
            raise StatementInvalid("expected no line after the entries, found one")

    def require_root(self) -> None:
        """Return if the entries lead to the root of the checkpoint."""
        try:
            root = range_root(self._leaves, self._checkpoint.size, self._claim.hashes)
        except ProofInvalid as error:
            raise StatementInvalid(f"the entries are not proven: {error}") from error
        if root != self._checkpoint.root:
            raise StatementInvalid("the entries do not lead to the root of the checkpoint")


def bears(index: int, octets: bytes, kind: Kind, tokens: frozenset[bytes]) -> bool:
    """Tell whether an entry bears one of the tokens.

    An entry without a backslash has no escapes: what its JSON names stands in its bytes as it is, once, so that one
    which names others, or nobody, need not be read further.

    Raises:
        StatementInvalid: it cannot be read.
    """
    try:
        if b"\\" not in octets and octets.count(_TRACES[kind]) < 2 and tokens.isdisjoint(_peek(octets, kind)):
            return False
        pairs = pairs_of(decode(octets), index)
    except (EntryInvalid, ValueError) as error:
        raise StatementInvalid(f"the entry {index} cannot be read: {error}") from error
    return not tokens.isdisjoint(pair[1 : 1 + TOKEN_SIZE] for pair in pairs if pair[:1] == kind.value)


def _peek(octets: bytes, kind: Kind) -> Collection[bytes]:
    """Return the tokens of a kind in an entry without escapes, without reading the rest of it."""
    start = octets.find(_TRACES[kind])
    if start < 0:
        return ()
    start += len(_TRACES[kind])
    value = octets[start : octets.index(b'"', start)]
    if kind is Kind.SUBJECT:
        references = b64decode(value, validate=True)
        if len(references) % TOKEN_SIZE:
            raise ValueError("its references are not whole")
        return split(references)
    if kind is Kind.OPERATOR:
        return (bytes.fromhex(value.decode()),)
    return (reference_department(value.decode()),) if value else ()


def _decode(index: int, octets: bytes, origin: str) -> Entry:
    try:
        entry = decode(octets)
    except EntryInvalid as error:
        raise StatementInvalid(f"the entry {index} cannot be read: {error}") from error
    if entry.text("origin") != origin:
        raise StatementInvalid(f"the entry {index} is of another log")
    return entry
