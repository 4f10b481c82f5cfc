"""Two running nodes hold one official to the budget of persons, however many questions come in one frame."""

from __future__ import annotations

from gateway.budgets.counting import ScopeKind
from gateway.cli.demo.spent import ask_beyond_budget
from tests.province import ITEMS, Two

LIMIT = 200
"""The budget of an official in a day, by default."""
BEYOND = 7


async def test_the_201st_person_of_the_day_is_refused_on_both_sides(two: Two) -> None:
    """All are asked about at once; exactly the budget is answered, and both nodes have counted it."""
    reasons = await ask_beyond_budget(two.world, ITEMS["CY-ID-02"], LIMIT + BEYOND, "王一")
    assert ["PERSON_BUDGET_SPENT"] * BEYOND == reasons
    for running in two.nodes.values():
        found = [one.day for one in running.foundation.budgets.counting if one.scope.kind is ScopeKind.OPERATOR]
        assert [LIMIT] == found


async def test_a_restart_gives_nothing_back(two: Two) -> None:
    """Both nodes count anew from their logs."""
    assert [] == await ask_beyond_budget(two.world, ITEMS["CY-ID-02"], LIMIT, "王一")
    for name in list(two.nodes):
        await two.stop(name)
        await two.start(name)
    assert ["PERSON_BUDGET_SPENT"] == await ask_beyond_budget(two.world, ITEMS["CY-ID-02"], 1, "王一")
