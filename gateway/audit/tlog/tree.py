"""The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1 with SHA-256): hashing, roots, a growing tree.

Pure. A node is named by its level and its number: node (l, i) covers the leaves from i * 2^l up to (i + 1) * 2^l, and
exists only when all of them do. The rest of a tree, beyond such nodes, is its ragged right edge.

The hash is SHA-256 everywhere but in the twin (`twin`), which has the same entries under SM3 (GB/T 32905).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import sha256
from typing import Final, Protocol

HASH_SIZE: Final = 32
"""Bytes of a hash, of either kind."""


class Hashed(Protocol):
    """Bytes that were hashed."""

    def update(self, octets: bytes, /) -> None:
        """Go on with further bytes."""
        ...

    def digest(self) -> bytes:
        """Return the hash, 32 bytes."""
        ...

    def hexdigest(self) -> str:
        """Return the hash in hexadecimal."""
        ...


Hashing = Callable[[bytes], Hashed]
"""Hashes bytes: `hashlib.sha256`, or `sm3`."""
sm3: Final[Hashing] = partial(hashlib.new, "sm3")
"""SM3 (GB/T 32905-2016)."""
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves, under SHA-256."""


def leaf_hash(entry: bytes, hashing: Hashing = sha256) -> bytes:
    """Return the hash of an entry as a leaf: that of 0x00 and the entry."""
    return hashing(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes, hashing: Hashing = sha256) -> bytes:
    """Return the hash of an inner node: that of 0x01 and both children."""
    return hashing(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes], hashing: Hashing = sha256) -> bytes:
    """Return the root over leaf hashes (Merkle Tree Hash); for none, the empty root."""
    if not leaves:
        return hashing(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        odd = level.pop() if len(level) & 1 else None
        pairs = iter(level)
        level = [hashing(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
        if odd is not None:
            level.append(odd)
    return level[0]


def frontier_names(size: int) -> list[tuple[int, int]]:
    """Return the names of the largest nodes that together make a tree of `size` leaves, the lowest level first."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


class Tree:
    """A tree that grows at its end and remembers the nodes of its newest leaves.

    Guarantees `paths` for every leaf from `kept_from` on, without reading a store. It does not keep older leaves; their
    paths are made from stored nodes (`proofs.inclusion_path`).
    """

    __slots__ = ("_edge", "_first", "_hashing", "_kept_from", "_nodes", "_size")

    def __init__(self, size: int = 0, frontier: Iterable[bytes] = (), hashing: Hashing = sha256) -> None:
        """Take up a tree of `size` leaves; `frontier` has the hashes of `frontier_names(size)`, in that order.

        Raises:
            ValueError: when the frontier does not have as many hashes as the size needs.
        """
        hashes = list(frontier)
        names = frontier_names(size)
        if len(hashes) != len(names):
            raise ValueError(f"expected {len(names)} frontier hashes for size {size}, found {len(hashes)}")
        levels = size.bit_length()
        self._hashing = hashing
        self._size = size
        self._kept_from = size
        self._nodes: list[list[bytes]] = [[] for _ in range(levels)]
        self._first = [size >> level for level in range(levels)]
        self._edge: list[bytes] = []
        for (level, number), value in zip(names, hashes, strict=True):
            self._nodes[level].append(value)
            self._first[level] = number

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    @property
    def kept_from(self) -> int:
        """The first leaf for which `paths` still works."""
        return self._kept_from

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes at the end: the nodes that they complete, level by level."""
        nodes, first, hashing = self._nodes, self._first, self._hashing
        number, level, values = self._size, 0, leaves
        while values:
            if level == len(nodes):
                nodes.append([])
                first.append(number)
            nodes[level] += values
            end, number = (number + len(values)) >> 1, number >> 1
            pairs = iter(nodes[level][2 * number - first[level] : 2 * end - first[level]])
            values = [hashing(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            level += 1
        self._size += len(leaves)
        self._edge = []

    def frontier(self) -> list[bytes]:
        """Return the hashes of `frontier_names(size)`."""
        return [self._nodes[level][number - self._first[level]] for level, number in frontier_names(self._size)]

    def root(self) -> bytes:
        """Return the root (Merkle Tree Hash)."""
        value = b""
        for node in self.frontier():
            value = node_hash(node, value, self._hashing) if value else node
        return value or self._hashing(b"").digest()

    def paths(self, start: int) -> list[tuple[bytes, ...]]:
        """Return the inclusion path of each leaf from `start` on, its sibling first (RFC 9162 section 2.1.3.1).

        Neighbours share the common part of their paths, which is made once.

        Raises:
            IndexError: when the leaf is not of this tree, or was forgotten.
        """
        if not self._kept_from <= start < self._size:
            raise IndexError(f"expected a leaf from {self._kept_from} to {self._size - 1}, found {start}")
        edge, last = self._right_edge(), self._size - 1
        paths: list[tuple[bytes, ...]] = [()]
        for level in range(last.bit_length() - 1, -1, -1):
            nodes, first, end = self._nodes[level], self._first[level], last >> level
            above, parent = paths, start >> (level + 1)
            paths = []
            for number in range(start >> level, end + 1):
                path, sibling = above[(number >> 1) - parent], number ^ 1
                if sibling < end:
                    path = (nodes[sibling - first], *path)
                elif sibling == end:
                    path = (edge[level], *path)
                paths.append(path)
        return paths

    def forget(self, before: int) -> None:
        """Drop the nodes that only leaves before `before` need."""
        self._kept_from = max(self._kept_from, min(before, self._size))
        for level, nodes in enumerate(self._nodes):
            needed = (self._kept_from >> level) & ~1
            spare = min(needed - self._first[level], len(nodes))
            if spare > 0:
                del nodes[:spare]
                self._first[level] += spare

    def _right_edge(self) -> list[bytes]:
        """The hash of the last node of each level, whether it is whole or ragged; made once a size, for kept leaves."""
        if self._edge:
            return self._edge
        last = self._size - 1
        value = self._nodes[0][-1]
        edge = [value]
        level = 0
        while last:
            if last & 1:
                left = self._nodes[level][last - 1 - self._first[level]]
                value = self._hashing(b"\x01" + left + value).digest()
            last >>= 1
            level += 1
            edge.append(value)
        self._edge = edge
        return edge
