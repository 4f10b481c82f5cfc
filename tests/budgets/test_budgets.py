"""A question that would look at more persons than is left is refused, and tells nothing of any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.budgets.budgets import Budgets
from gateway.budgets.counting import BY_ITEM, MOST_MEMBERS, Counting, ScopeKind
from gateway.ground.looks import Look
from gateway.ground.refusals import Reason, Refusal
from tests.budgets.looks import at, look
from tests.samples import grant, item
from tests.wide import budgets


def refused(budget: Budgets, one: Look) -> str:
    """The detail by which a question is refused."""
    with pytest.raises(Refusal) as caught:
        budget.require(one, grant())
    assert Reason.PERSON_BUDGET_SPENT is caught.value.reason
    return caught.value.detail


def ask(budget: Budgets, one: Look) -> None:
    """One question that is allowed."""
    budget.require(one, grant())(())


def test_the_last_person_is_allowed_and_the_next_one_is_told_the_limit_and_when_it_resets() -> None:
    budget = budgets(operator=3)
    for person in range(3):
        ask(budget, look(person))
    assert "operator budget of the day: limit 3 persons, resets 2026-12-03 00:00 +08:00" == refused(budget, look(9))


@pytest.mark.parametrize("kind", [kind for kind in ScopeKind if kind not in BY_ITEM.values()])
def test_each_kind_refuses_alone(kind: ScopeKind) -> None:
    budget = budgets(**{kind: 2})
    ask(budget, look(1, 2))
    assert refused(budget, look(3)).startswith(f"{kind} budget of the day")


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        (ScopeKind.OPERATOR, {"operators": ("c" * 32,)}),
        (ScopeKind.DEPARTMENT, {"department": "cq-mca"}),
        (ScopeKind.ITEM, {"item": "CY-ID-02"}),
        (ScopeKind.APPLICATION, {"applications": ("c" * 32,)}),
        (ScopeKind.PEER, {"asking": "510000"}),
    ],
)
def test_a_spent_budget_refuses_nobody_else(kind: ScopeKind, other: dict[str, str]) -> None:
    budget = budgets(**{kind: 1})
    ask(budget, look(1))
    budget.require(look(2, **other), grant())  # type: ignore[arg-type]  # by name


def test_a_peer_is_bounded_whatever_applications_and_officials_it_names() -> None:
    budget = budgets(peer=10)
    for person in range(10):
        ask(
            budget,
            look(person, operators=(f"{person:032x}",), applications=(f"{person:032x}",), department=f"d{person}"),
        )
    assert refused(budget, look(11, operators=("e" * 32,), department="other")).startswith("peer budget")


def test_a_refusal_does_not_tell_whether_a_person_was_asked_about_before() -> None:
    budget = budgets(department=2)
    ask(budget, look(1, 2))
    assert refused(budget, look(1)) == refused(budget, look(9))
    near = budgets(department=3)
    ask(near, look(1, 2))
    assert refused(near, look(1, 2)) == refused(near, look(8, 9))


def test_a_question_beyond_the_rest_is_refused_whole_and_counts_nothing() -> None:
    budget = budgets(operator=5)
    ask(budget, look(1, 2, 3))
    refused(budget, look(4, 5, 6))
    ask(budget, look(4, 5))


def test_a_new_day_begins_anew_and_the_month_does_not() -> None:
    budget = budgets(day=2, month_days=2)
    for day in (2, 3):
        ask(budget, look(1, 2, time_us=at(day)))
    assert "limit 4 persons, resets 2027-01-01 08:00 +08:00" in refused(budget, look(1, time_us=at(4)))


def test_batches_and_single_questions_have_budgets_of_their_own() -> None:
    budget = budgets(operator=1)
    ask(budget, look(1))
    ask(budget, look(2, batch=True))
    refused(budget, look(3))
    refused(budget, look(3, batch=True))


def test_officials_that_are_made_up_have_an_end() -> None:
    budget = budgets()
    for number in range(MOST_MEMBERS):
        ask(budget, look(1, operators=(f"{number:032x}",)))
    assert f"expected at most {MOST_MEMBERS} names of kind operator in a month, found one more" == refused(
        budget, look(1, operators=("f" * 32,))
    )


def test_a_question_about_nobody_is_never_refused() -> None:
    budget = budgets(day=1)
    ask(budget, look(1))
    ask(budget, look())


def narrowing(
    budget: Budgets, one: Look, operator_day: int = 0, department_day: int = 0, by_grant: tuple[int, int] = (0, 0)
) -> None:
    """One question under a grant whose item has numbers of its own, and that may have some itself."""
    modes = tuple(replace(mode, operator_day=operator_day, department_day=department_day) for mode in item().modes)
    budget.require(one, replace(grant(replace(item(), modes=modes)), persons_day=by_grant))(())


def test_an_item_narrows_an_official_and_a_department_and_no_other_item() -> None:
    for kind, numbers in (("operator", (2, 0)), ("department", (0, 2))):
        budget = budgets()
        narrowing(budget, look(1, 2), *numbers)
        with pytest.raises(Refusal) as caught:
            narrowing(budget, look(3), *numbers)
        assert caught.value.detail.startswith(f"{kind}_item budget of the day: limit 2 persons")
        ask(budget, look(3, item="CY-ID-09"))
        narrowing(budget, look(3, time_us=at(3)), *numbers)


def test_an_item_never_widens() -> None:
    budget = budgets(operator=1)
    narrowing(budget, look(1), operator_day=100)
    with pytest.raises(Refusal) as caught:
        narrowing(budget, look(2), operator_day=100)
    assert caught.value.detail.startswith("operator budget of the day: limit 1 persons")


def test_an_item_that_is_narrowed_during_a_day_counts_all_of_that_day() -> None:
    budget = budgets()
    ask(budget, look(1, 2, item="CY-ID-09"))
    with pytest.raises(Refusal):
        narrowing(budget, look(3), operator_day=2)
    narrowing(budget, look(3), operator_day=3)
    with pytest.raises(Refusal):
        narrowing(budget, look(4), operator_day=3)
    narrowing(budget, look(4, 5, time_us=at(3)), operator_day=3)


def test_a_start_counts_within_the_items_that_are_narrowed() -> None:
    counting = Counting([("CY-ID-01", False)])
    for one in (look(1, 2), look(3, item="CY-ID-09"), look(4, batch=True)):
        counting.take(one)
    found = {one.scope.kind: (one.scope.name, one.day) for one in counting if one.scope.kind in BY_ITEM.values()}
    assert {
        ScopeKind.OPERATOR_ITEM: (f"{'a' * 32} 510000/CY-ID-01", 2),
        ScopeKind.DEPARTMENT_ITEM: ("500000/cq-hrss 510000/CY-ID-01", 2),
    } == found


@pytest.mark.parametrize(
    ("numbers", "by_grant", "kind", "limit"),
    [
        ({}, (2, 0), "operator_item", 2),
        ({}, (0, 2), "department_item", 2),
        ({"operator_day": 9}, (2, 0), "operator_item", 2),
        ({"operator_day": 2}, (9, 0), "operator_item", 2),
        ({"department_day": 2}, (9, 9), "department_item", 2),
        ({"operator_day": 9, "department_day": 9}, (9, 2), "department_item", 2),
    ],
    ids=str,
)
def test_of_item_and_grant_the_smaller_number_holds(
    numbers: dict[str, int], by_grant: tuple[int, int], kind: str, limit: int
) -> None:
    budget = budgets()
    narrowing(budget, look(*range(limit)), **numbers, by_grant=by_grant)
    with pytest.raises(Refusal) as caught:
        narrowing(budget, look(99), **numbers, by_grant=by_grant)
    assert caught.value.detail.startswith(f"{kind} budget of the day: limit {limit} persons")


def test_a_grant_never_widens_and_counts_what_another_grant_of_the_item_looked_at() -> None:
    budget = budgets(department=3)
    narrowing(budget, look(1, 2), by_grant=(0, 900))
    with pytest.raises(Refusal):
        narrowing(budget, look(3), by_grant=(0, 2))
    narrowing(budget, look(3))
    with pytest.raises(Refusal) as caught:
        narrowing(budget, look(4), by_grant=(0, 900))
    assert caught.value.detail.startswith("department budget of the day: limit 3 persons")
