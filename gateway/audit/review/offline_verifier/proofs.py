"""Merkle trees (RFC 6962): the root to which some ranges of leaves lead, and one tree as a beginning of another."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice

from gateway.audit.review.offline_verifier.sayings import Fails

PIECE = 4096
"""Leaves that are held at a time."""


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(level: list[bytes]) -> bytes:
    """Return the root over leaf hashes, at least one."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        odd = level[-1:] if len(level) & 1 else []
        pairs = iter(level)
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs)] + odd
    return level[0]


def range_root(ranges: list[list[int]], leaves: Iterator[bytes], size: int, hashes: list[bytes]) -> bytes:
    """Return the root to which the leaves of some ranges lead with the hashes of what lies outside, left to right.

    The leaves are taken as they are needed, in order, every one of them.
    """
    starts, ends, outside = [start for start, _ in ranges], [end for _, end in ranges], iter(hashes)

    def walk(low: int, high: int) -> bytes:
        first, after = bisect_right(ends, low), bisect_left(starts, high)
        if first == after:
            return next(outside)
        if starts[first] <= low and high <= ends[first] and high - low <= PIECE:
            return root_of(list(islice(leaves, high - low)))
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        return hash_node(walk(low, middle), walk(middle, high))

    try:
        root = walk(0, size)
    except StopIteration:
        raise Fails("证明的散列不足", "the proof has too few hashes") from None
    if next(outside, None) is not None or any(len(value) != 32 for value in hashes):
        raise Fails("证明的散列过多或长度不符", "the proof has too many hashes, or one of another length")
    return root


def check_consistency(old: int, new: int, path: list[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `old` leaves, at least one, is a beginning of that of `new` (RFC 9162 2.1.4.2)."""
    steps = list(path) if old & (old - 1) else [old_root, *path]
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    if not steps:
        raise Fails(f"旧检查点 {old} 缺少证明", f"history of {old}: the proof has no hashes")
    first = second = steps[0]
    for step in steps[1:]:
        if not last or len(step) != 32:
            raise Fails(f"旧检查点 {old} 的证明不符", f"history of {old}: the proof does not fit")
        if number & 1 or number == last:
            first, second = hash_node(step, first), hash_node(step, second)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            second = hash_node(second, step)
        number, last = number >> 1, last >> 1
    if last or (first, second) != (old_root, new_root):
        zh, en = f"旧检查点 {old} 不是日志的开头", f"history of {old}: its tree is not a beginning of the checkpoint's"
        raise Fails(zh, en)
