"""The sorted pairs of a segment of the log, and the proof that some of them are all that a token has there.

Pure. A pair says that an entry names somebody: the kind of whom (1 byte), the token (16), the entry's index (8, big
endian). The pairs of a segment, sorted bytewise, are the leaves of a tree of RFC 6962 whose root stands in the log. All
pairs of one token lie together, so a slice of the sorted pairs that begins with a smaller pair than the token's, or at
the first of all, and ends with a greater one, or at the last of all, holds every pair of the token: a proof of presence
and of absence alike. It is not checked here that a root was signed, nor that the pairs are those of the entries.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.audit.tlog.proofs import ProofInvalid, ReadNode
from gateway.audit.tlog.rangeproof import range_proof, range_root
from gateway.audit.tlog.tree import EMPTY_ROOT, HASH_SIZE, leaf_hash, node_hash, root_of

TOKEN_SIZE: Final = 16
"""Bytes of a token."""
PAIR_SIZE: Final = 25
"""Bytes of a pair."""
MAX_PAIRS: Final = 1 << 32
"""No segment has as many pairs."""
_INDEX_SIZE: Final = 8
_LEFT: Final = bytes(_INDEX_SIZE)
_RIGHT: Final = b"\xff" * _INDEX_SIZE


class Kind(Enum):
    """Whom a token names."""

    SUBJECT = b"S"
    OPERATOR = b"O"
    DEPARTMENT = b"D"


_KINDS: Final = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Pair:
    """A token and the index of an entry that bears it."""

    kind: Kind
    token: bytes
    index: int


@dataclass(frozen=True, slots=True)
class PairProof:
    """A slice of the sorted pairs of a segment, the place of its first, and the hashes of what lies outside.

    The hashes stand from the tree's left to its right (see `rangeproof`). A segment without pairs has an empty proof.
    """

    start: int
    pairs: tuple[bytes, ...]
    path: tuple[bytes, ...]


def make_pair(kind: Kind, token: bytes, index: int) -> bytes:
    """Return a pair's bytes.

    Raises:
        ValueError: unless the token has 16 bytes and the index is from 0 to 2^63 - 1.
    """
    if len(token) != TOKEN_SIZE or not 0 <= index < 1 << 63:
        raise ValueError(f"expected a token of {TOKEN_SIZE} bytes and an index below 2^63")
    return bytes(kind.value + token + index.to_bytes(_INDEX_SIZE))


def parse_pair(octets: bytes) -> Pair:
    """Read a pair.

    Raises:
        ProofInvalid: when it is none.
    """
    if len(octets) != PAIR_SIZE or octets[:1] not in _KINDS or octets[1 + TOKEN_SIZE] & 0x80:
        raise ProofInvalid(f"expected a pair of {PAIR_SIZE} bytes: a kind, a token and an index below 2^63")
    return Pair(Kind(octets[:1]), octets[1 : 1 + TOKEN_SIZE], int.from_bytes(octets[1 + TOKEN_SIZE :]))


def root_of_pairs(pairs: Sequence[bytes]) -> bytes:
    """Return the root over sorted pairs; for none, the empty root."""
    return root_of([leaf_hash(pair) for pair in pairs])


def nodes_of(pairs: Sequence[bytes]) -> ReadNode:
    """Return what gives the whole nodes over sorted pairs that are all at hand, each hashed once at most."""
    levels: list[list[bytes]] = [[leaf_hash(pair) for pair in pairs]]

    def node(level: int, number: int) -> bytes:
        while len(levels) <= level:
            below = iter(levels[-1])
            levels.append([node_hash(left, right) for left, right in zip(below, below, strict=False)])
        return levels[level][number]

    return node


def prove(pairs: Sequence[bytes], kind: Kind, token: bytes, node: ReadNode | None = None) -> PairProof:
    """Return the proof of all pairs that a token has in a segment.

    Args:
        pairs: the segment's pairs, sorted, each once; only those that are needed are read.
        kind: of whom the token is.
        token: the token, 16 bytes.
        node: gives the hash of a whole node over them; where it is missing, all pairs are hashed.
    """
    if len(token) != TOKEN_SIZE:
        raise ValueError(f"expected a token of {TOKEN_SIZE} bytes, found {len(token)}")
    size = len(pairs)
    if not size:
        return PairProof(0, (), ())
    prefix = kind.value + token
    first, after = bisect_left(pairs, prefix + _LEFT), bisect_left(pairs, prefix + _RIGHT)
    start, end = max(0, first - 1), min(size, after + 1)
    path = range_proof([(start, end)], size, node or nodes_of(pairs))
    return PairProof(start, tuple(pairs[at] for at in range(start, end)), path)


def verify(proof: PairProof, root: bytes, size: int, kind: Kind, token: bytes) -> tuple[int, ...]:
    """Return the indexes of all entries of a segment that bear a token, ascending.

    Args:
        proof: what was given.
        root: the root over the segment's pairs, as its seal has it.
        size: how many pairs the segment has, as its seal has it.
        kind: of whom the token is.
        token: the token, 16 bytes.

    Raises:
        ProofInvalid: when it does not prove that these are all.
    """
    if not (0 <= size < MAX_PAIRS and len(root) == HASH_SIZE and len(token) == TOKEN_SIZE):
        raise ProofInvalid(f"expected a root, a token and fewer than {MAX_PAIRS} pairs")
    if not size:
        if proof != PairProof(0, (), ()) or root != EMPTY_ROOT:
            raise ProofInvalid("expected an empty proof and the empty root of a segment without pairs")
        return ()
    read = [parse_pair(pair) for pair in proof.pairs]
    if any(left >= right for left, right in zip(proof.pairs, proof.pairs[1:], strict=False)):
        raise ProofInvalid("expected the pairs in ascending order")
    prefix = kind.value + token
    own = [pair.index for pair in read if (pair.kind, pair.token) == (kind, token)]
    before = sum(1 for pair in proof.pairs if pair < prefix)
    after = len(read) - before - len(own)
    if before > 1 or (before == 0 and proof.start != 0):
        raise ProofInvalid("expected one pair on the left of the token's, found another number")
    if after > 1 or (after == 0 and proof.start + len(read) != size):
        raise ProofInvalid("expected one pair on the right of the token's, found another number")
    if range_root([(proof.start, [leaf_hash(pair) for pair in proof.pairs])], size, proof.path) != root:
        raise ProofInvalid("the pairs do not have the root of their segment")
    return tuple(own)
