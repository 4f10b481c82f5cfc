"""Sichuan's database behind its adapter: read only, one query a page, errors where the data is not as agreed."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from adapters.contract import AnswerInvalid, CodeUnmapped, Platform, PlatformError, PlatformUnavailable
from adapters.kinds import open_platform
from adapters.mapped import MappedPlatform, SubjectQuery
from adapters.mapping import ListingItem, SubjectItem
from adapters.mapping_file import read_mapping
from adapters.people.samples import samples
from adapters.sichuan.platform import build_sqlite, main
from adapters.sql import SqlSource, listing_query, subject_query
from adapters.sqlite import SqliteDriver
from tests.adapters.stand_ins import SEED, fetch, one, outcome

MAPPING = Path(__file__).parents[2] / "adapters" / "sichuan" / "mapping.toml"
SAMPLES = samples("sichuan", SEED)
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def copy(sichuan_file: Path, tmp_path: Path) -> Path:
    """Copy the database, to be spoilt."""
    return Path(shutil.copy(sichuan_file, tmp_path / "copy.db"))


@pytest.fixture
async def spoilt(copy: Path) -> AsyncIterator[Platform]:
    """Open the copy."""
    platform = open_platform("sichuan", {"path": str(copy)})
    yield platform
    await platform.close()


def _spoil(copy: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


class _Counting(SqliteDriver):
    """Counts the queries."""

    queries = 0

    async def rows(self, sql: str, parameters: Sequence[object]) -> Sequence[Sequence[object]]:
        """Count and run."""
        self.queries += 1
        return await super().rows(sql, parameters)


async def test_a_page_of_subjects_is_one_query(sichuan_file: Path) -> None:
    """Never one a subject."""
    driver = _Counting(sichuan_file)
    platform = MappedPlatform(read_mapping(MAPPING), SqlSource(driver))
    rows = [SAMPLES["CY-ID-02"]] * 250
    assert [100, 100, 50] == [len(page["card_no"]) for page in await fetch(platform, "CY-ID-02", *rows, page_rows=100)]
    assert 3 == driver.queries
    await platform.close()


@pytest.mark.parametrize("value", ["9", "x", "11", "active"])
async def test_an_unmapped_local_code_stops_the_page(copy: Path, spoilt: Platform, value: str) -> None:
    """Named by its field, the value unsaid."""
    _spoil(copy, "UPDATE AZ01 SET AAZ502 = 'value'".replace("value", value))
    with pytest.raises(CodeUnmapped) as caught:
        await one(spoilt, "CY-ID-02", SAMPLES["CY-ID-02"])
    assert "ss_app_status" == caught.value.field
    assert value not in str(caught.value).replace("ss_app_status", "")


@pytest.mark.parametrize(
    ("statement", "field"),
    [
        ("UPDATE AZ01 SET AAZ500 = AAZ501, AAZ501 = AAZ500", "card_no"),
        ("UPDATE AZ01 SET AAZ503 = '2020-01-01'", "issue_date"),
        ("UPDATE AZ01 SET AAZ503 = '20200230'", "issue_date"),
        ("UPDATE AZ01 SET AAB301 = '5109'", "region_code"),
        ("UPDATE AZ01 SET AAB301 = x'3531303930'", "region_code"),
    ],
)
async def test_data_of_another_form_stops_the_page(copy: Path, spoilt: Platform, statement: str, field: str) -> None:
    """A card number exchanged with the card's identifier, a date of another form, a region cut short."""
    _spoil(copy, statement)
    row = {name: value for name, value in SAMPLES["CY-ID-02"].items() if name != "card_no"}
    with pytest.raises(AnswerInvalid, match=f"field {field}:"):
        await one(spoilt, "CY-ID-02", row)


async def test_a_null_stays_a_null(copy: Path, spoilt: Platform) -> None:
    """Not an error and not a code."""
    _spoil(copy, "UPDATE AZ01 SET AAZ503 = NULL, AAB301 = '  '")
    found = await one(spoilt, "CY-ID-02", SAMPLES["CY-ID-02"])
    assert (None, None) == (found["issue_date"], found["region_code"])


async def test_a_missing_column_is_unavailable_and_says_no_sql(copy: Path, spoilt: Platform) -> None:
    """The database's own words stay with it."""
    _spoil(copy, "DROP TABLE AZ01")
    with pytest.raises(PlatformUnavailable, match="OperationalError") as caught:
        await one(spoilt, "CY-ID-02", SAMPLES["CY-ID-02"])
    assert "AZ01" not in str(caught.value)


async def test_too_many_records_of_one_person_are_refused(copy: Path, spoilt: Platform) -> None:
    """A page is bounded even by bad data."""
    _spoil(copy, *["INSERT INTO AZ01 SELECT * FROM AZ01"] * 7)
    row = {name: value for name, value in SAMPLES["CY-ID-02"].items() if name != "card_no"}
    with pytest.raises(AnswerInvalid, match="at most 32 records"):
        await one(spoilt, "CY-ID-02", row)


@pytest.mark.parametrize(
    "statement", ["UPDATE AC01 SET AAC003 = ''", "DELETE FROM AC01", "CREATE TABLE x (y)", "PRAGMA user_version = 5"]
)
async def test_the_connection_can_only_read(copy: Path, statement: str) -> None:
    """Whatever a mapping could ask."""
    before = _digest(copy)
    driver = SqliteDriver(copy)
    with pytest.raises(PlatformUnavailable):
        await driver.rows(statement, ())
    await driver.close()
    assert before == _digest(copy)


class _Shifting(SqliteDriver):
    """Gives each line the place of its neighbour, as a driver does that mistakes one line for another."""

    async def rows(self, sql: str, parameters: Sequence[object]) -> Sequence[Sequence[object]]:
        """Run, and shift the places by one."""
        found = await super().rows(sql, parameters)
        return [(int(str(row[0])) + 1, *row[1:]) for row in found]


@pytest.mark.parametrize("persons", [1, 2])
async def test_the_record_of_another_place_is_refused(sichuan_file: Path, persons: int) -> None:
    """A1: the number that comes back is held to the one that was asked in that place; a place too many is none."""
    platform = MappedPlatform(read_mapping(MAPPING), SqlSource(_Shifting(sichuan_file)))
    other = {**SAMPLES["CY-ID-02"], "social_security_no": "519999199301010017"}
    with pytest.raises(AnswerInvalid, match="the number that was asked"):
        await fetch(platform, "CY-ID-02", *[SAMPLES["CY-ID-02"], other][:persons])
    await platform.close()


async def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    """Opening never creates."""
    driver = SqliteDriver(tmp_path / "missing.db")
    with pytest.raises(PlatformUnavailable):
        await driver.rows("SELECT 1", ())
    await driver.close()
    assert [] == _names(tmp_path)


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    """And the health says so."""
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)
    platform = open_platform("sichuan", {"path": str(tmp_path / "no.db")})
    with pytest.raises(PlatformUnavailable):
        await one(platform, "CY-ID-02", SAMPLES["CY-ID-02"])
    await platform.close()


async def test_a_long_statement_is_interrupted(sichuan_file: Path) -> None:
    """And its connection is used again."""
    driver = SqliteDriver(sichuan_file, pool=1, statement_seconds=0.05)
    with pytest.raises(PlatformUnavailable, match="too long"):
        await driver.rows(SLOW, ())
    assert [(1,)] == list(await driver.rows("SELECT 1", ()))
    await driver.close()


async def test_a_cancelled_statement_is_interrupted(sichuan_file: Path) -> None:
    """The pool's one connection is free soon after."""
    driver = SqliteDriver(sichuan_file, pool=1)
    task = asyncio.ensure_future(driver.rows(SLOW, ()))
    assert set() == (await asyncio.wait({task}, timeout=0.05))[0]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        assert [(1,)] == list(await driver.rows("SELECT 1", ()))
    await driver.close()


async def test_a_closed_platform_is_unavailable(sichuan_file: Path) -> None:
    """Closing twice does no harm."""
    platform = open_platform("sichuan", {"path": str(sichuan_file)})
    await one(platform, "CY-ID-02", SAMPLES["CY-ID-02"])
    await platform.close()
    await platform.close()
    with pytest.raises(PlatformUnavailable, match="closed"):
        await one(platform, "CY-ID-02", SAMPLES["CY-ID-02"])
    assert not (await platform.health()).serving


async def test_the_deadline_ends_the_question(sichuan_file: Path) -> None:
    """With an error of the contract that tells no key."""
    platform = open_platform("sichuan", {"path": str(sichuan_file)})
    with pytest.raises(PlatformUnavailable, match="before the deadline"):
        await fetch(platform, "CY-ID-02", *[SAMPLES["CY-ID-02"]] * 500, seconds=0.0001)
    await platform.close()


def test_a_value_is_never_part_of_a_query(sichuan_file: Path) -> None:
    """The text depends on the mapping and the fields alone."""
    driver = SqliteDriver(sichuan_file)
    hostile = SubjectQuery(0, ("' OR '1'='1", "x"))
    assert json.dumps([[0, "' OR '1'='1", "x"]]) == driver.pack([hostile])[0]
    for item in read_mapping(MAPPING).items.values():
        sources = item.sources(tuple(item.rules))
        if isinstance(item, SubjectItem):
            sql = subject_query(driver, item, sources, 2)
            assert " IN (" not in sql
        elif isinstance(item, ListingItem):
            sql = listing_query(driver, item, sources)
        assert "'" not in sql.replace("'$[", "").replace("]'", "")
        assert ";" not in sql


def test_the_platform_is_built_by_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells in one line what it made; only its owner may read the file."""
    out = tmp_path / "made.db"
    assert 0 == main(["--out", str(out), "--seed", "3", "--persons", "25"])
    told = json.loads(capsys.readouterr().out)
    assert ("sichuan", 25, True) == (told["platform"], told["persons"], told["synthetic"])
    assert 0o600 == out.stat().st_mode & 0o777


def _commands(out: Path) -> Iterator[list[str]]:
    yield ["--seed", "3"]
    yield ["--out", str(out)]
    yield ["--out", str(out), "--seed", "3", "--persons", "2"]
    yield ["--out", str(out), "--dsn", "postgresql:///x", "--seed", "3"]


def test_a_wrong_command_builds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a guess nor a half."""
    for arguments in _commands(tmp_path / "made.db"):
        with pytest.raises(SystemExit):
            main(arguments)
    capsys.readouterr()
    assert [] == list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A platform's file least of all."""
    (tmp_path / "there.db").write_text("precious", encoding="utf-8")
    with pytest.raises(FileExistsError):
        build_sqlite(tmp_path / "there.db", seed=1, persons=25)
    assert "precious" == (tmp_path / "there.db").read_text(encoding="utf-8")


@pytest.mark.postgres
class TestOnPostgresql:
    """The same rules on a real PostgreSQL."""

    async def test_the_session_can_only_read(self, postgres_dsn: str) -> None:
        """Even as the owner of the tables."""
        from adapters.postgres import PostgresDriver

        driver = PostgresDriver(postgres_dsn)
        with pytest.raises(PlatformUnavailable, match="ReadOnlySQLTransactionError"):
            await driver.rows('DELETE FROM "AC01"', ())
        assert [(1,)] == list(await driver.rows("SELECT 1", ()))
        await driver.close()

    async def test_a_long_statement_is_ended(self, postgres_dsn: str) -> None:
        """By the database or by us, whichever is first."""
        from adapters.postgres import PostgresDriver

        driver = PostgresDriver(postgres_dsn, pool=1, statement_seconds=0.2)
        with pytest.raises(PlatformUnavailable):
            await driver.rows("SELECT pg_sleep(30)", ())
        assert [(1,)] == list(await driver.rows("SELECT 1", ()))
        await driver.close()

    async def test_an_awkward_name_and_a_hostile_key_are_only_texts(self, postgres_dsn: str) -> None:
        """Rare characters come through; a quote opens nothing."""
        from adapters.people.awkward import AWKWARD
        from adapters.people.population import population

        platform = open_platform("sichuan", {"dsn": postgres_dsn})
        person = population("sichuan", SEED, 20).people[AWKWARD["rare_character"]]
        row = {"social_security_no": person.social_security_no, "name": person.name}
        assert "found" == await outcome(platform, "CY-ID-01", row)
        for number in ("' OR '1'='1", "\u0000", "$1"):
            hostile = {**row, "social_security_no": number}
            assert "no_match" == await outcome(platform, "CY-ID-01", hostile)
        await platform.close()

    async def test_a_server_that_is_not_there_is_unavailable(self, tmp_path: Path) -> None:
        """And the health says so within two seconds."""
        platform = open_platform("sichuan", {"dsn": f"postgresql:///x?host={tmp_path}&user=y"})
        with pytest.raises(PlatformUnavailable):
            await one(platform, "CY-ID-02", SAMPLES["CY-ID-02"])
        assert not (await platform.health()).serving
        await platform.close()
        with pytest.raises(PlatformError, match="closed"):
            await one(platform, "CY-ID-02", SAMPLES["CY-ID-02"])
