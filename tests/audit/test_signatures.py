"""What checkpoints prove together reaches as far as the newest one, and as far as the newest that is witnessed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.audit.verification.signatures import Cosigner, Signatures, accept_all

ONE, TWO, TWICE = ("one", b"1111"), ("two", b"2222"), ("one", b"3333")


def nobody(cosigned: Mapping[Cosigner, int]) -> Mapping[str, int]:
    """Accept no cosignature."""
    return {}


def test_a_checkpoint_without_cosignatures_is_signed_alone() -> None:
    """What was witnessed before stays."""
    found = Signatures().add(5, {}, accept_all)
    assert Signatures(5) == found
    found = found.add(6, {ONE: 7}, accept_all).add(9, {}, accept_all)
    assert Signatures(9, 6, 7, ("one",), frozenset({"one"})) == found


def test_cosignatures_that_are_not_enough_witness_nothing_and_are_remembered() -> None:
    """Who cosigned is known all the same."""
    assert Signatures(5, 0, 0, (), frozenset({"one", "two"})) == Signatures().add(5, {ONE: 7, TWO: 8}, nobody)


def test_the_newest_checkpoint_that_is_witnessed_names_its_witnesses_and_the_last_of_their_times() -> None:
    """Those of an older one have cosigned, but not this."""
    found = Signatures().add(5, {ONE: 7, TWO: 8}, accept_all).add(6, {TWO: 9}, accept_all)
    assert Signatures(6, 6, 9, ("two",), frozenset({"one", "two"})) == found


@pytest.mark.parametrize(
    ("cosigned", "expected"),
    [
        ({}, {}),
        ({ONE: 7}, {"one": 7}),
        ({ONE: 7, TWICE: 9, TWO: 1}, {"one": 9, "two": 1}),
        ({TWICE: 9, ONE: 7}, {"one": 9}),
    ],
)
def test_a_witness_with_two_keys_is_one_witness(cosigned: dict[Cosigner, int], expected: dict[str, int]) -> None:
    """Under its newest time."""
    assert expected == accept_all(cosigned)
