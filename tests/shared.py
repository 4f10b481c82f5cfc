"""A pair of nodes that the tests of one module share, and the watch over it.

Starting a pair costs more than most questions to it. A test that only asks and reads takes `shared_two`; a test that
stops a node, breaks a log, changes a file or asks for a log with nothing else in it takes `two`, a pair of its own.
What a test may leave behind in a shared pair are entries in its logs and nothing else: after each test the pair is
compared with what it was before, and at the end of the module both logs are verified.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

from tests.province import Pristine, StandIn, Two, two_provinces, verified

WIDE: Final = "per_party_per_second = 100000\nper_party_burst = 100000\ndrain_seconds = 2"
"""Tests that share a pair must not use up each other's rate."""
_PLAIN: Final = (int, float, str, bytes, bool, type(None))


def _members(thing: object) -> Iterator[tuple[str, Any]]:
    if is_dataclass(thing):
        yield from ((one.name, getattr(thing, one.name)) for one in fields(thing))
    else:
        yield from vars(thing).items()


def _parts(name: str, thing: object, depth: int) -> Iterator[tuple[str, object]]:
    """Name what hangs on a thing: objects by identity, numbers, texts and truths by value."""
    for member, value in _members(thing):
        place = f"{name}.{member}"
        yield place, value if isinstance(value, _PLAIN) else id(value)
        if depth and not isinstance(value, _PLAIN) and hasattr(value, "__dict__"):
            yield from _parts(place, value, depth - 1)


def _files(directory: Path, grows: frozenset[str]) -> Iterator[tuple[str, object]]:
    """Name the files of a node that a question does not touch, each with its size and time."""
    for one in os.scandir(directory):
        if one.is_dir(follow_symlinks=False):
            if one.path not in grows:
                yield from _files(Path(one.path), grows)
        elif one.is_file():
            found = one.stat()
            yield one.path, (found.st_size, found.st_mtime_ns)


def state_of(two: Two) -> dict[str, object]:
    """Describe all of a pair that asking and reading leaves as it was."""
    found: dict[str, object] = {}
    for name, province in two.world.items():
        running = two.nodes.get(name)
        found[f"{name} runs"] = id(running)
        if running is None:
            continue
        found[f"{name} serves"] = running.log.serving
        found[f"{name} drains"] = running.node.accounts.draining
        found |= dict(_parts(f"{name}.node", running.node, 0))
        rooms = running.node.in_force.rooms
        found[f"{name}.rooms"] = id(rooms)
        found |= dict(_parts(f"{name}.rooms", rooms, 1))
        found |= dict(_files(province.settings.directory, frozenset({str(province.settings.log_path.parent)})))
    return found


def reset_platforms(two: Two) -> None:
    """Give both stand-ins their plausible answers again, and let them forget what they were asked."""
    for platform in two.platforms.values():
        vars(platform).clear()
        vars(platform).update(vars(StandIn()))


def changes_of(before: dict[str, object], two: Two) -> list[str]:
    """Name what differs from the state before."""
    after = state_of(two)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def sizes_of(two: Two) -> dict[str, int]:
    """Return how many entries each log has."""
    return {name: running.log.size for name, running in two.nodes.items()}


@asynccontextmanager
async def shared_provinces(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces until the module ends; then both logs must hold, with every entry that was made on the way."""
    async with two_provinces(pristine) as two:
        yield two
        sizes = sizes_of(two)
    for name, province in two.world.items():
        verdict = verified(province)
        assert () == verdict.faults, name
        assert sizes.get(name, 0) <= verdict.size, f"{name}: the log lost entries"


@asynccontextmanager
async def unchanged(two: Two) -> AsyncIterator[Two]:
    """Lend a shared pair to one test; fail the test that does not give it back as it was."""
    reset_platforms(two)
    before, sizes = state_of(two), sizes_of(two)
    yield two
    reset_platforms(two)
    found = changes_of(before, two)
    assert [] == found, "this test changed the shared pair: it must take `two`"
    assert all(sizes[name] <= size for name, size in sizes_of(two).items())
