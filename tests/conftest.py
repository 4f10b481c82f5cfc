"""What all tests share: light secrets, the files of two provinces made once, running pairs of nodes, listed skips."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

import tests.light.sitecustomize  # noqa: F401  # lightens the secrets of this process
from tests.listed_skips import register_guard
from tests.province import Pristine, Two, make_pristine, two_provinces

LIGHT = str(Path(__file__).parent / "light")
if LIGHT not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
    # Python processes that tests start are lightened alike; a process that is given an environment of its own is not.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (LIGHT, os.environ.get("PYTHONPATH"))))

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")  # a busy machine must not fail a claim about values


def pytest_configure(config: pytest.Config) -> None:
    """Have skipped tests judged."""
    register_guard(config)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, as they were made."""
    return make_pristine(tmp_path_factory.mktemp("provinces"))


@pytest.fixture
async def two(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running in this process, for one test alone."""
    async with two_provinces(pristine) as running:
        yield running
