"""The watch over a pair that tests share: asking and reading leave it as it was, and whatever else is done is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.assembly.build import build
from gateway.ground.refusals import Reason, Refusal
from tests.province import Two, plausible
from tests.shared import changes_of, reset_platforms, state_of, unchanged


async def test_questions_answered_and_refused_are_no_change(two: Two) -> None:
    """Both logs grow, and that is all."""
    before = state_of(two)
    for _ in range(3):
        await two.query(two.ask())
        two.platforms["sichuan"].answer = lambda asked: [{**plausible(asked)[0], "card_no": [7]}]
        with pytest.raises(Refusal) as caught:
            await two.query(two.ask())
        assert Reason.PLATFORM_ANSWER_INVALID is caught.value.reason
        reset_platforms(two)
    assert [] == changes_of(before, two)


def touch_list(two: Two) -> None:
    """Change a signed list on disk."""
    path = next(two.world["sichuan"].settings.lists_directory.glob("*.toml"))
    path.write_bytes(path.read_bytes() + b"\n")


def add_file(two: Two) -> None:
    """Put a file beside the settings, as a quarantine does."""
    Path(two.world["chongqing"].settings.directory / "quarantine.json").write_text("[]", encoding="utf-8")


def replace_rooms(two: Two) -> None:
    """Put other rooms in force."""
    node = two.nodes["sichuan"].node
    node.in_force.rooms = replace(node.in_force.rooms)


def reload_rooms(two: Two) -> None:
    """Build all anew from the same files."""
    running = two.nodes["sichuan"]
    running.node.in_force = build(
        running.foundation, running.trust, running.node.in_force.rooms.catalogue, running.metrics
    )


def turn_clock(two: Two) -> None:
    """Change a number of the gatehouse."""
    two.nodes["sichuan"].node.in_force.rooms.gatehouse._clock_offset_us = -1


def shorten_deadline(two: Two) -> None:
    """Change a number of the node."""
    two.nodes["chongqing"].node.max_deadline_seconds = 0.3


def drain(two: Two) -> None:
    """Let a node refuse new questions."""
    two.nodes["chongqing"].node.accounts.draining = True


def lose_node(two: Two) -> None:
    """Take one node out."""
    two.nodes["third"] = two.nodes.pop("chongqing")


CHANGES = [replace_rooms, reload_rooms, turn_clock, shorten_deadline, drain, touch_list, add_file, lose_node]


async def test_each_change_is_noticed(two: Two) -> None:
    """In the documents in force, the rooms, the node, the files; all with one pair, for each begins with a new look."""
    for change in CHANGES:
        before = state_of(two)
        change(two)
        assert changes_of(before, two), change.__name__
    two.nodes["chongqing"] = two.nodes.pop("third")


@pytest.mark.parametrize("change", [None, drain], ids=["nothing", "a change"])
async def test_a_test_that_changes_the_pair_fails_and_one_that_does_not_passes(
    two: Two, change: Callable[[Two], None] | None
) -> None:
    """The failure says which fixture to take; the platforms are reset for the next test."""
    lent = unchanged(two)
    assert two is await lent.__aenter__()
    await two.query(two.ask())
    two.platforms["sichuan"].answer = lambda asked: []
    if change is None:
        await lent.__aexit__(None, None, None)
    else:
        change(two)
        with pytest.raises(AssertionError, match="must take `two`"):
            await lent.__aexit__(None, None, None)
        two.nodes["chongqing"].node.accounts.draining = False
    assert 1 == (await two.query(two.ask())).page.rows
