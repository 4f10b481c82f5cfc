"""The Merkle tree is that of RFC 6962, and it gives paths without reading a store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.proofs import ProofInvalid, inclusion_path, range_hash, verify_inclusion
from gateway.audit.tlog.tree import EMPTY_ROOT, Tree, frontier_names, leaf_hash, node_hash, root_of
from tests.audit.vectors import published

LIMIT = 130
LEAVES = [leaf_hash(b"%d" % number) for number in range(LIMIT)]


def node(level: int, number: int) -> bytes:
    """The node of the sample leaves; asking for one that is not whole is an error of the caller."""
    part = LEAVES[number << level : (number + 1) << level]
    assert 1 << level == len(part)
    return root_of(part)


def grown(size: int) -> Tree:
    """A tree of the first leaves."""
    tree = Tree()
    tree.extend(LEAVES[:size])
    return tree


def test_the_reference_tree_of_rfc_6962_has_its_published_roots() -> None:
    """Eight leaves give nine roots, the empty one first."""
    vectors = published("transparency-dev-merkle/rfc6962_reference_tree.json")
    leaves = [leaf_hash(bytes.fromhex(text)) for text in vectors["leaf_inputs_hex"]]
    for size, expected in enumerate(vectors["root_hashes_hex"]):
        tree = Tree()
        tree.extend(leaves[:size])
        assert expected == tree.root().hex()
        assert expected == root_of(leaves[:size]).hex()


def test_a_leaf_and_an_inner_node_are_hashed_apart() -> None:
    """No entry has the hash of an inner node: their first bytes differ (second preimages)."""
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize("size", range(LIMIT))
def test_root_frontier_and_paths_agree_for_every_leaf(size: int) -> None:
    """The growing tree, the recursive definition and the verifier say the same of each leaf."""
    tree = grown(size)
    root = root_of(LEAVES[:size])
    assert root == tree.root() == (range_hash(0, size, node) or EMPTY_ROOT)
    assert [node(*name) for name in frontier_names(size)] == tree.frontier()
    paths = [inclusion_path(index, size, node) for index in range(size)]
    for index, path in enumerate(paths):
        assert paths[index:] == tree.paths(index)
        verify_inclusion(index, size, LEAVES[index], path, root)


@given(st.integers(0, LIMIT - 1), st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, LIMIT))
def test_a_tree_taken_up_from_its_frontier_goes_on_as_if_never_stopped(
    start: int, steps: list[int], forget: int
) -> None:
    """Roots and paths of the leaves that came after are the same, in whatever steps, also when older are forgotten."""
    size = start
    tree = Tree(start, grown(start).frontier())
    for step in steps:
        tree.extend(LEAVES[size : size + step])
        size = min(size + step, LIMIT)
        tree.forget(min(forget, size - 1))
    assert root_of(LEAVES[:size]) == tree.root()
    if tree.kept_from < size:
        expected = [inclusion_path(index, size, node) for index in range(tree.kept_from, size)]
        assert expected == tree.paths(tree.kept_from)


@pytest.mark.parametrize("index", [-1, 0, 6, 10, 11])
def test_a_leaf_that_is_forgotten_or_not_there_has_no_path(index: int) -> None:
    """It raises; it never gives the path of another leaf."""
    tree = grown(10)
    tree.forget(7)
    with pytest.raises(IndexError, match="expected a leaf from 7 to 9"):
        tree.paths(index)


def test_forgetting_keeps_memory_bounded() -> None:
    """A tree that forgets all but the last leaves holds few nodes."""
    tree = Tree()
    for _ in range(10_000):
        tree.extend(LEAVES[:1])
        tree.forget(tree.size - 16)
    assert 100 > sum(len(nodes) for nodes in tree._nodes)


@pytest.mark.parametrize(("size", "hashes"), [(0, 1), (1, 0), (3, 1), (4, 2), (7, 2)])
def test_a_frontier_of_the_wrong_length_is_refused(size: int, hashes: int) -> None:
    """A tree does not begin from a guess."""
    with pytest.raises(ValueError, match="frontier hashes"):
        Tree(size, LEAVES[:hashes])


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    """RFC 6962: MTH of the empty list is SHA-256 of the empty string."""
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == EMPTY_ROOT.hex()
    assert EMPTY_ROOT == Tree().root() == root_of([])


def test_a_path_of_one_leaf_does_not_prove_another() -> None:
    """Swapped leaves, swapped indexes and swapped sizes do not verify."""
    tree = grown(21)
    for index, path in enumerate(tree.paths(0)[:20]):
        for other, size, leaf in ((index + 1, 21, index), (index, 22, index), (index, 21, index + 1)):
            with pytest.raises(ProofInvalid):
                verify_inclusion(other, size, LEAVES[leaf], path, tree.root() if size == 21 else grown(22).root())
