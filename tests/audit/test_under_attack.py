"""A log in PostgreSQL whose tables are attacked while it is written: nothing is acknowledged that may not be there."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest

from gateway.audit.storage.database import PostgresPlace
from gateway.audit.storage.postgres import PostgresDatabase
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.ground.refusals import Refusal
from tests.audit.attacks import SIZE, fill
from tests.audit.logs import PROVIDER, answer, journal, opened
from tests.audit.test_attack_server import change
from tests.samples import NOW_US

pytestmark = pytest.mark.postgres
QUIET = (
    "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
    "CREATE TRIGGER up BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION quiet()"
)
UNDO = (
    "CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM entry WHERE idx = NEW.idx;"
    " RETURN NULL; END'; CREATE TRIGGER after AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION undo()"
)
SHIFT = (
    "CREATE FUNCTION shift() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.time_us := 1; RETURN NEW; END';"
    "CREATE TRIGGER up BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION shift()"
)
ELSEWHERE = "ALTER TABLE body RENAME TO kept; CREATE VIEW body AS SELECT * FROM kept"
ATTACKS = {
    "a rule that drops entries": "CREATE RULE gone AS ON INSERT TO entry DO INSTEAD NOTHING",
    "a rule that drops bodies": "CREATE RULE gone AS ON INSERT TO body DO INSTEAD NOTHING",
    "a rule that drops wrapped keys": "CREATE RULE gone AS ON INSERT TO wrap DO INSTEAD NOTHING",
    "a rule that answers as if": "CREATE RULE gone AS ON INSERT TO wrap DO INSTEAD SELECT 1",
    "a trigger that drops entries": QUIET,
    "a trigger that takes them away again": UNDO,
    "a trigger that writes another time": SHIFT,
    "row security": "ALTER TABLE entry ENABLE ROW LEVEL SECURITY",
    "a view in place of a table": ELSEWHERE,
}


@pytest.fixture
async def place(new_schema: Callable[[], PostgresPlace]) -> PostgresPlace:
    """A log that was written."""
    place = new_schema()
    await Store.create(place, PROVIDER.name, created_us=NOW_US)
    await fill(place)
    return place


async def count(place: PostgresPlace, table: str) -> int:
    """The rows of a table, as the administrator of the server sees them."""
    connection = await asyncpg.connect(
        place.dsn_file.read_text(encoding="utf-8").strip(), server_settings={"search_path": place.schema}
    )
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 - a name of ours
    finally:
        await connection.close()


@pytest.mark.parametrize("statements", [pytest.param(found, id=name) for name, found in sorted(ATTACKS.items())])
async def test_what_meddles_with_writing_while_the_log_is_open_stops_it(place: PostgresPlace, statements: str) -> None:
    """No entry is acknowledged, none is stored."""
    async with opened(place) as log:
        await change(place, statements)
        with pytest.raises(Refusal, match="AUDIT_NOT_DURABLE"):
            await answer(journal(log), 999)
        assert SIZE == log.size
    assert SIZE == await count(place, "entry")


@pytest.mark.parametrize(
    ("statements", "sql"),
    [
        ("CREATE RULE gone AS ON DELETE TO wrap DO INSTEAD NOTHING", "DELETE FROM wrap WHERE idx = ?"),
        ("CREATE RULE gone AS ON UPDATE TO wrap DO INSTEAD NOTHING", "UPDATE wrap SET key = '' WHERE idx = ?"),
    ],
    ids=["deleted", "updated"],
)
async def test_a_destruction_that_a_rule_keeps_from_happening_is_not_reported(
    place: PostgresPlace, statements: str, sql: str
) -> None:
    """A key that stays is not called destroyed."""
    database = await PostgresDatabase.open(place)
    try:
        before = await count(place, "wrap")
        await change(place, statements)
        with pytest.raises(StoreInvalid, match=r"found a rule, a trigger or row security at wrap\. Run chuanyu"):
            await database.transact([(sql, [(4,)])])
        assert before == await count(place, "wrap")
    finally:
        await database.close()


async def test_a_log_goes_on_when_what_meddled_is_gone(place: PostgresPlace) -> None:
    """What the server's catalogue remembers of a rule that was taken away stops nothing."""
    await change(place, "CREATE RULE gone AS ON INSERT TO entry DO INSTEAD NOTHING; DROP RULE gone ON entry")
    await change(place, QUIET + "; DROP TRIGGER up ON entry; DROP FUNCTION quiet()")
    async with opened(place) as log:
        await answer(journal(log), 999)
        assert SIZE + 2 == log.size
