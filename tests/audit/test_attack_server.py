"""Each attack on the tables of a log in PostgreSQL ends as the table says, judged as a reviewer runs it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from gateway.audit.storage.database import PostgresPlace
from gateway.audit.storage.store import Store
from tests.audit.attack_server import ROWS
from tests.audit.attack_table import End
from tests.audit.attacks import SIZE, WITNESS, fill
from tests.audit.logs import PROVIDER
from tests.audit.test_attacks import verify
from tests.samples import NOW_US

pytestmark = pytest.mark.postgres
SETTINGS = """[node]
province = "510000"
name = "gateway-1"
[platform]
kind = "sichuan"
[audit]
store = "postgresql"
"""


@pytest.fixture
def node(new_schema: Callable[[], PostgresPlace], tmp_path: Path) -> tuple[Path, PostgresPlace]:
    """The directory of a node whose log lies on the server, and where."""
    place = new_schema()

    async def write() -> None:
        await Store.create(place, PROVIDER.name, created_us=NOW_US)
        await fill(place)

    asyncio.run(write())
    directory = tmp_path / "sc"
    (directory / "audit").mkdir(parents=True)
    (directory / "audit" / "witnesses.vkey").write_text(f"{WITNESS.vkey}\n", encoding="utf-8")
    (directory / "outside.vkey").write_text(f"{WITNESS.vkey}\n", encoding="utf-8")
    where = f"dsn_file = '{place.dsn_file}'\ndatabase_schema = '{place.schema}'\n"
    (directory / "node.toml").write_text(SETTINGS + where, encoding="utf-8")
    return directory, place


def test_the_log_on_the_server_is_proven_as_it_was_written(node: tuple[Path, PostgresPlace]) -> None:
    """What a server's index holds, and who has rights on it, are named as not covered."""
    found = verify(node[0])
    assert (0, "proven_and_witnessed", SIZE) == (found["exit"], found["verdict"], found["size"])
    assert {"indexes_on_a_server", "rights_on_a_server"} <= set(found["not_covered"])


async def change(place: PostgresPlace, statements: str) -> None:
    """Run statements as the administrator of the server, in the log's schema."""
    connection = await asyncpg.connect(
        place.dsn_file.read_text(encoding="utf-8").strip(), server_settings={"search_path": place.schema}
    )
    try:
        await connection.execute(re.sub(r"~(\w+)~", r"set_byte(\1, 9, (get_byte(\1, 9) + 1) % 256)", statements))
    finally:
        await connection.close()


@pytest.mark.parametrize(("end", "told", "statements"), [pytest.param(*row[3:], id=row[0]) for row in ROWS])
def test_an_attack_on_a_server_s_tables_is_told(
    node: tuple[Path, PostgresPlace], end: str, told: str, statements: str
) -> None:
    """Found with its place, not proven with its reason, or named as not covered."""
    directory, place = node
    asyncio.run(change(place, statements))
    found = verify(directory)
    if end == End.FOUND:
        assert (1, "altered") == (found["exit"], found["verdict"])
        assert [True] == [fault["place"].startswith(told) for fault in found["faults"]], found["faults"]
    elif end == End.UNPROVEN:
        assert (3, "not_proven") == (found["exit"], found["verdict"])
        assert told in [reason["code"] for reason in found["reasons"]]
    else:
        assert (0, "proven_and_witnessed") == (found["exit"], found["verdict"])
        assert told in found["not_covered"]
