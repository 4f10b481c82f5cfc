"""A suspension reaches a question that is under way (issue 12, 15): before its next page, on both roads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.consumer import ask_province
from gateway.ground.evidence import Territory
from gateway.ground.refusals import Reason, Refusal
from gateway.road import Refused, travel
from tests.samples import arrival, grant
from tests.test_consumer import FakeProvince
from tests.test_road import FakeRooms

World = FakeRooms | FakeProvince
ROADS = [(FakeRooms, travel), (FakeProvince, ask_province)]
both = pytest.mark.parametrize(("make", "road"), ROADS, ids=["provider", "asker"])
Make = Callable[..., Any]
Road = Callable[..., Any]
SUSPENDED = [
    ("authorise", Reason.ITEM_NOT_LISTED),
    ("authorise", Reason.GRANT_MISSING),
    ("authorise", Reason.GRANT_EXPIRED),
    ("admit party", Reason.CERTIFICATE_REVOKED),
    ("admit party", Reason.PARTY_UNKNOWN),
]
"""The step of the new rooms that refuses, and why."""


def reload(world: World) -> World:
    """Bring other rooms into force; return them."""
    fresh = type(world)()
    fresh.steps = world.steps
    world.in_force = fresh.rooms
    return fresh


@both
@pytest.mark.parametrize(("step", "reason"), SUSPENDED, ids=[reason.value for _, reason in SUSPENDED])
async def test_0_9_a_question_under_way_ends_before_its_next_page(
    make: Make, road: Road, step: str, reason: Reason
) -> None:
    """No page is recorded or handed over after the reload, and the refusal is recorded with its reason."""
    world = make(pages=500)
    walking = road(world.rooms, arrival(), world.permission)
    await anext(walking)
    reload(world).failing[step] = Refusal(reason)
    with pytest.raises(Refused) as caught:
        await anext(walking)
    assert reason == caught.value.refusal.reason
    assert [reason] == [one.reason for one in world.exchange.refusals]
    assert 1 == sum(one.startswith(("release", "receive")) for one in world.steps)


@both
async def test_0_9_a_question_that_is_still_allowed_goes_on_and_is_judged_once(make: Make, road: Road) -> None:
    """However many pages follow; each further reload is judged anew."""
    world = make(pages=6)
    walking = road(world.rooms, arrival(), world.permission)
    assert await anext(walking)
    for _ in range(2):
        world.steps.clear()
        reload(world)
        for _ in range(2):
            assert await anext(walking)
        assert (1, 1) == (world.steps.count("admit party"), world.steps.count("authorise"))
    assert 1 == len([one async for one in walking])


@both
async def test_0_9_without_a_reload_nothing_is_judged_again(make: Make, road: Road) -> None:
    """A page costs a comparison of references."""
    world = make(pages=3)
    assert 3 == len([one async for one in road(world.rooms, arrival(), world.permission)])
    assert (0, 1) == (world.steps.count("admit party"), world.steps.count("authorise"))


@both
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"item_digest": "0" * 64}, Reason.ITEM_NOT_LISTED),
        (
            {"territory": Territory("A-SN-TN", "region_code", frozenset({"510903"}), frozenset())},
            Reason.AGREEMENT_NOT_COVERED,
        ),
    ],
)
async def test_0_9_an_item_or_an_agreement_that_reads_otherwise_now_ends_the_question(
    make: Make, road: Road, changes: dict[str, Any], reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages were masked as the former item said, and held to what the former agreement covered."""
    world = make(pages=3)
    walking = road(world.rooms, arrival(), world.permission)
    await anext(walking)
    fresh = reload(world)
    other = replace(grant(), **changes)
    monkeypatch.setattr(fresh.rooms.catalogue, "authorise", lambda of, caller, *now_us: other)
    with pytest.raises(Refused) as caught:
        await anext(walking)
    assert reason == caught.value.refusal.reason


async def test_0_9_a_quarantine_ends_what_runs_without_a_reload() -> None:
    """The guard's hit in one question stops the others of its item before their next page."""
    world = FakeRooms(pages=500)
    walking: Any = travel(world.rooms, arrival(), world.permission)
    await anext(walking)
    world.failing["admit"] = Refusal(Reason.ITEM_QUARANTINED)
    with pytest.raises(Refused) as caught:
        await anext(walking)
    assert (Reason.ITEM_QUARANTINED, 1) == (caught.value.refusal.reason, len(world.exchange.refusals))
    assert "release 1" not in world.steps


@both
async def test_0_9_a_defect_of_the_new_rooms_ends_the_question(make: Make, road: Road) -> None:
    """Where it cannot be judged, nothing leaves."""
    world = make(pages=3)
    walking = road(world.rooms, arrival(), world.permission)
    await anext(walking)
    reload(world).failing["authorise"] = ValueError("51999919600101001X")
    with pytest.raises(Refused) as caught:
        await anext(walking)
    assert (Reason.INTERNAL, "ValueError") == (caught.value.refusal.reason, caught.value.refusal.detail)
