"""Tiles (C2SP tlog-tiles): 256 hashes of one level together, so that a store keeps few rows and proofs read few.

Pure. A level-0 tile has leaf hashes; a tile of level l + 1 has the roots of 256 full tiles of level l. Only full tiles
are made here, each once, in the commit that fills it; what is not full yet is the tail, which follows from the
entries.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from gateway.audit.tlog.tree import HASH_SIZE, Hashing, frontier_names, root_of

TILE_BITS: Final = 8
"""A tile spans this many levels of the tree."""
TILE_WIDTH: Final = 1 << TILE_BITS
"""Hashes of a full tile."""
REMEMBERED: Final = 1_024
"""Tiles whose nodes are remembered: some 30 MB."""


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

    def extend(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Add leaf hashes at the end; return the tiles that they fill, the lowest level first."""
        full: list[Tile] = []
        level, values = 0, leaves
        while values:
            if level == len(self._levels):
                self._levels.append([])
            hashes, first = self._levels[level], self._size >> TILE_BITS * (level + 1)
            hashes += values
            values = []
            while len(hashes) >= TILE_WIDTH:
                tile = hashes[:TILE_WIDTH]
                full.append(Tile(level, first + len(values), b"".join(tile)))
                values.append(root_of(tile, self._hashing))
                del hashes[:TILE_WIDTH]
            level += 1
        self._size += len(leaves)
        return full

    def frontier(self) -> list[bytes]:
        """Return the hashes of `tree.frontier_names(size)`."""
        hashes = []
        for level, _ in frontier_names(self._size):
            tail = self._levels[level // TILE_BITS]
            bit = level % TILE_BITS
            start = ((len(tail) >> bit) - 1) << bit
            hashes.append(root_of(tail[start : start + (1 << bit)], self._hashing))
        return hashes


def levels_of(hashes: list[bytes], hashing: Hashing = sha256) -> list[list[bytes]]:
    """Return the whole nodes over the hashes of a tile, full or not, level by level; the first level are the hashes."""
    levels = [hashes]
    level = hashes
    while len(level) > 1:
        pairs = iter(level)
        level = [hashing(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        levels.append(level)
    return levels


class TileNodes:
    """Gives whole nodes from tiles that are read when needed; remembers those that were used last.

    A tile that is not full yet is read again when it has not the node that is asked for.
    """

    __slots__ = ("_hashing", "_known", "_read_hashes")

    def __init__(self, read_hashes: Callable[[int, int], list[bytes]], hashing: Hashing = sha256) -> None:
        """`read_hashes` gives the hashes of a tile by tile level and number; one that is not full has what there is."""
        self._read_hashes = read_hashes
        self._hashing = hashing
        self._known: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()

    def node(self, level: int, number: int) -> bytes:
        """Return the hash of the whole node of that level and number.

        Raises:
            IndexError: when there is no such node.
        """
        tile_level, bit = divmod(level, TILE_BITS)
        tile, within = divmod(number, TILE_WIDTH >> bit)
        levels = self._known.get((tile_level, tile))
        if levels is None or (len(levels[0]) < TILE_WIDTH and not _has(levels, bit, within)):
            levels = levels_of(self._read_hashes(tile_level, tile), self._hashing)
            self._known[tile_level, tile] = levels
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end((tile_level, tile))
        if not _has(levels, bit, within):
            raise IndexError(f"the node of level {level} and number {number} is not whole")
        return levels[bit][within]


def _has(levels: list[list[bytes]], bit: int, within: int) -> bool:
    return bit < len(levels) and within < len(levels[bit])
