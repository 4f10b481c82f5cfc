"""Tiles (C2SP tlog-tiles): 256 hashes of one level together, so that a store keeps few rows and proofs read few.

Pure. A level-0 tile has leaf hashes; a tile of level l + 1 has the roots of 256 full tiles of level l. Only full tiles
are made here, each once, in the commit that fills it; what is not full yet is the tail, which follows from the
entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from gateway.audit.tree import HASH_SIZE, Hashing, frontier_names, root_of

TILE_BITS: Final = 8
"""A tile spans this many levels of the tree."""
TILE_WIDTH: Final = 1 << TILE_BITS
"""Hashes of a full tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: its level, its number within the level, and 256 hashes end to end."""

    level: int
    number: int
    hashes: bytes


def split_hashes(octets: bytes) -> list[bytes]:
    """Return the hashes that stand end to end in `octets`."""
    return [octets[at : at + HASH_SIZE] for at in range(0, len(octets), HASH_SIZE)]


def tail_widths(size: int) -> list[int]:
    """Return how many hashes the tail has at each tile level, for a tree of `size` leaves."""
    levels = -(-size.bit_length() // TILE_BITS)
    return [(size >> TILE_BITS * level) % TILE_WIDTH for level in range(levels)]


class Tail:
    """The hashes of each tile level that do not fill a tile yet."""

    __slots__ = ("_hashing", "_levels", "_size")

    def __init__(self, size: int = 0, levels: Iterable[Iterable[bytes]] = (), hashing: Hashing = sha256) -> None:
        """Take up a tree of `size` leaves; `levels` has the tail's hashes by tile level, `tail_widths(size)` of them.

        Raises:
            ValueError: when a level has another number of hashes than the size needs.
        """
        self._hashing = hashing
        self._size = size
        self._levels = [list(level) for level in levels]
        found = [len(level) for level in self._levels]
        if found != tail_widths(size):
            raise ValueError(f"expected tail widths {tail_widths(size)}, found {found}")

    def append(self, leaf: bytes) -> list[Tile]:
        """Add one leaf hash; return the tiles that it fills, the lowest level first."""
        self._size += 1
        full: list[Tile] = []
        value, level = leaf, 0
        while True:
            if level == len(self._levels):
                self._levels.append([])
            hashes = self._levels[level]
            hashes.append(value)
            if len(hashes) < TILE_WIDTH:
                return full
            number = (self._size >> TILE_BITS * (level + 1)) - 1
            full.append(Tile(level, number, b"".join(hashes)))
            value = root_of(hashes, self._hashing)
            hashes.clear()
            level += 1

    def frontier(self) -> list[bytes]:
        """Return the hashes of `tree.frontier_names(size)`."""
        hashes = []
        for level, _ in frontier_names(self._size):
            tail = self._levels[level // TILE_BITS]
            bit = level % TILE_BITS
            start = ((len(tail) >> bit) - 1) << bit
            hashes.append(root_of(tail[start : start + (1 << bit)], self._hashing))
        return hashes


def read_node(
    level: int, number: int, tile_hashes: Callable[[int, int], list[bytes]], hashing: Hashing = sha256
) -> bytes:
    """Return the hash of a whole node, from the hashes of the tile, full or not, in which it stands.

    `tile_hashes` gives them by tile level and tile number; a tile that is not full has those that there are.
    """
    tile_level, bit = divmod(level, TILE_BITS)
    start = number << bit
    hashes = tile_hashes(tile_level, start // TILE_WIDTH)
    within = start % TILE_WIDTH
    part = hashes[within : within + (1 << bit)]
    if len(part) != 1 << bit:
        raise IndexError(f"the node of level {level} and number {number} is not whole")
    return root_of(part, hashing)
