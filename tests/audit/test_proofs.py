"""Proofs are those of RFC 9162: all published cases agree, and all small trees prove and only prove what holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.proofs import (
    ProofInvalid,
    consistency_path,
    inclusion_path,
    inclusion_root,
    range_hash,
    verify_consistency,
    verify_inclusion,
    verify_subtree,
)
from gateway.audit.tlog.tree import EMPTY_ROOT, Tree, leaf_hash, root_of, sm3
from tests.audit.vectors import octets, published

LIMIT = 130
LEAVES = [leaf_hash(b"%d" % number) for number in range(LIMIT)]
ROOTS = [root_of(LEAVES[:size]) for size in range(LIMIT + 1)]


def node(level: int, number: int) -> bytes:
    """A whole node of the sample leaves."""
    part = LEAVES[number << level : (number + 1) << level]
    assert 1 << level == len(part)
    return root_of(part)


def test_every_published_inclusion_case_is_judged_as_published() -> None:
    """98 cases, mostly negative."""
    cases = published("transparency-dev-merkle/inclusion.json")["cases"]
    assert 98 == len(cases)
    for case in cases:
        path = [octets(text) for text in case["proof"] or []]
        arguments = (case["leafIdx"], case["treeSize"], octets(case["leafHash"]), path, octets(case["root"]))
        if case["wantErr"]:
            with pytest.raises(ProofInvalid):
                verify_inclusion(*arguments)
        else:
            verify_inclusion(*arguments)


def test_every_published_consistency_case_is_judged_as_published() -> None:
    """98 cases, mostly negative."""
    cases = published("transparency-dev-merkle/consistency.json")["cases"]
    assert 98 == len(cases)
    for case in cases:
        path = [octets(text) for text in case["proof"] or []]
        arguments = (case["size1"], case["size2"], path, octets(case["root1"]), octets(case["root2"]))
        if case["wantErr"]:
            with pytest.raises(ProofInvalid):
                verify_consistency(*arguments)
        else:
            verify_consistency(*arguments)


def test_every_published_inclusion_in_a_subtree_is_judged_as_published() -> None:
    """204 cases, mostly negative: within a subtree a leaf is proven as in a tree of its own."""
    cases = published("transparency-dev-merkle/subtreeinclusion.json")["cases"]
    assert 204 == len(cases)
    for case in cases:
        path = [octets(text) for text in case["proof"] or []]
        start, end, leaf, root = case["start"], case["end"], octets(case["leafHash"]), octets(case["root"])
        if case["wantErr"]:
            with pytest.raises(ProofInvalid):
                verify_subtree(start, end, end, [], root, root) if start else None
                verify_inclusion(case["leafIdx"] - start, end - start, leaf, path, root)
        else:
            verify_inclusion(case["leafIdx"] - start, end - start, leaf, path, root)


def test_every_published_subtree_consistency_is_judged_as_published() -> None:
    """118 cases, mostly negative."""
    cases = published("transparency-dev-merkle/subtreeconsistency.json")["cases"]
    assert 118 == len(cases)
    for case in cases:
        path = [octets(text) for text in case["proof"] or []]
        roots = (octets(case["root1"]), octets(case["root2"]))
        arguments = (case["start"], case["end"], case["size"], path, *roots)
        if case["wantErr"]:
            with pytest.raises(ProofInvalid):
                verify_subtree(*arguments)
        else:
            verify_subtree(*arguments)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 130])
def test_a_leaf_is_a_subtree_of_one(size: int) -> None:
    """Its inclusion path proves it as such; so both kinds of proof are one."""
    for index in range(size):
        path = inclusion_path(index, size, node)
        verify_subtree(index, index + 1, size, path, LEAVES[index], ROOTS[size])
        with pytest.raises(ProofInvalid):
            verify_subtree(index, index + 1, size, path, LEAVES[index - 1] + b"x", ROOTS[size])


@pytest.mark.parametrize(("start", "end"), [(1, 3), (2, 5), (4, 4), (5, 4), (-1, 1), (0, 8), (6, 8)])
def test_leaves_that_are_no_subtree_are_refused(start: int, end: int) -> None:
    """Unaligned, empty, or beyond the tree."""
    with pytest.raises(ProofInvalid, match="expected a subtree"):
        verify_subtree(start, end, 7, [], ROOTS[1], ROOTS[7])


@pytest.mark.parametrize("size", [1, 2, 3, 8, 33])
def test_the_same_proofs_hold_under_sm3_and_not_across(size: int) -> None:
    """Leaf, node and root of the one hash never prove under the other."""
    leaves = [leaf_hash(b"%d" % number, sm3) for number in range(size)]

    def under_sm3(level: int, number: int) -> bytes:
        return root_of(leaves[number << level : (number + 1) << level], sm3)

    tree = Tree(hashing=sm3)
    tree.extend(leaves)
    root = root_of(leaves, sm3)
    assert root == tree.root() == range_hash(0, size, under_sm3, sm3) != ROOTS[size]
    for index in range(size):
        path = inclusion_path(index, size, under_sm3, sm3)
        assert path == tree.paths(index)[0]
        verify_inclusion(index, size, leaves[index], path, root, sm3)
        if path:
            with pytest.raises(ProofInvalid):
                verify_inclusion(index, size, leaves[index], path, root)
        older = consistency_path(index + 1, size, under_sm3, sm3)
        verify_consistency(index + 1, size, older, root_of(leaves[: index + 1], sm3), root, sm3)


def test_the_roots_of_an_empty_tree_are_the_hashes_of_nothing() -> None:
    """SM3 of the empty string, as GB/T 32905 gives it by its algorithm."""
    assert "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b" == Tree(hashing=sm3).root().hex()
    assert root_of([], sm3) == Tree(hashing=sm3).root()


@pytest.mark.parametrize("new", range(1, LIMIT + 1))
def test_every_smaller_tree_is_proven_to_be_a_beginning(new: int) -> None:
    """Exhaustive: all pairs of sizes up to 130; another old root never proves."""
    for old in range(1, new + 1):
        path = consistency_path(old, new, node)
        verify_consistency(old, new, path, ROOTS[old], ROOTS[new])
        with pytest.raises(ProofInvalid):
            verify_consistency(old, new, path, ROOTS[old - 1], ROOTS[new])
        with pytest.raises(ProofInvalid):
            verify_consistency(old, new, path, ROOTS[old], ROOTS[new - 1])


@given(st.integers(1, LIMIT), st.data())
def test_no_changed_path_proves(size: int, data: st.DataObject) -> None:
    """A path with one bit flipped, one hash more or one fewer does not lead to the root."""
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, node)
    changed = [(*path, LEAVES[0]), (LEAVES[0], *path)]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        flipped = bytes([path[at][0] ^ 1 << data.draw(st.integers(0, 7))]) + path[at][1:]
        changed += [path[:-1], path[1:], (*path[:at], flipped, *path[at + 1 :]), (*path[:at], b"", *path[at + 1 :])]
    for wrong in changed:
        with pytest.raises(ProofInvalid):
            verify_inclusion(index, size, LEAVES[index], wrong, ROOTS[size])


@given(st.integers(2, LIMIT), st.data())
def test_no_changed_consistency_proof_proves(new: int, data: st.DataObject) -> None:
    """A proof with one bit flipped, one hash more or one fewer does not prove."""
    old = data.draw(st.integers(1, new - 1))
    path = consistency_path(old, new, node)
    at = data.draw(st.integers(0, len(path) - 1))
    flipped = bytes([path[at][0] ^ 1 << data.draw(st.integers(0, 7))]) + path[at][1:]
    for wrong in (path[:-1], path[1:], (*path, LEAVES[0]), (*path[:at], flipped, *path[at + 1 :]), ()):
        with pytest.raises(ProofInvalid):
            verify_consistency(old, new, wrong, ROOTS[old], ROOTS[new])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_sizes_that_no_proof_is_for_are_refused(old: int, new: int) -> None:
    """An empty tree is a beginning of every tree, which needs no proof; the verifier must not be asked."""
    with pytest.raises(ProofInvalid, match="expected sizes"):
        verify_consistency(old, new, (), EMPTY_ROOT, ROOTS[5])
    with pytest.raises(IndexError, match="expected sizes"):
        consistency_path(old, new, node)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (5, 5), (-1, 5)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    """Neither made nor verified."""
    with pytest.raises(IndexError):
        inclusion_path(index, size, node)
    with pytest.raises(ProofInvalid):
        inclusion_root(index, size, LEAVES[0], ())


def test_a_leaf_hash_of_another_length_is_refused() -> None:
    """The entry itself in the place of its hash does not verify."""
    with pytest.raises(ProofInvalid, match="32 bytes"):
        verify_inclusion(0, 1, b"entry", (), b"entry")


def test_equal_sizes_need_equal_roots_and_no_hashes() -> None:
    """Two different trees of one size are a fork, never consistent."""
    verify_consistency(7, 7, (), ROOTS[7], ROOTS[7])
    with pytest.raises(ProofInvalid):
        verify_consistency(7, 7, (), ROOTS[7], ROOTS[8])
    with pytest.raises(ProofInvalid):
        verify_consistency(7, 7, (LEAVES[0],), ROOTS[7], ROOTS[7])
