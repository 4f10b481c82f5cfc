"""The tail fills the same tiles, in whatever steps the leaves come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.tiles import TILE_WIDTH, Tail, Tile
from gateway.audit.tlog.tree import Tree, leaf_hash, root_of

LIMIT = TILE_WIDTH * TILE_WIDTH + 3 * TILE_WIDTH
LEAVES = [leaf_hash(b"%d" % number) for number in range(LIMIT)]


def expected_tiles(size: int) -> set[Tile]:
    """The full tiles of a tree of the first leaves, by their definition."""
    made = set()
    level, hashes = 0, LEAVES[:size]
    while hashes:
        full = [hashes[at : at + TILE_WIDTH] for at in range(0, len(hashes) // TILE_WIDTH * TILE_WIDTH, TILE_WIDTH)]
        made |= {Tile(level, number, b"".join(tile)) for number, tile in enumerate(full)}
        level, hashes = level + 1, [root_of(tile) for tile in full]
    return made


@given(st.lists(st.integers(0, 3 * TILE_WIDTH), max_size=6))
def test_each_tile_is_made_once_when_it_is_full(steps: list[int]) -> None:
    """What `extend` returns over all steps are the full tiles, and the tail's frontier is the tree's."""
    tail, tree, size, made = Tail(), Tree(), 0, []
    for step in steps:
        leaves = LEAVES[size : size + step]
        size += len(leaves)
        tree.extend(leaves)
        made += tail.extend(leaves)
    assert expected_tiles(size) == set(made)
    assert len(expected_tiles(size)) == len(made)
    assert tree.frontier() == tail.frontier()


def test_a_tile_of_tiles_is_made_with_the_last_of_them() -> None:
    """256 full tiles make one of the next level, in one step or in two."""
    assert expected_tiles(LIMIT) == set(Tail().extend(LEAVES))
    tail = Tail()
    first, second = (
        tail.extend(LEAVES[: TILE_WIDTH * TILE_WIDTH - 1]),
        tail.extend(LEAVES[TILE_WIDTH * TILE_WIDTH - 1 :]),
    )
    assert {0} == {tile.level for tile in first}
    assert expected_tiles(LIMIT) == {*first, *second}


def test_a_tail_that_took_nothing_makes_nothing() -> None:
    """No leaves, no tiles, and nothing changes."""
    tail = Tail()
    assert [] == tail.extend([])
    assert [] == tail.frontier()
