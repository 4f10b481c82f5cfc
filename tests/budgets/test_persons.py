"""The set of fingerprints holds what a set holds, in little room."""

import random

from hypothesis import given
from hypothesis import strategies as st

from gateway.budgets.persons import BLOCK, PersonSet


@given(st.lists(st.integers(min_value=0, max_value=(1 << 64) - 1)))
def test_it_counts_as_a_set_does(persons: list[int]) -> None:
    counted = PersonSet()
    for person in persons:
        counted.add(person)
    assert len(set(persons)) == len(counted)


def test_a_person_counts_once_before_and_after_the_blocks_are_halved() -> None:
    chance = random.Random(7)
    persons = [chance.getrandbits(64) for _ in range(20 * BLOCK)]
    counted = PersonSet()
    for person in persons:
        counted.add(person)
    for person in persons:
        counted.add(person)
    assert len(set(persons)) == len(counted)


def test_persons_who_are_not_spread_evenly_are_counted_too() -> None:
    counted = PersonSet()
    for person in [*range(3 * BLOCK), *range(3 * BLOCK), (1 << 64) - 1, (1 << 64) - 1]:
        counted.add(person)
    assert 3 * BLOCK + 1 == len(counted)
