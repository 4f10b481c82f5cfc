"""Persons are counted, not questions."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.budgets.counting import MOST_MEMBERS, Counting, CrowdedOut, Scope, ScopeKind, scopes_of
from gateway.ground.looks import Look
from tests.budgets.looks import at, look

OFFICIAL = Scope(ScopeKind.OPERATOR, False, "a" * 32, "500000/cq-hrss")
DEPARTMENT = Scope(ScopeKind.DEPARTMENT, False, "500000/cq-hrss")


def counted(*looks: Look) -> Counting:
    """What a log with these looks has counted."""
    counting = Counting()
    for one in looks:
        counting.take(one)
    return counting


def used(counting: Counting, scope: Scope = OFFICIAL) -> tuple[int, int]:
    """A scope's persons of the day and of the month."""
    return next(((found.day, found.month) for found in counting if found.scope == scope), (0, 0))


def test_the_same_person_twice_in_a_day_counts_once() -> None:
    assert (1, 1) == used(counted(look(7), look(7), look(7, 7)))


def test_a_person_of_three_days_counts_three_times_in_the_month() -> None:
    assert (1, 3) == used(counted(*(look(7, time_us=at(day)) for day in (2, 3, 4))))


def test_each_of_the_five_kinds_counts_by_itself() -> None:
    counting = counted(look(1, 2), look(3, operators=("c" * 32,)), look(4, item="CY-ID-02"), look(5, batch=True))
    found = {(one.scope.kind, one.scope.batch, one.scope.name): one.day for one in counting}
    assert 3 == found[ScopeKind.OPERATOR, False, "a" * 32]
    assert 1 == found[ScopeKind.OPERATOR, False, "c" * 32]
    assert 4 == found[ScopeKind.DEPARTMENT, False, "500000/cq-hrss"]
    assert 1 == found[ScopeKind.DEPARTMENT, True, "500000/cq-hrss"]
    assert 3 == found[ScopeKind.ITEM, False, "510000/CY-ID-01"]
    assert 4 == found[ScopeKind.APPLICATION, False, "b" * 32]
    assert 4 == found[ScopeKind.PEER, False, "500000-510000"]


def test_a_province_that_asks_itself_has_no_peer_and_nobody_in_person_no_official() -> None:
    counting = counted(look(1, asking="510000", operators=()))
    assert [ScopeKind.DEPARTMENT, ScopeKind.ITEM, ScopeKind.APPLICATION] == [one.scope.kind for one in counting]


def test_a_question_about_nobody_counts_nothing() -> None:
    assert [] == [*counted(look())]


def test_yesterday_is_gone_and_the_month_stays() -> None:
    counting = counted(look(1, 2, 3))
    counting.turn(at(3))
    assert (0, 3) == used(counting)
    counting.turn(at(1, 9, month=12) + 31 * 86_400_000_000)
    assert (0, 0) == used(counting)
    assert [] == [*counting]


def test_a_clock_that_goes_back_gives_nothing_back() -> None:
    counting = counted(look(1, time_us=at(3)), look(2, time_us=at(2)))
    assert (2, 2) == used(counting)
    counting.turn(at(2))
    assert (2, 2) == used(counting)


def test_the_first_day_of_a_month_adds_up_both_references_of_an_official() -> None:
    """The references of persons and officials change at 08:00 of that day; the day's budget does not begin anew."""
    early = look(1, 2, time_us=at(1, 7), operators=("o" * 32,))
    late = look(3, time_us=at(1, 9), operators=("n" * 32, "o" * 32))
    counting = counted(early, late)
    (official,) = (one for one in counting.find(late) if one.scope.kind is ScopeKind.OPERATOR)
    assert (1, 2, 1) == (official.tally.of_day, official.earlier, official.tally.of_month)
    assert (3, 1) == used(counting, DEPARTMENT)
    counting.turn(at(2))
    assert (0, 1) == used(counting, DEPARTMENT)


def test_names_that_a_department_makes_up_have_an_end() -> None:
    counting = counted(*(look(1, operators=(f"{number:032x}",)) for number in range(MOST_MEMBERS)))
    with pytest.raises(CrowdedOut):
        counting.find(look(1, operators=("f" * 32,)))
    counting.find(look(1, operators=(f"{7:032x}",)))
    counting.find(look(1, operators=("f" * 32,), department="cq-mca"))


QUESTIONS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 12), max_size=4),
        st.integers(2, 5),
        st.sampled_from(["a" * 32, "c" * 32]),
        st.sampled_from(["CY-ID-01", "CY-ID-02"]),
        st.booleans(),
    ),
    max_size=40,
)


@given(QUESTIONS)
def test_counts_are_those_of_plain_sets(questions: list[tuple[list[int], int, str, str, bool]]) -> None:
    counting, day = Counting(), 2
    sets: defaultdict[Scope, set[tuple[int, int]]] = defaultdict(set)
    for numbers, later, official, item, batch in questions:
        if not numbers:
            continue
        day = max(day, later)
        one = look(*numbers, time_us=at(later), operators=(official,), item=item, batch=batch)
        counting.take(one)
        for (scope,) in scopes_of(one):
            sets[scope].update((number, day) for number in numbers)
    newest = counting.span.day.day
    for found in counting:
        assert len(sets[found.scope]) == found.month
        assert sum(of == newest for _, of in sets[found.scope]) == found.day
