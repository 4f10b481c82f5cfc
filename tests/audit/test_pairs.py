"""Sorted pairs prove which entries bear a token, that none is missing, and that one has none."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.pairs import (
    MAX_PAIRS,
    Kind,
    Pair,
    PairProof,
    make_pair,
    nodes_of,
    parse_pair,
    prove,
    root_of_pairs,
    verify,
)
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.tlog.rangeproof import range_proof
from gateway.audit.tlog.tree import EMPTY_ROOT, Tree, leaf_hash

TOKENS = [bytes([number]) * 16 for number in (0, 1, 7, 0x80, 0xFF)]
BOUNDED = st.integers(0, (1 << 63) - 1)
PAIRS = st.builds(make_pair, st.sampled_from(Kind), st.sampled_from(TOKENS), st.integers(0, 9) | BOUNDED)


@st.composite
def segments(draw: st.DrawFn) -> tuple[list[bytes], Kind, bytes]:
    """The sorted pairs of a segment, and whom somebody asks for."""
    pairs = sorted(draw(st.sets(PAIRS, max_size=40)))
    return pairs, draw(st.sampled_from(Kind)), draw(st.sampled_from([*TOKENS, b"\x05" * 16]))


def indexes_of(pairs: list[bytes], kind: Kind, token: bytes) -> tuple[int, ...]:
    """The entries of a token, by reading every pair."""
    return tuple(sorted(int.from_bytes(pair[17:]) for pair in pairs if pair[:17] == kind.value + token))


def refused(proof: PairProof, pairs: list[bytes], kind: Kind, token: bytes) -> bool:
    """Whether a proof does not verify against the root of these pairs."""
    try:
        verify(proof, root_of_pairs(pairs), len(pairs), kind, token)
    except ProofInvalid:
        return True
    return False


def test_a_pair_is_its_kind_its_token_and_its_index() -> None:
    """In 25 bytes, sorted as kind, token and index are."""
    made = make_pair(Kind.OPERATOR, bytes(range(16)), 258)
    assert b"O" + bytes(range(16)) + b"\0\0\0\0\0\0\x01\x02" == made
    assert Pair(Kind.OPERATOR, bytes(range(16)), 258) == parse_pair(made)


@pytest.mark.parametrize(("token", "index"), [(b"", 0), (bytes(15), 0), (bytes(17), 0), (bytes(16), -1)])
def test_what_is_no_token_or_index_makes_no_pair(token: bytes, index: int) -> None:
    """Nor does an index that no log reaches."""
    with pytest.raises(ValueError, match="expected a token"):
        make_pair(Kind.SUBJECT, token, index)
    with pytest.raises(ValueError, match="expected a token"):
        make_pair(Kind.SUBJECT, bytes(16), 1 << 63)


@pytest.mark.parametrize(
    "octets", [b"", b"S" + bytes(23), b"S" + bytes(25), b"X" + bytes(24), b"s" + bytes(24), b"S" + b"\xff" * 24]
)
def test_bytes_that_are_no_pair_are_refused(octets: bytes) -> None:
    """Another length, kind or range of indexes."""
    with pytest.raises(ProofInvalid):
        parse_pair(octets)


def test_the_root_is_that_of_rfc_6962_over_the_sorted_pairs() -> None:
    """Three pairs, hashed here by hand; none has the empty root."""
    pairs = [b"D" + bytes(24), b"O" + bytes(24), b"S" + bytes(24)]
    first, second, third = (sha256(b"\0" + pair).digest() for pair in pairs)
    expected = sha256(b"\x01" + sha256(b"\x01" + first + second).digest() + third).digest()
    assert expected == root_of_pairs(pairs)
    assert sha256(b"").digest() == root_of_pairs([])


@given(segments())
def test_a_proof_gives_exactly_the_entries_of_a_token(case: tuple[list[bytes], Kind, bytes]) -> None:
    """None for a token without any: absence is proven like presence."""
    pairs, kind, token = case
    proof = prove(pairs, kind, token)
    assert indexes_of(pairs, kind, token) == verify(proof, root_of_pairs(pairs), len(pairs), kind, token)
    assert len(indexes_of(pairs, kind, token)) + 2 >= len(proof.pairs)


@given(segments())
def test_a_growing_tree_has_the_same_root_and_stored_nodes_give_the_same_proof(
    case: tuple[list[bytes], Kind, bytes],
) -> None:
    """Compared with the tree of the log."""
    pairs, kind, token = case
    tree = Tree()
    tree.extend([leaf_hash(pair) for pair in pairs])
    assert tree.root() == root_of_pairs(pairs)
    assert prove(pairs, kind, token) == prove(pairs, kind, token, nodes_of(pairs))


@given(st.data())
def test_every_altered_proof_is_refused(data: st.DataObject) -> None:
    """One bit, one pair or one hash less or more, two in another order, another place."""
    pairs, kind, token = data.draw(segments().filter(lambda case: bool(case[0])))
    proof = prove(pairs, kind, token)
    given_pairs, path = list(proof.pairs), list(proof.path)
    at, bit = data.draw(st.integers(0, len(given_pairs) - 1)), data.draw(st.integers(0, 199))
    flipped = (int.from_bytes(given_pairs[at]) ^ 1 << bit).to_bytes(25)
    another = data.draw(PAIRS)
    wrong = [
        replace(proof, pairs=(*given_pairs[:at], flipped, *given_pairs[at + 1 :])),
        replace(proof, pairs=(*given_pairs[:at], *given_pairs[at + 1 :])),
        replace(proof, pairs=(*given_pairs[:at], another, *given_pairs[at:])),
        replace(proof, pairs=()),
        replace(proof, start=proof.start + 1),
        replace(proof, start=proof.start - 1),
        replace(proof, path=(*path, EMPTY_ROOT)),
    ]
    if len(given_pairs) > 1:
        wrong.append(replace(proof, pairs=proof.pairs[::-1]))
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        changed = (int.from_bytes(path[place]) ^ 1 << bit).to_bytes(32)
        wrong.append(replace(proof, path=(*path[:place], changed, *path[place + 1 :])))
        wrong.append(replace(proof, path=(*path[:place], *path[place + 1 :])))
        wrong.append(replace(proof, path=(*path[:place], path[place][:31], *path[place + 1 :])))
    for one in wrong:
        assert refused(one, pairs, kind, token)


@given(st.data())
def test_a_narrower_or_wider_slice_of_the_true_pairs_is_refused(data: st.DataObject) -> None:
    """Though it has the root: only the slice from neighbour to neighbour shows that nothing is left out."""
    pairs, kind, token = data.draw(segments().filter(lambda case: bool(case[0])))
    proof = prove(pairs, kind, token)
    start = data.draw(st.integers(0, len(pairs) - 1))
    end = data.draw(st.integers(start + 1, len(pairs)))
    part = pairs[start:end]
    path = range_proof([(start, end)], len(pairs), nodes_of(pairs))
    other = PairProof(start, tuple(part), path)
    prefix = kind.value + token
    left, right = sum(1 for pair in part if pair[:17] < prefix), sum(1 for pair in part if pair[:17] > prefix)
    good = (left == 1 or (left == 0 == start)) and (right == 1 or (right == 0 and end == len(pairs)))
    assert good == (not refused(other, pairs, kind, token))
    if other == proof:
        assert good


@given(segments(), segments())
def test_a_proof_for_another_segment_or_token_is_refused(
    one: tuple[list[bytes], Kind, bytes], other: tuple[list[bytes], Kind, bytes]
) -> None:
    """Unless it shows what is true of that one, too."""
    pairs, kind, token = one
    proof = prove(pairs, *other[1:])
    if not refused(proof, pairs, kind, token):
        assert indexes_of(pairs, kind, token) == verify(proof, root_of_pairs(pairs), len(pairs), kind, token)
    if other[0] != pairs:
        assert refused(prove(other[0], kind, token), pairs, kind, token)


def test_a_segment_without_pairs_has_the_empty_proof_alone() -> None:
    """Under the empty root."""
    empty = PairProof(0, (), ())
    assert empty == prove([], Kind.SUBJECT, bytes(16))
    assert () == verify(empty, EMPTY_ROOT, 0, Kind.SUBJECT, bytes(16))
    for proof, root, size in (
        (empty, bytes(32), 0),
        (empty, EMPTY_ROOT, 1),
        (PairProof(1, (), ()), EMPTY_ROOT, 0),
        (PairProof(0, (make_pair(Kind.SUBJECT, bytes(16), 0),), ()), EMPTY_ROOT, 0),
        (PairProof(0, (), (EMPTY_ROOT,)), EMPTY_ROOT, 0),
        (empty, EMPTY_ROOT, -1),
        (empty, EMPTY_ROOT, MAX_PAIRS),
        (empty, b"", 0),
    ):
        with pytest.raises(ProofInvalid):
            verify(proof, root, size, Kind.SUBJECT, bytes(16))


def test_a_token_of_another_length_is_refused() -> None:
    """It would be looked for under a part of others."""
    pairs = [make_pair(Kind.SUBJECT, bytes(16), 0)]
    with pytest.raises(ValueError, match="16 bytes"):
        prove(pairs, Kind.SUBJECT, bytes(15))
    with pytest.raises(ProofInvalid):
        verify(prove(pairs, Kind.SUBJECT, bytes(16)), root_of_pairs(pairs), 1, Kind.SUBJECT, bytes(15))
