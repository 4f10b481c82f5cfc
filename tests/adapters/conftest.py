"""Platforms that the tests of the adapters share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.contract import Platform
from adapters.kinds import open_platform
from adapters.sichuan.platform import build_postgres, build_sqlite
from tests.adapters.stand_ins import PERSONS, SEED, chongqing_service, open_chongqing, postgres_server


@pytest.fixture(scope="session")
def sichuan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build Sichuan's database once."""
    path = tmp_path_factory.mktemp("sichuan") / "platform.db"
    build_sqlite(path, seed=SEED, persons=PERSONS)
    return path


@pytest.fixture
async def sichuan(sichuan_file: Path) -> AsyncIterator[Platform]:
    """Open Sichuan's platform over SQLite."""
    platform = open_platform("sichuan", {"path": str(sichuan_file)})
    yield platform
    await platform.close()


@pytest.fixture
async def chongqing(tmp_path: Path) -> AsyncIterator[Platform]:
    """Open Chongqing's platform over its stand-in."""
    async with chongqing_service() as (_, url):
        platform = open_chongqing(url, tmp_path)
        yield platform
        await platform.close()


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """Run a PostgreSQL that holds Sichuan's tables."""
    with postgres_server() as dsn:
        asyncio.run(build_postgres(dsn, seed=SEED, persons=PERSONS))
        yield dsn
