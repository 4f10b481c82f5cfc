"""What all tests share: light secrets, the files of two provinces made once, running pairs of nodes, listed skips.

The fixtures import what they need when they are used: a test of one room starts without the other rooms.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from hypothesis import settings

import tests.light.sitecustomize  # noqa: F401  # lightens the secrets of this process
from tests.listed_skips import register_guard
from tests.longest import rank
from tests.parsed_once import parse_once

if TYPE_CHECKING:
    from tests.province import Pristine, Two

PAIR: Final = "running_pair"
"""The fixture of a module's pair. A test that hangs on it runs in the loop of its module."""
LIGHT: Final = str(Path(__file__).parent / "light")
if LIGHT not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
    # Python processes that tests start are lightened alike; a process that is given an environment of its own is not.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (LIGHT, os.environ.get("PYTHONPATH"))))

# Programs that tests start as another user are forked, not spawned: gRPC's handlers of a fork have nothing to do there,
# and now and then took the child down before it could become the program.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

settings.register_profile("steady", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=15, database=None)  # `scripts/test fast`: a first answer
settings.load_profile("steady")  # a busy machine must not fail a claim about values


def pytest_configure(config: pytest.Config) -> None:
    """Have skipped tests judged; no garbage collector runs through what is collected, which stays to the end."""
    register_guard(config)
    parse_once()
    gc.disable()
    os.environ["CHUANYU_LANG"] = "both"


def pytest_collection_finish() -> None:
    """Let the collector run from here on, on what the tests themselves make, and seldom: most of it is no circle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests: workers begin with the longest modules, and what shares a pair comes last in its module.

    A shared pair runs in the loop of its module, which stands still while other tests run: it must not wait for them.
    """
    sharing = [item for item in items if isinstance(item, pytest.Function) and PAIR in item.fixturenames]
    for item in sharing:
        item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)
    last = set(map(id, sharing))
    modules = list(dict.fromkeys(item.nodeid.split("::")[0] for item in items))
    if hasattr(config, "workerinput"):
        modules.sort(key=rank)
    places = {module: place for place, module in enumerate(modules)}
    items.sort(key=lambda item: (places[item.nodeid.split("::")[0]], id(item) in last))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Let no test speak the language that a former one chose: `--lang` is for a whole process, which tests share."""
    if (language := sys.modules.get("gateway.cli.language")) is not None:
        language.choose(None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take from the report of what passed the words that only a failure is looked up by: each travels to the master."""
    report = yield
    if report.passed:
        report.keywords = {}
    return report


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, as they were made."""
    from tests.province import make_pristine

    return make_pristine(tmp_path_factory.mktemp("provinces"))


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces for pairs that tests share: a world of its own, with wide rate limits."""
    from tests.province import make_pristine
    from tests.shared import WIDE

    return make_pristine(tmp_path_factory.mktemp("shared"), WIDE)


@pytest_asyncio.fixture(name=PAIR, scope="module", loop_scope="module")
async def _running_pair(wide: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running until the module ends."""
    from tests.shared import shared_provinces

    async with shared_provinces(wide) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def shared_two(running_pair: Two) -> AsyncIterator[Two]:
    """Both provinces, running for the tests of a module that only ask and read; a change fails the test."""
    from tests.shared import unchanged

    async with unchanged(running_pair) as lent:
        yield lent


@pytest.fixture
async def two(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running in this process, for one test alone."""
    from tests.province import two_provinces

    async with two_provinces(pristine) as running:
        yield running
