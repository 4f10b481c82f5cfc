"""The tree of verification gives every root, and compares every full tile with what is stored."""

from __future__ import annotations

import pytest

from gateway.audit.tlog.tiles import TILE_WIDTH, Tail
from gateway.audit.tlog.tree import leaf_hash, root_of, sm3
from gateway.audit.verification.blocks import Blocks
from gateway.audit.verification.fault import VerificationFailed

SIZE = 2 * TILE_WIDTH + 5
LEAVES = [leaf_hash(b"%d" % number) for number in range(SIZE)]
TILES = {(tile.level, tile.number): tile.hashes for tile in Tail().extend(LEAVES)}


def walked(tiles: dict[tuple[int, int], bytes]) -> Blocks:
    """Take all leaves, block by block, beside these stored tiles."""
    blocks = Blocks(lambda level, number: tiles.get((level, number)))
    for start in range(0, SIZE, TILE_WIDTH):
        blocks.take(LEAVES[start : start + TILE_WIDTH])
        for size in range(start, min(start + TILE_WIDTH, SIZE) + 1):
            assert root_of(LEAVES[:size]) == blocks.root(size)
    blocks.end()
    return blocks


def test_every_root_within_a_block_is_that_of_the_tree() -> None:
    """And each full tile was found as it was made."""
    blocks = walked(TILES)
    assert (SIZE, len(TILES), 2) == (blocks.size, blocks.tiles, len(TILES))


@pytest.mark.parametrize("name", TILES)
def test_a_tile_that_is_missing_or_altered_is_named(name: tuple[int, int]) -> None:
    """By level and number."""
    altered = TILES[name][:-1] + bytes([TILES[name][-1] ^ 1])
    for stored in ({**TILES, name: altered}, {key: value for key, value in TILES.items() if key != name}):
        with pytest.raises(VerificationFailed, match="missing or altered") as failed:
            walked(stored)
        assert f"tile {name[0]}/{name[1]}" == failed.value.fault.place


def test_an_empty_tree_has_the_root_of_its_hash() -> None:
    """Under either hash."""
    assert root_of([]) == Blocks(lambda level, number: None).root(0)
    assert root_of([], sm3) == Blocks(lambda level, number: None, sm3).root(0)
