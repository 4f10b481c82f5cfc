"""The province's platform as a part of a running node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.contract import Platform
from gateway.assembly.build import open_platform
from gateway.settings import Settings


@asynccontextmanager
async def connect_platform(settings: Settings, given: Platform | None) -> AsyncIterator[Platform]:
    """Give the platform that the settings name, and close it at the end; `given` stands in for it and stays open.

    Raises:
        OptionsInvalid: the options do not fit the adapter.
    """
    if given is not None:
        yield given
        return
    platform = open_platform(settings)
    try:
        yield platform
    finally:
        await platform.close()
