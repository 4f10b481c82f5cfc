"""The tree made anew, block by block of 256 leaves, beside the tiles that are stored: the inner loop of verification.

Pure. A block is what one level-0 tile holds. Its levels are made once; from them come the root after each of its
leaves, the tile's own root, and the tiles above.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from gateway.audit.tlog.tiles import TILE_WIDTH, Tail, levels_of
from gateway.audit.tlog.tree import Hashing, Tree
from gateway.audit.verification.fault import VerificationFailed

ReadTile = Callable[[int, int], bytes | None]
"""Gives the stored hashes of a full tile by level and number, or None where there is none."""
_LEVELS: Final = TILE_WIDTH.bit_length()


class Blocks:
    """A tree that grows by blocks. `tiles` counts the full tiles that were made and found stored as they must be."""

    __slots__ = ("_above", "_done", "_hashing", "_levels", "_outer", "_read_tile", "_spine", "tiles")

    def __init__(self, read_tile: ReadTile, hashing: Hashing = sha256) -> None:
        self._read_tile = read_tile
        self._hashing = hashing
        self._above = Tail(hashing=hashing)
        self._spine = Tree(hashing=hashing)
        self._done = 0
        self._levels: list[list[bytes]] = [[]]
        self._outer: list[bytes] = []
        self.tiles = 0

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._done + len(self._levels[0])

    def take(self, leaves: list[bytes]) -> None:
        """Add the next block: 256 leaf hashes, or fewer at the very end.

        Raises:
            VerificationFailed: the tile that the block before filled, or one above it, is not stored as it was made.
        """
        self._close()
        self._levels = levels_of(leaves, self._hashing)

    def root(self, size: int) -> bytes:
        """Return the root of the tree of `size` leaves, which must end within the block or at its beginning."""
        value, hashing = b"", self._hashing
        width = size - self._done
        for bit in range(_LEVELS):
            if width >> bit & 1:
                left = self._levels[bit][(width >> bit) - 1]
                value = hashing(b"\x01" + left + value).digest() if value else left
        for left in self._outer:
            value = hashing(b"\x01" + left + value).digest() if value else left
        return value or hashing(b"").digest()

    def end(self) -> None:
        """Close the last block; raises VerificationFailed as `take` does."""
        self._close()

    def _close(self) -> None:
        """Compare the tile of a full block, and those above that it fills, with what is stored."""
        leaves = self._levels[0]
        if len(leaves) < TILE_WIDTH:
            return
        self._compare(0, self._done // TILE_WIDTH, b"".join(leaves))
        root = self._levels[-1][0]
        for tile in self._above.extend([root]):
            self._compare(tile.level + 1, tile.number, tile.hashes)
        self._spine.extend([root])
        self._spine.forget(self._spine.size)
        self._outer = self._spine.frontier()
        self._done += TILE_WIDTH
        self._levels = [[]]

    def _compare(self, level: int, number: int, hashes: bytes) -> None:
        if self._read_tile(level, number) != hashes:
            raise VerificationFailed(f"tile {level}/{number}", "the tile is missing or altered", self.size - 1)
        self.tiles += 1
