"""The province's platform as a part: opened by the settings and closed at the end; one that was given stays open."""

from __future__ import annotations

from typing import cast

import pytest

from adapters.contract import Platform
from gateway.assembly import platform as module
from gateway.assembly.platform import connect_platform
from gateway.settings import Settings

SETTINGS = cast(Settings, "settings")


class FakePlatform:
    """A platform that counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        """Count it."""
        self.closed += 1


async def test_a_platform_that_the_settings_name_is_closed_also_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and the fault goes through."""
    made = FakePlatform()
    monkeypatch.setattr(module, "open_platform", {SETTINGS: made}.__getitem__)
    with pytest.raises(ValueError, match="a fault"):
        async with connect_platform(SETTINGS, None) as platform:
            assert (made, 0) == (cast(object, platform), made.closed)
            raise ValueError("a fault")
    assert 1 == made.closed


async def test_a_platform_that_was_given_stays_open_and_no_other_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to the one who gave it."""
    monkeypatch.setattr(module, "open_platform", {}.__getitem__)
    given = FakePlatform()
    async with connect_platform(SETTINGS, cast(Platform, given)) as platform:
        assert given is cast(object, platform)
    assert 0 == given.closed
