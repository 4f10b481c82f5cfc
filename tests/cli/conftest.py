"""The worlds of the commands' tests: two provinces' files on disk, in which nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import world as worlds
from tests.cli.world import World


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world in which nothing is wrong, for copies alone."""
    return worlds.build(tmp_path_factory.mktemp("built"))


@pytest.fixture(name="sound", scope="module")
def _sound(built: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A module's own world in which nothing is wrong; tests copy it before they break it."""
    return built.copy(tmp_path_factory.mktemp("sound"))


@pytest.fixture(name="world")
def _world(sound: World, tmp_path: Path) -> World:
    """A copy of the sound world."""
    return sound.copy(tmp_path)
