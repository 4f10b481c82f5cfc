"""The two databases in which a log can lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from gateway.audit.storage.database import LogPlace, PostgresPlace
from gateway.audit.storage.store import Store
from tests.adapters.stand_ins import postgres_server
from tests.audit.logs import PROVIDER, Schema, create
from tests.samples import NOW_US

_SCHEMAS = count(1)


@pytest.fixture(scope="session")
def postgres_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run a PostgreSQL that syncs; yield the file with its connection URI."""
    with postgres_server("fsync=on") as dsn:
        file = tmp_path_factory.mktemp("postgres") / "dsn"
        file.write_text(f"{dsn}\n", encoding="utf-8")
        file.chmod(0o600)
        yield file


@pytest.fixture(scope="session")
def new_schema(postgres_file: Path) -> Callable[[], PostgresPlace]:
    """Name a schema that is not there, another one each time."""
    return lambda: PostgresPlace(postgres_file, f"log_{next(_SCHEMAS)}")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def schema(request: pytest.FixtureRequest) -> Schema:
    """Name a schema for a log, another one each time; none for a log in a file."""
    if request.param == "sqlite":
        return lambda: None
    new: Schema = request.getfixturevalue("new_schema")
    return new


@pytest.fixture
def absent_schema(new_schema: Callable[[], PostgresPlace]) -> PostgresPlace:
    """Name a schema that is not there."""
    return new_schema()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> LogPlace:
    """Make an empty log in each of the databases."""
    if request.param == "sqlite":
        return await create(tmp_path)
    schema: PostgresPlace = request.getfixturevalue("absent_schema")
    await Store.create(schema, PROVIDER.name, created_us=NOW_US)
    return schema
