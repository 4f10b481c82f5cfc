"""The proof that several ranges of entries stand in one tree: every hash that they need from outside, each once.

Pure. The tree is walked from its left to its right; what lies in no range gives one hash for its largest whole part. A
single entry's proof is its inclusion path in another order; a whole log needs none. Verifying makes the root from the
leaves and these hashes alone, at the cost of about one hash an entry for long ranges.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from gateway.audit.tlog.proofs import ProofInvalid, ReadNode, range_hash, split
from gateway.audit.tlog.tree import HASH_SIZE, Hashing, root_of

MAX_SIZE: Final = 1 << 63
"""No tree is as large."""


class RangeInvalid(ValueError):
    """Ranges are empty, overlap, are out of order or beyond the tree: an error of whoever asks."""


def range_proof(
    ranges: Sequence[tuple[int, int]], size: int, node: ReadNode, hashing: Hashing = sha256
) -> tuple[bytes, ...]:
    """Return the hashes that prove the entries of some ranges (start, end), from the tree's left to its right.

    Raises:
        RangeInvalid: unless the ranges are in order, apart, not empty, and within the tree.
    """
    _check(ranges, size)
    starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
    proof: list[bytes] = []

    def walk(low: int, high: int) -> None:
        first, after = bisect_right(ends, low), bisect_left(starts, high)
        if first == after:
            proof.append(range_hash(low, high, node, hashing))
        elif not starts[first] <= low <= high <= ends[first]:
            middle = split(low, high)
            walk(low, middle)
            walk(middle, high)

    walk(0, size)
    return tuple(proof)


def range_root(
    ranges: Sequence[tuple[int, Sequence[bytes]]], size: int, proof: Sequence[bytes], hashing: Hashing = sha256
) -> bytes:
    """Return the root that ranges (start, leaf hashes) and a proof lead to in a tree of `size`.

    Raises:
        ProofInvalid: when the proof has not as many hashes as these ranges need, or the ranges are none of that tree.
    """
    spans = [(start, start + len(leaves)) for start, leaves in ranges]
    try:
        _check(spans, size)
    except RangeInvalid as error:
        raise ProofInvalid(str(error)) from error
    if any(len(value) != HASH_SIZE for value in proof):
        raise ProofInvalid(f"expected hashes of {HASH_SIZE} bytes")
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    given: Iterator[bytes] = iter(proof)

    def walk(low: int, high: int) -> bytes:
        first, after = bisect_right(ends, low), bisect_left(starts, high)
        if first == after:
            value = next(given, None)
            if value is None:
                raise ProofInvalid(f"the proof is too short: found {len(proof)} hashes")
            return value
        start, leaves = ranges[first]
        if start <= low and high <= ends[first]:
            return root_of(leaves[low - start : high - start], hashing)
        middle = split(low, high)
        return hashing(b"\x01" + walk(low, middle) + walk(middle, high)).digest()

    root = walk(0, size)
    if next(given, None) is not None:
        raise ProofInvalid(f"the proof is too long: found {len(proof)} hashes")
    return root


def _check(ranges: Sequence[tuple[int, int]], size: int) -> None:
    at = -1
    for start, end in ranges:
        if not (at <= start and 0 <= start < end <= size):
            raise RangeInvalid(f"expected ranges in order, apart and within 0 to {size}, found {start} to {end}")
        at = end
    if not ranges or size >= MAX_SIZE:
        raise RangeInvalid(f"expected at least one range of a tree below 2^63 entries, found {len(ranges)}")
