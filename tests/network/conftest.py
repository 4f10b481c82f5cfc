"""Both provinces, running, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.province import Pristine, Two, two_provinces


@pytest.fixture
async def two(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running in this process."""
    async with two_provinces(pristine) as running:
        yield running
