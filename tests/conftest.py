"""What all tests share: the files of two provinces, made once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.province import Pristine, Two, make_pristine, two_provinces


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, as they were made."""
    return make_pristine(tmp_path_factory.mktemp("provinces"))


@pytest.fixture
async def two(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running in this process."""
    async with two_provinces(pristine) as running:
        yield running
