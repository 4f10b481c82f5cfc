"""What all tests share: light secrets, the files of two provinces made once, running pairs of nodes, listed skips."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

import tests.light.sitecustomize  # noqa: F401  # lightens the secrets of this process
from tests.listed_skips import register_guard
from tests.province import Pristine, Two, make_pristine, two_provinces
from tests.shared import PAIR, WIDE, shared_provinces, unchanged

LIGHT = str(Path(__file__).parent / "light")
if LIGHT not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
    # Python processes that tests start are lightened alike; a process that is given an environment of its own is not.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (LIGHT, os.environ.get("PYTHONPATH"))))

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")  # a busy machine must not fail a claim about values


def pytest_configure(config: pytest.Config) -> None:
    """Have skipped tests judged."""
    register_guard(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what shares a pair in its module's loop, after the module's other tests, so that no pair waits for them."""
    sharing = [item for item in items if isinstance(item, pytest.Function) and PAIR in item.fixturenames]
    for item in sharing:
        item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)
    last = {id(item) for item in sharing}
    places: dict[str, int] = {}
    for item in items:
        places.setdefault(item.nodeid.split("::")[0], len(places))
    items.sort(key=lambda item: (places[item.nodeid.split("::")[0]], id(item) in last))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, as they were made."""
    return make_pristine(tmp_path_factory.mktemp("provinces"))


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces for pairs that tests share: a world of its own, with wide rate limits."""
    return make_pristine(tmp_path_factory.mktemp("shared"), WIDE)


@pytest_asyncio.fixture(name=PAIR, scope="module", loop_scope="module")
async def _running_pair(wide: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running until the module ends."""
    async with shared_provinces(wide) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def shared_two(running_pair: Two) -> AsyncIterator[Two]:
    """Both provinces, running for the tests of a module that only ask and read; a change fails the test."""
    async with unchanged(running_pair) as lent:
        yield lent


@pytest.fixture
async def two(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running in this process, for one test alone."""
    async with two_provinces(pristine) as running:
        yield running
