"""Ranges of entries are proven together, and nothing but what stands there is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.proofs import ProofInvalid, inclusion_path
from gateway.audit.tlog.rangeproof import RangeInvalid, range_proof, range_root
from gateway.audit.tlog.tree import leaf_hash, root_of, sm3

LIMIT = 67
LEAVES = [leaf_hash(b"%d" % number) for number in range(LIMIT)]
ROOTS = [root_of(LEAVES[:size]) for size in range(LIMIT + 1)]


def node(level: int, number: int) -> bytes:
    """A whole node of the sample leaves."""
    part = LEAVES[number << level : (number + 1) << level]
    assert 1 << level == len(part)
    return root_of(part)


def leaves_of(ranges: list[tuple[int, int]]) -> list[tuple[int, list[bytes]]]:
    """The leaf hashes of each range."""
    return [(start, LEAVES[start:end]) for start, end in ranges]


@st.composite
def ranges_of(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """A size, and ranges in order within it; they may touch."""
    size = draw(st.integers(1, LIMIT))
    cuts = sorted(draw(st.sets(st.integers(0, size), min_size=2, max_size=10)))
    pairs = list(pairwise(cuts))
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    return size, sorted(chosen)


def test_every_single_range_of_every_small_tree_is_proven() -> None:
    """Exhaustive up to 33 entries."""
    for size in range(1, 34):
        for start in range(size):
            for end in range(start + 1, size + 1):
                proof = range_proof([(start, end)], size, node)
                assert ROOTS[size] == range_root([(start, LEAVES[start:end])], size, proof)


@given(ranges_of())
def test_several_ranges_are_proven_with_each_hash_once(case: tuple[int, list[tuple[int, int]]]) -> None:
    """As few hashes as the inclusion paths have different ones from outside."""
    size, ranges = case
    proof = range_proof(ranges, size, node)
    assert ROOTS[size] == range_root(leaves_of(ranges), size, proof)
    paths = {
        value for start, end in ranges for index in range(start, end) for value in inclusion_path(index, size, node)
    }
    assert set(proof) <= paths
    assert len(proof) == len(set(proof))


@given(ranges_of(), st.data())
def test_no_other_leaves_place_size_or_proof_lead_to_the_root(
    case: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    """One bit of a leaf or of the proof, one more or fewer, swapped, moved, of another size."""
    size, ranges = case
    proof = list(range_proof(ranges, size, node))
    given = leaves_of(ranges)
    at = data.draw(st.integers(0, len(given) - 1))
    start, leaves = given[at]
    bit = data.draw(st.integers(0, 255))
    within = data.draw(st.integers(0, len(leaves) - 1))
    wrong = [
        (
            [
                *given[:at],
                (start, [*leaves[:within], flipped(leaves[within], bit), *leaves[within + 1 :]]),
                *given[at + 1 :],
            ],
            proof,
        ),
        ([*given[:at], (start + 1, leaves), *given[at + 1 :]], proof),
        ([*given[:at], (start, leaves[:-1]), *given[at + 1 :]], proof),
        ([*given[:at], (start, [*leaves, LEAVES[0]]), *given[at + 1 :]], proof),
        (given, [*proof, LEAVES[0]]),
    ]
    if len(leaves) > 1:
        wrong.append(([*given[:at], (start, leaves[::-1]), *given[at + 1 :]], proof))
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        wrong.append((given, [*proof[:place], flipped(proof[place], bit), *proof[place + 1 :]]))
        wrong.append((given, proof[:-1]))
    for ranges_given, hashes in wrong:
        assert not leads(ranges_given, size, hashes)


def flipped(value: bytes, bit: int) -> bytes:
    """The hash with one bit changed."""
    return (int.from_bytes(value) ^ 1 << bit).to_bytes(32)


def leads(ranges: list[tuple[int, list[bytes]]], size: int, proof: list[bytes]) -> bool:
    """Whether they lead to the root of that size."""
    try:
        return ROOTS[size] == range_root(ranges, size, proof)
    except ProofInvalid:
        return False


@pytest.mark.parametrize("ranges", [[], [(3, 3)], [(4, 3)], [(-1, 2)], [(0, 8)], [(3, 5), (4, 6)], [(5, 6), (0, 1)]])
def test_ranges_that_are_none_are_refused(ranges: list[tuple[int, int]]) -> None:
    """Empty, beyond the tree, overlapping, out of order: neither proven nor verified."""
    with pytest.raises(RangeInvalid):
        range_proof(ranges, 7, node)
    with pytest.raises(ProofInvalid):
        range_root([(start, [LEAVES[0]] * max(0, end - start)) for start, end in ranges], 7, [])


def test_a_proof_with_hashes_of_another_length_is_refused() -> None:
    """A node's children in the place of its hash do not verify."""
    with pytest.raises(ProofInvalid, match="32 bytes"):
        range_root([(0, [LEAVES[0]])], 3, [LEAVES[1] + LEAVES[2]])


def test_the_same_holds_under_sm3() -> None:
    """With leaves of that hash."""
    leaves = [leaf_hash(b"%d" % number, sm3) for number in range(11)]

    def under_sm3(level: int, number: int) -> bytes:
        return root_of(leaves[number << level : (number + 1) << level], sm3)

    proof = range_proof([(1, 3), (7, 10)], 11, under_sm3, sm3)
    assert root_of(leaves, sm3) == range_root([(1, leaves[1:3]), (7, leaves[7:10])], 11, proof, sm3)
