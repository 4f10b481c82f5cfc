"""Nothing stands in the database of a log but what its schema has: verification names the rest, a start refuses it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.audit.storage.database import LogPlace, PostgresPlace
from gateway.audit.storage.objects import describe_damage, find_strange, require_nothing_strange
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import TABLES
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.verify import verify_log
from tests.audit.logs import PROVIDER, answer, create, journal, opened, server
from tests.samples import NOW_US

KEYS = [Ed25519Verifier(PROVIDER.vkey)]
_HIDE = "idx < 355 OR idx > 363"

IN_FILES = {
    "a trigger": ("CREATE TRIGGER copy AFTER INSERT ON entry BEGIN SELECT 1; END", "trigger copy"),
    "a table": ("CREATE TABLE spy (a)", "table spy"),
    "a view": ("CREATE VIEW seen AS SELECT * FROM entry", "view seen"),
    "an index": ("CREATE INDEX more ON entry (page)", "index more"),
    "an index that is gone": ("DROP INDEX entry_by_time", "index entry_by_time"),
    "a table that is gone": ("DROP TABLE stamp", "table stamp"),
    "a column": ("ALTER TABLE entry ADD COLUMN note TEXT", "table entry"),
    "an index of a part": (
        f"DROP INDEX entry_by_time; CREATE INDEX entry_by_time ON entry (time_us) WHERE {_HIDE}",
        "index entry_by_time",
    ),
    "an index of another column": (
        "DROP INDEX entry_by_time; CREATE INDEX entry_by_time ON entry (page)",
        "index entry_by_time",
    ),
    "a trigger under a name of SQLite": (
        "PRAGMA writable_schema = 1; INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_stat1', 'entry', 0, "
        "'CREATE TRIGGER sqlite_stat1 AFTER INSERT ON entry BEGIN SELECT 1; END')",
        "trigger sqlite_stat1",
    ),
}
ON_SERVERS = {
    "a table": ("CREATE TABLE spy (a int)", "table spy"),
    "a view": ("CREATE VIEW seen AS SELECT * FROM entry", "view seen"),
    "an index": ("CREATE INDEX more ON entry (page)", "index more"),
    "an index that is gone": ("DROP INDEX entry_by_time", "index entry_by_time"),
    "a table that is gone": ("DROP TABLE stamp", "index stamp_pkey"),
    "a key that is gone": ("ALTER TABLE pair_page DROP CONSTRAINT pair_page_pkey", "index pair_page_pkey"),
    "a column": ("ALTER TABLE entry ADD COLUMN note TEXT", "table entry"),
    "a column that may be null": ("ALTER TABLE entry ALTER COLUMN octets DROP NOT NULL", "table entry"),
    "a default": ("ALTER TABLE entry ALTER COLUMN root SET DEFAULT ''", "table entry"),
    "a table without a log": ("ALTER TABLE probe SET UNLOGGED", "table probe"),
    "an index of a part": (
        f"DROP INDEX entry_by_time ;; CREATE INDEX entry_by_time ON entry (time_us) WHERE {_HIDE}",
        "index entry_by_time",
    ),
    "a condition": ("ALTER TABLE entry ADD CONSTRAINT few CHECK (idx < 1000)", "constraint few"),
    "a rule": ("CREATE RULE drop AS ON DELETE TO entry DO INSTEAD NOTHING", "rule drop"),
    "a policy": ("CREATE POLICY hide ON entry USING (idx > 9)", "policy hide"),
    "row security": ("ALTER TABLE entry ENABLE ROW LEVEL SECURITY", "table entry"),
    "an heir": (
        "CREATE SCHEMA other_NAME ;; CREATE TABLE other_NAME.more () INHERITS (entry)",
        "heir other_NAME.more",
    ),
    "a function": ("CREATE FUNCTION spy() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function spy"),
    "a trigger": (
        "CREATE FUNCTION z() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END' ;; "
        "CREATE TRIGGER copy AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION z()",
        "function z",
    ),
}


async def write(place: LogPlace) -> None:
    """Record an exchange."""
    async with opened(place) as log:
        await answer(journal(log), 1)


def run(path: Path, statements: str) -> None:
    """Change a file behind the back of the log."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)


async def require_found(place: LogPlace, name: str) -> None:
    """Verification names it as its place, and the writer refuses with what was found, expected and to do."""
    (fault,) = verify_log(place, KEYS).faults
    assert (name, True) == (fault.place, fault.detail.startswith(f"the {name} "))
    with pytest.raises(StoreInvalid, match=f"expected exactly the tables.*found: {name} .*undo it"):
        await Store.open(place)


@pytest.mark.parametrize(("statements", "name"), IN_FILES.values(), ids=IN_FILES)
async def test_a_file_with_other_things_is_refused(tmp_path: Path, statements: str, name: str) -> None:
    """Whether they are too much, missing or other than they were."""
    path = await create(tmp_path)
    await write(path)
    run(path, statements)
    await require_found(path, name)


@pytest.mark.postgres
@pytest.mark.parametrize(("statements", "name"), ON_SERVERS.values(), ids=ON_SERVERS)
async def test_a_schema_of_a_server_with_other_things_is_refused(
    absent_schema: PostgresPlace, statements: str, name: str
) -> None:
    """Such as only a server has, too: rules, policies, heirs that add rows, tables that lose theirs in a crash."""
    await Store.create(absent_schema, PROVIDER.name, created_us=NOW_US)
    await write(absent_schema)
    for statement in statements.replace("NAME", absent_schema.schema).split(" ;; "):
        await server(absent_schema, statement)
    await require_found(absent_schema, name.replace("NAME", absent_schema.schema))


async def test_a_log_as_it_was_made_has_nothing_strange(place: LogPlace) -> None:
    """On either database; it opens, and opens again."""
    await write(place)
    await (await Store.open(place)).close()
    with LogReader(place) as reader:
        assert None is reader.strange()
    assert () == verify_log(place, KEYS).faults


async def test_the_statistics_of_a_planner_are_let_be(tmp_path: Path) -> None:
    """They change no answer; a table that only bears their name is another."""
    path = await create(tmp_path)
    await write(path)
    run(path, "ANALYZE")
    with LogReader(path) as reader:
        assert None is reader.strange()
    await (await Store.open(path)).close()
    stored = [("table", "sqlite_stat1", "sqlite_stat1: CREATE TABLE sqlite_stat1(tbl,idx,stat,more)")]
    strange = find_strange(3, [*made(3), *stored], in_file=True)
    assert ("table sqlite_stat1", "is none of version 3 of the schema") == (strange and (strange.name, strange.detail))


def made(version: int) -> list[tuple[str, str, str]]:
    """The rows of a new file of that version."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in TABLES[version]:
            connection.execute(statement)
        sql = "SELECT type, name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema"
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("version", TABLES)
def test_each_version_has_its_own_tables(version: int) -> None:
    """Those of another version are strange in it."""
    require_nothing_strange(version, made(version), in_file=True)
    for other in set(TABLES) - {version}:
        with pytest.raises(StoreInvalid, match=f"tables and indexes of version {version}"):
            require_nothing_strange(version, made(other), in_file=True)


def test_a_thing_that_stands_there_twice_is_strange() -> None:
    """Only one of the two could be looked at."""
    strange = find_strange(3, [*made(3), made(3)[0]], in_file=True)
    assert "stands there twice" == (strange and strange.detail)


SAME_TEXT = (
    "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE INDEX NAME ON entry (COLUMN)' "
    "WHERE name = 'NAME'"
)
"""Puts the text of the schema back where an index was made of a part of the table."""


@pytest.mark.parametrize("condition", ["idx < 1", "idx <> 1", "idx > 0"])
@pytest.mark.parametrize(("name", "column"), [("entry_by_time", "time_us"), ("entry_by_exchange", "exchange_id")])
async def test_an_index_that_lacks_entries_is_found_with_the_first_of_them(
    tmp_path: Path, name: str, column: str, condition: str
) -> None:
    """Though the schema says again that it is of the whole table, and no byte of an entry was changed."""
    path = await create(tmp_path)
    await write(path)
    run(path, f"DROP INDEX {name}; CREATE INDEX {name} ON entry ({column}) WHERE {condition}")
    run(path, SAME_TEXT.replace("NAME", name).replace("COLUMN", column))
    with LogReader(path) as reader:
        assert None is reader.strange()
    (fault,) = verify_log(path, KEYS).faults
    lacking = 0 if condition == "idx > 0" else 1
    assert (f"index {name}", lacking) == (fault.place, fault.index)
    assert fault.detail.startswith(f"the index {name} disagrees with its table")


@pytest.mark.parametrize(
    ("found", "place", "entry"),
    [
        ("row 356 missing from index entry_by_time", "index entry_by_time", 355),
        ("wrong # of entries in index entry_by_exchange", "index entry_by_exchange", -1),
        ("row 2 missing from index sqlite_autoindex_tile_1", "index sqlite_autoindex_tile_1", -1),
        ("*** in database main ***\nTree 4 page 7: btreeInitPage() returns error code 11", "database", -1),
    ],
)
def test_what_sqlite_finds_is_given_its_place(found: str, place: str, entry: int) -> None:
    """A row of the entries is an entry; a row of another table is none."""
    damage = describe_damage(found, lambda row: row - 1)
    assert (place, entry) == (damage.name, damage.entry)
    assert found.rsplit(maxsplit=1)[-1] in damage.detail
